"""The expert pool (专家库): who is in it, and the person behind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits.models import Expert
from workflows import people, trail
from workflows.access import Actor, may, require
from workflows.errors import Invalid, NotFound
from workflows.models import Organisation, Person, Region
from workflows.paging import Page, keyset

FIELDS: Final[dict[str, tuple[str, str]]] = {
    "process": ("行业工艺", "Industry process"),
    "cleaner_production": ("清洁生产", "Cleaner production"),
    "environment": ("环境保护", "Environment"),
    "energy": ("节能", "Energy"),
}


def add(
    session: Session, actor: Actor, fields: Mapping[str, Any], *, person_id: str | None = None, now: datetime
) -> Expert:
    """Add an expert, and the person behind unless ``person_id`` is theirs: what two approvals of an entry lead to.

    Raises NotAllowed, Invalid by field, Conflict (user name taken).
    """
    region = session.get(Region, str(fields.get("region_code") or ""))
    errors: dict[str, list[str]] = {}
    if region is None:
        errors["region_code"] = ["bad_region"]
    for key in ("username", "name", "employer", "title"):
        if not str(fields.get(key) or "").strip():
            errors[key] = ["required"]
    chosen = list(fields.get("fields") or [])
    if not chosen or not set(chosen) <= set(FIELDS):
        errors["fields"] = ["unknown"]
    valid_until = _day(fields.get("valid_until"))
    if valid_until is None:
        errors["valid_until"] = ["bad_date"]
    if errors or region is None or valid_until is None:
        raise Invalid(fields=errors)
    require(actor, "experts.manage", region.path)
    person = session.get_one(Person, person_id) if person_id else people.create_person(
        session, actor, username=str(fields["username"]).strip(), name=str(fields["name"]).strip(),
        password=str(fields.get("password") or ""), title=str(fields["title"]).strip(), now=now,
    )  # fmt: skip
    pool = _pool(session, region)
    people.add_membership(
        session, actor, person_id=person.id, organisation_id=pool.id, role="expert", region_code=region.code, now=now
    )
    expert = Expert(
        id=person.id,
        employer=str(fields["employer"]).strip(),
        title=str(fields["title"]).strip(),
        fields=chosen,
        region_code=region.code,
        valid_until=valid_until,
    )
    session.add(expert)
    session.flush()
    _record(session, actor, expert, {"name": person.name, "employer": expert.employer, "fields": chosen}, now)
    return expert


def _day(value: Any) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return None


def _pool(session: Session, region: Region) -> Organisation:
    """Give the organisation that stands for the pool of a region, making it when it is missing."""
    found = session.scalar(
        select(Organisation).where(Organisation.kind == "expert_pool", Organisation.region_code == region.code)
    )
    if found is None:
        found = Organisation(
            kind="expert_pool",
            name=f"{region.name}清洁生产专家库",
            name_en=f"Expert pool of {region.name_en}",
            code=region.code,
            region_code=region.code,
            staff_role="expert",
        )
        session.add(found)
        session.flush()
    return found


def list_(
    session: Session, actor: Actor, *, text: str = "", cursor: str | None = None, limit: int = 50
) -> Page[tuple[Expert, Person]]:
    """Give the pool by name. Raises NotAllowed for whoever does not work with panels."""
    if not may(actor, "experts.manage") and not may(actor, "people.manage"):
        require(actor, "experts.manage")
    query = select(Expert, Person).join(Person, Person.id == Expert.id)
    if text:
        query = query.where(
            or_(Person.name.contains(text, autoescape=True), Expert.employer.contains(text, autoescape=True))
        )
    page = keyset(session, query, [Person.name, Person.id], cursor, limit, key=lambda row: (row[1].name, row[1].id))
    return page.map(lambda row: (row[0], row[1]))


def get(session: Session, actor: Actor, expert_id: str) -> tuple[Expert, Person]:
    """Give one expert, to officers who work with panels and to the expert. Raises NotFound, NotAllowed."""
    if expert_id != actor.person_id:
        require(actor, "experts.manage")
    expert = session.get(Expert, expert_id)
    if expert is None:
        raise NotFound("expert_not_found")
    return expert, session.get_one(Person, expert_id)


def _record(session: Session, actor: Actor, expert: Expert, payload: Mapping[str, Any], now: datetime) -> None:
    trail.append(
        session,
        chain="experts",
        actor=actor,
        action="expert.added",
        subject_type="expert",
        subject_id=expert.id,
        payload=payload,
        now=now,
    )
