"""Word templates of letters: list, upload, preview, publish, take back; and what they may name."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, request, send_file
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy.orm import Session

from audits.letters import template_check, templates
from audits.models import LetterTemplate
from server.api import schemas
from server.dates import day_of
from server.filters import day, iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-templates", __name__, description="Word templates of letters")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Template(Schema):
    """A version of a template. ``shipped``: it puts the shipped one back."""

    id = fields.String()
    kind = fields.String()
    region = fields.String()
    status = fields.String()
    valid_from = fields.String()
    note = fields.String()
    shipped = fields.Boolean()
    uploaded_at = fields.String()
    published_at = fields.String(allow_none=True)


class Templates(Schema):
    """Templates, the newest first."""

    items = fields.List(fields.Nested(Template))


class TemplateNames(Schema):
    """What a template of a kind may name: texts with their meaning, lists with the fields of their rows."""

    texts = fields.Dict()
    lists = fields.Dict()


class KindQuery(Schema):
    """Which kind of letter."""

    class Meta:
        """Ignore unknown parameters."""

        unknown = EXCLUDE

    kind = fields.String()


class TakeBackIn(schemas.Asked):
    """Why a template counts no more."""

    reason = fields.String(required=True)


def _shown(row: LetterTemplate) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "region": row.region_code,
        "status": row.status,
        "valid_from": day(row.valid_from),
        "note": row.note,
        "shipped": row.file_id is None,
        "uploaded_at": iso(row.uploaded_at),
        "published_at": iso(row.published_at) or None,
    }


@blueprint.route("/letter-templates", methods=["GET"])
@blueprint.arguments(KindQuery, location="query")
@blueprint.response(200, Templates)
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the templates of the caller's region."""
    with looking() as (session, actor):
        return {"items": [_shown(row) for row, _region in templates.listed(session, actor, query.get("kind"))]}


@blueprint.route("/letter-templates/names/<kind>", methods=["GET"])
@blueprint.response(200, TemplateNames)
@login_required
def names(kind: str) -> dict[str, Any]:
    """Get what a template of a kind of letter may name."""
    with looking() as (session, actor):
        templates.shipped(session, actor, kind)
    return {"texts": template_check.names_of(kind), "lists": template_check.LISTS}


@blueprint.route("/letter-templates/shipped/<kind>", methods=["GET"])
@blueprint.response(200, content_type=WORD)
@login_required
def shipped(kind: str) -> Response:
    """Download the shipped template of a kind of letter."""
    with looking() as (session, actor):
        content = templates.shipped(session, actor, kind)
    return send_file(BytesIO(content), WORD, as_attachment=True, download_name=f"{kind}.docx")


@blueprint.route("/letter-templates", methods=["POST"])
@blueprint.response(201, Template)
@command
def upload(session: Session, actor: Actor) -> Answer:
    """Upload a template (multipart: kind, region_code, valid_from, note, file) as a draft. 422 `template_refused`."""
    file = request.files.get("file")
    row = templates.upload(
        session,
        application(),
        actor,
        kind=request.form.get("kind", ""),
        region_code=request.form.get("region_code", ""),
        valid_from=day_of(request.form.get("valid_from"), "valid_from"),
        note=request.form.get("note", ""),
        name=(file.filename or "") if file else "",
        content=file.read() if file else b"",
        now=now(),
    )
    return _shown(row), 201


@blueprint.route("/letter-templates/<template_id>/file", methods=["GET"])
@blueprint.response(200, content_type=WORD)
@login_required
def download(template_id: str) -> Response:
    """Download the Word file of a template."""
    with looking() as (session, actor):
        row = templates.get(session, actor, template_id)
        content = templates.content(session, application(), row)
        return send_file(BytesIO(content), WORD, as_attachment=True, download_name=f"{row.kind}.docx")


@blueprint.route("/letter-templates/<template_id>/preview", methods=["GET"])
@blueprint.response(200, content_type=WORD)
@login_required
def preview(template_id: str) -> Response:
    """Download a letter of invented words, set by a template."""
    with looking() as (session, actor):
        content = templates.preview(session, application(), actor, template_id)
    return send_file(BytesIO(content), WORD, as_attachment=True, download_name=f"preview-{template_id}.docx")


@blueprint.route("/letter-templates/<template_id>/publication", methods=["POST"])
@blueprint.response(200, Template)
@command
def publish(session: Session, actor: Actor, template_id: str) -> Answer:
    """Publish a draft that somebody else uploaded. 403 `own_template`, 409 `template_not_draft`."""
    return _shown(templates.publish(session, actor, template_id, now=now())), 200


@blueprint.route("/letter-templates/<template_id>/retirement", methods=["POST"])
@blueprint.arguments(TakeBackIn)
@blueprint.response(200, Template)
@command
def retire(session: Session, actor: Actor, body: dict[str, Any], template_id: str) -> Answer:
    """Let a template count no more. 409 `template_is_retired`."""
    return _shown(templates.retire(session, actor, template_id, **body, now=now())), 200
