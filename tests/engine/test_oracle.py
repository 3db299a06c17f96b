"""The oracle: small diagrams, each with what the specification says happens, played through process tests."""

from __future__ import annotations

import pytest

from tests.engine.oracle import TABLES
from tests.engine.oracle.shorthand import Row
from workflows.process_tests import play_case

ROWS = [pytest.param(row, id=f"{table}: {row.name}") for table, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize("row", ROWS)
def test_the_engine_does_what_the_specification_says(row: Row) -> None:
    outcome = play_case(row.case())
    assert [f"{one.variant}.{one.operation} {one.text}" for one in outcome.failures] == []


def test_every_row_says_something_of_its_own() -> None:
    names = [row.name for rows in TABLES.values() for row in rows]
    assert len(set(names)) == len(names) >= 150
