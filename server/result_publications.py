"""The audit result that an enterprise publishes itself: the clock, the record with its evidence, the public list."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, request, send_file
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import access, publications, result_publications
from server.dates import day_of, whole_number
from server.filters import ZONE
from server.house import acting, application, looking, looking_publicly, now
from server.language import pick, say
from server.pages import argument, back_to, given, page, public_page
from server.regions import as_choices
from server.sentences import trouble
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("result_publications", __name__)


def evidence_sent() -> list[tuple[str, bytes]]:
    """Read the files of a request; a part without a file is none."""
    return [(one.filename, one.read()) for one in request.files.getlist("evidence") if one.filename]


@blueprint.get("/cases/<case_id>/result-publication")
@login_required
def show(case_id: str) -> BaseResponse:
    """Show what the enterprise has published of its audit's result, and the clock."""
    return publication_page(case_id)


def publication_page(case_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render the publication, with the form for the enterprise."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        found = result_publications.clock(session, case, now().astimezone(ZONE).date())
        choices = result_publications.report_choices(session, actor, case_id)
        return page(
            "cases/result_publication.html",
            session,
            actor,
            status,
            case=case,
            clock=found,
            basis=pick(*found.basis),
            manner=pick(*found.manner),
            rows=result_publications.of_case(session, actor, case_id),
            may_record=found.since is not None and case.enterprise_id in actor.organisations,
            versions=[(one.number, say("Version %(number)s", number=one.number)) for one in choices],
            **more,
        )


@blueprint.post("/cases/<case_id>/result-publication")
@login_required
def record(case_id: str) -> BaseResponse:
    """Record a publication with its evidence."""
    values = given()
    try:
        with acting() as (session, actor):
            result_publications.record(
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
    except (Invalid, Conflict) as error:
        code = 409 if isinstance(error, Conflict) else 422
        return publication_page(case_id, code, errors=trouble(error), values=values)
    return back_to("result_publications.show", say("The publication is recorded."), case_id=case_id)


@blueprint.get("/public/audit-results")
def index() -> BaseResponse:
    """Show to anybody what enterprises have published of their audits' results."""
    with looking_publicly() as session:
        found = result_publications.public_list(
            session, text=argument("text") or "", region=argument("region"), cursor=argument("cursor"), limit=50
        )
        return public_page(
            "public/audit_results.html",
            rows=found.items,
            next_cursor=found.next_cursor,
            text=argument("text"),
            region=argument("region"),
            regions=as_choices(publications.public_regions(session)),
        )


@blueprint.get("/public/audit-results/<publication_id>/report.pdf")
def report(publication_id: str) -> BaseResponse:
    """Give anybody the redacted report that belongs to a publication."""
    with looking_publicly() as session:
        row, content = result_publications.public_report(session, application(), publication_id)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)
