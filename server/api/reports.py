"""Reports put together from a case: what they say and lack, their texts, their trade secrets, their versions."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from typing import Any

from flask import Response, send_file, url_for
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import reports
from server.api import schemas
from server.filters import iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.progress import progress_of, run_of
from workflows.access import Actor

blueprint = Blueprint("api-reports", __name__, description="Audit and acceptance reports in the making")


class ReportMissing(Schema):
    """What a report lacks: a text that nobody wrote, or a form that is not handed in."""

    kind = fields.String()
    chapter = fields.String()
    section = fields.String()
    key = fields.String()
    title = fields.List(fields.String())
    task_id = fields.String()


class ReportText(Schema):
    """A text as it was written last, or one of its versions."""

    key = fields.String()
    number = fields.Integer()
    content = fields.String()
    by = fields.String()
    at = fields.String()


class ReportSecret(Schema):
    """A place that is a trade secret."""

    place = fields.String()
    reason = fields.String()


class ReportDraft(Schema):
    """A report as it would be made now."""

    document = fields.Dict()
    missing = fields.List(fields.Nested(ReportMissing))
    texts = fields.List(fields.Nested(ReportText))
    secrets = fields.List(fields.Nested(ReportSecret))
    places = fields.Dict(metadata={"description": "What may be marked as a trade secret, with its name"})


class ReportVersion(Schema):
    """A version. ``files`` gives the hash of each file that is made."""

    number = fields.Integer()
    status = fields.String()
    note = fields.String()
    by = fields.String()
    at = fields.String()
    data_sha256 = fields.String()
    files = fields.Dict()


class ReportTexts(Schema):
    """The versions of a text."""

    items = fields.List(fields.Nested(ReportText))


class ReportVersions(Schema):
    """The versions of a report."""

    items = fields.List(fields.Nested(ReportVersion))


class ReportChange(Schema):
    """A line of two versions."""

    section = fields.String()
    label = fields.String()
    old = fields.String()
    new = fields.String()
    change = fields.String()


class ReportChanges(Schema):
    """What differs between two versions."""

    old = fields.Integer()
    new = fields.Integer()
    items = fields.List(fields.Nested(ReportChange))


class TextIn(schemas.Asked):
    """A text, and the version it was written over."""

    content = fields.String(required=True)
    number = fields.Integer(required=True)


class SecretIn(schemas.Asked):
    """A place to be kept secret, and on what ground."""

    place = fields.String(required=True)
    reason = fields.String(required=True)


class PlaceIn(schemas.Asked):
    """A place."""

    place = fields.String(required=True)


class MakeIn(schemas.Asked):
    """What is new in the version."""

    note = fields.String(load_default="")


class Between(schemas.Query):
    """Which versions to compare; the last two where none is given."""

    old = fields.Integer(load_default=0, validate=validate.Range(0))
    new = fields.Integer(load_default=0, validate=validate.Range(0))


@blueprint.route("/cases/<case_id>/reports/<kind>", methods=["GET"])
@blueprint.response(200, ReportDraft)
@login_required
def one(case_id: str, kind: str) -> dict[str, Any]:
    """Get a report (`audit`, `acceptance`) as it would be made now, with what it lacks."""
    with looking() as (session, actor):
        view = reports.look(session, actor, case_id, kind)
        return {
            "document": view.document,
            "missing": [{**asdict(gap), "title": gap.names} for gap in view.missing],
            "texts": [_text(row) for row in view.texts.values()],
            "secrets": [{"place": row.place, "reason": row.reason} for row in view.secrets],
            "places": view.places,
        }


def _text(row: reports.Written) -> dict[str, Any]:
    return {**asdict(row), "at": iso(row.at)}


def _version(row: reports.Made) -> dict[str, Any]:
    return {**asdict(row), "at": iso(row.at)}


@blueprint.route("/cases/<case_id>/report-texts/<key>", methods=["GET"])
@blueprint.response(200, ReportTexts)
@login_required
def history(case_id: str, key: str) -> dict[str, Any]:
    """List the versions of a text, the newest first."""
    with looking() as (session, actor):
        return {"items": [_text(row) for row in reports.history(session, actor, case_id, key)]}


@blueprint.route("/cases/<case_id>/report-texts/<key>", methods=["PUT"])
@blueprint.arguments(TextIn)
@blueprint.response(200, ReportTexts)
@command
def write(session: Session, actor: Actor, body: dict[str, Any], case_id: str, key: str) -> Answer:
    """Write a new version of a text. 409 `report_text_changed` where somebody else wrote since."""
    reports.write(session, actor, case_id, key, **body, now=now())
    session.flush()
    return {"items": [_text(row) for row in reports.history(session, actor, case_id, key)]}, 200


@blueprint.route("/cases/<case_id>/report-secrets", methods=["POST"])
@blueprint.arguments(SecretIn)
@blueprint.response(201, ReportSecret)
@command
def mark(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Mark a place as a trade secret: public versions made from now on leave it out."""
    row = reports.mark(session, actor, case_id, body["place"], reason=body["reason"], now=now())
    return {"place": row.place, "reason": row.reason}, 201


@blueprint.route("/cases/<case_id>/report-secrets/removal", methods=["POST"])
@blueprint.arguments(PlaceIn)
@blueprint.response(204)
@command
def unmark(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Take the mark of a trade secret away."""
    reports.unmark(session, actor, case_id, body["place"], now=now())
    return {}, 204


@blueprint.route("/cases/<case_id>/reports/<kind>/versions", methods=["GET"])
@blueprint.response(200, ReportVersions)
@login_required
def versions(case_id: str, kind: str) -> dict[str, Any]:
    """List the versions of a report, the newest first."""
    with looking() as (session, actor):
        return {"items": [_version(row) for row in reports.listed(session, actor, case_id, kind)]}


@blueprint.route("/cases/<case_id>/reports/<kind>/versions", methods=["POST"])
@blueprint.arguments(MakeIn)
@blueprint.response(202, schemas.Progress)
@command
def make(session: Session, actor: Actor, body: dict[str, Any], case_id: str, kind: str) -> Answer:
    """Make a version: what it says is fixed now, the worker makes its files."""
    row = reports.make(session, application(), actor, case_id, kind, **body, now=now())
    session.flush()
    address = url_for("api-reports.versions", case_id=case_id, kind=kind)
    return progress_of(run_of(session, reports.run_key(row)), address), 202


@blueprint.route("/cases/<case_id>/reports/<kind>/versions/<int:version>/progress", methods=["GET"])
@blueprint.response(200, schemas.Progress)
@login_required
def progress(case_id: str, kind: str, version: int) -> dict[str, Any]:
    """Get how far the making of a version is."""
    with looking() as (session, actor):
        row = reports.version(session, actor, case_id, kind, version)
        address = url_for("api-reports.versions", case_id=case_id, kind=kind)
        return progress_of(run_of(session, reports.run_key(row)), address)


@blueprint.route("/cases/<case_id>/reports/<kind>/versions/<int:version>/<name>", methods=["GET"])
@blueprint.response(200, content_type="application/octet-stream")
@login_required
def download(case_id: str, kind: str, version: int, name: str) -> Response:
    """Download a file of a version: `docx`, `pdf`, `public_docx`, `public_pdf`."""
    with looking() as (session, actor):
        row, content = reports.open_(session, application(), actor, case_id, kind, version, name)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)


@blueprint.route("/cases/<case_id>/reports/<kind>/differences", methods=["GET"])
@blueprint.arguments(Between, location="query")
@blueprint.response(200, ReportChanges)
@login_required
def differences(query: dict[str, Any], case_id: str, kind: str) -> dict[str, Any]:
    """Compare two versions line by line; only what differs."""
    with looking() as (session, actor):
        found = reports.compare(session, actor, case_id, kind, old=query["old"], new=query["new"])
        return {"old": found.old, "new": found.new, "items": [asdict(row) for row in found.changes]}
