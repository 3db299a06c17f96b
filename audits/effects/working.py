"""Effects on the work itself: another consultancy, options that were not implemented."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from audits import cases, clocks, consultancies, deadlines
from audits.effects.decided import Decided
from audits.models import Option
from workflows.errors import Invalid


def change_consultancy(decided: Decided) -> None:
    """Engage the new consultancy; the old one sees the case no longer, and what it submitted stays its own to read.

    No deadline moves (domain: section 11).
    """
    consultancies.engage(decided.session, decided.app, decided.case, decided.values["consultancy"], decided.now)


def handle_restricted(decided: Decided) -> None:
    """Let a restricted consultancy finish the case, or take it out at once; the enterprise then engages another."""
    if decided.values["handling"] == "replace":
        consultancies.disengage(decided.session, decided.app, decided.actor, decided.case, decided.now)


def leave_options(decided: Decided) -> None:
    """Postpone the implementation, put an equivalent option in the place, or go on to acceptance as it is."""
    handling = decided.values["handling"]
    codes = [line.strip() for line in decided.values["options"].splitlines() if line.strip()]
    rows = _options(decided, codes)
    if handling == "postpone":
        if not decided.values.get("until"):
            raise Invalid(fields={"until": ["required"]})
        row = deadlines.latest(decided.session, decided.case.id, "implementation")
        context = decided.session, decided.app, decided.actor, decided.case
        clocks.extend(*context, row, until=decided.day("until"), now=decided.now)
    elif handling == "replace":
        if not decided.values.get("replacement"):
            raise Invalid(fields={"replacement": ["required"]})
        _settle(decided, rows, "replaced", {"replaced_by": decided.values["replacement"]})
    else:
        _settle(decided, rows, "dropped", {"why_not": decided.matter.reason})


def _options(decided: Decided, codes: list[str]) -> list[Option]:
    query = select(Option).where(Option.case_id == decided.case.id, Option.code.in_(codes)).order_by(Option.code)
    return list(decided.session.scalars(query))


def _settle(decided: Decided, rows: list[Option], status: str, detail: dict[str, Any]) -> None:
    for row in rows:
        row.status, row.detail = status, {**row.detail, **detail, "matter": decided.matter.id}
    told = {"codes": [row.code for row in rows], "status": status, **detail}
    cases.record(decided.session, decided.actor, decided.case.id, "options.settled", told, decided.now)
