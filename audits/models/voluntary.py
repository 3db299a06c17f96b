"""Voluntary audits (自愿性审核): applications, and the agreements (自愿协议) that enterprises sign."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class VoluntaryApplication(Base):
    """An enterprise asks for a voluntary audit. ``status``: open, accepted, refused, withdrawn.

    ``checks`` are the conditions with what was found when it applied; ``open_key`` is the enterprise while it is open.
    ``decider_id`` is the department that leads, ``entry_id`` the line of the list it was put on.
    """

    __tablename__ = "voluntary_applications"
    __table_args__ = (Index("ix_voluntary_applications_decider", "decider_id", "status"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    decider_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    open_key: Mapped[str | None] = mapped_column(String(36), unique=True)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    checks: Mapped[list[Any]]  # [{"key": ..., "met": bool, "names": [zh, en], "found": ...}]
    status: Mapped[str] = mapped_column(String(10), default="open")
    asked_at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("list_entries.id"))


class VoluntaryAgreement(Base):
    """What an enterprise undertakes beyond the law. ``status``: proposed, active, ended.

    ``open_key`` is the enterprise until it has ended: one agreement at a time.
    """

    __tablename__ = "voluntary_agreements"
    __table_args__ = (Index("ix_voluntary_agreements_department", "department_id", "status"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    department_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    open_key: Mapped[str | None] = mapped_column(String(36), unique=True)
    goals: Mapped[str] = mapped_column(String(2000))
    valid_until: Mapped[date]
    status: Mapped[str] = mapped_column(String(10), default="proposed")
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(String(500), default="")
