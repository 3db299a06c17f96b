"""What a person may not judge, and what they may do for a colleague who is absent: conditions on tasks.

Nobody judges their own work, whatever way a task is handed to them. Who stands in for somebody is offered what is
offered to a role of theirs (never what names a person), where neither of the two did what the task judges and neither
works, or has worked, for another party of the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from workflows.actors import Actor, Cover
from workflows.application import Role
from workflows.models import (
    Instance,
    Membership,
    Party,
    Person,
    Substitution,
    Task,
    TaskCandidate,
)

StandIns = Sequence[tuple[Cover, ColumnElement[bool]]]
"""Those for whom somebody stands in, each with the condition under which a task is offered for them."""


def load(session: Session, roles: Mapping[str, Role], person_id: str, now: datetime) -> tuple[Cover, ...]:
    """Give those for whom a person acts now, with what these are in the organisations where both still work."""
    current = and_(Membership.since <= now, or_(Membership.until.is_(None), Membership.until > now))
    mine = select(Membership.organisation_id).where(Membership.person_id == person_id, current)
    ended = or_(Substitution.ended_at.is_(None), Substitution.ended_at > now)
    period = (Substitution.since <= now, Substitution.until > now, ended)
    query = (
        select(Substitution, Person.name, Membership.role, Membership.organisation_id, Membership.region_code)
        .join(Person, and_(Person.id == Substitution.absent_id, Person.active))
        .join(Membership, and_(Membership.person_id == Substitution.absent_id, current))
        .where(Substitution.substitute_id == person_id, *period, Membership.organisation_id.in_(mine))
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


def covered(person_id: str | None, cover: Cover) -> ColumnElement[bool]:
    """Give the condition under which a person may stand in for somebody at a task, whatever either of them did there."""
    asked = Task.id.in_(select(TaskCandidate.task_id).where(TaskCandidate.principal.in_(sorted(cover.principals))))
    parts = [asked, ~_conflict(person_id, cover)]
    if cover.families:
        named = Instance.family_key.in_(sorted(cover.families))
        parts.append(Task.instance_id.in_(select(Instance.id).where(named)))
    return and_(*parts)


def held(cover: Cover, offered: ColumnElement[bool]) -> ColumnElement[bool]:
    """Narrow the condition under which a task is offered for somebody absent to those that they hold."""
    return and_(Task.assignee_id == cover.person_id, Task.owner_id.is_(None), offered)


def acts_as(
    session: Session, actor: Actor, task: Task, by_oneself: ColumnElement[bool], stand_ins: StandIns
) -> Actor | None:
    """Give the actor as they act on a task: by themselves where that condition holds, or for somebody absent; else None."""
    free = task.assignee_id in {None, actor.person_id}
    if free and _fits(session, task, by_oneself):
        return actor
    for one, offered in stand_ins:
        if _fits(session, task, offered if free else held(one, offered)):
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
