"""Incidents: list, try again, resolve."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas, shapes
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows import incidents
from workflows.access import Actor

blueprint = Blueprint("api-incidents", __name__, description="What an operator must look at")


class Incident(Schema):
    """An incident."""

    id = fields.String()
    case_id = fields.String(allow_none=True)
    kind = fields.String()
    element = fields.String()
    message = fields.String()
    opened_at = fields.String()
    resolved_at = fields.String(allow_none=True)


class IncidentQuery(schemas.Query):
    """The filter of incidents."""

    resolved = fields.Boolean(load_default=False)


class ResolveIn(schemas.Asked):
    """A word about what was done."""

    note = fields.String(load_default="")


@blueprint.route("/incidents", methods=["GET"])
@blueprint.arguments(IncidentQuery, location="query")
@blueprint.response(200, schemas.page_of(Incident))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the open incidents, or the resolved ones."""
    with looking() as (session, actor):
        found = incidents.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, shapes.incident)


@blueprint.route("/incidents/<incident_id>/retry", methods=["POST"])
@blueprint.response(200, Incident)
@command
def retry(session: Session, actor: Actor, incident_id: str) -> Answer:
    """Try again what failed."""
    return shapes.incident(incidents.retry(session, application(), actor, incident_id, now=now())), 200


@blueprint.route("/incidents/<incident_id>/resolve", methods=["POST"])
@blueprint.arguments(ResolveIn)
@blueprint.response(200, Incident)
@command
def resolve(session: Session, actor: Actor, body: dict[str, Any], incident_id: str) -> Answer:
    """Say that an incident is dealt with."""
    return shapes.incident(incidents.resolve(session, actor, incident_id, body["note"], now=now())), 200
