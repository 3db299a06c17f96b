"""Substitutes: who acts for whom, when, and for what."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas
from server.filters import iso
from server.house import looking, now
from server.idempotency import Answer, command
from workflows import substitutions
from workflows.access import Actor
from workflows.models import Substitution

blueprint = Blueprint("api-substitutes", __name__, description="Who acts for whom")


class AbsentQuery(schemas.Query):
    """Of whom; the caller if left out."""

    absent_id = fields.String(load_default=None)


class SubstituteIn(schemas.Asked):
    """Who acts, from when until when (a moment that counts no more), in which roles and processes: all if none."""

    substitute_id = fields.String(required=True)
    absent_id = fields.String(load_default=None, allow_none=True)
    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)
    roles = fields.List(fields.String(), load_default=list)
    families = fields.List(fields.String(), load_default=list)
    reason = fields.String(load_default="")


class Substitute(Schema):
    """A substitution."""

    id = fields.String()
    absent_id = fields.String()
    substitute_id = fields.String()
    absent = fields.String()
    substitute = fields.String()
    since = fields.String(metadata=schemas.TIME)
    until = fields.String(metadata=schemas.TIME)
    ended_at = fields.String(metadata=schemas.TIME, allow_none=True)
    roles = fields.List(fields.String())
    families = fields.List(fields.String())
    reason = fields.String()


class Substitutes(Schema):
    """Those that are not over."""

    items = fields.List(fields.Nested(Substitute))


def shape(row: Substitution) -> dict[str, Any]:
    """Write a substitution."""
    return {
        "id": row.id,
        "absent_id": row.absent_id,
        "substitute_id": row.substitute_id,
        "since": iso(row.since),
        "until": iso(row.until),
        "ended_at": iso(row.ended_at) or None,
        "roles": row.roles,
        "families": row.families,
        "reason": row.reason,
    }


@blueprint.route("/substitutes", methods=["GET"])
@blueprint.arguments(AbsentQuery, location="query")
@blueprint.response(200, Substitutes)
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the substitutions that are not over: the caller's, or those of somebody whom the caller manages."""
    with looking() as (session, actor):
        found = substitutions.of_actor(session, actor, absent_id=query["absent_id"])
        return {"items": [{**shape(one.row), "absent": one.absent, "substitute": one.substitute} for one in found]}


@blueprint.route("/substitutes", methods=["POST"])
@blueprint.arguments(SubstituteIn)
@blueprint.response(201, Substitute)
@command
def appoint(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Let a colleague act for the caller, or for somebody absent whom the caller manages."""
    return shape(substitutions.appoint(session, actor, **body, now=now())), 201


@blueprint.route("/substitutes/<substitution_id>", methods=["DELETE"])
@blueprint.response(200, Substitute)
@command
def end(session: Session, actor: Actor, substitution_id: str) -> Answer:
    """End a substitution now."""
    return shape(substitutions.end(session, actor, substitution_id, now=now())), 200
