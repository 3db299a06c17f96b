"""Self-commitments and the draws of their spot checks."""

from __future__ import annotations

import secrets
from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import commitments
from audits.models import SpotDraw
from server.api import schemas, shapes
from server.filters import day, iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-commitments", __name__, description="Self-commitments and their spot checks")


class CommitmentOut(Schema):
    """A commitment that was accepted on paper."""

    case_id = fields.String()
    number = fields.String()
    enterprise = fields.String()
    accepted_on = fields.String(metadata=schemas.DAY)
    until = fields.String(metadata=schemas.DAY)
    status = fields.String(metadata={"description": "open, drawn, kept, lapsed, revoked"})
    findings = fields.String()


class SpotDrawOut(Schema):
    """A draw with what is needed to repeat it."""

    id = fields.String()
    region = fields.String()
    seed = fields.String()
    pool = fields.List(fields.String())
    drawn = fields.List(fields.String())
    at = fields.String(metadata=schemas.TIME)


class SpotDrawIn(schemas.Asked):
    """Where, and how many."""

    region_code = fields.String(required=True)
    count = fields.Integer(required=True)


@blueprint.route("/commitments", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(CommitmentOut))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the commitments of the cases that the caller may see, the latest first."""
    with looking() as (session, actor):
        found = commitments.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, _commitment)


@blueprint.route("/commitments/draws", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(SpotDrawOut))
@login_required
def draws(query: dict[str, Any]) -> dict[str, Any]:
    """List the draws of the caller's regions, the latest first."""
    with looking() as (session, actor):
        found = commitments.draws(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, _draw)


@blueprint.route("/commitments/draws", methods=["POST"])
@blueprint.arguments(SpotDrawIn)
@blueprint.response(201, SpotDrawOut)
@command
def draw(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Draw spot checks by lot among the open commitments of a region."""
    made = commitments.draw(session, application(), actor, **body, seed=secrets.token_hex(16), now=now())
    return _draw(made), 201


def _commitment(line: commitments.Line) -> dict[str, Any]:
    row, case, enterprise = line
    return {
        "case_id": case.id,
        "number": case.number,
        "enterprise": enterprise.name,
        "accepted_on": day(row.accepted_on),
        "until": day(row.until),
        "status": row.status,
        "findings": row.findings,
    }


def _draw(row: SpotDraw) -> dict[str, Any]:
    return {
        "id": row.id,
        "region": row.region_code,
        "seed": row.seed,
        "pool": row.pool,
        "drawn": row.drawn,
        "at": iso(row.at),
    }
