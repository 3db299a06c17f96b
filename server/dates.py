"""Days as a form gives them."""

from __future__ import annotations

from datetime import date

from workflows.errors import Invalid


def day_of(text: str | None, field: str) -> date:
    """Read a day that must be there; raises Invalid at the field."""
    found = optional_day(text, field)
    if found is None:
        raise Invalid(fields={field: ["required"]})
    return found


def optional_day(text: str | None, field: str) -> date | None:
    """Read a day that may be missing; raises Invalid at the field."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={field: ["bad_date"]}) from None


def whole_number(text: str | None, field: str) -> int:
    """Read a whole number; raises Invalid at the field."""
    try:
        return int(text or "")
    except ValueError:
        raise Invalid(fields={field: ["bad_number"]}) from None
