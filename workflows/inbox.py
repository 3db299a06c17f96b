"""The lists of tasks: to do (待办), done (已办), drafts (草稿), and their counts. One filter behind list and count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflows import access, covers, paging
from workflows.access import Actor
from workflows.errors import Invalid
from workflows.models import Draft, Instance, Task, UtcDateTime
from workflows.paging import Page, Query, Sort

SOON = timedelta(days=7)
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)
DeadlineState = Literal["overdue", "soon", "ok", "none"]
SORTS: Mapping[str, InstrumentedAttribute[Any]] = {
    "due": Task.due_at,
    "opened": Task.opened_at,
    "enterprise": Task.subject,
    "case": Task.business_key,
    "region": Task.region_path,
    "stage": Task.process,
}


def todo(
    session: Session,
    actor: Actor,
    *,
    filters: Mapping[str, str] | None = None,
    sort: str = "due",
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page[Task]:
    """List what the actor may complete now: held by them, or offered to them and free.

    ``filters``: ``process`` (the diagram's id), ``region`` (a code, with all below it), ``text`` (part of subject or
    business key), ``enterprise`` (part of the subject), ``due`` (overdue, soon, ok, none), ``family``, ``role``,
    ``holding`` (mine, free). ``sort``: one of ``SORTS``, descending with "-" before it. Raises Invalid (``filter``,
    ``sort``, ``cursor``).
    """
    query = narrowed(actor, _todo(actor), filters or {}, now)
    return listed(session, query, sort, cursor, limit)


def todo_count(session: Session, actor: Actor, *, filters: Mapping[str, str] | None = None, now: datetime) -> int:
    """Count what ``todo`` lists; 1001 means "1000+" (``paging.shown``)."""
    return paging.count(session, narrowed(actor, _todo(actor), filters or {}, now))


def done(
    session: Session,
    actor: Actor,
    *,
    filters: Mapping[str, str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page[Task]:
    """List what the actor has completed, the latest first."""
    query = narrowed(actor, _done(actor), filters or {}, now)
    return _page(session, query, Sort("closed", Task.closed_at, Task.id, descending=True), cursor, limit)


def done_count(session: Session, actor: Actor, *, filters: Mapping[str, str] | None = None, now: datetime) -> int:
    """Count what ``done`` lists; 1001 means "1000+"."""
    return paging.count(session, narrowed(actor, _done(actor), filters or {}, now))


def my_drafts(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[Task]:
    """List the tasks of which the actor holds a draft, the latest first, also of tasks that others closed since."""
    query = select(Task).join(Draft, and_(Draft.task_id == Task.id, Draft.person_id == actor.person_id))
    sort = Sort("saved", Draft.saved_at, Task.id, descending=True)
    return _page(session, query, sort, cursor, limit)


def deadline_state(due: datetime | None, now: datetime) -> DeadlineState:
    """Say how a due time stands: ``overdue``, ``soon`` (within 7 days), ``ok``, or ``none``."""
    if due is None:
        return "none"
    if due < now:
        return "overdue"
    return "soon" if due < now + SOON else "ok"


def _todo(actor: Actor) -> Query:
    free = or_(Task.assignee_id.is_(None), Task.assignee_id == actor.person_id)
    held = (covers.held(one, offered) for one, offered in access.stand_ins(actor))
    return select(Task).where(Task.status == "open", or_(and_(free, access.offered(actor)), *held))


def _done(actor: Actor) -> Query:
    return select(Task).where(Task.status == "completed", Task.closed_by == actor.person_id)


def listed(session: Session, query: Query, sort: str, cursor: str | None, limit: int) -> Page[Task]:
    """Read a page of tasks in one of the orders; raises Invalid (``sort``, ``cursor``)."""
    return _page(session, query, _sort(sort), cursor, limit)


def narrowed(actor: Actor, query: Query, filters: Mapping[str, str], now: datetime) -> Query:
    """Add the conditions of the filters; an empty value means everything, an unknown key or value is Invalid."""
    for key, value in filters.items():
        if key not in _FILTERS:
            raise Invalid("filter", {key: ["unknown"]})
        if value:
            query = query.where(_FILTERS[key](value, actor, now))
    return query


def _text(value: str, _actor: Actor, _now: datetime) -> ColumnElement[bool]:
    return or_(*(column.icontains(value, autoescape=True) for column in (Task.subject, Task.business_key)))


def _family(value: str, _actor: Actor, _now: datetime) -> ColumnElement[bool]:
    return Task.instance_id.in_(select(Instance.id).where(Instance.family_key == value))


def _due(value: str, _actor: Actor, now: datetime) -> ColumnElement[bool]:
    states: dict[str, ColumnElement[bool]] = {
        "overdue": Task.due_at < now,
        "soon": and_(Task.due_at >= now, Task.due_at < now + SOON),
        "ok": Task.due_at >= now + SOON,
        "none": Task.due_at.is_(None),
    }
    if value not in states:
        raise Invalid("filter", {"due": [value]})
    return states[value]


def _holding(value: str, actor: Actor, _now: datetime) -> ColumnElement[bool]:
    if value not in {"mine", "free"}:
        raise Invalid("filter", {"holding": [value]})
    return Task.assignee_id == actor.person_id if value == "mine" else Task.assignee_id.is_(None)


_FILTERS: Mapping[str, Callable[[str, Actor, datetime], ColumnElement[bool]]] = {
    "process": lambda value, _actor, _now: Task.process == value,
    "role": lambda value, _actor, _now: Task.role == value,
    "region": lambda value, _actor, _now: Task.region_path.contains(f"/{value}/", autoescape=True),
    "text": _text,
    "enterprise": lambda value, _actor, _now: Task.subject.icontains(value, autoescape=True),
    "family": _family,
    "due": _due,
    "holding": _holding,
}


def _sort(name: str) -> Sort:
    key, descending = name.removeprefix("-"), name.startswith("-")
    if key == "due":
        never = literal(_NEVER if not descending else datetime(1, 1, 1, tzinfo=UTC), UtcDateTime())
        return Sort(name, func.coalesce(Task.due_at, never, type_=UtcDateTime()), Task.id, descending)
    if key in SORTS:
        return Sort(name, SORTS[key], Task.id, descending)
    raise Invalid("sort", sort=name)


def _page(session: Session, query: Query, sort: Sort, cursor: str | None, limit: int) -> Page[Task]:
    rows, following = paging.read(session, query, sort, cursor, limit)
    return Page(tuple(row[0] for row in rows), following)
