"""The board of disclosures (信息公示): due, done in time, done late, overdue, sent back; every number has its list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session

from audits import access, calendars
from audits.models import AuditList, Case, Deadline, Disclosure, Enterprise, ListEntry
from workflows import tasks
from workflows.access import Actor, require
from workflows.application import Application
from workflows.errors import Conflict, Invalid
from workflows.models import Region, Task
from workflows.paging import Page, Query, keyset

STATES: Final[dict[str, tuple[str, str]]] = {
    "overdue": ("逾期未公示", "Overdue"),
    "sent_back": ("已退回补正", "Sent back"),
    "due": ("待公示", "Due"),
    "in_time": ("按期公示", "Done in time"),
    "late": ("逾期公示", "Done late"),
    "ended": ("案件已结束", "Case ended before"),
}


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A disclosure that the law asks for. ``follow_up`` is the bureau's open task about one that is overdue."""

    deadline: Deadline
    case: Case
    enterprise: Enterprise
    state: str
    follow_up: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The disclosures of a list or of a region, counted by state; each is in exactly one."""

    key: str
    name: tuple[str, str]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Count them all."""
        return sum(self.counts.values())


def board(
    session: Session,
    actor: Actor,
    *,
    today: date,
    state: str | None = None,
    list_id: str | None = None,
    place: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[BoardLine]:
    """Give the disclosures of the cases that the actor sees, by statutory day.

    ``state`` is one of ``STATES``, ``place`` the code of the very region of the case.
    """
    stands = _state(today)
    query = _chosen(actor, select(Deadline, Case, Enterprise, stands.label("state"), _follow_up()), list_id, place)
    if state:
        query = query.where(stands == state)
    return keyset(session, query, [Deadline.runs_to, Deadline.id], cursor, limit).map(lambda row: BoardLine(*row))


def groups(session: Session, actor: Actor, *, today: date, by: str = "list", list_id: str | None = None) -> list[Group]:
    """Count the same disclosures by ``list`` (the newest first) or by ``place`` (in the order of the regions)."""
    stands = _state(today).label("state")
    column: Any = Case.region_code if by == "place" else ListEntry.list_id
    query = _chosen(actor, select(column.label("key"), stands, func.count()), list_id, None)
    found: dict[str, dict[str, int]] = {}
    for key, state, number in session.execute(query.group_by(column, stands)):
        found.setdefault(key, dict.fromkeys(STATES, 0))[state] = number
    return [Group(key, name, found[key]) for key, name in _names(session, by, set(found))]


ORDER_NOTE: Final = "逾期未按规定公布信息，责令限期公布。"


def order(
    session: Session,
    app: Application,
    actor: Actor,
    case_ids: Collection[str],
    *,
    correct_by: date,
    note: str = "",
    language: str = "zh",
    now: datetime,
) -> int:
    """Order the enterprises of some cases to disclose by a day: the follow-up of each is done, and its letter issued.

    Gives the number of orders. Raises NotFound, NotAllowed, Invalid, Conflict ``not_overdue`` (number) where a case
    has no open follow-up of its disclosure, and what completing a task raises.
    """
    today = calendars.local_day(now)
    errors = {}
    if not case_ids:
        errors["case_ids"] = ["required"]
    if correct_by <= today:
        errors["correct_by"] = ["not_later"]
    if errors:
        raise Invalid(fields=errors)
    for case_id in sorted(set(case_ids)):
        row = access.case(session, actor, case_id)
        require(actor, "letters.serve", row.region_path)
        task_id = session.scalar(select(_follow_up()).select_from(Case).where(Case.id == case_id))
        if task_id is None:
            raise Conflict("not_overdue", number=row.number)
        enterprise = session.get_one(Enterprise, row.enterprise_id)
        answers = {
            "overdue_item": "disclosure",
            "action": "order",
            "acted_on": today.isoformat(),
            "contact_person": (enterprise.contact_name or enterprise.legal_representative or enterprise.name)[:50],
            "correct_by": correct_by.isoformat(),
            "cause": "other",
            "note": note.strip() or ORDER_NOTE,
        }
        tasks.complete(session, app, actor, task_id, answers, language=language, now=now)
    return len(set(case_ids))


def _names(session: Session, by: str, keys: set[str]) -> list[tuple[str, tuple[str, str]]]:
    if by == "place":
        regions = session.scalars(select(Region).where(Region.code.in_(keys)).order_by(Region.path))
        return [(row.code, (row.name, row.name_en)) for row in regions]
    rows = session.scalars(
        select(AuditList).where(AuditList.id.in_(keys)).order_by(AuditList.year.desc(), AuditList.created_at.desc())
    )
    return [(row.id, (row.title, row.title)) for row in rows]


def _chosen(actor: Actor, query: Query, list_id: str | None, place: str | None) -> Query:
    query = (
        query.select_from(Deadline)
        .join(Case, Case.id == Deadline.case_id)
        .join(ListEntry, ListEntry.id == Case.entry_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(Deadline.kind == "disclosure", access.visible(actor, Case))
    )
    if list_id:
        query = query.where(ListEntry.list_id == list_id)
    if place:
        query = query.where(Case.region_code == place)
    return query


def _state(today: date) -> ColumnElement[str]:
    """Sort a disclosure into one state: what waits for a correction counts as sent back, however late it is."""
    due = Deadline.runs_to
    asked = exists().where(Task.instance_id == Case.id, Task.status == "open", Task.form == "disclosure")
    before = exists().where(Disclosure.case_id == Case.id)
    return case(
        (asked.correlate(Case) & before.correlate(Case), "sent_back"),
        (Deadline.met_on > due, "late"),
        (Deadline.met_on.is_not(None), "in_time"),
        (Case.outcome != "", "ended"),
        (due < today, "overdue"),
        else_="due",
    )


def _follow_up() -> ColumnElement[str | None]:
    """Find the bureau's task about an overdue disclosure."""
    return (
        select(func.min(Task.id))
        .where(
            Task.instance_id == Case.id,
            Task.status == "open",
            Task.form == "overdue_follow_up",
            Task.process == "disclosure",
        )
        .correlate(Case)
        .scalar_subquery()
    )
