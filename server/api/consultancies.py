"""A consultancy: its four proofs, its staff, the ladder of measures and the way out."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import discipline, proofs
from audits.models import ConsultancyStaff, Restriction
from server.api import schemas, shapes
from server.filters import ZONE, day, iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-consultancies", __name__, description="Proofs, staff and measures of a consultancy")


class ProofOut(Schema):
    """One of the four conditions."""

    item = fields.String()
    title = fields.List(fields.String())
    state = fields.String(metadata={"description": "missing, expired, soon or ok"})
    document = fields.String()
    valid_until = fields.String(metadata=schemas.DAY, allow_none=True)


class StaffOut(Schema):
    """Somebody who works or worked there."""

    id = fields.String()
    name = fields.String()
    certificate = fields.String()
    specialty = fields.String()
    trained_until = fields.String(metadata=schemas.DAY, allow_none=True)
    since = fields.String(metadata=schemas.DAY)
    until = fields.String(metadata=schemas.DAY, allow_none=True)


class MeasureOut(Schema):
    """A measure."""

    id = fields.String()
    step = fields.String(metadata={"description": "order, list or refuse"})
    status = fields.String(metadata={"description": "open, raised, corrected or lifted"})
    reason = fields.String()
    since = fields.String(metadata=schemas.DAY)
    due_on = fields.String(metadata=schemas.DAY, allow_none=True)
    until = fields.String(metadata=schemas.DAY, allow_none=True)
    ended_on = fields.String(metadata=schemas.DAY, allow_none=True)
    end_reason = fields.String()
    exit_asked_at = fields.String(metadata=schemas.TIME, allow_none=True)
    exit_note = fields.String()
    exit_evidence = fields.List(fields.Dict())


class ConsultancyOut(Schema):
    """A consultancy with all that is registered of it."""

    id = fields.String()
    name = fields.String()
    code = fields.String(allow_none=True)
    region = fields.String()
    proofs = fields.List(fields.Nested(ProofOut))
    staff = fields.List(fields.Nested(StaffOut))
    measures = fields.List(fields.Nested(MeasureOut))
    open_cases = fields.List(fields.Dict())


class ProofIn(schemas.Asked):
    """A proof; it takes the place of the item's earlier one."""

    item = fields.String(required=True, validate=validate.OneOf(list(proofs.ITEMS)))
    document = fields.String(required=True)
    valid_until = fields.Date(load_default=None, allow_none=True)
    evidence = fields.List(fields.String(), load_default=list)


class StaffIn(schemas.Asked):
    """Somebody who works there from a day on."""

    name = fields.String(required=True)
    certificate = fields.String(required=True)
    specialty = fields.String(load_default="")
    since = fields.Date(required=True)
    trained_until = fields.Date(load_default=None, allow_none=True)


class StaffEndIn(schemas.Asked):
    """The last day."""

    until = fields.Date(required=True)


class MeasureIn(schemas.Asked):
    """A step of the ladder; ``due_on`` is the last day of an order."""

    step = fields.String(required=True, validate=validate.OneOf(list(discipline.STEPS)))
    reason = fields.String(required=True)
    since = fields.Date(load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)


class ExitIn(schemas.Asked):
    """Why a measure should end, with the ids of files that the caller has uploaded."""

    note = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)


class LiftIn(schemas.Asked):
    """Why a measure ends."""

    reason = fields.String(required=True)


@blueprint.route("/consultancies/<consultancy_id>", methods=["GET"])
@blueprint.response(200, ConsultancyOut)
@login_required
def one(consultancy_id: str) -> dict[str, Any]:
    """Get a consultancy with its proofs, staff, measures and open cases."""
    with looking() as (session, actor):
        row = proofs.consultancy(session, actor, consultancy_id)
        found = proofs.items(session, row.id, now().astimezone(ZONE).date())
        return {
            **shapes.organisation(row),
            "proofs": [proof(one) for one in found],
            "staff": [person(one) for one in proofs.staff(session, row.id)],
            "measures": [measure(one) for one in discipline.history(session, row.id)],
            "open_cases": [
                {"id": case.id, "number": case.number} for case in discipline.open_cases(session, actor, row.id)
            ],
        }


@blueprint.route("/consultancies/<consultancy_id>/proofs", methods=["POST"])
@blueprint.arguments(ProofIn)
@blueprint.response(204)
@command
def prove(session: Session, actor: Actor, body: dict[str, Any], consultancy_id: str) -> Answer:
    """Record a proof of one of the four conditions."""
    proofs.prove(session, actor, consultancy_id, **body, now=now())
    return {}, 204


@blueprint.route("/consultancies/<consultancy_id>/staff", methods=["POST"])
@blueprint.arguments(StaffIn)
@blueprint.response(201, StaffOut)
@command
def add_staff(session: Session, actor: Actor, body: dict[str, Any], consultancy_id: str) -> Answer:
    """Add somebody to the staff. 409 `staff_elsewhere`."""
    return person(proofs.add_staff(session, actor, consultancy_id, body, now=now())), 201


@blueprint.route("/consultancy-staff/<staff_id>/end", methods=["POST"])
@blueprint.arguments(StaffEndIn)
@blueprint.response(200, StaffOut)
@command
def end_staff(session: Session, actor: Actor, body: dict[str, Any], staff_id: str) -> Answer:
    """Say until which day somebody works there."""
    return person(proofs.end_staff(session, actor, staff_id, **body, now=now())), 200


@blueprint.route("/consultancies/<consultancy_id>/measures", methods=["POST"])
@blueprint.arguments(MeasureIn)
@blueprint.response(201, MeasureOut)
@command
def impose(session: Session, actor: Actor, body: dict[str, Any], consultancy_id: str) -> Answer:
    """Take a step of the ladder. 409 `measure_stands`."""
    return measure(discipline.impose(session, application(), actor, consultancy_id, **body, now=now())), 201


@blueprint.route("/consultancies/<consultancy_id>/exit", methods=["POST"])
@blueprint.arguments(ExitIn)
@blueprint.response(200, MeasureOut)
@command
def ask_exit(session: Session, actor: Actor, body: dict[str, Any], consultancy_id: str) -> Answer:
    """Ask, as the consultancy, that the measure in force be lifted. 409 `no_measure`."""
    return measure(discipline.ask_exit(session, actor, consultancy_id, **body, now=now())), 200


@blueprint.route("/consultancies/<consultancy_id>/lifting", methods=["POST"])
@blueprint.arguments(LiftIn)
@blueprint.response(200, MeasureOut)
@command
def lift(session: Session, actor: Actor, body: dict[str, Any], consultancy_id: str) -> Answer:
    """End the measure in force today. 409 `no_measure`."""
    return measure(discipline.lift(session, actor, consultancy_id, **body, now=now())), 200


def proof(one: proofs.Item) -> dict[str, Any]:
    """Write a condition."""
    return {
        "item": one.key,
        "title": list(proofs.ITEMS[one.key]),
        "state": one.state,
        "document": one.proof.document if one.proof else "",
        "valid_until": day(one.proof.valid_until) or None if one.proof else None,
    }


def person(row: ConsultancyStaff) -> dict[str, Any]:
    """Write somebody of the staff."""
    return {
        "id": row.id,
        "name": row.name,
        "certificate": row.certificate,
        "specialty": row.specialty,
        "trained_until": day(row.trained_until) or None,
        "since": day(row.since),
        "until": day(row.until) or None,
    }


def measure(row: Restriction) -> dict[str, Any]:
    """Write a measure."""
    return {
        "id": row.id,
        "step": row.step,
        "status": row.status,
        "reason": row.reason,
        "since": day(row.since),
        "due_on": day(row.due_on) or None,
        "until": day(row.until) or None,
        "ended_on": day(row.ended_on) or None,
        "end_reason": row.end_reason,
        "exit_asked_at": iso(row.exit_asked_at) or None,
        "exit_note": row.exit_note,
        "exit_evidence": row.exit_evidence or [],
    }
