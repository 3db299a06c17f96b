"""Transfer, delegation, urging: who has a task afterwards, what is kept, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows import permit
from tests.workflows.permit import Office, office
from workflows import delegations, instances, tasks, transfers, urges
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Delegation, Draft, Event, EventPayload, Membership, Task
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


def said(permits: Office, case: str, action: str) -> list[tuple[str, dict[str, object]]]:
    """Give who did an act on a case, and what the trail says of it."""
    with permits.sessions() as session:
        query = select(Event.actor_name, EventPayload.body).join(EventPayload, EventPayload.event_id == Event.id)
        rows = session.execute(query.where(Event.chain == case, Event.action == action).order_by(Event.seq))
        return [(row[0], orjson.loads(row[1])) for row in rows]


def actions(permits: Office, who: str, task_id: str) -> frozenset[str]:
    """Say what somebody may do with a task now."""
    with permits.acting(who) as (session, actor):
        return tasks.view(session, permits.app, actor, task_id, now=permits.now).allowed


# ---- transfer --------------------------------------------------------------------------------------------------


@database
def test_a_transferred_task_leaves_the_sender_and_takes_the_draft_along(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    with permits.acting("li") as (session, li):
        tasks.claim(session, li, task.id, now=now)
        tasks.save_draft(session, li, task.id, {"remark": "begun"}, "half", 0, now)
        assert [one.id for one in transfers.receivers(session, li, task.id, now=now)] == ["liu"]
        transfers.transfer(session, permits.app, li, task.id, "liu", reason="on leave", draft=True, now=now)
    with permits.acting("li") as (session, li):
        assert tasks.todo(session, li, now=now).items == ()
        with pytest.raises(Conflict, match="held_by"):
            tasks.complete(session, permits.app, li, task.id, {}, now=now)
    with permits.acting("liu") as (session, liu):
        assert [one.id for one in tasks.todo(session, liu, now=now).items] == [task.id]
        view = tasks.view(session, permits.app, liu, task.id, now=now)
        assert (view.data, view.draft.opinion if view.draft else "") == ({"remark": "begun"}, "half")
    with permits.sessions() as session:
        assert [row.person_id for row in session.scalars(select(Draft))] == ["liu"]
    ((who, told),) = said(permits, case, "task.transferred")
    assert (who, told["old"], told["new"], told["reason"]) == ("李科长", "李科长", "刘科员", "on leave")
    assert permits.do("liu", task.id, {"remark": "ok"}).task.closed_by == "liu"


def test_a_draft_that_shall_stay_stays_with_the_sender(permits: Office, now: datetime) -> None:
    task = permits.task(permits.to_check(), "check")
    with permits.acting("li") as (session, li):
        tasks.save_draft(session, li, task.id, {"remark": "mine"}, "", 0, now)
        transfers.transfer(session, permits.app, li, task.id, "liu", reason="x", now=now)
    with permits.sessions() as session:
        assert [row.person_id for row in session.scalars(select(Draft))] == ["li"]


@pytest.mark.parametrize("receiver", ["he", "gao", "chen", "li", "nobody", ""])
def test_a_receiver_whom_the_task_is_not_offered_to_is_refused(permits: Office, now: datetime, receiver: str) -> None:
    task = permits.task(permits.to_check(), "check")
    with permits.acting("li") as (session, li):
        for act in (
            lambda: transfers.transfer(session, permits.app, li, task.id, receiver, reason="x", now=now),
            lambda: delegations.delegate(session, li, task.id, receiver, request="x", now=now),
        ):
            with pytest.raises(NotAllowed, match="not_a_receiver"):
                act()


def test_who_has_left_the_organisation_receives_nothing(permits: Office, now: datetime) -> None:
    task = permits.task(permits.to_check(), "check")
    with permits.sessions.begin() as session:
        session.execute(update(Membership).where(Membership.person_id == "liu").values(until=now))
    with permits.acting("li") as (session, li):
        assert transfers.receivers(session, li, task.id, now=now) == []
        with pytest.raises(NotAllowed, match="not_a_receiver"):
            transfers.transfer(session, permits.app, li, task.id, "liu", reason="x", now=now)


def test_handing_on_needs_a_reason_a_task_of_ones_own_and_the_designers_leave(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    with permits.acting("li") as (session, li):
        with pytest.raises(Invalid) as wrong:
            transfers.transfer(session, permits.app, li, task.id, "liu", reason=" ", now=now)
        assert wrong.value.fields == {"reason": ["required"]}
        with pytest.raises(Invalid) as wrong:
            delegations.delegate(session, li, task.id, "liu", request="", now=now)
        assert wrong.value.fields == {"request": ["required"]}
    with permits.acting("he") as (session, he), pytest.raises(NotAllowed, match="not_candidate"):
        transfers.transfer(session, permits.app, he, task.id, "liu", reason="x", now=now)
    with permits.acting("meng") as (session, meng), pytest.raises(NotFound):
        transfers.transfer(session, permits.app, meng, task.id, "liu", reason="x", now=now)
    with permits.sessions.begin() as session:
        row = session.get_one(Task, task.id)
        row.actions = {**row.actions, "transfer": "no", "delegate": "no"}
    assert not {"transfer", "delegate"} & actions(permits, "li", task.id)
    with permits.acting("li") as (session, li):
        with pytest.raises(NotAllowed, match="no_transfer_here"):
            transfers.transfer(session, permits.app, li, task.id, "liu", reason="x", now=now)
        with pytest.raises(NotAllowed, match="no_delegation_here"):
            delegations.delegate(session, li, task.id, "liu", request="x", now=now)


def test_what_names_its_persons_is_theirs_alone(permits: Office, now: datetime) -> None:
    case = permits.to_check(panel=["sun", "qian"])
    permits.do("li", permits.task(case, "check").id, {"remark": "ok"})
    permits.do("he", permits.task(case, "visit").id)
    sheet = permits.task(case, "score")
    assert sheet.assignee_id == "sun"
    assert not {"transfer", "delegate"} & actions(permits, "sun", sheet.id)
    with permits.acting("sun") as (session, sun), pytest.raises(NotAllowed, match="no_transfer_here"):
        transfers.transfer(session, permits.app, sun, sheet.id, "qian", reason="x", now=now)


# ---- delegation ------------------------------------------------------------------------------------------------


@database
def test_the_delegate_gives_words_and_only_the_owner_decides(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    with permits.acting("li") as (session, li):
        delegations.delegate(session, li, task.id, "liu", request="check the figures", now=now)
    assert actions(permits, "liu", task.id) == {"answer"}
    assert actions(permits, "li", task.id) == {"recall", "urge"}
    for act in (tasks.release, tasks.claim):
        with permits.acting("liu") as (session, liu), pytest.raises(NotAllowed, match="delegated"):
            act(session, liu, task.id, now=now)
    with pytest.raises(NotAllowed, match="delegated"):
        permits.do("liu", task.id, {"remark": "I decide"})
    with permits.acting("liu") as (session, liu), pytest.raises(NotAllowed, match="delegated"):
        transfers.transfer(session, permits.app, liu, task.id, "li", reason="x", now=now)
    with pytest.raises(Conflict, match="held_by"):
        permits.do("li", task.id, {"remark": "too early"})
    with permits.acting("liu") as (session, liu):
        with pytest.raises(Invalid):
            delegations.answer(session, liu, task.id, " ", now=now)
        delegations.answer(session, liu, task.id, "the figures are right", now=now)
    with permits.acting("liu") as (session, liu), pytest.raises(Conflict, match="not_delegated"):
        delegations.answer(session, liu, task.id, "again", now=now)
    with pytest.raises(Conflict, match="held_by"):
        permits.do("liu", task.id, {"remark": "still not mine"})
    with permits.acting("li") as (session, li):
        (words,) = delegations.of_task(session, li, task.id)
        assert (words.owner, words.delegate, words.row.words) == ("李科长", "刘科员", "the figures are right")
    done = permits.do("li", task.id, {"remark": "fine"}, opinion="agreed")
    assert (done.task.closed_by, done.task.opinion) == ("li", "agreed")
    assert [who for who, _ in said(permits, case, "task.words_given")] == ["刘科员"]
    assert said(permits, case, "task.words_given")[0][1]["opinion"] == "the figures are right"


def test_an_owner_gets_the_task_back_at_any_time(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    with permits.acting("li") as (session, li):
        delegations.delegate(session, li, task.id, "liu", request="please", now=now)
    with permits.acting("liu") as (session, liu), pytest.raises(NotAllowed, match="not_its_owner"):
        delegations.recall(session, liu, task.id, now=now)
    with permits.acting("li") as (session, li):
        delegations.recall(session, li, task.id, now=now)
        with pytest.raises(Conflict, match="not_delegated"):
            delegations.recall(session, li, task.id, now=now)
    assert "complete" in actions(permits, "li", task.id)
    assert [who for who, _ in said(permits, case, "task.delegation_ended")] == ["李科长"]


def test_an_owner_who_left_meanwhile_leaves_the_task_to_all(permits: Office, now: datetime) -> None:
    task = permits.task(permits.to_check(), "check")
    with permits.acting("li") as (session, li):
        delegations.delegate(session, li, task.id, "liu", request="please", now=now)
    with permits.sessions.begin() as session:
        session.execute(update(Membership).where(Membership.person_id == "li").values(until=now))
    with permits.acting("liu") as (session, liu):
        assert delegations.answer(session, liu, task.id, "done", now=now).assignee_id is None
    assert permits.do("liu", task.id, {"remark": "ok"}).task.closed_by == "liu"


def test_a_delegate_who_leaves_the_case_gives_it_back_to_all(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    with permits.acting("li") as (session, li):
        delegations.delegate(session, li, task.id, "liu", request="please", now=now)
    with permits.sessions.begin() as session:
        session.execute(update(Membership).where(Membership.person_id == "liu").values(until=now))
    with permits.acting("zong") as (session, zong):
        instances.add_party(session, permits.app, zong, case, "consultancy", organisation_id="consultancy", now=now)
    row = permits.task(case, "check")
    assert (row.assignee_id, row.owner_id) == (None, None)
    assert permits.do("li", task.id, {"remark": "ok"}).task.closed_by == "li"


def test_words_on_what_is_restricted_are_for_its_readers(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    with permits.sessions.begin() as session:
        row = session.get_one(Task, task.id)
        row.actions = {**row.actions, "record": "restricted"}
    with permits.acting("li") as (session, li):
        delegations.delegate(session, li, task.id, "liu", request="look", now=now)
    seen = {}
    for who in ("li", "liu", "chen", "ma", "he"):
        with permits.acting(who) as (session, actor):
            seen[who] = len(delegations.of_task(session, actor, task.id))
    assert seen == {"li": 1, "liu": 1, "chen": 1, "ma": 0, "he": 0}
    with permits.sessions() as session:
        assert session.scalars(select(Delegation.record_class)).all() == ["restricted"]


# ---- urging ----------------------------------------------------------------------------------------------------


@database
def test_a_task_is_urged_once_a_day_and_the_trail_shows_sent_and_seen(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    with permits.acting("ma") as (session, ma):
        urges.urge(session, permits.app, ma, task.id, note="the day is near", now=now)
        with pytest.raises(Conflict, match="urged_lately"):
            urges.urge(session, permits.app, ma, task.id, now=now + timedelta(hours=23))
    with permits.acting("li") as (session, li):
        assert [one.note for one in urges.unseen(session, li, [task.id])[task.id]] == ["the day is near"]
        assert urges.see(session, li, task.id, now=now + timedelta(hours=1)) == 1
        assert urges.see(session, li, task.id, now=now + timedelta(hours=2)) == 0
        assert urges.unseen(session, li, [task.id]) == {}
    with permits.acting("liu") as (session, liu):
        assert task.id in urges.unseen(session, liu, [task.id]), "a colleague has not seen it"
    with permits.acting("ma", now + timedelta(hours=24)) as (session, ma):
        urges.urge(session, permits.app, ma, task.id, now=now + timedelta(hours=24))
        first, second = urges.of_task(session, ma, task.id)
        assert (first.sender, first.seen, second.seen) == ("马处长", (("李科长", now + timedelta(hours=1)),), ())
    assert [who for who, _ in said(permits, case, "task.urged")] == ["马处长", "马处长"]
    assert [who for who, _ in said(permits, case, "task.urge_seen")] == ["李科长"]


def test_the_starter_officers_and_superiors_urge_and_nobody_else(permits: Office, now: datetime) -> None:
    case = permits.open(actor="zhao", parties=(*permit.PARTIES, ("consultancy", "consultancy", None)))
    task = permits.task(case, "apply")
    may = {}
    for who in ("zhao", "li", "ma", "he", "chen", "admin", "auditor", "kong"):
        with permits.sessions() as session:
            try:
                urges.urge(
                    session, permits.app, permit.load_actor(session, permits.app.roles, who, now), task.id, now=now
                )
                may[who] = "yes"
            except (NotAllowed, NotFound) as error:
                may[who] = error.code
            session.rollback()
    no = "not_yours_to_urge"
    assert may == dict.fromkeys(("zhao", "li", "ma", "he"), "yes") | {
        "chen": no,
        "admin": no,
        "auditor": no,
        "kong": "not_found",
    }


def test_nobody_urges_themselves_nor_about_what_is_done(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    with permits.acting("li") as (session, li):
        tasks.claim(session, li, task.id, now=now)
        with pytest.raises(NotAllowed, match="not_yours_to_urge"):
            urges.urge(session, permits.app, li, task.id, now=now)
    permits.do("li", task.id, {"remark": "ok"})
    with permits.acting("ma") as (session, ma), pytest.raises(Conflict, match="task_closed"):
        urges.urge(session, permits.app, ma, task.id, now=now)
