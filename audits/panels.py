"""The panels (专家组) that judge a gate: from their appointment until they close."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendars, cases, dossiers, pool, score_sheets
from audits.models import Case, Panel, PanelDraw, PanelMember, PanelSeat
from audits.pool import Pool
from workflows import instances
from workflows.access import SYSTEM
from workflows.application import Application
from workflows.errors import Invalid
from workflows.models import Person

LEAST: Final = 3


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
    if len(chosen) < LEAST:
        raise Invalid("panel_too_small", least=LEAST)
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
        meeting_on=_day(detail.get("meeting_on")),
        place=str(detail.get("place") or "")[:200],
        appointed_at=now,
        detail=_facts(seen, chosen, drawn, str(detail.get("direct_reason") or ""))
        | {
            "sheets": score_sheets.of_panel(session, case.region_path, calendars.local_day(now)),
            "dossier": dossiers.freeze(session, case),
        },
    )
    session.add(panel)
    session.flush()
    for place, expert_id in enumerate(chosen):
        session.add(PanelMember(panel_id=panel.id, expert_id=expert_id, leader=place == 0))
        instances.add_party(session, app, SYSTEM, case.id, "expert", person_id=expert_id, now=now)
    told = {"purpose": purpose, "experts": chosen, "drawn": drawn.id if drawn else None}
    cases.record(session, SYSTEM, case.id, "panel.appointed", told, now)
    return panel


def _draw_of(session: Session, task_id: str, chosen: Sequence[str]) -> PanelDraw:
    """Give the draw of a task, whose accepted experts must be those chosen."""
    found = session.scalar(select(PanelDraw).where(PanelDraw.task_id == task_id))
    accepted = select(PanelSeat.expert_id).where(
        PanelSeat.draw_id == (found.id if found else ""), PanelSeat.status == "accepted"
    )
    if found is None or found.status != "complete" or set(session.scalars(accepted)) != set(chosen):
        raise Invalid("panel_not_drawn")
    return found


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
        old.closed_at = now
        members = session.scalars(select(PanelMember.expert_id).where(PanelMember.panel_id == old.id)).all()
        for expert_id in sorted(set(members) - set(chosen)):
            instances.end_party(session, app, SYSTEM, case.id, "expert", person_id=expert_id, now=now)
        cases.record(session, SYSTEM, case.id, "panel.replaced", {"purpose": purpose}, now)


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
    instances.end_party(session, app, SYSTEM, case.id, "expert", now=now)
    cases.record(session, SYSTEM, case.id, "panel.closed", {"purpose": purpose, "score": score}, now)


def panels_of(session: Session, case_id: str) -> list[tuple[Panel, list[Person]]]:
    """Give a case's panels with their members, the leader first. The caller has fetched the case through access."""
    found = []
    for panel in session.scalars(select(Panel).where(Panel.case_id == case_id).order_by(Panel.appointed_at)):
        members = session.scalars(
            select(Person)
            .join(PanelMember, PanelMember.expert_id == Person.id)
            .where(PanelMember.panel_id == panel.id)
            .order_by(PanelMember.leader.desc(), Person.name)
        )
        found.append((panel, list(members)))
    return found
