"""What every installation begins with: regions, calendars, factors, indicator systems. Loading again adds only what is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from audits import calendars, energy, indicator_systems, regions

CALENDAR_YEARS: Final = range(2019, 2027)


def load(session: Session, now: datetime) -> tuple[int, int]:
    """Load the shipped reference data; give how many regions and how many calendar days are new."""
    seed(session, now)
    return regions.load(session, regions.shipped()), calendars.seed(session, CALENDAR_YEARS)


def seed(session: Session, now: datetime) -> None:
    """Load the shipped factors and indicator systems where they are missing."""
    energy.seed(session, now)
    indicator_systems.seed(session, now)
