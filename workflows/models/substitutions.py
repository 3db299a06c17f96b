"""Who stands in for whom (代理人), when, and for what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Substitution(Base):
    """Somebody acts for an absent colleague from ``since`` until ``until``, or ``ended_at`` where it ended before.

    ``roles`` and ``families`` narrow it to some roles of the absent one and some processes; empty means all.
    """

    __tablename__ = "substitutions"
    __table_args__ = (Index("ix_substitutions_substitute", "substitute_id", "until"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    absent_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    substitute_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    roles: Mapped[list[Any]]
    families: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(500), default="")
    since: Mapped[datetime]
    until: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
