"""Definitions: what is refused changes nothing, the same content is the same row, the nearest and newest counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from audits.roles import ROLES as FIELD_ROLES
from audits.service_tasks import HANDLERS
from tests import world
from tests.workflows.permit import FILES, FORMS, ROLES, Office, form, office
from workflows import definitions
from workflows.access import SYSTEM, load_actor
from workflows.application import Application
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.models import Definition, DefinitionFile, Event, Family, Form, Membership
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


def deploy(permits: Office, who: str | None = None, **changes: Any) -> Definition:
    values: dict[str, Any] = {"family": "permits", "files": FILES, "forms": FORMS, "valid_from": date(2026, 1, 1)}
    with permits.sessions.begin() as session:
        actor = load_actor(session, ROLES, who, permits.now) if who else SYSTEM
        return definitions.deploy(session, permits.app, actor, **{**values, **changes}, now=permits.now)


def activate(permits: Office, definition: Definition) -> None:
    with permits.sessions.begin() as session:
        definitions.activate(session, SYSTEM, definition.id, now=permits.now)


def version(number: int) -> dict[str, bytes]:
    """Give the files with a comment more: other content, the same procedure."""
    return {**FILES, "permit.bpmn": FILES["permit.bpmn"] + f"<!-- {number} -->".encode()}


def counts(session: Session) -> list[int]:
    models = (Family, Definition, DefinitionFile, Form, Event)
    return [session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


@database
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"files": {"permit.bpmn": b"<definitions"}}, Refused),
        ({"files": {"permit.bpmn": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}}, Refused),
        ({"files": {"permit.bpmn": FILES["permit.bpmn"]}}, Refused),
        ({"files": {"permit.bpmn": FILES["permit.bpmn"].replace(b"permits.archive", b"os.system"), **FILES}}, None),
        ({"files": {**FILES, "permit.bpmn": FILES["permit.bpmn"].replace(b"permits.archive", b"os.system")}}, Refused),
        (
            {"files": {**FILES, "permit.bpmn": FILES["permit.bpmn"].replace(b'role="enterprise"', b'role="king"')}},
            Refused,
        ),
        ({"forms": {key: one for key, one in FORMS.items() if key != "check"}}, Refused),
        ({"forms": {**FORMS, "check": {"components": "no list"}}}, Refused),
        ({"forms": {**FORMS, "check": form({"type": "unheard", "id": "a", "key": "a"})}}, Refused),
        ({"files": {}}, Invalid),
        ({"files": {**FILES, "../evil.bpmn": b""}}, Invalid),
        ({"files": {**FILES, "a.exe": b""}}, Invalid),
        ({"variant": "999999"}, Invalid),
        ({"who": "li"}, NotAllowed),
        ({"who": "chen"}, NotAllowed),
        ({"who": "admin", "variant": "370000"}, NotAllowed),
    ],
)
def test_what_is_refused_changes_nothing(
    permits: Office, changes: dict[str, Any], refusal: type[Exception] | None
) -> None:
    with permits.sessions() as session:
        before = counts(session)
    if refusal is None:
        deploy(permits, **changes)
        return
    with pytest.raises(refusal) as refused:
        deploy(permits, **changes)
    with permits.sessions() as session:
        assert counts(session) == before
    if isinstance(refused.value, Refused):
        assert all(one.text and one.text_zh and one.rule for one in refused.value.findings)


def test_a_finding_names_its_file_element_and_line(permits: Office) -> None:
    wrong = FILES["permit.bpmn"].replace(b"permits.archive", b"os.system")
    with pytest.raises(Refused) as refused:
        deploy(permits, files={**FILES, "permit.bpmn": wrong})
    finding = next(one for one in refused.value.findings if one.severity == "error")
    assert (finding.element, finding.file) == ("archive", "permit.bpmn")
    assert finding.line > 0


@database
def test_the_same_content_is_the_same_row_and_other_content_the_next_version(permits: Office) -> None:
    first = deploy(permits)
    assert first.id == permits.definition_id
    second = deploy(permits, files=version(2))
    assert (first.version, second.version, second.state) == (1, 2, "deployed")
    assert first.hash != second.hash
    with permits.sessions() as session:
        kept = definitions.content(session, second.id)
        assert dict(kept.files) == version(2)
        assert dict(kept.forms) == FORMS
        assert definitions.content_hash(kept.files, kept.forms) == second.hash


@database
def test_of_the_active_ones_the_nearest_region_wins_then_the_newest_day_then_the_version(permits: Office) -> None:
    made = {}
    for number, (key, variant, day) in enumerate(
        (
            ("province", "620000", date(2026, 1, 1)),
            ("city", "620100", date(2026, 2, 1)),
            ("city later", "620100", date(2026, 6, 1)),
            ("city same day", "620100", date(2026, 6, 1)),
            ("everywhere later", "", date(2026, 3, 1)),
        )
    ):
        made[key] = deploy(permits, files=version(number + 10), variant=variant, valid_from=day)
        activate(permits, made[key])
    made["first"] = deploy(permits)
    deploy(permits, files=version(99), variant="620102")
    expected = {
        ("620102", date(2026, 7, 1)): "city same day",
        ("620102", date(2026, 3, 1)): "city",
        ("620102", date(2026, 1, 15)): "province",
        ("620200", date(2026, 7, 1)): "province",
        ("370102", date(2026, 7, 1)): "everywhere later",
        ("370102", date(2026, 1, 1)): "first",
    }
    with permits.sessions() as session:
        for (region, day), key in expected.items():
            assert definitions.applicable(session, "permits", region, day).id == made[key].id, (region, day)
        for missing in (("permits", "620102", date(2019, 1, 1)), ("other", "620102", date(2026, 1, 1))):
            with pytest.raises(NotFound):
                definitions.applicable(session, *missing)


@database
def test_a_retired_version_counts_no_more_and_may_come_back(permits: Office, now: datetime) -> None:
    with permits.sessions.begin() as session:
        definitions.retire(session, SYSTEM, permits.definition_id, now=now)
        with pytest.raises(NotFound):
            definitions.applicable(session, "permits", "620102", date(2026, 3, 2))
    other = deploy(permits, files=version(2))
    with permits.sessions.begin() as session:
        with pytest.raises(Conflict, match="not_active"):
            definitions.retire(session, SYSTEM, other.id, now=now)
        definitions.activate(session, SYSTEM, permits.definition_id, valid_from=date(2026, 3, 1), now=now)
        assert definitions.applicable(session, "permits", "620102", date(2026, 3, 2)).id == permits.definition_id
    with permits.sessions() as session:
        acts = session.scalars(
            select(Event.action).where(Event.chain == "definition:permits").order_by(Event.seq)
        ).all()
    assert acts == [
        "definition.deployed",
        "definition.activated",
        "definition.retired",
        "definition.deployed",
        "definition.activated",
    ]


def test_who_deploys_may_not_activate_without_the_right(permits: Office, now: datetime) -> None:
    definition = deploy(permits, files=version(2), who="designer")
    with permits.sessions.begin() as session:
        actor = load_actor(session, ROLES, "designer", now)
        for verb in (definitions.activate, definitions.retire):
            with pytest.raises(NotAllowed):
                verb(session, actor, definition.id, now=now)


@database
def test_what_counts_everywhere_is_changed_only_by_who_holds_the_right_for_the_whole_country(
    permits: Office, now: datetime
) -> None:
    """A designer of a province deploys for it and what lies in it; a publisher of a province activates that alone."""
    with permits.sessions.begin() as session:
        for username, role in (("liu", "designer"), ("he", "administrator"), ("gao", "administrator")):
            region = {"he": "620000", "gao": "100000"}.get(username, "620000")
            session.add(
                Membership(
                    id=f"m-{username}-x", person_id=username, organisation_id="gansu_bureau", role=role,
                    region_code=region, since=now - timedelta(days=1),
                )
            )  # fmt: skip
    for variant in ("", "370000", "370100", "100000"):
        with pytest.raises((NotAllowed, Invalid)):
            deploy(permits, files=version(2), variant=variant, who="liu")
    own = deploy(permits, files=version(2), variant="620100", who="liu")
    base = deploy(permits, files=version(3), who="designer")
    far = deploy(permits, files=version(4), variant="370000", who="designer")
    with permits.sessions.begin() as session:
        province, country = (load_actor(session, ROLES, who, now) for who in ("he", "gao"))
        for definition in (base, far):
            for verb in (definitions.activate, definitions.retire):
                with pytest.raises(NotAllowed):
                    verb(session, province, definition.id, now=now)
            definitions.activate(session, country, definition.id, now=now)
        definitions.activate(session, province, own.id, now=now)


def test_nobody_activates_what_they_deployed(permits: Office, now: datetime) -> None:
    """Four eyes, whatever roles one person holds; the same content deployed again stays the first one's."""
    with permits.sessions.begin() as session:
        session.add(
            Membership(
                id="m-both", person_id="designer", organisation_id="platform", role="administrator",
                region_code="100000", since=now - timedelta(days=1),
            )
        )  # fmt: skip
    definition = deploy(permits, files=version(2), who="designer")
    assert deploy(permits, files=version(2), who="zong").id == definition.id
    with permits.sessions.begin() as session:
        author, other = (load_actor(session, ROLES, who, now) for who in ("designer", "zong"))
        assert "definitions.activate" in author.actions
        with pytest.raises(NotAllowed, match="own_deployment"):
            definitions.activate(session, author, definition.id, now=now)
        assert definitions.may_change(session, other, definition, activate=True)
        assert not definitions.may_change(session, author, definition, activate=True)
        definitions.activate(session, other, definition.id, now=now)
        definitions.retire(session, author, definition.id, now=now)


def test_running_instances_keep_the_version_they_were_started_with(permits: Office) -> None:
    case = permits.open()
    activate(permits, deploy(permits, files=version(2)))
    permits.do("chen", permits.task(case, "apply").id, {"note": "x"})
    assert permits.instance(case).definition_id == permits.definition_id


# ---- what ships ------------------------------------------------------------------------------------------------


@pytest.fixture(name="field")
def _field(settings: Settings) -> Application:
    return world.application(settings, roles=FIELD_ROLES, handlers=HANDLERS)


def test_what_ships_has_no_fault_and_every_variant_knows_its_base(field: Application) -> None:
    (family,) = definitions.shipped_families()
    assert family.key == "cleaner_production_audit"
    for name, files in [("base", family.files), *((one.key, one.files) for one in family.variants)]:
        findings = definitions.check_files(field, files, family.forms, family.root)
        assert [one for one in findings if one.severity == "error"] == [], name
    assert {one.region for one in family.variants} == {"310000", "370000", "440000", "620000"}
    assert all(one.base_hash == definitions.content_hash(family.files) for one in family.variants)
    assert all(set(family.files) <= set(one.files) for one in family.variants)


@database
def test_what_ships_is_deployed_once_and_each_region_gets_its_own(
    sessions: sessionmaker[Session], field: Application, now: datetime
) -> None:
    with sessions.begin() as session:
        first = definitions.deploy_shipped(session, field, now)
    with sessions.begin() as session:
        assert [one.id for one in definitions.deploy_shipped(session, field, now)] == [one.id for one in first]
        day = date(2026, 3, 2)
        used = {code: definitions.applicable(session, first[0].family_key, code, day) for code in ("620102", "370102")}
        assert {code: one.variant for code, one in used.items()} == {"620102": "620000", "370102": "370000"}
        shandong = definitions.content(session, used["370102"].id)
        assert "merged_review.bpmn" in shandong.files
        assert {"merged_score_sheet", "disclosure"} <= set(shandong.forms)


def test_a_decision_is_asked_of_a_definition(
    sessions: sessionmaker[Session], field: Application, now: datetime
) -> None:
    with sessions.begin() as session:
        base, *_ = definitions.deploy_shipped(session, field, now)
        facts = {"kind": "disclosure", "round": 1}
        answer = definitions.decide(session, field, base.id, "deadlines", facts, now)
    assert (answer["trigger"], answer["period"]) == ("publication", "P1M")


def test_the_list_of_versions_comes_page_by_page(permits: Office) -> None:
    deploy(permits, files=version(2))
    deploy(permits, files=version(3), variant="620000")
    with permits.sessions() as session:
        found, cursor = [], None
        while True:
            page = definitions.list_(session, family="permits", cursor=cursor, limit=1)
            found += [one.id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(set(found)) == len(found) == 3
        assert [one.id for one in definitions.list_(session, state="active").items] == [permits.definition_id]


def test_an_application_that_does_not_know_an_operation_refuses_its_diagram(permits: Office) -> None:
    bare = replace(permits.app, handlers={})
    findings = definitions.check_files(bare, FILES, FORMS, "procedure")
    assert [one.element for one in findings if one.severity == "error"] == ["archive"]


def foreign() -> dict[str, bytes]:
    """Give the files as a modeler of another engine would have written them, with a note of its own."""
    drawn = FILES["permit.bpmn"].decode()
    start, end = drawn.index("<qs:form"), drawn.index("/>", drawn.index("<qs:form")) + 2
    key = drawn[start:end].split('"')[1]
    drawn = drawn[:start] + '<other:note text="keep me"/>' + drawn[end:]
    task = drawn.rindex("<userTask", 0, start)
    drawn = drawn[:task] + f'<userTask camunda:formKey="{key}"' + drawn[task + len("<userTask") :]
    spaces = ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:other="http://example.org/other"'
    head = drawn.index("<definitions") + len("<definitions")
    return {**FILES, "permit.bpmn": (drawn[:head] + spaces + drawn[head:]).encode()}


def test_a_diagram_of_another_engine_is_adapted_and_what_was_rewritten_is_kept(permits: Office) -> None:
    definition = deploy(permits, files=foreign())
    with permits.sessions() as session:
        told = definitions.adaptions(session, session.get_one(Definition, definition.id))
        stored = definitions.content(session, definition.id)
    assert [(one["file"], one["text"].split(" became ")[1]) for one in told] == [
        ("permit.bpmn", "qs:form key=application.")
    ]
    assert b"other:note" in stored.files["permit.bpmn"], "an extension that changes nothing survives"
    assert b"camunda:formKey" not in stored.files["permit.bpmn"]
    findings = definitions.check_files(permits.app, foreign(), FORMS, "permit")
    assert [one.text for one in findings if one.rule == "adapted"] == [one["text"] for one in told]


def test_what_was_downloaded_and_uploaded_again_is_the_same_version(permits: Office) -> None:
    first = deploy(permits, files=foreign())
    with permits.sessions() as session:
        downloaded = definitions.content(session, first.id)
    again = deploy(permits, files=downloaded.files, forms=downloaded.forms)
    assert again.id == first.id
    assert deploy(permits, files=foreign()).id == first.id, "the original adapts to the same"


def test_a_diagram_that_needs_no_adaption_stays_byte_for_byte(permits: Office) -> None:
    definition = deploy(permits)
    with permits.sessions() as session:
        assert definitions.content(session, definition.id).files == FILES
        assert definitions.adaptions(session, definition) == []
