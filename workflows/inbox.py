"""The lists of tasks: to do (待办), done (已办), drafts (草稿), and their counts. One filter behind list and count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from workflows import access, paging
from workflows.access import Actor
from workflows.errors import Invalid
from workflows.models import Draft, Instance, Region, Task, UtcDateTime
from workflows.paging import Page, Sort

SOON = timedelta(days=7)
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
DeadlineState = Literal["overdue", "soon", "ok", "none"]


@dataclass(frozen=True, slots=True)
class TaskFilters:
    """What a list of tasks is narrowed to; None and "" mean everything.

    ``process`` is the diagram's id (the stage), ``region`` a region code (with all below it), ``text`` part of the
    subject or the business key, ``deadline`` a state, ``held`` only those already claimed (True) or not (False).
    """

    process: str = ""
    region: str = ""
    text: str = ""
    deadline: str = ""
    family: str = ""
    role: str = ""
    held: bool | None = None


@dataclass(frozen=True, slots=True)
class TaskItem:
    """A line of the inbox."""

    task: Task
    region: str
    region_en: str
    deadline: DeadlineState
    draft_saved_at: datetime | None = None


def todo(
    session: Session,
    actor: Actor,
    *,
    filters: TaskFilters | None = None,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page[TaskItem]:
    """List what the actor may complete now. ``sort``: due, -due, opened, -opened. Invalid ``sort``, ``cursor``."""
    query = _narrow(_todo(actor), filters or TaskFilters(), now)
    return _page(session, actor, query, _sort(sort), cursor, limit, now)


def todo_count(session: Session, actor: Actor, *, filters: TaskFilters | None = None, now: datetime) -> int:
    """Count what ``todo`` lists; 1001 means "1000+" (``paging.shown``)."""
    return paging.count(session, _narrow(_todo(actor), filters or TaskFilters(), now))


def done(
    session: Session,
    actor: Actor,
    *,
    filters: TaskFilters | None = None,
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page[TaskItem]:
    """List what the actor has completed, the latest first."""
    query = _narrow(_done(actor), filters or TaskFilters(), now)
    return _page(session, actor, query, Sort("closed", Task.closed_at, Task.id, descending=True), cursor, limit, now)


def done_count(session: Session, actor: Actor, *, filters: TaskFilters | None = None, now: datetime) -> int:
    """Count what ``done`` lists; 1001 means "1000+"."""
    return paging.count(session, _narrow(_done(actor), filters or TaskFilters(), now))


def my_drafts(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50, now: datetime
) -> Page[TaskItem]:
    """List the tasks of which the actor holds a draft, the latest first, also of tasks that others closed since."""
    query = _shown(actor).join(Draft, and_(Draft.task_id == Task.id, Draft.person_id == actor.person_id))
    sort = Sort("saved", Draft.saved_at, Task.id, descending=True)
    return _page(session, actor, query, sort, cursor, limit, now)


def deadline_state(due: datetime | None, now: datetime) -> DeadlineState:
    """Say how a due time stands: ``overdue``, ``soon`` (within 7 days), ``ok``, or ``none``."""
    if due is None:
        return "none"
    if due < now:
        return "overdue"
    return "soon" if due < now + SOON else "ok"


def _shown(actor: Actor) -> Select[Any]:
    query = select(Task, Region.name, Region.name_en).outerjoin(Region, Region.path == Task.region_path)
    return query.where(access.visible(actor, Task))


def _todo(actor: Actor) -> Select[Any]:
    mine = or_(Task.assignee_id.is_(None), Task.assignee_id == actor.person_id)
    return _shown(actor).where(Task.status == "open", mine, access.offered(actor))


def _done(actor: Actor) -> Select[Any]:
    return _shown(actor).where(Task.status == "completed", Task.closed_by == actor.person_id)


def _narrow(query: Select[Any], filters: TaskFilters, now: datetime) -> Select[Any]:
    if filters.process:
        query = query.where(Task.process == filters.process)
    if filters.role:
        query = query.where(Task.role == filters.role)
    if filters.region:
        query = query.where(Task.region_path.contains(f"/{filters.region}/", autoescape=True))
    if filters.text:
        found = (column.icontains(filters.text, autoescape=True) for column in (Task.subject, Task.business_key))
        query = query.where(or_(*found))
    if filters.family:
        of_family = select(Instance.id).where(Instance.family_key == filters.family)
        query = query.where(Task.instance_id.in_(of_family))
    if filters.held is not None:
        query = query.where(Task.assignee_id.is_not(None) if filters.held else Task.assignee_id.is_(None))
    if filters.deadline:
        query = query.where(_in_state(filters.deadline, now))
    return query


def _in_state(state: str, now: datetime) -> ColumnElement[bool]:
    states: dict[str, ColumnElement[bool]] = {
        "overdue": Task.due_at < now,
        "soon": and_(Task.due_at >= now, Task.due_at < now + SOON),
        "ok": Task.due_at >= now + SOON,
        "none": Task.due_at.is_(None),
    }
    if state not in states:
        raise Invalid("filter", deadline=state)
    return states[state]


def _sort(name: str) -> Sort:
    key, descending = name.removeprefix("-"), name.startswith("-")
    if key == "due":
        never = literal(_NEVER if not descending else datetime(1, 1, 1, tzinfo=UTC), UtcDateTime())
        return Sort(name, func.coalesce(Task.due_at, never, type_=UtcDateTime()), Task.id, descending)
    if key == "opened":
        return Sort(name, Task.opened_at, Task.id, descending)
    raise Invalid("sort", sort=name)


def _page(
    session: Session, actor: Actor, query: Select[Any], sort: Sort, cursor: str | None, limit: int, now: datetime
) -> Page[TaskItem]:
    rows, following = paging.read(session, query, sort, cursor, limit)
    tasks = [row[0] for row in rows]
    mine = select(Draft.task_id, Draft.saved_at).where(
        Draft.person_id == actor.person_id, Draft.task_id.in_([row[0].id for row in rows])
    )
    saved = {task_id: at for task_id, at in session.execute(mine)}
    return Page(
        tuple(
            TaskItem(row[0], row[1] or "", row[2] or "", deadline_state(row[0].due_at, now), saved.get(row[0].id))
            for row in rows
        ),
        following,
    )
