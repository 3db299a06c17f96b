"""What ties experts, and when they are away."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import conflicts, experts, relations
from audits.models import ExpertAbsence, ExpertRelation
from server.api import schemas
from server.api.panels import SeatReasonIn
from server.filters import day
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-relations", __name__, description="What ties experts, and when they are away")


class RelationIn(schemas.Asked):
    """A relation of an expert."""

    kind = fields.String(required=True, validate=validate.OneOf(sorted(conflicts.KINDS)))
    company = fields.String(load_default="")
    person = fields.String(load_default="")
    note = fields.String(load_default="")
    since = fields.String(load_default="", metadata=schemas.DAY)
    until = fields.String(load_default="", metadata=schemas.DAY)


class RelationOut(RelationIn):
    """A relation with its id."""

    id = fields.String()


class AwayIn(schemas.Asked):
    """Days on which an expert is away."""

    since = fields.String(required=True, metadata=schemas.DAY)
    until = fields.String(required=True, metadata=schemas.DAY)
    reason = fields.String(load_default="")


class AwayOut(AwayIn):
    """An absence with its id."""

    id = fields.String()


class ExpertRecord(Schema):
    """An expert with what ties them and when they are away."""

    id = fields.String()
    name = fields.String()
    employer = fields.String()
    relations = fields.List(fields.Nested(RelationOut))
    absences = fields.List(fields.Nested(AwayOut))


@blueprint.route("/experts/<expert_id>", methods=["GET"])
@blueprint.response(200, ExpertRecord)
@login_required
def one(expert_id: str) -> dict[str, Any]:
    """Get an expert with what ties them and when they are away."""
    with looking() as (session, actor):
        row, person = experts.get(session, actor, expert_id)
        return {
            "id": row.id,
            "name": person.name,
            "employer": row.employer,
            "relations": [relation(one) for one in relations.of_expert(session, actor, expert_id)],
            "absences": [absence(one) for one in relations.absences(session, actor, expert_id)],
        }


@blueprint.route("/experts/<expert_id>/relations", methods=["POST"])
@blueprint.arguments(RelationIn)
@blueprint.response(201, RelationOut)
@command
def record_relation(session: Session, actor: Actor, body: dict[str, Any], expert_id: str) -> Answer:
    """Record a relation of an expert."""
    return relation(relations.record(session, actor, expert_id, body, now=now())), 201


@blueprint.route("/experts/<expert_id>/relations/<relation_id>/strike", methods=["POST"])
@blueprint.arguments(SeatReasonIn)
@blueprint.response(204)
@command
def strike(session: Session, actor: Actor, body: dict[str, Any], expert_id: str, relation_id: str) -> Answer:
    """Strike out a relation that was wrong."""
    relations.strike(session, actor, expert_id, relation_id, reason=body["reason"], now=now())
    return {}, 204


@blueprint.route("/experts/<expert_id>/absences", methods=["POST"])
@blueprint.arguments(AwayIn)
@blueprint.response(201, AwayOut)
@command
def be_away(session: Session, actor: Actor, body: dict[str, Any], expert_id: str) -> Answer:
    """Record days on which an expert is away."""
    return absence(relations.be_away(session, actor, expert_id, body, now=now())), 201


@blueprint.route("/experts/<expert_id>/absences/<absence_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def be_back(session: Session, actor: Actor, expert_id: str, absence_id: str) -> Answer:
    """Take an absence back."""
    relations.be_back(session, actor, expert_id, absence_id, now=now())
    return {}, 204


def relation(row: ExpertRelation) -> dict[str, Any]:
    """Write a relation."""
    texts = {"id": row.id, "kind": row.kind, "company": row.company, "person": row.person, "note": row.note}
    return texts | {"since": day(row.since), "until": day(row.until)}


def absence(row: ExpertAbsence) -> dict[str, Any]:
    """Write an absence."""
    return {"id": row.id, "since": day(row.since), "until": day(row.until), "reason": row.reason}
