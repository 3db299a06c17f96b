"""Effects on the work itself: another consultancy, options that were not implemented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import cases, clocks, consultancies, deadlines
from audits.effects.decided import Decided
from audits.matter_kinds import Kind
from audits.models import Case, Option
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
    rows = _options(decided.session, decided.case, decided.values)
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


def check_options(session: Session, _kind: Kind, case: Case, values: Mapping[str, Any], _now: datetime) -> None:
    """Refuse options that the register of the case does not know. Raises Invalid ``options``."""
    _options(session, case, values)


def _options(session: Session, case: Case, values: Mapping[str, Any]) -> list[Option]:
    codes = {line.strip() for line in str(values["options"]).splitlines() if line.strip()}
    query = select(Option).where(Option.case_id == case.id, Option.code.in_(codes)).order_by(Option.code)
    found = list(session.scalars(query))
    if len(found) < len(codes):
        raise Invalid(fields={"options": ["unknown"]})
    return found


def _settle(decided: Decided, rows: list[Option], status: str, detail: dict[str, Any]) -> None:
    for row in rows:
        row.status, row.detail = status, {**row.detail, **detail, "matter": decided.matter.id}
    told = {"codes": [row.code for row in rows], "status": status, **detail}
    cases.record(decided.session, decided.actor, decided.case.id, "options.settled", told, decided.now)
