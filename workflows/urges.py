"""Urging (催办): who waits for a task asks its holder, or all whom it is offered to, to get on with it; seldom enough."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import access, rights, runtime, tasks
from workflows.access import Actor
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Instance, Task, Urge, UrgeSeen

NOTE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Trace:
    """An urge, who sent it, and who took note of it when."""

    row: Urge
    sender: str
    seen: tuple[tuple[str, datetime], ...]


def urge(session: Session, app: Application, actor: Actor, task_id: str, *, note: str = "", now: datetime) -> Urge:
    """Ask whoever has a task to get on with it.

    Who may: whoever started the instance, and officers and superiors (``tasks.urge`` in its region). Raises NotFound,
    NotAllowed ``not_yours_to_urge``, Invalid ``note``, Conflict (``task_closed``, ``suspended``, ``urged_lately`` with
    ``at``: once in ``Settings.urge_hours``).
    """
    task = access.task(session, actor, task_id)
    instance = runtime.lock(session, task.instance_id)
    session.refresh(task)
    note = storable(note).strip()
    if len(note) > NOTE_LENGTH:
        raise Invalid(fields={"note": ["too_long"]})
    if not rights.may_urge(actor, instance, task):
        raise NotAllowed("not_yours_to_urge")
    if task.status != "open":
        raise Conflict("task_closed", status=task.status, at=task.closed_at, by=access.name_of(session, task.closed_by))
    if instance.status != "running":
        raise Conflict("suspended")
    last = session.scalar(select(func.max(Urge.sent_at)).where(Urge.task_id == task.id))
    if last is not None and last > now - timedelta(hours=app.settings.urge_hours):
        raise Conflict("urged_lately", at=last)
    row = Urge(task_id=task.id, instance_id=instance.id, sent_by=actor.person_id, note=note, sent_at=now)
    session.add(row)
    holder = access.name_of(session, task.assignee_id) if task.assignee_id else ""
    tasks.note(session, actor, task, "task.urged", {"holder": holder, "note": note}, now)
    session.flush()
    return row


def see(session: Session, actor: Actor, task_id: str, *, now: datetime) -> int:
    """Note that the actor, to whom a task is offered, has seen its urges; gives how many were new. Raises NotFound."""
    task = access.task(session, actor, task_id)
    new = unseen(session, actor, [task.id]).get(task.id, ())
    session.add_all(UrgeSeen(urge_id=one.id, person_id=actor.person_id, seen_at=now) for one in new)
    if new:
        tasks.note(session, actor, task, "task.urge_seen", {"urges": [one.id for one in new]}, now)
        session.flush()
    return len(new)


def unseen(session: Session, actor: Actor, task_ids: Collection[str]) -> dict[str, tuple[Urge, ...]]:
    """Give for some open tasks that the actor holds or is offered the urges that they have not noted yet."""
    noted = select(UrgeSeen.urge_id).where(UrgeSeen.person_id == actor.person_id)
    query = (
        select(Urge)
        .join(Task, Task.id == Urge.task_id)
        .where(Urge.task_id.in_(task_ids), Task.status == "open", access.offered(actor), Urge.id.not_in(noted))
        .order_by(Urge.sent_at, Urge.id)
    )
    found: dict[str, tuple[Urge, ...]] = {}
    for row in session.scalars(query):
        found[row.task_id] = (*found.get(row.task_id, ()), row)
    return found


def of_task(session: Session, actor: Actor, task_id: str) -> Sequence[Trace]:
    """Give the urges of a task, the oldest first; raises NotFound."""
    task = access.task(session, actor, task_id)
    rows = session.scalars(select(Urge).where(Urge.task_id == task.id).order_by(Urge.sent_at, Urge.id)).all()
    noted = session.scalars(
        select(UrgeSeen).where(UrgeSeen.urge_id.in_([row.id for row in rows])).order_by(UrgeSeen.seen_at)
    ).all()
    return [
        Trace(
            row,
            access.name_of(session, row.sent_by),
            tuple((access.name_of(session, one.person_id), one.seen_at) for one in noted if one.urge_id == row.id),
        )
        for row in rows
    ]


def may(session: Session, actor: Actor, task: Task) -> bool:
    """Say whether the actor may urge about an open task."""
    instance = session.get_one(Instance, task.instance_id)
    return task.status == "open" and instance.status == "running" and rights.may_urge(actor, instance, task)
