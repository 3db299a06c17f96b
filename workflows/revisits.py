"""Tasks that are met again: what somebody had typed or submitted there before is their draft now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import offers
from workflows.access import Actor
from workflows.application import Application
from workflows.engine import step as steps
from workflows.models import Draft, Instance, Submission, Task
from workflows.offers import Offer

Json = Any
TAKES_BACK = (steps.Return, steps.Withdraw)


def take_up(
    session: Session,
    app: Application,
    actor: Actor,
    instance: Instance,
    command: steps.Command,
    opened: Sequence[Task],
    found: Mapping[str, Offer],
    now: datetime,
) -> None:
    """Give tasks that were open before the drafts of that time; after a return or withdrawal, the answers too.

    What was returned or withdrawn goes to who had done it, if they are still asked.
    """
    for task, before in _before(session, instance, opened):
        drafts = _drafts(session, before)
        if isinstance(command, TAKES_BACK):
            done = _submission(session, before)
            if done is not None:
                drafts.setdefault(done.submitted_by, (done.answers, done.opinion, done.submitted_at))
                if offers.is_asked(session, app.roles, done.submitted_by, found[task.id], now):
                    task.assignee_id = done.submitted_by
            if isinstance(command, steps.Return):
                told = {"by": actor.name, "reason": command.reason, "at": now.isoformat()}
                task.actions = {**task.actions, "returned": told}
        for person, (answers, opinion, saved_at) in drafts.items():
            session.add(Draft(task_id=task.id, person_id=person, answers=answers, opinion=opinion, saved_at=saved_at))
    session.flush()


def _place(task: Task) -> Hashable:
    item = orjson.dumps(task.item.get("value"), option=orjson.OPT_SORT_KEYS) if task.item else b""
    return task.process, task.element, item


def _before(session: Session, instance: Instance, again: Iterable[Task]) -> list[tuple[Task, list[Task]]]:
    """Pair each task with the closed ones of its place, the latest first."""
    query = select(Task).where(
        Task.instance_id == instance.id, Task.element.in_({task.element for task in again}), Task.status != "open"
    )
    places: dict[Hashable, list[Task]] = defaultdict(list)
    for task in session.scalars(query.order_by(Task.opened_at.desc(), Task.visit.desc(), Task.id)):
        places[_place(task)].append(task)
    return [(task, places[_place(task)]) for task in again if _place(task) in places]


def _drafts(session: Session, before: Sequence[Task]) -> dict[str, tuple[dict[str, Json], str, datetime]]:
    """Give the drafts of the last time; what was submitted then has left none."""
    rows = session.scalars(select(Draft).where(Draft.task_id == before[0].id))
    return {row.person_id: (row.answers, row.opinion, row.saved_at) for row in rows}


def _submission(session: Session, before: Sequence[Task]) -> Submission | None:
    """Give the answers of the last time that there were some."""
    done = next((task.id for task in before if task.status in {"completed", "withdrawn"}), None)
    return session.get(Submission, done) if done is not None else None
