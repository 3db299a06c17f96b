from __future__ import annotations

import ast
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard

import workflows.engine
from feel import for_thread
from tests.engine.diagrams import (
    ERROR,
    MESSAGE,
    ON_ERROR,
    ON_MESSAGE,
    PARALLEL,
    diagram,
    el,
    files,
    flows,
    process,
    service,
    timer,
    user,
)
from tests.engine.run import INSTANCE, NOW, Run, compiled
from workflows.engine import Definition, advance, compile_definition, definition_hash
from workflows.engine.definition import clear_cache
from workflows.engine.expressions import Context
from workflows.engine.saved import load, save
from workflows.engine.specs.base import Element, Process
from workflows.engine.step import Complete, Start
from workflows.errors import Conflict, EngineError

INNER = (
    el("startEvent", "s2", ON_MESSAGE, isInterrupting="false") + el("endEvent", "e2") + user("n") + flows("s2>n n>e2")
)
EVERYTHING = diagram(
    el("parallelGateway", "g j")
    + el("exclusiveGateway", "x")
    + user("a b q")
    + service("w")
    + el("userTask", "m", PARALLEL)
    + el("boundaryEvent", "t", timer("timeCycle", "R/P1D"), attachedToRef="a", cancelActivity="false")
    + el("boundaryEvent", "er1", ON_ERROR, attachedToRef="w")
    + el("subProcess", "es", INNER, triggeredByEvent="true")
    + user("late failed"),
    "s>g g>a g>b g>w g>m a>j b>j w>x x>j m>j j>q q>e t>late late>e er1>failed failed>x",
    MESSAGE + ERROR,
)


def fingerprint(definition: Definition) -> dict[str, Any]:
    """Describe all that a compiled process holds."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(key): plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [type(value).__name__, *sorted(map(repr, value))]
        return type(value).__name__ if isinstance(value, Process) or "Event object" in repr(value) else repr(value)

    return {
        f"{name}/{element.name}": {key: plain(value) for key, value in vars(element).items() if key != "_wf_spec"}
        for name, spec in definition.specs.items()
        for element in spec.elements()
    }


def test_no_command_changes_a_compiled_process() -> None:
    run = Run(EVERYTHING, xs=[1, 2])
    run.recompile = False
    before = fingerprint(run.definition)
    run.deliver("es")
    run.fire("t")
    run.do("a", "b", "m", "m", "late", "n")
    run.failed("w", "E1")
    run.do("failed", "q")
    assert run.status == "completed"
    assert fingerprint(run.definition) == before


def test_a_compiled_process_cannot_be_changed() -> None:
    definition = compiled(EVERYTHING)
    spec = definition.specs["P"]
    element = spec.element("a")
    with pytest.raises(TypeError):
        element.manual = False
    with pytest.raises(AttributeError):
        element.connect(spec.element("b"))
    with pytest.raises(TypeError):
        spec.task_specs["new"] = element
    with pytest.raises(TypeError):
        Element(spec, "new", element.meta)


def test_one_definition_serves_many_threads() -> None:
    definition = compiled(EVERYTHING)

    def walk(number: int) -> tuple[str, Any]:
        step = first = advance(definition, None, Start(f"{number}", {"xs": [number]}), NOW, for_thread())
        for task in first.opened:
            step = advance(definition, step.state, Complete(task.id, {}), NOW, for_thread())
        return step.status, step.variables["xs"]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(walk, range(20))) == [("running", [number]) for number in range(20)]


def test_load_and_save_give_the_same_bytes() -> None:
    run = Run(EVERYTHING, xs=[1, 2], deep={"a": [1, 1.0, True, None, "文"]})
    run.deliver("es")
    run.do("a", "m")
    context = Context(for_thread(), NOW, "Asia/Shanghai")
    assert run.state is not None
    assert save(load(run.definition, run.state, context)) == run.state


def test_the_state_holds_live_tokens_and_no_model() -> None:
    run = Run(EVERYTHING, xs=[1, 2], secret_story="once upon a time")
    assert run.state is not None
    body = zstandard.ZstdDecompressor().decompress(run.state)
    number, whole = orjson.loads(body)
    assert number == 1
    assert b"sequenceFlow" not in body
    assert body.count(b"once upon a time") == 1
    assert len(whole["c"][0][3]) == len(["es", "a", "t", "b", "w", "er1", "m", "each", "each"])
    assert definition_hash(run.state) == run.definition.hash


def test_a_state_of_another_definition_is_not_loaded() -> None:
    run = Run(diagram(user("a"), "s>a a>e"))
    other = compiled(diagram(user("a b"), "s>a a>b b>e"))
    with pytest.raises(EngineError) as caught:
        advance(other, run.state, Complete(run.task("a").id, {}), NOW, for_thread())
    assert caught.value.rule == "state_definition"


def test_an_unknown_format_is_not_loaded() -> None:
    run = Run(diagram(user("a"), "s>a a>e"))
    newer = zstandard.ZstdCompressor().compress(orjson.dumps([99, {}]))
    with pytest.raises(EngineError) as caught:
        advance(run.definition, newer, Complete("x", {}), NOW, for_thread())
    assert caught.value.rule == "state_format"


def test_a_start_is_the_first_command_and_the_only_one() -> None:
    run = Run(diagram(user("a"), "s>a a>e"))
    with pytest.raises(Conflict):
        advance(run.definition, run.state, Start(INSTANCE), NOW, for_thread())
    with pytest.raises(Conflict):
        advance(run.definition, None, Complete("x", {}), NOW, for_thread())


def test_definitions_are_compiled_once_by_content() -> None:
    clear_cache()
    model = {"p.bpmn": diagram(user("a"), "s>a a>e")}
    from tests.engine.run import CATALOG

    one = compile_definition(model, "P", CATALOG)
    assert compile_definition(dict(model), "P", CATALOG) is one
    clear_cache()
    again = compile_definition(model, "P", CATALOG)
    assert again is not one
    assert again.hash == one.hash


def test_the_elements_of_every_called_process_are_known() -> None:
    model = files(
        process(el("callActivity", "c", calledElement="Q", name="审核"), "s>c c>e"),
        process(service("w"), "s>w w>e", key="Q"),
        process(user("x"), "s>x x>e", key="UNUSED"),
    )
    definition = compiled(model)
    assert set(definition.processes) == {"P", "Q"}
    call = definition.processes["P"].elements["c"]
    assert (call.kind, call.called, call.name) == ("callActivity", "Q", "审核")
    assert definition.processes["P"].elements["s_c"].kind == "sequenceFlow"
    assert definition.operations == {"work"}


def test_a_long_chain_is_no_matter() -> None:
    names = [f"t{number}" for number in range(1500)]
    arrows = " ".join(f"{one}>{two}" for one, two in zip(["s", *names], [*names, "e"], strict=True))
    run = Run(diagram(el("task", " ".join(names)) + "", arrows))
    assert run.status == "completed"


def test_an_automatic_circle_without_end_is_stopped() -> None:
    gates = el("exclusiveGateway", "x", default="x_e") + el("task", "a")
    with pytest.raises(EngineError) as caught:
        Run(diagram(gates, "s>x x>a?true x>e a>x"))
    assert caught.value.rule == "automatic"


def test_too_many_items_are_stopped() -> None:
    with pytest.raises(EngineError) as caught:
        Run(diagram(el("userTask", "m", PARALLEL), "s>m m>e"), xs=list(range(1001)))
    assert (caught.value.rule, caught.value.element) == ("many_items", "m")


def test_a_state_that_is_too_large_is_stopped() -> None:
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=1_900_000))
    with pytest.raises(EngineError) as caught:
        Run(diagram(user("a"), "s>a a>e"), noise=noise)
    assert caught.value.rule == "state_size"


def test_the_engine_reads_no_clock_and_knows_no_database() -> None:
    banned = {"sqlalchemy", "flask", "marshmallow", "time", "random", "requests", "socket", "os", "subprocess"}
    for path in Path(workflows.engine.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [item.name for item in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & banned, path
            assert not (
                isinstance(node, ast.Attribute)
                and node.attr in ("now", "utcnow")
                and ast.unparse(node.value) == "datetime"
            )
