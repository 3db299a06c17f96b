"""Fixtures for all: a database per test, cut from a template made once, and the named world in it.

A test that asks for ``engine``, ``sessions`` or ``session`` runs on SQLite; marked ``database`` it runs on PostgreSQL
too. ``--dialects=both`` (or ``postgresql``) runs every such test there.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session, sessionmaker

import audits.models  # noqa: F401  (adds the field's tables)
from tests import world as named_world
from workflows import trail
from workflows.application import Application
from workflows.db import make_engine, make_sessions
from workflows.models import Base
from workflows.settings import Settings

BOTH = ("sqlite", "postgresql")
LONGEST = ("tests/browser/test_journey.py", "tests/audits/test_demo.py", "tests/browser/")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose its databases."""
    parser.addoption("--dialects", choices=("marked", "both", *BOTH), default="marked")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers of the core."""
    config.addinivalue_line("markers", "database: runs on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "sqlite_file: reads the file of SQLite itself, and runs there only")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no process waits for the other at the end."""
    items.sort(key=lambda item: next((n for n, path in enumerate(LONGEST) if item.nodeid.startswith(path)), 9))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on the databases it is meant for."""
    if "dialect" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--dialects")
    if metafunc.definition.get_closest_marker("sqlite_file"):
        chosen = "sqlite"
    if chosen == "marked":
        chosen = "both" if metafunc.definition.get_closest_marker("database") else "sqlite"
    metafunc.parametrize("dialect", BOTH if chosen == "both" else (chosen,), scope="function")


@pytest.fixture
def now() -> datetime:
    """Give the moment at which a test begins: Monday, 2 March 2026, 09:30 in Shanghai."""
    return named_world.NOW


def _fill(engine: Engine) -> None:
    Base.metadata.create_all(engine)
    trail.install_triggers(engine)
    with make_sessions(engine).begin() as session:
        named_world.build(session)
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the file that every SQLite test copies."""
    path = tmp_path_factory.mktemp("template") / "world.db"
    engine = make_engine(Settings(database_url=f"sqlite:///{path}", fast_and_unsafe=True))
    _fill(engine)
    return path


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Give the address of a running PostgreSQL server's maintenance database."""
    from tests import postgres

    return postgres.base_url()


def _administer(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _database(url: str, name: str) -> str:
    return url.rsplit("/", 1)[0] + "/" + name


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> Iterator[str]:
    """Make the database that every PostgreSQL test is a copy of."""
    name = f"qs_template_{uuid.uuid4().hex[:12]}"
    _administer(postgres_url, f"CREATE DATABASE {name}")
    _fill(make_engine(Settings(database_url=_database(postgres_url, name))))
    yield name
    _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give a database of its own, holding the named world."""
    if dialect == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "qingshen.db")
        yield f"sqlite:///{tmp_path / 'qingshen.db'}"
        return
    server: str = request.getfixturevalue("postgres_url")
    template: str = request.getfixturevalue("postgres_template")
    name = f"qs_{uuid.uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _database(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Give the settings of a test: its database, its folder, no waiting for the disk."""
    return Settings(
        database_url=database_url,
        files_url=str(tmp_path / "files"),
        signing_key_file=str(tmp_path / "keys" / "trail.pem"),
        secret_key="only-for-tests-only-for-tests-only",
        mode="test",
        fast_and_unsafe=True,
    )


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """Open the test's database."""
    engine = make_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Give the factory of sessions on the test's database."""
    return make_sessions(engine)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """Give one open session; what it does is rolled back at the end unless the test commits."""
    with sessions() as session:
        yield session
        session.rollback()


@pytest.fixture
def world(now: datetime) -> named_world.World:
    """Give the named world, which lies in every test's database."""
    return named_world.World(now)


@pytest.fixture
def app(settings: Settings) -> Application:
    """Give an application with jobs in this process and files in memory."""
    return named_world.application(settings)


@pytest.fixture
def count_statements(engine: Engine) -> Callable[[], int]:
    """Count what is sent to the database."""
    sent: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    return lambda: len(sent)
