"""The main walk, a person completes a task, stays short: from the view of the API to the commit, on a real case.

The request is a browser's, with a session cookie and an ``Idempotency-Key``; definition, form, industries and FEEL caches
are warm. Statements and commits are those of the whole request. Files and hops are counted by ``sys.setprofile`` while
the view runs: a file is one of ours that another of ours calls into, a hop is such a call. Not seen are: what happens
behind the doors ``workflows.engine``, ``forms`` and ``feel`` (functions: ``advance``, ``load``, ``evaluate``), each of
which counts as one file, and no hop; what a library calls back (the views' decorators, context managers such as
``db.transaction``, column types); and what runs before the view, which is finding out who asks.
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
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from audits import cases
from audits.application import BULK
from audits.form_context import form_context
from audits.models import AuditList, Enterprise, ListEntry
from audits.roles import ROLES
from audits.service_tasks import HANDLERS
from server.app import create_app
from server.auth import COOKIE
from tests import world
from tests.architecture.files import ROOT
from workflows import definitions, people, runtime, tasks, worker
from workflows.access import SYSTEM, load_actor
from workflows.engine.step import Complete
from workflows.models import Person, Task
from workflows.settings import Settings

COMPLETE = "api-tasks.complete"
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
def asked(engine: Engine) -> Iterator[Walk]:
    """Note the statements and commits of what is done inside."""
    walk = Walk()

    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if not text.startswith("BEGIN"):
            walk.statements.append(text)

    def commit(_connection: Any) -> None:
        walk.commits += 1

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    try:
        yield walk
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)


@contextmanager
def profiled(walk: Walk) -> Iterator[None]:
    """Note the calls of what is done inside."""
    sys.setprofile(walk.profile)
    try:
        yield
    finally:
        sys.setprofile(None)


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


def _post(
    flask: Flask, engine: Engine, door: str, task_id: str, answers: Mapping[str, Any]
) -> tuple[Walk, TestResponse]:
    """Complete a task as its page does, and watch the view."""
    view = flask.view_functions[COMPLETE]
    browser = flask.test_client()
    browser.set_cookie(COOKIE, door)
    with browser.session_transaction() as kept:
        kept["csrf_token"] = "only-for-tests"
    secret = flask.config["SECRET_KEY"]
    token = URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps("only-for-tests")
    with asked(engine) as walk:

        def watching(**values: Any) -> Any:
            with profiled(walk):
                return view(**values)

        flask.view_functions[COMPLETE] = watching
        answer = browser.post(
            f"/api/v1/tasks/{task_id}/complete",
            json={"answers": answers, "opinion": "已阅"},
            headers={"Idempotency-Key": f"walk-{task_id}", "X-CSRFToken": token},
        )
    flask.view_functions[COMPLETE] = view
    return walk, answer


@pytest.mark.database
@pytest.mark.parametrize(
    ("people_", "answers", "element", "follows"),
    [
        (("chen", "wang"), RECEIPT, "confirm_notice_receipt", "a job"),
        (("li", "li"), RETURNED, "check_filing", "a task"),
    ],
)
def test_completing_a_task_keeps_to_the_budget(
    sessions: sessionmaker[Session],
    engine: Engine,
    settings: Settings,
    app: Any,
    now: datetime,
    people_: tuple[str, str],
    answers: Mapping[str, Any],
    element: str,
    follows: str,
) -> None:
    walked, warming = _two_cases(sessions, app, now)
    if element == "check_filing":
        _to_filing(sessions, app, "chen", walked, now)
        _to_filing(sessions, app, "wang", warming, now)
    flask = create_app(settings, app, sessions, clock=lambda: now)
    for who, case_id in ((people_[1], warming), (people_[0], walked)):
        with sessions.begin() as session:
            query = select(Task.id).where(Task.instance_id == case_id, Task.element == element, Task.status == "open")
            task_id = session.scalars(query).one()
            door = people.open_session(session, session.get_one(Person, who), address="", agent="", now=now)
        app.jobs.pending.clear()
        walk, answer = _post(flask, engine, door, task_id, answers)
        assert answer.status_code == 200, answer.text
    assert len(answer.get_json()["waiting_for"]) == (follows == "a task")
    assert len(app.jobs.pending) == (follows == "a job")
    assert any("idempotency_keys" in statement for statement in walk.statements)
    assert any("auth_sessions" in statement for statement in walk.statements)
    assert walk.commits == COMMITS
    assert len(walk.statements) <= STATEMENTS, walk.statements
    assert len(walk.files) <= FILES, sorted(walk.files)
    assert sum(walk.hops.values()) <= HOPS, walk.hops
    assert [pair for pair in walk.hops if pair[::-1] in walk.hops] == []


def test_the_watch_sees_what_it_must(sessions: sessionmaker[Session], engine: Engine, app: Any, now: datetime) -> None:
    with asked(engine) as walk, profiled(walk), sessions.begin() as session:
        load_actor(session, ROLES, "chen", now)
        definitions.list_(session, family="none")
    assert (walk.commits, len(walk.statements)) == (1, 2)
    assert ("workflows/definitions.py", "workflows/paging.py") in walk.hops
