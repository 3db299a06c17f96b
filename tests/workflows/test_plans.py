"""The lists of the inbox are found through indices, whatever else the house holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from audits.roles import ROLES
from workflows import tasks
from workflows.access import Actor, load_actor
from workflows.models import Task

Read = Callable[[Session, Actor, datetime], object]
LISTS: dict[str, Read] = {
    "to do": lambda session, actor, now: tasks.todo(session, actor, now=now),
    "to do, the latest first": lambda session, actor, now: tasks.todo(session, actor, sort="-opened", now=now),
    "to do, overdue": lambda session, actor, now: tasks.todo(session, actor, filters={"due": "overdue"}, now=now),
    "to do, counted": lambda session, actor, now: tasks.todo_count(session, actor, now=now),
    "done": lambda session, actor, now: tasks.done(session, actor, now=now),
    "done, counted": lambda session, actor, now: tasks.done_count(session, actor, now=now),
    "drafts": lambda session, actor, _now: tasks.my_drafts(session, actor),
    "of one case": lambda session, _actor, _now: session.query(Task).filter_by(instance_id="x", status="open").all(),
}


def _plan(session: Session, read: Callable[[], object]) -> list[str]:
    """Give the steps in which the database answers what a function asks."""
    asked: list[tuple[str, Any]] = []
    connection = session.connection()

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    read()
    event.remove(connection, "before_cursor_execute", note)
    steps = []
    for statement, parameters in asked:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a small table would be read whole
            found = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        else:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps += [str(row[-1]).strip() for row in found]
    assert steps
    return steps


@pytest.mark.database
@pytest.mark.parametrize("name", LISTS)
def test_no_list_reads_every_task(sessions: sessionmaker[Session], now: datetime, name: str) -> None:
    with sessions() as session:
        actor = load_actor(session, ROLES, "li", now)
        steps = _plan(session, lambda: LISTS[name](session, actor, now))
    whole = [
        step for step in steps if step.startswith(("SCAN tasks", "SCAN task_candidates")) or "Seq Scan on task" in step
    ]
    assert whole == [], "\n".join(steps)


def test_a_list_without_an_index_is_found_out(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        steps = _plan(session, lambda: session.query(Task).filter_by(subject="x").all())
    assert any(step.startswith("SCAN tasks") or "Seq Scan" in step for step in steps)
