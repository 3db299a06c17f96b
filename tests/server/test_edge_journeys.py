"""After a fresh installation the long ways that end badly, or by another rule: each leaves its trail and its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from audits.demo.player import PDF
from audits.models import Case, Deadline, Enterprise
from tests.server.fresh import Fresh, install
from workflows import trail
from workflows.models import Event

pytestmark = pytest.mark.night
TABLE = Path(__file__).parents[2] / "bpmn/variants/gansu/procedure.dmn"
FAILED = {"merged_score_sheet": {"score": 50.0}}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """Give a fresh installation to the module."""
    with pytest.MonkeyPatch.context() as patch:
        made = install(tmp_path_factory.mktemp("edges"), patch)
    yield made
    made.house.sessions.kw["bind"].dispose()


def listed(fresh: Fresh, name: str, officer: str = "li", region: str = "620100", place: str = "620102") -> str:
    """Put a small enterprise on a list of its own; give the enterprise."""
    enterprise = fresh.enterprise(officer, place, name, scale="small")
    fresh.publish(officer, region, {enterprise: ["SHUANGYOU"]})
    return enterprise


def whole(fresh: Fresh, officer: str = "li", region: str = "620100") -> dict[str, Any]:
    """Give the counts of a region."""
    return dict(fresh.ask(officer, "GET", f"/statistics/completion?region={region}", 200)["whole"])


def acts(fresh: Fresh, case_id: str) -> list[str]:
    """Give the acts on a case in order."""
    with fresh.house.looking() as session:
        return list(session.scalars(select(Event.action).where(Event.chain == case_id).order_by(Event.seq)))


def to(fresh: Fresh, case_id: str, element: str, **wanted: dict[str, Any]) -> None:
    """Complete a case's tasks until an element waits."""
    for _ in range(60):
        waiting = fresh.open_tasks(case_id)
        if any(task.element == element for task in waiting):
            return
        fresh.do(waiting[0], wanted.get(waiting[0].form, {}))
    raise AssertionError(f"{element} never waits")


def settled(fresh: Fresh) -> None:
    """Nothing is left for an operator, and the trail proves itself."""
    assert fresh.incidents() == []
    assert trail.verify(fresh.house.sessions).ok


def test_three_failures_end_in_the_hands_of_enforcement(fresh: Fresh) -> None:
    before = whole(fresh)
    enterprise = listed(fresh, "屡次不合格有限公司")
    numbers = []
    for _failure in range(3):
        case_id = fresh.case_of(enterprise)
        numbers.append(fresh.case(case_id).number)
        fresh.run(case_id, **FAILED)
        assert fresh.case(case_id).outcome == "unqualified"
    assert [number[-3:] for number in numbers[1:]] == ["-R1", "-R2"]
    assert fresh.case_of(enterprise) == case_id, "nobody audits a fourth time by the same order"
    with fresh.house.looking() as session:
        rows = session.scalars(select(Case).where(Case.enterprise_id == enterprise).order_by(Case.opened_at)).all()
        assert [row.parent_id for row in rows] == [None, rows[0].id, rows[1].id], "one dossier"
        clocks = {
            row.id: session.scalars(select(Deadline.due_on).where(Deadline.case_id == row.id, Deadline.kind == "report")).one()
            for row in rows
        }  # fmt: skip
        assert sorted(set(clocks.values())) == list(clocks.values()), "fresh clocks each time"
    assert fresh.letters(rows[0].id)[-1] == fresh.letters(rows[1].id)[-1] == "re_audit_order"
    owner = f"enterprise@org:{enterprise}"
    assert fresh.ask(owner, "GET", f"/cases/{case_id}/matters", 200)["items"] == [], "not yet told"
    (matter,) = fresh.ask("li", "GET", f"/cases/{case_id}/matters", 200)["items"]
    assert (matter["kind"], matter["facts"]) == ("enforcement", {"failures": "2"})
    fresh.house.clock.at += timedelta(hours=20)
    until = (fresh.house.clock.at + timedelta(days=900)).date().isoformat()
    decision = {"decision": "approved", "reason": "连续三次不合格", "values": {"credit_until": until}}
    fresh.ask("li", "POST", f"/matters/{matter['id']}/decision", 200, json=decision)
    fresh.house.work()
    assert fresh.letters(case_id)[-1] == "enforcement_notice"
    assert acts(fresh, case_id)[-1] != "matter.raised"
    assert {"case.rolled_over", "matter.told", "matter.approved", "case.credit_entered"} <= set(acts(fresh, case_id))
    (entry,) = fresh.ask("li", "GET", f"/enterprises/{enterprise}/history", 200)["credit"]
    assert (entry["kind"], entry["until"]) == ("repeated_failure", until)
    after = whole(fresh)
    assert (after["listed"], after["unqualified"]) == (before["listed"] + 1, before["unqualified"] + 1)
    settled(fresh)


def test_a_rectification_that_is_sent_back_keeps_its_clock_and_a_second_one_ends_in_a_new_audit(fresh: Fresh) -> None:
    enterprise = listed(fresh, "限期整改有限公司", "kong", "370000", "370102")
    case_id = fresh.case_of(enterprise)
    to(fresh, case_id, "rectify", **FAILED)
    fresh.do(fresh.open_tasks(case_id)[0], {})
    with fresh.house.looking() as session:
        query = select(Deadline).where(Deadline.case_id == case_id, Deadline.kind == "rectification")
        handed_in = session.scalars(query).one().met_on
    assert handed_in is not None
    fresh.do(fresh.open_tasks(case_id)[0], {"decision": "return"})
    with fresh.house.looking() as session:
        assert session.scalars(query).one().met_on is None
    fresh.do(fresh.open_tasks(case_id)[0], {})
    with fresh.house.looking() as session:
        row = session.scalars(query).one()
        assert row.suspended_days == (row.met_on - handed_in).days > 0
    fresh.run(case_id, **FAILED)
    assert fresh.case(case_id).outcome == "unqualified"
    assert fresh.letters(case_id).count("rectification") == 2
    assert fresh.letters(case_id)[-1] == "re_audit_order"
    assert fresh.case_of(enterprise) != case_id
    settled(fresh)


def test_a_false_commitment_corrects_the_published_result_until_the_full_procedure_has_run(fresh: Fresh) -> None:
    enterprise = fresh.enterprise("li", "620102", "承诺不实有限公司")
    fresh.publish("li", "620100", {enterprise: ["SHUANGYOU"]})
    case_id = fresh.case_of(enterprise)
    before = whole(fresh)
    fresh.run(case_id, start_filing={"commitment_wanted": "yes"})
    assert whole(fresh)["qualified"] == before["qualified"] + 1
    body = {"title": "验收结果", "region_code": "620000", "case_ids": [case_id], "published_on": fresh.today}
    shown = fresh.ask("ma", "POST", "/publications", 201, json=body)["id"]
    fresh.ask("li", "POST", "/commitments/draws", 201, json={"region_code": "620100", "count": 1})
    to(fresh, case_id, "inspect_commitment")
    fresh.do(fresh.open_tasks(case_id)[0], {"result": "false"})
    replaced = fresh.ask(None, "GET", f"/publications/{shown}", 200)["replaced_by"]
    assert fresh.outcomes(replaced) == ["revoked"]
    assert whole(fresh)["qualified"] == before["qualified"]
    fresh.run(case_id)
    assert fresh.letters(case_id)[-1] == "acceptance_opinion"
    again = {"case_ids": [case_id], "published_on": fresh.today, "reason": "按完整程序重新审核合格"}
    last = fresh.ask("ma", "POST", f"/publications/{replaced}/correction", 201, json=again)["id"]
    assert fresh.outcomes(last) == ["qualified"]
    assert acts(fresh, case_id).count("result.published") == 3
    settled(fresh)


def test_a_bureau_adds_a_procedure_by_one_row_of_a_table(fresh: Fresh) -> None:
    table = TABLE.read_text(encoding="utf-8")
    first = re.search(r"<rule id=.*?</rule>", table, re.DOTALL)
    assert first is not None
    row = first.group().replace("procedure_rule_1", "procedure_rule_fast").replace('"park"</text>', "-</text>", 1)
    cells = {"scale": '"medium"', "out_key": '"快速程序"', "out_gates": '"one"', "out_report_form": '"short"'}
    for key, value in cells.items():
        cell = rf'(id="procedure_rule_fast_{key}">\s*<text>).*?(</text>)'
        row, changed = re.subn(cell, lambda found, value=value: found[1] + value + found[2], row)  # type: ignore[misc]
        assert changed == 1, key
    table = table.replace(first.group(), row + first.group())
    base = next(
        one["id"]
        for one in fresh.ask("designer", "GET", "/definitions", 200)["items"]
        if (one["variant"], one["state"]) == ("620000", "active")
    )
    form = {"base": base, "variant": "620100", "valid_from": fresh.today, "note": "快速程序"}
    sent = {**form, "files": (BytesIO(table.encode()), "procedure.dmn")}
    made = fresh.ask("designer", "POST", "/definitions", 201, data=sent)["id"]
    fresh.ask("publisher", "POST", f"/definitions/{made}/activate", 200)
    enterprise = fresh.enterprise("li", "620102", "快速程序有限公司", scale="medium")
    fresh.publish("li", "620100", {enterprise: ["SHUANGYOU"]})
    case_id = fresh.case_of(enterprise)
    done = fresh.run(case_id)
    assert {"submit_short_report", "score_merged_review"} <= set(done)
    assert (fresh.case(case_id).procedure, fresh.case(case_id).outcome) == ("快速程序", "qualified")
    found = fresh.ask("li", "GET", "/cases?procedure=快速程序", 200)["items"]
    assert [one["id"] for one in found] == [case_id]
    assert "快速程序" in fresh.page("li", "/cases")
    settled(fresh)


def test_a_relocated_enterprise_is_audited_to_the_end_by_its_new_city(fresh: Fresh) -> None:
    enterprise = listed(fresh, "搬迁有限公司")
    case_id = fresh.case_of(enterprise)
    to(fresh, case_id, "prepare_audit")
    owner = f"enterprise@org:{enterprise}"
    facts = {"region": "370102", "address": "济南市新址", "on": fresh.today}
    matter = fresh.ask(owner, "POST", f"/cases/{case_id}/matters", 201, json=raised(fresh, owner, "relocation", facts))
    decision = {"decision": "approved", "reason": "经核实", "values": {"handling": "transfer"}}
    fresh.ask("li", "POST", f"/matters/{matter['id']}/decision", 200, json=decision)
    fresh.house.work()
    fresh.ask("li", "GET", f"/cases/{case_id}", 404)
    fresh.run(case_id)
    assert fresh.case(case_id).outcome == "qualified"
    assert {"relocation_decision", "acceptance_opinion"} <= set(fresh.letters(case_id))
    with fresh.house.looking() as session:
        assert session.get_one(Enterprise, enterprise).region_code == "370102"
    settled(fresh)


def raised(fresh: Fresh, owner: str, kind: str, facts: dict[str, str]) -> dict[str, Any]:
    """Give what is sent to raise a matter, with a file uploaded as its evidence."""
    made = fresh.ask(owner, "POST", "/files", 201, data={"file": (BytesIO(PDF), "证明.pdf")})
    return {"kind": kind, "reason": "情况属实", "facts": facts, "evidence": [made["id"]]}
