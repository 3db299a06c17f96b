"""What ties experts to companies and people, and when they are away: recorded by officers and by the experts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import conflicts, experts
from audits.models import Expert, ExpertAbsence, ExpertRelation
from workflows import trail
from workflows.access import Actor, require
from workflows.db import storable
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Region

LENGTHS: Final = {"company": 200, "person": 100, "note": 300, "reason": 200}


def of_expert(session: Session, actor: Actor, expert_id: str) -> tuple[ExpertRelation, ...]:
    """Give the relations of an expert that stand. Raises NotFound, NotAllowed."""
    experts.get(session, actor, expert_id)
    query = select(ExpertRelation).where(ExpertRelation.expert_id == expert_id, ExpertRelation.ended_at.is_(None))
    return tuple(session.scalars(query.order_by(ExpertRelation.recorded_at, ExpertRelation.id)))


def absences(session: Session, actor: Actor, expert_id: str) -> tuple[ExpertAbsence, ...]:
    """Give the days on which an expert is away. Raises NotFound, NotAllowed."""
    experts.get(session, actor, expert_id)
    query = select(ExpertAbsence).where(ExpertAbsence.expert_id == expert_id, ExpertAbsence.removed_at.is_(None))
    return tuple(session.scalars(query.order_by(ExpertAbsence.since, ExpertAbsence.id)))


def record(
    session: Session, actor: Actor, expert_id: str, fields: Mapping[str, Any], *, now: datetime
) -> ExpertRelation:
    """Record a relation of an expert. Raises NotFound, NotAllowed, Invalid by field."""
    _writable(session, actor, expert_id)
    kind, texts = str(fields.get("kind") or ""), _texts(fields)
    since, until, errors = _span(fields)
    if kind not in conflicts.KINDS:
        errors["kind"] = ["unknown"]
    if not texts["company"] and not (kind == "kin" and texts["person"]):
        errors["company"] = ["required"]
    errors |= {key: ["too_long"] for key, text in texts.items() if len(text) > LENGTHS[key]}
    if errors:
        raise Invalid(fields=errors)
    row = ExpertRelation(
        expert_id=expert_id,
        kind=kind,
        company=texts["company"],
        person=texts["person"],
        note=texts["note"],
        since=since,
        until=until,
        recorded_by=actor.person_id,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, actor, expert_id, "expert.relation_recorded", {"kind": kind, "relation": row.id}, now)
    return row


def strike(session: Session, actor: Actor, expert_id: str, relation_id: str, *, reason: str, now: datetime) -> None:
    """Strike out a relation that was wrong. Experts ask an officer to. Raises NotFound, NotAllowed, Invalid ``reason``."""
    _writable(session, actor, expert_id)
    if actor.person_id == expert_id:
        raise NotAllowed("own_matter")
    row = session.get(ExpertRelation, relation_id)
    if row is None or row.expert_id != expert_id or row.ended_at is not None:
        raise NotFound("relation_not_found")
    reason = storable(reason).strip()
    if not reason:
        raise Invalid(fields={"reason": ["required"]})
    row.ended_at = now
    told = {"kind": row.kind, "relation": row.id, "reason": reason[: LENGTHS["note"]]}
    _note(session, actor, expert_id, "expert.relation_struck", told, now)


def be_away(
    session: Session, actor: Actor, expert_id: str, fields: Mapping[str, Any], *, now: datetime
) -> ExpertAbsence:
    """Record days on which an expert is away. Raises NotFound, NotAllowed, Invalid by field."""
    _writable(session, actor, expert_id)
    since, until, errors = _span(fields)
    for key, day in (("since", since), ("until", until)):
        if day is None:
            errors.setdefault(key, ["required"])
    reason = storable(str(fields.get("reason") or "")).strip()
    if len(reason) > LENGTHS["reason"]:
        errors["reason"] = ["too_long"]
    if errors or since is None or until is None:
        raise Invalid(fields=errors)
    row = ExpertAbsence(expert_id=expert_id, since=since, until=until, reason=reason, recorded_at=now)
    session.add(row)
    session.flush()
    told = {"since": since.isoformat(), "until": until.isoformat()}
    _note(session, actor, expert_id, "expert.absence_recorded", told, now)
    return row


def be_back(session: Session, actor: Actor, expert_id: str, absence_id: str, *, now: datetime) -> None:
    """Take an absence back. Raises NotFound, NotAllowed."""
    _writable(session, actor, expert_id)
    row = session.get(ExpertAbsence, absence_id)
    if row is None or row.expert_id != expert_id or row.removed_at is not None:
        raise NotFound("absence_not_found")
    row.removed_at = now
    _note(session, actor, expert_id, "expert.absence_removed", {"since": row.since.isoformat()}, now)


def _writable(session: Session, actor: Actor, expert_id: str) -> Expert:
    """Give an expert whose record the actor keeps: an officer of the pool's region, or the expert."""
    row, _person = experts.get(session, actor, expert_id)
    if actor.person_id != expert_id:
        require(actor, "experts.manage", session.get_one(Region, row.region_code).path)
    return row


def _texts(fields: Mapping[str, Any]) -> dict[str, str]:
    return {key: storable(str(fields.get(key) or "")).strip() for key in ("company", "person", "note")}


def _span(fields: Mapping[str, Any]) -> tuple[date | None, date | None, dict[str, list[str]]]:
    days: dict[str, date | None] = {}
    errors: dict[str, list[str]] = {}
    for key in ("since", "until"):
        value = fields.get(key)
        try:
            days[key] = value if isinstance(value, date) else date.fromisoformat(str(value)) if value else None
        except ValueError:
            days[key] = None
            errors[key] = ["bad_date"]
    since, until = days["since"], days["until"]
    if since and until and until < since:
        errors["until"] = ["before_since"]
    return since, until, errors


def _note(
    session: Session, actor: Actor, expert_id: str, action: str, payload: Mapping[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain="experts",
        actor=actor,
        action=action,
        subject_type="expert",
        subject_id=expert_id,
        payload=payload,
        now=now,
    )
