"""What a person may not judge, and what they may do for a colleague who is absent: conditions on tasks.

Nobody judges their own work, whatever way a task is handed to them. Who stands in for somebody is offered what is
offered to a role of theirs (never what names a person), where neither of the two did what the task judges and neither
works, or has worked, for another party of the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from workflows.actors import Actor, Cover
from workflows.application import Role
from workflows.models import (
    Delegation,
    Instance,
    Membership,
    Party,
    Person,
    Substitution,
    Task,
    TaskCandidate,
    TaskSeparation,
)


def own_work(person_id: str | None) -> ColumnElement[bool]:
    """Say that a person completed an element that the designer keeps apart from the task, or had it done or gave words."""
    apart = aliased(Task)
    words = exists().where(Delegation.task_id == apart.id, Delegation.delegate_id == person_id, Delegation.words != "")
    done = or_(apart.closed_by == person_id, apart.acted_for == person_id)
    return exists().where(
        TaskSeparation.task_id == Task.id,
        TaskSeparation.element == apart.element,
        apart.instance_id == Task.instance_id,
        or_(and_(apart.status == "completed", done), words),
    )


def in_force(now: datetime) -> ColumnElement[bool]:
    """Say that a substitution counts at a time."""
    ended = or_(Substitution.ended_at.is_(None), Substitution.ended_at > now)
    return and_(Substitution.since <= now, Substitution.until > now, ended)


def stands_in(person_id: str, now: datetime) -> ColumnElement[bool]:
    """Say that a person stands in for anybody at a time."""
    return exists().where(Substitution.substitute_id == person_id, in_force(now))


def load(session: Session, roles: Mapping[str, Role], person_id: str, now: datetime) -> tuple[Cover, ...]:
    """Give those for whom a person acts now, with what these are in the organisations where both still work."""
    current = and_(Membership.since <= now, or_(Membership.until.is_(None), Membership.until > now))
    mine = select(Membership.organisation_id).where(Membership.person_id == person_id, current)
    query = (
        select(Substitution, Person.name, Membership.role, Membership.organisation_id, Membership.region_code)
        .join(Person, and_(Person.id == Substitution.absent_id, Person.active))
        .join(Membership, and_(Membership.person_id == Substitution.absent_id, current))
        .where(Substitution.substitute_id == person_id, in_force(now), Membership.organisation_id.in_(mine))
        .order_by(Substitution.since, Substitution.id)
    )
    found: dict[str, Cover] = {}
    for row, name, role, organisation, region in session.execute(query):
        if role not in roles or (row.roles and role not in row.roles):
            continue
        known = found.get(row.id) or Cover(row.absent_id, name, frozenset(row.families))
        principals = known.principals | {f"{role}@org:{organisation}", f"{role}@region:{region}"}
        found[row.id] = Cover(row.absent_id, name, known.families, principals, known.organisations | {organisation})
    return tuple(found.values())


def offered_for(person_id: str | None, cover: Cover) -> ColumnElement[bool]:
    """Give the condition under which a task is offered to a person because they stand in for somebody."""
    asked = Task.id.in_(select(TaskCandidate.task_id).where(TaskCandidate.principal.in_(sorted(cover.principals))))
    parts = [asked, ~own_work(person_id), ~own_work(cover.person_id), ~_conflict(person_id, cover)]
    if cover.families:
        named = Instance.family_key.in_(sorted(cover.families))
        parts.append(Task.instance_id.in_(select(Instance.id).where(named)))
    return and_(*parts)


def held_for(person_id: str | None, cover: Cover) -> ColumnElement[bool]:
    """Give the condition under which a person may go on with a task that somebody absent holds."""
    return and_(Task.assignee_id == cover.person_id, Task.owner_id.is_(None), offered_for(person_id, cover))


def acts_as(session: Session, actor: Actor, task: Task, by_oneself: ColumnElement[bool]) -> Actor | None:
    """Give the actor as they act on a task: by themselves where that condition holds, or for somebody absent; else None."""
    free = task.assignee_id in {None, actor.person_id}
    if free and _fits(session, task, by_oneself):
        return actor
    for one in actor.covers:
        condition = offered_for(actor.person_id, one) if free else held_for(actor.person_id, one)
        if _fits(session, task, condition):
            return replace(actor, acts_for=one)
    return None


def _fits(session: Session, task: Task, condition: ColumnElement[bool]) -> bool:
    return session.scalar(select(Task.id).where(Task.id == task.id, condition)) is not None


def _conflict(person_id: str | None, cover: Cover) -> ColumnElement[bool]:
    """Say that one of the two is, or works or has worked for, another party of the task's instance."""
    both = (person_id, cover.person_id)
    elsewhere = select(Membership.organisation_id).where(
        Membership.person_id.in_(both), Membership.organisation_id.not_in(sorted(cover.organisations))
    )
    return exists().where(
        Party.instance_id == Task.instance_id, or_(Party.person_id.in_(both), Party.organisation_id.in_(elsewhere))
    )
