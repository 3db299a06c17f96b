"""Enterprises whose cases wait because nobody in the system works for them yet: the bureau sees them on a board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from audits import access
from audits.models import Case, Deadline, Enterprise, ListEntry
from workflows.access import Actor, require
from workflows.models import Membership, Organisation, Person
from workflows.paging import Page, Query, keyset


@dataclass(frozen=True, slots=True)
class UnjoinedLine:
    """An enterprise with open cases and nobody to do its tasks.

    ``holder`` is the competent bureau, ``since`` the day on which the first case was opened, ``due_on`` the next
    statutory day.
    """

    enterprise: Enterprise
    holder: Organisation
    cases: int
    since: datetime
    due_on: date | None


def has_people(enterprise_id: ColumnElement[Any] | Any, now: datetime, role: str = "enterprise") -> ColumnElement[bool]:
    """Give the condition that somebody holds a role in an enterprise and can sign in."""
    held, person = aliased(Membership), aliased(Person)  # whatever asks may read people itself
    return exists().where(
        held.organisation_id == enterprise_id,
        held.role == role,
        held.since <= now,
        or_(held.until.is_(None), held.until > now),
        held.person_id == person.id,
        person.active,
    )


def board(
    session: Session, actor: Actor, *, now: datetime, cursor: str | None = None, limit: int = 50
) -> Page[UnjoinedLine]:
    """Give the enterprises that nobody has joined, by name, as far as the actor sees their cases. Raises NotAllowed."""
    require(actor, "enterprises.edit")
    due = func.min(Deadline.runs_to)
    query = (
        select(Enterprise, Organisation, func.count(Case.id.distinct()), func.min(Case.opened_at), due)
        .select_from(Case)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .join(Organisation, Organisation.id == Case.competent_id)
        .outerjoin(Deadline, (Deadline.case_id == Case.id) & Deadline.met_on.is_(None))
        .where(*_waiting(actor, now))
        .group_by(Enterprise.id, Organisation.id)
    )
    return keyset(session, query, [Enterprise.name, Enterprise.id, Organisation.id], cursor, limit).map(
        lambda row: UnjoinedLine(*row)
    )


def count(session: Session, actor: Actor, *, now: datetime) -> int:
    """Count the enterprises of the board; 0 for who does not look after any."""
    if "enterprises.edit" not in actor.actions:
        return 0
    return session.scalar(_count(actor, now)) or 0


def count_of_list(session: Session, actor: Actor, list_id: str, *, now: datetime) -> int:
    """Count the enterprises of a list that nobody has joined. The caller has fetched the list."""
    entries = select(ListEntry.id).where(ListEntry.list_id == list_id)
    return session.scalar(_count(actor, now).where(Case.entry_id.in_(entries))) or 0


def _count(actor: Actor, now: datetime) -> Query:
    return select(func.count(Case.enterprise_id.distinct())).where(*_waiting(actor, now))


def _waiting(actor: Actor, now: datetime) -> list[ColumnElement[bool]]:
    return [Case.outcome == "", ~has_people(Case.enterprise_id, now), access.visible(actor, Case)]
