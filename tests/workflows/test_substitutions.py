"""Substitutes: what they may do for whom, what the record says, and where nobody may act for anybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows import permit
from tests.workflows.permit import Office, office
from workflows import substitutions, tasks, timeline, transfers
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Event, Family, Membership, Party, Task
from workflows.settings import Settings

WEEK = timedelta(days=7)


@pytest.fixture(name="permits")
def _permits(
    sessions: sessionmaker[Session], settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Office:
    """Deploy the permit with a check by nobody who visited; Zhang sits in Li's bureau without a role in permits."""
    apart = permit.PERMIT.replace(
        b'<qs:assignment role="competent_bureau"/>',
        b'<qs:assignment role="competent_bureau" separation="apply,visit"/>',
    )
    assert b"separation" in apart
    monkeypatch.setattr(permit, "FILES", {**permit.FILES, "permit.bpmn": apart})
    with sessions.begin() as session:
        row = session.get_one(Membership, "m-liu")
        row.role = "designer"  # works beside Li and is offered nothing
    return office(sessions, settings, now)


def appoint(permits: Office, who: str = "li", whom: str = "liu", **more: Any) -> str:
    """Let a colleague act for a week from now."""
    with permits.acting(who) as (session, actor):
        values = {"since": permits.now, "until": permits.now + WEEK, **more}
        return substitutions.appoint(session, actor, whom, now=permits.now, **values).id


@contextmanager
def refused(permits: Office, who: str, task_id: str, why: str) -> Iterator[None]:
    """Say that somebody may neither see a task among theirs nor complete it."""
    with permits.acting(who) as (session, actor):
        assert task_id not in {one.id for one in tasks.todo(session, actor, now=permits.now).items}
        with pytest.raises((NotAllowed, NotFound, Conflict), match=why):
            tasks.complete(session, permits.app, actor, task_id, {}, now=permits.now)
    yield


def waiting(permits: Office, who: str, at: datetime | None = None) -> list[str]:
    """Give the elements that wait for somebody."""
    with permits.acting(who, at) as (session, actor):
        return [one.element for one in tasks.todo(session, actor, now=at or permits.now).items]


@pytest.mark.database
def test_a_substitute_does_what_is_offered_and_the_record_says_for_whom(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    assert waiting(permits, "liu") == []
    appoint(permits)
    assert waiting(permits, "liu") == ["check"]
    with permits.acting("liu") as (session, liu):
        view = tasks.view(session, permits.app, liu, task.id, now=now)
        assert (view.acts_for, "complete" in view.allowed, "transfer" in view.allowed) == ("李科长", True, False)
        with pytest.raises(NotAllowed, match="substitute_hands_on"):
            transfers.transfer(session, permits.app, liu, task.id, "li", reason="x", now=now)
    done = permits.do("liu", task.id, {"remark": "ok"}).task
    assert (done.closed_by, done.acted_for) == ("liu", "li")
    with permits.acting("li") as (session, li):
        query = select(Event.actor_id, Event.on_behalf_of).where(Event.chain == case, Event.action == "task.completed")
        assert session.execute(query.order_by(Event.seq.desc()).limit(1)).one() == ("liu", "li")
        last = timeline.for_instance(session, li, case).items
        assert next(one for one in last if one.action == "task.completed").values["acted_for"] == "李科长"


@pytest.mark.parametrize(
    "scope",
    [
        {"roles": ["city_bureau"], "families": ["permits"]},
        {"families": []},
    ],
)
def test_the_scope_and_the_period_hold(permits: Office, now: datetime, scope: dict[str, Any]) -> None:
    permits.to_check()
    appoint(permits, since=now + timedelta(days=1), **scope)
    assert waiting(permits, "liu") == []
    assert waiting(permits, "liu", now + timedelta(days=2)) == ["check"]
    assert waiting(permits, "liu", now + WEEK) == []


def test_another_process_is_not_covered(permits: Office, now: datetime) -> None:
    permits.to_check()
    with permits.sessions.begin() as session:
        session.add(Family(key="others", name="其他", name_en="Others", root="x"))
    appoint(permits, families=["others"])
    assert waiting(permits, "liu") == []


def test_a_substitute_goes_on_with_what_the_absent_one_holds(permits: Office, now: datetime) -> None:
    task = permits.task(permits.to_check(), "check")
    with permits.acting("li") as (session, li):
        tasks.claim(session, li, task.id, now=now)
    appoint(permits)
    with permits.acting("liu") as (session, liu):
        tasks.claim(session, liu, task.id, now=now)
    with refused(permits, "li", task.id, "held_by"):
        assert permits.do("liu", task.id, {}).task.acted_for == "li"


def test_nobody_stands_in_where_either_did_what_is_judged(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    task = permits.task(case, "check")
    appoint(permits)
    with permits.sessions.begin() as session:
        done = session.scalars(select(Task).where(Task.element == "apply")).one()
        done.closed_by = "li"
    assert waiting(permits, "liu") == [], "the absent one did it"
    with permits.sessions.begin() as session:
        done = session.scalars(select(Task).where(Task.element == "apply")).one()
        done.closed_by = "liu"
    assert waiting(permits, "liu") == [], "the substitute did it"
    assert waiting(permits, "li") == ["check"]
    with permits.sessions.begin() as session:
        done = session.scalars(select(Task).where(Task.element == "apply")).one()
        done.closed_by, done.acted_for = "he", "li"
    with refused(permits, "li", task.id, "own_work"):
        assert waiting(permits, "liu") == [], "it was done for the absent one"


def test_nobody_stands_in_across_a_conflict_of_interest(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    appoint(permits)
    with permits.sessions.begin() as session:
        row = Membership(id="m-past", person_id="liu", organisation_id="steelworks", role="enterprise")
        row.region_code, row.since, row.until = "620102", now - 9 * WEEK, now - 2 * WEEK
        session.add(row)
    assert waiting(permits, "liu") == [], "worked for the enterprise"
    with permits.sessions.begin() as session:
        session.delete(session.get_one(Membership, "m-past"))
        session.add(Party(instance_id=case, role="expert", person_id="li", since=now))
    assert waiting(permits, "liu") == [], "the absent one is a party"


def test_what_names_a_person_is_never_covered(permits: Office, now: datetime) -> None:
    case = permits.open(panel=["li"])
    permits.do("chen", permits.task(case, "apply").id, {"note": "x"})
    appoint(permits)
    permits.do("li", permits.task(case, "check").id, {})
    permits.do("he", permits.task(case, "visit").id, {})
    assert permits.open_elements(case) == ["score"]
    assert waiting(permits, "liu") == []


def test_an_ended_substitution_and_an_ended_membership_count_at_once(permits: Office, now: datetime) -> None:
    permits.to_check()
    row = appoint(permits)
    with permits.sessions.begin() as session:
        session.get_one(Membership, "m-liu").until = now
    assert waiting(permits, "liu") == []
    with permits.sessions.begin() as session:
        session.get_one(Membership, "m-liu").until = None
    assert waiting(permits, "liu") == ["check"]
    with permits.acting("meng") as (session, meng), pytest.raises(NotFound):
        substitutions.end(session, meng, row, now=now)
    with permits.acting("liu") as (session, liu):
        substitutions.end(session, liu, row, now=now)
    assert waiting(permits, "liu", now + timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"whom": "gao"}, "substitute_id", "not_a_colleague"),
        ({"whom": "li"}, "substitute_id", "not_a_colleague"),
        ({"until": timedelta(0)}, "until", "before_since"),
        ({"until": timedelta(days=400)}, "until", "too_far"),
        ({"roles": ["province_bureau"]}, "roles", "unknown"),
        ({"families": ["none"]}, "families", "unknown"),
        ({"reason": "x" * 501}, "reason", "too_long"),
    ],
)
def test_a_faulty_appointment_is_refused_by_field(
    permits: Office, now: datetime, change: dict[str, Any], field: str, why: str
) -> None:
    if "until" in change:
        change = {**change, "until": now + change["until"]}
    with pytest.raises(Invalid) as wrong:
        appoint(permits, **change)
    assert wrong.value.fields == {field: [why]}


def test_only_the_administrator_of_the_region_appoints_for_somebody_else(permits: Office, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="not_your_absence"):
        appoint(permits, "liu", "liu", absent_id="li")
    with pytest.raises(NotFound):
        appoint(permits, "admin", "meng", absent_id="kong")
    appoint(permits, "admin", "liu", absent_id="li")
    permits.to_check()
    assert waiting(permits, "liu") == ["check"]
    with pytest.raises(Conflict, match="substitute_known"):
        appoint(permits)
    with permits.acting("li") as (session, li):
        (one,) = substitutions.of_actor(session, li)
        assert (one.absent, one.substitute) == ("李科长", "刘科员")
