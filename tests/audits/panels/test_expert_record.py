"""The record of experts: points by a dated rule, their effect on draws, measures, appeals."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest
from sqlalchemy import select

from audits import departures, expert_appeals, expert_record, notices, pool, record_rules
from audits.models import Case, Expert, ExpertMark, Panel
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership, Person


def enter(office: Office, expert: str, kind: str, by: str = "ma", **fields: Any) -> str:
    with office.as_(by) as (session, actor):
        told = {"kind": kind, "reason": "经核实", **fields}
        return expert_record.enter(session, actor, expert, told, now=office.now).id


def stands(office: Office, expert: str) -> tuple[int, str]:
    with office.looking() as session:
        found = expert_record.of_expert(session, office.actor(session, "ma"), expert, now=office.now)
        return found.sum.points, found.sum.level


def reasons(office: Office, case_id: str) -> dict[str, tuple[str, ...]]:
    with office.looking() as session:
        seen = pool.look(session, session.get_one(Case, case_id), "evaluation", office.now.date())
        return {one.expert.id: one.reasons for one in seen.experts if one.reasons}


def kinds(office: Office, expert: str) -> list[tuple[str, int]]:
    with office.looking() as session:
        query = select(ExpertMark).where(ExpertMark.expert_id == expert).order_by(ExpertMark.kind)
        return [(one.kind, one.points) for one in session.scalars(query)]


def test_points_warn_then_bar_from_draws_and_count_no_more_after_their_months(office: Office, case_id: str) -> None:
    enter(office, "e1", "absence")
    assert (stands(office, "e1"), reasons(office, case_id)) == ((4, "warn"), {})
    enter(office, "e1", "outlier")
    assert (stands(office, "e1"), reasons(office, case_id)) == ((6, "suspend"), {"e1": ("record",)})
    with office.as_("e1") as (session, actor):
        told = [row.kind for row in notices.mine(session, actor).items]
        assert sorted(told) == ["expert_barred", "expert_marked", "expert_marked"]
        assert expert_record.of_expert(session, actor, "e1", now=office.now).sum.level == "suspend"
    with office.as_("e2") as (session, actor), pytest.raises(NotAllowed):
        expert_record.of_expert(session, actor, "e1", now=office.now)
    office.now += timedelta(days=366)
    assert (stands(office, "e1"), reasons(office, case_id)) == ((0, ""), {})


def test_two_absences_ask_for_a_dismissal_which_is_an_officers_decision(office: Office, case_id: str) -> None:
    enter(office, "e1", "absence")
    enter(office, "e1", "absence")
    assert stands(office, "e1") == (8, "dismiss")
    enter(office, "e1", "dismissal")
    with office.looking() as session:
        row = session.get_one(Expert, "e1")
        assert (row.status, row.dismissed_on) == ("dismissed", date(2026, 3, 2))
    with pytest.raises(Conflict):
        enter(office, "e1", "warning")


def test_a_suspension_holds_to_its_day(office: Office, case_id: str) -> None:
    enter(office, "e3", "suspension", until="2026-03-31")
    assert reasons(office, case_id) == {"e3": ("record",)}
    office.now += timedelta(days=30)
    assert reasons(office, case_id) == {}


def test_a_rule_is_asked_by_region_and_day() -> None:
    text = resources.files("audits").joinpath("data/expert_record.json").read_text(encoding="utf-8")
    raw = json.loads(text)["rules"][0]
    strict = record_rules.read(raw | {"key": "gansu", "regions": ["/620000/"], "warn_at": 1, "from": "2026-01-01"})
    among = [strict, *record_rules.rules()]
    asked = [("/620000/620100/", date(2026, 3, 2)), ("/620000/", date(2025, 3, 2)), ("/370000/", date(2026, 3, 2))]
    assert [record_rules.applicable(path, day, among).key for path, day in asked] == ["gansu", "national", "national"]
    late = ExpertMark(kind="late", points=1, on=date(2026, 3, 2), struck=False)
    assert record_rules.add_up(strict, [late], date(2026, 3, 2)).level == "warn"
    assert record_rules.add_up(record_rules.rules()[0], [late], date(2026, 3, 2)).level == ""


def test_an_appeal_that_is_upheld_by_somebody_else_strikes_the_entry(office: Office, case_id: str) -> None:
    mark = enter(office, "e1", "conduct")
    with office.as_("e1") as (session, actor):
        with pytest.raises(Invalid):
            expert_appeals.appeal(session, actor, mark, text=" ", now=office.now)
        expert_appeals.appeal(session, actor, mark, text="当日有病假证明", now=office.now)
        with pytest.raises(Conflict):
            expert_appeals.appeal(session, actor, mark, text="再次申诉", now=office.now)
    with office.as_("e2") as (session, actor), pytest.raises(NotFound):
        expert_appeals.appeal(session, actor, mark, text="x", now=office.now)
    for who in ("ma", "e1", "he"):  # who entered it, whom it is about, who manages no experts
        with office.as_(who) as (session, actor), pytest.raises(NotAllowed):
            expert_appeals.decide(session, actor, mark, upheld=True, reason="属实", now=office.now)
    other = enter(office, "e1", "dismissal")
    with office.as_("e1") as (session, actor):
        expert_appeals.appeal(session, actor, other, text="处理过重", now=office.now)
    with office.as_("ma") as (session, _actor):
        session.add(Person(id="second", username="second", name="第二人", created_at=office.now))
        session.flush()
        session.add(Membership(id="m-second", person_id="second", organisation_id="gansu_bureau", role="province_bureau", region_code="620000", since=office.now - timedelta(days=1)))  # fmt: skip  # noqa: E501
    with office.as_("second") as (session, actor):
        assert {row.id for row in expert_appeals.open_appeals(session, actor)} == {mark, other}
        expert_appeals.decide(session, actor, other, upheld=True, reason="处理过重", now=office.now)
        expert_appeals.decide(session, actor, mark, upheld=False, reason="证明无效", now=office.now)
        with pytest.raises(Conflict):
            expert_appeals.decide(session, actor, mark, upheld=True, reason="再议", now=office.now)
    assert stands(office, "e1") == (6, "suspend")
    with office.looking() as session:
        assert session.get_one(Expert, "e1").status == "active"


def test_an_appeal_has_its_days(office: Office, case_id: str) -> None:
    mark = enter(office, "e1", "late")
    office.now += timedelta(days=31)
    with office.as_("e1") as (session, actor), pytest.raises(Conflict) as caught:
        expert_appeals.appeal(session, actor, mark, text="迟了", now=office.now)
    assert caught.value.code == "appeal_too_late"


def test_absence_lateness_and_outliers_note_themselves(office: Office, case_id: str) -> None:
    office.do(office.task(case_id, "propose_evaluation_panel"), experts=["sun", "e1", "e3"], meeting_on="2026-03-10")
    with office.looking() as session:
        panel = session.scalars(select(Panel)).one()
    office.now += timedelta(days=8)
    with office.as_("li") as (session, actor):
        departures.miss(session, office.app, actor, panel.id, "e1", reason="未到会", seed="s", now=office.now)
    assert kinds(office, "e1") == [("absence", 4)]
    office.now += timedelta(hours=1)
    office.do(office.task(case_id, "propose_evaluation_panel"), experts=["sun", "e2", "e3"], meeting_on="2026-03-10")
    sheets = {task.assignee_id: task for task in office.waiting(case_id)}
    office.do(sheets["sun"], score=92)
    office.do(sheets["e2"], score=91)
    office.now += timedelta(days=20)
    office.do(sheets["e3"], score=60)
    office.do(office.task(case_id, "write_evaluation_opinion"))
    office.wait(minutes=1)
    assert {key: kinds(office, key) for key in ("sun", "e2", "e3")} == {
        "sun": [], "e2": [], "e3": [("late", 1), ("outlier", 2)],
    }  # fmt: skip
