"""Armed timers, written in the same transaction as the state they belong to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key


class Timer(Base):
    """A due time of an instance. ``status``: armed, fired or disarmed."""

    __tablename__ = "timers"
    __table_args__ = (Index("ix_timers_due", "status", "due_at"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    element: Mapped[str] = mapped_column(String(64))
    process: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(10))
    closed_at: Mapped[datetime | None]
