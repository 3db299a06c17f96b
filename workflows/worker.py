"""What the worker does: run a job in one transaction, enqueue the timers that are due, sign the trail.

This is an edge like the web: it commits, and it reads the clock.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from workflows import jobs, runtime, trail
from workflows.access import SYSTEM
from workflows.application import Application, OperationJob
from workflows.db import make_engine, make_sessions, reading, transaction
from workflows.engine.step import Deliver, Fire, JobDone, JobFailed
from workflows.errors import Conflict, EngineError, NotFound, OperationFailed
from workflows.jobs import InlineJobs, QueuedJob
from workflows.models import FinishedJob, Incident, Instance, JobRun, Subscription, Timer
from workflows.models.base import new_id
from workflows.settings import Settings

Sessions = sessionmaker[Session]
Clock = Callable[[], datetime]
log = logging.getLogger("qingshen.worker")

RETRY_SECONDS = (2, 10, 60)
_HOLD_SECONDS = {"busy": 2, "suspended": 60}
_ENDED = {"completed", "cancelled"}
_HEARTBEAT = "worker:heartbeat"
BEAT_SECONDS, CHECKPOINT_SECONDS = 10, 60


# ---- one job -------------------------------------------------------------------------------------------------


def run_job(sessions: Sessions, app: Application, job: QueuedJob, now: datetime) -> None:
    """Run a job to its end: its effect, a retry enqueued, or an incident. Raises only if the database is away."""
    try:
        if job.name in app.bulk:
            _bulk(sessions, app, job, now)
            return
        with transaction(sessions) as session:
            _KINDS[job.name](session, app, job, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  (whatever a handler raises becomes a retry or an incident)
        with transaction(sessions) as session:
            _trouble(session, app, job, error, now)


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


def _operation(session: Session, app: Application, job: QueuedJob, now: datetime) -> None:
    """Let the handler work and tell the instance; the handler's changes and the next tasks commit together."""
    args = job.args
    instance = _running(session, args["instance"])
    if instance is None or _is_finished(session, job):
        return
    handler = app.handlers.get(args["operation"])
    if handler is None:
        raise EngineError("unknown_operation", args["element"], args["operation"])
    work = OperationJob(
        app=app,
        id=args["job"],
        instance_id=instance.id,
        definition_id=instance.definition_id,
        element=args["element"],
        operation=args["operation"],
        inputs=args["inputs"],
        key=_base(job),
        variables=dict(instance.variables),
    )
    command: JobDone | JobFailed
    try:
        with session.begin_nested():
            command = JobDone(work.id, runtime.plain(handler(session, work, now) or {}))
    except OperationFailed as failed:
        command = JobFailed(work.id, failed.code, failed.text)
    runtime.advance(session, app, instance, command, SYSTEM, now)
    session.add(FinishedJob(key=_base(job), at=now))


def _fire(session: Session, app: Application, job: QueuedJob, now: datetime) -> None:
    """Fire a timer that is still armed and due; behind the instance's lock, so that it fires once."""
    holder = session.scalar(select(Timer.instance_id).where(Timer.id == job.args["timer"]))
    instance = _running(session, holder) if holder else None
    timer = session.get(Timer, job.args["timer"], populate_existing=True)
    if instance is None or timer is None or timer.status != "armed" or timer.due_at > now:
        return
    runtime.advance(session, app, instance, Fire(timer.id), SYSTEM, now)


def _deliver(session: Session, app: Application, job: QueuedJob, now: datetime) -> None:
    """Hand a thrown message to the one who waits for it, a signal to all who wait."""
    if _is_finished(session, job):
        return
    args = job.args
    query = (
        select(Subscription.id, Subscription.instance_id)
        .where(Subscription.kind == args["kind"], Subscription.name == args["name"])
        .order_by(Subscription.instance_id, Subscription.id)
    )
    if args.get("correlation") is not None:
        query = query.where(Subscription.correlation == args["correlation"])
    waiting = session.execute(query).all()
    for subscription, holder in waiting if args["kind"] == "signal" else waiting[:1]:
        instance = _running(session, holder)
        if instance is not None:
            with suppress(Conflict):
                runtime.advance(session, app, instance, Deliver(subscription, args["payload"]), SYSTEM, now)
    session.add(FinishedJob(key=_base(job), at=now))


_KINDS: Mapping[str, Callable[[Session, Application, QueuedJob, datetime], None]] = {
    "operation": _operation,
    "fire": _fire,
    "deliver": _deliver,
}


def _running(session: Session, instance_id: str) -> Instance | None:
    """Give the instance locked; None if it is over or gone. Raises Conflict ``busy`` or ``suspended``: come again."""
    try:
        instance = runtime.lock(session, instance_id)
    except NotFound:
        return None
    if instance.status == "suspended":
        raise Conflict("suspended")
    return None if instance.status in _ENDED else instance


def _base(job: QueuedJob) -> str:
    """Give the key that all retries of a job share."""
    return str(job.args.get("key") or job.key.split("~")[0])


def _is_finished(session: Session, job: QueuedJob) -> bool:
    return session.get(FinishedJob, _base(job)) is not None


# ---- bulk jobs -----------------------------------------------------------------------------------------------


def _bulk(sessions: Sessions, app: Application, job: QueuedJob, now: datetime) -> None:
    """Run a job that commits piece by piece, and keep its row up to date. A finished one is not run again."""
    with transaction(sessions) as session:
        run = session.scalar(select(JobRun).where(JobRun.key == _base(job)))
        if run is None:
            run = JobRun(id=new_id(), key=_base(job), name=job.name, result={}, created_at=now, updated_at=now)
            session.add(run)
        if run.status == "done":
            return
        run.status, run.updated_at = "running", now

    def progress(done: int, total: int) -> None:
        _show(sessions, job, {"done": done, "total": total, "updated_at": now})

    result = app.bulk[job.name](sessions, app, job.args, progress, now)
    _show(sessions, job, {"status": "done", "result": dict(result), "updated_at": now})


def _show(sessions: Sessions, job: QueuedJob, values: Mapping[str, Any]) -> None:
    with transaction(sessions) as session:
        session.execute(update(JobRun).where(JobRun.key == _base(job)).values(**values))


# ---- trouble -------------------------------------------------------------------------------------------------


def _trouble(session: Session, app: Application, job: QueuedJob, error: Exception, now: datetime) -> None:
    """Decide what becomes of a job that raised: later again, no longer wanted, or an operator must look."""
    attempt = int(job.args.get("attempt", 0))
    hold = _HOLD_SECONDS.get(error.code) if isinstance(error, Conflict) else None
    if hold is not None:
        _again(session, app, job, attempt, int(job.args.get("held", 0)) + 1, hold)
    elif isinstance(error, Conflict) and job.name not in app.bulk:
        log.info("job %s is no longer wanted: %s", job.key, error)
    elif isinstance(error, EngineError) or attempt >= len(RETRY_SECONDS):
        log.error("job %s failed for good", job.key, exc_info=error)
        open_incident(session, job, error, now)
    else:
        log.warning("job %s failed, attempt %d", job.key, attempt + 1, exc_info=error)
        _again(session, app, job, attempt + 1, int(job.args.get("held", 0)), RETRY_SECONDS[attempt])


def _again(session: Session, app: Application, job: QueuedJob, attempt: int, held: int, delay: float) -> None:
    key = f"{job.key.split('~')[0]}~{attempt}.{held}"
    args = {"key": _base(job), **job.args, "attempt": attempt, "held": held}
    app.jobs.enqueue(session, job.name, key, args, delay)


def open_incident(session: Session, job: QueuedJob, error: Exception, now: datetime) -> Incident:
    """Write down that a job needs an operator; ``detail`` holds the job's name and arguments for a retry."""
    element = error.element if isinstance(error, EngineError) else str(job.args.get("element", ""))
    instance_id = job.args.get("instance")
    if job.name == "fire":
        instance_id = session.scalar(select(Timer.instance_id).where(Timer.id == job.args["timer"]))
    clean = {key: value for key, value in job.args.items() if key not in {"attempt", "held"}}
    incident = Incident(
        id=new_id(),
        instance_id=instance_id,
        kind="engine" if isinstance(error, EngineError) else "job",
        element=element,
        key=_base(job),
        message=f"{type(error).__name__}: {error}"[:2000],
        detail={"name": job.name, "args": clean},
        opened_at=now,
    )
    session.add(incident)
    session.execute(
        update(JobRun)
        .where(JobRun.key == _base(job), JobRun.status != "done")
        .values(status="failed", result={"error": incident.message}, updated_at=now)
    )
    trail.append(
        session,
        chain=instance_id or "system",
        actor=SYSTEM,
        action="incident.opened",
        subject_type="incident",
        subject_id=incident.id,
        payload={"kind": incident.kind, "element": element, "job": incident.key},
        now=now,
    )
    return incident


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
    """Do what is due every minute: sign the trail, and turn jobs that the queue gave up into incidents."""
    if app.signer is not None:
        with transaction(sessions) as session:
            trail.checkpoint(session, app.signer, now)
    with transaction(sessions) as session:
        for job in jobs.dead():
            known = select(Incident.id).where(Incident.key == _base(job))
            if session.scalar(known) is None and not _is_finished(session, job):
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
        except (OperationalError, InterfaceError):
            if stop.wait(wait):
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
