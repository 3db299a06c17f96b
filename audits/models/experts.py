"""The expert pool and the panels (专家组)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Expert(Base):
    """A person in the pool (专家库)."""

    __tablename__ = "experts"

    id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    employer: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(100))
    fields: Mapped[list[Any]]  # process, cleaner_production, environment, energy
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    valid_until: Mapped[date]
    status: Mapped[str] = mapped_column(String(12), default="active")


class Panel(Base):
    """The group that judges one gate of one case. Closed panels give their experts no more access."""

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
    """An expert on a panel."""

    __tablename__ = "panel_members"

    panel_id: Mapped[str] = mapped_column(ForeignKey("panels.id"), primary_key=True)
    expert_id: Mapped[str] = mapped_column(ForeignKey("experts.id"), primary_key=True)
    leader: Mapped[bool] = mapped_column(default=False)
