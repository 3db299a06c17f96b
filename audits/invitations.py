"""Invitations to a panel: accepted, declined with a reason, or left for an interest (回避); absence is noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import calendars, cases, draws, expert_record, panel_notices, pool
from audits.models import Case, Enterprise, PanelDraw, PanelSeat
from audits.panel_rules import Rule
from workflows import access
from workflows.access import Actor
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Task
from workflows.paging import Page, keyset

ANSWERS: Final = frozenset({"accepted", "declined", "recused"})
MOST_FOLLOWED: Final = 200


@dataclass(frozen=True, slots=True)
class Invitation:
    """A seat as the invited expert sees it: which enterprise, when and where; nothing else of the case."""

    seat: PanelSeat
    draw: PanelDraw
    enterprise: str
    leads: bool
    open: bool


def mine(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[Invitation]:
    """Give the actor's own invitations, the newest first."""
    query = (
        select(PanelSeat, PanelDraw, Enterprise.name, Task.status)
        .join(PanelDraw, PanelDraw.id == PanelSeat.draw_id)
        .join(Case, Case.id == PanelDraw.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .join(Task, Task.id == PanelDraw.task_id)
        .where(PanelSeat.expert_id == actor.person_id)
    )
    order = [PanelSeat.invited_at, PanelSeat.id]
    page = keyset(session, query, order, cursor, limit, descending=True)
    return page.map(
        lambda row: Invitation(row[0], row[1], row[2], row[1].leader_id == actor.person_id, row[3] == "open")
    )


def waiting(session: Session, actor: Actor) -> int:
    """Count the invitations that wait for the actor's answer."""
    query = (
        select(func.count())
        .select_from(PanelSeat)
        .join(PanelDraw, PanelDraw.id == PanelSeat.draw_id)
        .join(Task, Task.id == PanelDraw.task_id)
        .where(PanelSeat.expert_id == actor.person_id, PanelSeat.status == "invited", Task.status == "open")
    )
    return session.scalar(query) or 0


def answer(
    session: Session, actor: Actor, seat_id: str, *, answer: str, reason: str = "", seed: str, now: datetime
) -> PanelSeat:
    """Answer an invitation; who has accepted may still decline or recuse themselves until the panel is appointed.

    The same answer again changes nothing. Raises NotFound, Conflict ``draw_over`` or ``seat_left``, Invalid ``answer``
    and ``reason`` (needed unless one accepts).
    """
    seat = session.scalar(select(PanelSeat).where(PanelSeat.id == seat_id, PanelSeat.expert_id == actor.person_id))
    if seat is None:
        raise NotFound("invitation_not_found")
    reason = _reason(answer, reason)
    draw = session.get_one(PanelDraw, seat.draw_id)
    draws.hold(session, draw)
    session.refresh(seat)
    session.refresh(draw)
    if seat.status == answer:
        return seat
    if seat.status not in draws.STANDING:
        raise Conflict("seat_left")
    if answer == "accepted":
        seat.status, seat.answered_at = answer, now
        cases.record(session, actor, draw.case_id, "panel.seat_accepted", {"expert": seat.expert_id}, now)
        session.flush()
        if draw.status != "short":
            draws.settle(session, draw)
    else:
        draws.leave(session, actor, seat, answer, reason, seed=seed, now=now)
    return seat


def mark_absent(
    session: Session, actor: Actor, task_id: str, seat_id: str, *, reason: str, seed: str, now: datetime
) -> PanelSeat:
    """Note that an invited expert did not answer or appear; a substitute is drawn. Who may complete the task may.

    Not before the days for an answer are over, of who accepted not before the meeting: nobody is drawn anew at will.
    Raises as ``access.task_to_complete``, NotFound, Conflict ``seat_left``, ``absent_too_early`` (since), Invalid
    ``reason``.
    """
    task = access.task_to_complete(session, actor, task_id).task
    draw = draws.of_task(session, task_id)
    seat = session.get(PanelSeat, seat_id, populate_existing=True)
    if draw is None or seat is None or seat.draw_id != draw.id:
        raise NotFound("invitation_not_found")
    reason = _reason("absent", reason)
    if seat.status == "absent":
        return seat
    if seat.status not in draws.STANDING:
        raise Conflict("seat_left")
    since, today = _missing_since(session, draw, seat, task.process, now), calendars.local_day(now)
    if today < since:
        raise Conflict("absent_too_early", since=since.isoformat())
    accepted = seat.status == "accepted"
    draws.leave(session, actor, seat, "absent", reason, seed=seed, now=now)
    if accepted:  # who never answered has promised nothing
        key = f"absence:{seat.id}"
        expert_record.note(
            session, seat.expert_id, "absence", key=key, case_id=draw.case_id, reason=reason, actor=actor, now=now
        )
    return seat


def _missing_since(session: Session, draw: PanelDraw, seat: PanelSeat, gate: str, now: datetime) -> date:
    """Give the first day on which an expert counts as absent."""
    if seat.status == "accepted":
        return draw.meeting_on
    rule = pool.rule_of(session, session.get_one(Case, draw.case_id), gate, calendars.local_day(now))
    return min(draw.meeting_on, calendars.local_day(seat.invited_at) + timedelta(days=rule.answer_days))


def _reason(answer: str, reason: str) -> str:
    if answer not in ANSWERS | {"absent"}:
        raise Invalid(fields={"answer": ["unknown"]})
    reason = storable(reason).strip()
    if answer != "accepted" and not reason:
        raise Invalid(fields={"reason": ["required"]})
    if len(reason) > draws.REASON_LENGTH:
        raise Invalid(fields={"reason": ["too_long"]})
    return reason


def follow_up(session: Session, _app: Application, now: datetime) -> None:
    """Remind whoever has not answered, as the rule says; call off what no task waits for any more."""
    today = calendars.local_day(now)
    query = (
        select(PanelSeat, PanelDraw, Case, Task.status)
        .join(PanelDraw, PanelDraw.id == PanelSeat.draw_id)
        .join(Case, Case.id == PanelDraw.case_id)
        .join(Task, Task.id == PanelDraw.task_id)
        .where(PanelSeat.status == "invited")
        .order_by(PanelSeat.invited_at, PanelSeat.id)
        .limit(MOST_FOLLOWED)
    )
    for seat, draw, case, status in session.execute(query).all():
        if status != "open" or case.outcome:
            panel_notices.cancel(session, draw, seat, now)
        elif _is_due(pool.rule_of(session, case, draw.gate, today), seat, draw, today):
            panel_notices.remind(session, draw, seat, today, now)


def _is_due(rule: Rule, seat: PanelSeat, draw: PanelDraw, today: date) -> bool:
    if seat.reminded_on == today or draw.meeting_on < today:
        return False
    since = seat.reminded_on or calendars.local_day(seat.invited_at)
    soon = (draw.meeting_on - today).days <= rule.remind_before_days and since < today
    return soon or (today - since).days >= rule.remind_after_days
