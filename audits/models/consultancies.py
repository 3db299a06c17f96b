"""Consultancies: what they proved (四项条件), who works for them, and the measures against them, kept for good."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Restriction(Base):
    """A measure against a consultancy. ``status``: open, raised (a harder step took its place), corrected, lifted.

    ``step``: order (责令改正), list (公布名单), refuse (不受理: it is chosen no more from ``since`` on). ``due_on`` is the
    last day of an order. ``until`` is the announced last day, None where none was announced; a measure ends by decision,
    on ``ended_on``. ``exit_note`` and ``exit_evidence`` are what the consultancy shows to have it lifted. A correction
    is a new row that ``replaces`` the one that it corrects.
    """

    __tablename__ = "restrictions"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    consultancy_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    status: Mapped[str] = mapped_column(String(10), default="open")
    step: Mapped[str] = mapped_column(String(10), default="refuse")
    due_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(500))
    since: Mapped[date]
    until: Mapped[date | None]
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("restrictions.id"))
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(String(500), default="")
    exit_asked_at: Mapped[datetime | None]
    exit_note: Mapped[str] = mapped_column(String(1000), default="")
    exit_evidence: Mapped[list[Any]] = mapped_column(default=list)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]


class ConsultancyProof(Base):
    """A proof of one of the four conditions (domain: section 1.2). The latest of an item counts; earlier ones stay.

    ``item``: legal_person, instruments, technicians, auditors. ``valid_until`` None: without end.
    """

    __tablename__ = "consultancy_proofs"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    consultancy_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    item: Mapped[str] = mapped_column(String(20))
    document: Mapped[str] = mapped_column(String(300))
    valid_until: Mapped[date | None]
    evidence: Mapped[list[Any]]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class ConsultancyStaff(Base):
    """Somebody who works for a consultancy from ``since`` to ``until``; known by the number of the certificate.

    Nobody works for two on the same day.
    """

    __tablename__ = "consultancy_staff"
    __table_args__ = (Index("ix_consultancy_staff_certificate", "certificate", "since"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    consultancy_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    certificate: Mapped[str] = mapped_column(String(60))
    specialty: Mapped[str] = mapped_column(String(200), default="")
    trained_until: Mapped[date | None]
    since: Mapped[date]
    until: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
