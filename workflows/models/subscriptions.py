"""Messages and signals that instances wait for, and messages that wait for an instance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Subscription(Base):
    """An instance waits for a message or signal of this name. Removed when it waits no longer."""

    __tablename__ = "subscriptions"
    __table_args__ = (Index("ix_subscriptions_name", "kind", "name", "correlation"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    element: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(100))
    correlation: Mapped[str | None] = mapped_column(String(200))


class EarlyMessage(Base):
    """A message that was thrown (by ``instance_id``) before anybody waited for it. Removed when somebody receives it."""

    __tablename__ = "early_messages"
    __table_args__ = (Index("ix_early_messages_name", "name", "correlation"), Index("ix_early_messages_at", "at"))

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    correlation: Mapped[str | None] = mapped_column(String(200))
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]
