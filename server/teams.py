"""My team: the open tasks of the office or company that one leads, and giving one to somebody."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from server import inbox, task_table
from server.filters import local_name
from server.house import acting, application, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.sentences import trouble
from server.stages import stage_choices
from workflows import teams, views
from workflows.access import Actor
from workflows.errors import Invalid

blueprint = Blueprint("teams", __name__)


@blueprint.get("/inbox/team")
@login_required
def index() -> BaseResponse:
    """Show the open tasks of one's team, whoever holds them, the most urgent first."""
    filters, sort = inbox.asked()
    with looking() as (session, actor):
        found = teams.waiting(
            session,
            application(),
            actor,
            filters=filters,
            sort=sort,
            cursor=argument("cursor"),
            limit=inbox.LIMIT,
            now=now(),
        )
        return page(
            "inbox/team.html",
            session,
            actor,
            lines=inbox.lines(session, actor, found.items),
            next_cursor=found.next_cursor,
            count=teams.count(session, application(), actor, filters=filters, now=now()),
            filters=filters,
            sort=sort,
            columns=task_table.columns(views.columns(session, actor)),
            turn=task_table.turn,
            stages=stage_choices(),
            regions=region_choices(session, actor),
        )


@blueprint.get("/tasks/<task_id>/assignment")
@login_required
def choose(task_id: str) -> BaseResponse:
    """Show to whom of one's team a task can be given."""
    with looking() as (session, actor):
        return choice(session, actor, task_id)


def choice(
    session: Session, actor: Actor, task_id: str, status: int = 200, error: Invalid | None = None
) -> BaseResponse:
    """Show the people, and what was typed."""
    task, people = teams.members(session, application(), actor, task_id, now=now())
    return page(
        "inbox/assign.html",
        session,
        actor,
        status,
        task=task,
        name=local_name(task),
        people=people,
        typed=given() if error else {},
        errors=trouble(error) if error else None,
    )


@blueprint.post("/tasks/<task_id>/assignment")
@login_required
def assign(task_id: str) -> BaseResponse:
    """Give a task to somebody of one's team."""
    values = given()
    try:
        with acting() as (session, actor):
            receiver, reason = values.get("receiver", ""), values.get("reason", "")
            teams.assign(session, application(), actor, task_id, receiver, reason=reason, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return choice(session, actor, task_id, 422, error)
    return back_to("teams.index", say("The task was given."))
