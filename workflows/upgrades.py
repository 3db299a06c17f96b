"""Bring running instances under another version of their process (迁移): in a job, and back.

What the plan refuses stays as it is. The way back is open until the instance's next step; afterwards it is a migration
from the new version to the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker, undefer

from workflows import access, engine, jobs, runtime, trail
from workflows.access import Actor, load_actor
from workflows.application import Application
from workflows.db import reading, transaction
from workflows.engine import PlanItem, Wait
from workflows.engine.step import Migrate
from workflows.errors import Conflict, EngineError, NotAllowed, NotFound, QingshenError
from workflows.jobs import Progress
from workflows.models import (
    FinishedJob,
    Instance,
    InstanceMigration,
    JobRun,
    Subscription,
    Task,
    Timer,
)
from workflows.models.base import new_id
from workflows.outlooks import MIGRATE, Wish, form_at, instances, of_actor, outlook, pair
from workflows.returns import reason_of

Json = Any
JOB: Final = "instances.migrate"
UNDO: Final = "instances.migrate_back"
_ENDED = frozenset({"completed", "cancelled"})


# ---- done ------------------------------------------------------------------------------------------------------


def begin(session: Session, app: Application, actor: Actor, wish: Wish, *, reason: str, now: datetime) -> JobRun:
    """Let the worker migrate every instance that ``outlooks.dry_run`` tells of. Raises as it, Invalid ``reason``."""
    reason = reason_of(reason)
    source, target = pair(session, actor, wish)
    query = select(func.count()).select_from(Instance).where(Instance.definition_id == source.id, *of_actor(actor))
    total = session.scalar(query) or 0
    run = jobs.begin_run(
        session,
        app.jobs,
        name=JOB,
        key=f"migrate:{new_id()}",
        args={"wish": asdict(wish), "reason": reason, "person": actor.person_id},
        total=total,
        person_id=actor.person_id,
        now=now,
    )
    session.flush()
    trail.append(
        session,
        chain=f"definition:{source.family_key}",
        actor=actor,
        action="instances.migration_begun",
        subject_type="definition",
        subject_id=target.id,
        payload={"plan": run.id, "from": source.version, "to": target.version, "total": total, "reason": reason}
        | {"mapping": dict(wish.mapping), "branches": dict(wish.branches), "timers": wish.timers},
        now=now,
    )
    return run


def migrate_all(
    sessions: sessionmaker[Session], app: Application, args: Mapping[str, Json], progress: Progress, now: datetime
) -> Mapping[str, Json]:
    """Migrate instance by instance, a transaction each; a repeat goes on where the last one stopped."""
    wish, run_id = Wish(**args["wish"]), str(args["run"])
    with reading(sessions) as session:
        actor = load_actor(session, app.roles, args["person"], now)
        told = set(session.scalars(select(InstanceMigration.instance_id).where(InstanceMigration.run_id == run_id)))
        left = [one.id for one in instances(session, actor, wish.source_id) if one.id not in told]
    done, total = len(told), len(told) + len(left)
    for instance_id in left:
        with transaction(sessions) as session:
            _attempt(session, app, args, wish, run_id, instance_id, now)
        done += 1
        progress(done, total)
    with reading(sessions) as session:
        query = select(InstanceMigration.status, func.count()).where(InstanceMigration.run_id == run_id)
        counts: dict[str, int] = dict(session.execute(query.group_by(InstanceMigration.status)).all())
    return {"source": wish.source_id, "target": wish.target_id, **counts}


def _attempt(
    session: Session,
    app: Application,
    args: Mapping[str, Json],
    wish: Wish,
    run_id: str,
    instance_id: str,
    now: datetime,
) -> None:
    """Migrate one instance, or write down why not."""
    line = InstanceMigration(
        run_id=run_id, instance_id=instance_id, source_id=wish.source_id, target_id=wish.target_id, at=now,
        status="refused", detail={},
    )  # fmt: skip
    try:
        with session.begin_nested():
            actor = load_actor(session, app.roles, args["person"], now)
            detail, state, version = migrate(session, app, actor, instance_id, wish, run_id, args["reason"], now=now)
        line.status, line.detail, line.state, line.version = "migrated", detail, state, version
    except (Conflict, EngineError, NotAllowed, NotFound) as error:
        line.detail = {"code": error.code, "refused": _told(error)}
    session.add(line)


def _told(error: QingshenError) -> list[Json]:
    refused = error.values.get("refused")
    return [list(one) for one in refused] if refused else [["", str(error)[:500]]]


def migrate(
    session: Session,
    app: Application,
    actor: Actor,
    instance_id: str,
    wish: Wish,
    plan: str,
    reason: str,
    *,
    now: datetime,
) -> tuple[dict[str, Json], bytes | None, int]:
    """Bring one instance under the target; gives what was planned, the state before, and the version after.

    No state where there is no way back: a message has left the instance. Raises NotFound, NotAllowed, and Conflict:
    ``migration_refused``, ``not_there`` (it has another version by now), ``instance_ended``, ``busy``.
    """
    seen = access.instance(session, actor, instance_id)
    access.require(actor, MIGRATE, seen.region_path)
    source, target = pair(session, actor, wish)
    instance = runtime.lock(session, instance_id)
    if instance.status in _ENDED:
        raise Conflict("instance_ended", status=instance.status)
    if instance.definition_id != source.id:
        raise Conflict("not_there")
    found = outlook(session, app, instance, target, wish, now)
    if found.refused:
        refused = [(one.element, one.reason) for one in found.items if one.outcome == "refused"]
        raise Conflict("migration_refused", refused=refused)
    before = instance.state
    listening = session.scalars(select(Subscription).where(Subscription.instance_id == instance.id)).all()
    detail = {
        "items": [_plain(item) for item in found.items],
        "drafts": [asdict(one) for one in found.drafts],
        "subscriptions": [
            {name: getattr(one, name) for name in ("id", "element", "kind", "name", "correlation")} for one in listening
        ],
    }
    old = runtime.load_definition(session, app, source.id)
    instance.definition_id = target.id
    command = Migrate(old, wish.mapping, wish.branches, wish.timers, reason)
    told = {"plan": plan, "from": source.version, "to": target.version, "reason": reason}
    step = runtime.run(session, app, instance, command, actor, now, told).step
    _rename(session, app, instance)
    session.flush()
    return detail, None if step.thrown else before, instance.version


def _plain(item: PlanItem) -> dict[str, Json]:
    found = {key: value for key, value in asdict(item).items() if value not in ("", None)}
    if item.due is not None:
        found["due"] = item.due.isoformat()
    return found


def _rename(session: Session, app: Application, instance: Instance) -> None:
    """Let the rows of what waits say where it stands now; ids, holders, drafts and due times stay."""
    definition = runtime.load_definition(session, app, instance.definition_id)
    tasks = {
        one.id: one
        for one in session.scalars(select(Task).where(Task.instance_id == instance.id, Task.status == "open"))
    }
    for wait in engine.waits(definition, instance.state):
        task = tasks.get(wait.id)
        if task is not None:
            task.element, task.process = wait.element, wait.process
            task.name, task.name_en = (wait.name or wait.element)[:200], wait.labels.get("en", "")[:200]
            task.form = form_at(definition, wait.element, task.form)
        where = {"element": wait.element}
        if wait.timer is not None:
            values = {**where, "process": wait.process}
            session.execute(update(Timer).where(Timer.id == wait.timer).values(values))
        if wait.listens is not None:
            session.execute(update(Subscription).where(Subscription.id == wait.id).values(where))


# ---- taken back ------------------------------------------------------------------------------------------------


def undo(session: Session, app: Application, actor: Actor, run_id: str, instance_id: str, *, now: datetime) -> Instance:
    """Take an instance back under the version it had, as it stood; only until its next step.

    Raises NotFound, NotAllowed, Conflict ``migration_moved_on``, ``not_migrated``.
    """
    seen = access.instance(session, actor, instance_id)
    access.require(actor, MIGRATE, seen.region_path)
    instance = runtime.lock(session, instance_id)
    line = session.get(InstanceMigration, (run_id, instance_id), options=[undefer(InstanceMigration.state)])
    if line is None:
        raise NotFound
    if line.status != "migrated":
        raise Conflict("not_migrated", status=line.status)
    if line.state is None or instance.version != line.version or instance.definition_id != line.target_id:
        raise Conflict("migration_moved_on")
    old = runtime.load_definition(session, app, line.source_id)
    new = runtime.load_definition(session, app, line.target_id)
    asked = {one.id for one in engine.waits(new, instance.state) if one.kind == "job"}
    back = engine.restored(old, line.state, new, instance.state)
    instance.state, instance.status, instance.variables = back.state, back.status, dict(back.variables)
    instance.definition_id = line.source_id
    waits = engine.waits(old, back.state)
    session.add_all(
        FinishedJob(key=f"job:{job}", at=now) for job in asked - {one.id for one in waits if one.kind == "job"}
    )
    _restore(session, instance, waits, line.detail["subscriptions"], now)
    _rename(session, app, instance)
    line.status, line.state = "undone", None
    trail.append(
        session,
        chain=instance.id,
        actor=actor,
        action="instance.migration_undone",
        subject_type="instance",
        subject_id=instance.id,
        payload={"plan": run_id},
        now=now,
    )
    session.flush()
    return instance


def begin_undo(session: Session, app: Application, actor: Actor, run_id: str, *, now: datetime) -> JobRun:
    """Let the worker take back every instance of a run that has not moved on. Raises NotFound, NotAllowed."""
    left = [one for one in run_of(session, actor, run_id, None).lines if one.reversible]
    return jobs.begin_run(
        session,
        app.jobs,
        name=UNDO,
        key=f"migrate_back:{new_id()}",
        args={"of": run_id, "person": actor.person_id},
        total=len(left),
        person_id=actor.person_id,
        now=now,
    )


def undo_all(
    sessions: sessionmaker[Session], app: Application, args: Mapping[str, Json], progress: Progress, now: datetime
) -> Mapping[str, Json]:
    """Take back instance by instance, a transaction each; what has moved on meanwhile stays."""
    run_id, undone = str(args["of"]), 0
    with reading(sessions) as session:
        actor = load_actor(session, app.roles, args["person"], now)
        left = [one.instance.id for one in run_of(session, actor, run_id, None).lines if one.reversible]
    for number, instance_id in enumerate(left, 1):
        with transaction(sessions) as session, suppress(Conflict, NotFound, NotAllowed):
            undo(session, app, load_actor(session, app.roles, args["person"], now), run_id, instance_id, now=now)
            undone += 1
        progress(number, len(left))
    return {"of": run_id, "undone": undone}


def _restore(
    session: Session, instance: Instance, waits: Iterable[Wait], listening: list[dict[str, Json]], now: datetime
) -> None:
    """Bring the rows back: what waited then waits again, what the migration has added waits no more."""
    waits = list(waits)
    tasks = {one.id for one in waits if one.kind == "task"}
    here, open_ = Task.instance_id == instance.id, Task.status == "open"
    session.execute(update(Task).where(here, open_, Task.id.not_in(tasks)).values(status="migrated", closed_at=now))
    again = {"status": "open", "closed_at": None, "closed_by": None}
    session.execute(update(Task).where(here, Task.id.in_(tasks), ~open_).values(again))
    armed = {one.timer: one.due for one in waits if one.timer is not None and one.due is not None}
    off = {"status": "disarmed", "closed_at": now}
    session.execute(
        update(Timer)
        .where(Timer.instance_id == instance.id, Timer.status == "armed", Timer.id.not_in(armed))
        .values(off)
    )
    for timer, due in armed.items():
        on = {"status": "armed", "due_at": due, "closed_at": None}
        session.execute(update(Timer).where(Timer.id == timer).values(on))
    session.execute(delete(Subscription).where(Subscription.instance_id == instance.id))
    if listening:
        session.execute(insert(Subscription), [{**one, "instance_id": instance.id} for one in listening])


# ---- looked at -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunLine:
    """An instance of a run; ``reversible`` until its next step."""

    line: InstanceMigration
    instance: Instance
    reversible: bool


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with what became of the instances that the actor sees; those that are migrated come last."""

    run: JobRun
    lines: tuple[RunLine, ...]


def run_of(session: Session, actor: Actor, run_id: str, limit: int | None = 1000) -> RunView:
    """Give a run with its instances; raises NotFound, NotAllowed."""
    access.require(actor, MIGRATE)
    run = session.get(JobRun, run_id)
    if run is None or run.name != JOB:
        raise NotFound
    query = (
        select(InstanceMigration, Instance, InstanceMigration.state.is_not(None))
        .join(Instance, Instance.id == InstanceMigration.instance_id)
        .where(InstanceMigration.run_id == run_id, access.visible(actor, Instance))
        .order_by(InstanceMigration.status.desc(), Instance.business_key)
        .limit(limit)
    )
    lines = tuple(
        RunLine(line, instance, kept and line.status == "migrated" and line.version == instance.version)
        for line, instance, kept in session.execute(query)
    )
    return RunView(run, lines)


def runs(session: Session, actor: Actor, limit: int = 20) -> list[JobRun]:
    """Give the last runs; raises NotAllowed."""
    access.require(actor, MIGRATE)
    query = select(JobRun).where(JobRun.name == JOB).order_by(JobRun.created_at.desc(), JobRun.id)
    return list(session.scalars(query.limit(limit)))
