"""The board of disclosures: due, done in time or late, overdue, sent back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import disclosure_board
from server.countdown import chip_of
from server.dates import day_of
from server.filters import ZONE
from server.house import acting, application, looking, now
from server.language import language, pick, say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("disclosures", __name__, url_prefix="/disclosures")
GRACE = timedelta(days=15)  # proposed on the page as the time an order gives; the officer decides


@blueprint.get("")
@login_required
def board() -> BaseResponse:
    """Show the disclosures of the cases that the person sees, counted by list or by region, and one by one."""
    with looking() as (session, actor):
        return board_page(session, actor)


def board_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the board."""
    filters = {key: value for key in ("state", "list_id", "place") if (value := argument(key))}
    by = "place" if argument("by") == "place" else "list"
    today = now().astimezone(ZONE).date()
    found = disclosure_board.board(session, actor, today=today, **filters, cursor=argument("cursor"), limit=50)
    lines = [(line, chip_of(session, line.deadline, now())) for line in found.items]
    groups = disclosure_board.groups(session, actor, today=today, by=by)
    return page(
        "deadlines/disclosures.html",
        session,
        actor,
        status,
        lines=lines,
        next_cursor=found.next_cursor,
        groups=[(group, pick(*group.name)) for group in groups],
        by=by,
        filters=filters,
        grace=(today + GRACE).isoformat(),
        states=[(key, pick(*names)) for key, names in disclosure_board.STATES.items()],
        **more,
    )


@blueprint.post("/orders")
@login_required
def order() -> BaseResponse:
    """Order the chosen enterprises to disclose."""
    values = given()
    try:
        with acting() as (session, actor):
            number = disclosure_board.order(
                session,
                application(),
                actor,
                values.get("case_ids", []),
                correct_by=day_of(values.get("correct_by"), "correct_by"),
                note=values.get("note", ""),
                language=language(),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return board_page(session, actor, code, errors=trouble(error), values=values)
    return back_to("disclosures.board", say("%(count)s orders are being issued.", count=number))
