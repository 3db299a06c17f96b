"""Signers (加签, 减签): who signs a task of many besides those who were asked, where the designer allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflows import access, candidates, rights, runtime, tasks
from workflows.access import Actor
from workflows.application import Application
from workflows.engine.step import AddSigner, RemoveSigner
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Draft, Membership, Person, Task
from workflows.returns import reason_of
from workflows.tasks import Completed


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who signs; ``removable`` until they have begun."""

    task_id: str
    person_id: str
    name: str
    removable: bool


@dataclass(frozen=True, slots=True)
class Signing:
    """Who still signs beside a task, and the colleagues that can be asked."""

    signers: tuple[Signer, ...]
    colleagues: tuple[Person, ...]


def signing(session: Session, actor: Actor, task_id: str) -> Signing:
    """Give who signs and who can be asked; raises as ``add``."""
    task = _mine(session, actor, task_id, lock=False).task
    open_ = _open(session, task)
    begun = set(session.scalars(select(Draft.task_id).where(Draft.task_id.in_([one.id for one in open_]))))
    names = {one.id: one.name for one in session.scalars(select(Person).where(Person.id.in_([_who(t) for t in open_])))}
    signers = tuple(
        Signer(one.id, _who(one), names.get(_who(one), ""), one.claimed_at is None and one.id not in begun)
        for one in open_
        if one.id != task.id
    )
    taken = {_who(one) for one in open_}
    return Signing(signers, tuple(one for one in _colleagues(session, actor) if one.id not in taken))


def add(
    session: Session,
    app: Application,
    actor: Actor,
    task_id: str,
    persons: Sequence[str],
    *,
    before: bool = False,
    reason: str,
    now: datetime,
) -> Completed:
    """Ask colleagues to sign, too; ``before`` holds the task itself until they have signed.

    Raises NotFound, NotAllowed (``not_candidate``, ``no_signers_here``, ``not_a_colleague``, ``own_work``), Invalid (``persons``,
    ``reason``), Conflict (``signs_already``, ``no_signers``) and as ``tasks.complete`` does.
    """
    instance, task, *_ = _mine(session, actor, task_id)
    reason = reason_of(reason)
    wanted = list(dict.fromkeys(persons))
    if not wanted:
        raise Invalid(fields={"persons": ["required"]})
    if not isinstance(task.item.get("value"), str):
        raise Conflict("no_signers", task=task.id)
    known = {one.id for one in _colleagues(session, actor)}
    if not candidates.barred(session, task.id).isdisjoint(wanted):
        raise NotAllowed("own_work")
    if not known.issuperset(wanted):
        raise NotAllowed("not_a_colleague")
    if not {_who(one) for one in _open(session, task)}.isdisjoint(wanted):
        raise Conflict("signs_already")
    command = AddSigner(task.id, tuple(wanted), before, reason)
    ran = runtime.run(session, app, instance, command, actor, now)
    return tasks.outcome(actor, instance, task, ran)


def remove(
    session: Session, app: Application, actor: Actor, task_id: str, signer_task_id: str, *, reason: str, now: datetime
) -> Completed:
    """Let somebody who has not begun sign no more.

    Raises as ``add``, Invalid ``signer``, Conflict (``signer_has_begun``, ``not_removable``).
    """
    instance, task, *_ = _mine(session, actor, task_id)
    reason = reason_of(reason)
    other = next((one for one in _open(session, task) if one.id == signer_task_id), None)
    if other is None:
        raise Invalid(fields={"signer": ["unknown"]})
    typed = session.scalar(select(Draft.task_id).where(Draft.task_id == other.id).limit(1))
    if other.claimed_at is not None or typed is not None:
        raise Conflict("signer_has_begun", name=access.name_of(session, other.assignee_id))
    ran = runtime.run(session, app, instance, RemoveSigner(other.id, reason=reason), actor, now)
    return tasks.outcome(actor, instance, task, ran)


def _mine(session: Session, actor: Actor, task_id: str, *, lock: bool = True) -> access.ToComplete:
    found = access.task_to_complete(session, actor, task_id, lock=lock)
    if found.actor.acts_for is not None:
        raise NotAllowed("substitute_hands_on")
    if not rights.may_sign(found.task):
        raise NotAllowed("no_signers_here")
    return found


def _who(task: Task) -> str:
    value = task.item.get("value")
    return value if isinstance(value, str) else ""


def _open(session: Session, task: Task) -> list[Task]:
    """Give the open tasks of the same element, the task's own among them."""
    query = select(Task).where(
        Task.instance_id == task.instance_id,
        Task.process == task.process,
        Task.element == task.element,
        Task.status == "open",
    )
    return list(session.scalars(query.order_by(Task.opened_at, Task.id)))


def _colleagues(session: Session, actor: Actor) -> list[Person]:
    here = (
        select(Membership.person_id)
        .where(Membership.organisation_id.in_(actor.organisations), Membership.since <= actor.at)
        .where(or_(Membership.until.is_(None), Membership.until > actor.at))
    )
    query = select(Person).where(Person.id.in_(here), Person.active, Person.id != actor.person_id)
    return list(session.scalars(query.order_by(Person.name, Person.id)))
