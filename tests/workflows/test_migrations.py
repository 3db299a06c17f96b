"""Migrations make exactly the tables of the code, on both databases, and can be taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

import migrations
from workflows.db import make_engine
from workflows.jobs import DBOS_TABLES
from workflows.models import Base
from workflows.settings import Settings

OURS = set(Base.metadata.tables)


@pytest.fixture
def empty(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Give the settings of a database that holds nothing."""
    if dialect == "sqlite":
        yield Settings(database_url=f"sqlite:///{tmp_path}/deep/er/empty.db", files_url=str(tmp_path / "files"))
        return
    name = f"qs_empty_{uuid.uuid4().hex[:12]}"
    server: str = request.getfixturevalue("postgres_url")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield Settings(database_url=server.rsplit("/", 1)[0] + f"/{name}", files_url=str(tmp_path / "files"))
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - DBOS_TABLES - {"alembic_version"}


@pytest.mark.database
def test_an_empty_database_gets_the_tables_of_the_code(empty: Settings) -> None:
    migrations.upgrade(empty)
    migrations.check(empty)
    engine = make_engine(empty)
    assert tables(engine) == OURS
    assert migrations.current(engine) == migrations.head()
    engine.dispose()


@pytest.mark.database
def test_upgrading_twice_changes_nothing(empty: Settings) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    migrations.check(empty)


@pytest.mark.database
def test_a_migration_can_be_taken_back_and_done_again(empty: Settings) -> None:
    migrations.upgrade(empty)
    migrations.downgrade(empty, "base")
    engine = make_engine(empty)
    assert tables(engine) == set()
    migrations.upgrade(empty)
    assert tables(engine) == OURS
    engine.dispose()


def triggers(engine: Engine) -> set[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if engine.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    with engine.connect() as connection:
        return {name for name in connection.execute(text(query)).scalars() if not name.startswith("dbos_")}


@pytest.mark.database
def test_a_migrated_database_guards_the_trail_as_the_code_does(empty: Settings, engine: Engine) -> None:
    migrations.upgrade(empty)
    migrated = make_engine(empty)
    assert triggers(migrated) == triggers(engine)
    assert "events_no_update" in triggers(migrated)
    migrated.dispose()


@pytest.mark.parametrize("table", ["events", "trail_leaves", "checkpoints"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.database
def test_the_database_refuses_to_change_the_past(empty: Settings, table: str, act: str) -> None:
    migrations.upgrade(empty)
    engine = make_engine(empty)
    column = {"events": "seq", "trail_leaves": "position", "checkpoints": "size"}[table]
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO events VALUES ('e', 'system', 1, '2026-01-01 00:00:00', NULL, 'x', NULL, 'x', 'x', 'x',"
                " 'x', 'x', 'x')"
            )
        )
        connection.execute(text("INSERT INTO trail_leaves VALUES (0, 'e')"))
        connection.execute(text("INSERT INTO checkpoints VALUES (1, 'x', '[]', '2026-01-01 00:00:00', 'x', 'x')"))
    with pytest.raises(DatabaseError, match="only grows"), engine.begin() as connection:
        connection.execute(text(act.format(table, column, column)))
    engine.dispose()
