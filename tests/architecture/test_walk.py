"""The main walk, a person completes a task, stays short: from the verb to the commit, on a real case.

Counted by ``sys.setprofile`` with definition, form and FEEL caches warm. A file is one of ours that is called into; a
hop a call from one of our files into another. ``workflows.engine``, ``forms`` and ``feel`` are functions behind one
door each (``advance``, ``load``, ``evaluate``): what happens behind a door counts as one file, and no hop.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from types import CodeType, FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from audits import cases
from audits.application import BULK
from audits.form_context import form_context
from audits.models import AuditList, Enterprise, ListEntry
from audits.roles import ROLES
from audits.service_tasks import HANDLERS
from tests import world
from tests.architecture.files import ROOT
from workflows import definitions, runtime, tasks, worker
from workflows.access import SYSTEM, load_actor
from workflows.engine.step import Complete
from workflows.models import Task
from workflows.settings import Settings

FILES, HOPS, COMMITS, STATEMENTS = 15, 30, 1, 20
OURS = ("feel", "forms", "workflows", "audits", "server")
DOORS = ("workflows/engine/", "forms/", "feel/")
RECEIPT = {"received_on": "2026-03-02", "receiver": "陈工", "phone": "13812345678", "understood": True}
RETURNED = {
    "condition_ok": "yes",
    "restricted": "none",
    "in_time": "yes",
    "team_ok": "no",
    "decision": "return",
    "reason": "审核小组成员不足三人",
    "correct_by": "2026-03-20",
}


@dataclass
class Walk:
    """What one walk entered and sent to the database."""

    files: set[str] = field(default_factory=set)
    hops: Counter[tuple[str, str]] = field(default_factory=Counter)
    statements: list[str] = field(default_factory=list)
    commits: int = 0

    def profile(self, frame: FrameType, what: str, _argument: Any) -> None:
        """Note a call into one of our files from another of them."""
        if what != "call" or frame.f_back is None:
            return
        here, before = _place(frame.f_code), _place(frame.f_back.f_code)
        if here and before and here != before:
            self.files |= {here, before}
            if before not in DOORS:
                self.hops[before, here] += 1


def _place(code: CodeType) -> str:
    """Name the file of a code object, or the door it lies behind; "" for what is not ours."""
    if not code.co_filename.startswith(f"{ROOT}/") or code.co_name == "<module>":
        return ""
    name = code.co_filename.removeprefix(f"{ROOT}/")
    if name.split("/")[0] not in OURS:
        return ""
    return next((door for door in DOORS if name.startswith(door)), name)


@contextmanager
def watched(engine: Engine) -> Iterator[Walk]:
    """Watch what is done inside."""
    walk = Walk()

    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.startswith("BEGIN"):
            walk.statements.append(text)

    def commit(_connection: Any) -> None:
        walk.commits += 1

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    sys.setprofile(walk.profile)
    try:
        yield walk
    finally:
        sys.setprofile(None)
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)


@pytest.fixture(name="app")
def _app(settings: Settings) -> Any:
    return world.application(settings, roles=ROLES, handlers=HANDLERS, form_context=form_context, bulk=BULK)


def _two_cases(sessions: sessionmaker[Session], app: Any, now: datetime) -> list[str]:
    """Open a case for two enterprises and give their ids, Steelworks' first."""
    with sessions.begin() as session:
        definitions.deploy_shipped(session, app, now)
        listed = AuditList(
            region_code="620100",
            region_path="/620000/620100/",
            year=2026,
            batch=1,
            title="名单",
            issuer_id="lanzhou_bureau",
            status="published",
            published_on=date(2026, 3, 2),
            created_at=now,
        )
        session.add(listed)
        session.flush()
        opened = []
        for number, key in enumerate(("steelworks", "bakery"), 1):
            name, uscc = world.ORGANISATIONS[key][1], world.ORGANISATIONS[key][5]
            session.add(
                Enterprise(id=key, uscc=uscc, name=name, former_names=[], region_code="620102", industry_tags=[])
            )
            session.flush()
            entry = ListEntry(list_id=listed.id, enterprise_id=key, number=number, types=["SHUANGCHAO"])
            session.add(entry)
            session.flush()
            opened.append(cases.open_case(session, app, SYSTEM, entry, now).id)
    worker.run_pending(sessions, app, now)
    return opened


def _complete(
    sessions: sessionmaker[Session],
    app: Any,
    who: str,
    case_id: str,
    element: str,
    answers: Mapping[str, Any],
    now: datetime,
) -> tasks.Completed:
    with sessions.begin() as session:
        query = select(Task.id).where(Task.instance_id == case_id, Task.element == element, Task.status == "open")
        task_id = session.scalars(query).one()
        actor = load_actor(session, ROLES, who, now)
        return tasks.complete(session, app, actor, task_id, answers, opinion="已阅", now=now)


def _to_filing(sessions: sessionmaker[Session], app: Any, who: str, case_id: str, now: datetime) -> None:
    """Bring a case to the check of its start filing, past the long form of the filing itself."""
    _complete(sessions, app, who, case_id, "confirm_notice_receipt", RECEIPT, now)
    worker.run_pending(sessions, app, now)
    with sessions.begin() as session:
        task = session.scalars(select(Task).where(Task.instance_id == case_id, Task.element == "file_start")).one()
        task.status = "completed"
        runtime.advance(session, app, runtime.lock(session, case_id), Complete(task.id, {"mode": "self"}), SYSTEM, now)
    worker.run_pending(sessions, app, now)


@pytest.mark.database
@pytest.mark.parametrize(
    ("people", "answers", "element", "follows"),
    [
        (("chen", "wang"), RECEIPT, "confirm_notice_receipt", "a job"),
        (("li", "li"), RETURNED, "check_filing", "a task"),
    ],
)
def test_completing_a_task_keeps_to_the_budget(
    sessions: sessionmaker[Session],
    engine: Engine,
    app: Any,
    now: datetime,
    people: tuple[str, str],
    answers: Mapping[str, Any],
    element: str,
    follows: str,
) -> None:
    walked, warming = _two_cases(sessions, app, now)
    if element == "check_filing":
        _to_filing(sessions, app, "chen", walked, now)
        _to_filing(sessions, app, "wang", warming, now)
    _complete(sessions, app, people[1], warming, element, answers, now)
    with watched(engine) as walk:
        done = _complete(sessions, app, people[0], walked, element, answers, now)
    assert len(done.waiting_for) == (follows == "a task")
    assert len(app.jobs.pending) == 2 * (follows == "a job")
    assert walk.commits == COMMITS
    # the first statement looks the task up for the test
    assert len(walk.statements) - 1 <= STATEMENTS, walk.statements
    assert len(walk.files) <= FILES, sorted(walk.files)
    assert sum(walk.hops.values()) <= HOPS, walk.hops
    assert [pair for pair in walk.hops if pair[::-1] in walk.hops] == []


def test_the_watch_sees_what_it_must(sessions: sessionmaker[Session], engine: Engine, app: Any, now: datetime) -> None:
    with watched(engine) as walk, sessions.begin() as session:
        load_actor(session, ROLES, "chen", now)
        definitions.list_(session, family="none")
    assert (walk.commits, len(walk.statements)) == (1, 2)
    assert ("workflows/definitions.py", "workflows/paging.py") in walk.hops
