"""The reference names what the code has: all of it, and nothing else."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields

import pytest
from sqlalchemy.orm import Session, sessionmaker

from audits import grants, letters
from audits.roles import LANE_ROLES, ROLES
from audits.service_tasks import HANDLERS
from forms import components
from server.app import create_app
from tests.architecture.files import ROOT
from tests.docs import overview, pages
from workflows.application import Application
from workflows.engine.decisions import AGGREGATIONS, POLICIES
from workflows.engine.parser import BUILDERS
from workflows.engine.vocabulary import WORDS
from workflows.settings import Settings

PRODUCT = ("audits", "server", "workflows")


def _sources() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for top in PRODUCT for path in sorted((ROOT / top).rglob("*.py")))


# ---- settings ----------------------------------------------------------------------------------------------------


def test_settings_are_documented_with_their_defaults() -> None:
    told = {
        pages.spans(row[0])[0]: row[1].strip("`")
        for row in pages.rows(pages.read("docs/reference/settings.md"), "variable")
    }
    blank = Settings()
    there = {f"QINGSHEN_{field.name.upper()}": getattr(blank, field.name) for field in fields(Settings)}
    assert told.keys() == there.keys()
    drawn = {"QINGSHEN_SECRET_KEY"}
    written = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in there.items()}
    assert {name for name in told if name not in drawn and told[name] != written[name]} == set()


# ---- BPMN --------------------------------------------------------------------------------------------------------


def test_the_vocabulary_is_documented_with_every_attribute() -> None:
    rows = pages.rows(pages.read("docs/reference/bpmn.md"), "element")
    told = {pages.spans(row[0])[0]: set(pages.spans(row[2])) for row in rows if row[0].startswith("`qs:")}
    inside = {name for word in WORDS.values() for name in word.inside}
    assert set(told) == {f"qs:{name}" for name in {*WORDS, *inside}}
    wrong = [
        name for name, word in WORDS.items() if word.attributes is not None and told[f"qs:{name}"] != word.attributes
    ]
    assert wrong == []


def test_qs_in_and_qs_out_are_documented_where_they_are_read() -> None:
    rows = {row[0]: row[1] for row in pages.rows(pages.read("docs/reference/bpmn.md"), "element")}
    for part in ("in", "out"):
        told = {span.removeprefix("qs:") for span in pages.spans(rows[f"`qs:{part}`"])}
        assert told == {name for name, word in WORDS.items() if part in word.inside}


def test_every_element_that_runs_is_in_the_table() -> None:
    text = " ".join(row[0].lower() for row in pages.rows(pages.read("docs/reference/bpmn.md"), "element"))
    words = {
        "startEvent": "start event", "endEvent": "end event", "boundaryEvent": "boundary event",
        "intermediateCatchEvent": "intermediate catch event", "intermediateThrowEvent": "intermediate throw event",
        "task": "plain task", "userTask": "user task", "manualTask": "manual task", "serviceTask": "service task",
        "scriptTask": "script task", "businessRuleTask": "business rule task", "sendTask": "send task",
        "receiveTask": "receive task", "subProcess": "sub-process", "callActivity": "call activity",
        "exclusiveGateway": "exclusive gateway", "parallelGateway": "parallel", "inclusiveGateway": "inclusive gateway",
        "eventBasedGateway": "event gateway", "transaction": "transaction",
    }  # fmt: skip
    assert [kind for kind in BUILDERS if kind not in words or words[kind] not in text] == []
    assert "complexGateway" not in BUILDERS
    assert "adHocSubProcess" not in BUILDERS


def test_every_hit_policy_and_aggregation_is_named() -> None:
    text = pages.read("docs/reference/bpmn.md")
    assert [name for name in (*POLICIES, *AGGREGATIONS) if name and name not in text] == []


# ---- operations, letters -----------------------------------------------------------------------------------------


def test_every_operation_is_documented_and_every_documented_one_exists() -> None:
    told = pages.first_spans(pages.read("docs/reference/operations.md"), "operation")
    assert sorted(told) == sorted(HANDLERS)


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_an_operation_reads_the_inputs_that_are_documented(name: str) -> None:
    row = next(
        row for row in pages.rows(pages.read("docs/reference/operations.md"), "operation") if row[0] == f"`{name}`"
    )
    told = {part.strip().removeprefix("`").partition("`")[0] for part in row[1].split(";") if part.strip()}
    body = inspect.getsource(HANDLERS[name])
    assert told == set(re.findall(r'inputs(?:\.get\(|\[)"(\w+)"', body))


def test_every_kind_of_letter_is_named() -> None:
    line = pages.read("docs/reference/operations.md").partition("Kinds of letters")[2].partition("\n\n")[0]
    assert [kind for kind in letters.KINDS if f"`{kind}`" not in line] == []


# ---- forms -------------------------------------------------------------------------------------------------------


def test_every_component_of_forms_is_documented() -> None:
    text = pages.read("docs/reference/forms.md")
    told = set(pages.first_spans(text, "type"))
    assert told == (components.KEYED | components.CONTAINERS | components.DISPLAYED) - {"default"}
    refused = text.partition("Refused:")[2].partition("\n\n")[0]
    assert [kind for kind in components.FORBIDDEN if f"`{kind}`" not in refused] == []


def test_the_limits_of_forms_are_those_of_the_code() -> None:
    text = pages.read("docs/reference/forms.md")
    assert f"more than {components.MAX_DEPTH} levels" in text
    assert f"more than {components.MAX_COMPONENTS:,} components" in text


# ---- roles -------------------------------------------------------------------------------------------------------


def test_every_role_is_documented_with_its_actions() -> None:
    told = {
        pages.spans(row[0])[0]: (row[1], row[2] == "yes", row[3] == "yes", row[4] == "yes", set(pages.spans(row[5])))
        for row in pages.rows(pages.read("docs/reference/roles.md"), "role")
    }
    there = {
        key: (role.zh, key in LANE_ROLES, role.sees_region, role.sees_organisation, set(role.actions))
        for key, role in ROLES.items()
    }
    assert told == there


def test_every_action_is_explained() -> None:
    told = set(pages.first_spans(pages.read("docs/reference/roles.md"), "action"))
    assert told == {action for role in ROLES.values() for action in role.actions}


def test_who_gives_which_role_is_documented() -> None:
    told: dict[str, dict[str, frozenset[str]]] = {}
    for who, where, gives, *_rest in pages.rows(pages.read("docs/reference/roles.md"), "who"):
        for kind in pages.spans(where):
            told.setdefault(pages.spans(who)[0], {})[kind] = frozenset(pages.spans(gives))
    assert told == grants.GRANTS


# ---- API ---------------------------------------------------------------------------------------------------------


def test_every_operation_of_the_api_is_in_the_overview(
    settings: Settings, app: Application, sessions: sessionmaker[Session]
) -> None:
    described = create_app(settings, app, sessions).test_client().get("/api/v1/openapi.json").get_json()
    told = [line for line in pages.read("docs/reference/api.md").splitlines() if line.startswith("| `/")]
    assert told == overview.rows(described)


def test_every_error_code_of_the_overview_is_raised() -> None:
    table = pages.rows(pages.read("docs/reference/api.md"), "status")
    told = {span for row in table for span in pages.spans(row[2]) if re.fullmatch(r"[a-z_]+", span)}
    source = _sources()
    assert [code for code in told if f'"{code}"' not in source] == []


# ---- the family ----------------------------------------------------------------------------------------------------


def test_what_the_product_reads_of_its_family_is_there() -> None:
    told = pages.read("docs/reference/bpmn.md").partition("## What the product reads of its family")[2]
    manifest = tomllib.loads((ROOT / "bpmn/cleaner_production_audit/family.toml").read_text(encoding="utf-8"))
    names = {*manifest["start"], *manifest["decisions"], *manifest["messages"]}
    assert [name for name in sorted(names) if f"`{name}`" not in told] == []
