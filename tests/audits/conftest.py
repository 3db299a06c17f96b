"""The named world of all tests, with the field in it: enterprises, experts, calendars, the shipped procedures."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from tests.audits import office as offices
from workflows.application import Application
from workflows.db import make_engine, make_sessions
from workflows.settings import Settings


def _fill(settings: Settings) -> None:
    engine = make_engine(settings)
    with make_sessions(engine).begin() as session:
        offices.fill(session, settings)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Add the field to the file that every SQLite test copies."""
    path = tmp_path_factory.mktemp("audits") / "world.db"
    shutil.copyfile(sqlite_template, path)
    _fill(Settings(database_url=f"sqlite:///{path}", secret_key="only-for-tests", fast_and_unsafe=True))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """Add the field to the database that every PostgreSQL test is a copy of."""
    name = f"qs_audits_{uuid.uuid4().hex[:12]}"
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
    _fill(Settings(database_url=postgres_url.rsplit("/", 1)[0] + "/" + name, secret_key="only-for-tests"))
    yield name
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def app(settings: Settings) -> Application:
    """Give the product's application."""
    return offices.application(settings)


@pytest.fixture
def office(sessions: sessionmaker[Session], app: Application) -> offices.Office:
    """Give an office at work on the test's database."""
    return offices.Office(sessions, app)
