"""What every installation begins with: regions and calendars. Loading again adds only what is missing."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from audits import calendars, regions

CALENDAR_YEARS: Final = range(2019, 2027)


def load(session: Session) -> tuple[int, int]:
    """Load the shipped reference data; give how many regions and how many calendar days are new."""
    return regions.load(session, regions.shipped()), calendars.seed(session, CALENDAR_YEARS)
