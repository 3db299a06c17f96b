"""What a holder hands to a colleague, and who was urged: delegations (委派) and urges (催办) of a task."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Delegation(Base):
    """A holder asks a colleague to work on a task; the colleague's words stay theirs, the holder decides.

    Open while ``ended_at`` is empty; without ``words`` it was taken back, or ended with the task. ``record_class`` is
    the task's: it says who may read the words.
    """

    __tablename__ = "delegations"
    __table_args__ = (Index("ix_delegations_task", "task_id", "asked_at"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"))
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    delegate_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    request: Mapped[str] = mapped_column(String(500))
    words: Mapped[str] = mapped_column(Text, default="")
    record_class: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Urge(Base):
    """Somebody asks whoever has a task to get on with it."""

    __tablename__ = "urges"
    __table_args__ = (Index("ix_urges_task", "task_id", "sent_at"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"))
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    sent_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    sent_at: Mapped[datetime]


class UrgeSeen(Base):
    """Who took note of an urge, and when."""

    __tablename__ = "urges_seen"

    urge_id: Mapped[str] = mapped_column(ForeignKey("urges.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    seen_at: Mapped[datetime]
