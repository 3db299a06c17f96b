"""What waits for a person: the inbox's own flat table, its candidates and drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key


class Task(Base):
    """A task with every column that a list shows, so that no list joins or reads engine state."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_assignee", "assignee_id", "status", "due_at"),
        Index("ix_tasks_region", "region_path", "status", "due_at"),
        Index("ix_tasks_instance", "instance_id", "status"),
        Index("ix_tasks_closed_by", "closed_by", "closed_at"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"))
    element: Mapped[str] = mapped_column(String(64))
    process: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str] = mapped_column(String(40))
    form: Mapped[str] = mapped_column(String(64), default="")
    actions: Mapped[dict[str, Any]]
    item: Mapped[dict[str, Any]]  # {"value": ..., "index": ...} of a multi-instance, else {}
    visit: Mapped[int] = mapped_column(default=1)
    business_key: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(200))
    region_path: Mapped[str] = mapped_column(String(80))
    # The status is one of open, completed, cancelled, returned, withdrawn, skipped and migrated.
    status: Mapped[str] = mapped_column(String(12))
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))  # who delegated it and decides
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    acted_for: Mapped[str | None] = mapped_column(ForeignKey("people.id"))  # whom ``closed_by`` stood in for
    opinion: Mapped[str] = mapped_column(Text, default="")


class TaskCandidate(Base):
    """Who may take a task, as principals: ``person:<id>``, ``<role>@org:<id>``, ``<role>@region:<code>``.

    A task is offered to everybody one of whose own principals stands here (``workflows.access.Actor.principals``).
    """

    __tablename__ = "task_candidates"
    __table_args__ = (Index("ix_task_candidates_principal", "principal", "task_id"),)

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    principal: Mapped[str] = mapped_column(String(90), primary_key=True)


class TaskSeparation(Base):
    """An element of the instance whose actors may not act on a task: nobody judges their own work."""

    __tablename__ = "task_separations"

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    element: Mapped[str] = mapped_column(String(64), primary_key=True)


class Draft(Base):
    """What somebody has typed and not submitted, unvalidated. ``version`` lets two tabs notice each other."""

    __tablename__ = "drafts"

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    answers: Mapped[dict[str, Any]]
    opinion: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
