"""How one's inbox looks: the columns, and the views that are saved or shared."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from server import inbox, task_table
from server.api import schemas
from server.house import looking, now
from server.idempotency import Answer, command
from workflows import views
from workflows.access import Actor
from workflows.models import SavedView

blueprint = Blueprint("api-views", __name__, description="Columns and views of the inbox")


class Filters(schemas.Asked):
    """What a view narrows the list to."""

    text = fields.String()
    enterprise = fields.String()
    process = fields.String()
    region = fields.String()
    due = fields.String()
    holding = fields.String()


class ViewIn(schemas.Asked):
    """A view to keep; with an organisation of the caller all of its people may use it."""

    name = fields.String(required=True)
    filters = fields.Nested(Filters, load_default=dict)
    sort = fields.String(load_default="due")
    columns = fields.List(fields.String(validate=validate.OneOf(task_table.KEYS)), load_default=list)
    organisation_id = fields.String(load_default=None, allow_none=True)


class OneView(Schema):
    """A view."""

    id = fields.String()
    name = fields.String()
    filters = fields.Dict()
    sort = fields.String()
    columns = fields.List(fields.String())
    organisation_id = fields.String(allow_none=True)
    own = fields.Boolean()


class Views(Schema):
    """The views that the caller may use, and the columns of their inbox."""

    items = fields.List(fields.Nested(OneView))
    columns = fields.List(fields.String())


class ColumnsIn(schemas.Asked):
    """The columns to show."""

    columns = fields.List(fields.String(), required=True)


class Columns(Schema):
    """The columns shown."""

    columns = fields.List(fields.String())


def shape(row: SavedView, actor: Actor) -> dict[str, Any]:
    """Write a view."""
    return {
        "id": row.id,
        "name": row.name,
        "filters": row.filters,
        "sort": row.sort,
        "columns": row.columns,
        "organisation_id": row.organisation_id,
        "own": row.person_id == actor.person_id,
    }


@blueprint.route("/inbox/views", methods=["GET"])
@blueprint.response(200, Views)
@login_required
def index() -> dict[str, Any]:
    """List the views that the caller has saved or that are shared with them."""
    with looking() as (session, actor):
        return {
            "items": [shape(row, actor) for row in views.listed(session, actor)],
            "columns": [one.key for one in inbox.columns(session, actor)],
        }


@blueprint.route("/inbox/views", methods=["POST"])
@blueprint.arguments(ViewIn)
@blueprint.response(201, OneView)
@command
def save(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Keep a view; one of the same name is replaced."""
    chosen = body.pop("columns") or [one.key for one in inbox.columns(session, actor)]
    return shape(views.save(session, actor, body.pop("name"), columns=chosen, **body, now=now()), actor), 201


@blueprint.route("/inbox/views/<view_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def remove(session: Session, actor: Actor, view_id: str) -> Answer:
    """Keep a view no more. 403 `not_your_view` for what somebody else shared."""
    views.remove(session, actor, view_id, now=now())
    return {}, 204


@blueprint.route("/inbox/columns", methods=["PUT"])
@blueprint.arguments(ColumnsIn)
@blueprint.response(200, Columns)
@command
def choose(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Choose the columns of one's inbox."""
    return {"columns": list(views.choose(session, actor, body["columns"], known=task_table.KEYS, now=now()))}, 200
