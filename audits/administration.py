"""People and organisations as administrators manage them: the verbs of ``workflows.people`` behind a permission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, false, not_, or_, select, true
from sqlalchemy.orm import Session

from audits import grants
from audits.roles import BUREAU_OF_LEVEL
from workflows import people
from workflows.access import Actor, may, require
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Membership, Organisation, Person, Region
from workflows.paging import Page, keyset

KINDS: Final[dict[str, tuple[str, str]]] = {
    "bureau": ("主管部门", "Bureau"),
    "enterprise": ("企业", "Enterprise"),
    "consultancy": ("咨询服务机构", "Consultancy"),
    "department": ("节能或综合协调部门", "Energy or coordinating department"),
    "institute": ("技术支撑单位", "Institute"),
    "expert_pool": ("专家库", "Expert pool"),
}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person with the memberships that the list shows: (membership, organisation)."""

    person: Person
    memberships: list[tuple[Membership, Organisation]]


def list_people(
    session: Session, actor: Actor, *, text: str = "", cursor: str | None = None, limit: int = 50
) -> Page[PersonLine]:
    """Give the people with a membership in the administrator's regions. Raises NotAllowed."""
    require(actor, "people.manage")
    inside = select(Membership.person_id).join(Region, Region.code == Membership.region_code).where(_inside(actor))
    unplaced = Person.id.not_in(select(Membership.person_id))
    query = select(Person).where(or_(Person.id.in_(inside), unplaced))
    if text:
        query = query.where(
            or_(Person.name.contains(text, autoescape=True), Person.username.contains(text.lower(), autoescape=True))
        )
    page = keyset(session, query, [Person.username], cursor, limit)
    places = _places(session, [person.id for person in page.items])
    return page.map(lambda person: PersonLine(person, places.get(person.id, [])))


def _paths(actor: Actor) -> list[str]:
    """Give the regions in which the actor administers."""
    return sorted({path for action, path in actor.grants if action in {"people.manage", "organisations.manage"}})


def _inside(actor: Actor) -> ColumnElement[bool]:
    if actor.everything:
        return true()
    return or_(false(), *(Region.path.startswith(path, autoescape=True) for path in _paths(actor)))


def _places(session: Session, ids: list[str]) -> dict[str, list[tuple[Membership, Organisation]]]:
    rows = session.execute(
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id.in_(ids))
        .order_by(Membership.since)
    )
    found: dict[str, list[tuple[Membership, Organisation]]] = {}
    for membership, organisation in rows:
        found.setdefault(membership.person_id, []).append((membership, organisation))
    return found


def get_person(session: Session, actor: Actor, person_id: str) -> PersonLine:
    """Give one person. Raises NotFound, NotAllowed."""
    person = _person(session, actor, person_id)
    return PersonLine(person, _places(session, [person.id]).get(person.id, []))


def create_person(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> Person:
    """Add a person and the first membership. Raises NotAllowed, NotFound, Invalid by field, Conflict."""
    organisation = _organisation(session, str(fields.get("organisation_id") or ""))
    _manage(session, actor, organisation.region_code)
    role = str(fields.get("role") or "")
    grants.require(session, actor, organisation, role)
    person = people.create_person(
        session,
        actor,
        username=str(fields.get("username") or ""),
        name=str(fields.get("name") or ""),
        password=str(fields.get("password") or ""),
        title=str(fields.get("title") or ""),
        email=str(fields.get("email") or ""),
        phone=str(fields.get("phone") or ""),
        now=now,
    )
    people.add_membership(session, actor, person_id=person.id, organisation_id=organisation.id, role=role, now=now)
    return person


def add_membership(
    session: Session, actor: Actor, person_id: str, *, organisation_id: str, role: str, now: datetime
) -> Membership:
    """Let a person join. It counts at the next request. Nobody gives themselves a role.

    Raises NotFound, NotAllowed, Invalid, Conflict ``roles_apart``.
    """
    _person(session, actor, person_id)
    if person_id == actor.person_id:
        raise NotAllowed("not_allowed", action="people.manage")
    organisation = _organisation(session, organisation_id)
    _manage(session, actor, organisation.region_code)
    grants.require(session, actor, organisation, role)
    grants.require_apart(session, actor, person_id, role)
    return people.add_membership(
        session, actor, person_id=person_id, organisation_id=organisation_id, role=role, now=now
    )


def end_membership(session: Session, actor: Actor, membership_id: str, *, now: datetime) -> Membership:
    """Let a person leave. It counts at the next request. Raises NotFound, NotAllowed."""
    require(actor, "people.manage")
    membership = session.get(Membership, membership_id)
    if membership is None or not may(actor, "people.manage", session.get_one(Region, membership.region_code).path):
        raise NotFound("membership_not_found")
    organisation = session.get_one(Organisation, membership.organisation_id)
    grants.require(session, actor, organisation, membership.role)
    return people.end_membership(session, actor, membership_id, now=now)


def set_password(session: Session, actor: Actor, person_id: str, password: str, *, now: datetime) -> Person:
    """Give a person a new password. Raises NotFound, NotAllowed, Invalid."""
    _person_to_change(session, actor, person_id, now)
    return people.set_password(session, actor, person_id, password, now=now)


def deactivate(session: Session, actor: Actor, person_id: str, *, now: datetime) -> Person:
    """Let a person sign in no more. Raises NotFound, NotAllowed."""
    _person_to_change(session, actor, person_id, now)
    return people.deactivate(session, actor, person_id, now=now)


def list_organisations(
    session: Session,
    actor: Actor,
    *,
    kind: str | None = None,
    text: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Organisation]:
    """Give the organisations of the administrator's regions by name. Raises NotAllowed."""
    if not may(actor, "organisations.manage"):
        require(actor, "people.manage")
    query = select(Organisation).join(Region, Region.code == Organisation.region_code).where(_inside(actor))
    if kind:
        query = query.where(Organisation.kind == kind)
    if text:
        query = query.where(Organisation.name.contains(text, autoescape=True))
    return keyset(session, query, [Organisation.name, Organisation.id], cursor, limit)


def create_organisation(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> Organisation:
    """Add a bureau, a consultancy or an institute (enterprises have their own register). Raises NotAllowed, Invalid."""
    region = session.get(Region, str(fields.get("region_code") or ""))
    if region is None:
        raise Invalid(fields={"region_code": ["bad_region"]})
    require(actor, "organisations.manage", region.path)
    kind = str(fields.get("kind") or "")
    if kind not in {"bureau", "department", "consultancy", "institute"}:
        raise Invalid(fields={"kind": ["unknown"]})
    staff = {
        "bureau": BUREAU_OF_LEVEL.get(region.level, "inspector"),
        "department": "coordinating_department",
        "consultancy": "consultancy",
    }.get(kind, "inspector")
    return people.create_organisation(
        session,
        actor,
        kind=kind,
        name=str(fields.get("name") or ""),
        name_en=str(fields.get("name_en") or ""),
        code=str(fields.get("code") or "").strip() or None,
        region_code=region.code,
        staff_role=staff,
        contact=str(fields.get("contact") or ""),
        now=now,
    )


def _person(session: Session, actor: Actor, person_id: str) -> Person:
    require(actor, "people.manage")
    person = session.get(Person, person_id)
    regions = select(Membership.id).join(Region, Region.code == Membership.region_code)
    held = regions.where(Membership.person_id == person_id)
    if person is None or (session.scalar(held.limit(1)) and not session.scalar(held.where(_inside(actor)).limit(1))):
        raise NotFound("person_not_found")
    return person


def _person_to_change(session: Session, actor: Actor, person_id: str, now: datetime) -> Person:
    """Give a person whose memberships in force all lie within what the actor may give: else a password opens doors."""
    person = _person(session, actor, person_id)
    elsewhere = (
        select(Membership.id)
        .join(Region, Region.code == Membership.region_code)
        .where(
            Membership.person_id == person_id,
            or_(Membership.until.is_(None), Membership.until > now),
            not_(_inside(actor)),
        )
    )
    if session.scalar(elsewhere.limit(1)):
        raise NotAllowed("person_of_another_region")
    if not grants.may_act_for(session, actor, person_id):
        raise NotAllowed("role_not_granted")
    return person


def _organisation(session: Session, organisation_id: str) -> Organisation:
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise Invalid(fields={"organisation_id": ["unknown"]})
    return organisation


def _manage(session: Session, actor: Actor, region_code: str) -> None:
    require(actor, "people.manage", session.get_one(Region, region_code).path)
