"""The workbench: what waits, what is due, what is new."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import deadline_board, notices, options
from server.countdown import chip_of
from server.filters import ZONE
from server.house import acting, looking, now
from server.inbox import lines
from server.language import language
from server.pages import argument, back_to, page
from workflows import tasks

blueprint = Blueprint("workbench", __name__)
SHOWN = 8


@blueprint.get("/", endpoint="page")
@login_required
def show() -> BaseResponse:
    """Show the counters, the most urgent tasks, the next deadlines and the latest notices."""
    today = now().astimezone(ZONE).date()
    with looking() as (session, actor):
        waiting = tasks.todo(session, actor, limit=SHOWN, now=now())
        board = deadline_board.board(session, actor, today=today, limit=SHOWN)
        return page(
            "workbench/page.html",
            session,
            actor,
            lines=lines(session, actor, waiting.items),
            overdue=tasks.todo_count(session, actor, filters={"due": "overdue"}, now=now()),
            soon=tasks.todo_count(session, actor, filters={"due": "soon"}, now=now()),
            done=tasks.done_count(session, actor, now=now()),
            counts=deadline_board.counts(session, actor, today),
            board=[(line, chip_of(session, line.deadline, now())) for line in board.items],
            news=[(row, notices.text(row, language())) for row in notices.mine(session, actor, limit=SHOWN).items],
            reviews=options.to_review(session, actor, limit=SHOWN),
        )


@blueprint.get("/notices")
@login_required
def all_notices() -> BaseResponse:
    """Show every notice to the person's organisations."""
    with looking() as (session, actor):
        found = notices.mine(session, actor, cursor=argument("cursor"), limit=50)
        news = [(row, notices.text(row, language())) for row in found.items]
        return page("workbench/notices.html", session, actor, news=news, next_cursor=found.next_cursor)


@blueprint.post("/notices/<notice_id>/read")
@login_required
def read(notice_id: str) -> BaseResponse:
    """Mark a notice as read."""
    with acting() as (session, actor):
        notices.mark_read(session, actor, notice_id, now())
    return back_to("workbench.page")
