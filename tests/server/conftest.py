"""Requests against the whole product: a Flask application on a database that holds the world of ``stage``."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from server.app import create_app
from server.auth import COOKIE
from server.house import KEY
from server.house import House as WebHouse
from tests.conftest import _administer, _database, _fill
from tests.server import stage
from workflows import credentials, worker
from workflows.application import Application
from workflows.db import make_engine, make_sessions
from workflows.models import Base, Event
from workflows.settings import Settings
from workflows.store import FileStore

CSRF = "only-for-tests"
SECRET = "only-for-tests-only-for-tests-only"


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    at: datetime = stage.NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class House:
    """The product on a database: what a test asks, and what it looks at behind."""

    settings: Settings
    flask: Flask
    application: Application
    sessions: sessionmaker[Session]
    clock: Clock
    ids: dict[str, str]
    tokens: dict[str, str]
    doors: dict[str, str]
    csrf: str = field(default="")

    def browser(self, username: str | None = None, language: str = "") -> FlaskClient:
        """Give a browser, with somebody signed in or nobody."""
        client = self.flask.test_client()
        if username:
            client.set_cookie(COOKIE, self.doors[username])
        if language:
            client.set_cookie("qingshen_language", language)
        with client.session_transaction() as session:
            session["csrf_token"] = CSRF
        return client

    def bearer(self, username: str) -> dict[str, str]:
        """Give the header of a program that acts for somebody."""
        return {"Authorization": f"Bearer {self.tokens[username]}"}

    def api(self, username: str | None, method: str, path: str, **more: Any) -> TestResponse:
        """Ask the API as a program."""
        headers = {**(self.bearer(username) if username else {}), **more.pop("headers", {})}
        return self.flask.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)

    def token(self) -> str:
        """Give a token against forged requests that fits ``browser``."""
        if not self.csrf:
            self.csrf = URLSafeTimedSerializer(self.settings.secret_key, salt="wtf-csrf-token").dumps(CSRF)
        return self.csrf

    def post(self, client: FlaskClient, path: str, form: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post a form as its page does."""
        return client.post(path, data={**(form or {}), "csrf_token": self.token()}, **more)

    def events(self) -> int:
        """Count the events of the trail."""
        with self.sessions() as session:
            return session.scalar(select(func.count()).select_from(Event)) or 0

    def work(self) -> int:
        """Let the worker do what waits."""
        return worker.run_pending(self.sessions, self.application, self.clock.at)

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """Look into the database."""
        with self.sessions() as session:
            yield session


@dataclass
class Template:
    """The world played once, to be copied."""

    path: Path
    store: FileStore
    told: stage.Stage


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Play the world once for all tests of a process."""
    path = tmp_path_factory.mktemp("stage") / "stage.db"
    settings = Settings(database_url=f"sqlite:///{path}", fast_and_unsafe=True, mode="test")
    engine = make_engine(settings)
    _fill(engine)
    store = FileStore("memory://")
    told = stage.play(make_sessions(engine), stage.application(settings, store))
    engine.dispose()  # the last connection writes the log into the file
    return Template(path, store, told)


@pytest.fixture(scope="session")
def postgres_stage(template: Template, postgres_url: str) -> Iterator[str]:
    """Copy the world, row by row, into a PostgreSQL database that tests copy in turn."""
    name = f"qs_stage_{uuid.uuid4().hex[:12]}"
    _administer(postgres_url, f"CREATE DATABASE {name}")
    source = make_engine(Settings(database_url=f"sqlite:///{template.path}", fast_and_unsafe=True))
    target = make_engine(Settings(database_url=_database(postgres_url, name)))
    Base.metadata.create_all(target)
    with source.connect() as reader, target.begin() as writer:
        for table in Base.metadata.sorted_tables:
            rows = [dict(row._mapping) for row in reader.execute(select(table))]
            if rows:
                writer.execute(table.insert(), rows)
    from workflows import trail

    trail.install_triggers(target)
    source.dispose()
    target.dispose()
    yield name
    _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@cache
def built() -> Flask:
    """Build the web application once in a process, on nothing yet: with all its routes that takes longer than most tests."""
    settings = Settings(secret_key=SECRET, mode="test")
    return create_app(settings, stage.application(settings, FileStore("memory://")), sessionmaker(), Clock())


def put_up(database_url: str, files: Path, template: Template, *, own: bool = False, **changes: Any) -> House:
    """Put the product up on a database; one that stays up beside others has an application of its own."""
    settings = replace(
        Settings(
            database_url=database_url,
            files_url=str(files / "files"),
            signing_key_file=str(files / "keys" / "trail.pem"),
            secret_key=SECRET,
            mode="test",
            fast_and_unsafe=True,
            login_per_minute=50,
        ),
        **changes,
    )
    sessions = make_sessions(make_engine(settings))
    application = stage.application(settings, template.store)
    clock = Clock()
    flask = create_app(settings, application, sessions, clock) if changes or own else built()
    flask.extensions[KEY] = WebHouse(settings, application, sessions, clock)
    told = template.told
    return House(settings, flask, application, sessions, clock, dict(told.ids), dict(told.tokens), dict(told.sessions))


def put_down(house: House) -> None:
    """Close the database."""
    house.sessions.kw["bind"].dispose()


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Hash passwords with little work: what takes time on purpose is not what these tests are about."""
    patch = pytest.MonkeyPatch()
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    patch.setattr(credentials, "_HASHER", quick)
    patch.setattr(credentials, "_NOBODY", quick.hash("nobody"))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def still(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give the product to tests that only read; they share it."""
    folder = tmp_path_factory.mktemp("still")
    shutil.copyfile(template.path, folder / "still.db")
    house = put_up(f"sqlite:///{folder / 'still.db'}", folder, template, own=True)
    yield house
    put_down(house)


@pytest.fixture
def house(template: Template, tmp_path: Path) -> Iterator[House]:
    """Give the product on a database of its own (SQLite)."""
    shutil.copyfile(template.path, tmp_path / "house.db")
    house = put_up(f"sqlite:///{tmp_path / 'house.db'}", tmp_path, template)
    yield house
    put_down(house)


@pytest.fixture
def house_apart(template: Template, tmp_path: Path) -> Iterator[House]:
    """Give the product on a database of its own with a web application of its own, to tests that change that."""
    shutil.copyfile(template.path, tmp_path / "apart.db")
    house = put_up(f"sqlite:///{tmp_path / 'apart.db'}", tmp_path, template, own=True)
    yield house
    put_down(house)


@pytest.fixture
def either(dialect: str, request: pytest.FixtureRequest, template: Template, tmp_path: Path) -> Iterator[House]:
    """Give the product on a database of its own: SQLite, or PostgreSQL where the test is marked ``database``."""
    if dialect == "sqlite":
        shutil.copyfile(template.path, tmp_path / "either.db")
        url, drop = f"sqlite:///{tmp_path / 'either.db'}", None
    else:
        server: str = request.getfixturevalue("postgres_url")
        name, source = f"qs_{uuid.uuid4().hex[:12]}", request.getfixturevalue("postgres_stage")
        _administer(server, f"CREATE DATABASE {name} TEMPLATE {source}")
        url, drop = _database(server, name), name
    house = put_up(url, tmp_path, template)
    yield house
    put_down(house)
    if drop:
        _administer(server, f"DROP DATABASE {drop} WITH (FORCE)")


@pytest.fixture
def reset(house: House, template: Template) -> Callable[[], None]:
    """Give what takes the database back to the world as it was."""
    path = Path(house.settings.database_url.removeprefix("sqlite:///"))

    def back() -> None:
        put_down(house)
        for ending in ("-wal", "-shm"):
            Path(f"{path}{ending}").unlink(missing_ok=True)
        shutil.copyfile(template.path, path)
        house.application.jobs.pending.clear()  # type: ignore[attr-defined]

    return back
