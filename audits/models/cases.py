"""The case: one enterprise's audit, from the list to acceptance, and its statutory deadlines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Case(Base):
    """A case runs in one instance.

    ``legal_basis`` is the key of the version in force when it was listed; ``procedure`` is what the table said;
    ``outcome`` is "" while it runs, then qualified, unqualified, removed, deferred, terminated; revoked where a
    qualification was taken back. ``hold`` says why nothing is enforced meanwhile, "" where nothing holds.
    """

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_outcome", "region_path", "outcome"),)

    id: Mapped[str] = mapped_column(ForeignKey("instances.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("list_entries.id"), index=True)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    deemed_by_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))  # the park's case that it was done by
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_path: Mapped[str] = mapped_column(String(80))
    types: Mapped[list[Any]]
    procedure: Mapped[str] = mapped_column(String(20), default="standard", index=True)
    round: Mapped[int] = mapped_column(default=1)
    competent_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    consultancy_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    legal_basis: Mapped[str] = mapped_column(String(20))
    publication_date: Mapped[date]
    decision_date: Mapped[date | None]
    score: Mapped[Any] = mapped_column(Numeric(7, 4), nullable=True)
    band: Mapped[str] = mapped_column(String(12), default="")
    outcome: Mapped[str] = mapped_column(String(12), default="")
    outcome_on: Mapped[date | None]
    hold: Mapped[str] = mapped_column(String(200), default="")
    opened_at: Mapped[datetime]


def _runs_to(context: Any) -> Any:
    values = context.get_current_parameters()
    return values.get("extended_to") or values["due_on"]


class Deadline(Base):
    """A statutory day of a case.

    ``due_on`` is the legal day (corresponding day, rolled to a working day) and never changes but with the calendar;
    ``provisional`` says that its year's calendar is not published yet. ``extended_to`` is decided and stands beside it
    (``extensions`` says how often, ``extended_on`` when last). ``suspended_days`` do not count (``Pause``).
    ``runs_to`` is the day that counts now, with extension and pauses; ``paused_since`` is set while the clock stands
    still for nobody knows how long.
    """

    __tablename__ = "deadlines"
    __table_args__ = (Index("ix_deadlines_runs", "met_on", "runs_to"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # disclosure, start, report, supplement, implementation ...
    round: Mapped[int] = mapped_column(default=1)
    trigger: Mapped[str] = mapped_column(String(20))
    trigger_on: Mapped[date]
    period: Mapped[str] = mapped_column(String(10))
    nominal_on: Mapped[date]
    due_on: Mapped[date]
    provisional: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[str] = mapped_column(String(200), default="")
    remind_days: Mapped[int] = mapped_column(default=0)
    runs_to: Mapped[date] = mapped_column(default=_runs_to)
    suspended_days: Mapped[int] = mapped_column(default=0)
    paused_since: Mapped[date | None]
    extended_to: Mapped[date | None]
    extended_on: Mapped[date | None]
    extensions: Mapped[int] = mapped_column(default=0)
    met_on: Mapped[date | None]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
