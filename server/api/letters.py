"""Letters of a case, and the proof of their service."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, send_file
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import cases, letters
from server.api import schemas, shapes
from server.house import application, looking, now
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
    case_id = fields.String(allow_none=True)
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


class IssueIn(schemas.Asked):
    """A letter issued by hand: its kind, what is filled in, and a key that names the occasion."""

    kind = fields.String(required=True)
    values = fields.Dict(required=True)
    key = fields.String(required=True, validate=validate.Length(1, 80))


class ReplaceIn(schemas.Asked):
    """Why a letter is issued anew, and what its fields say instead."""

    reason = fields.String(required=True)
    values = fields.Dict(load_default=dict)


class LetterKind(Schema):
    """A kind of letter that is issued by hand: its fields, and the kinds of which one must have been served before."""

    kind = fields.String()
    title = fields.List(fields.String())
    scope = fields.String()
    fields_ = fields.List(fields.Dict(), data_key="fields")
    requires = fields.List(fields.String())


class LetterKinds(Schema):
    """The kinds of letters that are issued by hand."""

    items = fields.List(fields.Nested(LetterKind))


@blueprint.route("/letter-kinds", methods=["GET"])
@blueprint.response(200, LetterKinds)
@login_required
def kinds() -> dict[str, Any]:
    """List the kinds of letters that are issued by hand, with their fields."""
    return {
        "items": [
            {
                "kind": kind,
                "title": one.names,
                "scope": scope,
                "fields_": [
                    {"key": f.key, "title": f.names, "type": f.type, "required": f.required} for f in one.fields
                ],
                "requires": one.requires,
            }
            for scope in ("case", "region")
            for kind, one in letters.kinds(scope).items()
        ]
    }


@blueprint.route("/cases/<case_id>/letters", methods=["POST"])
@blueprint.arguments(IssueIn)
@blueprint.response(201, Letter)
@command
def issue_of_case(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Issue a letter of a case by hand. 409 `letter_too_early` where another has to be served before."""
    return shapes.letter(session, letters.issue_of_case(session, application(), actor, case_id, **body, now=now())), 201


@blueprint.route("/letters", methods=["POST"])
@blueprint.arguments(IssueIn)
@blueprint.response(201, Letter)
@command
def issue_of_region(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Issue a letter of the caller's bureau that concerns no case. 409 `letter_too_early`."""
    return shapes.letter(session, letters.issue_of_region(session, application(), actor, **body, now=now())), 201


@blueprint.route("/letters/<letter_id>/replacement", methods=["POST"])
@blueprint.arguments(ReplaceIn)
@blueprint.response(201, Letter)
@command
def replace(session: Session, actor: Actor, body: dict[str, Any], letter_id: str) -> Answer:
    """Issue a letter anew in the place of a wrong one. 409 `letter_is_revoked`."""
    return shapes.letter(session, letters.replace(session, application(), actor, letter_id, **body, now=now())), 201


@blueprint.route("/letters/<letter_id>/<any(docx, pdf):suffix>", methods=["GET"])
@blueprint.response(200, content_type="application/octet-stream")
@login_required
def download(letter_id: str, suffix: str) -> Response:
    """Download a letter's Word (`docx`) or PDF (`pdf`) file."""
    with looking() as (session, actor):
        row, content = letters.open_(session, application(), actor, letter_id, suffix)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)


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
