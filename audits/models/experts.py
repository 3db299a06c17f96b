"""The expert pool and the panels (专家组)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Expert(Base):
    """A person in the pool (专家库). ``status``: active, suspended, dismissed.

    ``warned_until`` is the end of the term that the expert was told of, ``dismissed_on`` the day of a dismissal.
    """

    __tablename__ = "experts"

    id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    employer: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(100))
    fields: Mapped[list[Any]]  # process, cleaner_production, environment, energy
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    valid_until: Mapped[date]
    status: Mapped[str] = mapped_column(String(12), default="active")
    warned_until: Mapped[date | None]
    dismissed_on: Mapped[date | None]
    monthly_cap: Mapped[int | None]  # panels a month the expert takes at most; the rule's where there is none


class ExpertRelation(Base):
    """What ties an expert to a company or a person, and may bar them from a case (回避).

    ``kind``: employment, contract, kin, shares. ``person`` names the relative. It counts from ``since`` until
    ``until`` (open where there is none) and for the years after that the rule says. One that was wrong is struck out
    (``ended_at``), never deleted.
    """

    __tablename__ = "expert_relations"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    expert_id: Mapped[str] = mapped_column(ForeignKey("experts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    company: Mapped[str] = mapped_column(String(200), default="")
    person: Mapped[str] = mapped_column(String(100), default="")
    since: Mapped[date | None]
    until: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ExpertAbsence(Base):
    """Days on which an expert is not available; the draw leaves them out."""

    __tablename__ = "expert_absences"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    expert_id: Mapped[str] = mapped_column(ForeignKey("experts.id"), index=True)
    since: Mapped[date]
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200), default="")
    recorded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Panel(Base):
    """The group that judges one gate of one case. Closed panels give their experts no more access.

    ``detail`` keeps what the panel began with: ``checks`` (relations looked at and found, by expert), ``draw`` (the id
    of the draw, if it was drawn) and ``reason`` (why it was named instead).
    """

    __tablename__ = "panels"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))  # evaluation, acceptance, merged
    round: Mapped[int]
    meeting_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(200), default="")
    appointed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    score: Mapped[str] = mapped_column(String(20), default="")
    detail: Mapped[dict[str, Any]]


class PanelMember(Base):
    """An expert on a panel. ``left_as`` is recused or absent where they left it while it was at work."""

    __tablename__ = "panel_members"

    panel_id: Mapped[str] = mapped_column(ForeignKey("panels.id"), primary_key=True)
    expert_id: Mapped[str] = mapped_column(ForeignKey("experts.id"), primary_key=True)
    leader: Mapped[bool] = mapped_column(default=False)
    left_as: Mapped[str] = mapped_column(String(12), default="")
    left_reason: Mapped[str] = mapped_column(String(500), default="")
    left_at: Mapped[datetime | None]
