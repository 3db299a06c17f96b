"""What an effect is given: the matter that was decided, with everything it needs to act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from audits import calendars
from audits.models import Case, Matter
from workflows.access import Actor
from workflows.application import Application


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided matter. ``values`` are its facts with what was decided over them; the case is held."""

    session: Session
    app: Application
    actor: Actor
    case: Case
    matter: Matter
    values: dict[str, Any]
    approved: bool
    now: datetime

    @property
    def today(self) -> date:
        """Give the day of the decision in China."""
        return calendars.local_day(self.now)

    def day(self, key: str) -> date:
        """Give a value that is a day."""
        return date.fromisoformat(self.values[key])
