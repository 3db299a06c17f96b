"""Requests of people to join an enterprise that is registered already."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class JoinRequest(Base):
    """Somebody asks to work for an enterprise. ``status``: open, approved, refused, withdrawn.

    ``open_key`` is "person:enterprise" while it is open, else None: nobody asks twice at once.
    """

    __tablename__ = "join_requests"
    __table_args__ = (Index("ix_join_requests_enterprise", "enterprise_id", "status"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"))
    open_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    note: Mapped[str] = mapped_column(String(500), default="")
    status: Mapped[str] = mapped_column(String(10), default="open")
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
