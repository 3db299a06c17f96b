"""Letters: the register, a letter with its proof of service, and the public page that verifies one."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, send_file
from flask_login import login_required
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from audits import access as audits_access
from audits import cases, letters, submissions
from audits.models import Case, Enterprise, Letter
from server.casefile import rights_shown
from server.dates import day_of
from server.filters import ZONE
from server.house import acting, application, looking, looking_publicly, now
from server.issuing import fields_of
from server.language import pick, say
from server.pages import argument, back_to, given, page, public_page
from server.sentences import trouble
from workflows import paging
from workflows.access import may
from workflows.errors import Invalid

blueprint = Blueprint("letters", __name__)


@blueprint.get("/letters")
@login_required
def index() -> BaseResponse:
    """Show the letters of the cases that the person sees."""
    filters = {key: value for key in ("kind", "text") if (value := argument(key))}
    with looking() as (session, actor):
        query = (
            select(Letter, Case, Enterprise)
            .outerjoin(Case, Case.id == Letter.case_id)
            .outerjoin(Enterprise, Enterprise.id == Case.enterprise_id)
            .where(audits_access.visible(actor, Letter))
        )
        if kind := filters.get("kind"):
            query = query.where(Letter.kind == kind)
        if text := filters.get("text"):
            query = query.where(
                Enterprise.name.contains(text, autoescape=True) | Letter.number.contains(text, autoescape=True)
            )
        newest = paging.Sort("created", Letter.created_at, Letter.id, descending=True)
        rows, next_cursor = paging.read(session, query, newest, argument("cursor"), 50)
        return page(
            "letters/index.html",
            session,
            actor,
            rows=[(row[0], row[1], row[2]) for row in rows],
            next_cursor=next_cursor,
            filters=filters,
            kinds=[(key, pick(*names)) for key, names in letters.KINDS.items()],
            may_issue=may(actor, "letters.issue"),
        )


@blueprint.get("/letters/<letter_id>")
@login_required
def one(letter_id: str) -> BaseResponse:
    """Show a letter."""
    return letter_page(letter_id)


def letter_page(letter_id: str, status: int = 200, error: Invalid | None = None, **more: Any) -> BaseResponse:
    """Render a letter, with the form for its proof of service where that is still missing."""
    with looking() as (session, actor):
        row = letters.get(session, actor, letter_id)
        view = cases.get(session, actor, row.case_id) if row.case_id else None
        own = letters.is_addressee(session, actor, row)
        methods = [(key, pick(*names)) for key, names in letters.METHODS.items()]
        return page(
            "letters/one.html",
            session,
            actor,
            status,
            row=row,
            view=view,
            rights=rights_shown(session, [row], now().astimezone(ZONE).date()),
            may_correct=row.status == "valid"
            and row.served_on is not None
            and may(actor, "letters.serve", row.region_path),
            may_revoke=row.status == "valid" and may(actor, "letters.revoke", row.region_path),
            may_replace=row.status == "valid" and may(actor, "letters.issue", row.region_path),
            fields=fields_of(session, actor, row.kind),
            typed=row.data.get("given") or {},
            holds=submissions.holds(session, row),
            methods=[pair for pair in methods if not own or pair[0] == "online"],
            method=dict(methods).get(row.served_by, row.served_by),
            may_serve=row.served_on is None and (own or may(actor, "letters.serve", row.region_path)),
            **({"errors": trouble(error)} if error else {}),
            **more,
        )


def service_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Read how, when and to whom a letter was served; raises Invalid for a day that is none."""
    return {
        "method": values.get("method", ""),
        "served_on": day_of(values.get("served_on"), "served_on"),
        "signer": values.get("signer", ""),
    }


@blueprint.post("/letters/<letter_id>/service")
@login_required
def serve(letter_id: str) -> BaseResponse:
    """Write the proof of service."""
    values = given()
    try:
        with acting() as (session, actor):
            letters.record_service(
                session,
                actor,
                letter_id,
                **service_of(values),
                now=now(),
            )
    except Invalid as error:
        return letter_page(letter_id, 422, error)
    return back_to("letters.one", say("The service is recorded."), letter_id=letter_id)


@blueprint.post("/letters/<letter_id>/service/correction")
@login_required
def correct_service(letter_id: str) -> BaseResponse:
    """Correct the proof of service, with a reason."""
    values = given()
    try:
        with acting() as (session, actor):
            letters.correct_service(
                session,
                actor,
                letter_id,
                **service_of(values),
                reason=values.get("reason", ""),
                now=now(),
            )
    except Invalid as error:
        return letter_page(letter_id, 422, error)
    return back_to("letters.one", say("The service is corrected; the days of the rights follow."), letter_id=letter_id)


@blueprint.post("/letters/<letter_id>/revocation")
@login_required
def revoke(letter_id: str) -> BaseResponse:
    """Void a letter, with a reason."""
    try:
        with acting() as (session, actor):
            letters.revoke(session, actor, letter_id, reason=given().get("reason", ""), now=now())
    except Invalid as error:
        return letter_page(letter_id, 422, error)
    return back_to("letters.one", say("The letter is void; its number stays used."), letter_id=letter_id)


@blueprint.post("/letters/<letter_id>/replacement")
@login_required
def replace(letter_id: str) -> BaseResponse:
    """Issue a letter anew in the place of a wrong one."""
    values = given()
    reason = values.pop("replace_reason", "")
    try:
        with acting() as (session, actor):
            row = letters.replace(session, application(), actor, letter_id, reason=reason, values=values, now=now())
            new_id = row.id
    except Invalid as error:
        return letter_page(letter_id, 422, error, replacing=True)
    return back_to("letters.one", say("The new letter is issued; the old one names it."), letter_id=new_id)


@blueprint.get("/letters/<letter_id>/<any(docx, pdf):suffix>")
@login_required
def download(letter_id: str, suffix: str) -> BaseResponse:
    """Give a letter's Word or PDF file."""
    with looking() as (session, actor):
        row, content = letters.open_(session, application(), actor, letter_id, suffix)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)


@blueprint.get("/verify/<code>")
def verify(code: str) -> BaseResponse:
    """Tell anybody who holds the code of a letter whether it is genuine."""
    with looking_publicly() as session:
        found = letters.by_code(session, code)
    return public_page("public/verify.html", 200 if found else 404, letter=found, code=code)
