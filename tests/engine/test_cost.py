"""What a command costs, counted in calls: the same in every round, whatever the answers and the diagram weigh."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import engine as benchmark
from benchmarks.engine import NOW, Ours, line, loop, many, rework, row
from feel import for_thread
from tests.engine.run import compiled
from workflows.engine import Definition, advance
from workflows.engine.step import Complete, Step


def calls(act: Callable[[], object]) -> int:
    """Count the calls of functions, ours and others'."""
    count = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    act()  # what is kept for good is made now
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def completing(definition: Definition, step: Step, element: str, size: int = 0) -> int:
    task = next(task.id for task in step.opened if task.element == element)
    answers = {f"answer{number}": "x" * 1000 for number in range(size)}
    return calls(lambda: advance(definition, step.state, Complete(task, answers), NOW, for_thread()))


def test_the_thirtieth_round_costs_what_the_first_did() -> None:
    side = Ours(compiled(rework("again")), {})
    spent = []
    for _ in range(30):
        state, task = side.step.state, side.open["u0"]
        spent.append(calls(lambda: advance(side.definition, state, Complete(task, {}), NOW, for_thread())))  # noqa: B023
        for element in [f"u{number}" for number in range(8)]:
            side.complete(element, {})
        side.complete("q", {"again": True})
    assert max(spent[1:]) <= spent[1] * 1.02


def test_a_loop_of_a_thousand_rounds_ends_and_costs_the_same() -> None:
    side = Ours(compiled(loop()), {})
    side.complete("u0", {"again": True})
    early = completing(side.definition, side.step, "u0")
    for _ in range(998):
        side.complete("u0", {"again": True})
    assert completing(side.definition, side.step, "u0") <= early * 1.02
    side.complete("u0", {"again": False})
    assert side.step.status == "completed"


def test_answers_that_nothing_reads_cost_nothing() -> None:
    side = Ours(compiled(line()), {})
    small, large = (completing(side.definition, side.step, "a", size) for size in (1, 500))
    assert large <= small * 1.05


def test_an_item_of_a_wide_multi_instance_costs_what_one_of_a_narrow_one_does() -> None:
    narrow, wide = (Ours(compiled(many(size)), {}) for size in (50, 500))
    once = completing(narrow.definition, narrow.step, "m")
    assert completing(wide.definition, wide.step, "m") <= once * 10 * 1.05


def test_the_size_of_the_diagram_costs_nothing_at_its_beginning() -> None:
    small, large = (Ours(compiled(row(size)), {}) for size in (100, 400))
    assert completing(large.definition, large.step, "t0") <= completing(small.definition, small.step, "t0") * 1.02


@pytest.mark.night
def test_the_budgets_are_kept_against_plain_spiffworkflow(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main([]) == 0, capsys.readouterr().out
