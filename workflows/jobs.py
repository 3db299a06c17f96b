"""Work for later, enqueued inside the caller's transaction: it exists if and only if the transaction commits."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction

from workflows.models import JobRun
from workflows.models.base import new_id

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


_Waiting = list[tuple[SessionTransaction | None, QueuedJob]]


class InlineJobs:
    """A queue in this process, for the demo world and for tests with a moved clock.

    Jobs wait on the session until it commits; ``workflows.worker.run_pending`` works them off. A delay counts as none.
    """

    def __init__(self) -> None:
        self.pending: deque[QueuedJob] = deque()
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
        inside = session.get_nested_transaction() or session.get_transaction()
        waiting.append((inside, QueuedJob(name, key, dict(args))))

    def take(self) -> QueuedJob | None:
        """Give the next committed job, or None."""
        return self.pending.popleft() if self.pending else None

    def _committed(self, session: Session) -> None:
        if session.in_nested_transaction():
            return
        for _inside, job in session.info[self._slot]:
            if job.key not in self._seen:
                self._seen.add(job.key)
                self.pending.append(job)
        session.info[self._slot].clear()

    def _rolled_back(self, session: Session, ended: SessionTransaction) -> None:
        waiting: _Waiting = session.info[self._slot]
        waiting[:] = [(inside, job) for inside, job in waiting if not _within(inside, ended)]


def _within(inside: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while inside is not None:
        if inside is ended:
            return True
        inside = inside.parent
    return False


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
