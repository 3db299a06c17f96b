"""What an operator must look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Incident(Base):
    """A diagram's mistake, a failed job, a task that nobody may take. ``detail`` holds what a retry needs."""

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_open", "resolved_at", "opened_at"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    instance_id: Mapped[str | None] = mapped_column(ForeignKey("instances.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # engine, job, no_candidate
    element: Mapped[str] = mapped_column(String(64), default="")
    key: Mapped[str] = mapped_column(String(200), default="")
    message: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
