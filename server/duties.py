"""My duties: each open case of the company with its step, its next duty, the day, and whom to ask."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import duties
from server.countdown import chip_of
from server.filters import local_name
from server.house import looking, now
from server.pages import argument, page

blueprint = Blueprint("duties", __name__)


@blueprint.get("/duties")
@login_required
def index() -> BaseResponse:
    """Show what the person's companies have to do, the most urgent first."""
    with looking() as (session, actor):
        found = duties.mine(session, actor, cursor=argument("cursor"))
        lines = [
            (
                duty,
                list(dict.fromkeys(local_name(task) for task in duty.tasks)),
                chip_of(session, duty.deadline, now()) if duty.deadline else None,
            )
            for duty in found.items
        ]
        return page("duties/page.html", session, actor, lines=lines, next_cursor=found.next_cursor)
