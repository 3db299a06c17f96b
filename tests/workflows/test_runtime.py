"""What a step leaves behind: whom tasks are for, timers, jobs, and what happens when nobody is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import PARTIES, Office, office
from workflows import incidents, instances, runtime, tasks, worker
from workflows.access import SYSTEM
from workflows.engine.step import Fire
from workflows.errors import Conflict, NotFound
from workflows.models import Event, FinishedJob, Incident, Instance, Membership, Task, TaskCandidate, Timer
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


def principals(permits: Office, task: Task) -> set[str]:
    with permits.sessions() as session:
        query = select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id)
        return set(session.scalars(query))


@database
def test_a_role_of_a_party_goes_to_the_organisation_and_a_role_of_a_region_to_the_region(permits: Office) -> None:
    case = permits.open()
    assert principals(permits, permits.task(case, "apply")) == {"enterprise@org:steelworks"}
    permits.do("chen", permits.task(case, "apply").id, {"note": "x"})
    asked = principals(permits, permits.task(case, "check"))
    assert asked == {"city_bureau@org:lanzhou_bureau", "competent_bureau@org:lanzhou_bureau"}
    assert principals(permits, permits.task(case, "visit")) == {"county_bureau@region:620102"}


@database
def test_a_task_that_reaches_nobody_opens_an_incident_and_is_offered_once_somebody_is_there(
    permits: Office, now: datetime
) -> None:
    case = permits.to_check(region="620104")
    visit = permits.task(case, "visit")
    with permits.sessions.begin() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.kind, incident.element, incident.instance_id) == ("no_candidate", "visit", case)
        session.add(
            Membership(
                person_id="he",
                organisation_id="chengguan_bureau",
                role="county_bureau",
                region_code="620104",
                since=now - timedelta(days=1),
            )
        )
    with permits.acting("admin") as (session, actor):
        incidents.retry(session, permits.app, actor, incident.id, now=now)
        assert session.scalars(select(Incident).where(Incident.resolved_at.is_(None))).all() == []
    assert principals(permits, visit) == {"county_bureau@region:620104"}
    permits.do("he", visit.id)


def test_a_person_who_is_gone_is_nobody(permits: Office) -> None:
    case = permits.to_check(panel=["sun", "no such person"])
    permits.do("li", permits.task(case, "check").id)
    permits.do("he", permits.task(case, "visit").id)
    with permits.sessions() as session:
        assert session.scalars(select(Incident.message)).all() == ["评分: no such person"]


@database
def test_a_party_that_leaves_loses_its_tasks_and_the_next_one_gets_them(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    with permits.acting("li") as (session, actor):
        tasks.claim(session, actor, check.id, now=now)
    later = now + timedelta(hours=1)
    with permits.sessions.begin() as session:
        ended = instances.end_party(session, permits.app, SYSTEM, case, "competent_bureau", now=later)
        instances.add_party(
            session, permits.app, SYSTEM, case, "competent_bureau", organisation_id="gansu_bureau", now=later
        )
    assert ended == 1
    assert permits.task(case, "check").assignee_id is None
    permits.do("ma", check.id, at=later)
    with permits.sessions() as session:
        said = session.scalars(select(Event.action).where(Event.chain == case).order_by(Event.seq)).all()
    assert said[-3:-1] == ["party.left", "party.joined"]


@database
def test_a_timer_fires_once_and_does_not_interrupt(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    late = now + timedelta(days=11)
    with permits.sessions.begin() as session:
        assert worker.enqueue_due(session, permits.app, late) == 1
    worker.run_pending(permits.sessions, permits.app, late)
    assert permits.open_elements(case) == ["check", "follow_up", "visit"]
    with permits.sessions.begin() as session:
        timer = session.scalars(select(Timer)).one()
        assert timer.status == "fired"
        instance = runtime.lock(session, case)
        before = instance.state
        step = runtime.advance(session, permits.app, instance, Fire(timer.id), SYSTEM, late)
        assert (step.opened, step.events, instance.state) == ((), (), before)


def test_an_operation_runs_once_with_the_variables_and_ends_the_instance(
    sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    calls: list[Mapping[str, Any]] = []

    def archive(_session: Session, job: Any, _now: datetime) -> dict[str, Any]:
        calls.append(job.variables)
        return {"archived": True}

    permits = office(sessions, settings, now, handlers={"permits.archive": archive})
    case = permits.to_check(panel=["sun"])
    permits.do("li", permits.task(case, "check").id)
    permits.do("he", permits.task(case, "visit").id)
    permits.do("sun", permits.task(case, "score").id, {"points": 90})
    assert permits.instance(case).status == "running"
    worker.run_pending(permits.sessions, permits.app, now)
    assert permits.instance(case).status == "completed"
    assert permits.instance(case).ended_at == now
    assert len(calls) == 1
    assert calls[0]["sheets"] == [90]


def test_an_operation_that_a_cancelled_branch_had_asked_for_is_not_begun(
    sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    calls: list[str] = []

    def archive(_session: Session, job: Any, _now: datetime) -> dict[str, Any]:
        calls.append(job.id)
        return {}

    permits = office(sessions, settings, now, handlers={"permits.archive": archive})
    case = permits.to_check(panel=["sun"])
    permits.do("li", permits.task(case, "check").id)
    permits.do("he", permits.task(case, "visit").id)
    permits.do("sun", permits.task(case, "score").id, {"points": 90})
    with permits.sessions.begin() as session:
        instances.deliver_message(session, permits.app, SYSTEM, case, "withdrawal", {}, now)
        assert len(session.scalars(select(FinishedJob.key)).all()) == 1
    worker.run_pending(permits.sessions, permits.app, now)
    assert permits.instance(case).status == "completed"
    assert calls == []


def test_the_stage_is_the_diagram_whose_tasks_are_open(permits: Office) -> None:
    assert permits.instance(permits.open()).stage == "permit"


def test_a_failing_start_leaves_nothing(permits: Office) -> None:
    with pytest.raises(NotFound, match="region"):
        permits.open(region="999999")
    with permits.sessions() as session:
        assert session.scalars(select(Instance)).all() == []


@database
def test_a_lock_that_cannot_be_had_is_a_conflict(permits: Office, settings: Settings, dialect: str) -> None:
    if dialect == "sqlite":
        assert not settings.database_url.startswith("postgresql")
        return
    case = permits.open()
    with permits.sessions.begin() as holder:
        runtime.lock(holder, case)
        with permits.sessions() as other:
            other.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(Conflict, match="busy"):
                runtime.lock(other, case)


def test_a_deployed_definition_is_compiled_once_in_a_process(permits: Office) -> None:
    with permits.sessions() as session:
        first = runtime.load_definition(session, permits.app, permits.definition_id)
    with permits.sessions() as session:
        assert runtime.load_definition(session, permits.app, permits.definition_id) is first
        with pytest.raises(NotFound):
            runtime.load_definition(session, permits.app, "no such definition")


@database
def test_changing_a_variable_is_one_act_of_the_trail(permits: Office, now: datetime) -> None:
    case = permits.open()
    with permits.sessions.begin() as session:
        instances.change_variables(session, permits.app, SYSTEM, case, {"deadlines": {"a": 1}}, now)
    with permits.sessions() as session:
        assert session.get_one(Instance, case).variables["deadlines"] == {"a": 1}
        acts = session.scalars(select(Event.action).where(Event.chain == case).order_by(Event.seq)).all()
    assert acts[-1] == "instance.variables_changed"


def test_staff_without_an_account_in_force_count_for_nobody(permits: Office, now: datetime) -> None:
    with permits.sessions.begin() as session:
        session.execute(update(Membership).where(Membership.organisation_id == "steelworks").values(until=now))
    permits.open(parties=PARTIES)
    with permits.sessions() as session:
        assert [one.element for one in session.scalars(select(Incident))] == ["apply"]
