"""Reminders before and after a day, by rules that bureaus and designers write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from audits import reminders
from audits.models import Deadline, Notice
from tests.audits.office import Office
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Task

RULE = {
    "region_code": "620100", "procedure": "", "deadline": "disclosure", "element": "", "days": 5, "working": False,
    "tells": "both",
}  # fmt: skip


def rule(office: Office, who: str = "li", **more: Any) -> str:
    with office.as_(who) as (session, actor):
        return reminders.add(session, actor, now=office.now, **{**RULE, **more}).id


def told(office: Office) -> list[tuple[str, str]]:
    with office.sessions.begin() as session:
        reminders.remind(session, office.app, office.now)
    with office.sessions() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == "reminder").order_by(Notice.at, Notice.key))
        return [(row.organisation_id, row.values["days"][0]) for row in rows]


def at(office: Office, day: Any) -> None:
    office.now += timedelta(days=(day - office.now.date()).days)


@pytest.mark.database
def test_a_rule_reminds_both_sides_once_before_the_day(office: Office) -> None:
    case = office.open()
    day = office.deadline(case, "disclosure").runs_to
    rule(office)
    at(office, day - timedelta(days=6))
    assert told(office) == []
    at(office, day - timedelta(days=5))
    assert sorted(told(office)) == [("bakery", "还有 5 天到期"), ("lanzhou_bureau", "还有 5 天到期")]
    at(office, day - timedelta(days=4))
    assert len(told(office)) == 2


def test_a_rule_reminds_after_the_day_and_one_that_is_done_no_more(office: Office) -> None:
    case = office.open()
    day = office.deadline(case, "disclosure").runs_to
    rule(office, days=-2, tells="enterprise")
    at(office, day + timedelta(days=1))
    assert told(office) == []
    with office.sessions.begin() as session:
        session.execute(update(Deadline).where(Deadline.case_id == case).values(met_on=day))
    at(office, day + timedelta(days=2))
    assert told(office) == []
    with office.sessions.begin() as session:
        session.execute(update(Deadline).where(Deadline.case_id == case).values(met_on=None))
    assert told(office) == [("bakery", "已过 2 天")]


def test_working_days_do_not_count_the_weekend(office: Office) -> None:
    case = office.open()
    with office.sessions.begin() as session:  # a Monday
        session.execute(
            update(Deadline).where(Deadline.kind == "disclosure").values(runs_to=office.now.date() + timedelta(days=21))
        )
    day = office.deadline(case, "disclosure").runs_to
    assert day.weekday() == 0
    rule(office, days=1, working=True, tells="enterprise")
    at(office, day - timedelta(days=4))
    assert told(office) == []
    at(office, day - timedelta(days=3))
    assert told(office) == [("bakery", "还有 3 天到期")]


def test_what_the_rule_does_not_name_is_left_alone(office: Office) -> None:
    day = office.deadline(office.open(), "disclosure").runs_to
    rule(office, procedure="simple")
    rule(office, deadline="start")
    rule(office, region_code="370100", who="meng")
    switched = rule(office)
    with office.as_("li") as (session, actor):
        reminders.switch(session, actor, switched, active=False, now=office.now)
    at(office, day - timedelta(days=5))
    assert told(office) == []


def test_a_rule_about_a_task_reminds_whom_it_is_offered_to(office: Office) -> None:
    case = office.open()
    task = office.waiting(case)[0]
    with office.sessions.begin() as session:
        session.execute(update(Task).where(Task.id == task.id).values(due_at=office.now + timedelta(days=5)))
    rule(office, deadline="", element=task.element)
    assert told(office) == [("bakery", "还有 5 天到期")]
    with office.sessions() as session:
        row = session.scalars(select(Notice).where(Notice.kind == "reminder")).one()
        assert row.person_id is None
        assert row.values["what"][0] == task.name


def test_the_holder_of_a_task_alone_is_reminded_of_it(office: Office) -> None:
    case = office.open()
    task = office.waiting(case)[0]
    with office.sessions.begin() as session:
        values = {"due_at": office.now + timedelta(days=5), "assignee_id": "wang"}
        session.execute(update(Task).where(Task.id == task.id).values(**values))
    rule(office, deadline="", element=task.element)
    told(office)
    with office.sessions() as session:
        assert session.scalars(select(Notice.person_id).where(Notice.kind == "reminder")).all() == ["wang"]


def test_a_rule_that_cannot_be_is_refused_by_field(office: Office) -> None:
    with pytest.raises(Invalid) as caught:
        rule(office, days=400, tells="all", deadline="no", procedure="no")
    assert sorted(caught.value.fields) == ["days", "deadline", "procedure", "tells"]
    with pytest.raises(Invalid):
        rule(office, region_code="999999")


def test_rules_are_written_where_one_is_in_charge_and_seen_where_they_bind(office: Office) -> None:
    for who, where in (("he", "620100"), ("chen", "620100"), ("li", "370100")):
        with pytest.raises(NotAllowed):
            rule(office, who=who, region_code=where)
    made = rule(office, who="ma", region_code="620000")
    rule(office, who="designer", region_code="100000")
    with office.as_("li") as (session, actor):
        assert len(reminders.of_actor(session, actor)) == 2
        with pytest.raises(NotAllowed):
            reminders.switch(session, actor, made, active=False, now=office.now)
    with office.as_("meng") as (session, actor), pytest.raises(NotFound):
        reminders.switch(session, actor, made, active=False, now=office.now)
