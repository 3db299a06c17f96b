"""What is done to options outside the forms: verified at the acceptance, reviewed where they replace another, warned of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, cases, indicators, notices, options
from audits.models import Case, Enterprise, Option, OptionEffect
from audits.option_record import number
from workflows import runtime
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.errors import Conflict, Invalid, NotAllowed

MOST_WARNED: Final = 200  # in one turn
_LARGEST: Final = Decimal(10) ** 12


def verify(
    session: Session, actor: Actor, case_id: str, code: str, values: Mapping[str, Any], *, now: datetime
) -> Option:
    """Write what the bureau or its panel found an option to save, by indicator; an empty value takes it back.

    Raises NotFound, NotAllowed, Conflict ``not_at_acceptance`` or ``option_not_done``, Invalid by indicator.
    """
    case = access.case(session, actor, case_id)
    row = options.row_of(session, case_id, code)
    if not options.judges(session, actor, case):
        raise NotAllowed("not_your_acceptance")
    runtime.lock(session, case_id)
    if not options.at_gate(session, case):
        raise Conflict("not_at_acceptance")
    if row.status != "done":
        raise Conflict("option_not_done", option=code)
    clean = _figures(values)
    known = options.effects_of(session, [row.id]).get(row.id, {})
    changes = {}
    for key, value in clean.items():
        effect = known.get(key)
        old = effect.verified if effect is not None else None
        if old == value:
            continue
        if effect is None:
            effect = OptionEffect(option_id=row.id, indicator=key)
            session.add(effect)
        effect.verified = value
        changes[f"verified:{key}"] = [None if one is None else f"{one.normalize():f}" for one in (old, value)]
    session.flush()
    if changes:
        cases.record(session, actor, case_id, "option.verified", {"code": code, "changes": {code: changes}}, now)
    return row


def _figures(values: Mapping[str, Any]) -> dict[str, Decimal | None]:
    clean, faults = {}, {}
    for key, value in values.items():
        read = number(value)
        if key not in indicators.known():
            faults[key] = ["unknown"]
        elif value not in (None, "") and (read is None or not 0 <= read < _LARGEST):
            faults[key] = ["not_a_number"]
        else:
            clean[key] = read
    if faults:
        raise Invalid(fields=faults)
    return clean


def review(
    session: Session, actor: Actor, case_id: str, code: str, *, accepted: bool, reason: str, now: datetime
) -> Option:
    """Accept or refuse an option that stands in for a replaced one; a refused one counts nowhere.

    Raises NotFound, NotAllowed, Conflict ``review_not_due``, Invalid without a reason.
    """
    case = access.case(session, actor, case_id)
    row = options.row_of(session, case_id, code)
    if not options.competent(actor, case):
        raise NotAllowed("not_your_acceptance")
    runtime.lock(session, case_id)
    session.refresh(row)
    if not reason.strip():
        raise Invalid(fields={"reason": ["required"]})
    if row.review != "due":
        raise Conflict("review_not_due", option=code)
    row.review = "accepted" if accepted else "refused"
    payload = {"code": code, "review": row.review, "reason": reason.strip()[:500]}
    cases.record(session, actor, case_id, "option.reviewed", payload, now)
    return row


def warn(session: Session, _app: Application, now: datetime) -> None:
    """Tell the enterprise of each option that has become late, naming its owner; once for each planned end."""
    today = calendars.local_day(now)
    query = (
        select(Option, Case)
        .join(Case, Case.id == Option.case_id)
        .where(
            Option.status.in_(options.OPEN), Option.planned_end < today, Option.warned_on.is_(None), Case.outcome == ""
        )
        .order_by(Option.planned_end, Option.id)
        .limit(MOST_WARNED)
    )
    for row, case in session.execute(query):
        row.warned_on = today
        notices.send(
            session,
            key=f"option_late:{row.id}:{row.planned_end}",
            organisation_id=case.enterprise_id,
            instance_id=case.id,
            kind="option_late",
            values={
                "subject": session.get_one(Enterprise, case.enterprise_id).name,
                "code": row.code,
                "name": row.name,
                "owner": row.owner,
                "planned_end": str(row.planned_end),
            },
            now=now,
        )
        told = {"code": row.code, "owner": row.owner, "planned_end": str(row.planned_end)}
        cases.record(session, SYSTEM, case.id, "option.warned", told, now)
