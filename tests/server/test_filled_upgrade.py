"""A database at work comes to the newest revision, and back to the first one, with its rows."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import Engine, func, inspect, select, table

import migrations
from tests.server.conftest import House
from workflows.db import make_engine

FIRST = "0001"


def rows(engine: Engine) -> dict[str, int]:
    """Count the rows of every table."""
    with engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
        return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


@pytest.mark.database
def test_a_database_at_work_is_brought_back_to_the_first_revision_and_up_again(either: House) -> None:
    engine = make_engine(either.settings)
    before = rows(engine)
    assert before["cases"]
    assert before["tasks"]
    migrations._run(engine, lambda config: command.stamp(config, "head"))
    migrations.downgrade(either.settings, FIRST)
    first = rows(engine)
    assert first == {name: before[name] for name in first}
    migrations.upgrade(either.settings)
    migrations.check(either.settings)
    assert {name: count for name, count in rows(engine).items() if name in first} == first
    engine.dispose()
