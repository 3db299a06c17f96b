"""Matters (事项) of a case: what is applied for or found, and what is decided; the pauses of clocks that follow."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Matter(Base):
    """Something about a case that needs a decision. ``status``: open, approved, refused, withdrawn.

    ``facts`` are the values of its kind (``audits/data/matters.json``), ``evidence`` the files, ``steps`` what was done
    before the decision (verification, hearing), ``decision`` the values decided. ``open_key`` is "case:kind" while it
    is open, else None: the same is not asked twice at once.
    """

    __tablename__ = "matters"
    __table_args__ = (Index("ix_matters_open", "status", "raised_at"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    status: Mapped[str] = mapped_column(String(10), default="open")
    open_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    reason: Mapped[str] = mapped_column(String(2000))
    facts: Mapped[dict[str, Any]]
    evidence: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    raised_at: Mapped[datetime]
    raised_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    raised_for: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    decider_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    decision: Mapped[dict[str, Any]]
    decision_reason: Mapped[str] = mapped_column(String(2000), default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    letter_id: Mapped[str | None] = mapped_column(ForeignKey("letters.id"))


class Pause(Base):
    """Days of a deadline that do not count (期限中止): from ``since`` to ``until``, which does count again.

    ``until`` None: until it is ended. ``ended`` False with a day: it ends on that day unless something ends it before.
    ``reason`` is a key of ``audits/data/suspensions.json``.
    """

    __tablename__ = "deadline_pauses"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    deadline_id: Mapped[str] = mapped_column(ForeignKey("deadlines.id"), index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    since: Mapped[date]
    until: Mapped[date | None]
    ended: Mapped[bool] = mapped_column(default=False)
    matter_id: Mapped[str | None] = mapped_column(ForeignKey("matters.id"))


class Succession(Base):
    """What became of an enterprise: ``change`` is renamed (both ids are the same), merged or split."""

    __tablename__ = "successions"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    successor_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    change: Mapped[str] = mapped_column(String(10))
    old_name: Mapped[str] = mapped_column(String(200))
    old_uscc: Mapped[str] = mapped_column(String(18))
    new_name: Mapped[str] = mapped_column(String(300))
    new_uscc: Mapped[str] = mapped_column(String(18))
    on: Mapped[date]
    matter_id: Mapped[str | None] = mapped_column(ForeignKey("matters.id"))


class CreditEntry(Base):
    """What is entered about an enterprise for the credit platform (信用信息), with basis, document (the matter's) and period."""

    __tablename__ = "credit_entries"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(30))
    basis: Mapped[str] = mapped_column(String(300))
    matter_id: Mapped[str | None] = mapped_column(ForeignKey("matters.id"))
    reason: Mapped[str] = mapped_column(String(2000))
    since: Mapped[date]
    until: Mapped[date]
