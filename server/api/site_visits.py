"""Visits of panels to the site."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import site_visits
from audits.models import SiteReport, SiteVisit
from server.api import schemas
from server.filters import day, iso
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-site-visits", __name__, description="Visits of panels to the site")


class VisitIn(schemas.Asked):
    """When and where, and what to look at."""

    planned_on = fields.String(required=True, metadata=schemas.DAY)
    place = fields.String(required=True)
    plan = fields.String(load_default="")


class SiteAnswerIn(Schema):
    """What was found of an item."""

    result = fields.String(required=True, metadata={"description": "yes, no (with a note), none"})
    note = fields.String(load_default="")


class SiteReportIn(schemas.Asked):
    """A report. ``key`` is the device's own: sent again, the report that arrived is given."""

    key = fields.String(required=True)
    signed_in_at = fields.String(required=True, metadata=schemas.TIME)
    answers = fields.Dict(keys=fields.String(), values=fields.Nested(SiteAnswerIn), required=True)
    findings = fields.String(load_default="")
    photos = fields.List(
        fields.String(), load_default=list, metadata={"description": "Ids of pictures uploaded before"}
    )


class SiteReportOut(Schema):
    """A report."""

    id = fields.String()
    expert_id = fields.String()
    signed_in_at = fields.String(metadata=schemas.TIME)
    received_at = fields.String(metadata=schemas.TIME)
    answers = fields.List(fields.Dict())
    findings = fields.String()
    photos = fields.List(fields.Dict())


class VisitOut(Schema):
    """The plan of a visit."""

    id = fields.String()
    panel_id = fields.String()
    planned_on = fields.String(metadata=schemas.DAY)
    place = fields.String()
    plan = fields.String()
    items = fields.List(fields.Dict())


class VisitDetail(VisitOut):
    """A visit with the reports that the caller may read."""

    reports = fields.List(fields.Nested(SiteReportOut))


class Visits(Schema):
    """The visits of the panels at work on which the caller sits."""

    items = fields.List(fields.Nested(VisitOut))


@blueprint.route("/panels/<panel_id>/visit", methods=["PUT"])
@blueprint.arguments(VisitIn)
@blueprint.response(200, VisitOut)
@command
def plan(session: Session, actor: Actor, body: dict[str, Any], panel_id: str) -> Answer:
    """Plan the visit of a panel, or change the plan; the members are told."""
    return shape(site_visits.plan(session, actor, panel_id, body, now=now())), 200


@blueprint.route("/visits", methods=["GET"])
@blueprint.response(200, Visits)
@login_required
def mine() -> dict[str, Any]:
    """List the visits of the panels at work on which the caller sits."""
    with looking() as (session, actor):
        return {"items": [shape(row) for row in site_visits.mine(session, actor)]}


@blueprint.route("/visits/<visit_id>", methods=["GET"])
@blueprint.response(200, VisitDetail)
@login_required
def one(visit_id: str) -> dict[str, Any]:
    """Get a visit with the reports that the caller may read."""
    with looking() as (session, actor):
        visit = site_visits.get(session, actor, visit_id)
        return shape(visit.row) | {"reports": [report_shape(row) for row, _name in visit.reports]}


@blueprint.route("/visits/<visit_id>/report", methods=["POST"])
@blueprint.arguments(SiteReportIn)
@blueprint.response(201, SiteReportOut)
@command
def report(session: Session, actor: Actor, body: dict[str, Any], visit_id: str) -> Answer:
    """Hand in what one found; the same key again changes nothing."""
    return report_shape(site_visits.report(session, actor, visit_id, body, now=now())), 201


def shape(row: SiteVisit) -> dict[str, Any]:
    """Write a plan."""
    return {
        "id": row.id,
        "panel_id": row.panel_id,
        "planned_on": day(row.planned_on),
        "place": row.place,
        "plan": row.plan,
        "items": row.items,
    }


def report_shape(row: SiteReport) -> dict[str, Any]:
    """Write a report."""
    return {
        "id": row.id,
        "expert_id": row.expert_id,
        "signed_in_at": iso(row.signed_in_at),
        "received_at": iso(row.received_at),
        "answers": row.answers,
        "findings": row.findings,
        "photos": row.photos,
    }
