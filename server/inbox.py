"""The inbox: what waits for me, what I have done, what I have started."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, request, send_file
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from server import task_table
from server.countdown import Chip, chip_for
from server.filters import local_name
from server.house import application, looking, now
from server.labels import role_name
from server.language import say
from server.lists import SHEET
from server.pages import argument, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.sentences import Trouble
from server.stages import stage_choices, stage_name
from workflows import instances, returns, tasks, urges, views
from workflows.access import Actor, seen_instances
from workflows.errors import Invalid
from workflows.models import Draft, Organisation, Person, SavedView, Task
from workflows.paging import LARGEST

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")
LIMIT = 50
FILTERS = ("text", "enterprise", "process", "region", "due", "holding")


@dataclass(frozen=True, slots=True)
class Line:
    """A task as a list shows it."""

    task: Task
    region: str
    draft_saved_at: datetime | None
    stage: str
    name: str
    holder: str
    is_mine: bool
    sees_case: bool
    chip: Chip | None
    urged: int
    role: str


@blueprint.get("")
@login_required
def todo() -> BaseResponse:
    """Show what waits for me: mine and what is offered to me, the most urgent first."""
    with looking() as (session, actor):
        return show(session, actor)


def show(session: Session, actor: Actor, status: int = 200, errors: Trouble | None = None) -> BaseResponse:
    """Render the list by the filters, order and view of the address; ``errors``: of a view that was not kept."""
    filters, sort = asked()
    found = tasks.todo(session, actor, filters=filters, sort=sort, cursor=argument("cursor"), limit=LIMIT, now=now())
    shown = columns(session, actor)
    return page(
        "inbox/todo.html",
        session,
        actor,
        status,
        lines=lines(session, actor, found.items),
        next_cursor=found.next_cursor,
        count=tasks.todo_count(session, actor, filters=filters, now=now()),
        filters=filters,
        sort=sort,
        columns=shown,
        shown=[one.key for one in shown],
        all_columns=[(one.key, one.title) for one in task_table.COLUMNS],
        turn=task_table.turn,
        stages=stage_choices(),
        regions=region_choices(session, actor),
        views=views.listed(session, actor),
        view=viewed(session, actor),
        houses=houses(session, actor),
        typed=given() if errors else {},
        errors=errors,
    )


def columns(session: Session, actor: Actor) -> list[task_table.Column]:
    """Give the columns of the view in the address, else those that the actor chose, else the standard ones."""
    view = viewed(session, actor)
    return task_table.columns(view.columns if view else views.columns(session, actor))


def viewed(session: Session, actor: Actor) -> SavedView | None:
    """Give the view that the address names. Raises NotFound for one that is not the actor's to use."""
    view_id = argument("view")
    if view_id is None or request.blueprint != blueprint.name:
        return None
    return views.get(session, actor, view_id)


def houses(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Give the organisations that the actor works for, with their names."""
    rows = session.scalars(select(Organisation).where(Organisation.id.in_(actor.houses)).order_by(Organisation.name))
    return [(row.id, local_name(row)) for row in rows]


@blueprint.get("/tasks.xlsx")
@login_required
def workbook() -> BaseResponse:
    """Give what the list shows, all its pages, as a workbook."""
    filters, sort = asked()
    with looking() as (session, actor):
        return send_file(
            BytesIO(book(session, actor, filters, sort)),
            SHEET,
            as_attachment=True,
            download_name=say("inbox") + ".xlsx",
        )


def asked() -> tuple[dict[str, str], str]:
    """Read the filters and the order of the address."""
    return {key: value for key in FILTERS if (value := argument(key))}, argument("sort") or "due"


def book(session: Session, actor: Actor, filters: Mapping[str, str], sort: str) -> bytes:
    """Write what waits for somebody, in the list's order, as a workbook. Raises Invalid as the list, and ``too_many_tasks``."""
    found: list[Task] = []
    cursor = None
    while len(found) <= task_table.MOST:
        part = tasks.todo(session, actor, filters=filters, sort=sort, cursor=cursor, limit=LARGEST, now=now())
        found += part.items
        cursor = part.next_cursor
        if cursor is None:
            return task_table.workbook(lines(session, actor, found), columns(session, actor))
    raise Invalid("too_many_tasks", most=task_table.MOST)


@blueprint.get("/done")
@login_required
def done() -> BaseResponse:
    """Show what I have done, the latest first."""
    with looking() as (session, actor):
        found = tasks.done(session, actor, cursor=argument("cursor"), limit=LIMIT, now=now())
        return page(
            "inbox/done.html",
            session,
            actor,
            lines=lines(session, actor, found.items),
            withdrawable=returns.withdrawable(session, application(), actor, found.items, now=now()),
            next_cursor=found.next_cursor,
        )


@blueprint.get("/drafts")
@login_required
def drafts() -> BaseResponse:
    """Show the tasks of which I hold a draft."""
    with looking() as (session, actor):
        found = tasks.my_drafts(session, actor, cursor=argument("cursor"), limit=LIMIT)
        return page(
            "inbox/drafts.html",
            session,
            actor,
            lines=lines(session, actor, found.items),
            next_cursor=found.next_cursor,
        )


@blueprint.get("/started")
@login_required
def started() -> BaseResponse:
    """Show the cases that I have started."""
    with looking() as (session, actor):
        found = instances.started_by_me(session, actor, cursor=argument("cursor"), limit=LIMIT)
        rows = [(instance, stage_name(instance.stage)) for instance in found.items]
        return page("inbox/started.html", session, actor, rows=rows, next_cursor=found.next_cursor)


def lines(session: Session, actor: Actor, found: Iterable[Task]) -> list[Line]:
    """Add to tasks what a list shows beside them: region, holder, countdown, and whether a draft is kept."""
    rows = list(found)
    regions = region_names(session, {code_of(row) for row in rows})
    saved = draft_times(session, actor, [row.id for row in rows])
    names = people_names(session, (row.assignee_id for row in rows))
    urged = urges.unseen(session, actor, [row.id for row in rows])
    seen = seen_instances(session, actor, (row.instance_id for row in rows))
    return [
        Line(
            task=row,
            region=regions.get(code_of(row), ""),
            draft_saved_at=saved.get(row.id),
            stage=stage_name(row.process),
            name=local_name(row),
            holder=names.get(row.assignee_id or "", ""),
            is_mine=row.assignee_id == actor.person_id,
            sees_case=row.instance_id in seen,
            chip=chip_for(session, row.due_at, now()) if row.status == "open" else None,
            urged=len(urged.get(row.id, ())),
            role=role_name(application().roles, row.role),
        )
        for row in rows
    ]


def code_of(task: Task) -> str:
    """Give the code of the region that a task lies in."""
    return task.region_path.rstrip("/").rpartition("/")[2]


def draft_times(session: Session, actor: Actor, task_ids: list[str]) -> dict[str, datetime]:
    """Say of some tasks when the actor's draft was saved."""
    query = select(Draft.task_id, Draft.saved_at).where(Draft.person_id == actor.person_id, Draft.task_id.in_(task_ids))
    return {row.task_id: row.saved_at for row in session.execute(query)}


def people_names(session: Session, ids: Iterable[Any]) -> dict[str, str]:
    """Give the names of some people in one query."""
    wanted = {key for key in ids if key}
    if not wanted:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {row.id: row.name for row in rows}
