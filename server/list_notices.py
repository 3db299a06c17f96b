"""The written notices of a published list: how many are issued, made and served, and what failed."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, send_file
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import list_notices, lists
from audits.letters import METHODS
from server.house import looking
from server.language import language, pick, say
from server.lists import SHEET
from server.pages import argument, page
from workflows.access import may

blueprint = Blueprint("list_notices", __name__, url_prefix="/lists/<list_id>")


@blueprint.get("/notices")
@login_required
def index(list_id: str) -> BaseResponse:
    """Show the notices of a list."""
    filters = {key: value for key in ("state", "method") if (value := argument(key))}
    with looking() as (session, actor):
        row = lists.get(session, actor, list_id)
        found = list_notices.lines(session, actor, list_id, **filters, cursor=argument("cursor"), limit=50)
        return page(
            "lists/notices.html",
            session,
            actor,
            row=row,
            tally=list_notices.tally(session, actor, list_id),
            lines=found.items,
            next_cursor=found.next_cursor,
            failures=list_notices.failures(session, actor, list_id),
            may_retry=may(actor, "incidents.manage", row.region_path),
            methods={key: pick(*names) for key, names in METHODS.items()},
            states={key: pick(*names) for key, names in list_notices.STATES.items()},
            filters=filters,
        )


@blueprint.get("/notices.xlsx")
@login_required
def workbook(list_id: str) -> BaseResponse:
    """Give the table as a workbook."""
    with looking() as (session, actor):
        content = BytesIO(list_notices.workbook(session, actor, list_id, language()))
    return send_file(content, SHEET, as_attachment=True, download_name=say("notices") + ".xlsx")
