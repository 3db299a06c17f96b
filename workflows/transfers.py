"""Transfer (转办): a task goes to another of those whom it is offered to, and with it what was begun, if wished."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from workflows import access, candidates, drafts, rights, tasks
from workflows.access import Actor
from workflows.application import Application
from workflows.errors import NotAllowed
from workflows.models import Person, Task
from workflows.returns import reason_of


def receivers(session: Session, actor: Actor, task_id: str, *, now: datetime) -> list[Person]:
    """Give those whom a task could be transferred to: whom it is offered to besides the actor. Raises as ``transfer``."""
    return others(session, actor, _mine(session, actor, task_id, lock=False), now)


def others(session: Session, actor: Actor, task: Task, now: datetime) -> list[Person]:
    """Give everybody else whom a task is offered to: the same role, in the competent region or organisation."""
    return [one for one in candidates.of_task(session, task.id, now) if one.id != actor.person_id]


def transfer(
    session: Session,
    app: Application,
    actor: Actor,
    task_id: str,
    receiver: str,
    *,
    reason: str,
    draft: bool = False,
    now: datetime,
) -> Task:
    """Give a task to somebody else whom it is offered to; the sender has it no more. ``draft``: what was typed goes along.

    Raises NotFound, NotAllowed (``not_candidate``, ``no_transfer_here``, ``not_a_receiver``, ``delegated``), Invalid
    ``reason``, and Conflict as ``tasks.complete`` does.
    """
    task = _mine(session, actor, task_id)
    reason = reason_of(reason)
    person = next((one for one in others(session, actor, task, now) if one.id == receiver), None)
    if person is None:
        raise NotAllowed("not_a_receiver")
    task.assignee_id, task.claimed_at = person.id, None
    if draft and actor.person_id is not None:
        heir = access.load_actor(session, app.roles, person.id, now)
        drafts.hand_on(session, heir, actor.person_id, task.id)
    change = {"old": actor.name, "new": person.name, "receiver": person.id, "reason": reason, "draft": draft}
    tasks.note(session, actor, task, "task.transferred", change, now)
    session.flush()
    return task


def _mine(session: Session, actor: Actor, task_id: str, *, lock: bool = True) -> Task:
    found = access.task_to_complete(session, actor, task_id, lock=lock)
    if found.actor.acts_for is not None:
        raise NotAllowed("substitute_hands_on")
    if not rights.may_hand_on(found.task, "transfer"):
        raise NotAllowed("no_transfer_here")
    return found.task
