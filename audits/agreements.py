"""Voluntary agreements (自愿协议): proposed by an enterprise, signed by the department, ended by time, notice or trigger.

Source: 生态环境法典 Art. 968.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, notices, voluntary_rules
from audits.models import Enterprise, VoluntaryAgreement
from workflows import trail
from workflows.access import SYSTEM, Actor, require
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Region
from workflows.paging import Page, keyset

LENGTH: Final = 2000
TRIGGER: Final = "SHUANGCHAO"


def propose(
    session: Session, actor: Actor, *, enterprise_id: str, goals: str, valid_until: date, now: datetime
) -> VoluntaryAgreement:
    """Sign an agreement for one's own enterprise and hand it to the department.

    Raises NotFound, NotAllowed, Invalid by field, Conflict ``agreement_open``.
    """
    enterprise = access.enterprise(session, actor, enterprise_id)
    if enterprise_id not in actor.organisations:
        raise NotAllowed("not_your_enterprise")
    errors: dict[str, Any] = {}
    if not goals.strip():
        errors["goals"] = ["required"]
    elif len(goals) > LENGTH:
        errors["goals"] = ["too_long"]
    if valid_until <= calendars.local_day(now):
        errors["valid_until"] = ["in_past"]
    if errors:
        raise Invalid(fields=errors)
    _end_due(session, enterprise_id, now)
    if session.scalar(select(VoluntaryAgreement.id).where(VoluntaryAgreement.open_key == enterprise_id)):
        raise Conflict("agreement_open", enterprise=enterprise.name)
    row = VoluntaryAgreement(
        enterprise_id=enterprise_id,
        department_id=voluntary_rules.leader_of(session, enterprise.region_code).id,
        open_key=enterprise_id,
        goals=goals.strip(),
        valid_until=valid_until,
        proposed_at=now,
        proposed_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    told = {"enterprise": enterprise.name, "goals": row.goals, "until": valid_until.isoformat()}
    _record(session, actor, row, "agreement.proposed", told, now)
    _tell(session, row, row.department_id, "agreement_proposed", now)
    return row


def sign(session: Session, actor: Actor, agreement_id: str, now: datetime) -> VoluntaryAgreement:
    """Sign a proposed agreement for the department. Raises NotFound, NotAllowed, Conflict ``agreement_not_open``."""
    row = _held(session, actor, agreement_id)
    _require_department(session, actor, row)
    if row.status != "proposed":
        raise Conflict("agreement_not_open")
    row.status, row.signed_at, row.signed_by = "active", now, actor.person_id
    _record(session, actor, row, "agreement.signed", {"enterprise": _name(session, row)}, now)
    _tell(session, row, row.enterprise_id, "agreement_signed", now)
    return row


def end(session: Session, actor: Actor, agreement_id: str, *, reason: str, now: datetime) -> VoluntaryAgreement:
    """End an agreement by notice of either side, with a reason. Raises NotFound, NotAllowed, Invalid, Conflict."""
    row = _held(session, actor, agreement_id)
    if row.enterprise_id not in actor.organisations:
        _require_department(session, actor, row)
    if not reason.strip():
        raise Invalid(fields={"reason": ["required"]})
    if row.status == "ended":
        raise Conflict("agreement_not_open")
    _end(session, actor, row, reason.strip()[:500], now)
    return row


def end_by_trigger(session: Session, enterprise_id: str, types: list[str], case_no: str, now: datetime) -> None:
    """End the agreement of an enterprise that is listed for exceeding standards or totals (双超)."""
    if TRIGGER not in types:
        return
    row = session.scalar(select(VoluntaryAgreement).where(VoluntaryAgreement.open_key == enterprise_id))
    if row is not None:
        _end(session, SYSTEM, row, f"双超：{case_no}", now)


def list_(
    session: Session, actor: Actor, *, status: str = "", cursor: str | None = None, limit: int = 50
) -> Page[tuple[VoluntaryAgreement, Enterprise]]:
    """Give the agreements that the actor sees, the latest first."""
    query = (
        select(VoluntaryAgreement, Enterprise)
        .join(Enterprise, Enterprise.id == VoluntaryAgreement.enterprise_id)
        .where(access.visible(actor, VoluntaryAgreement))
    )
    if status:
        query = query.where(VoluntaryAgreement.status == status)
    columns = [VoluntaryAgreement.proposed_at, VoluntaryAgreement.id]
    page = keyset(session, query, columns, cursor, limit, descending=True)
    return page.map(lambda row: (row[0], row[1]))


def stands(row: VoluntaryAgreement, on: date) -> bool:
    """Say whether an agreement binds on a day."""
    return row.status == "active" and on <= row.valid_until


def _end_due(session: Session, enterprise_id: str, now: datetime) -> None:
    """End the agreement whose time is over, so that a new one can follow it."""
    row = session.scalar(select(VoluntaryAgreement).where(VoluntaryAgreement.open_key == enterprise_id))
    if row is not None and row.valid_until < calendars.local_day(now):
        _end(session, SYSTEM, row, "期满", now)


def _held(session: Session, actor: Actor, agreement_id: str) -> VoluntaryAgreement:
    row = access.fetch(session, actor, VoluntaryAgreement, agreement_id)
    session.refresh(row, with_for_update=True)
    return row


def _require_department(session: Session, actor: Actor, row: VoluntaryAgreement) -> None:
    enterprise = session.get_one(Enterprise, row.enterprise_id)
    if row.department_id not in actor.organisations:
        raise NotAllowed("not_allowed", action=voluntary_rules.DECIDE)
    require(actor, voluntary_rules.DECIDE, session.get_one(Region, enterprise.region_code).path)


def _end(session: Session, actor: Actor, row: VoluntaryAgreement, reason: str, now: datetime) -> None:
    row.status, row.open_key = "ended", None
    row.ended_on, row.end_reason = calendars.local_day(now), reason
    told = {"enterprise": _name(session, row), "reason": reason}
    _record(session, actor, row, "agreement.ended", told, now)
    for organisation in (row.enterprise_id, row.department_id):
        _tell(session, row, organisation, "agreement_ended", now)


def _name(session: Session, row: VoluntaryAgreement) -> str:
    return session.get_one(Enterprise, row.enterprise_id).name


def _tell(session: Session, row: VoluntaryAgreement, organisation: str, kind: str, now: datetime) -> None:
    notices.send(
        session,
        key=f"{kind}:{row.id}:{organisation}",
        organisation_id=organisation,
        instance_id=None,
        kind=kind,
        values={"enterprise": _name(session, row), "reason": row.end_reason},
        now=now,
    )


def _record(
    session: Session, actor: Actor, row: VoluntaryAgreement, action: str, payload: dict[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain=f"org:{row.enterprise_id}",
        actor=actor,
        action=action,
        subject_type="agreement",
        subject_id=row.id,
        payload=payload,
        now=now,
    )
