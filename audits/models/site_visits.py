"""The visit of a panel to the site (现场核查): the plan, and each expert's report of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class SiteVisit(Base):
    """The plan of a panel's visit. ``items`` is the checklist of the day of planning: key, zh, en."""

    __tablename__ = "site_visits"
    __table_args__ = (UniqueConstraint("panel_id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    panel_id: Mapped[str] = mapped_column(ForeignKey("panels.id"))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    planned_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200))
    plan: Mapped[str] = mapped_column(String(2000), default="")
    items: Mapped[list[Any]]
    planned_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    planned_at: Mapped[datetime]


class SiteReport(Base):
    """What an expert found. ``key`` is the device's, so that what is sent twice arrives once; ``signed_in_at`` its clock.

    ``answers``: item, result (yes, no, none), note. ``photos``: id, name, sha256.
    """

    __tablename__ = "site_reports"
    __table_args__ = (UniqueConstraint("visit_id", "expert_id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    visit_id: Mapped[str] = mapped_column(ForeignKey("site_visits.id"))
    expert_id: Mapped[str] = mapped_column(ForeignKey("experts.id"), index=True)
    key: Mapped[str] = mapped_column(String(64))
    signed_in_at: Mapped[datetime]
    answers: Mapped[list[Any]]
    findings: Mapped[str] = mapped_column(String(4000), default="")
    photos: Mapped[list[Any]]
    received_at: Mapped[datetime]
