"""The database of names: findings for which enterprises are listed, and intervals that end."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import intervals, name_list
from audits.models import Enterprise, ListingFact
from server.api import schemas, shapes
from server.filters import ZONE, day
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor, require

blueprint = Blueprint("api-name-list", __name__, description="Why enterprises belong on a list")


class FactOut(Schema):
    """A finding."""

    id = fields.String()
    enterprise_id = fields.String()
    enterprise = fields.String()
    source = fields.String()
    title = fields.List(fields.String())
    type = fields.String()
    found_on = fields.String(metadata=schemas.DAY)
    document = fields.String()
    note = fields.String()
    evidence = fields.List(fields.Dict())
    status = fields.String(metadata={"description": "open, used, dismissed"})
    status_reason = fields.String()
    entry_id = fields.String(allow_none=True)


class FactQuery(schemas.Query):
    """The filters of findings; an empty status gives all."""

    status = fields.String(load_default="open", validate=validate.OneOf(["", *name_list.STATUSES]))
    source = fields.String(load_default=None)
    region = fields.String(load_default=None)


class FactIn(schemas.Asked):
    """A finding to record. ``evidence`` names files that the caller has uploaded."""

    enterprise_id = fields.String(required=True)
    source = fields.String(required=True)
    type = fields.String(required=True)
    found_on = fields.Date(required=True)
    document = fields.String(required=True)
    note = fields.String(load_default="")
    evidence = fields.List(fields.String(), load_default=list)


class DismissalIn(schemas.Asked):
    """Why a finding no longer counts."""

    reason = fields.String(required=True)


class ProposalIn(schemas.Asked):
    """Findings to put onto a draft list."""

    list_id = fields.String(required=True)
    fact_ids = fields.List(fields.String(), required=True)


class Proposed(Schema):
    """The lines that were added."""

    entries = fields.List(fields.String())


class IntervalOut(Schema):
    """An enterprise whose interval between two audits ends."""

    enterprise_id = fields.String()
    enterprise = fields.String()
    case_id = fields.String()
    anchor = fields.String(metadata={"description": "publication, report or acceptance"})
    since = fields.String(metadata=schemas.DAY)
    due_on = fields.String(metadata=schemas.DAY)
    state = fields.String(metadata={"description": "due or soon"})


@blueprint.route("/listing-facts", methods=["GET"])
@blueprint.arguments(FactQuery, location="query")
@blueprint.response(200, schemas.page_of(FactOut))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the findings about the enterprises that the caller sees, the newest first."""
    with looking() as (session, actor):
        found = name_list.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, lambda line: shape(line.fact, line.enterprise))


@blueprint.route("/listing-facts", methods=["POST"])
@blueprint.arguments(FactIn)
@blueprint.response(201, FactOut)
@command
def record(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Record a finding. 409 `fact_known`."""
    require(actor, name_list.EDIT)
    row = name_list.record(session, actor, body, now=now())
    return shape(row, session.get_one(Enterprise, row.enterprise_id)), 201


@blueprint.route("/listing-facts/<fact_id>/dismissal", methods=["POST"])
@blueprint.arguments(DismissalIn)
@blueprint.response(200, FactOut)
@command
def dismiss(session: Session, actor: Actor, body: dict[str, Any], fact_id: str) -> Answer:
    """Say that a finding no longer counts, and why. 409 `fact_settled`."""
    row = name_list.dismiss(session, actor, fact_id, **body, now=now())
    return shape(row, session.get_one(Enterprise, row.enterprise_id)), 200


@blueprint.route("/listing-facts/proposal", methods=["POST"])
@blueprint.arguments(ProposalIn)
@blueprint.response(201, Proposed)
@command
def propose(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Put the enterprises of some findings onto a draft list, one line each. 409 `fact_settled`, `on_list_already`."""
    rows = name_list.propose(session, actor, body["list_id"], body["fact_ids"], now())
    return {"entries": [row.id for row in rows]}, 201


@blueprint.route("/audit-intervals", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(IntervalOut))
@login_required
def near(query: dict[str, Any]) -> dict[str, Any]:
    """List the enterprises whose interval between two audits has ended or ends within the time of warning."""
    with looking() as (session, actor):
        require(actor, "statistics.read")
        found = intervals.near(session, actor, today=now().astimezone(ZONE).date(), **query)
        return shapes.paged(
            found.items,
            found.next_cursor,
            lambda one: {
                "enterprise_id": one.enterprise.id,
                "enterprise": one.enterprise.name,
                "case_id": one.case.id,
                "anchor": one.anchor,
                "since": day(one.since),
                "due_on": day(one.due_on),
                "state": one.state,
            },
        )


def shape(row: ListingFact, enterprise: Enterprise) -> dict[str, Any]:
    """Write a finding."""
    return {
        "id": row.id,
        "enterprise_id": enterprise.id,
        "enterprise": enterprise.name,
        "source": row.source,
        "title": list(name_list.sources()[row.source]),
        "type": row.type,
        "found_on": day(row.found_on),
        "document": row.document,
        "note": row.note,
        "evidence": row.evidence,
        "status": row.status,
        "status_reason": row.status_reason,
        "entry_id": row.entry_id,
    }
