"""Indicator systems (清洁生产评价指标体系), a case's levels by them, and factors of energy: dated data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class IndicatorSystem(Base):
    """One version of a system, never changed: docs/reference/indicator-systems.md has the form of ``content``.

    In force from ``since`` to ``until`` (None: still), in the region of whoever imported it; "" counts everywhere.
    """

    __tablename__ = "indicator_systems"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    sector: Mapped[str] = mapped_column(String(10))
    region_path: Mapped[str] = mapped_column(String(100), default="")
    industries: Mapped[list[Any]]
    since: Mapped[date]
    until: Mapped[date | None]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    imported_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    imported_at: Mapped[datetime]


class Assessment(Base):
    """A case's level before or after the options. ``draft`` is for who works on it, ``stated`` for who sees the case.

    Both hold ``products`` (name, share, values, inapplicable) and ``new_project``; ``stated`` is empty until it is
    stated. The first save fixes the system's version.
    """

    __tablename__ = "assessments"
    __table_args__ = (UniqueConstraint("case_id", "stage"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    stage: Mapped[str] = mapped_column(String(10))  # before, after
    system_id: Mapped[str] = mapped_column(ForeignKey("indicator_systems.id"))
    version: Mapped[int] = mapped_column(default=1)
    draft: Mapped[dict[str, Any]]
    stated: Mapped[dict[str, Any]]
    saved_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    saved_at: Mapped[datetime]
    stated_at: Mapped[datetime | None]


class Factor(Base):
    """A factor of one form of energy: ``kind`` calorific, coal_consumption (both to tce) or co2.

    ``region_path`` is "" for what counts everywhere. Of several that hold in a year the narrowest period counts, then
    the nearest region, then the one added last.
    """

    __tablename__ = "factors"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    energy: Mapped[str] = mapped_column(String(20), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(20))
    value: Mapped[Any] = mapped_column(Numeric(18, 8))
    since: Mapped[date]
    until: Mapped[date | None]
    region_path: Mapped[str] = mapped_column(String(100), default="")
    source: Mapped[str] = mapped_column(String(300))
    verified: Mapped[bool]
    added_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    added_at: Mapped[datetime]
