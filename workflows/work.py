"""What a job does: one transaction that has its effect, or a retry, or an incident.

The queue delivers at least once; the instance's lock and ``FinishedJob`` make it one effect.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from workflows import incidents, runtime
from workflows.access import SYSTEM
from workflows.application import Application, OperationJob
from workflows.db import is_away, transaction
from workflows.engine.step import Deliver, Fire, JobDone, JobFailed
from workflows.errors import Conflict, EngineError, NotFound, OperationFailed
from workflows.jobs import QueuedJob
from workflows.models import EarlyMessage, FinishedJob, Instance, JobRun, Subscription, Timer
from workflows.models.base import new_id

Sessions = sessionmaker[Session]
log = logging.getLogger("qingshen.worker")

RETRY_SECONDS = (2, 10, 60)
_LOOK_AGAIN_SECONDS = 10
_HOLD_SECONDS = {"busy": 2, "suspended": 60}
_OF_RETRIES = frozenset({"attempt", "held", "stem"})
_ENDED = {"completed", "cancelled"}


def run_job(sessions: Sessions, app: Application, job: QueuedJob, now: datetime) -> None:
    """Run a job to its end: its effect, a retry enqueued, or an incident. Raises only if the database is away."""
    try:
        if job.name in app.bulk:
            _bulk(sessions, app, job, now)
            return
        with transaction(sessions) as session:
            _KINDS[job.name](session, app, job, now)
    except Exception as error:  # whatever a handler raises becomes a retry or an incident
        if isinstance(error, DBAPIError) and is_away(error):
            raise
        with transaction(sessions) as session:
            _trouble(session, app, job, error, now)


def _operation(session: Session, app: Application, job: QueuedJob, now: datetime) -> None:
    """Let the handler work and tell the instance; the handler's changes and the next tasks commit together."""
    args = job.args
    instance = _running(session, args["instance"])
    if instance is None or is_finished(session, job):
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
        key=base(job),
        variables=dict(instance.variables),
    )
    command: JobDone | JobFailed
    try:
        with session.begin_nested():
            command = JobDone(work.id, runtime.plain(handler(session, work, now) or {}))
    except OperationFailed as failed:
        command = JobFailed(work.id, failed.code, failed.text)
    runtime.advance(session, app, instance, command, SYSTEM, now)
    session.add(FinishedJob(key=base(job), at=now))


def _fire(session: Session, app: Application, job: QueuedJob, now: datetime) -> None:
    """Fire a timer that is still armed and due; behind the instance's lock, so that it fires once."""
    holder = session.scalar(select(Timer.instance_id).where(Timer.id == job.args["timer"]))
    instance = _running(session, holder) if holder else None
    timer = session.get(Timer, job.args["timer"], populate_existing=True)
    if instance is None or timer is None or timer.status != "armed" or timer.due_at > now:
        return
    runtime.advance(session, app, instance, Fire(timer.id), SYSTEM, now)


def _deliver(session: Session, app: Application, job: QueuedJob, now: datetime) -> None:
    """Hand a thrown message to the one who waits for it, a signal to all who wait; a message that is early waits."""
    if is_finished(session, job):
        return
    args = job.args
    early = None
    if "early" in args:
        early = session.scalar(select(EarlyMessage).where(EarlyMessage.id == args["early"]).with_for_update())
        if early is None:
            return
    query = select(Subscription.id, Subscription.instance_id).order_by(Subscription.instance_id, Subscription.id)
    if "subscription" in args:
        query = query.where(Subscription.id == args["subscription"])
    else:
        query = query.where(Subscription.kind == args["kind"], Subscription.name == args["name"])
        if args.get("correlation") is not None:
            query = query.where(Subscription.correlation == args["correlation"])
    waiting = session.execute(query).all()
    if args["kind"] == "signal" and "subscription" not in args:
        # A job each: whoever is suspended or broken holds nobody else up.
        for one in waiting:
            each = {**args, "subscription": one.id, "instance": one.instance_id}
            app.jobs.enqueue(session, "deliver", f"{job.key}:{one.id}", each)
    elif any(_received(session, app, *one, args["payload"], now) for one in waiting):
        if early is not None:
            session.delete(early)
    elif args["kind"] == "message" and early is None:
        _keep(session, app, job, now)
    session.add(FinishedJob(key=base(job), at=now))


def _received(
    session: Session, app: Application, subscription: str, instance_id: str, payload: Mapping[str, Any], now: datetime
) -> bool:
    """Deliver to an instance; False when it waits no longer, now that it is locked."""
    instance = _running(session, instance_id)
    still = session.scalar(select(Subscription.id).where(Subscription.id == subscription))
    if instance is None or still is None:
        return False
    runtime.advance(session, app, instance, Deliver(subscription, payload), SYSTEM, now)
    return True


def _keep(session: Session, app: Application, job: QueuedJob, now: datetime) -> None:
    """Let a message wait for its receiver (``runtime`` looks when somebody begins to wait).

    Who began to wait at the very same time has not seen it: look once more.
    """
    args = job.args
    kept = EarlyMessage(
        id=new_id(),
        instance_id=args["instance"],
        name=args["name"],
        correlation=args.get("correlation"),
        payload=args["payload"],
        at=now,
    )
    session.add(kept)
    runtime.deliver_early(session, app, kept, "again", delay=_LOOK_AGAIN_SECONDS)


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


def base(job: QueuedJob) -> str:
    """Give the key that all retries of a job share."""
    return str(job.args.get("key") or job.key.split("~")[0])


def is_finished(session: Session, job: QueuedJob) -> bool:
    """Say whether the job's effect is committed already."""
    return session.get(FinishedJob, base(job)) is not None


# ---- bulk jobs -----------------------------------------------------------------------------------------------


def _bulk(sessions: Sessions, app: Application, job: QueuedJob, now: datetime) -> None:
    """Run a job that commits piece by piece, and keep its row up to date. A finished one is not run again."""
    with transaction(sessions) as session:
        run = session.scalar(select(JobRun).where(JobRun.key == base(job)))
        if run is None:
            run = JobRun(id=new_id(), key=base(job), name=job.name, result={}, created_at=now, updated_at=now)
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
        session.execute(update(JobRun).where(JobRun.key == base(job)).values(**values))


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
    stem = job.args.get("stem", job.key)
    args = {"key": base(job), **job.args, "stem": stem, "attempt": attempt, "held": held}
    app.jobs.enqueue(session, job.name, f"{stem}~{attempt}.{held}", args, delay)


def open_incident(session: Session, job: QueuedJob, error: Exception, now: datetime) -> None:
    """Write down that a job needs an operator; ``detail`` holds the job's name and arguments for a retry."""
    element = error.element if isinstance(error, EngineError) else str(job.args.get("element", ""))
    holder = job.args.get("instance")
    if job.name == "fire":
        holder = session.scalar(select(Timer.instance_id).where(Timer.id == job.args["timer"]))
    message = f"{type(error).__name__}: {error}"
    args = {name: value for name, value in job.args.items() if name not in _OF_RETRIES}
    incidents.open_(
        session,
        kind="engine" if isinstance(error, EngineError) else "job",
        message=message,
        instance_id=holder,
        element=element,
        key=base(job),
        detail={"name": job.name, "args": args},
        now=now,
    )
    session.execute(
        update(JobRun)
        .where(JobRun.key == base(job), JobRun.status != "done")
        .values(status="failed", result={"error": message[:500]}, updated_at=now)
    )
