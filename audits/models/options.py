"""The option register (方案) and what each option saves."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Option(Base):
    """One option of a case. Money in 10,000 yuan (万元).

    ``replaced_by_id`` names the option that stands in for a replaced one; that one's ``review`` is due, then accepted
    or refused by the competent bureau. ``same_as_id`` names the same measure in an earlier case of the same plant, so
    that no tonne counts twice. ``warned_on`` is the day on which the owner was told that it is late.
    """

    __tablename__ = "options"
    __table_args__ = (UniqueConstraint("case_id", "code"), Index("ix_options_planned_end", "status", "planned_end"))

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    cost_class: Mapped[str] = mapped_column(String(10))  # none, low, medium, high
    aspect: Mapped[str] = mapped_column(String(30))
    description: Mapped[str] = mapped_column(String(2000), default="")
    owner: Mapped[str] = mapped_column(String(100), default="")
    workshop: Mapped[str] = mapped_column(String(200), default="")
    planned_start: Mapped[date | None]
    planned_end: Mapped[date | None]
    begun_on: Mapped[date | None]
    finished_on: Mapped[date | None]
    planned_investment: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    actual_investment: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    planned_benefit: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    actual_benefit: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    status: Mapped[str] = mapped_column(String(20), default="proposed")
    reason: Mapped[str] = mapped_column(String(1000), default="")
    replaced_by_id: Mapped[str | None] = mapped_column(ForeignKey("options.id"))
    review: Mapped[str] = mapped_column(String(10), default="")  # "", due, accepted, refused
    same_as_id: Mapped[str | None] = mapped_column(ForeignKey("options.id"), index=True)
    warned_on: Mapped[date | None]
    detail: Mapped[dict[str, Any]]


class OptionEffect(Base):
    """What an option saves in a year of one indicator: as planned, as the enterprise says, as the panel found.

    The unit is the indicator's. A value that nobody gave is null, which is not 0.
    """

    __tablename__ = "option_effects"

    option_id: Mapped[str] = mapped_column(ForeignKey("options.id"), primary_key=True)
    indicator: Mapped[str] = mapped_column(String(20), primary_key=True)
    planned: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    reported: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    verified: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
