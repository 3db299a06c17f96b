"""The report on conflicts of interest."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, send_file
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import conflict_report
from server.house import looking
from server.language import language, say
from server.lists import SHEET
from server.pages import argument, page

blueprint = Blueprint("conflicts", __name__, url_prefix="/conflicts")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show every member of every panel with what was looked at."""
    text = argument("text") or ""
    with looking() as (session, actor):
        found = conflict_report.lines(session, actor, text=text, cursor=argument("cursor"), limit=50)
        return page(
            "conflicts/index.html", session, actor, lines=found.items, next_cursor=found.next_cursor, text=text
        )  # fmt: skip


@blueprint.get("/report.xlsx")
@login_required
def workbook() -> BaseResponse:
    """Give the report as a workbook."""
    with looking() as (session, actor):
        content = BytesIO(conflict_report.workbook(session, actor, text=argument("text") or "", language=language()))
    return send_file(content, SHEET, as_attachment=True, download_name=say("conflicts") + ".xlsx")
