"""Parks and clusters with their members."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import parks
from audits.models import Enterprise, Park, ParkMember
from server.api import schemas
from server.filters import day
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-parks", __name__, description="Parks and clusters that are audited as a whole")


class ParkMemberOut(Schema):
    """A member of a park, from a day until before another."""

    id = fields.String()
    enterprise_id = fields.String()
    enterprise = fields.String()
    since = fields.String(metadata=schemas.DAY)
    until = fields.String(metadata=schemas.DAY, allow_none=True)
    deemed_case_id = fields.String(allow_none=True)
    deemed_on = fields.String(metadata=schemas.DAY, allow_none=True)


class ParkOut(Schema):
    """A park or cluster."""

    id = fields.String()
    enterprise = fields.String()
    kind = fields.String(metadata={"description": "park, cluster"})
    benchmark = fields.String()
    members = fields.List(fields.Nested(ParkMemberOut))


class Parks(Schema):
    """The parks that the caller sees."""

    items = fields.List(fields.Nested(ParkOut))


class ParkIn(schemas.Asked):
    """An enterprise that stands for a park or cluster."""

    enterprise_id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(parks.KINDS))
    benchmark = fields.String(load_default="")


class ParkMemberIn(schemas.Asked):
    """An enterprise that belongs to a park from a day on."""

    enterprise_id = fields.String(required=True)
    since = fields.Date(required=True)


class ParkMemberEndIn(schemas.Asked):
    """The first day on which it does not."""

    until = fields.Date(required=True)


@blueprint.route("/parks", methods=["GET"])
@blueprint.response(200, Parks)
@login_required
def index() -> dict[str, Any]:
    """List the parks that the caller may see with their members, by name."""
    with looking() as (session, actor):
        return {"items": [_park(*line) for line in parks.list_(session, actor)]}


@blueprint.route("/parks", methods=["POST"])
@blueprint.arguments(ParkIn)
@blueprint.response(201, ParkOut)
@command
def mark(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Let an enterprise stand for a park or cluster."""
    row = parks.mark(session, actor, **body, now=now())
    return _park(row, session.get_one(Enterprise, row.id), []), 201


@blueprint.route("/parks/<park_id>/members", methods=["POST"])
@blueprint.arguments(ParkMemberIn)
@blueprint.response(201, ParkMemberOut)
@command
def add(session: Session, actor: Actor, body: dict[str, Any], park_id: str) -> Answer:
    """Let an enterprise belong to a park from a day on."""
    row = parks.add_member(session, actor, park_id, **body, now=now())
    return _member(row, session.get_one(Enterprise, row.enterprise_id)), 201


@blueprint.route("/parks/<park_id>/members/<member_id>/end", methods=["POST"])
@blueprint.arguments(ParkMemberEndIn)
@blueprint.response(200, ParkMemberOut)
@command
def end(session: Session, actor: Actor, body: dict[str, Any], park_id: str, member_id: str) -> Answer:
    """Let an enterprise belong to a park no more from a day on."""
    row = parks.end_member(session, actor, park_id, member_id, **body, now=now())
    return _member(row, session.get_one(Enterprise, row.enterprise_id)), 200


def _park(row: Park, operator: Enterprise, members: list[parks.Member]) -> dict[str, Any]:
    return {
        "id": row.id,
        "enterprise": operator.name,
        "kind": row.kind,
        "benchmark": row.benchmark,
        "members": [_member(*one) for one in members],
    }


def _member(row: ParkMember, enterprise: Enterprise) -> dict[str, Any]:
    return {
        "id": row.id,
        "enterprise_id": enterprise.id,
        "enterprise": enterprise.name,
        "since": day(row.since),
        "until": day(row.until) or None,
        "deemed_case_id": row.deemed_case_id,
        "deemed_on": day(row.deemed_on) or None,
    }
