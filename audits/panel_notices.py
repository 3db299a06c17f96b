"""What experts are told about their panels, each in a notice of their own, and officers about panels that break."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import cases, notices
from audits.models import Case, Enterprise, Panel, PanelDraw, PanelSeat, SiteVisit
from workflows.access import SYSTEM
from workflows.models import Membership

LEFT: Final[dict[str, tuple[str, str]]] = {
    "declined": ("谢绝", "declined"),
    "recused": ("回避", "recused"),
    "absent": ("缺席", "absent"),
}


def invite(session: Session, draw: PanelDraw, seat: PanelSeat, now: datetime) -> None:
    """Invite who was drawn."""
    _tell(session, draw, seat.expert_id, "panel_invited", f"{seat.id}:{draw.meeting_on}", now)


def remind(session: Session, draw: PanelDraw, seat: PanelSeat, today: date, now: datetime) -> None:
    """Call an invitation to mind, once a day at most."""
    seat.reminded_on = today
    _tell(session, draw, seat.expert_id, "panel_reminded", f"{seat.id}:{today}", now)
    cases.record(session, SYSTEM, draw.case_id, "panel.seat_reminded", {"expert": seat.expert_id}, now)


def move(session: Session, draw: PanelDraw, seat: PanelSeat, now: datetime) -> None:
    """Tell an expert of another day."""
    _tell(session, draw, seat.expert_id, "panel_moved", f"{seat.id}:{now.isoformat()}", now)


def replaced(session: Session, draw: PanelDraw, seat: PanelSeat, now: datetime) -> None:
    """Tell an expert that somebody else takes the seat."""
    values = {"status": list(LEFT[seat.status])}
    _tell(session, draw, seat.expert_id, "panel_left", seat.id, now, values)


def cancel(session: Session, draw: PanelDraw, seat: PanelSeat, now: datetime) -> None:
    """Call an invitation off."""
    seat.status = "cancelled"
    _tell(session, draw, seat.expert_id, "panel_cancelled", seat.id, now)
    cases.record(session, SYSTEM, draw.case_id, "panel.seat_cancelled", {"expert": seat.expert_id}, now)


def left(session: Session, panel: Panel, gate: str, expert_id: str, status: str, now: datetime) -> None:
    """Tell the expert who left a panel at work, and the competent bureau, which has to form it anew."""
    case = session.get_one(Case, panel.case_id)
    values = _gate(session, case, gate) | {"status": list(LEFT[status])}
    key = f"{panel.id}:{expert_id}"
    _send(session, expert_id, "panel_left", key, values, now)
    notices.send(
        session, key=f"panel_broken:{key}", organisation_id=case.competent_id, instance_id=case.id,
        kind="panel_broken", values=values, now=now,
    )  # fmt: skip


def visit(session: Session, case: Case, row: SiteVisit, expert_id: str, now: datetime) -> None:
    """Tell a member of the visit to the site, or of its new plan."""
    name = session.get_one(Enterprise, case.enterprise_id).name
    values = {"subject": name, "on": row.planned_on.isoformat(), "place": row.place}
    _send(session, expert_id, "visit_planned", f"{row.id}:{expert_id}:{now.isoformat()}", values, now)


def _gate(session: Session, case: Case, gate: str) -> dict[str, Any]:
    names = cases.STAGES.get(gate, (gate, gate))
    return {"subject": session.get_one(Enterprise, case.enterprise_id).name, "gate": list(names)}


def _tell(
    session: Session,
    draw: PanelDraw,
    expert_id: str,
    kind: str,
    key: str,
    now: datetime,
    more: dict[str, Any] | None = None,
) -> None:
    case = session.get_one(Case, draw.case_id)
    place = [f"（{draw.place}）", f" ({draw.place})"] if draw.place else ["", ""]
    values = _gate(session, case, draw.gate) | {"meeting_on": draw.meeting_on.isoformat(), "place": place}
    _send(session, expert_id, kind, key, values | (more or {}), now)


def _send(session: Session, expert_id: str, kind: str, key: str, values: dict[str, Any], now: datetime) -> None:
    """Leave the notice with the expert's pool. The case is not linked: who is only invited does not see it."""
    pool = select(Membership.organisation_id).where(
        Membership.person_id == expert_id, Membership.role == "expert", Membership.until.is_(None)
    )
    organisation = session.scalar(pool.order_by(Membership.since.desc()).limit(1))
    if organisation is not None:
        notices.send(
            session, key=f"{kind}:{key}", organisation_id=organisation, person_id=expert_id, instance_id=None,
            kind=kind, values=values, now=now,
        )  # fmt: skip
