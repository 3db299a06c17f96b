"""One's own desk: notices, deadlines, tokens; and the live diagram of a case."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import deadline_board, notices
from server.api import schemas, shapes
from server.auth import bearer
from server.cases import diagram_json
from server.filters import ZONE, iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.language import language
from server.profile import end_of
from workflows import diagrams, people, tasks
from workflows.access import Actor
from workflows.models import ApiToken

blueprint = Blueprint("api-desk", __name__, description="Notices, deadlines, diagrams, tokens")


class Notice(Schema):
    """A notice."""

    id = fields.String()
    case_id = fields.String(allow_none=True)
    kind = fields.String()
    text = fields.String()
    at = fields.String(metadata=schemas.TIME)
    read_at = fields.String(metadata=schemas.TIME, allow_none=True)


class Pulse(Schema):
    """How much waits and is unread."""

    waiting = fields.Integer(metadata={"description": "Tasks to do; 1001 means more than 1000"})
    unread = fields.Integer(metadata={"description": "Notices that nobody has marked as read"})


class DeadlineQuery(schemas.Query):
    """The filters of deadlines."""

    state = fields.String(load_default=None)
    kind = fields.String(load_default=None)
    region = fields.String(load_default=None)


class DeadlineLine(Schema):
    """A deadline of a case."""

    case_id = fields.String()
    case_number = fields.String()
    enterprise = fields.String()
    deadline = fields.Dict()


class DiagramQuery(schemas.Query):
    """Which process of a case."""

    process = fields.String(load_default=None)


class Diagram(Schema):
    """A live diagram."""

    title = fields.String()
    process = fields.String()
    xml = fields.String()
    elements = fields.Dict()
    drill = fields.Dict()
    up = fields.Dict(allow_none=True)


class TokenOut(Schema):
    """A token, without its text."""

    id = fields.String()
    label = fields.String()
    created_at = fields.String(metadata=schemas.TIME)
    expires_at = fields.String(metadata=schemas.TIME, allow_none=True)
    revoked_at = fields.String(metadata=schemas.TIME, allow_none=True)


class TokenIn(schemas.Asked):
    """A token to make."""

    label = fields.String(required=True)
    expires_on = fields.Date(load_default=None, metadata={"description": "The last day; none: until it is revoked"})


class FreshToken(TokenOut):
    """A new token with its text."""

    token = fields.String()


class Tokens(Schema):
    """One's own tokens."""

    items = fields.List(fields.Nested(TokenOut))


@blueprint.route("/notices", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(Notice))
@login_required
def list_notices(query: dict[str, Any]) -> dict[str, Any]:
    """List the notices to the caller's organisations."""
    with looking() as (session, actor):
        found = notices.mine(session, actor, **query)
        return shapes.paged(
            found.items,
            found.next_cursor,
            lambda row: {
                "id": row.id,
                "case_id": row.instance_id,
                "kind": row.kind,
                "text": notices.text(row, language()),
                "at": iso(row.at),
                "read_at": iso(row.read_at) or None,
            },
        )


@blueprint.route("/pulse", methods=["GET"])
@blueprint.response(200, Pulse)
@login_required
def pulse() -> BaseResponse:
    """Get how much waits and is unread. Asked with `If-None-Match`, the answer is 304 while nothing has changed."""
    with looking() as (session, actor):
        waiting = tasks.todo_count(session, actor, now=now())
        unread = notices.unread_count(session, actor)
    answer = jsonify(waiting=waiting, unread=unread)
    answer.set_etag(f"{waiting}-{unread}")
    return answer.make_conditional(request)


@blueprint.route("/notices/<notice_id>/read", methods=["POST"])
@blueprint.response(204)
@command
def read_notice(session: Session, actor: Actor, notice_id: str) -> Answer:
    """Mark a notice as read."""
    notices.mark_read(session, actor, notice_id, now())
    return {}, 204


@blueprint.route("/deadlines", methods=["GET"])
@blueprint.arguments(DeadlineQuery, location="query")
@blueprint.response(200, schemas.page_of(DeadlineLine))
@login_required
def list_deadlines(query: dict[str, Any]) -> dict[str, Any]:
    """List the open deadlines of the cases that the caller sees, the most urgent first."""
    with looking() as (session, actor):
        found = deadline_board.board(session, actor, today=now().astimezone(ZONE).date(), **query)
        return shapes.paged(
            found.items,
            found.next_cursor,
            lambda line: {
                "case_id": line.case.id,
                "case_number": line.case.number,
                "enterprise": line.enterprise.name,
                "deadline": shapes.deadline(line.deadline),
            },
        )


@blueprint.route("/cases/<case_id>/diagram", methods=["GET"])
@blueprint.arguments(DiagramQuery, location="query")
@blueprint.response(200, Diagram)
@login_required
def diagram(query: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Get the live diagram of a process of a case."""
    with looking() as (session, actor):
        found = diagrams.diagram(session, application(), actor, case_id, process=query["process"], now=now())
        return diagram_json(found, case_id)


@blueprint.route("/tokens", methods=["GET"])
@blueprint.response(200, Tokens)
@login_required
def list_tokens() -> dict[str, Any]:
    """List one's own tokens."""
    with looking() as (session, actor):
        return {"items": [token(row) for row in people.list_tokens(session, actor)]}


@blueprint.route("/tokens", methods=["POST"])
@blueprint.arguments(TokenIn)
@blueprint.response(201, FreshToken)
@command
def issue_token(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Make a token for oneself; its text is told this once. Made with a token, it ends no later than that one."""
    expires = end_of(body["expires_on"]) if body["expires_on"] else None
    row, text = people.issue_token(
        session, actor, label=body["label"], expires_at=expires, asked_with=bearer(request), now=now()
    )
    return {**token(row), "token": text}, 201


@blueprint.route("/tokens/<token_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def revoke_token(session: Session, actor: Actor, token_id: str) -> Answer:
    """End one of one's own tokens."""
    people.revoke_token(session, actor, token_id, now=now())
    return {}, 204


def token(row: ApiToken) -> dict[str, Any]:
    """Write a token, without its text."""
    return {
        "id": row.id,
        "label": row.label,
        "created_at": iso(row.created_at),
        "expires_at": iso(row.expires_at) or None,
        "revoked_at": iso(row.revoked_at) or None,
    }
