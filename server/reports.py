"""The workspace of a report: chapters on the left, text and preview on the right, versions with their files."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, jsonify, send_file, url_for
from flask_login import login_required
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from audits import reports
from server.dates import whole_number
from server.house import acting, application, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from server.progress import progress_of, run_of
from server.sentences import trouble
from server.submissions import number
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("reports", __name__, url_prefix="/cases/<case_id>/reports")
OF_FORM = {"audit_report": "audit", "supplement": "audit", "acceptance_application": "acceptance"}
"""Which report a form hands in: its page links to the workspace."""


@blueprint.get("/<report>")
@login_required
def workspace(case_id: str, report: str) -> BaseResponse:
    """Show a report as it would be made now, one chapter at a time."""
    return workspace_page(case_id, report)


def workspace_page(
    case_id: str, report: str, status: int = 200, typed: Mapping[str, str] | None = None, **more: Any
) -> BaseResponse:
    """Render the workspace; ``typed`` keeps what somebody wrote and could not save."""
    with looking() as (session, actor):
        view = reports.look(session, actor, case_id, report)
        versions = reports.listed(session, actor, case_id, report)
        chapters = [one for one in view.outline.chapters if view.after or not one.after]
        wanted = argument("chapter") or more.get("chapter")
        chapter = next((one for one in chapters if one.key == wanted), chapters[0])
        shown = next(one for one in view.document["chapters"] if one["key"] == chapter.key)
        running = run_of(session, versions[0].run_key) if versions and versions[0].status != "made" else None
        return page(
            "reports/workspace.html",
            session,
            actor,
            status,
            view=view,
            kind=report,
            kinds=[(one.kind, one.names) for one in reports.outlines().values()],
            chapters=chapters,
            chapter=chapter,
            blocks={one["key"]: [_drawn(block) for block in one["blocks"]] for one in shown["sections"]},
            lacking={one.key: [gap for gap in view.missing if gap.chapter == one.key] for one in chapters},
            versions=versions,
            running=running,
            typed=typed or {},
            **{name: value for name, value in more.items() if name != "chapter"},
        )


def _drawn(block: Mapping[str, Any]) -> dict[str, Any]:
    """Let a drawing stand in the page: it is our own SVG, whose words are escaped where it is drawn."""
    return {**block, "svg": Markup(block["svg"])} if block["type"] == "drawing" else dict(block)  # noqa: S704


@blueprint.post("/<report>/texts/<key>")
@login_required
def write(case_id: str, report: str, key: str) -> BaseResponse:
    """Save a text of the report."""
    values = given()
    content, chapter = values.get("content", ""), values.get("chapter", "")
    try:
        with acting() as (session, actor):
            reports.write(
                session,
                actor,
                case_id,
                key,
                content=content,
                number=whole_number(values.get("number"), "number"),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        code = 409 if isinstance(error, Conflict) else 422
        return workspace_page(case_id, report, code, {key: content}, errors=trouble(error), chapter=chapter)
    return back_to("reports.workspace", say("The text is saved."), case_id=case_id, report=report, chapter=chapter)


@blueprint.get("/<report>/texts/<key>")
@login_required
def history(case_id: str, report: str, key: str) -> BaseResponse:
    """Show the versions of a text."""
    with looking() as (session, actor):
        found = reports.history(session, actor, case_id, key)
        view = reports.look(session, actor, case_id, report)
        section = next((section for _chapter, section, block in view.outline.texts() if block.of == key), None)
        return page(
            "reports/history.html", session, actor, view=view, kind=report, section=section, rows=found, key=key
        )


@blueprint.post("/<report>/secrets")
@login_required
def mark(case_id: str, report: str) -> BaseResponse:
    """Keep a place out of the public versions."""
    values = given()
    try:
        with acting() as (session, actor):
            reports.mark(session, actor, case_id, values.get("place", ""), reason=values.get("reason", ""), now=now())
    except Invalid as error:
        return workspace_page(case_id, report, 422, errors=trouble(error), values=values)
    return back_to("reports.workspace", say("The place is marked as a trade secret."), case_id=case_id, report=report)


@blueprint.post("/<report>/secrets/removal")
@login_required
def unmark(case_id: str, report: str) -> BaseResponse:
    """Take the mark of a trade secret away."""
    with acting() as (session, actor):
        reports.unmark(session, actor, case_id, given().get("place", ""), now=now())
    return back_to("reports.workspace", say("The mark is taken away."), case_id=case_id, report=report)


@blueprint.post("/<report>/versions")
@login_required
def make(case_id: str, report: str) -> BaseResponse:
    """Make a version: its files follow, with progress."""
    values = given()
    try:
        with acting() as (session, actor):
            reports.make(session, application(), actor, case_id, report, note=values.get("note", ""), now=now())
    except Invalid as error:
        return workspace_page(case_id, report, 422, errors=trouble(error), values=values)
    return back_to("reports.workspace", say("The report is being made."), case_id=case_id, report=report)


@blueprint.get("/<report>/versions/<int:version>/progress")
@login_required
def progress(case_id: str, report: str, version: int) -> BaseResponse:
    """Give how far the making of a version is."""
    with looking() as (session, actor):
        row = reports.version(session, actor, case_id, report, version)
        run = run_of(session, reports.run_key(row))
        return jsonify(progress_of(run, next_page=url_for("reports.workspace", case_id=case_id, report=report)))


@blueprint.get("/<report>/versions/<int:version>/<name>")
@login_required
def download(case_id: str, report: str, version: int, name: str) -> BaseResponse:
    """Give a file of a version."""
    with looking() as (session, actor):
        row, content = reports.open_(session, application(), actor, case_id, report, version, name)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)


@blueprint.get("/<report>/differences")
@login_required
def differences(case_id: str, report: str) -> BaseResponse:
    """Show what changed between two versions, side by side."""
    with looking() as (session, actor):
        found = reports.compare(session, actor, case_id, report, old=number("old"), new=number("new"))
        everything = argument("show") == "all"
        return page(
            "reports/differences.html",
            session,
            actor,
            view=reports.look(session, actor, case_id, report),
            kind=report,
            found=found,
            rows=found.rows if everything else found.changes,
            everything=everything,
        )
