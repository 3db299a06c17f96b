"""What a program and a person are told while the database is busy or away."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.errors import on_database
from tests.server.conftest import House, put_down, put_up
from workflows.db import make_engine


def draft(house: House, **more: Any) -> Any:
    """Save a draft as a program: the smallest call that changes something."""
    task_id = house.ids["sheet_qian"]
    body = {"answers": {"comments": "好"}, "opinion": "", "version": 0}
    return house.api("qian", "PUT", f"/tasks/{task_id}/draft", json=body, **more)


@pytest.mark.database
def test_a_lock_that_does_not_come_free_is_409_busy_with_a_time_to_come_again(either: House) -> None:
    engine = either.sessions.kw["bind"]
    sqlite = engine.dialect.name == "sqlite"
    other = make_engine(either.settings)

    def impatient(connection: Any, _record: Any, _proxy: Any = None) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=50" if sqlite else "SET lock_timeout = '50ms'")
        cursor.close()

    event.listen(engine, "checkout", impatient)
    with other.connect() as holder, holder.begin():
        if not sqlite:
            holder.execute(text("LOCK TABLE drafts IN ACCESS EXCLUSIVE MODE"))
        answer = draft(either)
        assert (answer.status_code, answer.get_json()["code"], answer.headers["Retry-After"]) == (409, "busy", "1")
        assert answer.mimetype == "application/problem+json"
        page = either.post(either.browser("qian"), f"/tasks/{either.ids['sheet_qian']}/claim")
        if sqlite:
            assert (page.status_code, page.headers["Retry-After"], page.mimetype) == (409, "1", "text/html")
    other.dispose()
    assert draft(either).status_code == 200


@pytest.mark.parametrize("path", ["/inbox", "/api/v1/tasks"])
def test_a_database_that_is_not_there_is_503_with_a_time_to_come_again(
    template: Any, tmp_path: Path, path: str
) -> None:
    shutil.copyfile(template.path, tmp_path / "gone.db")
    house = put_up(f"sqlite:///{tmp_path / 'nowhere' / 'gone.db'}", tmp_path, template, own=True)
    json = path.startswith("/api/")
    headers = {**(house.bearer("qian") if json else {}), "Accept": "application/json" if json else "text/html"}
    answer = house.browser("qian").get(path, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.mimetype == ("application/problem+json" if json else "text/html")
    if json:
        assert answer.get_json()["code"] == "database"
    else:
        assert "数据库" in answer.text
    put_down(house)


def test_a_server_that_refuses_connections_is_503(template: Any, tmp_path: Path) -> None:
    house = put_up("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path, template, own=True)
    answer = draft(house)
    assert (answer.status_code, answer.get_json()["code"], answer.headers["Retry-After"]) == (503, "database", "30")
    put_down(house)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (
            OperationalError("", {}, psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")),
            409,
            "busy",
        ),
        (OperationalError("", {}, psycopg.errors.DeadlockDetected("deadlock detected")), 409, "busy"),
        (OperationalError("", {}, psycopg.errors.SerializationFailure("could not serialize access")), 409, "busy"),
        (
            OperationalError("", {}, psycopg.OperationalError("server closed the connection unexpectedly")),
            503,
            "database",
        ),
        (PoolTimeout("QueuePool limit of size 10 overflow 20 reached"), 503, "database"),
    ],
)
def test_each_way_a_database_fails_has_its_status(still: House, error: Any, status: int, code: str) -> None:
    with still.flask.test_request_context("/api/v1/tasks"):
        answer = on_database(error)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_faulty_schema_is_no_absence(still: House) -> None:
    with still.flask.test_request_context("/api/v1/tasks"), pytest.raises(OperationalError):
        on_database(OperationalError("", {}, Exception("no such table: tasks")))
