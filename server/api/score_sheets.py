"""Score sheets: versions, drafts, publication."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import score_sheets
from audits.models import ScoreSheet
from server.api import schemas, shapes
from server.filters import day, iso
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor, require

blueprint = Blueprint("api-score-sheets", __name__, description="Score sheets: versions, drafts, publication")


class SheetIn(schemas.Asked):
    """A version to begin with what is in force."""

    form = fields.String(required=True, validate=validate.OneOf(score_sheets.FORMS))
    region_code = fields.String(required=True)
    valid_from = fields.Date(required=True)


class SheetChange(schemas.Asked):
    """What changes of a draft."""

    title = fields.String()
    title_en = fields.String()
    source = fields.String()
    verified = fields.Boolean()
    valid_from = fields.Date()
    valid_until = fields.Date(allow_none=True)
    content = fields.Dict(metadata={"description": "sections, bonus, vetoes, comment_below"})


class SheetOut(Schema):
    """A version of a sheet."""

    id = fields.String()
    form = fields.String()
    region = fields.String()
    version = fields.Integer()
    status = fields.String()
    title = fields.String()
    valid_from = fields.String(metadata=schemas.DAY)
    valid_until = fields.String(metadata=schemas.DAY)
    source = fields.String()
    verified = fields.Boolean()
    content = fields.Dict()
    findings = fields.List(fields.Dict(), metadata={"description": "`place` and `rule` of every fault"})
    published_at = fields.String(metadata=schemas.TIME, allow_none=True)


@blueprint.route("/score-sheets", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(SheetOut))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the versions of all sheets, the newest first."""
    with looking() as (session, actor):
        found = score_sheets.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, sheet)


@blueprint.route("/score-sheets/<sheet_id>", methods=["GET"])
@blueprint.response(200, SheetOut)
@login_required
def one(sheet_id: str) -> dict[str, Any]:
    """Get a version with its faults."""
    with looking() as (session, actor):
        return sheet(score_sheets.get(session, actor, sheet_id))


@blueprint.route("/score-sheets", methods=["POST"])
@blueprint.arguments(SheetIn)
@blueprint.response(201, SheetOut)
@command
def draft(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Begin a version with what is in force."""
    require(actor, "definitions.deploy")
    return sheet(score_sheets.draft(session, actor, **body, now=now())), 201


@blueprint.route("/score-sheets/<sheet_id>", methods=["PATCH"])
@blueprint.arguments(SheetChange)
@blueprint.response(200, SheetOut)
@command
def change(session: Session, actor: Actor, body: dict[str, Any], sheet_id: str) -> Answer:
    """Change a draft."""
    return sheet(score_sheets.change(session, actor, sheet_id, body, now=now())), 200


@blueprint.route("/score-sheets/<sheet_id>/publish", methods=["POST"])
@blueprint.response(200, SheetOut)
@command
def publish(session: Session, actor: Actor, sheet_id: str) -> Answer:
    """Let a version count from its day on; somebody else than who drafted it does."""
    return sheet(score_sheets.publish(session, actor, sheet_id, now=now())), 200


def sheet(row: ScoreSheet) -> dict[str, Any]:
    """Write a version."""
    return {
        "id": row.id,
        "form": row.form,
        "region": row.region_code,
        "version": row.version,
        "status": row.status,
        "title": row.title,
        "valid_from": day(row.valid_from),
        "valid_until": day(row.valid_until),
        "source": row.source,
        "verified": row.verified,
        "content": row.content,
        "findings": [{"place": one.place, "rule": one.rule} for one in score_sheets.findings(row)],
        "published_at": iso(row.published_at) or None,
    }
