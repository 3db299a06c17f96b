"""Work for later, enqueued inside the caller's transaction: it exists if and only if the transaction commits.

The library behind it is DBOS; nothing outside this module knows. Its tables lie in our own database (PostgreSQL: in the
schema ``dbos``; SQLite: beside ours), without which the transaction could not hold both.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction

from workflows.models import JobRun
from workflows.models.base import new_id
from workflows.settings import Settings

Json = Any


class Jobs(Protocol):
    """The port. ``name`` is ``operation``, ``fire``, ``deliver`` or a bulk job of ``Application.bulk``."""

    def enqueue(
        self, session: Session, name: str, key: str, args: Mapping[str, Json], delay_seconds: float = 0
    ) -> None:
        """Add a job to the transaction of ``session``. A second job with the same key is the same job."""


class Progress(Protocol):
    """How a bulk job says how far it is."""

    def __call__(self, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` pieces are finished."""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A committed job that waits in this process."""

    name: str
    key: str
    args: Mapping[str, Json]


_Waiting = list[tuple[SessionTransaction, bool, QueuedJob]]


class InlineJobs:
    """A queue in this process, for the demo world and for tests with a moved clock.

    Jobs wait on the session until it commits; ``workflows.worker.run_pending`` works them off. Whatever their delay,
    delayed ones wait for its next call.
    """

    def __init__(self) -> None:
        self.pending: deque[QueuedJob] = deque()
        self.delayed: list[QueuedJob] = []
        self._seen: set[str] = set()
        self._slot = f"jobs-{id(self)}"

    def enqueue(
        self, session: Session, name: str, key: str, args: Mapping[str, Json], delay_seconds: float = 0
    ) -> None:
        """Keep the job on the session until it commits."""
        waiting: _Waiting | None = session.info.get(self._slot)
        if waiting is None:
            waiting = session.info[self._slot] = []
            event.listen(session, "after_commit", self._committed)
            event.listen(session, "after_soft_rollback", self._rolled_back)
        inside = session.get_nested_transaction() or session.get_transaction() or session.begin()
        waiting.append((inside, delay_seconds > 0, QueuedJob(name, key, dict(args))))

    def ripen(self) -> None:
        """Let the delayed jobs be next."""
        self.pending.extend(self.delayed)
        self.delayed.clear()

    def take(self) -> QueuedJob | None:
        """Give the next committed job, or None."""
        return self.pending.popleft() if self.pending else None

    def _committed(self, session: Session) -> None:
        if session.in_nested_transaction():
            return
        for _inside, late, job in session.info[self._slot]:
            if job.key not in self._seen:
                self._seen.add(job.key)
                (self.delayed if late else self.pending).append(job)
        session.info[self._slot].clear()

    def _rolled_back(self, session: Session, ended: SessionTransaction) -> None:
        waiting: _Waiting = session.info[self._slot]
        waiting[:] = [entry for entry in waiting if not _within(entry[0], ended)]


def _within(inside: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while inside is not None:
        if inside is ended:
            return True
        inside = inside.parent
    return False


# ---- DBOS ----------------------------------------------------------------------------------------------------

_APPLICATION = "qingshen"
_QUEUE = "qingshen"
_WORKFLOW = "run_job"
# Constant: DBOS would else derive it from the code and leave an older version's jobs lying after an upgrade.
_VERSION = "1"
# Constant: whoever starts next takes up what a killed worker left. Two live workers may then run a job twice;
# workflows.worker lets only one of the two have an effect.
_EXECUTOR = "qingshen"
# A job that was running at so many crashes is taken for their cause.
_ATTEMPTS = 5

# The tables that DBOS makes in SQLite, unprefixed: not ours for Alembic, and no table of ours may be named so.
DBOS_TABLES = frozenset(
    {
        "application_versions",
        "datasource_outputs",
        "dbos_datasource_migrations",
        "dbos_migrations",
        "event_dispatch_kv",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)


class DbosJobs:
    """The durable queue. Needs its tables (``prepare``); opens nothing before the first job."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._guard = threading.Lock()
        self._client: DBOSClient | None = None

    def enqueue(
        self, session: Session, name: str, key: str, args: Mapping[str, Json], delay_seconds: float = 0
    ) -> None:
        """Write the job into the queue's table, in the caller's transaction."""
        options: EnqueueOptions = {"workflow_name": _WORKFLOW, "queue_name": _QUEUE, "workflow_id": key}
        if delay_seconds > 0:
            options["delay_seconds"] = delay_seconds
        self._opened().enqueue_in_transaction(session, options, name, key, dict(args))

    def close(self) -> None:
        """Let the connections go."""
        with self._guard:
            if self._client is not None:
                self._client.destroy()
                self._client = None

    def _opened(self) -> DBOSClient:
        with self._guard:
            if self._client is None:
                self._client = DBOSClient(
                    system_database_url=self._settings.database_url,
                    serializer=DBOSPortableJSONSerializer(),
                    application_name=_APPLICATION,
                    system_database_pool_size=1,
                    lazy=True,
                )
            return self._client


def prepare(settings: Settings) -> None:
    """Create or upgrade the queue's own tables."""
    DBOS.migrate(settings.database_url)


def dead() -> list[QueuedJob]:
    """Give the jobs that DBOS gave up, while ``serving``: those that broke, or crashed the process time and again."""
    found = DBOS.list_workflows(status=["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"], name=_WORKFLOW, limit=100)
    inputs = [(one.input or {"args": ()})["args"] for one in found]
    return [QueuedJob(name, key, args) for name, key, args in (values for values in inputs if len(values) == 3)]


@contextmanager
def serving(settings: Settings, run: Callable[[QueuedJob], None], poll_seconds: float = 0.1) -> Iterator[None]:
    """Work the queue off in threads of this process, while the context is open. One a process.

    ``run`` gets each job at least once: again after a crash in the middle. What it raises ends the job for good.
    """

    def run_job(name: str, key: str, args: dict[str, Json]) -> None:
        run(QueuedJob(name, key, args))

    DBOS(
        config={
            "name": _APPLICATION,
            "system_database_url": settings.database_url,
            "application_version": _VERSION,
            "executor_id": _EXECUTOR,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "enable_otlp": False,
        }
    )
    DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=_ATTEMPTS)(run_job)
    DBOS.launch()
    try:
        DBOS.register_queue(
            _QUEUE,
            worker_concurrency=settings.worker_concurrency,
            polling_interval_sec=poll_seconds,
            on_conflict="always_update",
        )
        yield
    finally:
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=5)


# ---- jobs that somebody watches ------------------------------------------------------------------------------


def begin_run(
    session: Session,
    jobs: Jobs,
    *,
    name: str,
    key: str,
    args: Mapping[str, Json],
    total: int,
    person_id: str | None,
    now: datetime,
) -> JobRun:
    """Enqueue a bulk job that somebody watches: its row says how far it is. The same key gives the same run."""
    old = session.scalar(select(JobRun).where(JobRun.key == key))
    if old is not None:
        return old
    run = JobRun(
        id=new_id(), key=key, name=name, status="queued", total=total, result={}, started_by=person_id,
        created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(run)
    jobs.enqueue(session, name, key, {**args, "run": run.id})
    return run
