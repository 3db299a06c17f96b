"""Joining an enterprise: requests, decisions, and the enterprises that nobody has joined yet."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import joining, unjoined
from audits.models import Enterprise, JoinRequest
from server.api import schemas, shapes
from server.filters import day, iso
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor, require

blueprint = Blueprint("api-joining", __name__, description="Joining an enterprise that is registered already")


class JoinRequestOut(Schema):
    """A request to join."""

    id = fields.String()
    enterprise_id = fields.String()
    enterprise = fields.String()
    person = fields.String()
    note = fields.String()
    status = fields.String(metadata={"description": "open, approved, refused, withdrawn"})
    reason = fields.String()
    asked_at = fields.String(metadata=schemas.TIME)
    decided_at = fields.String(metadata=schemas.TIME, allow_none=True)


class JoinRequests(Schema):
    """One's own requests."""

    items = fields.List(fields.Nested(JoinRequestOut))


class JoinRequestIn(schemas.Asked):
    """A request to join the enterprise of a credit code."""

    uscc = fields.String(required=True)
    note = fields.String(load_default="")


class JoinDecisionIn(schemas.Asked):
    """A decision about a request; a refusal says why."""

    decision = fields.String(required=True, validate=validate.OneOf(["approved", "refused"]))
    role = fields.String(load_default="", validate=validate.OneOf(["", *joining.ROLES]))
    reason = fields.String(load_default="")


class Unjoined(Schema):
    """An enterprise with open cases that nobody has joined."""

    enterprise_id = fields.String()
    enterprise = fields.String()
    uscc = fields.String()
    competent = fields.String()
    cases = fields.Integer()
    since = fields.String(metadata=schemas.TIME)
    due_on = fields.String(metadata=schemas.DAY, allow_none=True)


@blueprint.route("/join-requests", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(JoinRequestOut))
@login_required
def waiting(query: dict[str, Any]) -> dict[str, Any]:
    """List the open requests that the caller decides."""
    with looking() as (session, actor):
        found = joining.waiting(session, actor, now=now(), **query)
        return shapes.paged(found.items, found.next_cursor, lambda row: shape(row[0], row[1], row[2].name))


@blueprint.route("/join-requests", methods=["POST"])
@blueprint.arguments(JoinRequestIn)
@blueprint.response(201, JoinRequestOut)
@command
def ask(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Ask to work for an enterprise that is registered already."""
    row = joining.ask(session, actor, **body, now=now())
    return shape(row, session.get_one(Enterprise, row.enterprise_id), actor.name), 201


@blueprint.route("/join-requests/mine", methods=["GET"])
@blueprint.response(200, JoinRequests)
@login_required
def mine() -> dict[str, Any]:
    """List the caller's own requests."""
    with looking() as (session, actor):
        return {"items": [shape(row, enterprise, actor.name) for row, enterprise in joining.mine(session, actor)]}


@blueprint.route("/join-requests/<request_id>/decision", methods=["POST"])
@blueprint.arguments(JoinDecisionIn)
@blueprint.response(200, JoinRequestOut)
@command
def decide(session: Session, actor: Actor, body: dict[str, Any], request_id: str) -> Answer:
    """Approve or refuse a request."""
    row = joining.decide(session, actor, request_id, **body, now=now())
    return shape(row, session.get_one(Enterprise, row.enterprise_id), ""), 200


@blueprint.route("/join-requests/<request_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def withdraw(session: Session, actor: Actor, request_id: str) -> Answer:
    """Take back one's own request."""
    joining.withdraw(session, actor, request_id, now=now())
    return {}, 204


@blueprint.route("/enterprises/unjoined", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(Unjoined))
@login_required
def unjoined_board(query: dict[str, Any]) -> dict[str, Any]:
    """List the enterprises with open cases that nobody has joined yet."""
    with looking() as (session, actor):
        require(actor, "enterprises.edit")
        found = unjoined.board(session, actor, now=now(), **query)
        return shapes.paged(
            found.items,
            found.next_cursor,
            lambda line: {
                "enterprise_id": line.enterprise.id,
                "enterprise": line.enterprise.name,
                "uscc": line.enterprise.uscc,
                "competent": line.holder.name,
                "cases": line.cases,
                "since": iso(line.since),
                "due_on": day(line.due_on) or None,
            },
        )


def shape(row: JoinRequest, enterprise: Enterprise, person: str) -> dict[str, Any]:
    """Write a request."""
    return {
        "id": row.id,
        "enterprise_id": enterprise.id,
        "enterprise": enterprise.name,
        "person": person,
        "note": row.note,
        "status": row.status,
        "reason": row.decision_reason,
        "asked_at": iso(row.asked_at),
        "decided_at": iso(row.decided_at) or None,
    }
