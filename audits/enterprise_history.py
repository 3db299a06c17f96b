"""What became of an enterprise and what is entered about it: successors, predecessors, credit entries in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import access
from audits.models import CreditEntry, Enterprise, Matter, Succession
from workflows.access import Actor


@dataclass(frozen=True, slots=True)
class Link:
    """A change of an enterprise; ``other`` is the enterprise at the other end where the actor sees it, None for a new name.

    ``is_successor``: the other one came after.
    """

    row: Succession
    other: Enterprise | None
    is_successor: bool


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit entry with the letter that it rests on, where there is one."""

    row: CreditEntry
    letter_id: str | None


def links(session: Session, actor: Actor, enterprise_id: str) -> list[Link]:
    """Give the changes of an enterprise, the latest first. Raises NotFound."""
    access.enterprise(session, actor, enterprise_id)
    mine = or_(Succession.enterprise_id == enterprise_id, Succession.successor_id == enterprise_id)
    rows = session.scalars(select(Succession).where(mine).order_by(Succession.on.desc(), Succession.id)).all()
    ids = {row.enterprise_id for row in rows} | {row.successor_id for row in rows} - {enterprise_id}
    seen = {
        one.id: one
        for one in session.scalars(
            select(Enterprise).where(Enterprise.id.in_(ids - {enterprise_id}), access.visible(actor, Enterprise))
        )
    }
    return [
        Link(
            row,
            seen.get(row.successor_id if row.enterprise_id == enterprise_id else row.enterprise_id),
            row.enterprise_id == enterprise_id and row.successor_id != enterprise_id,
        )
        for row in rows
    ]


def credit(session: Session, actor: Actor, enterprise_id: str, today: date) -> list[Credit]:
    """Give the credit entries of an enterprise that are in force on a day, the latest first. Raises NotFound."""
    access.enterprise(session, actor, enterprise_id)
    rows = session.execute(
        select(CreditEntry, Matter.letter_id)
        .outerjoin(Matter, Matter.id == CreditEntry.matter_id)
        .where(CreditEntry.enterprise_id == enterprise_id, CreditEntry.until >= today)
        .order_by(CreditEntry.since.desc(), CreditEntry.id)
    )
    return [Credit(row[0], row[1]) for row in rows]
