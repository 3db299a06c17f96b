"""Copies: what colleagues sent to take note of."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas, shapes
from server.filters import iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows import copies
from workflows.access import Actor
from workflows.models import Copy as Row

blueprint = Blueprint("api-copies", __name__, description="Cases that colleagues sent to take note of")


class Copy(Schema):
    """A copy."""

    id = fields.String()
    case_id = fields.String()
    sent_by = fields.String(metadata={"description": "The sender's id"})
    note = fields.String()
    sent_at = fields.String(metadata=schemas.TIME)
    read_at = fields.String(metadata=schemas.TIME, allow_none=True)


class Copies(Schema):
    """The copies that were made; who has an unread one gets no second."""

    items = fields.List(fields.Nested(Copy))


class CopyIn(schemas.Asked):
    """To whom, and why."""

    usernames = fields.List(fields.String(), required=True)
    note = fields.String(load_default="")


def shape(row: Row) -> dict[str, Any]:
    """Write a copy."""
    return {
        "id": row.id,
        "case_id": row.instance_id,
        "sent_by": row.sent_by,
        "note": row.note,
        "sent_at": iso(row.sent_at),
        "read_at": iso(row.read_at) or None,
    }


@blueprint.route("/copies", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(Copy))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List what was sent to the caller, the latest first."""
    with looking() as (session, actor):
        found = copies.mine(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, lambda row: shape(row[0]))


@blueprint.route("/copies/<copy_id>/read", methods=["POST"])
@blueprint.response(200, Copy)
@command
def read(session: Session, actor: Actor, copy_id: str) -> Answer:
    """Note that a copy was read."""
    return shape(copies.read(session, actor, copy_id, now=now())), 200


@blueprint.route("/cases/<case_id>/copies", methods=["POST"])
@blueprint.arguments(CopyIn)
@blueprint.response(201, Copies)
@command
def send(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Send a case to colleagues who see it already. 422 where somebody does not."""
    made = copies.send(session, application(), actor, case_id, body["usernames"], note=body["note"], now=now())
    return {"items": [shape(row) for row in made]}, 201
