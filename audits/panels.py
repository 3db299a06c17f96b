"""The panels (专家组) that judge a gate: from their appointment until they close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from audits import calendars, cases, dossiers, draws, expert_record, panel_notices, pool, score_sheets
from audits.models import Case, Panel, PanelDraw, PanelMember, PanelSeat
from audits.pool import Pool
from workflows import instances
from workflows.access import SYSTEM, Actor, may
from workflows.application import Application
from workflows.errors import Invalid
from workflows.models import Person, Submission, Task


def available(session: Session, case: Case, today: date, gate: str = "") -> list[dict[str, str]]:
    """Give the experts who may be named for a case: valid, and without a tie to whoever has a part in it (回避)."""
    return pool.choices(pool.look(session, case, gate, today).nameable)


def appoint(
    session: Session,
    app: Application,
    case: Case,
    *,
    purpose: str,
    expert_ids: Sequence[str],
    detail: Mapping[str, Any],
    task_id: str = "",
    now: datetime,
) -> Panel:
    """Form a panel: its experts become dated parties of the case, and what waits is offered anew. The first one leads.

    What was looked at for recusal is kept with it. One that is still at work for the same purpose, since the step was
    returned, gives way to it. ``task_id`` is the task that appointed it: a panel that is said to be drawn must be what
    was drawn there.

    Raises Invalid: ``panel_too_small``, ``expert_not_available``, ``panel_not_drawn``, ``panel_not_named``.
    """
    seen = pool.look(session, case, purpose, calendars.local_day(now))
    chosen = list(dict.fromkeys(expert_ids))
    if len(chosen) < seen.rule.least:
        raise Invalid("panel_too_small", least=seen.rule.least)
    if not set(chosen) <= {one.expert.id for one in seen.nameable}:
        raise Invalid("expert_not_available")
    drawn = _draw_of(session, task_id, chosen) if detail.get("draw_method") == "random" else None
    if drawn is None and not seen.rule.manual:
        raise Invalid("panel_not_named")
    _replace(session, app, case, purpose, chosen, now)
    panel = Panel(
        case_id=case.id,
        purpose=purpose,
        round=case.round,
        meeting_on=drawn.meeting_on if drawn else _day(detail.get("meeting_on")),
        place=(drawn.place if drawn else "") or str(detail.get("place") or "")[:200],
        appointed_at=now,
        detail=_facts(seen, chosen, drawn, str(detail.get("direct_reason") or ""))
        | {
            "sheets": score_sheets.of_panel(session, case.region_path, calendars.local_day(now)),
            "dossier": dossiers.freeze(session, case),
            "task": task_id,
        },
    )
    session.add(panel)
    session.flush()
    for place, expert_id in enumerate(chosen):
        session.add(PanelMember(panel_id=panel.id, expert_id=expert_id, leader=place == 0))
        instances.add_party(session, app, SYSTEM, case.id, "expert", person_id=expert_id, now=now)
    _cancel_others(session, task_id, chosen, now)
    told = {"purpose": purpose, "experts": chosen, "drawn": drawn.id if drawn else None}
    cases.record(session, SYSTEM, case.id, "panel.appointed", told, now)
    return panel


def _draw_of(session: Session, task_id: str, chosen: Sequence[str]) -> PanelDraw:
    """Give the draw of a task, whose accepted experts must be those chosen, its leader the first."""
    found = session.scalar(select(PanelDraw).where(PanelDraw.task_id == task_id))
    accepted = select(PanelSeat.expert_id).where(
        PanelSeat.draw_id == (found.id if found else ""), PanelSeat.status == "accepted"
    )
    if found is None or found.status != "complete" or set(session.scalars(accepted)) != set(chosen):
        raise Invalid("panel_not_drawn")
    if found.leader_id not in (None, chosen[0]):
        raise Invalid("panel_not_drawn")
    return found


def _cancel_others(session: Session, task_id: str, chosen: Sequence[str], now: datetime) -> None:
    """Call off the invitations of who was drawn for a task and is not on its panel."""
    draw = draws.of_task(session, task_id)
    if draw is None:
        return
    for seat in draws.seats(session, draw):
        if seat.status in draws.STANDING and seat.expert_id not in chosen:
            panel_notices.cancel(session, draw, seat, now)


def _facts(seen: Pool, chosen: Sequence[str], drawn: PanelDraw | None, reason: str) -> dict[str, Any]:
    """Write what the panel began with: the relations looked at, what they gave for each member, how it came about."""
    standing = {one.expert.id: one for one in seen.experts}
    return {
        "rule": seen.rule.key,
        "looked_at": seen.parties.facts(),
        "checks": {
            key: {"employer": standing[key].expert.employer, "reasons": list(standing[key].reasons)} for key in chosen
        },
        "excluded": [one.excluded() for one in seen.excluded],
        "draw": drawn.id if drawn else None,
        "reason": "" if drawn else reason,
    }


def _day(value: Any) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return None


def _replace(
    session: Session, app: Application, case: Case, purpose: str, chosen: Sequence[str], now: datetime
) -> None:
    """End the panel that a new one takes the place of; who is not in the new one sees the case no longer."""
    standing = select(Panel).where(Panel.case_id == case.id, Panel.purpose == purpose, Panel.closed_at.is_(None))
    for old in session.scalars(standing).all():
        break_off(session, old, now)
        members = session.scalars(select(PanelMember.expert_id).where(PanelMember.panel_id == old.id)).all()
        for expert_id in sorted(set(members) - set(chosen)):
            instances.end_party(session, app, SYSTEM, case.id, "expert", person_id=expert_id, now=now)
        cases.record(session, SYSTEM, case.id, "panel.replaced", {"purpose": purpose}, now)


def break_off(session: Session, panel: Panel, now: datetime) -> None:
    """End a panel before it has judged. What was signed counts no more, and nobody but its author ever reads it."""
    panel.closed_at, panel.detail = now, {**panel.detail, "broken": True}
    its = select(Task.id).where(Task.instance_id == panel.case_id, Task.opened_at >= panel.appointed_at)
    sheets = update(Submission).where(Submission.record_class == "score", Submission.task_id.in_(its))
    session.execute(sheets.values(record_class="withheld"))


def close(session: Session, app: Application, case: Case, *, purpose: str, score: str, now: datetime) -> None:
    """End a panel: its experts see the case no longer, their sheets open to the bureau. A repeat does nothing."""
    panel = session.scalar(
        select(Panel)
        .where(Panel.case_id == case.id, Panel.purpose == purpose, Panel.closed_at.is_(None))
        .order_by(Panel.appointed_at.desc())
    )
    if panel is None:
        return
    panel.closed_at, panel.score = now, score
    expert_record.judge_panel(session, panel, now)
    instances.end_party(session, app, SYSTEM, case.id, "expert", now=now)
    cases.record(session, SYSTEM, case.id, "panel.closed", {"purpose": purpose, "score": score}, now)


def of_case(session: Session, actor: Actor, case: Case) -> list[Panel]:
    """Give the panels of a case, the newest first; none to who does not work with panels. The caller has fetched the case."""
    if not may(actor, "panels.read", case.region_path):
        return []
    query = select(Panel).where(Panel.case_id == case.id)
    return list(session.scalars(query.order_by(Panel.appointed_at.desc(), Panel.id)))


def members(session: Session, actor: Actor, panel: Panel) -> list[tuple[PanelMember, str]]:
    """Give the members of a panel with their names, the leader first; none to who may not know them.

    They are known to whoever works with panels in the region, and to each other. The caller has fetched the panel.
    """
    query = (
        select(PanelMember, Person.name)
        .join(Person, Person.id == PanelMember.expert_id)
        .where(PanelMember.panel_id == panel.id)
        .order_by(PanelMember.leader.desc(), Person.name)
    )
    found = [(row, name) for row, name in session.execute(query)]
    case = session.get_one(Case, panel.case_id)
    sits = any(row.expert_id == actor.person_id for row, _name in found)
    return found if sits or may(actor, "panels.read", case.region_path) else []
