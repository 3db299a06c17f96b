"""The board of deadlines: what is due, what is late."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import deadline_board
from server.countdown import chip_of
from server.filters import ZONE
from server.house import looking, now
from server.labels import LABELS
from server.pages import argument, page
from server.regions import choices as region_choices

blueprint = Blueprint("deadlines", __name__, url_prefix="/deadlines")


@blueprint.get("")
@login_required
def board() -> BaseResponse:
    """Show the open deadlines of the cases that the person sees, the most urgent first."""
    filters = {key: value for key in ("state", "kind", "region") if (value := argument(key))}
    today = now().astimezone(ZONE).date()
    with looking() as (session, actor):
        found = deadline_board.board(session, actor, today=today, **filters, cursor=argument("cursor"), limit=50)
        lines = [(line, chip_of(session, line.deadline, now())) for line in found.items]
        return page(
            "deadlines/board.html",
            session,
            actor,
            lines=lines,
            next_cursor=found.next_cursor,
            filters=filters,
            counts=deadline_board.counts(session, actor, today),
            kinds=list(LABELS["deadline"].items()),
            regions=region_choices(session, actor),
        )
