"""Matters of cases: what is applied for or found, examined and decided."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import access, effects, matter_kinds, matters
from audits.models import Case, Matter
from server.api import schemas, shapes
from server.filters import ZONE, iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-matters", __name__, description="Extensions, closures, objections and the like")


class FieldOut(Schema):
    """A value of a kind."""

    key = fields.String()
    title = fields.List(fields.String(), metadata={"description": "Chinese, English"})
    type = fields.String()
    required = fields.Boolean()
    options = fields.List(fields.List(fields.String()), metadata={"description": "Value, Chinese, English"})


class KindOut(Schema):
    """A kind of matter that the caller may raise about a case."""

    kind = fields.String()
    title = fields.List(fields.String())
    evidence = fields.Boolean(metadata={"description": "Whether files are needed"})
    facts = fields.List(fields.Nested(FieldOut))
    decision = fields.List(fields.Nested(FieldOut))


class MatterOut(Schema):
    """A matter."""

    id = fields.String()
    case_id = fields.String()
    kind = fields.String()
    title = fields.List(fields.String())
    status = fields.String(metadata={"description": "open, approved, refused, withdrawn"})
    reason = fields.String()
    facts = fields.Dict()
    evidence = fields.List(fields.Dict())
    steps = fields.List(fields.Dict())
    next_step = fields.String(allow_none=True, metadata={"description": "What comes before the decision"})
    decision = fields.Dict()
    decision_reason = fields.String()
    raised_at = fields.String(metadata=schemas.TIME)
    decided_at = fields.String(metadata=schemas.TIME, allow_none=True)
    letter_id = fields.String(allow_none=True)


class CaseMatters(Schema):
    """The matters of a case, and what the caller may raise."""

    items = fields.List(fields.Nested(MatterOut))
    offered = fields.List(fields.Nested(KindOut))


class MatterQuery(schemas.Query):
    """The filters of matters; an empty status gives all."""

    status = fields.String(load_default="open", validate=validate.OneOf(["", *effects.STATUSES]))
    kind = fields.String(load_default=None)


class MatterIn(schemas.Asked):
    """A matter to raise. ``evidence`` names files that the caller has uploaded."""

    kind = fields.String(required=True)
    reason = fields.String(required=True)
    facts = fields.Dict(keys=fields.String(), load_default=dict)
    evidence = fields.List(fields.String(), load_default=list)


class StepIn(schemas.Asked):
    """What was done before the decision."""

    step = fields.String(required=True)
    note = fields.String(required=True)


class MatterDecisionIn(schemas.Asked):
    """A decision with its values, of which a refusal needs none."""

    decision = fields.String(required=True, validate=validate.OneOf(["approved", "refused"]))
    reason = fields.String(required=True)
    values = fields.Dict(keys=fields.String(), load_default=dict)


@blueprint.route("/matters", methods=["GET"])
@blueprint.arguments(MatterQuery, location="query")
@blueprint.response(200, schemas.page_of(MatterOut))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the matters that the caller may know of, the newest first."""
    with looking() as (session, actor):
        found = matters.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, lambda row: shape(row[0]))


@blueprint.route("/cases/<case_id>/matters", methods=["GET"])
@blueprint.response(200, CaseMatters)
@login_required
def of_case(case_id: str) -> dict[str, Any]:
    """List the matters of a case that the caller may know of, and the kinds that the caller may raise now."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        return {
            "items": [shape(row) for row in matters.for_case(session, actor, case_id)],
            "offered": [kind_shape(session, case, one) for one in matters.offered(session, actor, case)],
        }


@blueprint.route("/cases/<case_id>/matters", methods=["POST"])
@blueprint.arguments(MatterIn)
@blueprint.response(201, MatterOut)
@command
def raise_(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Ask for a decision about a case. 409 `matter_open`, `matter_not_now`."""
    return shape(matters.raise_(session, application(), actor, case_id, **body, now=now())), 201


@blueprint.route("/matters/<matter_id>", methods=["GET"])
@blueprint.response(200, MatterOut)
@login_required
def one(matter_id: str) -> dict[str, Any]:
    """Get a matter."""
    with looking() as (session, actor):
        return shape(matters.get(session, actor, matter_id)[0])


@blueprint.route("/matters/<matter_id>/steps", methods=["POST"])
@blueprint.arguments(StepIn)
@blueprint.response(200, MatterOut)
@command
def record_step(session: Session, actor: Actor, body: dict[str, Any], matter_id: str) -> Answer:
    """Write down what was done before the decision. 409 `matter_step`, `matter_decided`."""
    return shape(matters.record_step(session, application(), actor, matter_id, **body, now=now())), 200


@blueprint.route("/matters/<matter_id>/decision", methods=["POST"])
@blueprint.arguments(MatterDecisionIn)
@blueprint.response(200, MatterOut)
@command
def decide(session: Session, actor: Actor, body: dict[str, Any], matter_id: str) -> Answer:
    """Approve or refuse a matter; it takes effect at once. 409 `matter_decided`, `matter_step_missing`."""
    return shape(matters.decide(session, application(), actor, matter_id, **body, now=now())), 200


@blueprint.route("/matters/<matter_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def withdraw(session: Session, actor: Actor, matter_id: str) -> Answer:
    """Take back what the caller raised. 409 `matter_decided`."""
    matters.withdraw(session, actor, matter_id, now=now())
    return {}, 204


def shape(row: Matter) -> dict[str, Any]:
    """Write a matter."""
    return {
        "id": row.id,
        "case_id": row.case_id,
        "kind": row.kind,
        "title": list(matter_kinds.get(row.kind).names),
        "status": row.status,
        "reason": row.reason,
        "facts": row.facts,
        "evidence": row.evidence,
        "steps": row.steps,
        "next_step": matters.next_step(row) if row.status == "open" else None,
        "decision": row.decision,
        "decision_reason": row.decision_reason,
        "raised_at": iso(row.raised_at),
        "decided_at": iso(row.decided_at) or None,
        "letter_id": row.letter_id,
    }


def kind_shape(session: Session, case: Case, kind: matter_kinds.Kind) -> dict[str, Any]:
    """Write a kind with what may be chosen."""
    return {
        "kind": kind.key,
        "title": list(kind.names),
        "evidence": kind.evidence,
        "facts": [field_shape(session, case, one) for one in kind.facts],
        "decision": [field_shape(session, case, one) for one in kind.decision],
    }


def field_shape(session: Session, case: Case, field: matter_kinds.Field) -> dict[str, Any]:
    """Write a field."""
    return {
        "key": field.key,
        "title": list(field.names),
        "type": field.type,
        "required": field.required,
        "options": [list(one) for one in matter_kinds.choices(session, case, field, now().astimezone(ZONE).date())],
    }
