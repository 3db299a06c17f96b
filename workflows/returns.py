"""Going back: return a task to an earlier step (退回), withdraw one's own completion (撤回)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, undefer

from feel import for_thread
from workflows import access, engine, rights, runtime, tasks
from workflows.access import Actor
from workflows.application import Application
from workflows.engine.step import Return, Withdraw
from workflows.errors import Conflict, EngineError, Invalid, NotAllowed, NotFound
from workflows.models import Draft, Instance, StepRecord, Task
from workflows.tasks import Completed

Json = Any
Others = Literal["keep", "redo"]
Then = Literal["follow", "straight"]
Clocks = Literal["resume", "afresh"]

REASON_LENGTH = 500
_STEPS = frozenset({"userTask", "manualTask", "subProcess", "transaction", "callActivity"})


@dataclass(frozen=True, slots=True)
class Target:
    """A finished step, and whether the task can be returned to it.

    ``reason`` says why not: ``not_behind``, ``open``, ``several``, ``inside`` (of the finished ``offer``), ``kind``,
    ``here``, or ``designer``. ``joined``: its branch has met others since, so that it matters what becomes of those.
    ``undoes``: something that was done since can be undone first.
    """

    element: str
    process: str
    name: str
    kind: str
    legal: bool
    reason: str = ""
    joined: bool = False
    offer: str = ""
    undoes: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    done_by: str = ""
    done_at: datetime | None = None


def targets(session: Session, app: Application, actor: Actor, task_id: str) -> tuple[Target, ...]:
    """Give every finished step of a task's instance, the latest first, with the reason where one cannot return there.

    Raises as ``return_`` does.
    """
    instance, task, *_ = access.task_to_complete(session, actor, task_id, lock=False)
    if not rights.may_return(actor, task):
        raise NotAllowed("not_returnable_by_you")
    session.refresh(instance, ["state"])
    definition = runtime.load_definition(session, app, instance.definition_id)
    done = _finished(session, instance)
    allowed = rights.return_targets(task)
    found = []
    for one in engine.returnable(definition, instance.state, task_id):
        key = (one.process, one.element)
        if one.kind not in _STEPS or key not in done:
            continue
        outside = one.legal and allowed is not None and one.element not in allowed
        info = definition.processes[one.process].elements.get(one.element)
        _, by, at = done[key]
        target = Target(
            element=one.element,
            process=one.process,
            name=one.name or one.element,
            kind=one.kind,
            legal=one.legal and not outside,
            reason="designer" if outside else one.reason,
            joined=one.joined,
            offer=one.offer,
            undoes=one.undoes and not outside,
            labels=info.labels if info is not None else {},
            done_by=by,
            done_at=at,
        )
        found.append((done[key][0], target))
    return tuple(target for _, target in sorted(found, key=lambda pair: pair[0], reverse=True))


def _finished(session: Session, instance: Instance) -> dict[tuple[str, str], tuple[int, str, datetime]]:
    """Give for each element that was left the number of the last time, who did it and when."""
    last = (
        select(StepRecord.process, StepRecord.element, func.max(StepRecord.seq), func.max(StepRecord.at))
        .where(StepRecord.instance_id == instance.id, StepRecord.kind == "element.left")
        .group_by(StepRecord.process, StepRecord.element)
    )
    found = {(row[0], row[1]): (row[2], "", row[3]) for row in session.execute(last)}
    done = (
        select(Task)
        .where(Task.instance_id == instance.id, Task.status.in_(("completed", "skipped")))
        .order_by(Task.closed_at, Task.id)
    )
    for task in session.scalars(done):
        key = (task.process, task.element)
        seq = found[key][0] if key in found else 0
        found[key] = (seq, access.name_of(session, task.closed_by), task.closed_at or task.opened_at)
    return found


def return_(
    session: Session,
    app: Application,
    actor: Actor,
    task_id: str,
    element: str,
    *,
    reason: str,
    others: Others = "keep",
    then: Then = "follow",
    timers: Clocks = "resume",
    compensate: bool = False,
    now: datetime,
) -> Completed:
    """Return a task to an earlier step that ``targets`` offers; what came of that step is withdrawn.

    With ``compensate`` what was done since is undone first, where the diagram says how.

    Raises NotFound, NotAllowed (``not_candidate``, ``not_returnable_by_you``), Invalid ``reason``, and Conflict:
    ``not_returnable`` (reason), and as ``tasks.complete`` does.
    """
    instance, task, _, actor = access.task_to_complete(session, actor, task_id)
    if not rights.may_return(actor, task):
        raise NotAllowed("not_returnable_by_you")
    reason = reason_of(reason)
    allowed = rights.return_targets(task)
    if allowed is not None and element not in allowed:
        raise Conflict("not_returnable", element=element, reason="designer")
    command = Return(task.id, element, others, then, timers, reason, compensate)
    ran = runtime.run(session, app, instance, command, actor, now)
    return tasks.outcome(actor, instance, task, ran)


def send_back(
    session: Session, app: Application, actor: Actor, task_id: str, element: str, *, reason: str, now: datetime
) -> tuple[Task, ...]:
    """Return an open task to an earlier step because of what happened beside it; gives the tasks open there now.

    The field has judged whether the actor may. Raises NotFound, Conflict ``not_returnable`` (reason), ``task_closed``.
    """
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("task_not_found")
    instance = runtime.lock(session, task.instance_id)
    session.refresh(task)
    if task.status != "open":
        raise Conflict("task_closed", status=task.status, at=task.closed_at, by="")
    runtime.run(session, app, instance, Return(task.id, element, timers="resume", reason=reason), actor, now)
    query = select(Task).where(Task.instance_id == instance.id, Task.status == "open", Task.element == element)
    return tuple(session.scalars(query))


def reason_of(text: str, name: str = "reason") -> str:
    """Give a reason as it is kept; raises Invalid (``name``) where there is none or it is too long."""
    text = text.strip()
    if not text:
        raise Invalid(fields={name: ["required"]})
    if len(text) > REASON_LENGTH:
        raise Invalid(fields={name: ["too_long"]})
    return text


# ---- withdrawing -----------------------------------------------------------------------------------------------


def withdraw(
    session: Session, app: Application, actor: Actor, task_id: str, *, reason: str = "", now: datetime
) -> Completed:
    """Take one's own completion back while nobody has taken up what came of it; the task is open again, answers kept.

    Raises NotFound, NotAllowed (``not_your_completion``, ``not_withdrawable_here``), and Conflict: ``task_open``,
    ``task_closed``, ``suspended``, ``instance_ended``, ``not_withdrawable`` with the reason: ``touched`` (name), ``done``,
    ``joined``, ``event``, ``thrown``, ``ended``, ``visited``, ``gone``.
    """
    task = access.task(session, actor, task_id)
    instance = runtime.lock(session, task.instance_id)
    session.refresh(task)
    _judge(actor, task, instance)
    touched = _touched(session, actor, [instance.id])[instance.id]
    command = Withdraw(task.id, frozenset(touched), reason.strip()[:REASON_LENGTH])
    ran = runtime.run(session, app, instance, command, actor, now)
    session.refresh(task)
    return tasks.outcome(actor, instance, task, ran)


def _judge(actor: Actor, task: Task, instance: Instance) -> None:
    if task.status == "open":
        raise Conflict("task_open")
    if task.status != "completed":
        raise Conflict("task_closed", status=task.status, at=task.closed_at, by="")
    if task.closed_by is None or task.closed_by != actor.person_id:
        raise NotAllowed("not_your_completion")
    if not rights.may_withdraw(task):
        raise NotAllowed("not_withdrawable_here")
    if instance.status in {"completed", "cancelled"}:
        raise Conflict("instance_ended", status=instance.status)
    if instance.status == "suspended":
        raise Conflict("suspended")


def _touched(session: Session, actor: Actor, instance_ids: Collection[str]) -> dict[str, set[str]]:
    """Name for some instances the open tasks that somebody else has taken up: claimed, or typed in since.

    A job is untouched until its effect is committed; the instance's lock keeps a running one away.
    """
    typed = (
        select(Draft.task_id)
        .join(Task, and_(Task.id == Draft.task_id, Draft.saved_at > Task.opened_at))
        .where(Task.instance_id.in_(instance_ids), Draft.person_id != actor.person_id)
    )
    claimed = and_(Task.claimed_at.is_not(None), Task.assignee_id != actor.person_id)
    query = select(Task.instance_id, Task.id).where(
        Task.instance_id.in_(instance_ids), Task.status == "open", or_(claimed, Task.id.in_(typed))
    )
    found: dict[str, set[str]] = {one: set() for one in instance_ids}
    for instance_id, task_id in session.execute(query):
        found[instance_id].add(task_id)
    return found


def withdrawable(
    session: Session, app: Application, actor: Actor, found: Iterable[Task], *, now: datetime
) -> frozenset[str]:
    """Give the ids of those of the tasks whose completion the actor could take back now; nothing is changed."""
    own = [task for task in found if task.status == "completed" and task.closed_by == actor.person_id]
    own = [task for task in own if actor.person_id is not None and rights.may_withdraw(task)]
    query = (
        select(Instance)
        .options(undefer(Instance.state))
        .where(Instance.id.in_({task.instance_id for task in own}), Instance.status == "running")
    )
    running = {one.id: one for one in session.scalars(query)} if own else {}
    touched = _touched(session, actor, list(running)) if running else {}
    commands = [
        (running[task.instance_id], Withdraw(task.id, frozenset(touched[task.instance_id])))
        for task in own
        if task.instance_id in running
    ]
    return frozenset(command.task for instance, command in commands if _would(session, app, instance, command, now))


def _would(session: Session, app: Application, instance: Instance, command: Withdraw, now: datetime) -> bool:
    """Try a withdrawal in the engine, whose answer is thrown away."""
    definition = runtime.load_definition(session, app, instance.definition_id)
    try:
        engine.advance(definition, instance.state, command, now, for_thread())
    except (Conflict, EngineError):
        return False
    return True
