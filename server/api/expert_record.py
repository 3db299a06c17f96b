"""The record of an expert: points, measures, appeals."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import expert_appeals, expert_record
from audits.models import ExpertMark
from server.api import schemas
from server.filters import day, iso
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-expert-record", __name__, description="Points, measures and appeals of experts")


class MarkIn(schemas.Asked):
    """What to enter: a kind of the rule with points, or warning, suspension (with ``until``), dismissal."""

    kind = fields.String(required=True)
    reason = fields.String(required=True)
    until = fields.String(load_default=None, allow_none=True, metadata=schemas.DAY)


class AppealIn(schemas.Asked):
    """Why the entry is wrong."""

    text = fields.String(required=True)


class AppealDecisionIn(schemas.Asked):
    """Whether the appeal is right, and why."""

    upheld = fields.Boolean(required=True)
    reason = fields.String(required=True)


class MarkOut(Schema):
    """An entry."""

    id = fields.String()
    kind = fields.String()
    points = fields.Integer()
    on = fields.String(metadata=schemas.DAY)
    until = fields.String(metadata=schemas.DAY, allow_none=True)
    reason = fields.String()
    struck = fields.Boolean()
    appeal = fields.String()
    appeal_status = fields.String(metadata={"description": "blank, open, upheld, rejected"})
    decision = fields.String()
    recorded_at = fields.String(metadata=schemas.TIME)


class ExpertRecordOut(Schema):
    """The record of an expert with the sum of today."""

    points = fields.Integer()
    level = fields.String(metadata={"description": "blank, warn, suspend, dismiss"})
    rule = fields.String()
    marks = fields.List(fields.Nested(MarkOut))


@blueprint.route("/experts/<expert_id>/record", methods=["GET"])
@blueprint.response(200, ExpertRecordOut)
@login_required
def one(expert_id: str) -> dict[str, Any]:
    """Get the record of an expert, as an officer who works with panels or as the expert."""
    with looking() as (session, actor):
        found = expert_record.of_expert(session, actor, expert_id, now=now())
        return {
            "points": found.sum.points,
            "level": found.sum.level,
            "rule": found.rule.key,
            "marks": [shape(row) for row in found.marks],
        }


@blueprint.route("/experts/<expert_id>/record", methods=["POST"])
@blueprint.arguments(MarkIn)
@blueprint.response(201, MarkOut)
@command
def enter(session: Session, actor: Actor, body: dict[str, Any], expert_id: str) -> Answer:
    """Enter points or a measure; the expert is told."""
    return shape(expert_record.enter(session, actor, expert_id, body, now=now())), 201


@blueprint.route("/expert-marks/<mark_id>/appeal", methods=["PUT"])
@blueprint.arguments(AppealIn)
@blueprint.response(200, MarkOut)
@command
def appeal(session: Session, actor: Actor, body: dict[str, Any], mark_id: str) -> Answer:
    """Appeal against an entry in one's own record."""
    return shape(expert_appeals.appeal(session, actor, mark_id, text=body["text"], now=now())), 200


@blueprint.route("/expert-marks/<mark_id>/decision", methods=["PUT"])
@blueprint.arguments(AppealDecisionIn)
@blueprint.response(200, MarkOut)
@command
def decide(session: Session, actor: Actor, body: dict[str, Any], mark_id: str) -> Answer:
    """Decide an appeal; upheld, the entry counts no more."""
    return shape(expert_appeals.decide(session, actor, mark_id, **body, now=now())), 200


def shape(row: ExpertMark) -> dict[str, Any]:
    """Write an entry."""
    return {
        "id": row.id,
        "kind": row.kind,
        "points": row.points,
        "on": day(row.on),
        "until": day(row.until) or None,
        "reason": row.reason,
        "struck": row.struck,
        "appeal": row.appeal,
        "appeal_status": row.appeal_status,
        "decision": row.decision,
        "recorded_at": iso(row.recorded_at),
    }
