"""My team: the open tasks of the office or company that the caller leads, and giving one to somebody."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas, shapes
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.inbox import FILTERS
from workflows import teams
from workflows.access import Actor

blueprint = Blueprint("api-teams", __name__, description="The tasks of a team")


class Member(Schema):
    """Somebody whom a task can be given to."""

    id = fields.String()
    name = fields.String()


class Members(Schema):
    """Whom a task can be given to."""

    items = fields.List(fields.Nested(Member))


class AssignmentIn(schemas.Asked):
    """To whom, and why."""

    receiver = fields.String(required=True)
    reason = fields.String(required=True)


@blueprint.route("/team/tasks", methods=["GET"])
@blueprint.arguments(schemas.TaskQuery, location="query")
@blueprint.response(200, schemas.page_of(schemas.Task))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the open tasks of the caller's team, whoever holds them. 403 for who leads none."""
    filters = {key: query[key] for key in FILTERS}
    rest = {"sort": query["sort"], "cursor": query.get("cursor"), "limit": query["limit"]}
    with looking() as (session, actor):
        found = teams.waiting(session, application(), actor, filters=filters, **rest, now=now())
        return shapes.paged(found.items, found.next_cursor, shapes.task)


@blueprint.route("/tasks/<task_id>/assignment", methods=["GET"])
@blueprint.response(200, Members)
@login_required
def choose(task_id: str) -> dict[str, Any]:
    """List whom of the caller's team a task can be given to."""
    with looking() as (session, actor):
        _task, people = teams.members(session, application(), actor, task_id, now=now())
        return {"items": [{"id": one.id, "name": one.name} for one in people]}


@blueprint.route("/tasks/<task_id>/assignment", methods=["POST"])
@blueprint.arguments(AssignmentIn)
@blueprint.response(200, schemas.Task)
@command
def assign(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Give a task to somebody of the caller's team, oneself among them. 403 `not_a_receiver`."""
    return shapes.task(teams.assign(session, application(), actor, task_id, **body, now=now())), 200
