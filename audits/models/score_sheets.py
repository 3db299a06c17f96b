"""Score sheets (评分表): versions that a region drafts and another person publishes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class ScoreSheet(Base):
    """A version of a sheet. ``form`` is the form it takes the place of; ``content`` is as ``audits.sheet_forms`` reads it.

    ``status``: draft, published. Of those published the newest ``valid_from`` of the nearest region counts; a panel
    keeps the version it began with.
    """

    __tablename__ = "score_sheets"
    __table_args__ = (UniqueConstraint("form", "region_code", "version"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    form: Mapped[str] = mapped_column(String(64))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default="draft")
    title: Mapped[str] = mapped_column(String(100))
    title_en: Mapped[str] = mapped_column(String(100), default="")
    content: Mapped[dict[str, Any]]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300), default="")
    verified: Mapped[bool] = mapped_column(default=False)
    drafted_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    drafted_at: Mapped[datetime]
    published_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    published_at: Mapped[datetime | None]
