"""The team: the open tasks of an office or company, and giving one to a member of it.

A leader is whoever holds ``tasks.assign`` by a membership of the organisation. They see what is offered to the posts of its
people (role in the organisation or in a region), never what somebody was asked for by name, as an expert is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflows import access, candidates, inbox, paging, runtime, tasks
from workflows.access import Actor
from workflows.application import Application, Role
from workflows.errors import Conflict, NotAllowed
from workflows.models import Membership, Person, Task, TaskCandidate
from workflows.paging import Page, Query
from workflows.returns import reason_of


def led(roles: Mapping[str, Role], actor: Actor) -> list[str]:
    """Give the organisations whose team the actor leads."""
    return sorted(
        {
            fact.organisation_id
            for fact in actor.memberships
            if fact.role in roles and "tasks.assign" in roles[fact.role].actions
        }
    )


def waiting(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    filters: Mapping[str, str] | None = None,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page[Task]:
    """List the open tasks of the teams that the actor leads, whoever holds them; filters and order as ``inbox.todo``.

    Raises NotAllowed, Invalid (``filter``, ``sort``, ``cursor``).
    """
    query = inbox.narrowed(actor, _team(session, app, actor, now), filters or {}, now)
    return inbox.listed(session, query, sort, cursor, limit)


def count(
    session: Session, app: Application, actor: Actor, *, filters: Mapping[str, str] | None = None, now: datetime
) -> int:
    """Count what ``waiting`` lists; 1001 means "1000+". Raises NotAllowed, Invalid ``filter``."""
    return paging.count(session, inbox.narrowed(actor, _team(session, app, actor, now), filters or {}, now))


def members(
    session: Session, app: Application, actor: Actor, task_id: str, *, now: datetime
) -> tuple[Task, list[Person]]:
    """Give a task of the team and those of its people whom it could be given to.

    Raises NotFound, NotAllowed (``not_a_leader``; ``not_your_team``: also for a task that is closed).
    """
    found = access.task(session, actor, task_id)
    if session.scalar(_team(session, app, actor, now).where(Task.id == task_id)) is None:
        raise NotAllowed("not_your_team")
    staff = set(session.scalars(_staff(app, actor, now).with_only_columns(Membership.person_id)))
    return found, [one for one in candidates.of_task(session, task_id, now) if one.id in staff]


def assign(
    session: Session, app: Application, actor: Actor, task_id: str, receiver: str, *, reason: str, now: datetime
) -> Task:
    """Give an open task of the team to one of its people, oneself among them, whoever held it.

    Raises NotFound, NotAllowed (as ``members``, ``not_a_receiver``), Invalid ``reason``, and Conflict (``suspended``,
    ``delegated_away``).
    """
    task, _people = members(session, app, actor, task_id, now=now)
    instance = runtime.lock(session, task.instance_id)
    session.refresh(task)
    task, people = members(session, app, actor, task_id, now=now)
    reason = reason_of(reason)
    person = next((one for one in people if one.id == receiver), None)
    if person is None:
        raise NotAllowed("not_a_receiver")
    if instance.status != "running":
        raise Conflict("suspended")
    if task.owner_id is not None:
        raise Conflict("delegated_away", name=access.name_of(session, task.owner_id))
    old = access.name_of(session, task.assignee_id) if task.assignee_id else ""
    task.assignee_id, task.claimed_at = person.id, None
    change = {"old": old, "new": person.name, "receiver": person.id, "reason": reason}
    tasks.note(session, actor, task, "task.assigned", change, now)
    session.flush()
    return task


def _staff(app: Application, actor: Actor, now: datetime) -> Query:
    """Give the memberships of the teams; raises NotAllowed ``not_a_leader``."""
    houses = led(app.roles, actor)
    if not houses:
        raise NotAllowed("not_a_leader")
    in_force = Membership.since <= now, or_(Membership.until.is_(None), Membership.until > now)
    return select(Membership).where(Membership.organisation_id.in_(houses), *in_force)


def _team(session: Session, app: Application, actor: Actor, now: datetime) -> Query:
    posts: set[str] = set()
    for row in session.scalars(_staff(app, actor, now)):
        posts |= {f"{row.role}@org:{row.organisation_id}", f"{row.role}@region:{row.region_code}"}
    offered = select(TaskCandidate.task_id).where(TaskCandidate.principal.in_(sorted(posts)))
    return select(Task).where(Task.status == "open", Task.id.in_(offered), access.visible(actor, Task))
