"""The audit result that an enterprise publishes itself, and the public list of them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, request, send_file, url_for
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import access, result_publications
from audits.models import ResultPublication
from server.api import schemas
from server.dates import day_of, whole_number
from server.filters import ZONE, day, iso
from server.house import application, looking, looking_publicly, now
from server.idempotency import Answer, command
from server.result_publications import evidence_sent
from workflows.access import Actor

blueprint = Blueprint("api-result-publications", __name__, description="Audit results published by enterprises")
public = Blueprint("api-audit-results", __name__, description="Audit results of enterprises, open to everybody")


class ResultClock(Schema):
    """By when the result has to be public."""

    state = fields.String()
    since = fields.String(allow_none=True)
    due_on = fields.String(allow_none=True)
    provisional = fields.Boolean()
    basis = fields.List(fields.String())


class OwnPublication(Schema):
    """One publication of an audit result."""

    id = fields.String()
    number = fields.Integer()
    channel = fields.String()
    url = fields.String()
    published_on = fields.String()
    summary = fields.String()
    reason = fields.String()
    evidence = fields.List(fields.Dict())
    report = fields.String(allow_none=True)
    recorded_at = fields.String()


class OwnPublications(Schema):
    """The publications of a case with their clock."""

    clock = fields.Nested(ResultClock)
    items = fields.List(fields.Nested(OwnPublication))


class PublicAuditResult(Schema):
    """What anybody reads of an audit result."""

    name = fields.String()
    uscc = fields.String()
    case = fields.String()
    publication = fields.Nested(OwnPublication)


def _shown(row: ResultPublication) -> dict[str, Any]:
    report = url_for("api-audit-results.report", publication_id=row.id) if row.report_file_id else None
    return {
        "id": row.id,
        "number": row.number,
        "channel": row.channel,
        "url": row.url,
        "published_on": day(row.published_on),
        "summary": row.summary,
        "reason": row.reason,
        "evidence": row.evidence,
        "report": report,
        "recorded_at": iso(row.recorded_at),
    }


@blueprint.route("/cases/<case_id>/result-publications", methods=["GET"])
@blueprint.response(200, OwnPublications)
@login_required
def of_case(case_id: str) -> dict[str, Any]:
    """List what a case's enterprise has published of its audit result, with the clock."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        clock = result_publications.clock(session, case, now().astimezone(ZONE).date())
        return {
            "clock": {
                "state": clock.state,
                "since": day(clock.since) or None,
                "due_on": day(clock.due_on) or None,
                "provisional": clock.provisional,
                "basis": clock.basis,
            },
            "items": [_shown(row) for row in result_publications.of_case(session, actor, case_id)],
        }


@blueprint.route("/cases/<case_id>/result-publications", methods=["POST"])
@blueprint.response(201, OwnPublication)
@command
def record(session: Session, actor: Actor, case_id: str) -> Answer:
    """Record a publication (multipart: channel, url, published_on, summary, reason, report_version, evidence files).

    409 `report_not_submitted`.
    """
    values = request.form
    row = result_publications.record(
        session,
        application(),
        actor,
        case_id,
        channel=values.get("channel", ""),
        url=values.get("url", ""),
        published_on=day_of(values.get("published_on"), "published_on"),
        summary=values.get("summary", ""),
        reason=values.get("reason", ""),
        report_version=whole_number(values.get("report_version") or "0", "report_version"),
        evidence=evidence_sent(),
        now=now(),
    )
    return _shown(row), 201


@public.route("/audit-results", methods=["GET"])
@public.doc(security=[])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(PublicAuditResult))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the audit results that enterprises have published; nobody needs to sign in."""
    with looking_publicly() as session:
        found = result_publications.public_list(session, cursor=query.get("cursor"), limit=query["limit"])
        return {
            "items": [
                {
                    "name": one.enterprise.name,
                    "uscc": one.enterprise.uscc,
                    "case": one.case_number,
                    "publication": {**_shown(one.row), "evidence": []},
                }
                for one in found.items
            ],
            "next": found.next_cursor,
        }


@public.route("/audit-results/<publication_id>/report", methods=["GET"])
@public.doc(security=[])
@blueprint.response(200, content_type="application/pdf")
def report(publication_id: str) -> Response:
    """Download the redacted report that belongs to a publication; nobody needs to sign in."""
    with looking_publicly() as session:
        row, content = result_publications.public_report(session, application(), publication_id)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)
