"""Delegation (委派): a colleague works on a task and gives words; the task comes back, and only its owner decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflows import access, candidates, rights, runtime, tasks, transfers
from workflows.access import Actor
from workflows.db import storable
from workflows.drafts import OPINION_LENGTH
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Delegation, Person, Task
from workflows.returns import reason_of


@dataclass(frozen=True, slots=True)
class Words:
    """A delegation as the page of a task shows it, with the names of the two."""

    row: Delegation
    owner: str
    delegate: str


def delegates(session: Session, actor: Actor, task_id: str, *, now: datetime) -> list[Person]:
    """Give those whom a task could be delegated to; raises as ``delegate``."""
    return transfers.others(session, actor, _mine(session, actor, task_id, lock=False), now)


def delegate(session: Session, actor: Actor, task_id: str, receiver: str, *, request: str, now: datetime) -> Task:
    """Let somebody else whom a task is offered to work on it and give their words. The actor stays its owner.

    Raises NotFound, NotAllowed (``not_candidate``, ``no_delegation_here``, ``not_a_receiver``, ``delegated``), Invalid
    ``request``, and Conflict as ``tasks.complete`` does.
    """
    task = _mine(session, actor, task_id)
    request = reason_of(request, "request")
    person = next((one for one in transfers.others(session, actor, task, now) if one.id == receiver), None)
    if person is None:
        raise NotAllowed("not_a_receiver")
    task.owner_id, task.assignee_id, task.claimed_at = actor.person_id, person.id, task.claimed_at or now
    row = Delegation(task_id=task.id, instance_id=task.instance_id, owner_id=actor.person_id, delegate_id=person.id)
    row.request, row.record_class, row.asked_at = request, tasks.record_class(task), now
    session.add(row)
    change = {"old": actor.name, "new": person.name, "receiver": person.id, "reason": _told(task, request) or "—"}
    tasks.note(session, actor, task, "task.delegated", change, now)
    session.flush()
    return task


def answer(session: Session, actor: Actor, task_id: str, words: str, *, now: datetime) -> Task:
    """Give one's words on a task that was delegated to the actor; it goes back to its owner.

    Raises NotFound, NotAllowed (``not_candidate``), Conflict (``not_delegated``, ``suspended``), Invalid ``words``.
    """
    task = _delegated(session, actor, task_id)
    if task.assignee_id != actor.person_id:
        raise NotAllowed("not_your_delegation")
    if actor.person_id in candidates.barred(session, task.id):
        raise NotAllowed("own_work")
    words = storable(words).strip()
    if not words or len(words) > OPINION_LENGTH:
        raise Invalid(fields={"words": ["too_long" if words else "required"]})
    owner = _give_back(session, task, words, now)
    tasks.note(
        session, actor, task, "task.words_given", {"old": actor.name, "new": owner, "opinion": _told(task, words)}, now
    )
    return task


def recall(session: Session, actor: Actor, task_id: str, *, now: datetime) -> Task:
    """Take a delegated task back before the colleague has answered. Raises as ``answer``, NotAllowed ``not_its_owner``."""
    task = _delegated(session, actor, task_id)
    if task.owner_id != actor.person_id:
        raise NotAllowed("not_its_owner")
    name = access.name_of(session, task.assignee_id)
    _give_back(session, task, "", now)
    tasks.note(session, actor, task, "task.delegation_ended", {"old": name, "new": actor.name}, now)
    return task


def of_task(session: Session, actor: Actor, task_id: str) -> Sequence[Words]:
    """Give what was asked and said about a task, as far as the actor may read it, the oldest first."""
    query = (
        select(Delegation)
        .where(Delegation.task_id == task_id, access.visible(actor, Delegation))
        .order_by(Delegation.asked_at, Delegation.id)
    )
    return [
        Words(row, access.name_of(session, row.owner_id), access.name_of(session, row.delegate_id))
        for row in session.scalars(query)
    ]


def _mine(session: Session, actor: Actor, task_id: str, *, lock: bool = True) -> Task:
    found = access.task_to_complete(session, actor, task_id, lock=lock)
    if found.actor.acts_for is not None:
        raise NotAllowed("substitute_hands_on")
    if not rights.may_hand_on(found.task, "delegate"):
        raise NotAllowed("no_delegation_here")
    return found.task


def _delegated(session: Session, actor: Actor, task_id: str) -> Task:
    """Give a task that is delegated now, fresh behind the lock of its instance."""
    task = access.task(session, actor, task_id)
    instance = runtime.lock(session, task.instance_id)
    session.refresh(task)
    if task.status != "open" or task.owner_id is None:
        raise Conflict("not_delegated")
    if instance.status == "suspended":
        raise Conflict("suspended")
    return task


def _told(task: Task, words: str) -> str:
    """Give what the trail may say: everybody who sees the instance reads it, what is secret about a task not so."""
    return words if tasks.record_class(task) == "internal" else ""


def _give_back(session: Session, task: Task, words: str, now: datetime) -> str:
    """Let the owner have the task again, or all candidates if it is not offered to the owner any more; names who has it."""
    owner = next((one for one in candidates.of_task(session, task.id, now) if one.id == task.owner_id), None)
    session.execute(
        update(Delegation)
        .where(Delegation.task_id == task.id, Delegation.ended_at.is_(None))
        .values(ended_at=now, words=words)
    )
    task.owner_id, task.assignee_id = None, owner.id if owner else None
    if owner is None:
        task.claimed_at = None
    session.flush()
    return owner.name if owner else ""
