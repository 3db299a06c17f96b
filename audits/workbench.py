"""What a person sees first: how much waits, what is near, what was said to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import access, calendars, deadline_board, notices
from audits.models import Case, Notice
from workflows import tasks
from workflows.access import Actor


@dataclass(frozen=True, slots=True)
class Workbench:
    """Counters (``todo`` stops at the inbox's own limit), the most urgent statutory days, the newest notices."""

    todo: int
    overdue: int
    soon: int
    open_cases: int
    unread: int
    deadlines: tuple[deadline_board.BoardLine, ...]
    notices: tuple[Notice, ...]


def summary(session: Session, actor: Actor, *, now: datetime) -> Workbench:
    """Give the workbench of a person."""
    today = calendars.local_day(now)
    days = deadline_board.counts(session, actor, today)
    running = select(func.count()).select_from(Case).where(Case.outcome == "", access.visible(actor, Case))
    return Workbench(
        todo=tasks.todo_count(session, actor, now=now),
        overdue=days["overdue"],
        soon=days["soon"],
        open_cases=session.scalar(running) or 0,
        unread=notices.unread_count(session, actor),
        deadlines=deadline_board.board(session, actor, today=today, limit=8).items,
        notices=notices.mine(session, actor, limit=8).items,
    )
