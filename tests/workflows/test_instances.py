"""Instances: lists and counts, stopping and going on, messages, and the live diagram."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import PARTIES, Office, office
from workflows import instances, interventions, worker
from workflows.access import visible
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Event, Instance, Timer
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


@database
def test_the_list_holds_what_one_sees_page_by_page_and_the_count_agrees(permits: Office, now: datetime) -> None:
    for number in range(5):
        permits.open(str(number + 1), at=now + timedelta(minutes=number // 2), region=["620102", "620200"][number % 2])
    for who, number in (("li", 5), ("gao", 2), ("he", 3), ("ma", 5), ("chen", 5), ("wang", 0), ("kong", 0), ("sun", 0)):
        with permits.acting(who, now + timedelta(hours=1)) as (session, actor):
            for sort in ("started", "-started", "key"):
                found, cursor = [], None
                while True:
                    page = instances.list_(session, actor, sort=sort, cursor=cursor, limit=2)
                    found += [one.id for one in page.items]
                    cursor = page.next_cursor
                    if cursor is None:
                        break
                assert len(found) == len(set(found)) == number, who
            assert instances.count(session, actor) == number


def test_the_list_is_narrowed(permits: Office, now: datetime) -> None:
    permits.open("1")
    permits.to_check("2", region="620200")
    expected = {
        ("status", "running"): 2,
        ("status", "completed"): 0,
        ("stage", "permit"): 2,
        ("region", "620200"): 1,
        ("region", "620000"): 2,
        ("text", "P-2"): 1,
        ("family", "permits"): 2,
        ("family", "x"): 0,
    }
    with permits.acting("ma") as (session, actor):
        for (key, value), number in expected.items():
            assert instances.count(session, actor, filters={key: value}) == number, (key, value)
            assert len(instances.list_(session, actor, filters={key: value}).items) == number
        with pytest.raises(Invalid, match="filter"):
            instances.list_(session, actor, filters={"secret": "1"})
        with pytest.raises(Invalid, match="sort"):
            instances.list_(session, actor, sort="state")


def test_started_by_me_is_what_the_trail_says_i_have_started(permits: Office) -> None:
    permits.open("1", actor="li")
    permits.open("2", actor="ma")
    permits.open("3")
    for who in ("li", "ma", "chen"):
        with permits.acting(who) as (session, actor):
            said = set(
                session.scalars(select(Event.chain).where(Event.action == "instance.started", Event.actor_id == who))
            )
            assert {one.id for one in instances.started_by_me(session, actor).items} == said


def test_an_instance_shows_its_open_tasks_its_parties_and_its_next_day(permits: Office, now: datetime) -> None:
    case = permits.open(parties=(*PARTIES, ("expert", None, "sun")))
    with permits.acting("sun") as (session, actor):
        view = instances.get(session, actor, case)
        assert [(one.role, one.name) for one in sorted(view.parties, key=lambda one: one.role)] == [
            ("competent_bureau", "兰州市生态环境局"),
            ("enterprise", "兰州钢铁有限公司"),
            ("expert", "孙教授"),
        ]
        assert [task.element for task in view.tasks] == ["apply"]
        assert instances.next_due(session, [case]) == {case: now + timedelta(days=5)}
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        instances.get(session, actor, case)


def test_submissions_are_given_in_order_to_whom_they_concern(permits: Office) -> None:
    case = permits.to_check()
    permits.do("li", permits.task(case, "check").id, {"remark": "fine"}, at=permits.now + timedelta(hours=1))
    with permits.acting("chen") as (session, actor):
        found = instances.submissions(session, actor, case)
        assert [(one.task.element, one.name) for one in found] == [("apply", "陈工"), ("check", "李科长")]
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        instances.submissions(session, actor, case)


# ---- stopping and going on -------------------------------------------------------------------------------------


def test_only_who_manages_instances_of_the_region_may_stop_them(permits: Office, now: datetime) -> None:
    case = permits.open()
    elsewhere = permits.open("2", region="370102")
    verbs: tuple[Callable[..., Any], ...] = (interventions.cancel, interventions.suspend, interventions.resume)
    for verb in verbs:
        for who, target, refusal in (
            ("li", case, NotAllowed),
            ("chen", case, NotAllowed),
            ("wang", case, NotFound),
            ("admin", elsewhere, NotFound),
        ):
            with permits.acting(who) as (session, actor), pytest.raises(refusal):
                verb(session, permits.app, actor, target, "no", now=now)


@database
def test_nothing_fires_while_an_instance_is_suspended_and_everything_after(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    late = now + timedelta(days=11)
    with permits.acting("admin") as (session, actor):
        interventions.suspend(session, permits.app, actor, case, "appeal", now=now)
    with permits.acting("admin") as (session, actor), pytest.raises(Conflict, match="suspended"):
        interventions.suspend(session, permits.app, actor, case, "again", now=now)
    assert _fire(permits, late) == 0
    with permits.acting("admin") as (session, actor):
        interventions.resume(session, permits.app, actor, case, now=late)
    assert _fire(permits, late) == 1
    assert permits.open_elements(case) == ["check", "follow_up", "visit"]


def _fire(permits: Office, at: datetime) -> int:
    with permits.sessions.begin() as session:
        number = worker.enqueue_due(session, permits.app, at)
    worker.run_pending(permits.sessions, permits.app, at)
    return number


@database
def test_a_cancelled_instance_waits_for_nothing(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    with permits.acting("admin") as (session, actor):
        interventions.cancel(session, permits.app, actor, case, "mistake", now=now)
    instance = permits.instance(case)
    assert (instance.status, instance.ended_at, permits.open_elements(case)) == ("cancelled", now, [])
    with permits.sessions() as session:
        assert session.scalars(select(Timer.status)).all() == ["disarmed"]
        reason = session.scalars(select(Event.action).where(Event.chain == case).order_by(Event.seq)).all()
        assert reason[-3:] == ["instance.cancelled", "task.cancelled", "task.cancelled"]
    for verb in (interventions.cancel, interventions.suspend, interventions.resume):
        with permits.acting("admin") as (session, actor), pytest.raises(Conflict, match="instance_ended"):
            verb(session, permits.app, actor, case, "x", now=now)


@database
def test_a_message_ends_the_procedure_and_finds_nobody_waiting_after_that(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    with permits.acting("li") as (session, actor):
        instances.deliver_message(session, permits.app, actor, case, "withdrawal", {"reason": "closed"}, now)
    assert permits.instance(case).status == "completed"
    with permits.acting("li") as (session, actor), pytest.raises(Conflict, match="not_waiting"):
        instances.deliver_message(session, permits.app, actor, case, "withdrawal", {}, now)
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        instances.deliver_message(session, permits.app, actor, case, "withdrawal", {}, now)


# ---- the diagram -----------------------------------------------------------------------------------------------


@database
def test_the_diagram_shows_what_is_done_who_has_what_is_open_and_nothing_of_the_future(
    permits: Office, now: datetime
) -> None:
    case = permits.to_check()
    with permits.acting("chen") as (session, actor):
        shown = instances.diagram(session, permits.app, actor, case)
    assert (shown.process, shown.title, shown.parent) == ("permit", ("许可", "Permit"), "procedure")
    assert '<process id="permit"' in shown.xml
    states = {key: one.state for key, one in shown.elements.items()}
    assert states["apply"] == "done"
    assert states["check"] == states["visit"] == "current"
    assert not {"score", "archive", "e", "follow_up", "fault"} & set(states)
    assert shown.elements["check"].tasks[0]["offered_to"] == ["兰州市生态环境局"]
    assert shown.flows["s_apply"] == 1
    assert shown.elements["apply"].count == 1


def test_the_diagram_leads_down_and_up_and_says_what_is_overdue(permits: Office, now: datetime) -> None:
    case = permits.open()
    with permits.acting("li", now + timedelta(days=6)) as (session, actor):
        top = instances.diagram(session, permits.app, actor, case, process="procedure")
        assert (dict(top.drill), top.parent) == ({"call_permit": "permit"}, None)
        assert top.elements["call_permit"].state == "current"
        below = instances.diagram(session, permits.app, actor, case, process="permit")
        assert below.elements["apply"].state == "overdue"
        with pytest.raises(NotFound):
            instances.diagram(session, permits.app, actor, case, process="secret")
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        instances.diagram(session, permits.app, actor, case)


def test_a_past_party_sees_the_instance_no_more(permits: Office, now: datetime) -> None:
    case = permits.open(parties=(*PARTIES, ("consultancy", "consultancy", None)))
    with permits.acting("zhao") as (session, actor):
        assert session.scalars(select(Instance.id).where(visible(actor, Instance))).all() == [case]
        instances.end_party(session, permits.app, actor, case, "consultancy", now=now + timedelta(days=1))
    with permits.acting("zhao", now + timedelta(days=1)) as (session, actor):
        assert session.scalars(select(Instance.id).where(visible(actor, Instance))).all() == []
