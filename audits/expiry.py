"""What ends by itself is told in time: proofs of consultancies, and the interval between two audits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from audits import calendars, cases, consultancies, intervals, notices, proofs, regions
from audits.models import ConsultancyProof, Notice
from workflows.access import SYSTEM
from workflows.application import Application
from workflows.errors import Invalid
from workflows.models import Organisation

MOST: Final = 100
"""How many are told of in one turn; the others follow in the next."""
HOURLY: Final = 7
"""The minute of each hour in which intervals are looked at."""


def warn_proofs(session: Session, _app: Application, now: datetime) -> None:
    """Tell a consultancy and the bureau of its region once that a proof ends soon, and once that it has ended."""
    today = calendars.local_day(now)
    for state, until in (("soon", today + proofs.WARN), ("expired", date.fromordinal(today.toordinal() - 1))):
        for proof, row in session.execute(_ending(state, today, until)):
            told = {"name": row.name, "until": str(proof.valid_until), "proof": list(proofs.ITEMS[proof.item])}
            _send(session, f"proof_{state}:{proof.id}", [row.id], f"proof_{state}", told, now)
            _send(session, f"proof_{state}:{proof.id}:bureau", _bureau(session, row), f"proof_{state}", told, now)
            payload = {"item": proof.item, "until": str(proof.valid_until), "state": state}
            consultancies.record(session, SYSTEM, row, "consultancy.proof_warned", payload, now)


def _ending(state: str, today: date, until: date) -> Any:
    """Ask for the proofs that end by a day and of which nobody was told."""
    key = f"proof_{state}:"
    told = exists().where(Notice.key == key + ConsultancyProof.id).correlate(ConsultancyProof)
    query = (
        select(ConsultancyProof, Organisation)
        .join(Organisation, Organisation.id == ConsultancyProof.consultancy_id)
        .where(ConsultancyProof.valid_until <= until, Organisation.active, proofs.newest(), ~told)
    )
    if state == "soon":
        query = query.where(ConsultancyProof.valid_until >= today)
    return query.order_by(ConsultancyProof.valid_until, ConsultancyProof.id).limit(MOST)


def _bureau(session: Session, row: Organisation) -> list[str]:
    try:
        return [regions.bureau_over(session, row.region_code, "city").id]
    except Invalid:
        return []  # nobody is in charge of the place: the consultancy itself is told all the same


def warn_intervals(session: Session, _app: Application, now: datetime) -> None:
    """Do once an hour what ``tell_intervals`` does: it looks at every old case."""
    if now.minute == HOURLY:
        tell_intervals(session, now)


def tell_intervals(session: Session, now: datetime) -> None:
    """Tell an enterprise and its bureau once that the time for the next audit ends, and once that it has ended."""
    for one in intervals.to_warn(session, calendars.local_day(now), most=MOST):
        key = f"interval_{one.state}:{one.case.id}"
        told = {"subject": one.enterprise.name, "since": str(one.since), "due_on": str(one.due_on)}
        _send(session, key, [one.enterprise.id], f"interval_{one.state}", told, now, case_id=one.case.id)
        _send(
            session, f"{key}:bureau", [one.case.competent_id], f"interval_{one.state}", told, now, case_id=one.case.id
        )
        cases.record(session, SYSTEM, one.case.id, "interval.warned", told | {"state": one.state}, now)


def _send(
    session: Session,
    key: str,
    to: list[str],
    kind: str,
    values: dict[str, Any],
    now: datetime,
    *,
    case_id: str | None = None,
) -> None:
    for organisation_id in to:
        notices.send(
            session, key=key, organisation_id=organisation_id, instance_id=case_id, kind=kind, values=values, now=now
        )
