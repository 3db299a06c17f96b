"""Process definitions: list, one, check, deploy, activate, retire."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas, shapes
from server.definitions import deploy_uploaded, uploaded
from server.errors import finding_json
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows import definitions
from workflows.access import Actor, require

blueprint = Blueprint("api-definitions", __name__, description="Process families and their versions")


class Definition(Schema):
    """A version of a family."""

    id = fields.String()
    family = fields.String()
    variant = fields.String(metadata={"description": "Region code; empty everywhere"})
    version = fields.Integer()
    hash = fields.String()
    root = fields.String()
    state = fields.String()
    valid_from = fields.String()
    note = fields.String()
    base_hash = fields.String()
    deployed_at = fields.String()


class DefinitionDetail(Definition):
    """A version with the names of its files."""

    files = fields.List(fields.String())
    forms = fields.List(fields.String())
    adapted = fields.List(fields.Dict(), metadata={"description": "What was rewritten from other engines' extensions"})


class Finding(Schema):
    """A fault of a model."""

    rule = fields.String()
    severity = fields.String()
    file = fields.String()
    element = fields.String()
    line = fields.Integer()
    text = fields.String()


class Findings(Schema):
    """What a check found."""

    ok = fields.Boolean()
    findings = fields.List(fields.Nested(Finding))


class DefinitionQuery(schemas.Query):
    """The filters of versions."""

    family = fields.String(load_default="")
    state = fields.String(load_default="")


class DeployIn(Schema):
    """The fields of a deployment beside its files."""

    class Meta:
        """Ignore the file parts."""

        unknown = EXCLUDE

    base = fields.String(load_default="", metadata={"description": "Id of the version that lends the other files"})
    family = fields.String(load_default="", metadata={"description": "Needed where there is no base"})
    variant = fields.String(load_default="")
    valid_from = fields.Date(required=True)
    note = fields.String(load_default="")
    root = fields.String(load_default="")


class CheckIn(Schema):
    """The fields of a check beside its files."""

    class Meta:
        """Ignore the file parts."""

        unknown = EXCLUDE

    root = fields.String(required=True)


@blueprint.route("/definitions", methods=["GET"])
@blueprint.arguments(DefinitionQuery, location="query")
@blueprint.response(200, schemas.page_of(Definition))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the deployed versions, the newest first."""
    with looking() as (session, actor):
        require(actor, "definitions.read")
        found = definitions.list_(session, **query)
        return shapes.paged(found.items, found.next_cursor, shapes.definition)


@blueprint.route("/definitions/<definition_id>", methods=["GET"])
@blueprint.response(200, DefinitionDetail)
@login_required
def one(definition_id: str) -> dict[str, Any]:
    """Get a version with the names of its files and forms."""
    with looking() as (session, actor):
        require(actor, "definitions.read")
        content = definitions.content(session, definition_id)
        return {
            **shapes.definition(content.definition),
            "files": sorted(content.files),
            "forms": sorted(content.forms),
            "adapted": definitions.adaptions(session, content.definition),
        }


@blueprint.route("/definitions/check", methods=["POST"])
@blueprint.arguments(CheckIn, location="form")
@blueprint.response(200, Findings)
@command
def check(_session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Check files without deploying them: every fault with its file, element and line."""
    require(actor, "definitions.check")
    files, forms = uploaded()
    found = definitions.check_files(application(), files, forms, body["root"])
    ok = not any(finding.severity == "error" for finding in found)
    return {"ok": ok, "findings": [finding_json(finding) for finding in found]}, 200


@blueprint.route("/definitions", methods=["POST"])
@blueprint.arguments(DeployIn, location="form")
@blueprint.response(201, Definition)
@command
def deploy(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Deploy files (parts named `files`), or some in place of those of a version. 422 with every finding."""
    return shapes.definition(deploy_uploaded(session, actor, **body)), 201


@blueprint.route("/definitions/<definition_id>/activate", methods=["POST"])
@blueprint.response(200, Definition)
@command
def activate(session: Session, actor: Actor, definition_id: str) -> Answer:
    """Let a version count from its day on."""
    return shapes.definition(definitions.activate(session, actor, definition_id, now=now())), 200


@blueprint.route("/definitions/<definition_id>/retire", methods=["POST"])
@blueprint.response(200, Definition)
@command
def retire(session: Session, actor: Actor, definition_id: str) -> Answer:
    """Let a version count no more for new cases."""
    return shapes.definition(definitions.retire(session, actor, definition_id, now=now())), 200
