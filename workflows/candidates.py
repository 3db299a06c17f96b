"""The people behind the principals of a task: whom it could be handed to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, false, or_, select
from sqlalchemy.orm import Session, aliased

from workflows.models import Delegation, Membership, Person, Task, TaskCandidate, TaskSeparation


def of_task(session: Session, task_id: str, now: datetime) -> list[Person]:
    """Give everybody whom a task is offered to by what they are now, by name; nobody whose account is closed."""
    principals = session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task_id))
    apart = barred(session, task_id)
    return [one for one in behind(session, principals, now) if one.id not in apart]


def barred(session: Session, task_id: str) -> frozenset[str]:
    """Give who completed an element, or gave words on one, that the designer keeps apart from a task."""
    apart = aliased(Task)
    query = (
        select(apart.status, apart.closed_by, apart.acted_for, Delegation.delegate_id)
        .join(TaskSeparation, TaskSeparation.element == apart.element)
        .join(Task, and_(Task.id == TaskSeparation.task_id, Task.instance_id == apart.instance_id))
        .outerjoin(Delegation, and_(Delegation.task_id == apart.id, Delegation.words != ""))
        .where(Task.id == task_id)
    )
    found: set[str] = set()
    for status, closed_by, acted_for, delegate in session.execute(query):
        found |= {closed_by} if status == "completed" and closed_by else set()
        found |= {acted_for} if acted_for else set()
        found |= {delegate} if delegate else set()
    return frozenset(found)


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
