"""Voluntary audits: applications and agreements."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import agreements, voluntary
from audits.models import Enterprise, VoluntaryAgreement, VoluntaryApplication
from server.api import schemas, shapes
from server.filters import day, iso
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-voluntary", __name__, description="Voluntary audits and agreements")


class Application(Schema):
    """An application for a voluntary audit."""

    id = fields.String()
    enterprise_id = fields.String()
    enterprise = fields.String()
    reason = fields.String()
    checks = fields.List(fields.Dict(), metadata={"description": "Each condition with its words and whether it is met"})
    status = fields.String(metadata={"description": "open, accepted, refused, withdrawn"})
    decision_reason = fields.String()
    asked_at = fields.String(metadata=schemas.TIME)
    decided_at = fields.String(metadata=schemas.TIME, allow_none=True)
    entry_id = fields.String(allow_none=True)


class ApplicationIn(schemas.Asked):
    """An application; ``stated`` are the keys of the conditions that the enterprise states to meet."""

    enterprise_id = fields.String(required=True)
    reason = fields.String(required=True)
    stated = fields.List(fields.String(), load_default=list)


class VoluntaryDecisionIn(schemas.Asked):
    """A decision about an application; a refusal says why."""

    decision = fields.String(required=True, validate=validate.OneOf(["accepted", "refused"]))
    reason = fields.String(load_default="")


class Agreement(Schema):
    """A voluntary agreement."""

    id = fields.String()
    enterprise_id = fields.String()
    enterprise = fields.String()
    goals = fields.String()
    valid_until = fields.String(metadata=schemas.DAY)
    status = fields.String(metadata={"description": "proposed, active, ended"})
    signed_at = fields.String(metadata=schemas.TIME, allow_none=True)
    ended_on = fields.String(metadata=schemas.DAY, allow_none=True)
    end_reason = fields.String()


class AgreementIn(schemas.Asked):
    """An agreement that an enterprise signs."""

    enterprise_id = fields.String(required=True)
    goals = fields.String(required=True)
    valid_until = fields.Date(required=True)


class AgreementEndIn(schemas.Asked):
    """Why an agreement ends."""

    reason = fields.String(required=True)


@blueprint.route("/voluntary", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(Application))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the applications that the caller may see, the latest first."""
    with looking() as (session, actor):
        found = voluntary.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, lambda row: shape(row[0], row[1]))


@blueprint.route("/voluntary", methods=["POST"])
@blueprint.arguments(ApplicationIn)
@blueprint.response(201, Application)
@command
def apply(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Ask for a voluntary audit of one's own enterprise."""
    row = voluntary.apply(session, actor, **body, now=now())
    return shape(row, session.get_one(Enterprise, row.enterprise_id)), 201


@blueprint.route("/voluntary/<application_id>/decision", methods=["POST"])
@blueprint.arguments(VoluntaryDecisionIn)
@blueprint.response(200, Application)
@command
def decide(session: Session, actor: Actor, body: dict[str, Any], application_id: str) -> Answer:
    """Accept an application, which puts it on a draft list, or refuse it."""
    row = voluntary.decide(session, actor, application_id, **body, now=now())
    return shape(row, session.get_one(Enterprise, row.enterprise_id)), 200


@blueprint.route("/voluntary/<application_id>/withdrawal", methods=["POST"])
@blueprint.response(200, Application)
@command
def withdraw(session: Session, actor: Actor, application_id: str) -> Answer:
    """Take back an application of one's own enterprise."""
    row = voluntary.withdraw(session, actor, application_id, now())
    return shape(row, session.get_one(Enterprise, row.enterprise_id)), 200


@blueprint.route("/voluntary/agreements", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(Agreement))
@login_required
def agreed(query: dict[str, Any]) -> dict[str, Any]:
    """List the voluntary agreements that the caller may see, the latest first."""
    with looking() as (session, actor):
        found = agreements.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, lambda row: agreement(row[0], row[1]))


@blueprint.route("/voluntary/agreements", methods=["POST"])
@blueprint.arguments(AgreementIn)
@blueprint.response(201, Agreement)
@command
def propose(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Sign an agreement for one's own enterprise and hand it to the department."""
    row = agreements.propose(session, actor, **body, now=now())
    return agreement(row, session.get_one(Enterprise, row.enterprise_id)), 201


@blueprint.route("/voluntary/agreements/<agreement_id>/signature", methods=["POST"])
@blueprint.response(200, Agreement)
@command
def sign(session: Session, actor: Actor, agreement_id: str) -> Answer:
    """Sign a proposed agreement for the department."""
    row = agreements.sign(session, actor, agreement_id, now())
    return agreement(row, session.get_one(Enterprise, row.enterprise_id)), 200


@blueprint.route("/voluntary/agreements/<agreement_id>/end", methods=["POST"])
@blueprint.arguments(AgreementEndIn)
@blueprint.response(200, Agreement)
@command
def end(session: Session, actor: Actor, body: dict[str, Any], agreement_id: str) -> Answer:
    """End an agreement by notice of either side."""
    row = agreements.end(session, actor, agreement_id, **body, now=now())
    return agreement(row, session.get_one(Enterprise, row.enterprise_id)), 200


def shape(row: VoluntaryApplication, enterprise: Enterprise) -> dict[str, Any]:
    """Write an application."""
    return {
        "id": row.id,
        "enterprise_id": enterprise.id,
        "enterprise": enterprise.name,
        "reason": row.reason,
        "checks": row.checks,
        "status": row.status,
        "decision_reason": row.decision_reason,
        "asked_at": iso(row.asked_at),
        "decided_at": iso(row.decided_at) or None,
        "entry_id": row.entry_id,
    }


def agreement(row: VoluntaryAgreement, enterprise: Enterprise) -> dict[str, Any]:
    """Write an agreement."""
    return {
        "id": row.id,
        "enterprise_id": enterprise.id,
        "enterprise": enterprise.name,
        "goals": row.goals,
        "valid_until": day(row.valid_until),
        "status": row.status,
        "signed_at": iso(row.signed_at) or None,
        "ended_on": day(row.ended_on) or None,
        "end_reason": row.end_reason,
    }
