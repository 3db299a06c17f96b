"""The alarm for a year whose calendar is not published: one incident a year, closed by publishing it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import incidents
from workflows.access import SYSTEM
from workflows.models import Incident

KIND = "calendar"


def sound(session: Session, years: Iterable[int], now: datetime) -> None:
    """Tell the administrators that days of some years are provisional; a year whose alarm is open adds nothing."""
    for year in sorted(years):
        incidents.open_(
            session,
            kind=KIND,
            message=f"The calendar of {year} is not published; days that fall into it are provisional.",
            key=_key(year),
            detail={"year": year},
            now=now,
        )


def settle(session: Session, year: int, now: datetime) -> None:
    """Close the alarm of a year that is published now."""
    open_ones = select(Incident.id).where(Incident.key == _key(year), Incident.resolved_at.is_(None))
    for incident_id in session.scalars(open_ones).all():
        incidents.resolve(session, SYSTEM, incident_id, str(year), now=now)


def _key(year: int) -> str:
    return f"{KIND}:{year}"
