"""Going back: what a task can be returned to, what becomes of the rest, and a completion taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import FILES, PERMIT, Office, office
from workflows import consistency, interventions, returns, runtime, tasks, worker
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Draft, Event, EventPayload, Submission, Task, Timer
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


def send_back(permits: Office, who: str, task: Task, element: str = "apply", **more: Any) -> tasks.Completed:
    with permits.acting(who) as (session, actor):
        values = {"reason": "the amount is missing", "now": permits.now, **more}
        return returns.return_(session, permits.app, actor, task.id, element, **values)


def consistent(permits: Office, case: str) -> None:
    with permits.sessions.begin() as session:
        assert consistency.differences(session, permits.app, runtime.lock(session, case)) == []


def allow(permits: Office, task: Task, **actions: str) -> None:
    """Let the designer have written ``qs:actions`` at the task."""
    with permits.sessions.begin() as session:
        session.execute(update(Task).where(Task.id == task.id).values(actions={**task.actions, **actions}))


# ---- returning -------------------------------------------------------------------------------------------------


@database
def test_a_returned_step_is_open_again_with_the_earlier_answers_for_who_gave_them(permits: Office) -> None:
    case = permits.to_check()
    check, visit = permits.task(case, "check"), permits.task(case, "visit")
    done = send_back(permits, "li", check)
    again = permits.task(case, "apply")
    assert permits.open_elements(case) == ["apply"]
    assert (again.visit, again.assignee_id, again.claimed_at) == (2, "chen", None)
    assert [(one.task_id, one.names) for one in done.waiting_for] == [(again.id, ("兰州钢铁有限公司",))]
    with permits.sessions() as session:
        draft = session.scalars(select(Draft)).one()
        assert (draft.task_id, draft.person_id, draft.answers["note"]) == (again.id, "chen", "please")
        rows = {row.id: row for row in session.scalars(select(Task))}
        assert (rows[check.id].status, rows[check.id].closed_by, rows[check.id].opinion) == (
            "returned",
            "li",
            "the amount is missing",
        )
        assert rows[visit.id].status == "returned"
        assert session.scalars(select(Timer.status)).all() == ["disarmed"]
        assert len(session.scalars(select(Submission)).all()) == 1
    consistent(permits, case)
    permits.do("chen", again.id, {"note": "please", "amount": 3})
    assert permits.open_elements(case) == ["check", "visit"]


def test_who_gets_a_task_back_sees_why(permits: Office) -> None:
    case = permits.to_check()
    send_back(permits, "li", permits.task(case, "check"))
    again = permits.task(case, "apply")
    with permits.acting("chen") as (session, actor):
        view = tasks.view(session, permits.app, actor, again.id, now=permits.now)
        assert view.task.actions["returned"]["reason"] == "the amount is missing"
        assert (view.task.actions["returned"]["by"], view.data["note"]) == ("李科长", "please")


@database
def test_the_trail_has_one_event_of_the_return_with_actor_reason_from_and_to(permits: Office) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    send_back(permits, "li", check, then="follow", others="keep")
    with permits.sessions() as session:
        rows = session.execute(
            select(Event.action, Event.actor_id, Event.subject_id, EventPayload.body)
            .join(EventPayload, EventPayload.event_id == Event.id)
            .where(Event.chain == case)
            .order_by(Event.seq)
        ).all()
    said = [row[0] for row in rows]
    assert said[-3:] == ["task.returned", "task.opened", "task.cancelled"]
    assert (rows[-3][1], rows[-3][2]) == ("li", check.id)
    for part in ('"from":"check"', '"to":"apply"', '"to_name":"申请"', '"reason":"the amount is missing"'):
        assert part in rows[-3][3]


@database
def test_a_repeated_return_has_one_effect_and_is_told_what_happened(permits: Office) -> None:
    case = permits.to_check()
    check, visit = permits.task(case, "check"), permits.task(case, "visit")
    send_back(permits, "li", check)
    with pytest.raises(Conflict, match="task_closed") as caught:
        send_back(permits, "li", check)
    assert caught.value.values["status"] == "returned"
    assert (caught.value.values["by"], caught.value.values["reason"]) == ("李科长", "the amount is missing")
    with pytest.raises(Conflict, match="task_closed"):
        permits.do("he", visit.id)
    assert permits.open_elements(case) == ["apply"]


def test_a_draft_of_a_task_that_was_returned_is_there_when_it_comes_again(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    with permits.acting("li") as (session, actor):
        tasks.save_draft(session, actor, check.id, {"remark": "half"}, "an opinion", None, now)
    send_back(permits, "li", check)
    permits.do("chen", permits.task(case, "apply").id, {"note": "again"})
    again = permits.task(case, "check")
    with permits.acting("li") as (session, actor):
        view = tasks.view(session, permits.app, actor, again.id, now=now)
        assert view.draft is not None
        assert (view.draft.answers, view.draft.opinion) == ({"remark": "half"}, "an opinion")
        assert tasks.draft_of(session, actor, check.id) is not None


def test_only_finished_steps_are_offered_the_latest_first(permits: Office) -> None:
    case = permits.to_check(panel=["sun"])
    permits.do("he", permits.task(case, "visit").id)
    check = permits.task(case, "check")
    with permits.acting("li") as (session, actor):
        offered = returns.targets(session, permits.app, actor, check.id)
    assert [(one.element, one.legal, one.reason, one.done_by) for one in offered] == [
        ("visit", False, "not_behind", "何所长"),
        ("apply", True, "", "陈工"),
    ]


def test_where_branches_have_met_the_others_count_or_are_done_again(permits: Office) -> None:
    for number, others, waiting in (("1", "keep", ["visit"]), ("2", "redo", ["check", "visit"])):
        case = permits.to_check(number, panel=["sun"])
        permits.do("li", permits.task(case, "check").id)
        permits.do("he", permits.task(case, "visit").id)
        score = permits.task(case, "score")
        allow(permits, score, **{"return": "yes"})
        with permits.acting("sun") as (session, actor):
            offered = returns.targets(session, permits.app, actor, score.id)
            assert {one.element for one in offered if one.joined} == {"check", "visit"}
        send_back(permits, "sun", score, "visit", others=others)
        assert permits.open_elements(case) == waiting
        consistent(permits, case)


def test_what_was_done_since_is_undone_first_where_one_asks_for_it(
    sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    handler = (
        '<boundaryEvent id="undone" attachedToRef="visit"><compensateEventDefinition/></boundaryEvent>'
        '<userTask id="cancel_visit" isForCompensation="true"><extensionElements><qs:assignment role="county_bureau"/>'
        '</extensionElements></userTask><association id="as" sourceRef="undone" targetRef="cancel_visit"/>'
    )
    files = {**FILES, "permit.bpmn": PERMIT.replace(b"</process>", handler.encode() + b"</process>")}
    permits = office(sessions, settings, now, files=files)
    case = permits.to_check()
    check = permits.task(case, "check")
    for undoes in (False, True):
        with permits.acting("li") as (session, actor):
            offered = returns.targets(session, permits.app, actor, check.id)
            assert {one.element: one.undoes for one in offered if one.legal} == {"apply": undoes}
        if not undoes:
            permits.do("he", permits.task(case, "visit").id)
    send_back(permits, "li", check, compensate=True)
    assert permits.open_elements(case) == ["cancel_visit"]
    consistent(permits, case)
    permits.do("he", permits.task(case, "cancel_visit").id)
    assert permits.open_elements(case) == ["apply"]
    consistent(permits, case)


def test_straight_back_leads_right_to_where_the_task_was(permits: Office) -> None:
    case = permits.to_check()
    visit = permits.task(case, "visit")
    send_back(permits, "li", permits.task(case, "check"), then="straight")
    assert permits.open_elements(case) == ["apply", "visit"]
    permits.do("chen", permits.task(case, "apply").id, {"note": "corrected"})
    assert permits.open_elements(case) == ["check", "visit"]
    assert permits.task(case, "visit").id == visit.id
    consistent(permits, case)


@database
def test_the_timer_of_a_step_goes_on_with_what_was_left_of_it(permits: Office, now: datetime) -> None:
    for number, timers, left in (("1", "resume", timedelta(days=6)), ("2", "afresh", timedelta(days=10))):
        case = permits.to_check(number, panel=["sun"])
        permits.do("li", permits.task(case, "check").id, at=now + timedelta(days=4))
        permits.do("he", permits.task(case, "visit").id, at=now + timedelta(days=4))
        later = now + timedelta(days=30)
        task = permits.task(case, "score")
        allow(permits, task, **{"return": "yes"})
        with permits.acting("sun", later) as (session, actor):
            returns.return_(
                session, permits.app, actor, task.id, "check", reason="x", timers=timers, now=later,  # type: ignore[arg-type]
            )  # fmt: skip
        with permits.sessions() as session:
            query = select(Timer.due_at).where(Timer.instance_id == case, Timer.status == "armed")
            assert session.scalars(query).one() == later + left


def test_only_officers_return_unless_the_designer_says_otherwise(permits: Office) -> None:
    case = permits.to_check(panel=["sun"])
    check = permits.task(case, "check")
    with permits.acting("chen") as (session, actor), pytest.raises(NotAllowed, match="not_candidate"):
        returns.targets(session, permits.app, actor, check.id)
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        returns.targets(session, permits.app, actor, check.id)
    for word in ("no", "false", ""):
        allow(permits, check, **{"return": word})
        with pytest.raises(NotAllowed, match="not_returnable_by_you"):
            send_back(permits, "li", check)
    allow(permits, check, **{"return": "visit"})
    with permits.acting("li") as (session, actor):
        assert [one.reason for one in returns.targets(session, permits.app, actor, check.id)] == ["designer"]
    with pytest.raises(Conflict, match="designer"):
        send_back(permits, "li", check)
    allow(permits, check, **{"return": "visit, apply"})
    send_back(permits, "li", check)
    with pytest.raises(NotAllowed, match="not_returnable_by_you"):
        send_back(permits, "chen", permits.task(case, "apply"))


def test_a_return_needs_a_reason_and_a_step_that_lies_behind(permits: Office) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    for reason in (" ", "x" * 501):
        with pytest.raises(Invalid):
            send_back(permits, "li", check, reason=reason)
    for element in ("visit", "archive", "check", "no such element", "late"):
        with pytest.raises(Conflict, match="not_returnable"):
            send_back(permits, "li", check, element)
    assert permits.open_elements(case) == ["check", "visit"]


def test_one_cannot_return_what_somebody_else_holds(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    with permits.acting("liu") as (session, actor):
        tasks.claim(session, actor, check.id, now=now)
    with pytest.raises(Conflict, match="held_by"):
        send_back(permits, "li", check)


# ---- withdrawing -----------------------------------------------------------------------------------------------


def take_back(permits: Office, who: str, task_id: str, reason: str = "") -> tasks.Completed:
    with permits.acting(who) as (session, actor):
        return returns.withdraw(session, permits.app, actor, task_id, reason=reason, now=permits.now)


def offered(permits: Office, who: str, task_id: str) -> set[str]:
    with permits.acting(who) as (session, actor):
        found = [session.get_one(Task, task_id)]
        return set(returns.withdrawable(session, permits.app, actor, found, now=permits.now))


@database
def test_ones_own_completion_is_taken_back_while_nothing_is_touched(permits: Office) -> None:
    case = permits.open()
    apply = permits.task(case, "apply")
    permits.do("chen", apply.id, {"note": "too early"})
    done = take_back(permits, "chen", apply.id, "a slip")
    again = permits.task(case, "apply")
    assert permits.open_elements(case) == ["apply"]
    assert [one.id for one in done.next_tasks] == [again.id]
    assert (again.assignee_id, again.visit, done.task.status) == ("chen", 2, "withdrawn")
    with permits.sessions() as session:
        assert session.scalars(select(Draft.answers)).one()["note"] == "too early"
        said = session.scalars(select(Event.action).where(Event.chain == case).order_by(Event.seq)).all()
    assert "task.withdrawn" in said
    consistent(permits, case)
    with pytest.raises(Conflict, match="task_closed"):
        take_back(permits, "chen", apply.id)
    with pytest.raises(Conflict, match="task_open"):
        take_back(permits, "chen", again.id)
    permits.do("chen", again.id, {"note": "now"})
    assert permits.open_elements(case) == ["check", "visit"]


@pytest.mark.parametrize("what", ["claimed", "typed", "done"])
def test_what_others_have_taken_up_cannot_be_taken_back(permits: Office, now: datetime, what: str) -> None:
    case = permits.open()
    apply = permits.task(case, "apply")
    permits.do("chen", apply.id, {"note": "x"})
    check = permits.task(case, "check")
    later = now + timedelta(minutes=5)
    with permits.acting("li", later) as (session, actor):
        if what == "claimed":
            tasks.claim(session, actor, check.id, now=later)
        elif what == "typed":
            tasks.save_draft(session, actor, check.id, {"remark": "h"}, "", None, later)
        else:
            tasks.complete(session, permits.app, actor, check.id, {}, now=later)
    assert offered(permits, "chen", apply.id) == set()
    with pytest.raises(Conflict, match="not_withdrawable") as caught:
        take_back(permits, "chen", apply.id)
    assert caught.value.values["reason"] in {"touched", "ended", "done", "event"}
    assert permits.task(case, "visit").status == "open"


def test_nobody_takes_back_what_another_has_done_or_the_designer_forbids(permits: Office) -> None:
    case = permits.to_check()
    with permits.sessions() as session:
        apply = session.scalars(select(Task).where(Task.element == "apply")).one()
    with pytest.raises(NotAllowed, match="not_your_completion"):
        take_back(permits, "li", apply.id)
    with pytest.raises(NotFound):
        take_back(permits, "wang", apply.id)
    assert offered(permits, "chen", apply.id) == {apply.id}
    assert offered(permits, "li", apply.id) == set()
    allow(permits, apply, withdraw="no")
    assert offered(permits, "chen", apply.id) == set()
    with pytest.raises(NotAllowed, match="not_withdrawable_here"):
        take_back(permits, "chen", apply.id)
    allow(permits, apply, withdraw="yes")
    with permits.acting("admin") as (session, actor):
        interventions.suspend(session, permits.app, actor, case, "appeal", now=permits.now)
    with pytest.raises(Conflict, match="suspended"):
        take_back(permits, "chen", apply.id)
    with permits.acting("admin") as (session, actor):
        interventions.cancel(session, permits.app, actor, case, "over", now=permits.now)
    with pytest.raises(Conflict, match="instance_ended"):
        take_back(permits, "chen", apply.id)


def test_a_sheet_of_many_is_taken_back_alone(permits: Office) -> None:
    case = permits.to_check(panel=["sun", "qian"])
    permits.do("li", permits.task(case, "check").id)
    permits.do("he", permits.task(case, "visit").id)
    with permits.sessions() as session:
        sheets = {one.assignee_id: one.id for one in session.scalars(select(Task).where(Task.element == "score"))}
    permits.do("sun", sheets["sun"], {"points": 50})
    take_back(permits, "sun", sheets["sun"])
    with permits.sessions() as session:
        query = select(Task).where(Task.element == "score", Task.status == "open")
        assert {one.assignee_id for one in session.scalars(query)} == {"sun", "qian"}
        assert {one.person_id: one.answers["points"] for one in session.scalars(select(Draft))} == {"sun": 50}
        assert sheets["qian"] in {one.id for one in session.scalars(query)}
    consistent(permits, case)
    with permits.sessions() as session:
        again = session.scalars(select(Task).where(Task.assignee_id == "sun", Task.status == "open")).one()
    permits.do("sun", again.id, {"points": 60})
    permits.do("qian", sheets["qian"], {"points": 70})
    worker.run_pending(permits.sessions, permits.app, permits.now)
    assert permits.instance(case).status == "completed"
