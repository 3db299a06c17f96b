"""The one place where engine and tables meet: apply a command, save the Step, offer the tasks, record the act.

Nothing here commits. The caller holds the instance locked (``lock``, ``access.task_to_complete``).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from feel import for_thread
from workflows import access, engine, models, offers, revisits, trail
from workflows.access import Actor
from workflows.acts import acts, own_task, plain
from workflows.application import Application
from workflows.engine import step as steps
from workflows.errors import NotFound
from workflows.models import (
    DefinitionFile,
    EarlyMessage,
    FinishedJob,
    Form,
    Instance,
    Party,
    Region,
    StepRecord,
    Subscription,
    Task,
    TaskSeparation,
    Timer,
)
from workflows.offers import Offer

__all__ = [
    "Loaded",
    "PartyFact",
    "Ran",
    "advance",
    "catalog",
    "compiled",
    "load_definition",
    "loaded",
    "lock",
    "plain",
    "run",
    "start",
]

Json = Any
PartyFact = tuple[str, str | None, str | None]


# ---- definitions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """A deployed definition, compiled, with the forms that were deployed with it."""

    engine: engine.Definition
    forms: Mapping[str, dict[str, Json]]


_LOADED: OrderedDict[str, Loaded] = OrderedDict()
_GUARD = Lock()
_KEPT = 64


def loaded(session: Session, app: Application, definition_id: str) -> Loaded:
    """Give a deployed definition, compiled; kept in the process, since a deployed version never changes."""
    with _GUARD:
        found = _LOADED.get(definition_id)
        if found is not None:
            _LOADED.move_to_end(definition_id)
            return found
    row = session.get(models.Definition, definition_id)
    if row is None:
        raise NotFound
    files = session.execute(
        select(DefinitionFile.name, DefinitionFile.content).where(DefinitionFile.definition_id == definition_id)
    )
    forms = session.execute(select(Form.key, Form.content).where(Form.definition_id == definition_id))
    found = compiled(app, dict(files.all()), dict(forms.all()), row.root)
    with _GUARD:
        _LOADED[definition_id] = found
        while len(_LOADED) > _KEPT:
            _LOADED.popitem(last=False)
    return found


def compiled(app: Application, files: Mapping[str, bytes], forms: Mapping[str, dict[str, Json]], root: str) -> Loaded:
    """Compile files against what this application knows; raises Refused."""
    return Loaded(engine.compile_definition(files, root, catalog(app, forms)), forms)


def catalog(app: Application, forms: Mapping[str, Json]) -> engine.Catalog:
    """Say what a diagram may name: the operations and roles of the application, the forms beside it."""
    return engine.Catalog(operations=frozenset(app.handlers), forms=frozenset(forms), roles=frozenset(app.roles))


def load_definition(session: Session, app: Application, definition_id: str) -> engine.Definition:
    """Give the compiled definition alone."""
    return loaded(session, app, definition_id).engine


# ---- commands --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did, with the rows of the tasks it opened and whom they are offered to."""

    step: steps.Step
    opened: tuple[Task, ...] = ()
    offers: Mapping[str, Offer] = field(default_factory=dict)


def lock(session: Session, instance_id: str) -> Instance:
    """Give the instance, fresh and held until the transaction ends. Raises NotFound, Conflict ``busy``."""
    found = access.locked(session, select(Instance).where(Instance.id == instance_id))
    if found is None:
        raise NotFound
    return found


def start(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    definition: models.Definition,
    instance_id: str,
    business_key: str,
    subject: str,
    region_code: str,
    variables: Mapping[str, Json],
    parties: Iterable[PartyFact],
    now: datetime,
) -> Instance:
    """Begin an instance. ``parties`` are (role, organisation id, person id); they take part from now on."""
    region = session.get(Region, region_code)
    if region is None:
        raise NotFound("region", region=region_code)
    instance = Instance(
        id=instance_id,
        family_key=definition.family_key,
        definition_id=definition.id,
        status="running",
        business_key=business_key,
        subject=subject,
        region_code=region_code,
        region_path=region.path,
        state=b"",
        variables={},
        started_at=now,
        started_by=actor.person_id,
    )
    session.add(instance)
    session.flush()
    rows = [
        {"instance_id": instance_id, "role": role, "organisation_id": organisation, "person_id": person, "since": now}
        for role, organisation, person in parties
    ]
    if rows:
        session.execute(insert(Party), rows)
    run(session, app, instance, steps.Start(instance_id, plain(variables)), actor, now)
    return instance


def advance(
    session: Session, app: Application, instance: Instance, command: steps.Command, actor: Actor, now: datetime
) -> steps.Step:
    """Apply a command to a locked instance and write everything down. Raises Conflict, Invalid, EngineError."""
    return run(session, app, instance, command, actor, now).step


def run(
    session: Session,
    app: Application,
    instance: Instance,
    command: steps.Command,
    actor: Actor,
    now: datetime,
    payload: Mapping[str, Json] | None = None,
) -> Ran:
    """Do what ``advance`` does, and give the opened tasks too. ``payload`` is added to the audit event."""
    definition = load_definition(session, app, instance.definition_id)
    step = engine.advance(definition, instance.state or None, command, now, for_thread())
    if isinstance(command, steps.Fire):
        # Also when the engine holds it (suspended) or knows it no more: an armed row would be fired for ever.
        session.execute(update(Timer).where(Timer.id == command.timer).values(status="fired", closed_at=now))
    if not step.events and step.state == instance.state and step.status == instance.status:
        return Ran(step)
    _save_instance(instance, step, definition.root, now)
    _close_others(session, step, command, actor, now)
    opened, found = _open(session, app, instance, step, now) if step.opened else ((), {})
    if isinstance(command, revisits.TAKES_BACK) or any(task.visit > 1 or task.item for task in opened):
        revisits.take_up(session, app, actor, instance, command, opened, found, now)
    if isinstance(command, steps.Complete):
        apart = _kept_apart(session, instance, command.task)
        if apart:
            offers.nobody_left(session, instance, apart, now)
    _save_waits(session, app, instance, step, command, now)
    _save_history(session, instance, step, now)
    _move_due(session, step)
    _enqueue(session, app, instance, step, now)
    behalf = actor.acts_for
    payload = {**(payload or {}), **({"acted_for": behalf.name} if behalf else {})}
    for action, kind, subject, told in acts(definition, instance, step, command, found, payload):
        trail.append(
            session,
            chain=instance.id,
            actor=actor,
            action=action,
            subject_type=kind,
            subject_id=subject,
            payload=told,
            now=now,
            on_behalf_of=behalf.person_id if behalf else None,
        )
    return Ran(step, opened, found)


def _save_instance(instance: Instance, step: steps.Step, root: str, now: datetime) -> None:
    instance.state = step.state
    instance.variables = dict(step.variables)
    instance.status = step.status
    if step.opened:
        inner = [one.process for one in step.opened if one.process != root]
        instance.stage = inner[0] if inner else instance.stage or step.opened[0].process
    if step.status in {"completed", "cancelled"} and instance.ended_at is None:
        instance.ended_at = now


def _open(
    session: Session, app: Application, instance: Instance, step: steps.Step, now: datetime
) -> tuple[tuple[Task, ...], Mapping[str, Offer]]:
    """Write the tasks that a step opened, and whom they are offered to."""
    found = offers.of_opened(session, app, instance, step.opened, now)
    opened = tuple(_task(instance, one, found[one.id], now) for one in step.opened)
    session.add_all(opened)
    session.flush()
    offers.save(session, instance, found.values(), now)
    return opened, found


def _task(instance: Instance, one: steps.OpenedTask, offer: Offer, now: datetime) -> Task:
    return Task(
        id=one.id,
        instance_id=instance.id,
        element=one.element,
        process=one.process,
        name=(one.name or one.element)[:200],
        name_en=one.labels.get("en", "")[:200],
        role=(offer.roles or ("",))[0],
        form=one.form or "",
        actions={**one.actions, "roles": offer.roles, "persons": offer.persons}
        | ({"separation": offer.separation} if offer.separation else {}),
        item={} if one.item_index is None else {"value": one.item, "index": one.item_index},
        visit=one.visit,
        business_key=instance.business_key,
        subject=instance.subject,
        region_path=instance.region_path,
        status="open",
        assignee_id=offer.assignee,
        opened_at=now,
        due_at=one.due,
    )


def _kept_apart(session: Session, instance: Instance, done: str) -> Sequence[Task]:
    """Give the open tasks that the designer keeps apart from a task that is done now."""
    element = select(Task.element).where(Task.id == done).scalar_subquery()
    query = (
        select(Task)
        .join(TaskSeparation, and_(TaskSeparation.task_id == Task.id, TaskSeparation.element == element))
        .where(Task.instance_id == instance.id, Task.status == "open")
    )
    return session.scalars(query).all()


def _close_others(session: Session, step: steps.Step, command: steps.Command, actor: Actor, now: datetime) -> None:
    """Close the tasks that the step took away; the one being completed belongs to ``workflows.tasks``."""
    done = command.task if isinstance(command, steps.Complete) else None
    for why in {closed.why for closed in step.closed if closed.id != done}:
        ids = [closed.id for closed in step.closed if closed.why == why and closed.id != done]
        values = {"status": why, "closed_at": now, "closed_by": actor.person_id if why != "completed" else None}
        session.execute(update(Task).where(Task.id.in_(ids)).values(values))
    if isinstance(command, steps.Return | steps.Skip):
        session.execute(update(Task).where(Task.id == own_task(command)).values(opinion=command.reason))
    elif isinstance(command, steps.Withdraw):
        session.execute(update(Task).where(Task.id == command.task).values(status="withdrawn"))


def _save_waits(
    session: Session, app: Application, instance: Instance, step: steps.Step, command: steps.Command, now: datetime
) -> None:
    disarmed = [one for one in step.timers.removed if not (isinstance(command, steps.Fire) and one == command.timer)]
    if disarmed:
        session.execute(update(Timer).where(Timer.id.in_(disarmed)).values(status="disarmed", closed_at=now))
    if step.timers.added:
        rows = [
            {"id": one.id, "element": one.element, "process": one.process, "due_at": one.due}
            | {"instance_id": instance.id, "status": "armed"}
            for one in step.timers.added
        ]
        session.execute(insert(Timer), rows)
    if step.subscriptions.removed:
        session.execute(delete(Subscription).where(Subscription.id.in_(step.subscriptions.removed)))
    if step.subscriptions.added:
        rows = [
            {"id": one.id, "element": one.element, "kind": one.kind, "name": one.name}
            | {"instance_id": instance.id, "correlation": one.correlation}
            for one in step.subscriptions.added
        ]
        session.execute(insert(Subscription), rows)
        _receive_early(session, app, step.subscriptions.added)


def _receive_early(session: Session, app: Application, added: Iterable[steps.Subscription]) -> None:
    """Have messages delivered that came before somebody waited for them, the oldest first."""
    names = {one.name for one in added if one.kind == "message"}
    if not names:
        return
    query = select(EarlyMessage).where(EarlyMessage.name.in_(names)).order_by(EarlyMessage.at, EarlyMessage.id)
    early = session.scalars(query).all()
    for one in added:
        for message in early:
            if message.name == one.name and message.correlation in (None, one.correlation):
                deliver_early(session, app, message, one.id)


def deliver_early(session: Session, app: Application, message: EarlyMessage, why: str, *, delay: float = 0) -> None:
    """Enqueue the delivery of a message that waits; ``why`` tells this attempt from others."""
    args: dict[str, Json] = {
        "early": message.id,
        "instance": message.instance_id,
        "kind": "message",
        "name": message.name,
        "correlation": message.correlation,
        "payload": message.payload,
    }
    app.jobs.enqueue(session, "deliver", f"deliver:early:{message.id}:{why}", args, delay)


def _move_due(session: Session, step: steps.Step) -> None:
    """Follow the deadlines of open tasks that a changed variable moved."""
    for moved in step.moved:
        session.execute(update(Task).where(Task.id == moved.id).values(due_at=moved.due))


def _enqueue(session: Session, app: Application, instance: Instance, step: steps.Step, now: datetime) -> None:
    """Hand out the step's work; what a token asks for no longer counts as done, so that no handler begins it."""
    for gone in step.jobs.removed:
        key = f"job:{gone}"
        again = or_(FinishedJob.key == key, FinishedJob.key.startswith(f"{key}:", autoescape=True))
        retries = session.scalar(select(func.count()).select_from(FinishedJob).where(again))
        session.add(FinishedJob(key=f"{key}:{retries}" if retries else key, at=now))
        session.flush()
    for job in step.jobs.added:
        args = {"instance": instance.id, "job": job.id, "operation": job.operation, "element": job.element}
        app.jobs.enqueue(session, "operation", job.key, {**args, "key": job.key, "inputs": plain(job.inputs)})
    for number, thrown in enumerate(step.thrown):
        about: dict[str, Json] = {
            "instance": instance.id,
            "kind": thrown.kind,
            "name": thrown.name,
            "correlation": thrown.correlation,
        }
        key = f"deliver:{instance.id}:{step.events[-1].seq if step.events else instance.version}:{number}"
        app.jobs.enqueue(session, "deliver", key, {**about, "payload": plain(thrown.payload)})


def _save_history(session: Session, instance: Instance, step: steps.Step, now: datetime) -> None:
    if step.events:
        rows = [
            {"instance_id": instance.id, "seq": one.seq, "kind": one.kind, "process": one.process}
            | {"element": one.element, "at": now}
            for one in step.events
        ]
        session.execute(insert(StepRecord), rows)
