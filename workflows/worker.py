"""The worker's process: it works the queue off, enqueues the timers that are due, and signs the trail.

This is an edge like the web: it commits, and it reads the clock.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from workflows import jobs, trail
from workflows.application import Application
from workflows.db import is_away, make_engine, make_sessions, reading, transaction
from workflows.jobs import InlineJobs, QueuedJob
from workflows.models import EarlyMessage, IdempotencyKey, Incident, Instance, JobRun, SignInCount, Timer
from workflows.models.base import new_id
from workflows.settings import Settings
from workflows.work import Sessions, base, is_finished, open_incident, run_job

Clock = Callable[[], datetime]
log = logging.getLogger("qingshen.worker")

_HEARTBEAT = "worker:heartbeat"
BEAT_SECONDS, CHECKPOINT_SECONDS = 10, 60
KEYS_KEPT = timedelta(days=7)
COUNTS_KEPT = timedelta(hours=1)
MESSAGES_KEPT = timedelta(days=30)


def run_pending(sessions: Sessions, app: Application, now: datetime) -> int:
    """Work off what ``InlineJobs`` holds, and what that brings about; gives the number of jobs."""
    queue = app.jobs
    if not isinstance(queue, InlineJobs):
        raise TypeError("only InlineJobs are run by hand")
    queue.ripen()
    count = 0
    while (job := queue.take()) is not None:
        run_job(sessions, app, job, now)
        count += 1
    return count


# ---- what happens by the clock -------------------------------------------------------------------------------


def enqueue_due(session: Session, app: Application, now: datetime, limit: int = 500) -> int:
    """Enqueue the firing of every armed timer that is due, oldest first; gives their number.

    A timer that was enqueued before and has not fired yet is the same job, so calling this often does no harm.
    """
    query = (
        select(Timer.id, Timer.due_at)
        .join(Instance, Instance.id == Timer.instance_id)
        .where(Timer.status == "armed", Timer.due_at <= now, Instance.status == "running")
        .order_by(Timer.due_at, Timer.id)
        .limit(limit)
    )
    due = session.execute(query).all()
    for timer, at in due:
        app.jobs.enqueue(session, "fire", f"fire:{timer}:{at.isoformat()}", {"timer": timer})
    return len(due)


def next_due(session: Session) -> datetime | None:
    """Give when the next armed timer of a running instance is due, or None."""
    query = (
        select(Timer.due_at)
        .join(Instance, Instance.id == Timer.instance_id)
        .where(Timer.status == "armed", Instance.status == "running")
        .order_by(Timer.due_at)
        .limit(1)
    )
    return session.scalar(query)


def beat(sessions: Sessions, app: Application, now: datetime) -> int:
    """Do what is due every ten seconds: enqueue timers, say that the worker lives."""
    with reading(sessions) as session:
        waits = next_due(session)
    count = 0
    with transaction(sessions) as session:
        if waits is not None and waits <= now:
            count = enqueue_due(session, app, now)
        found = session.scalar(select(JobRun).where(JobRun.key == _HEARTBEAT))
        if found is None:
            found = JobRun(id=new_id(), key=_HEARTBEAT, name="heartbeat", status="running", result={}, created_at=now)
            session.add(found)
        found.updated_at = now
    return count


def last_beat(session: Session) -> datetime | None:
    """Give when a worker last said that it lives, or None."""
    return session.scalar(select(JobRun.updated_at).where(JobRun.key == _HEARTBEAT))


def minute(sessions: Sessions, app: Application, now: datetime) -> None:
    """Do what is due every minute.

    Sign the trail; forget the answers that were kept seven days for repeats of a call, and how often passwords were
    tried an hour ago, and messages that nobody has waited for in thirty days; turn jobs that the queue gave up into incidents.
    """
    if app.signer is not None:
        with transaction(sessions) as session:
            trail.checkpoint(session, app.signer, now)
    with transaction(sessions) as session:
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.at < now - KEYS_KEPT))
        session.execute(delete(SignInCount).where(SignInCount.minute < now - COUNTS_KEPT))
        session.execute(delete(EarlyMessage).where(EarlyMessage.at < now - MESSAGES_KEPT))
    for chore in app.chores:
        with transaction(sessions) as session:
            chore(session, app, now)
    with transaction(sessions) as session:
        for job in jobs.dead():
            known = select(Incident.id).where(Incident.key == base(job))
            if session.scalar(known) is None and not is_finished(session, job):
                open_incident(session, job, RuntimeError("the queue gave the job up"), now)


# ---- the process ---------------------------------------------------------------------------------------------


def _utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def working(sessions: Sessions, app: Application, clock: Clock = _utc_now) -> Iterator[None]:
    """Be a worker while the context is open: the queue's threads and the clock's. One a process."""
    stop = threading.Event()

    def run(job: QueuedJob) -> None:
        _patiently(stop, lambda: run_job(sessions, app, job, clock()))

    with jobs.serving(app.settings, run):
        ticker = threading.Thread(target=_tick, args=(stop, sessions, app, clock), name="qingshen-clock", daemon=True)
        ticker.start()
        try:
            yield
        finally:
            stop.set()
            ticker.join(timeout=10)


def _patiently(stop: threading.Event, act: Callable[[], None]) -> None:
    """Try again while the database is away: a job must not die of a restart."""
    wait = 0.2
    while True:
        try:
            return act()
        except DBAPIError as error:
            if not is_away(error) or stop.wait(wait):
                raise
            log.warning("the database is away or busy; trying again")
            wait = min(wait * 2, 10)


def _tick(stop: threading.Event, sessions: Sessions, app: Application, clock: Clock) -> None:
    signed = float("-inf")
    while not stop.is_set():
        try:
            beat(sessions, app, clock())
            if time.monotonic() - signed >= CHECKPOINT_SECONDS:
                minute(sessions, app, clock())
                signed = time.monotonic()
        except Exception:
            log.exception("a turn of the clock failed; the next one tries again")
        stop.wait(BEAT_SECONDS)


def serve_worker(settings: Settings, app: Application) -> None:
    """Be the worker until SIGTERM or SIGINT: ``qingshen worker``."""
    engine = make_engine(settings)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with working(make_sessions(engine), app):
        over.wait()
    engine.dispose()
