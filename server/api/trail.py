"""The audit trail: events, verification, checkpoints."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, send_file
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas, shapes
from server.events import event_line, events
from server.filters import iso
from server.house import looking
from server.idempotency import Answer, command
from server.trail import note_verification, verified
from workflows import trail
from workflows.access import Actor, require

blueprint = Blueprint("api-trail", __name__, description="The audit trail and its verification")


class Event(Schema):
    """An event."""

    id = fields.String()
    chain = fields.String()
    seq = fields.Integer()
    at = fields.String()
    actor = fields.String()
    action = fields.String()
    subject_type = fields.String()
    subject_id = fields.String()
    values = fields.Dict()
    hash = fields.String()
    prev_hash = fields.String()


class EventQuery(schemas.Query):
    """The filter of events."""

    chain = fields.String(load_default=None)


class Fault(Schema):
    """A place where the trail is not as it was written."""

    kind = fields.String()
    chain = fields.String()
    seq = fields.Integer(allow_none=True)
    event_id = fields.String(allow_none=True)
    text = fields.String()


class Report(Schema):
    """What a verification found."""

    ok = fields.Boolean()
    events = fields.Integer()
    chains = fields.Integer()
    checkpoints = fields.Integer()
    problems = fields.List(fields.Nested(Fault))


@blueprint.route("/trail/events", methods=["GET"])
@blueprint.arguments(EventQuery, location="query")
@blueprint.response(200, schemas.page_of(Event))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the events that the caller may read, the newest first."""
    with looking() as (session, actor):
        require(actor, "trail.read")
        rows, next_cursor = events(session, actor, query["chain"], query.get("cursor"), query["limit"])
        return shapes.paged(
            (event_line(event, body) for event, body in rows), next_cursor, lambda line: {**line, "at": iso(line["at"])}
        )


@blueprint.route("/trail/verification", methods=["POST"])
@blueprint.response(200, Report)
@login_required
def verify() -> Answer:
    """Check every chain and checkpoint; who checked and what came of it is noted."""
    return noted(verified())


@command
def noted(session: Session, actor: Actor, report: trail.Report) -> Answer:
    """Note a verification and tell what it found."""
    note_verification(session, actor, report)
    return {
        "ok": report.ok,
        "events": report.events,
        "chains": report.chains,
        "checkpoints": report.checkpoints,
        "problems": [
            {"kind": one.kind, "chain": one.chain, "seq": one.seq, "event_id": one.event_id, "text": one.text}
            for one in report.problems
        ],
    }, 200


@blueprint.route("/trail/checkpoints", methods=["GET"])
@blueprint.response(200, content_type="application/jsonl")
@login_required
def checkpoints() -> Response:
    """Download the signed checkpoints, one JSON object a line."""
    with looking() as (session, actor):
        require(actor, "trail.verify")
        content = trail.export_checkpoints(session)
    return send_file(BytesIO(content), "application/jsonl", as_attachment=True, download_name="checkpoints.jsonl")
