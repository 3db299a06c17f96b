"""The board of disclosures: due, done in time or late, overdue, sent back."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import disclosure_board
from server.countdown import chip_for
from server.filters import ZONE
from server.house import looking, now
from server.language import pick
from server.pages import argument, page

blueprint = Blueprint("disclosures", __name__, url_prefix="/disclosures")


@blueprint.get("")
@login_required
def board() -> BaseResponse:
    """Show the disclosures of the cases that the person sees, counted by list or by region, and one by one."""
    filters = {key: value for key in ("state", "list_id", "place") if (value := argument(key))}
    by = "place" if argument("by") == "place" else "list"
    today = now().astimezone(ZONE).date()
    with looking() as (session, actor):
        found = disclosure_board.board(session, actor, today=today, **filters, cursor=argument("cursor"), limit=50)
        lines = [
            (line, chip_for(session, line.deadline.extended_to or line.deadline.due_on, now(), line.deadline.met_on))
            for line in found.items
        ]
        groups = disclosure_board.groups(session, actor, today=today, by=by)
        return page(
            "deadlines/disclosures.html",
            session,
            actor,
            lines=lines,
            next_cursor=found.next_cursor,
            groups=[(group, pick(*group.name)) for group in groups],
            by=by,
            filters=filters,
            states=[(key, pick(*names)) for key, names in disclosure_board.STATES.items()],
        )
