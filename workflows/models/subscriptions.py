"""Messages and signals that instances wait for."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key


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
