"""Consultancies (咨询服务机构) and their engagement in a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from audits import access, cases, enterprises
from audits.models import Case
from workflows import instances, people, trail
from workflows.access import SYSTEM, Actor, require
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Invalid, NotFound
from workflows.models import Organisation, Region
from workflows.paging import Page, keyset


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
    session: Session, actor: Actor, consultancy_id: str, *, restricted: bool, reason: str, now: datetime
) -> Organisation:
    """Let a consultancy be chosen no more (不受理), or again; engagements in force stay. The same again changes nothing.

    Raises NotAllowed, NotFound, Invalid ``reason``.
    """
    require(actor, "consultancies.manage")
    row = session.get(Organisation, consultancy_id, with_for_update=True)
    if row is None or row.kind != "consultancy":
        raise NotFound("organisation_not_found")
    require(actor, "consultancies.manage", session.get_one(Region, row.region_code).path)
    reason = storable(reason).strip()
    if not reason:
        raise Invalid(fields={"reason": ["required"]})
    if row.active == restricted:
        row.active = not restricted
        trail.append(
            session,
            chain=f"org:{row.id}",
            actor=actor,
            action="consultancy.restricted" if restricted else "consultancy.reinstated",
            subject_type="consultancy",
            subject_id=row.id,
            payload={"name": row.name, "old": not restricted, "new": restricted, "reason": reason},
            now=now,
        )
    return row


def choices(session: Session) -> list[dict[str, str]]:
    """Give the active consultancies as options of a form."""
    rows = session.scalars(
        select(Organisation).where(Organisation.kind == "consultancy", Organisation.active).order_by(Organisation.name)
    )
    return [{"value": row.id, "label": row.name} for row in rows]


def engage(session: Session, app: Application, case: Case, consultancy_id: str, now: datetime) -> None:
    """Let a consultancy take part in a case; an earlier one sees it no longer, and what waits is offered anew.

    A repeat changes nothing. Raises Invalid ``consultancy_not_available``.
    """
    organisation = session.get(Organisation, consultancy_id)
    if organisation is None or organisation.kind != "consultancy" or not organisation.active:
        raise Invalid("consultancy_not_available", id=consultancy_id)
    if case.consultancy_id == consultancy_id:
        return
    instances.end_party(session, app, SYSTEM, case.id, "consultancy", now=now)
    case.consultancy_id = consultancy_id
    instances.add_party(session, app, SYSTEM, case.id, "consultancy", organisation_id=consultancy_id, now=now)
    cases.record(session, SYSTEM, case.id, "consultancy.engaged", {"name": organisation.name}, now)
