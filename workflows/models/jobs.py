"""Long jobs as people see them, and the memory of idempotent calls. The queue itself is the job library's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class JobRun(Base):
    """A job that somebody watches: how far it is, and what came of it. ``key`` is the job's idempotency key."""

    __tablename__ = "job_runs"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(12))  # queued, running, done, failed
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]]
    started_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class IdempotencyKey(Base):
    """The first answer to a call, given again to its repeats for seven days. Another body under the key is refused.

    ``answer`` is sealed, since it may hold what is shown once; ``principals`` are what the caller was when it was given.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_at", "at"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    operation: Mapped[str] = mapped_column(String(120))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    principals: Mapped[list[Any]]
    at: Mapped[datetime]


class FinishedJob(Base):
    """A job whose effect is committed. The queue delivers at least once; the second delivery finds this row."""

    __tablename__ = "finished_jobs"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    at: Mapped[datetime]
