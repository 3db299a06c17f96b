"""Who receives a notice, and whether they may still be told when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import access
from audits.models import Notice
from workflows.access import Actor, load_actor, seen_instances
from workflows.application import Application
from workflows.errors import NotAllowed, NotFound
from workflows.models import Membership, Person


def staff(session: Session, notice: Notice, now: datetime) -> Sequence[Person]:
    """Give the people a notice is for: those who work for the organisation now, or the one it names."""
    if notice.person_id is not None:
        return session.scalars(select(Person).where(Person.id == notice.person_id, Person.active)).all()
    members = select(Membership.person_id).where(
        Membership.organisation_id == notice.organisation_id,
        Membership.since <= now,
        or_(Membership.until.is_(None), Membership.until > now),
    )
    return session.scalars(select(Person).where(Person.id.in_(members), Person.active).order_by(Person.id)).all()


def reader(session: Session, app: Application, person_id: str, now: datetime) -> Actor | None:
    """Give a person with their present rights; None for a closed account."""
    try:
        return load_actor(session, app.roles, person_id, now)
    except (NotFound, NotAllowed):
        return None


def sees(session: Session, actor: Actor, notice: Notice) -> bool:
    """Say whether somebody may be told of a notice: it is theirs, and they see what it is about."""
    theirs = select(Notice.id).where(Notice.id == notice.id, access.visible(actor, Notice))
    if session.scalar(theirs) is None:
        return False
    return notice.instance_id is None or bool(seen_instances(session, actor, [notice.instance_id]))


def anybody_sees(session: Session, app: Application, notice: Notice, now: datetime) -> bool:
    """Say whether an organisation may still be told: somebody of it sees what the notice is about."""
    found = (reader(session, app, person.id, now) for person in staff(session, notice, now))
    return any(one is not None and sees(session, one, notice) for one in found)
