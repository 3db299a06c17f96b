"""Appeals (申诉) of experts against entries in their record, decided by an officer who did not make the entry."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import calendars, expert_record
from audits.models import Expert, ExpertMark
from workflows.access import Actor
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Region

APPEAL_LENGTH: Final = 1000


def appeal(session: Session, actor: Actor, mark_id: str, *, text: str, now: datetime) -> ExpertMark:
    """Appeal against an entry in one's own record. Raises NotFound, Invalid ``text``, Conflict ``appeal_too_late``."""
    row = session.get(ExpertMark, mark_id, with_for_update=True)
    if row is None or row.expert_id != actor.person_id:
        raise NotFound("mark_not_found")
    words = storable(text).strip()
    if not words or len(words) > APPEAL_LENGTH:
        raise Invalid(fields={"text": ["too_long" if words else "required"]})
    today = calendars.local_day(now)
    if not expert_record.may_appeal(
        expert_record.rule_of(session, session.get_one(Expert, row.expert_id), today), row, today
    ):
        raise Conflict("appeal_too_late")
    row.appeal, row.appeal_status, row.appealed_at = words, "open", now
    expert_record.record(session, actor, row, "expert.mark_appealed", {"kind": row.kind, "expert": row.expert_id}, now)
    return row


def decide(session: Session, actor: Actor, mark_id: str, *, upheld: bool, reason: str, now: datetime) -> ExpertMark:
    """Decide an appeal, as an officer who did not enter it; upheld, the entry counts no more from now on.

    Raises NotFound, NotAllowed (``second_person_needed``), Invalid ``reason``, Conflict ``no_appeal``.
    """
    row = session.get(ExpertMark, mark_id, with_for_update=True)
    if row is None:
        raise NotFound("mark_not_found")
    expert = expert_record.managed(session, actor, row.expert_id)
    if row.recorded_by == actor.person_id:
        raise NotAllowed("second_person_needed")
    words = storable(reason).strip()
    if not words or len(words) > expert_record.REASON_LENGTH:
        raise Invalid(fields={"reason": ["too_long" if words else "required"]})
    if row.appeal_status != "open":
        raise Conflict("no_appeal")
    row.appeal_status, row.struck = ("upheld" if upheld else "rejected"), upheld
    row.decided_by, row.decided_at, row.decision = actor.person_id, now, words
    if upheld and row.kind == "dismissal" and expert.status == "dismissed":
        expert.status, expert.dismissed_on = "active", None
    told = {"kind": row.kind, "expert": row.expert_id, "upheld": upheld, "reason": words}
    expert_record.record(session, actor, row, "expert.appeal_decided", told, now)
    outcome = ["申诉成立", "upheld"] if upheld else ["申诉不成立", "rejected"]
    said = {"what": list(expert_record.KINDS[row.kind]), "outcome": outcome, "reason": words}
    expert_record.tell(session, row, "expert_appeal_decided", said, now)
    return row


def open_appeals(session: Session, actor: Actor, *, limit: int = 100) -> list[ExpertMark]:
    """Give the appeals that wait in the regions where the actor manages experts, the oldest first."""
    held = [path for action, path in actor.grants if action == expert_record.MANAGE]
    if not held:
        return []
    query = (
        select(ExpertMark)
        .join(Expert, Expert.id == ExpertMark.expert_id)
        .join(Region, Region.code == Expert.region_code)
        .where(
            ExpertMark.appeal_status == "open", or_(*(Region.path.startswith(path, autoescape=True) for path in held)),
        )
        .order_by(ExpertMark.appealed_at, ExpertMark.id)
        .limit(limit)
    )  # fmt: skip
    return list(session.scalars(query))
