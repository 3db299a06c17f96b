"""My duties: what each open case of a company asks for next, by when, and whom to ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from audits import access, calendars, result_publications
from audits.models import Case, Deadline, Enterprise
from workflows import paging
from workflows.access import Actor, offered
from workflows.models import Organisation, Task
from workflows.paging import Page, Sort

_FAR: Final = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Duty:
    """An open case of a company: what it waits for, its next statutory day, whether it is the actor's turn.

    ``deadline`` is None where no day runs; ``due_on`` is the day that counts, with extension and pauses. ``contact`` is the
    competent bureau. ``result`` is the clock of the audit result that the enterprise publishes, while it runs.
    """

    case: Case
    enterprise: Enterprise
    tasks: tuple[Task, ...]
    own: tuple[Task, ...]
    deadline: Deadline | None
    due_on: date | None
    contact: Organisation
    result: result_publications.Clock | None = None


def mine(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[Duty]:
    """Give the open cases of the actor's companies, the most urgent first. Raises Invalid ``cursor``."""
    day = Deadline.runs_to
    soonest = (
        select(func.min(day)).where(Deadline.case_id == Case.id, Deadline.met_on.is_(None)).correlate(Case)
    ).scalar_subquery()
    due = func.coalesce(soonest, _FAR)
    theirs = or_(Case.enterprise_id.in_(actor.organisations), Case.consultancy_id.in_(actor.organisations))
    query = (
        select(Case, Enterprise, Organisation)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .join(Organisation, Organisation.id == Case.competent_id)
        .where(Case.outcome == "", theirs, access.visible(actor, Case))
    )
    rows, following = paging.read(session, query, Sort("due", due, Case.id), cursor, limit)
    ids = [row[0].id for row in rows]
    days, waiting, own = _days(session, ids), _tasks(session, ids), _own(session, actor, ids)
    found = []
    for case, enterprise, contact, *_ in rows:
        deadline = days.get(case.id)
        found.append(
            Duty(
                case,
                enterprise,
                tuple(waiting.get(case.id, ())),
                tuple(task for task in waiting.get(case.id, ()) if task.id in own),
                deadline,
                deadline.runs_to if deadline else None,
                contact,
                _result(session, case, calendars.local_day(actor.at)),
            )
        )
    return Page(tuple(found), following)


def _result(session: Session, case: Case, today: date) -> result_publications.Clock | None:
    found = result_publications.clock(session, case, today)
    return found if found.state in {"running", "overdue"} else None


def _days(session: Session, ids: Iterable[str]) -> dict[str, Deadline]:
    """Give the soonest unmet deadline of each case."""
    day = Deadline.runs_to
    query = select(Deadline).where(Deadline.case_id.in_(list(ids)), Deadline.met_on.is_(None))
    found: dict[str, Deadline] = {}
    for row in session.scalars(query.order_by(day, Deadline.id)):
        found.setdefault(row.case_id, row)
    return found


def _tasks(session: Session, ids: Iterable[str]) -> dict[str, list[Task]]:
    query = select(Task).where(Task.instance_id.in_(list(ids)), Task.status == "open")
    found: dict[str, list[Task]] = {}
    for row in session.scalars(query.order_by(Task.opened_at, Task.id)):
        found.setdefault(row.instance_id, []).append(row)
    return found


def _own(session: Session, actor: Actor, ids: Iterable[str]) -> set[str]:
    free = or_(Task.assignee_id.is_(None), Task.assignee_id == actor.person_id)
    query = select(Task.id).where(Task.instance_id.in_(list(ids)), Task.status == "open", free, offered(actor))
    return set(session.scalars(query))
