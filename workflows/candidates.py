"""The people behind the principals of a task: whom it could be handed to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, false, or_, select
from sqlalchemy.orm import Session

from workflows.models import Membership, Person, TaskCandidate


def of_task(session: Session, task_id: str, now: datetime) -> list[Person]:
    """Give everybody whom a task is offered to by what they are now, by name; nobody whose account is closed."""
    principals = session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task_id))
    return behind(session, principals, now)


def behind(session: Session, principals: Iterable[str], now: datetime) -> list[Person]:
    """Give the people who are, now, one of some principals."""
    named: set[str] = set()
    posts = []
    for principal in principals:
        role, _at, place = principal.partition("@")
        kind, _colon, key = (place or principal).partition(":")
        if kind == "person":
            named.add(key)
        else:
            column = Membership.organisation_id if kind == "org" else Membership.region_code
            posts.append(and_(Membership.role == role, column == key))
    holders = select(Membership.person_id).where(
        or_(false(), *posts), Membership.since <= now, or_(Membership.until.is_(None), Membership.until > now)
    )
    query = select(Person).where(Person.active, or_(Person.id.in_(sorted(named)), Person.id.in_(holders)))
    return list(session.scalars(query.order_by(Person.name, Person.id)))
