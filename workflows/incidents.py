"""Incidents: what an operator must look at; opened by the edges and the worker, retried and resolved by people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import access, offers, paging, runtime, trail
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.errors import Conflict, EngineError, NotFound
from workflows.models import Incident, Instance, Task
from workflows.paging import Page, Query, Sort

Json = Any
MANAGE = "incidents.manage"


def open_(
    session: Session,
    *,
    kind: str,
    message: str,
    instance_id: str | None = None,
    element: str = "",
    key: str = "",
    detail: Mapping[str, Json] | None = None,
    actor: Actor = SYSTEM,
    now: datetime,
) -> Incident:
    """Open an incident (``kind``: engine, job, no_candidate). One that is open under the same key stays the one."""
    if key:
        same = select(Incident).where(Incident.key == key, Incident.resolved_at.is_(None))
        found = session.scalars(same).first()
        if found is not None:
            return found
    incident = Incident(
        instance_id=instance_id,
        kind=kind,
        element=element[:64],
        key=key[:200],
        message=message[:2000],
        detail=dict(detail or {}),
        opened_at=now,
    )
    session.add(incident)
    session.flush()
    _note(session, actor, incident, "incident.opened", {"message": message[:500]}, now)
    return incident


def open_for_task(session: Session, actor: Actor, task_id: str, error: EngineError, now: datetime) -> Incident:
    """Open the incident of a completion that met a fault of the diagram; the answers are kept as a draft beside it."""
    task = session.get(Task, task_id)
    return open_(
        session,
        kind="engine",
        message=f"{error.rule}: {error.text}",
        instance_id=task.instance_id if task else None,
        element=error.element,
        key=f"complete:{task_id}:{error.rule}:{error.element}",
        detail={"task": task_id, "person": actor.person_id, "rule": error.rule},
        actor=actor,
        now=now,
    )


def list_(
    session: Session, actor: Actor, *, resolved: bool = False, cursor: str | None = None, limit: int = 50
) -> Page[Incident]:
    """List the open (or the resolved) incidents the actor looks after, the latest first; NotAllowed for others."""
    access.require(actor, MANAGE)
    sort = Sort("opened", Incident.opened_at, Incident.id, descending=True)
    rows, following = paging.read(session, _visible(actor, resolved), sort, cursor, limit)
    return Page(tuple(row[0] for row in rows), following)


def count(session: Session, actor: Actor, *, resolved: bool = False) -> int:
    """Count what ``list_`` lists; 0 for who looks after none, 1001 means "1000+"."""
    return paging.count(session, _visible(actor, resolved))


def retry(session: Session, app: Application, actor: Actor, incident_id: str, *, now: datetime) -> Incident:
    """Try again what failed: the job is enqueued anew, or the tasks are offered anew; the incident is resolved.

    A completion that failed is tried again by who holds its draft. Raises NotFound, NotAllowed, Conflict ``resolved``.
    """
    incident = _open_one(session, actor, incident_id)
    job = incident.detail.get("name")
    if job:
        args = {"key": incident.key, **incident.detail.get("args", {})}
        app.jobs.enqueue(session, str(job), f"{incident.key}~incident.{incident.id}", args)
    elif incident.kind == "no_candidate" and incident.instance_id:
        offers.renew(session, app, runtime.lock(session, incident.instance_id), now)
    return _resolve(session, actor, incident, "incident.retried", "", now)


def resolve(session: Session, actor: Actor, incident_id: str, note: str = "", *, now: datetime) -> Incident:
    """Say that an incident is dealt with. Raises NotFound, NotAllowed, Conflict ``resolved`` (by, at)."""
    return _resolve(session, actor, _open_one(session, actor, incident_id), "incident.resolved", note, now)


def _visible(actor: Actor, resolved: bool) -> Query:
    state = Incident.resolved_at.is_not(None) if resolved else Incident.resolved_at.is_(None)
    return select(Incident).where(access.visible(actor, Incident), state)


def _open_one(session: Session, actor: Actor, incident_id: str) -> Incident:
    query = select(Incident).where(Incident.id == incident_id, access.visible(actor, Incident)).with_for_update()
    incident = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if incident is None:
        raise NotFound
    instance = session.get(Instance, incident.instance_id) if incident.instance_id else None
    access.require(actor, MANAGE, instance.region_path if instance else None)
    if incident.resolved_at is not None:
        raise Conflict("resolved", by=access.name_of(session, incident.resolved_by), at=incident.resolved_at)
    return incident


def _resolve(session: Session, actor: Actor, incident: Incident, action: str, note: str, now: datetime) -> Incident:
    incident.resolved_at, incident.resolved_by = now, actor.person_id
    _note(session, actor, incident, action, {"note": note[:500]}, now)
    return incident


def _note(
    session: Session, actor: Actor, incident: Incident, action: str, more: Mapping[str, Json], now: datetime
) -> None:
    trail.append(
        session,
        chain=incident.instance_id or "system",
        actor=actor,
        action=action,
        subject_type="incident",
        subject_id=incident.id,
        payload={"kind": incident.kind, "element": incident.element, **more},
        now=now,
    )
