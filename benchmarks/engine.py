"""What the engine costs against plain SpiffWorkflow, and against its own youth: ``python -m benchmarks.engine``.

Both sides run in one process, in turns, on processor time; the smallest of several runs counts. It prints ratios,
writes them as JSON with ``--json FILE``, and fails when one is over its budget, never on milliseconds: those stand
below the table, for information. The models are made here; their joins complete in the one order that plain
SpiffWorkflow gets right.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from feel import for_thread
from workflows.engine import Catalog, Definition, advance, compile_definition
from workflows.engine.definition import clear_cache
from workflows.engine.step import Complete, Start, Step

NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
OURS, STOCK, WALKS = 25, 5, 40
KILOBYTE = {"answers": "x" * 1000}


@dataclass(frozen=True)
class Measure:
    """One line of the table: a ratio and what it may be at most (or at least)."""

    name: str
    ratio: float
    budget: float
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the budget is kept."""
        return self.ratio >= self.budget if self.at_least else self.ratio <= self.budget


# ---- models


def _model(nodes: str, arrows: str, condition: str) -> bytes:
    flows = ""
    for arrow in arrows.split():
        source, target = arrow.rstrip("?").split(">")
        inside = f"<conditionExpression>{condition}</conditionExpression>" if arrow.endswith("?") else ""
        flows += (
            f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'
        )
    return (
        f'<definitions xmlns="{NAMESPACE}"><process id="P" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>'
        f"{nodes}{flows}</process></definitions>"
    ).encode()


def row(size: int) -> bytes:
    """Give that many user tasks in a row."""
    names = [f"t{number}" for number in range(size)]
    arrows = " ".join(f"{one}>{two}" for one, two in pairwise(names))
    return _model(_users(" ".join(names)), f"s>{names[0]} {arrows} {names[-1]}>e", "")


def blocks(size: int) -> bytes:
    """Give parallel, inclusive and exclusive blocks in a row, that many elements in all."""
    nodes, arrows, last = "", "", "s"
    for number in range(size // 4):
        kind = ("parallel", "inclusive", "exclusive")[number % 3]
        split, join, one, two = (f"{letter}{number}" for letter in "gjab")
        default, asked = ("", "") if kind == "parallel" else (f' default="{split}_{two}"', "?")
        nodes += f'<{kind}Gateway id="{split}"{default}/><{kind}Gateway id="{join}"/>' + _users(f"{one} {two}")
        arrows += f" {last}>{split} {split}>{one}{asked} {split}>{two} {one}>{join} {two}>{join}"
        last = join
    return _model(nodes, f"{arrows} {last}>e", "yes")


def loop() -> bytes:
    """Give one user task in a loop."""
    nodes = _users("u0") + '<exclusiveGateway id="into"/><exclusiveGateway id="x" default="x_e"/>'
    return _model(nodes, "s>into into>u0 u0>x x>into? x>e", "again")


def many(size: int) -> bytes:
    """Give a user task that so many are to do."""
    inner = f"<multiInstanceLoopCharacteristics><loopCardinality>{size}</loopCardinality></multiInstanceLoopCharacteristics>"
    return _model(f'<userTask id="m">{inner}</userTask>', "s>m m>e", "")


def _users(names: str) -> str:
    return "".join(f'<userTask id="{name}"/>' for name in names.split())


def rework(condition: str) -> bytes:
    """Give a loop around a parallel block of eight tasks, about forty elements."""
    branches = [f"u{number}" for number in range(8)]
    tail = [f"v{number}" for number in range(12)]
    nodes = _users(" ".join([*branches, "q"])) + '<parallelGateway id="g"/><parallelGateway id="j"/>'
    nodes += '<exclusiveGateway id="into"/><exclusiveGateway id="x" default="x_v0"/>'
    nodes += "".join(f'<task id="{name}"/>' for name in tail)
    arrows = "s>into into>g j>q q>x x>into? x>v0 v11>e "
    arrows += " ".join(f"g>{name} {name}>j" for name in branches)
    arrows += " " + " ".join(f"{one}>{two}" for one, two in pairwise(tail))
    return _model(nodes, arrows, condition)


def line() -> bytes:
    """Give nine elements in a row, four of them for people."""
    nodes = _users("a b c d") + "".join(f'<parallelGateway id="{name}"/>' for name in "pqr")
    return _model(nodes, "s>a a>p p>b b>q q>c c>r r>d d>e", "")


# ---- the two sides


class Ours:
    """An instance that is only bytes between two commands."""

    def __init__(self, definition: Definition, data: dict[str, Any]) -> None:
        self.definition = definition
        self.step: Step = advance(definition, None, Start("benchmark", data), NOW, for_thread())
        self.open = {task.element: task.id for task in self.step.opened}

    def complete(self, element: str, answers: dict[str, Any]) -> None:
        """Load, complete, save."""
        self.step = advance(
            self.definition, self.step.state, Complete(self.open.pop(element), answers), NOW, for_thread()
        )
        self.open |= {task.element: task.id for task in self.step.opened}


class Stock:
    """The same, as the library's documentation has it."""

    def __init__(self, spec: Any, data: dict[str, Any]) -> None:
        self.serializer = BpmnWorkflowSerializer()
        workflow = BpmnWorkflow(spec, {})
        workflow.task_tree.data.update(data)
        workflow.do_engine_steps()
        self.state = self.serializer.serialize_json(workflow)

    def complete(self, element: str, answers: dict[str, Any]) -> None:
        """Load, complete, save."""
        workflow = self.serializer.deserialize_json(self.state)
        task = workflow.get_next_task(state=TaskState.READY, spec_name=element)
        task.data.update(answers)
        task.run()
        workflow.do_engine_steps()
        self.state = self.serializer.serialize_json(workflow)


def _spec(model: bytes) -> Any:
    parser = BpmnParser()
    parser.add_bpmn_str(model)
    return parser.get_spec("P")


ROUND = [f"u{number}" for number in range(8)]


def _round(side: Ours | Stock) -> None:
    for name in ROUND:
        side.complete(name, {})
    side.complete("q", {"again": True})


def _timed(call: Callable[[], object]) -> float:
    begin = time.process_time()
    call()
    return time.process_time() - begin


def _paired(one: Callable[[], object], other: Callable[[], object], times: int) -> tuple[float, float]:
    """Time both in turns and give the smallest of each."""
    pairs = [(_timed(one), _timed(other)) for _ in range(times)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def _definition(model: bytes) -> Definition:
    return compile_definition({"p.bpmn": model}, "P", Catalog())


def _aged(definition: Definition, rounds: int) -> Ours:
    side = Ours(definition, dict(KILOBYTE))
    for _ in range(rounds):
        _round(side)
    return side


def _step_of(side: Ours) -> Callable[[], object]:
    state, task = side.step.state, side.open["u0"]
    return lambda: advance(side.definition, state, Complete(task, {}), NOW, for_thread())


# ---- the table


def age(rounds: int) -> list[Measure]:
    """Compare an old instance with a young one, and look at its size."""
    definition = _definition(rework("again"))
    young, old = _aged(definition, 1), _aged(definition, rounds)
    new, aged = _paired(_step_of(young), _step_of(old), OURS)
    kilobytes = len(old.step.state) / 1024
    return [
        Measure(f"load + complete + save, round {rounds} / round 1", aged / new, 1.3),
        Measure(f"state after {rounds} rounds, KiB", kilobytes, 6),
    ]


def against_stock(rounds: int, budget: float) -> Measure:
    """Compare one command at that age with plain SpiffWorkflow's."""
    ours = _aged(_definition(rework("again")), rounds)
    stock = Stock(_spec(rework("again")), dict(KILOBYTE))
    for _ in range(rounds):
        _round(stock)
    state = stock.state

    def plain() -> None:
        stock.state = state
        stock.complete("u0", {})

    fast, slow = _paired(_step_of(ours), plain, STOCK)
    return Measure(f"at {rounds} rounds, plain SpiffWorkflow / ours", slow / fast, budget, at_least=True)


def answers() -> Measure:
    """Compare half a megabyte of answers that nothing reads with a kilobyte."""
    definition = _definition(line())

    def complete(size: int) -> Callable[[], object]:
        side = Ours(definition, {})
        state, task = side.step.state, side.open["a"]
        sent = {f"answer{number}": "x" * 1000 for number in range(size)}

        def call() -> None:
            step = advance(definition, state, Complete(task, sent), NOW, for_thread())
            second = next(iter(step.opened))
            advance(definition, step.state, Complete(second.id, {}), NOW, for_thread())

        return call

    small, large = _paired(complete(1), complete(500), OURS)
    return Measure("500 KB of answers / 1 KB", large / small, 1.3)


def throughput() -> Measure:
    """Compare whole walks through nine elements."""
    definition, spec = _definition(line()), _spec(line())

    def walk(side: Ours | Stock) -> None:
        for name in "abcd":
            side.complete(name, {})

    fast, slow = _paired(
        lambda: walk(Ours(definition, dict(KILOBYTE))), lambda: walk(Stock(spec, dict(KILOBYTE))), WALKS
    )
    return Measure("9 elements, plain SpiffWorkflow / ours", slow / fast, 4, at_least=True)


def _first_of(size: int) -> tuple[Step, Callable[[], object]]:
    """Start a multi-instance; give its first Step, and what completes the first item."""
    definition = _definition(many(size))
    step = advance(definition, None, Start("benchmark", dict(KILOBYTE)), NOW, for_thread())
    first = Complete(step.opened[0].id, {})
    return step, lambda: advance(definition, step.state, first, NOW, for_thread())


def panel(size: int) -> list[Measure]:
    """Complete a wide multi-instance item by item, and compare what an item costs with a narrow one's."""
    step, wide = _first_of(size)
    narrow = _first_of(size // 10)[1]
    once, tenth = _paired(wide, narrow, STOCK)
    definition, tasks, times = _definition(many(size)), [task.id for task in step.opened], []
    for task in tasks:
        begin = time.process_time()
        step = advance(definition, step.state, Complete(task, {}), NOW, for_thread())
        times.append(time.process_time() - begin)
    ends = max(1, min(5, size // 4))
    return [
        Measure(f"{size}-way multi-instance, last completion / first", min(times[-ends:]) / min(times[:ends]), 2),
        Measure(f"{size}-way / {size // 10}-way, one completion, for each item", once / tenth / 10, 1.3),
    ]


def _compiled(model: bytes) -> Callable[[], object]:
    def compile_anew() -> None:
        clear_cache()
        _definition(model)

    return compile_anew


def _last_of(size: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """Walk through a row of tasks; give what completes the first one, and the last."""
    definition = _definition(row(size))
    step = advance(definition, None, Start("benchmark", dict(KILOBYTE)), NOW, for_thread())
    calls: list[Callable[[], object]] = []
    while step.opened:
        command, state = Complete(step.opened[0].id, {}), step.state
        calls.append(partial(advance, definition, state, command, NOW, for_thread()))
        step = advance(definition, state, command, NOW, for_thread())
    return calls[0], calls[-1]


def diagram(size: int) -> list[Measure]:
    """Compare a large diagram with one of a quarter of its size."""
    large, small = _paired(_compiled(blocks(size)), _compiled(blocks(size // 4)), STOCK)
    first, last = _last_of(size)
    first_small, last_small = _last_of(size // 4)
    begin, begin_small = _paired(first, first_small, OURS)
    end, end_small = _paired(last, last_small, OURS)
    return [
        Measure(f"{size} elements / {size // 4}, compiling, for each element", large / small / 4, 1.5),
        Measure(f"{size} elements / {size // 4}, first completion", begin / begin_small, 1.3),
        Measure(f"{size} elements / {size // 4}, last completion, for each element", end / end_small / 4, 1.3),
    ]


def rounds(number: int) -> list[Measure]:
    """Go round a loop with one user task, and leave it."""
    side = Ours(_definition(loop()), dict(KILOBYTE))
    side.complete("u0", {"again": True})
    young = _step_of(side)
    for _ in range(number - 2):
        side.complete("u0", {"again": True})
    early, late = _paired(young, _step_of(side), OURS)
    side.complete("u0", {"again": False})
    return [
        Measure(f"{number} rounds of a loop, last / first", late / early, 1.3),
        Measure(f"{number} rounds of a loop, instances that have not ended", side.step.status != "completed", 0),
    ]


def absolute() -> list[str]:
    """Tell what one command costs here, in milliseconds of processor time; nothing depends on it."""
    forty, nine = _aged(_definition(rework("again")), 1), Ours(_definition(line()), dict(KILOBYTE))
    nine.complete("a", {})
    state, task = nine.step.state, nine.open["b"]
    complete = lambda: advance(nine.definition, state, Complete(task, {}), NOW, for_thread())  # noqa: E731
    one, other = _paired(_step_of(forty), complete, 10 * OURS)
    return [
        f"40 elements, 8 tasks open: load + complete + save {one * 1000:.3f} ms",
        f" 9 elements, 1 task open:  load + complete + save {other * 1000:.3f} ms",
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a budget is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--json", help="write the ratios to this file")
    options = parser.parse_args(arguments)
    for name in ("spiff.task", "spiff.workflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    old, stock, wide, large, often = (
        (100, (3, 8), 100, 400, 200) if options.quick else (1000, (10, 30), 1000, 2000, 10_000)
    )
    gc.collect()
    gc.freeze()  # what was there before, such as a whole test run, is not walked while we measure
    found = [*age(old), against_stock(*stock), answers(), throughput(), *panel(wide), *diagram(large), *rounds(often)]
    gc.unfreeze()
    for measure in found:
        sign = ">=" if measure.at_least else "<="
        print(f"{'ok  ' if measure.kept else 'OVER'} {measure.name:62} {measure.ratio:9.2f} {sign} {measure.budget:g}")
    print("\n".join(["", *absolute()]))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:  # noqa: PTH123
            json.dump([asdict(measure) for measure in found], file, indent=2)
    return 0 if all(measure.kept for measure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
