"""Nobody judges their own work: what the designer keeps apart stays apart, whatever way the task is handed."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tests import world
from tests.workflows import permit
from tests.workflows.permit import Office, office
from workflows import delegations, tasks, transfers
from workflows.errors import NotAllowed, QingshenError
from workflows.models import Incident, Membership, Task
from workflows.settings import Settings

PARTIES = (("enterprise", "lanzhou_bureau", None), ("competent_bureau", "lanzhou_bureau", None))
CREW = ("li", "liu", "gao")
WALKS, STEPS = 8, 30


@pytest.fixture(name="permits")
def _permits(
    sessions: sessionmaker[Session], settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Office:
    """Deploy the permit with a check by nobody who applied or visited; all three lie with the same bureau."""
    apart = permit.PERMIT.replace(
        b'<qs:assignment role="competent_bureau"/>',
        b'<qs:assignment role="competent_bureau" separation="apply,visit"/>',
    ).replace(b'role="county_bureau"', b'role="competent_bureau"')
    assert b"separation" in apart
    monkeypatch.setattr(permit, "FILES", {**permit.FILES, "permit.bpmn": apart})
    return office(sessions, settings, now)


def incidents_of(permits: Office, case: str) -> list[str]:
    """Give the tasks of a case that nobody may take."""
    with permits.sessions() as session:
        query = select(Incident.element).where(Incident.instance_id == case, Incident.kind == "no_candidate")
        return list(session.scalars(query.where(Incident.resolved_at.is_(None))))


def applied(permits: Office, number: str = "1") -> str:
    """Let Li apply."""
    case = permits.open(number, parties=PARTIES)
    permits.do("li", permits.task(case, "apply").id, {"note": "x"})
    return case


@pytest.mark.database
def test_who_did_the_work_is_neither_offered_nor_handed_its_check(permits: Office, now: datetime) -> None:
    case = applied(permits)
    check = permits.task(case, "check")
    with permits.acting("li") as (session, li):
        assert [one.element for one in tasks.todo(session, li, now=now).items] == ["visit"]
        assert tasks.todo_count(session, li, now=now) == 1
        assert "complete" not in tasks.view(session, permits.app, li, check.id, now=now).allowed
        with pytest.raises(NotAllowed, match="own_work"):
            tasks.complete(session, permits.app, li, check.id, {}, now=now)
        with pytest.raises(NotAllowed, match="own_work"):
            tasks.claim(session, li, check.id, now=now)
    with permits.acting("liu") as (session, liu):
        assert transfers.receivers(session, liu, check.id, now=now) == []
        with pytest.raises(NotAllowed, match="not_a_receiver"):
            transfers.transfer(session, permits.app, liu, check.id, "li", reason="x", now=now)
        with pytest.raises(NotAllowed, match="not_a_receiver"):
            delegations.delegate(session, liu, check.id, "li", request="x", now=now)
    assert permits.do("liu", check.id).task.closed_by == "liu"


def test_who_gave_words_on_the_work_does_not_check_it(permits: Office, now: datetime) -> None:
    case = permits.open(parties=PARTIES)
    task = permits.task(case, "apply")
    with permits.acting("li") as (session, li):
        delegations.delegate(session, li, task.id, "liu", request="look", now=now)
    with permits.acting("liu") as (session, liu):
        delegations.answer(session, liu, task.id, "fine", now=now)
    permits.do("li", task.id, {"note": "x"})
    with pytest.raises(NotAllowed, match="own_work"):
        permits.do("liu", permits.task(case, "check").id)
    assert incidents_of(permits, case) == ["check"]


def test_a_check_that_nobody_is_left_for_opens_an_incident_at_once(permits: Office, now: datetime) -> None:
    case = applied(permits)
    assert incidents_of(permits, case) == []
    permits.do("liu", permits.task(case, "visit").id)
    assert incidents_of(permits, case) == ["check"], "Liu was the last, and has visited now"
    with permits.sessions.begin() as session:
        session.execute(update(Membership).where(Membership.person_id == "liu").values(until=now))
    assert incidents_of(permits, applied(permits, "2")) == ["check"]


def test_on_no_way_does_anybody_check_their_own_work(permits: Office, now: datetime) -> None:
    with permits.sessions.begin() as session:
        session.add(
            Membership(
                id="m-third", person_id="gao", organisation_id="lanzhou_bureau", role="city_bureau",
                region_code="620100", since=world.FOUNDED,
            )
        )  # fmt: skip
    rng = random.Random(25)
    checked = 0
    for walk in range(WALKS):
        case = permits.open(str(walk), parties=PARTIES)
        did: dict[str, set[str]] = {"apply": set(), "visit": set()}
        for _step in range(STEPS):
            with permits.sessions() as session:
                query = select(Task.id, Task.element).where(Task.instance_id == case, Task.status == "open")
                waiting = session.execute(query.order_by(Task.id)).all()
            if not waiting:
                break
            (task_id, element), who, verb = rng.choice(waiting), rng.choice(CREW), rng.choice(list(VERBS))
            with suppress(QingshenError), permits.acting(who) as (session, actor):
                VERBS[verb](session, permits, actor, task_id, rng.choice(CREW))
                if element == "check" and verb == "complete":
                    assert who not in did["apply"] | did["visit"], (walk, who)
                    checked += 1
                elif element in did and verb in {"complete", "answer"}:
                    did[element].add(who)
    assert checked > WALKS // 3


VERBS: dict[str, Callable[..., object]] = {
    "complete": lambda session, office, actor, task, _other: tasks.complete(
        session, office.app, actor, task, {"note": "x"}, now=office.now
    ),
    "claim": lambda session, office, actor, task, _other: tasks.claim(session, actor, task, now=office.now),
    "release": lambda session, office, actor, task, _other: tasks.release(session, actor, task, now=office.now),
    "transfer": lambda session, office, actor, task, other: transfers.transfer(
        session, office.app, actor, task, other, reason="x", now=office.now
    ),
    "delegate": lambda session, office, actor, task, other: delegations.delegate(
        session, actor, task, other, request="x", now=office.now
    ),
    "answer": lambda session, office, actor, task, _other: delegations.answer(
        session, actor, task, "x", now=office.now
    ),
    "recall": lambda session, office, actor, task, _other: delegations.recall(session, actor, task, now=office.now),
}
