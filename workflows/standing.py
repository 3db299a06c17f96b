"""How an open task stands before the one who would complete it, and what is said where they may not."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from workflows.actors import SYSTEM, Actor
from workflows.errors import Conflict, NotAllowed
from workflows.models import Instance, Person, Task


class ToComplete(NamedTuple):
    """An open task that the actor may complete; ``draft`` is the version of their draft, 0 if they have none.

    ``actor`` is the actor, with the one for whom they act, if they do (``acts_for``).
    """

    instance: Instance
    task: Task
    draft: int
    actor: Actor


def still_open(session: Session, owner: Instance, found: Task, *, held: bool) -> None:
    """Raise what stands in the way of completing a task: it is closed, held, delegated, or its instance waits."""
    if found.status == "completed":
        raise Conflict("task_done", by=name_of(session, found.closed_by), at=found.closed_at)
    if found.status != "open":
        gone = {"status": found.status, "at": found.closed_at, "reason": found.opinion}
        raise Conflict("task_closed", by=name_of(session, found.closed_by), **gone)
    if held:
        raise Conflict("held_by", name=name_of(session, found.assignee_id), at=found.claimed_at)
    if found.owner_id is not None:
        raise NotAllowed("delegated", name=name_of(session, found.owner_id))
    if owner.status == "suspended":
        raise Conflict("suspended")


def name_of(session: Session, person_id: str | None) -> str:
    """Give a person's name, the system's for nobody."""
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else SYSTEM.name
