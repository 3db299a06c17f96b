"""The countdown chips: how many working days are left until a statutory day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import g
from sqlalchemy.orm import Session

from audits import calendars, deadlines
from audits.models import Deadline
from server.filters import ZONE
from server.language import say


@dataclass(frozen=True, slots=True)
class Chip:
    """What a chip shows; ``state`` is ok, soon or over."""

    state: str
    text: str
    day: str


def chip_for(session: Session, due: date | datetime | None, now: datetime, met: date | None = None) -> Chip | None:
    """Make the chip of a due day; None where there is none. A day that was met counts down no more."""
    if due is None:
        return None
    day = due.astimezone(ZONE).date() if isinstance(due, datetime) else due
    if met is not None:
        late = met > day
        text = say("met late on %(day)s", day=met.isoformat()) if late else say("met on %(day)s", day=met.isoformat())
        return Chip("over" if late else "ok", text, day.isoformat())
    left = deadlines.countdown(calendar_of(session, now), day, now.astimezone(ZONE).date())
    state = {"overdue": "over"}.get(left.state, left.state)
    return Chip(state, words(left.working_days, state), day.isoformat())


def chip_of(session: Session, row: Deadline, now: datetime) -> Chip | None:
    """Make the chip of a deadline: by the day that counts now; one whose clock stands still says so."""
    if row.met_on is None and row.paused_since is not None:
        since = row.paused_since.isoformat()
        return Chip("ok", say("the clock stands still since %(day)s", day=since), since)
    return chip_for(session, row.runs_to, now, row.met_on)


def calendar_of(session: Session, now: datetime) -> calendars.Calendar:
    """Load the working-day calendar around the present once a request."""
    if "calendar" not in g:
        g.calendar = calendars.load(session, now.year - 2, now.year + 3)
    found: calendars.Calendar = g.calendar
    return found


def words(days: int, state: str) -> str:
    """Say how many working days are left or gone."""
    if state == "over":
        return say("%(days)s working days overdue", days=abs(days)) if days else say("overdue")
    return say("%(days)s working days left", days=days) if days else say("due today")
