"""A company's own people: its administrator invites them, and whoever leaves loses access at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import grants
from workflows import drafts, people
from workflows.access import Actor
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Membership, Organisation, Person


def _own(actor: Actor, organisation_id: str) -> None:
    """Check that the actor administers the company."""
    if organisation_id not in actor.organisations:
        raise NotFound("organisation_not_found")
    roles = {fact.role for fact in actor.memberships if fact.organisation_id == organisation_id}
    if "enterprise_administrator" not in roles:
        raise NotAllowed("not_company_administrator")


def list_(session: Session, actor: Actor, organisation_id: str, *, now: datetime) -> list[tuple[Membership, Person]]:
    """Give the company's people with a membership in force. Raises NotFound, NotAllowed."""
    _own(actor, organisation_id)
    rows = session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organisation_id == organisation_id, or_(Membership.until.is_(None), Membership.until > now))
        .order_by(Person.name)
    )
    return [(row[0], row[1]) for row in rows]


def invite(
    session: Session,
    actor: Actor,
    organisation_id: str,
    *,
    username: str,
    name: str,
    role: str,
    password: str,
    now: datetime,
) -> Person:
    """Add a colleague with a first password. Raises NotFound, NotAllowed, Invalid, Conflict ``username_taken``."""
    _own(actor, organisation_id)
    grants.require(session, actor, session.get_one(Organisation, organisation_id), role)
    person = people.create_person(session, actor, username=username, name=name, password=password, now=now)
    people.add_membership(session, actor, person_id=person.id, organisation_id=organisation_id, role=role, now=now)
    return person


def leave(session: Session, actor: Actor, membership_id: str, *, now: datetime) -> None:
    """End a colleague's membership: from the next request on they see nothing of the company.

    What they had begun, with drafts and files, passes on to who ends the membership. Raises NotFound, NotAllowed,
    Invalid (oneself).
    """
    membership = session.get(Membership, membership_id)
    if membership is None:
        raise NotFound("membership_not_found")
    _own(actor, membership.organisation_id)
    if membership.person_id == actor.person_id:
        raise Invalid("cannot_leave_oneself")
    grants.require(session, actor, session.get_one(Organisation, membership.organisation_id), membership.role)
    people.end_membership(session, actor, membership_id, now=now)
    leaver = session.get_one(Person, membership.person_id)
    if not _belongs(session, leaver.id, membership.organisation_id, now):
        drafts.pass_on(session, actor, leaver, membership.organisation_id, now)


def _belongs(session: Session, person_id: str, organisation_id: str, now: datetime) -> bool:
    """Say whether somebody still has another role in the company."""
    query = select(Membership.id).where(
        Membership.person_id == person_id,
        Membership.organisation_id == organisation_id,
        Membership.since <= now,
        or_(Membership.until.is_(None), Membership.until > now),
    )
    return session.scalars(query.limit(1)).first() is not None
