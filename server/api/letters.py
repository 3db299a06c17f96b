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
        return {"items": [shapes.letter(row) for row in letters.for_case(session, case_id)]}


@blueprint.route("/letters/<letter_id>", methods=["GET"])
@blueprint.response(200, Letter)
@login_required
def one(letter_id: str) -> dict[str, Any]:
    """Get a letter."""
    with looking() as (session, actor):
        return shapes.letter(letters.get(session, actor, letter_id))


class RevokeIn(schemas.Asked):
    """Why a letter is voided."""

    reason = fields.String(required=True)


@blueprint.route("/letters/<letter_id>/revocation", methods=["POST"])
@blueprint.arguments(RevokeIn)
@blueprint.response(200, Letter)
@command
def revoke(session: Session, actor: Actor, body: dict[str, Any], letter_id: str) -> Answer:
    """Void a letter; its number stays used. 409 `letter_is_revoked`."""
    return shapes.letter(letters.revoke(session, actor, letter_id, **body, now=now())), 200


@blueprint.route("/letters/<letter_id>/service", methods=["POST"])
@blueprint.arguments(ServiceIn)
@blueprint.response(200, Letter)
@command
def serve(session: Session, actor: Actor, body: dict[str, Any], letter_id: str) -> Answer:
    """Record how, when and to whom a letter was served."""
    return shapes.letter(letters.record_service(session, actor, letter_id, **body, now=now())), 200
