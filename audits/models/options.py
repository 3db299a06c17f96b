"""The option register (方案)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Option(Base):
    """One option of a case. Money in 10,000 yuan (万元)."""

    __tablename__ = "options"
    __table_args__ = (UniqueConstraint("case_id", "code"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    code: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    cost_class: Mapped[str] = mapped_column(String(10))  # none, low, medium, high
    aspect: Mapped[str] = mapped_column(String(30))
    description: Mapped[str] = mapped_column(String(2000), default="")
    planned_investment: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    actual_investment: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    planned_benefit: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    actual_benefit: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)
    status: Mapped[str] = mapped_column(String(20), default="proposed")
    finished_on: Mapped[date | None]
    detail: Mapped[dict[str, Any]]
