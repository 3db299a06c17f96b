"""Letters of a case, and the proof of their service."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import cases, letters
from server.api import schemas, shapes
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-letters", __name__, description="Issued letters")


class Right(Schema):
    """A right against a letter: no ``since`` before the service, no ``until`` also where the law sets no last day."""

    kind = fields.String()
    title = fields.List(fields.String())
    period = fields.String()
    basis = fields.List(fields.String())
    since = fields.String(allow_none=True)
    until = fields.String(allow_none=True)
    provisional = fields.Boolean()


class Letter(Schema):
    """A letter."""

    id = fields.String()
    case_id = fields.String()
    kind = fields.String()
    title = fields.List(fields.String())
    number = fields.String()
    issued_on = fields.String()
    legal_basis = fields.String()
    status = fields.String()
    served_on = fields.String(allow_none=True)
    served_by = fields.String()
    signer = fields.String()
    rights = fields.List(fields.Nested(Right))
    verify = fields.String()
    docx = fields.String(allow_none=True)
    pdf = fields.String(allow_none=True)


class Letters(Schema):
    """The letters of a case."""

    items = fields.List(fields.Nested(Letter))


class ServiceIn(schemas.Asked):
    """A proof of service."""

    method = fields.String(required=True)
    served_on = fields.Date(required=True)
    signer = fields.String(required=True)


@blueprint.route("/cases/<case_id>/letters", methods=["GET"])
@blueprint.response(200, Letters)
@login_required
def of_case(case_id: str) -> dict[str, Any]:
    """List the letters of a case."""
    with looking() as (session, actor):
        cases.get(session, actor, case_id)
        return {"items": [shapes.letter(session, row) for row in letters.for_case(session, case_id)]}


@blueprint.route("/letters/<letter_id>", methods=["GET"])
@blueprint.response(200, Letter)
@login_required
def one(letter_id: str) -> dict[str, Any]:
    """Get a letter."""
    with looking() as (session, actor):
        return shapes.letter(session, letters.get(session, actor, letter_id))


class RevokeIn(schemas.Asked):
    """Why a letter is voided."""

    reason = fields.String(required=True)


@blueprint.route("/letters/<letter_id>/revocation", methods=["POST"])
@blueprint.arguments(RevokeIn)
@blueprint.response(200, Letter)
@command
def revoke(session: Session, actor: Actor, body: dict[str, Any], letter_id: str) -> Answer:
    """Void a letter; its number stays used. 409 `letter_is_revoked`."""
    return shapes.letter(session, letters.revoke(session, actor, letter_id, **body, now=now())), 200


@blueprint.route("/letters/<letter_id>/service", methods=["POST"])
@blueprint.arguments(ServiceIn)
@blueprint.response(200, Letter)
@command
def serve(session: Session, actor: Actor, body: dict[str, Any], letter_id: str) -> Answer:
    """Record how, when and to whom a letter was served."""
    return shapes.letter(session, letters.record_service(session, actor, letter_id, **body, now=now())), 200


class ServiceCorrectionIn(ServiceIn):
    """A proof of service as it should read, and why."""

    reason = fields.String(required=True)


@blueprint.route("/letters/<letter_id>/service", methods=["PUT"])
@blueprint.arguments(ServiceCorrectionIn)
@blueprint.response(200, Letter)
@command
def correct_service(session: Session, actor: Actor, body: dict[str, Any], letter_id: str) -> Answer:
    """Correct a proof of service; the days of the rights follow. 409 `letter_not_served`, `letter_is_revoked`."""
    return shapes.letter(session, letters.correct_service(session, actor, letter_id, **body, now=now())), 200
