"""Matters that a case may not know of yet: who is told when, where their acts are written, who reads their evidence.

What a bureau raises of its own accord is its own affair until the first letter (the notice of a hearing) or the
decision; a change of the consultancy is the enterprise's until then. Their acts lie in the chain of the organisation,
and the case's own chain begins with ``matter.told``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from audits import matter_kinds
from audits.models import Matter
from workflows import trail
from workflows.access import Actor
from workflows.models import Attachment

DECIDED: Final = ("approved", "refused")
OPEN, OWN, OFFICE = "internal", "confidential", "office"


def is_withheld(row: Matter) -> bool:
    """Say whether the case does not know of a matter yet."""
    told = row.letter_id is not None or row.status in DECIDED
    return not told and (row.raised_for is None or matter_kinds.get(row.kind).withheld)


def keep(session: Session, row: Matter) -> None:
    """Let nobody but those who know of a matter read its evidence while it is withheld."""
    if is_withheld(row):
        _classify(session, row, OWN if row.raised_for else OFFICE)


def tell(session: Session, actor: Actor, row: Matter, now: datetime, *, withheld: bool) -> None:
    """Let the case know of a matter that was ``withheld`` before this act and is no more: what was raised, on what proof."""
    if withheld and not is_withheld(row):
        _classify(session, row, OPEN)
        told = {"kind": row.kind, "reason": row.reason, "facts": row.facts, "raised_at": row.raised_at.isoformat()}
        told["files"] = [one["name"] for one in row.evidence]
        record(session, actor, row, "matter.told", told, now)


def record(session: Session, actor: Actor, row: Matter, action: str, payload: dict[str, Any], now: datetime) -> None:
    """Append an act about a matter to the chain of those who know of it."""
    chain = f"org:{row.raised_for or row.decider_id}" if is_withheld(row) else row.case_id
    trail.append(
        session, chain=chain, actor=actor, action=action, subject_type="matter", subject_id=row.case_id,
        payload={"matter": row.id, **payload}, now=now,
    )  # fmt: skip


def _classify(session: Session, row: Matter, record_class: str) -> None:
    for one in row.evidence:
        session.get_one(Attachment, one["id"]).record_class = record_class
