"""Consultancies (咨询服务机构) and their engagement in a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from audits import access, calendars, cases, enterprises, proofs
from audits.models import Case, Restriction
from workflows import instances, people, trail
from workflows.access import SYSTEM, Actor, require
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Invalid, NotFound
from workflows.models import Organisation, Region
from workflows.paging import Page, keyset

REASON_LENGTH: Final = 500


def register(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> Organisation:
    """Add a consultancy. Raises NotAllowed, Invalid by field, Conflict ``organisation_known``."""
    region = session.get(Region, str(fields.get("region_code") or ""))
    code = enterprises.normalise_uscc(str(fields.get("code") or ""))
    errors = {}
    if region is None:
        errors["region_code"] = ["bad_region"]
    if not enterprises.uscc_valid(code):
        errors["code"] = ["bad_uscc"]
    if not str(fields.get("name") or "").strip():
        errors["name"] = ["required"]
    if errors or region is None:
        raise Invalid(fields=errors)
    require(actor, "consultancies.manage", region.path)
    return people.create_organisation(
        session,
        actor,
        kind="consultancy",
        name=str(fields["name"]),
        name_en=str(fields.get("name_en") or ""),
        code=code,
        region_code=region.code,
        staff_role="consultancy",
        contact=str(fields.get("contact") or ""),
        now=now,
    )


def list_(
    session: Session, actor: Actor, *, text: str = "", cursor: str | None = None, limit: int = 50
) -> Page[tuple[Organisation, int]]:
    """Give the consultancies by name, each with the number of its cases that the actor sees. Bureaus read it; raises NotAllowed."""
    require(actor, "statistics.read")
    seen = select(func.count()).where(Case.consultancy_id == Organisation.id, access.visible(actor, Case))
    number = seen.correlate(Organisation).scalar_subquery()
    query = select(Organisation, number).where(Organisation.kind == "consultancy")
    if text:
        query = query.where(
            or_(Organisation.name.contains(text, autoescape=True), Organisation.code == text.strip().upper())
        )
    page = keyset(session, query, [Organisation.name, Organisation.id], cursor, limit)
    return page.map(lambda row: (row[0], row[1]))


def restrict(
    session: Session,
    actor: Actor,
    consultancy_id: str,
    *,
    restricted: bool,
    reason: str,
    until: date | None = None,
    now: datetime,
) -> Organisation:
    """Let a consultancy be chosen no more (不受理), publicly, or again; engagements in force stay.

    A softer measure in force is taken the place of. ``until`` announces the last day. Another reason or day corrects
    the restriction in force; the same again changes nothing. Raises NotAllowed, NotFound, Invalid ``reason``,
    ``until``.
    """
    require(actor, "consultancies.manage")
    row = session.get(Organisation, consultancy_id, with_for_update=True)
    if row is None or row.kind != "consultancy":
        raise NotFound("organisation_not_found")
    require(actor, "consultancies.manage", session.get_one(Region, row.region_code).path)
    today = calendars.local_day(now)
    reason = storable(reason).strip()
    errors = {}
    if not reason:
        errors["reason"] = ["required"]
    elif len(reason) > REASON_LENGTH:
        errors["reason"] = ["too_long"]
    if restricted and until is not None and until < today:
        errors["until"] = ["bad_date"]
    if errors:
        raise Invalid(fields=errors)
    old = session.scalar(
        select(Restriction).where(Restriction.consultancy_id == row.id, Restriction.status == "open").with_for_update()
    )
    if old is not None and restricted and old.step != "refuse":
        old.status, old.ended_on, old = "raised", today, None
    if restricted and (old is None or (old.reason, old.until) != (reason, until)):
        _impose(session, actor, row, old, reason, until, now)
    elif not restricted and (old is not None or not row.active):
        if old is not None:
            old.status, old.ended_on, old.end_reason = "lifted", today, reason
        row.active = True
        record(session, actor, row, "consultancy.reinstated", {"old": True, "new": False, "reason": reason}, now)
    return row


def _impose(
    session: Session,
    actor: Actor,
    row: Organisation,
    old: Restriction | None,
    reason: str,
    until: date | None,
    now: datetime,
) -> None:
    """Write a restriction in the place of the one that it corrects, if any."""
    today = calendars.local_day(now)
    if old is not None:
        old.status, old.ended_on = "corrected", today
    session.add(
        Restriction(
            consultancy_id=row.id,
            reason=reason,
            since=old.since if old else today,
            until=until,
            replaces_id=old.id if old else None,
            decided_by=actor.person_id,
            created_at=now,
        )
    )
    row.active = False
    last = until.isoformat() if until else None
    payload = {"old": old is not None, "new": True, "reason": reason, "until": last}
    if old is not None:
        payload["corrects"] = {"reason": old.reason, "until": old.until.isoformat() if old.until else None}
    record(session, actor, row, "consultancy.restricted", payload, now)
    session.flush()


def record(
    session: Session, actor: Actor, row: Organisation, action: str, payload: dict[str, Any], now: datetime
) -> None:
    """Write what was done about a consultancy into its chain, with its name."""
    trail.append(
        session,
        chain=f"org:{row.id}",
        actor=actor,
        action=action,
        subject_type="consultancy",
        subject_id=row.id,
        payload={"name": row.name, **payload},
        now=now,
    )


def public_restrictions(
    session: Session, *, everything: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[tuple[Restriction, Organisation]]:
    """Give the restrictions in force, or also corrected and lifted ones, the newest first. Needs no actor."""
    query = select(Restriction, Organisation).join(Organisation, Organisation.id == Restriction.consultancy_id)
    query = query.where(Restriction.step != "order")
    if not everything:
        query = query.where(Restriction.status == "open")
    page = keyset(session, query, [Restriction.created_at, Restriction.id], cursor, limit, descending=True)
    return page.map(lambda row: (row[0], row[1]))


def available(today: date) -> ColumnElement[bool]:
    """Give the condition for consultancies that may be chosen: all four proofs in force, and none refuses them."""
    refused = exists().where(
        Restriction.consultancy_id == Organisation.id,
        Restriction.status == "open",
        Restriction.step == "refuse",
        Restriction.since <= today,
    )
    return and_(
        Organisation.kind == "consultancy",
        Organisation.active,
        proofs.complete(today),
        ~refused.correlate(Organisation),
    )


def choices(session: Session, today: date) -> list[dict[str, str]]:
    """Give the consultancies that may be chosen on a day as options of a form."""
    rows = session.scalars(select(Organisation).where(available(today)).order_by(Organisation.name))
    return [{"value": row.id, "label": row.name} for row in rows]


def engage(session: Session, app: Application, case: Case, consultancy_id: str, now: datetime) -> None:
    """Let a consultancy take part in a case; an earlier one sees it no longer, and what waits is offered anew.

    A repeat changes nothing. Raises Invalid ``consultancy_not_available``.
    """
    chosen = select(Organisation).where(Organisation.id == consultancy_id, available(calendars.local_day(now)))
    organisation = session.scalar(chosen)
    if organisation is None:
        raise Invalid("consultancy_not_available", id=consultancy_id)
    if case.consultancy_id == consultancy_id:
        return
    instances.end_party(session, app, SYSTEM, case.id, "consultancy", now=now)
    case.consultancy_id = consultancy_id
    instances.add_party(session, app, SYSTEM, case.id, "consultancy", organisation_id=consultancy_id, now=now)
    cases.record(session, SYSTEM, case.id, "consultancy.engaged", {"name": organisation.name}, now)


def disengage(session: Session, app: Application, actor: Actor, case: Case, now: datetime) -> None:
    """Let the consultancy of a case take part no longer. The caller has judged whether the actor may."""
    case.consultancy_id = None
    instances.end_party(session, app, actor, case.id, "consultancy", now=now)
    cases.record(session, actor, case.id, "consultancy.disengaged", {}, now)
