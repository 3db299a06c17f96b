"""Substitutes (代理人): who acts for an absent colleague, from when to when, in which roles and processes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from workflows import access, trail
from workflows.access import Actor, may
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Family, Membership, Person, Region, Substitution

REASON_LENGTH = 500
LONGEST = timedelta(days=366)
"""Who is away for longer has their post given to somebody else; a membership says so."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A substitution with the names of the two."""

    row: Substitution
    absent: str
    substitute: str


def of_actor(session: Session, actor: Actor, *, absent_id: str | None = None) -> list[Standing]:
    """Give the substitutions that are not over, of the actor or of somebody whom they manage, the next first.

    Raises NotFound, NotAllowed ``not_your_absence``.
    """
    absent, other = aliased(Person), aliased(Person)
    who = Substitution.absent_id == _absent(session, actor, absent_id)
    if absent_id in {None, actor.person_id}:
        who = or_(who, Substitution.substitute_id == actor.person_id)
    query = (
        select(Substitution, absent.name, other.name)
        .join(absent, absent.id == Substitution.absent_id)
        .join(other, other.id == Substitution.substitute_id)
        .where(who, Substitution.until > actor.at, Substitution.ended_at.is_(None))
        .order_by(Substitution.since, Substitution.id)
        .limit(200)
    )
    return [Standing(*row) for row in session.execute(query)]


def colleagues(session: Session, actor: Actor, *, absent_id: str | None = None) -> list[Person]:
    """Give who could stand in for the actor, or for somebody whom they manage: who works in the same organisation."""
    absent = _absent(session, actor, absent_id)
    here = select(Membership.organisation_id).where(Membership.person_id == absent, *_current(actor.at))
    there = select(Membership.person_id).where(Membership.organisation_id.in_(here), *_current(actor.at))
    query = select(Person).where(Person.id.in_(there), Person.active, Person.id != absent)
    return list(session.scalars(query.order_by(Person.name, Person.id)))


def roles_of(session: Session, actor: Actor, *, absent_id: str | None = None) -> list[str]:
    """Give the roles that the actor, or somebody whom they manage, holds now."""
    absent = _absent(session, actor, absent_id)
    query = select(Membership.role).where(Membership.person_id == absent, *_current(actor.at))
    return sorted(set(session.scalars(query)))


def processes(session: Session) -> Sequence[Family]:
    """Give the processes that a substitution can be narrowed to."""
    return session.scalars(select(Family).order_by(Family.key)).all()


def appoint(
    session: Session,
    actor: Actor,
    substitute_id: str,
    *,
    since: datetime,
    until: datetime,
    roles: Collection[str] = (),
    families: Collection[str] = (),
    reason: str = "",
    absent_id: str | None = None,
    now: datetime,
) -> Substitution:
    """Let a colleague act for the actor, or, by an administrator of the region, for somebody else who is absent.

    ``until`` is the first moment that counts no more. Raises NotFound, NotAllowed ``not_your_absence``, Invalid
    (``substitute_id``, ``until``, ``roles``, ``families``, ``reason``), Conflict ``substitute_known``.
    """
    absent = _absent(session, actor, absent_id)
    reason = storable(reason).strip()
    people = {one.id for one in colleagues(session, actor, absent_id=absent_id)}
    faults = {
        "substitute_id": "" if substitute_id in people else "not_a_colleague",
        "until": _period(since, until, now),
        "roles": "" if set(roles) <= set(roles_of(session, actor, absent_id=absent_id)) else "unknown",
        "families": "" if {row.key for row in processes(session)}.issuperset(families) else "unknown",
        "reason": "too_long" if len(reason) > REASON_LENGTH else "",
    }
    if any(faults.values()):
        raise Invalid(fields={name: [why] for name, why in faults.items() if why})
    same = select(Substitution.id).where(
        Substitution.absent_id == absent,
        Substitution.substitute_id == substitute_id,
        Substitution.ended_at.is_(None),
        Substitution.since < until,
        Substitution.until > since,
    )
    if session.scalar(same.limit(1)) is not None:
        raise Conflict("substitute_known")
    row = Substitution(absent_id=absent, substitute_id=substitute_id, since=since, until=until, reason=reason)
    row.roles, row.families = sorted(set(roles)), sorted(set(families))
    row.set_by, row.set_at = actor.person_id or "", now
    session.add(row)
    session.flush()
    _note(session, actor, row, "substitute.appointed", now)
    return row


def end(session: Session, actor: Actor, substitution_id: str, *, now: datetime) -> Substitution:
    """End a substitution now: by the absent one, the substitute, or an administrator of the region.

    Ending it again changes nothing. Raises NotFound.
    """
    query = select(Substitution).where(Substitution.id == substitution_id).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    if actor.person_id not in {row.absent_id, row.substitute_id}:
        try:
            _absent(session, actor, row.absent_id)
        except NotAllowed as error:
            raise NotFound from error
    if row.ended_at is None:
        row.ended_at = now
        session.flush()
        _note(session, actor, row, "substitute.ended", now)
    return row


def may_appoint_for(session: Session, actor: Actor, person_id: str) -> bool:
    """Say whether the actor may appoint a substitute for a person now."""
    try:
        return bool(_absent(session, actor, person_id))
    except (NotAllowed, NotFound):
        return False


def _period(since: datetime, until: datetime, now: datetime) -> str:
    if until <= since:
        return "before_since"
    if until <= now:
        return "past"
    return "too_far" if until - since > LONGEST else ""


def _current(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Membership.since <= now, or_(Membership.until.is_(None), Membership.until > now)


def _absent(session: Session, actor: Actor, absent_id: str | None) -> str:
    """Give who is absent: the actor, or somebody whom they manage; raises NotFound, NotAllowed."""
    if absent_id is None or absent_id == actor.person_id:
        return actor.person_id or ""
    if not may(actor, "people.manage"):
        raise NotAllowed("not_your_absence")
    query = (
        select(Region.path)
        .join(Membership, Membership.region_code == Region.code)
        .where(Membership.person_id == absent_id, *_current(actor.at))
    )
    if not any(may(actor, "people.manage", path) for path in session.scalars(query)):
        raise NotFound
    return absent_id


def _note(session: Session, actor: Actor, row: Substitution, action: str, now: datetime) -> None:
    trail.append(
        session,
        chain=f"person:{row.absent_id}",
        actor=actor,
        action=action,
        subject_type="substitution",
        subject_id=row.id,
        payload={
            "absent": access.name_of(session, row.absent_id),
            "substitute": access.name_of(session, row.substitute_id),
            "substitute_id": row.substitute_id,
            "since": row.since,
            "until": row.until,
            "roles": row.roles,
            "families": row.families,
            "reason": row.reason,
        },
        now=now,
    )
