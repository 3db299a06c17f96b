"""The ladder of measures against a consultancy: 责令改正, 公布名单, 不受理 (domain: section 6), and the way out.

Skipping a step is possible and needs its reason, as every measure does. From the day of a refusal no region lets it be
chosen; each of its open cases waits for a decision of its competent bureau.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, consultancies, matters, proofs
from audits.models import Case, Matter, Restriction
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Attachment, Organisation

STEPS: Final[dict[str, tuple[str, str]]] = {
    "order": ("责令改正", "Ordered to correct"),
    "list": ("公布名单", "Name published"),
    "refuse": ("不受理业务", "Not accepted"),
}
NOTE_LENGTH: Final = 1000


def impose(
    session: Session,
    app: Application,
    actor: Actor,
    consultancy_id: str,
    *,
    step: str,
    reason: str,
    since: date | None = None,
    due_on: date | None = None,
    now: datetime,
) -> Restriction:
    """Take a step of the ladder. ``since``: the day from which it holds; ``due_on``: the last day of an order.

    Raises NotFound, NotAllowed, Invalid by field, Conflict ``measure_stands`` where the same or a harder one is in force.
    """
    row = proofs.consultancy(session, actor, consultancy_id)
    if not proofs.may_manage(session, actor, row):
        raise NotAllowed("not_allowed", action=proofs.MANAGE)
    session.refresh(row, with_for_update=True)
    today = calendars.local_day(now)
    text = storable(reason).strip()
    _check(step, text, since, due_on, today)
    old = in_force(session, row.id)
    if old is not None and list(STEPS).index(old.step) >= list(STEPS).index(step):
        raise Conflict("measure_stands", name=row.name)
    if old is not None:
        old.status, old.ended_on = "raised", today
    measure = Restriction(
        consultancy_id=row.id, step=step, reason=text, since=since or today, due_on=due_on, decided_by=actor.person_id,
        created_at=now,
    )  # fmt: skip
    session.add(measure)
    session.flush()
    skipped = [one for one in list(STEPS)[: list(STEPS).index(step)] if old is None or one != old.step]
    told = {"step": step, "reason": text, "since": measure.since.isoformat(), "skipped": skipped if old is None else []}
    consultancies.record(session, actor, row, "consultancy.measure_taken", told, now)
    if step == "refuse":
        list_open_cases(session, app, row, now)
    return measure


def restrict(
    session: Session,
    app: Application,
    actor: Actor,
    consultancy_id: str,
    *,
    restricted: bool,
    reason: str,
    until: date | None = None,
    now: datetime,
) -> Organisation:
    """Refuse a consultancy at once, correct that, or let it be chosen again; raises as ``consultancies.restrict``.

    Its open cases are listed for decision.
    """
    row = consultancies.restrict(
        session, actor, consultancy_id, restricted=restricted, reason=reason, until=until, now=now
    )
    if restricted:
        list_open_cases(session, app, row, now)
    return row


def _check(step: str, reason: str, since: date | None, due_on: date | None, today: date) -> None:
    errors = {}
    if step not in STEPS:
        errors["step"] = ["unknown"]
    if not reason:
        errors["reason"] = ["required"]
    elif len(reason) > consultancies.REASON_LENGTH:
        errors["reason"] = ["too_long"]
    if since is not None and since < today:
        errors["since"] = ["bad_date"]
    if step == "order" and due_on is None:
        errors["due_on"] = ["required"]
    if due_on is not None and due_on < today:
        errors["due_on"] = ["bad_date"]
    if errors:
        raise Invalid(fields=errors)


def in_force(session: Session, consultancy_id: str) -> Restriction | None:
    """Give the measure in force, None where there is none."""
    query = select(Restriction).where(Restriction.consultancy_id == consultancy_id, Restriction.status == "open")
    return session.scalar(query.order_by(Restriction.created_at.desc()).limit(1))


def history(session: Session, consultancy_id: str) -> list[Restriction]:
    """Give every measure against a consultancy: the one in force, then the newest first."""
    query = select(Restriction).where(Restriction.consultancy_id == consultancy_id)
    return list(
        session.scalars(query.order_by(Restriction.status != "open", Restriction.created_at.desc(), Restriction.id))
    )


def list_open_cases(session: Session, app: Application, row: Organisation, now: datetime) -> None:
    """Raise each open case of a refused consultancy for its competent bureau to decide. A repeat adds none."""
    for case in session.scalars(select(Case).where(Case.consultancy_id == row.id, Case.outcome == "")).all():
        if session.scalar(select(Matter.id).where(Matter.open_key == f"{case.id}:consultancy_restricted")) is None:
            matters.raise_(
                session, app, SYSTEM, case.id, kind="consultancy_restricted", reason="咨询服务机构已被不予受理业务",
                facts={"name": row.name}, now=now,
            )  # fmt: skip


def ask_exit(
    session: Session, actor: Actor, consultancy_id: str, *, note: str, evidence: Iterable[str], now: datetime
) -> Restriction:
    """Ask, as the consultancy, that the measure in force be lifted, with evidence.

    Raises NotFound, NotAllowed, Invalid by field, Conflict ``no_measure``.
    """
    row = proofs.consultancy(session, actor, consultancy_id)
    if row.id not in actor.organisations:
        raise NotAllowed("not_your_consultancy")
    measure = in_force(session, row.id)
    if measure is None:
        raise Conflict("no_measure")
    text = storable(note).strip()
    files = [session.get(Attachment, key) for key in dict.fromkeys(evidence)]
    errors = {} if text else {"note": ["required"]}
    if not files or any(one is None or one.uploaded_by != actor.person_id for one in files):
        errors["evidence"] = ["required"]
    if errors:
        raise Invalid(fields=errors)
    measure.exit_asked_at, measure.exit_note = now, text[:NOTE_LENGTH]
    measure.exit_evidence = [{"id": one.id, "name": one.name, "sha256": one.sha256} for one in files if one]
    consultancies.record(session, actor, row, "consultancy.exit_asked", {"note": measure.exit_note}, now)
    return measure


def lift(session: Session, actor: Actor, consultancy_id: str, *, reason: str, now: datetime) -> Restriction:
    """End the measure in force today; what it was stays. Raises NotFound, NotAllowed, Invalid, Conflict ``no_measure``."""
    row = proofs.consultancy(session, actor, consultancy_id)
    measure = in_force(session, row.id)
    if measure is None:
        raise Conflict("no_measure")
    consultancies.restrict(session, actor, row.id, restricted=False, reason=reason, now=now)
    session.flush()
    return measure


def open_cases(session: Session, actor: Actor, consultancy_id: str) -> list[Case]:
    """Give the open cases of a consultancy that the actor sees, at most a hundred."""
    query = select(Case).where(Case.consultancy_id == consultancy_id, Case.outcome == "")
    return list(session.scalars(query.where(access.visible(actor, Case)).order_by(Case.number).limit(100)))
