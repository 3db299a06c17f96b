"""What an operator or officer does to a running instance: suspend, resume, cancel; move, skip, retry what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from workflows import access, engine, runtime
from workflows.access import Actor
from workflows.application import Application
from workflows.engine import Place
from workflows.engine import step as steps
from workflows.errors import Conflict
from workflows.models import Incident, Instance
from workflows.returns import reason_of

__all__ = [
    "OPERATE",
    "STOP",
    "Place",
    "Waiting",
    "cancel",
    "move",
    "resume",
    "retry",
    "skip",
    "suspend",
    "waiting",
]

STOP: Final = "instances.stop"
OPERATE: Final = "instances.operate"


# ---- the whole instance ----------------------------------------------------------------------------------------


def suspend(
    session: Session, app: Application, actor: Actor, instance_id: str, reason: str, *, now: datetime
) -> Instance:
    """Let nothing go on until ``resume`` (中止). Raises NotFound, NotAllowed, Invalid, Conflict."""
    return _command(session, app, actor, instance_id, steps.Suspend(), STOP, reason_of(reason), now)


def resume(
    session: Session, app: Application, actor: Actor, instance_id: str, reason: str = "", *, now: datetime
) -> Instance:
    """Let a suspended instance go on. Raises NotFound, NotAllowed, Conflict ``not_suspended``."""
    return _command(session, app, actor, instance_id, steps.Resume(), STOP, reason.strip()[:500], now)


def cancel(
    session: Session, app: Application, actor: Actor, instance_id: str, reason: str, *, now: datetime
) -> Instance:
    """End an instance where it stands (终止). Raises NotFound, NotAllowed, Invalid, Conflict ``instance_ended``."""
    reason = reason_of(reason)
    return _command(session, app, actor, instance_id, steps.Cancel(reason), STOP, reason, now)


# ---- what waits in it ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A thing that waits: a task, a job or an event on the way, and the elements it can be moved to."""

    id: str
    kind: str
    element: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    due: datetime | None = None
    places: tuple[Place, ...] = ()


def waiting(session: Session, app: Application, actor: Actor, instance_id: str) -> tuple[Waiting, ...]:
    """Give what an operator can move, skip or retry, and where to; raises NotFound, NotAllowed."""
    instance = access.instance(session, actor, instance_id)
    access.require(actor, OPERATE, instance.region_path)
    session.refresh(instance, ["state"])
    definition = runtime.load_definition(session, app, instance.definition_id)
    return tuple(
        Waiting(
            id=one.id,
            kind=one.kind,
            element=one.element,
            name=one.name or one.element,
            labels=one.labels,
            due=one.due,
            places=engine.places(definition, instance.state, one.id),
        )
        for one in engine.waits(definition, instance.state)
        if one.kind in {"task", "job", "event"}
    )


def move(
    session: Session,
    app: Application,
    actor: Actor,
    instance_id: str,
    tokens: Sequence[str],
    element: str,
    reason: str,
    *,
    now: datetime,
) -> Instance:
    """Put what waits under these ids on another element; several become one (跳转).

    Raises NotFound, NotAllowed, Invalid, Conflict: ``not_waiting``, ``not_movable``, ``suspended``, ``instance_ended``.
    """
    reason = reason_of(reason)
    command = steps.Move(tuple(tokens), element, reason)
    return _command(session, app, actor, instance_id, command, OPERATE, reason, now)


def skip(
    session: Session, app: Application, actor: Actor, instance_id: str, token: str, reason: str, *, now: datetime
) -> Instance:
    """Go on without what waits under an id (跳过). Raises as ``move``, Conflict ``not_skippable``."""
    reason = reason_of(reason)
    return _command(session, app, actor, instance_id, steps.Skip(token, reason), OPERATE, reason, now)


def retry(
    session: Session, app: Application, actor: Actor, instance_id: str, job: str, reason: str = "", *, now: datetime
) -> Instance:
    """Open a job again with its inputs as they are now; its open incident is resolved. Raises as ``move``."""
    reason = reason.strip()[:500]
    instance = _command(session, app, actor, instance_id, steps.Retry(job, reason), OPERATE, reason, now)
    key = f"job:{job}"
    of_job = or_(Incident.key == key, Incident.key.startswith(f"{key}:", autoescape=True))
    session.execute(
        update(Incident)
        .where(of_job, Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
        .values(resolved_at=now, resolved_by=actor.person_id)
    )
    return instance


def _command(
    session: Session,
    app: Application,
    actor: Actor,
    instance_id: str,
    command: steps.Command,
    action: str,
    reason: str,
    now: datetime,
) -> Instance:
    seen = access.instance(session, actor, instance_id)
    access.require(actor, action, seen.region_path)
    instance = runtime.lock(session, instance_id)
    if instance.status in {"completed", "cancelled"}:
        raise Conflict("instance_ended", status=instance.status, at=instance.ended_at)
    if isinstance(command, steps.Suspend) and instance.status == "suspended":
        raise Conflict("suspended")
    if isinstance(command, steps.Resume) and instance.status != "suspended":
        raise Conflict("not_suspended")
    runtime.run(session, app, instance, command, actor, now, {"reason": reason} if reason else {})
    return instance
