"""The oracle: small diagrams, each with what the specification says happens, played through process tests."""

from __future__ import annotations

import random
from typing import Any

import pytest

from feel import for_thread
from tests.engine.oracle import TABLES
from tests.engine.oracle.shorthand import Row
from workflows import engine
from workflows.engine.definition import clear_cache, compile_definition
from workflows.engine.expressions import Context
from workflows.engine.inspection import waits
from workflows.engine.saved import load, save
from workflows.errors import EngineError, Refused
from workflows.player import Player
from workflows.process_tests import play_case
from workflows.stage import Stage

EVERY = [row for rows in TABLES.values() for row in rows]
ROWS = [pytest.param(row, id=f"{table}: {row.name}") for table, rows in TABLES.items() for row in rows]
RUNNING = [row for row in EVERY if not row.rule]
LENGTH = 25


def told(row: Row) -> list[str]:
    return [f"{one.variant}.{one.operation} {one.text}" for one in play_case(row.case(), row.name).failures]


def anew(*arguments: Any) -> engine.Definition:
    """Compile without the cache, as another worker would."""
    clear_cache()
    return compile_definition(*arguments)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile anew before each operation."""
    monkeypatch.setattr(engine, "compile_definition", anew)


@pytest.mark.parametrize("row", ROWS)
def test_the_engine_does_what_the_specification_says(row: Row) -> None:
    assert told(row) == []


@pytest.mark.parametrize("row", [row for row in EVERY if row.rule], ids=lambda row: row.name)
def test_what_does_not_run_is_refused_by_its_rule(row: Row) -> None:
    with pytest.raises((Refused, EngineError)) as caught:
        Player(Stage(row.case()), [["start"]]).perform(0)
    found: Any = caught.value
    assert row.rule in ({found.rule} if isinstance(found, EngineError) else {one.rule for one in found.findings})


def test_every_row_says_something_of_its_own() -> None:
    names = [row.name for row in EVERY]
    assert len(set(names)) == len(names) >= 300


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("row", random.Random(4).sample(RUNNING, 40), ids=lambda row: row.name)
def test_a_definition_compiled_anew_makes_no_difference(row: Row) -> None:
    assert told(row) == []


@pytest.mark.night
@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("row", RUNNING, ids=lambda row: row.name)
def test_a_definition_compiled_anew_makes_no_difference_to_any_row(row: Row) -> None:
    assert told(row) == []


# ---- random walks over the same diagrams -------------------------------------------------------------------------

ANSWERS = {"again": False, "ok": True, "n": 7, "bad": False, "veto": False, "mark": 1, "go": False}


def moves(player: Player) -> list[list[Any]]:
    """Give what could come next: a task done, what is listened for sent, time passed until the next timer."""
    found: list[list[Any]] = [["donth", number, ANSWERS] for number in range(len(player.tasks))]
    names = sorted({(one.kind, one.name) for one in player.subscriptions.values()})
    found += [["msg" if kind == "message" else "sig", name] for kind, name in names if kind != "conditional"]
    dues = [one.due for one in player.timers.values()]
    return [*found, ["time", (min(dues) - player.case.clock).total_seconds()]] if dues else found


def check(player: Player) -> list[Any]:
    """Expect that what steps told is what the state holds, and that loading and saving changes nothing; tell it."""
    definition, state = player.definition(), player.state
    assert state is not None
    found = waits(definition, state)
    assert sorted(player.tasks) == sorted(one.id for one in found if one.kind == "task")
    assert sorted(player.timers) == sorted(one.timer for one in found if one.timer)
    assert sorted(player.subscriptions) == sorted(one.id for one in found if one.listens)
    assert not player.jobs
    context = Context(for_thread(), player.now, definition.zone)
    assert save(load(definition, state, context)) == state
    return [player.status, sorted((one.kind, one.element) for one in found)]


def walk(row: Row, seed: int) -> list[Any]:
    """Walk a diagram at random from its first start, and give what was seen after each step."""
    case, chance = row.case(), random.Random(seed)
    first = case.variants[0][0]
    script: list[Any] = [first if first[0] == "start" else ["start", {}]]
    player = Player(Stage(case), script)
    seen: list[Any] = []
    for number in range(LENGTH):
        try:
            player.perform(number)
        except EngineError as error:  # what a step would have led to; the state is as it was
            seen.append(str(error))
            break
        if player.state is None:
            break
        seen.append([script[-1][:2], *check(player)])
        after = moves(player)
        if player.status != "running" or not after:
            break
        script.append(chance.choice(after))
    return seen


def both_walks(row: Row, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    there = walk(row, seed)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "compile_definition", anew)
        assert walk(row, seed) == there


@pytest.mark.parametrize("row", random.Random(5).sample(RUNNING, 60), ids=lambda row: row.name)
def test_a_walk_at_random_loses_nothing(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    both_walks(row, 1, monkeypatch)


@pytest.mark.night
@pytest.mark.parametrize("row", RUNNING, ids=lambda row: row.name)
def test_walks_at_random_over_every_row_lose_nothing(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(8):
        both_walks(row, seed, monkeypatch)
