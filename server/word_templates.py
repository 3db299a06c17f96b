"""Word templates of letters: the shipped one to edit, upload with check, preview, publication by a second person, back."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, request, send_file
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import letters
from audits.letters import template_check, templates
from server.casefile import person_names
from server.dates import day_of
from server.filters import ZONE, local_name
from server.house import acting, application, looking, now
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.regions import as_choices
from server.sentences import trouble
from workflows.errors import Conflict, Invalid, NotAllowed

blueprint = Blueprint("templates", __name__, url_prefix="/letters/templates")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the templates of the officer's region, the form for a new one, and what a template may name."""
    return templates_page()


def templates_page(status: int = 200, **more: Any) -> BaseResponse:
    """Render the templates."""
    kind = argument("kind") or ""
    kind = kind if kind in letters.KINDS else ""
    with looking() as (session, actor):
        rows = templates.listed(session, actor, kind or None)
        names = person_names(
            session, {one for row, _region in rows for one in (row.uploaded_by, row.published_by) if one}
        )
        return page(
            "letters/templates.html",
            session,
            actor,
            status,
            kind=kind,
            kinds=[(key, pick(*one)) for key, one in letters.KINDS.items()],
            rows=[(row, local_name(region), names) for row, region in rows],
            regions=as_choices(templates.regions_of(session, actor)),
            texts=[(name, pick(*one)) for name, one in template_check.names_of(kind).items()] if kind else [],
            lists=template_check.LISTS,
            today=now().astimezone(ZONE).date().isoformat(),
            **more,
        )


@blueprint.get("/shipped/<kind>.docx")
@login_required
def shipped(kind: str) -> BaseResponse:
    """Give the shipped template, to be edited in Word."""
    with looking() as (session, actor):
        content = templates.shipped(session, actor, kind)
    return send_file(BytesIO(content), WORD, as_attachment=True, download_name=f"{kind}.docx")


@blueprint.post("")
@login_required
def upload() -> BaseResponse:
    """Take in a template as a draft; without a file it puts the shipped one back."""
    values, file = given(), request.files.get("file")
    try:
        with acting() as (session, actor):
            templates.upload(
                session,
                application(),
                actor,
                kind=values.get("kind", ""),
                region_code=values.get("region_code", ""),
                valid_from=day_of(values.get("valid_from"), "valid_from"),
                note=values.get("note", ""),
                name=(file.filename or "") if file else "",
                content=file.read() if file else b"",
                now=now(),
            )
    except Invalid as error:
        return templates_page(422, errors=trouble(error), values=values, faults=error.values.get("faults", []))
    return back_to("templates.index", say("The template is a draft; somebody else publishes it."), kind="success")


@blueprint.get("/<template_id>.docx")
@login_required
def download(template_id: str) -> BaseResponse:
    """Give the Word file of a template."""
    with looking() as (session, actor):
        row = templates.get(session, actor, template_id)
        content = templates.content(session, application(), row)
        return send_file(BytesIO(content), WORD, as_attachment=True, download_name=f"{row.kind}.docx")


@blueprint.get("/<template_id>/preview.docx")
@login_required
def preview(template_id: str) -> BaseResponse:
    """Give a letter of invented words, set by a template."""
    with looking() as (session, actor):
        content = templates.preview(session, application(), actor, template_id)
    return send_file(BytesIO(content), WORD, as_attachment=True, download_name=f"preview-{template_id}.docx")


@blueprint.post("/<template_id>/publication")
@login_required
def publish(template_id: str) -> BaseResponse:
    """Let a draft count from its day on."""
    try:
        with acting() as (session, actor):
            templates.publish(session, actor, template_id, now=now())
    except (Conflict, NotAllowed) as error:
        if isinstance(error, NotAllowed) and error.code != "own_template":
            raise
        return templates_page(409 if isinstance(error, Conflict) else 403, errors=trouble(error))
    return back_to("templates.index", say("The template is published."))


@blueprint.post("/<template_id>/retirement")
@login_required
def retire(template_id: str) -> BaseResponse:
    """Let a template count no more."""
    try:
        with acting() as (session, actor):
            templates.retire(session, actor, template_id, reason=given().get("reason", ""), now=now())
    except (Invalid, Conflict) as error:
        return templates_page(409 if isinstance(error, Conflict) else 422, errors=trouble(error))
    return back_to("templates.index", say("The template counts no more; letters take the one before it."))
