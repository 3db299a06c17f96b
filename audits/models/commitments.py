"""Self-commitments (告知承诺) and the draws of spot checks (抽查)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Commitment(Base):
    """What a case was accepted on. ``status``: open, drawn, then kept, lapsed or revoked.

    One that is revoked and follows again would be a new row: ``round`` is the case's round.
    """

    __tablename__ = "commitments"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    round: Mapped[int]
    accepted_on: Mapped[date]
    until: Mapped[date]
    status: Mapped[str] = mapped_column(String(10), default="open", index=True)
    draw_id: Mapped[str | None] = mapped_column(ForeignKey("spot_draws.id"))
    ended_on: Mapped[date | None]
    findings: Mapped[str] = mapped_column(String(2000), default="")


class SpotDraw(Base):
    """A draw: seed, pool and drawn case numbers, so that anybody can repeat it."""

    __tablename__ = "spot_draws"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    seed: Mapped[str] = mapped_column(String(64))
    pool: Mapped[list[Any]]
    drawn: Mapped[list[Any]]
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
