from __future__ import annotations

from typing import Any

import pytest

from feel import for_thread
from tests.engine.diagrams import (
    MESSAGE,
    ON_MESSAGE,
    PARALLEL,
    SEQUENTIAL,
    diagram,
    el,
    files,
    flows,
    process,
    service,
    timer,
    user,
)
from tests.engine.run import NOW, Run, compiled
from workflows.engine import Plan, advance, plan
from workflows.engine.expressions import Context
from workflows.engine.saved import load, save
from workflows.engine.step import Complete, Migrate, Return
from workflows.errors import Conflict, EngineError


def outlook(run: Run, model: Any, **options: Any) -> Plan:
    assert run.state is not None
    return plan(run.definition, compiled(model), run.state, **options)


def migrated(run: Run, model: Any, **options: Any) -> Run:
    """Migrate, and from then on run on the new model."""
    command = Migrate(run.definition, **options)
    run.files = model
    run.send(command)
    assert run.state is not None
    context = Context(for_thread(), NOW, "Asia/Shanghai")
    assert save(load(run.definition, run.state, context)) == run.state
    return run


def refused(run: Run, model: Any, **options: Any) -> set[tuple[str, str]]:
    found = {(item.element, item.reason) for item in outlook(run, model, **options).refusals}
    before = run.state
    with pytest.raises(Conflict) as caught:
        advance(compiled(model), run.state, Migrate(run.definition, **options), NOW, for_thread())
    assert set(caught.value.values["refused"]) == found
    assert run.state == before
    return found


ROW = diagram(user("a b c"), "s>a a>b b>c c>e")


def test_what_waits_stays_and_goes_on_the_new_way() -> None:
    run = Run(ROW).do("a")
    task = run.task("b").id
    new = diagram(user("a b x c"), "s>a a>b b>x x>c c>e")
    found = outlook(run, new)
    assert [(item.id, item.kind, item.element, item.outcome) for item in found.items] == [(task, "task", "b", "kept")]
    migrated(run, new)
    assert run.task("b").id == task
    assert run.trail("instance.migrated") == ["P"]
    assert run.do("b").open == ["x"]
    assert run.do("x", "c").status == "completed"


def test_a_renamed_element_is_named_by_the_operator() -> None:
    run = Run(ROW).do("a")
    new = diagram(user("a b1 c"), "s>a a>b1 b1>c c>e")
    assert refused(run, new) == {("b", "removed")}
    item = outlook(run, new, mapping={"b": "b1"}).items[0]
    assert (item.outcome, item.to) == ("moved", "b1")
    key = run.task("b").id
    migrated(run, new, mapping={"b": "b1"})
    assert run.trail("element.migrated") == ["b1"]
    run.send(Return(key, "a"))
    assert run.open == ["a"]
    assert run.do("a", "b1", "c").status == "completed"


def test_back_is_a_plan_from_new_to_old() -> None:
    run = Run(ROW).do("a")
    first = run.state
    new = diagram(user("a b1 c"), "s>a a>b1 b1>c c>e")
    migrated(run, new, mapping={"b": "b1"})
    migrated(run, ROW, mapping={"b1": "b"})
    step = advance(run.definition, first, Complete(run.task("b").id), NOW, for_thread())
    assert [task.element for task in step.opened] == run.do("b").open


def test_another_kind_is_refused() -> None:
    run = Run(ROW)
    new = diagram(service("a") + user("b c"), "s>a a>b b>c c>e")
    assert refused(run, new) == {("a", "kind")}


@pytest.mark.parametrize(("old", "new"), [(PARALLEL, SEQUENTIAL), (PARALLEL, PARALLEL.replace(">xs<", ">ys<"))])
def test_a_running_multi_instance_keeps_its_mode_and_collection(old: str, new: str) -> None:
    def model(loop: str) -> bytes:
        return diagram(el("userTask", "m", loop) + user("z"), "s>m m>z z>e")

    run = Run(model(old), xs=[1, 2]).do("m")
    assert ("m", "repetition") in refused(run, model(new))
    later = diagram(el("userTask", "m", old) + user("y"), "s>m m>y y>e")
    assert migrated(run, later).do("m").open == ["y"]


def test_timers_keep_their_due_and_new_boundaries_are_armed() -> None:
    def model(*events: tuple[str, str]) -> bytes:
        body = "".join(el("boundaryEvent", key, timer("timeDuration", span), attachedToRef="a") for key, span in events)
        arrows = " ".join(f"{key}>late" for key, _ in events)
        return diagram(user("a late") + body, f"s>a a>e {arrows} late>e")

    run = Run(model(("t", "P10D"), ("u", "P3D")))
    due = run.timer("t")
    new = model(("t", "P20D"), ("w", "P1D"))
    assert {(item.element, item.outcome) for item in outlook(run, new).items} == {
        ("a", "kept"),
        ("t", "kept"),
        ("u", "disarmed"),
    }
    run.wait(days=2)
    migrated(run, new)
    assert {row.element for row in run.timers.values()} == {"t", "w"}
    assert run.timer("t") == due
    assert (run.timer("w").due - run.now).days == 1
    run.wait(days=1)
    migrated(run, model(("t", "P30D")), timers="afresh")
    assert [row.element for row in run.timers.values()] == ["t"]
    assert (run.timer("t").due - NOW).days == 30
    run.fire("t")
    assert run.open == ["late"]


def test_event_sub_processes_come_and_go() -> None:
    inner = el("startEvent", "s2", ON_MESSAGE) + el("endEvent", "e2") + user("n") + flows("s2>n n>e2")
    with_one = diagram(user("a") + el("subProcess", "es", inner, triggeredByEvent="true"), "s>a a>e", MESSAGE)
    without = diagram(user("a"), "s>a a>e", MESSAGE)
    run = migrated(Run(without), with_one)
    assert len(run.subscriptions) == 1
    migrated(run, without)
    assert not run.subscriptions
    migrated(run, with_one)
    run.deliver("es")
    assert run.open == ["n"]
    assert refused(run, without) == {("es", "removed"), ("n", "scope")}


def block(*branches: str) -> bytes:
    arrows = " ".join(f"g>{key} {key}>j" for key in branches)
    return diagram(user(" ".join((*branches, "z"))) + el("parallelGateway", "g j"), f"s>g {arrows} j>z z>e")


def test_a_running_block_gets_no_branch_without_a_word() -> None:
    run = Run(block("a", "b")).do("a")
    assert refused(run, block("a", "b", "c")) == {("j", "join_new_flow")}
    assert refused(run, block("a", "b", "c"), branches={"c_j": "perhaps"}) == {("j", "branch")}
    assert refused(run, block("b")) == {("j", "flow"), ("j", "join_lost_flow")}
    started = migrated(Run(block("a", "b")).do("a"), block("a", "b", "c"), branches={"c_j": "start"})
    assert started.open == ["b", "c"]
    assert started.do("b", "c").open == ["z"]
    done = migrated(Run(block("a", "b")).do("a"), block("a", "b", "c"), branches={"c_j": "done"})
    assert done.open == ["b"]
    assert done.do("b", "z").status == "completed"


def test_a_block_that_lies_ahead_is_free_to_change() -> None:
    def model(*branches: str) -> bytes:
        arrows = " ".join(f"g>{key} {key}>j" for key in branches)
        return diagram(user(" ".join(("o", *branches))) + el("parallelGateway", "g j"), f"s>o o>g {arrows} j>e")

    run = migrated(Run(model("a", "b")), model("a", "b", "c")).do("o")
    assert run.open == ["a", "b", "c"]


def test_nested_scopes_and_calls_go_along() -> None:
    def model(name: str, call: str = "Q") -> dict[str, bytes]:
        sub = el("startEvent", "s4") + user(name) + el("endEvent", "e4") + flows(f"s4>{name} {name}>e4")
        return files(
            process(
                el("parallelGateway", "g") + el("callActivity", "c", calledElement=call) + el("subProcess", "sp", sub),
                "s>g g>c g>sp c>e sp>e",
            ),
            process(user("k l" if name == "i" else "k m"), "s>k k>l l>e" if name == "i" else "s>k k>m m>e", key=call),
        )

    run = Run(model("i"))
    assert refused(run, model("i2")) == {("i", "removed")}
    assert refused(run, model("i2", "R"), mapping={"i": "i2"}) == {("c", "called"), ("k", "scope")}
    migrated(run, model("i2"), mapping={"i": "i2"})
    assert run.do("k").open == ["i", "m"]  # the row keeps the name it was opened by
    assert run.do("m").status == "running"


def test_jobs_stay_with_their_operation() -> None:
    run = Run(diagram(service("w"), "s>w w>e"))
    migrated(run, diagram(service("w") + user("z"), "s>w w>z z>e"))
    run.done("w")
    assert run.open == ["z"]


def test_only_the_states_own_definition_is_left() -> None:
    run = Run(ROW)
    with pytest.raises(EngineError):
        advance(run.definition, run.state, Migrate(None), NOW, for_thread())
    other = compiled(diagram(user("x"), "s>x x>e"))
    with pytest.raises(EngineError):
        advance(run.definition, run.state, Migrate(other), NOW, for_thread())
    run.do("a", "b", "c")
    with pytest.raises(Conflict):
        migrated(run, diagram(user("x"), "s>x x>e"))
