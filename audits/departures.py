"""Who leaves a panel at work: an expert with an interest (回避), or one who does not come. The step goes back for a new panel.

Where the panel was drawn, those who remain keep their seats and a substitute of the same fields is drawn at once; where
it was named, the officer names it anew. Signed sheets of a panel that broke count no more; what the others had typed is
their draft when they score again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, cases, draws, expert_record, options, panel_notices, panels
from audits.models import Case, Enterprise, Panel, PanelDraw, PanelMember, PanelSeat
from workflows import instances, returns
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.errors import Conflict, NotAllowed, NotFound
from workflows.models import Draft, Submission, Task
from workflows.returns import reason_of

LEFT_REASON: Final = "专家组成员退出，请重新组建"
SHEETS: Final = ("evaluation_score_sheet", "acceptance_score_sheet", "merged_score_sheet", "pre_evaluation_sheet")


@dataclass(frozen=True, slots=True)
class Place:
    """A panel at work on which the actor sits. ``open``: it has still to be scored, so that one may leave it."""

    panel: Panel
    case: Case
    enterprise: str
    leads: bool
    open: bool


def mine(session: Session, actor: Actor) -> list[Place]:
    """Give the panels at work on which the actor sits, the next meeting first."""
    query = (
        select(Panel, Case, Enterprise.name, PanelMember.leader)
        .join(PanelMember, PanelMember.panel_id == Panel.id)
        .join(Case, Case.id == Panel.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(PanelMember.expert_id == actor.person_id, Panel.closed_at.is_(None), PanelMember.left_as == "")
        .order_by(Panel.meeting_on, Panel.id)
        .limit(100)
    )
    return [
        Place(panel, case, name, leads, _scoring(session, panel) is not None)
        for panel, case, name, leads in session.execute(query)
    ]


def recuse(
    session: Session, app: Application, actor: Actor, panel_id: str, *, reason: str, seed: str, now: datetime
) -> Panel:
    """Declare an interest as a member of a panel at work, and leave it. Raises as ``_leave``."""
    return _leave(session, app, actor, panel_id, actor.person_id or "", "recused", reason, seed, now)


def miss(
    session: Session,
    app: Application,
    actor: Actor,
    panel_id: str,
    expert_id: str,
    *,
    reason: str,
    seed: str,
    now: datetime,
) -> Panel:
    """Note, as the competent bureau, that a member did not appear: from the day of the meeting on, nobody who has signed.

    Raises as ``_leave``, NotAllowed, Conflict ``absent_too_early`` (since), ``member_has_signed``.
    """
    panel = access.fetch(session, actor, Panel, panel_id)
    if not options.competent(actor, session.get_one(Case, panel.case_id)):
        raise NotAllowed("not_your_panel")
    if panel.closed_at is None and panel.meeting_on and calendars.local_day(now) < panel.meeting_on:
        raise Conflict("absent_too_early", since=panel.meeting_on.isoformat())
    if _has_signed(session, panel, expert_id):
        raise Conflict("member_has_signed")
    return _leave(session, app, actor, panel_id, expert_id, "absent", reason, seed, now)


def _leave(
    session: Session,
    app: Application,
    actor: Actor,
    panel_id: str,
    expert_id: str,
    status: str,
    reason: str,
    seed: str,
    now: datetime,
) -> Panel:
    """Let a member leave: the panel ends, its step goes back, and who remains is asked with a substitute.

    Raises NotFound, Invalid ``reason``, Conflict ``panel_closed`` (it is over), ``panel_has_scored``.
    """
    member = session.get(PanelMember, (panel_id, expert_id))
    if member is None or member.left_as:
        raise NotFound("panels_not_found", id=panel_id)
    reason = reason_of(reason)
    panel = session.get_one(Panel, panel_id, with_for_update=True, populate_existing=True)
    if panel.closed_at is not None:
        raise Conflict("panel_closed")
    scoring = _scoring(session, panel)
    appointed = _appointment(session, panel)
    if scoring is None or appointed is None:
        raise Conflict("panel_has_scored")
    member.left_as, member.left_reason, member.left_at = status, reason, now
    opened = returns.send_back(session, app, SYSTEM, scoring.id, appointed.element, reason=LEFT_REASON, now=now)
    _keep_sheets(session, panel, now)
    panels.break_off(session, panel, now)
    instances.end_party(session, app, SYSTEM, panel.case_id, "expert", now=now)
    told = {"expert": expert_id, "status": status, "reason": reason if status != "recused" else ""}
    cases.record(session, actor, panel.case_id, "panel.member_left", told, now)
    if status == "absent":
        key = f"absence:{panel.id}:{expert_id}"
        expert_record.note(
            session, expert_id, "absence", key=key, case_id=panel.case_id, reason=reason, actor=actor, now=now
        )
    panel_notices.left(session, panel, appointed.process, expert_id, status, now)
    before = draws.of_task(session, appointed.id)
    if opened and before is not None and panel.detail.get("draw") == before.id:
        _draw_on(session, actor, before, opened[0], member, seed, now)
    session.flush()
    return panel


def _scoring(session: Session, panel: Panel) -> Task | None:
    """Give a task in which the panel still scores, None where everybody has signed."""
    members = select(PanelMember.expert_id).where(PanelMember.panel_id == panel.id)
    query = select(Task).where(
        Task.instance_id == panel.case_id, Task.status == "open", Task.assignee_id.in_(members),
        Task.opened_at >= panel.appointed_at, Task.form.in_(SHEETS),
    )  # fmt: skip
    return session.scalar(query.order_by(Task.id).limit(1))


def _has_signed(session: Session, panel: Panel, expert_id: str) -> bool:
    query = select(Task.id).where(
        Task.instance_id == panel.case_id, Task.status == "completed", Task.closed_by == expert_id,
        Task.opened_at >= panel.appointed_at, Task.form.in_(SHEETS),
    )  # fmt: skip
    return session.scalar(query.limit(1)) is not None


def _keep_sheets(session: Session, panel: Panel, now: datetime) -> None:
    """Let what was signed be the draft of whoever signed it: asked again, they find it as they left it."""
    query = (
        select(Submission)
        .join(Task, Task.id == Submission.task_id)
        .where(
            Submission.instance_id == panel.case_id, Submission.form.in_(SHEETS), Task.opened_at >= panel.appointed_at,
        )
    )  # fmt: skip
    for row in session.scalars(query):
        values = {"answers": row.answers, "opinion": row.opinion, "saved_at": now}
        session.merge(Draft(task_id=row.task_id, person_id=row.submitted_by, version=1, **values))
    session.flush()


def _appointment(session: Session, panel: Panel) -> Task | None:
    """Give the task that appointed a panel."""
    if panel.detail.get("task"):
        return session.get(Task, panel.detail["task"])
    query = select(Task).where(
        Task.instance_id == panel.case_id, Task.form == draws.FORM, Task.status == "completed",
        Task.closed_at <= panel.appointed_at,
    )  # fmt: skip
    return session.scalar(query.order_by(Task.closed_at.desc()).limit(1))


def _draw_on(
    session: Session, actor: Actor, before: PanelDraw, task: Task, member: PanelMember, seed: str, now: datetime
) -> None:
    """Carry a draw over to the task that was opened anew, and draw a substitute for who left."""
    draw = PanelDraw(
        case_id=before.case_id, task_id=task.id, gate=before.gate, meeting_on=before.meeting_on, place=before.place,
        leader_id=before.leader_id, records=list(before.records), drawn_by=before.drawn_by, drawn_at=before.drawn_at,
    )  # fmt: skip
    session.add(draw)
    session.flush()
    kept: dict[str, str] = {}
    for old in draws.seats(session, before):
        gone = old.expert_id == member.expert_id
        seat = PanelSeat(
            draw_id=draw.id, expert_id=old.expert_id, place=old.place, replaces_id=kept.get(old.replaces_id or ""),
            status=member.left_as if gone else old.status, reason=member.left_reason if gone else old.reason,
            invited_at=old.invited_at, answered_at=now if gone else old.answered_at,
        )  # fmt: skip
        session.add(seat)
        session.flush()
        kept[old.id] = seat.id
    draws.fill(session, actor, draw, session.get_one(Case, draw.case_id), task, seed=seed, now=now)
