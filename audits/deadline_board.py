"""The board of deadlines: what is due, what is late, what stands still, of all cases that somebody sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from audits import access
from audits.models import Case, Deadline, Enterprise
from workflows.access import Actor
from workflows.models import Region
from workflows.paging import Page, keyset

STATES: Final = ("overdue", "soon", "ok", "paused")
_WEEK: Final = timedelta(days=7)


def _in(state: str, today: date) -> ColumnElement[bool]:
    """Give the condition for a state: overdue, soon (within a week), ok, paused (the clock stands still)."""
    if state == "paused":
        return Deadline.paused_since.is_not(None)
    ranges = {
        "overdue": Deadline.runs_to < today,
        "soon": Deadline.runs_to.between(today, today + _WEEK),
        "ok": Deadline.runs_to > today + _WEEK,
    }
    return Deadline.paused_since.is_(None) & ranges[state]


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A deadline with its case and enterprise, as the board shows it."""

    deadline: Deadline
    case: Case
    enterprise: Enterprise


def board(
    session: Session,
    actor: Actor,
    *,
    today: date,
    state: str | None = None,
    region: str | None = None,
    kind: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[BoardLine]:
    """Give the open deadlines of running cases that the actor sees, the most urgent first.

    ``state``: one of ``STATES``.
    """
    query = (
        select(Deadline, Case, Enterprise)
        .join(Case, Case.id == Deadline.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(Deadline.met_on.is_(None), Case.outcome == "", access.visible(actor, Case))
    )
    if state in STATES:
        query = query.where(_in(state, today))
    if kind:
        query = query.where(Deadline.kind == kind)
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region)) or "/none/"
        query = query.where(Case.region_path.startswith(path, autoescape=True))
    return keyset(session, query, [Deadline.runs_to, Deadline.id], cursor, limit).map(lambda row: BoardLine(*row))


def counts(session: Session, actor: Actor, today: date) -> dict[str, int]:
    """Count the open deadlines that the actor sees, by state."""
    base = (
        select(func.count())
        .select_from(Deadline)
        .join(Case, Case.id == Deadline.case_id)
        .where(Deadline.met_on.is_(None), Case.outcome == "", access.visible(actor, Case))
    )
    return {state: session.scalar(base.where(_in(state, today))) or 0 for state in STATES}
