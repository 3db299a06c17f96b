"""The worker: each job has one effect, whatever breaks; what cannot be done becomes an incident, never silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import Office, office
from workflows import incidents, interventions, jobs, trail, worker
from workflows.access import SYSTEM
from workflows.application import Application, OperationJob
from workflows.db import reading
from workflows.errors import EngineError, OperationFailed
from workflows.jobs import DbosJobs, InlineJobs, Progress, QueuedJob
from workflows.models import Event, FinishedJob, Incident, Instance, JobRun, Timer
from workflows.settings import Settings
from workflows.work import run_job

Sessions = sessionmaker[Session]
Handler = Callable[[Session, OperationJob, datetime], Mapping[str, Any]]


def note_effect(session: Session, job: OperationJob, now: datetime) -> Mapping[str, Any]:
    """Leave a mark in the trail: the effect that must be there once."""
    trail.append(
        session,
        chain="effects",
        actor=SYSTEM,
        action="effect.done",
        subject_type="instance",
        subject_id=job.instance_id,
        payload={},
        now=now,
    )
    return {"archived": True}


def effects(sessions: Sessions) -> Counter[str]:
    with reading(sessions) as session:
        return Counter(session.scalars(select(Event.subject_id).where(Event.chain == "effects")))


def statuses(sessions: Sessions) -> Counter[str]:
    with reading(sessions) as session:
        return Counter(session.scalars(select(Instance.status)))


def to_archive(permits: Office, number: str = "1") -> str:
    """Bring an instance to where the worker has to archive it."""
    case = permits.to_check(number, panel=["sun"])
    permits.do("li", permits.task(case, "check").id)
    permits.do("he", permits.task(case, "visit").id)
    permits.do("sun", permits.task(case, "score").id, {"points": 90})
    return case


Opened = Callable[..., Office]


@pytest.fixture
def opened(sessions: Sessions, settings: Settings, now: datetime) -> Opened:
    """Open an office with a handler of the test's own."""

    def make(handler: Handler = note_effect, **changes: object) -> Office:
        return office(sessions, settings, now, handlers={"permits.archive": handler}, **changes)

    return make


def open_incidents(sessions: Sessions) -> list[Incident]:
    with sessions() as session:
        return list(session.scalars(select(Incident).where(Incident.resolved_at.is_(None))))


# ---- operations ----------------------------------------------------------------------------------------------


@pytest.mark.database
def test_an_operation_and_what_follows_commit_together(opened: Opened, sessions: Sessions, now: datetime) -> None:
    permits = opened()
    case = to_archive(permits)
    assert permits.instance(case).status == "running"
    assert worker.run_pending(sessions, permits.app, now) == 1
    with sessions() as session:
        done = session.get_one(Instance, case)
        assert (done.status, done.variables["archived"]) == ("completed", True)
    assert effects(sessions) == {case: 1}


@pytest.mark.database
def test_a_job_delivered_twice_has_one_effect(opened: Opened, sessions: Sessions, now: datetime) -> None:
    permits = opened()
    case = to_archive(permits)
    assert isinstance(permits.app.jobs, InlineJobs)
    job = permits.app.jobs.take()
    assert job is not None
    for _ in range(3):
        run_job(sessions, permits.app, job, now)
    assert effects(sessions) == {case: 1}
    assert open_incidents(sessions) == []


@pytest.mark.database
def test_a_handler_that_breaks_leaves_nothing_and_is_tried_again(
    opened: Opened, sessions: Sessions, now: datetime
) -> None:
    broken = [True]

    def handler(session: Session, job: OperationJob, at: datetime) -> Mapping[str, Any]:
        outputs = note_effect(session, job, at)
        session.flush()
        if broken[0]:
            raise RuntimeError("the printer is on fire")
        return outputs

    permits = opened(handler)
    case = to_archive(permits)
    worker.run_pending(sessions, permits.app, now)
    assert effects(sessions) == {}
    broken[0] = False
    worker.run_pending(sessions, permits.app, now)
    assert effects(sessions) == {case: 1}
    assert permits.instance(case).status == "completed"
    assert open_incidents(sessions) == []


def test_what_breaks_again_and_again_becomes_one_incident_and_can_be_retried(
    opened: Opened, sessions: Sessions, now: datetime
) -> None:
    broken = [True]
    tries = []

    def handler(session: Session, job: OperationJob, at: datetime) -> Mapping[str, Any]:
        tries.append(job.key)
        if broken[0]:
            raise RuntimeError("the printer is on fire")
        return note_effect(session, job, at)

    permits = opened(handler)
    case = to_archive(permits)
    while worker.run_pending(sessions, permits.app, now):
        pass
    assert len(tries) == 4
    assert len(set(tries)) == 1
    (incident,) = open_incidents(sessions)
    assert (incident.kind, incident.instance_id, incident.element) == ("job", case, "archive")
    assert "the printer is on fire" in incident.message
    with permits.acting("admin") as (session, actor):
        incidents.retry(session, permits.app, actor, incident.id, now=now)
    while worker.run_pending(sessions, permits.app, now):
        pass
    assert len(tries) == 8
    broken[0] = False
    (again,) = open_incidents(sessions)
    with permits.acting("admin") as (session, actor):
        incidents.retry(session, permits.app, actor, again.id, now=now)
    worker.run_pending(sessions, permits.app, now)
    assert permits.instance(case).status == "completed"
    assert open_incidents(sessions) == []


def test_an_error_of_the_diagram_is_an_incident_at_once(opened: Opened, sessions: Sessions, now: datetime) -> None:
    def handler(session: Session, job: OperationJob, at: datetime) -> Mapping[str, Any]:
        raise EngineError("unknown_decision", "archive")

    permits = opened(handler)
    to_archive(permits)
    worker.run_pending(sessions, permits.app, now)
    assert [one.kind for one in open_incidents(sessions)] == ["engine"]


def test_a_declared_error_that_no_boundary_takes_is_not_lost(opened: Opened, sessions: Sessions, now: datetime) -> None:
    def handler(session: Session, job: OperationJob, at: datetime) -> Mapping[str, Any]:
        note_effect(session, job, at)
        raise OperationFailed("no_paper", "the tray is empty")

    permits = opened(handler)
    case = to_archive(permits)
    while worker.run_pending(sessions, permits.app, now):
        pass
    assert effects(sessions) == {}
    assert [one.instance_id for one in open_incidents(sessions)] == [case]


def test_a_job_of_a_suspended_instance_waits_until_it_goes_on(
    opened: Opened, sessions: Sessions, now: datetime
) -> None:
    permits = opened()
    case = to_archive(permits)
    with permits.acting("admin") as (session, actor):
        interventions.suspend(session, permits.app, actor, case, "appeal", now=now)
    for _ in range(5):
        worker.run_pending(sessions, permits.app, now)
    assert (effects(sessions), open_incidents(sessions)) == ({}, [])
    with permits.acting("admin") as (session, actor):
        interventions.resume(session, permits.app, actor, case, now=now)
    worker.run_pending(sessions, permits.app, now)
    assert permits.instance(case).status == "completed"


def test_a_job_of_a_cancelled_instance_is_let_go(opened: Opened, sessions: Sessions, now: datetime) -> None:
    permits = opened()
    case = to_archive(permits)
    with permits.acting("admin") as (session, actor):
        interventions.cancel(session, permits.app, actor, case, "mistake", now=now)
    worker.run_pending(sessions, permits.app, now)
    assert (effects(sessions), open_incidents(sessions)) == ({}, [])


# ---- timers --------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_timer_fires_when_it_is_due_and_once(opened: Opened, sessions: Sessions, now: datetime) -> None:
    permits = opened()
    case = permits.to_check()
    with sessions() as session:
        due = worker.next_due(session)
    assert due == now + timedelta(days=10)
    assert worker.beat(sessions, permits.app, due - timedelta(seconds=1)) == 0
    later = due + timedelta(seconds=1)
    assert worker.beat(sessions, permits.app, later) == 1
    assert worker.beat(sessions, permits.app, later) == 1
    assert worker.run_pending(sessions, permits.app, later) == 1
    assert permits.open_elements(case) == ["check", "follow_up", "visit"]
    assert worker.beat(sessions, permits.app, later) == 0
    with sessions() as session:
        fired = session.scalars(select(Timer).where(Timer.status == "fired")).one()
    job = QueuedJob("fire", "again", {"timer": fired.id})
    run_job(sessions, permits.app, job, later)
    assert permits.open_elements(case) == ["check", "follow_up", "visit"]


def test_a_timer_that_lost_the_race_does_nothing(opened: Opened, sessions: Sessions, now: datetime) -> None:
    permits = opened()
    case = permits.to_check()
    later = now + timedelta(days=11)
    worker.beat(sessions, permits.app, later)
    permits.do("li", permits.task(case, "check").id, at=later)
    assert worker.run_pending(sessions, permits.app, later) == 1
    assert permits.open_elements(case) == ["visit"]


def test_a_suspended_instance_fires_no_timer(opened: Opened, sessions: Sessions, now: datetime) -> None:
    permits = opened()
    case = permits.to_check()
    with permits.acting("admin") as (session, actor):
        interventions.suspend(session, permits.app, actor, case, "appeal", now=now)
    assert worker.beat(sessions, permits.app, now + timedelta(days=11)) == 0


def test_the_worker_says_that_it_lives(opened: Opened, sessions: Sessions, now: datetime) -> None:
    permits = opened()
    for minutes in range(3):
        worker.beat(sessions, permits.app, now + timedelta(minutes=minutes))
    with sessions() as session:
        assert worker.last_beat(session) == now + timedelta(minutes=2)


# ---- bulk jobs -----------------------------------------------------------------------------------------------


def begin(sessions: Sessions, app: Application, now: datetime) -> None:
    with sessions.begin() as session:
        jobs.begin_run(session, app.jobs, name="count", key="count:1", args={"to": 3}, total=3, person_id="li", now=now)


def shown(sessions: Sessions) -> JobRun:
    with sessions() as session:
        return session.scalars(select(JobRun).where(JobRun.key == "count:1")).one()


def test_a_bulk_job_shows_how_far_it_is(opened: Opened, sessions: Sessions, now: datetime) -> None:
    seen = []

    def count(
        _sessions: Sessions, _app: Application, args: Mapping[str, Any], progress: Progress, _now: datetime
    ) -> Mapping[str, Any]:
        for number in range(args["to"]):
            progress(number + 1, args["to"])
            seen.append((shown(sessions).status, shown(sessions).done))
        return {"counted": args["to"]}

    permits = opened(bulk={"count": count})
    begin(sessions, permits.app, now)
    worker.run_pending(sessions, permits.app, now)
    assert seen == [("running", 1), ("running", 2), ("running", 3)]
    assert (shown(sessions).status, shown(sessions).result) == ("done", {"counted": 3})
    run_job(sessions, permits.app, QueuedJob("count", "count:1", {"to": 3}), now)
    assert len(seen) == 3


def test_a_bulk_job_that_breaks_for_good_says_so(opened: Opened, sessions: Sessions, now: datetime) -> None:
    def count(*_args: object) -> Mapping[str, Any]:
        raise RuntimeError("out of ink")

    permits = opened(bulk={"count": count})
    begin(sessions, permits.app, now)
    while worker.run_pending(sessions, permits.app, now):
        pass
    assert shown(sessions).status == "failed"
    assert "out of ink" in shown(sessions).result["error"]
    assert [one.key for one in open_incidents(sessions)] == ["count:1"]


# ---- the process ---------------------------------------------------------------------------------------------


@pytest.fixture
def queue(settings: Settings) -> Iterator[DbosJobs]:
    jobs.prepare(settings)
    queue = DbosJobs(settings)
    yield queue
    queue.close()


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.mark.database
def test_the_embedded_worker_runs_jobs_fires_timers_and_signs(
    opened: Opened, sessions: Sessions, settings: Settings, queue: DbosJobs, now: datetime
) -> None:
    signer = trail.load_signer(settings)
    permits = opened(jobs=queue, signer=signer)
    archived, waiting = to_archive(permits), permits.to_check("2")
    later = now + timedelta(days=12)

    def work() -> None:
        with worker.working(sessions, permits.app, clock=lambda: later):
            until(lambda: permits.instance(archived).status == "completed")
            until(lambda: "follow_up" in permits.open_elements(waiting))

    with ThreadPoolExecutor(1) as pool:  # the queue refuses a thread in which a browser's loop runs
        pool.submit(work).result()
    report = trail.verify(sessions, signer.public_key)
    assert report.ok, report.problems
    assert report.checkpoints == 1
    assert effects(sessions) == {archived: 1}


VICTIM = """
import sys, time
from datetime import UTC, datetime
from dataclasses import replace
from tests import world
from tests.workflows.permit import ROLES
from tests.workflows.test_worker import note_effect
from workflows import worker
from workflows.jobs import DbosJobs
from workflows.settings import Settings

def slow(session, job, now):
    outputs = note_effect(session, job, now)
    time.sleep(0.3)
    return outputs

settings = Settings(database_url=sys.argv[1], mode="test", fast_and_unsafe=True, worker_concurrency=4)
app = world.application(settings, roles=ROLES, handlers={"permits.archive": slow}, jobs=DbosJobs(settings))
worker.serve_worker(settings, app)
"""


@pytest.mark.database
def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    opened: Opened, sessions: Sessions, settings: Settings, queue: DbosJobs
) -> None:
    permits = opened(jobs=queue)
    cases = [to_archive(permits, str(number)) for number in range(8)]
    root = str(Path(__file__).parents[2])

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", VICTIM, settings.database_url]
        return subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": root})

    victim = start()
    try:
        until(lambda: effects(sessions).total() >= 2)
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    assert statuses(sessions)["running"] > 0, "nothing was left to take over"
    survivor = start()
    try:
        until(lambda: statuses(sessions)["completed"] == len(cases))
    finally:
        survivor.terminate()
        assert survivor.wait(30) == 0
    assert effects(sessions) == dict.fromkeys(cases, 1)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(FinishedJob)) == len(cases)
    report = trail.verify(sessions)
    assert report.ok, report.problems


def test_the_worker_waits_for_a_database_that_is_away(settings: Settings, opened: Opened, tmp_path: Path) -> None:
    permits = opened()
    lost = replace(settings, database_url=f"sqlite:///{tmp_path}/nowhere/qingshen.db")
    import threading

    from sqlalchemy.exc import OperationalError

    from workflows.db import make_engine, make_sessions
    from workflows.worker import _patiently

    engine, stop, tries = make_engine(lost), threading.Event(), []

    def act() -> None:
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        run_job(make_sessions(engine), permits.app, QueuedJob("fire", "x", {"timer": "x"}), datetime.now(UTC))

    with pytest.raises(OperationalError):
        _patiently(stop, act)
    assert len(tries) == 3
    engine.dispose()


def test_a_handlers_faulty_statement_is_an_incident_not_a_wait(
    opened: Opened, sessions: Sessions, now: datetime
) -> None:
    def handler(session: Session, job: OperationJob, at: datetime) -> Mapping[str, Any]:
        session.execute(text("SELECT * FROM nowhere"))
        return {}

    permits = opened(handler)
    to_archive(permits)
    while worker.run_pending(sessions, permits.app, now):
        pass
    assert [one.kind for one in open_incidents(sessions)] == ["job"]
