from __future__ import annotations

from itertools import permutations

import pytest

from tests.engine.diagrams import (
    EACH,
    ERROR,
    MESSAGE,
    ON_ERROR,
    ON_MESSAGE,
    PARALLEL,
    SEQUENTIAL,
    diagram,
    el,
    ext,
    files,
    flows,
    process,
    timer,
    user,
)
from tests.engine.run import Run
from workflows.engine.step import Complete, Deliver

SHEET = '<extensionElements><qs:assignment person="=x"/><qs:output source="points" target="sheet"/></extensionElements>'


def sheets(loop: str, extra: str = "", arrows: str = "s>m m>z z>e") -> bytes:
    return diagram(el("userTask", "m", SHEET + loop) + user("z") + extra, arrows)


def test_each_expert_has_a_task_and_the_sheets_come_in_the_order_of_the_panel() -> None:
    for order in permutations(range(3)):
        run = Run(sheets(PARALLEL), xs=["p0", "p1", "p2"])
        run.recompile = False
        tasks = {task.item_index: task for task in run.tasks.values()}
        assert [tasks[index].assignment["person"] for index in range(3)] == ["p0", "p1", "p2"]
        assert [tasks[index].item for index in range(3)] == ["p0", "p1", "p2"]
        for index in order:
            assert "z" not in run.open
            run.send(Complete(tasks[index].id, {"points": index * 10}))
        assert run.task("z").variables == {"xs": ["p0", "p1", "p2"], "sheets": [0, 10, 20]}


def test_one_after_the_other_in_order() -> None:
    run = Run(sheets(SEQUENTIAL), xs=["p0", "p1"])
    assert run.task("m").assignment == {"person": "p0"}
    run.do("m", points=1)
    assert run.task("m").assignment == {"person": "p1"}
    run.do("m", points=2)
    assert run.variables["sheets"] == [1, 2]


@pytest.mark.parametrize("loop", [PARALLEL, SEQUENTIAL])
def test_an_empty_panel_passes(loop: str) -> None:
    run = Run(sheets(loop), xs=[])
    assert run.open == ["z"]
    assert run.variables["sheets"] == []


@pytest.mark.parametrize("loop", [PARALLEL, SEQUENTIAL])
def test_a_multi_instance_begins_afresh_in_every_round_of_a_loop(loop: str) -> None:
    gates = el("exclusiveGateway", "into x")
    run = Run(sheets(loop, gates, "s>into into>m m>z z>x x>into?again x>e?not(again)"), xs=["p", "q"])
    for number in range(3):
        run.do("m", points=number).do("m", points=number)
        assert run.variables["sheets"] == [number, number]
        run.do("z", again=number < 2)
    assert run.status == "completed"


def test_enough_is_enough() -> None:
    loop = EACH.format("", "<completionCondition>nrOfCompletedInstances >= 2</completionCondition>")
    run = Run(sheets(loop), xs=["p", "q", "r"]).do("m", points=1).do("m", points=2)
    assert run.open == ["z"]
    assert run.variables["sheets"] == [1, 2]


def test_a_number_of_times() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopCardinality>n + 1</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    run = Run(diagram(user("z") + el("userTask", "m", loop), "s>m m>z z>e"), n=2)
    assert run.open == ["m", "m", "m"]
    assert run.do("m", "m", "m").open == ["z"]


def test_a_sub_process_for_each_item_keeps_its_item_to_itself() -> None:
    inner = (
        el("startEvent", "s2")
        + el("endEvent", "e2")
        + user("h", '<qs:output source="x + points" target="sheet"/>')
        + user("i")
        + flows("s2>h h>i i>e2")
    )
    run = Run(diagram(el("subProcess", "m", PARALLEL + inner) + user("z"), "s>m m>z z>e"), xs=[1, 2])
    assert [task.item for task in run.tasks.values()] == [1, 2]
    run.do("h", points=10).do("i").do("h", points=20).do("i")
    assert run.task("z").variables == {"xs": [1, 2], "sheets": [11, 22]}


def test_an_interrupting_timer_takes_all_open_items_away() -> None:
    extra = el("boundaryEvent", "b", timer("timeDuration", "PT1H"), attachedToRef="m") + user("late")
    run = Run(sheets(PARALLEL, extra, "s>m m>z z>e b>late late>e"), xs=[1, 2, 3]).do("m", points=1)
    run.fire("b")
    assert run.open == ["late"]
    assert run.do("late").status == "completed"


def test_a_reminder_on_a_panel_takes_nothing_away() -> None:
    extra = el("boundaryEvent", "b", timer("timeDuration", "PT1H"), attachedToRef="m", cancelActivity="false")
    run = Run(sheets(PARALLEL, extra + user("call"), "s>m m>z z>e b>call call>e"), xs=[1, 2])
    run.fire("b")
    assert run.open == ["call", "m", "m"]


def test_a_standard_loop_repeats_while_its_condition_holds() -> None:
    loop = "<standardLoopCharacteristics><loopCondition>again</loopCondition></standardLoopCharacteristics>"
    out = '<extensionElements><qs:output source="again" target="again"/></extensionElements>'
    run = Run(diagram(el("userTask", "m", out + loop), "s>m m>e"))
    run.do("m", again=True).do("m", again=True)
    assert run.open == ["m"]
    run.do("m", again=False)
    assert run.status == "completed"
    assert run.variables == {"again": False}


def test_a_standard_loop_ends_at_its_maximum_and_may_ask_before() -> None:
    most = '<standardLoopCharacteristics loopMaximum="2"/>'
    run = Run(diagram(el("userTask", "m", most), "s>m m>e"))
    assert run.do("m", "m").status == "completed"
    before = (
        '<standardLoopCharacteristics testBefore="true"><loopCondition>go</loopCondition></standardLoopCharacteristics>'
    )
    assert Run(diagram(el("userTask", "m", before), "s>m m>e"), go=False).status == "completed"


def test_a_message_interrupts_a_sub_process_that_runs_for_many() -> None:
    inner = el("startEvent", "s2") + el("endEvent", "e2") + user("h") + flows("s2>h h>e2")
    event = el("boundaryEvent", "b", ON_MESSAGE, attachedToRef="m")
    run = Run(
        diagram(el("subProcess", "m", PARALLEL + inner) + event + user("z"), "s>m m>e b>z z>e", MESSAGE), xs=[1, 2]
    )
    assert run.open == ["h", "h"]
    run.deliver("b")
    assert run.open == ["z"]
    assert run.do("z").status == "completed"


def test_an_error_in_one_of_many_is_caught_at_the_boundary_of_all() -> None:
    event = el("boundaryEvent", "b", ON_ERROR, attachedToRef="w")
    work = el("serviceTask", "w", ext('<qs:operation name="work"/>') + PARALLEL)
    run = Run(diagram(work + event + user("z"), "s>w w>e b>z z>e", ERROR), xs=[1, 2])
    assert len(run.jobs) == 2
    run.failed("w", "E1")
    assert not run.jobs
    assert run.open == ["z"]


def test_many_called_processes_run_at_once() -> None:
    model = files(
        process(el("callActivity", "m", PARALLEL, calledElement="Q") + user("z"), "s>m m>z z>e"),
        process(user("h", '<qs:output source="x * points" target="sheet"/>'), "s>h h>e", key="Q"),
    )
    run = Run(model, xs=[1, 2])
    run.do("h", points=10).do("h", points=10)
    assert run.task("z").variables == {"xs": [1, 2], "sheets": [10, 20]}


def test_open_items_know_how_many_are_done_and_active() -> None:
    inner = (
        el("startEvent", "s2")
        + user("h")
        + el("exclusiveGateway", "x", default="x_i")
        + user("i last")
        + flows("s2>h h>x x>last?nrOfActiveInstances~=~1 x>i")
    )
    run = Run(diagram(el("subProcess", "m", PARALLEL + inner) + user("z"), "s>m m>z z>e"), xs=[1, 2])
    run.do("h").do("i")
    assert run.open == ["h"]
    assert run.do("h").open == ["last"]
    counted = {
        key: run.task("last").variables[key] for key in ("nrOfInstances", "nrOfCompletedInstances", "loopCounter")
    }
    assert counted == {"nrOfInstances": 2, "nrOfCompletedInstances": 1, "loopCounter": 2}
    assert run.do("last").open == ["z"]
    assert run.task("z").variables == {"xs": [1, 2], "sheets": [None, None]}


def test_a_completion_condition_is_asked_in_every_round_of_a_loop() -> None:
    loop = EACH.format("", "<completionCondition>nrOfCompletedInstances = 1</completionCondition>")
    gates = el("exclusiveGateway", "into x")
    run = Run(sheets(loop, gates, "s>into into>m m>z z>x x>into?again x>e?not(again)"), xs=["p", "q"])
    for again in (True, True, False):
        run.do("m", points=1)
        assert run.open == ["z"]
        run.do("z", again=again)
    assert run.status == "completed"


def test_a_reminder_at_many_calls_comes_as_often_as_its_message() -> None:
    model = files(
        process(
            el("callActivity", "m", PARALLEL, calledElement="Q")
            + el("boundaryEvent", "b", ON_MESSAGE, attachedToRef="m", cancelActivity="false")
            + user("call z"),
            "s>m m>z z>e b>call call>e",
        ),
        process(user("h"), "s>h h>e", key="Q"),
        top=MESSAGE,
    )
    run = Run(model, xs=[1, 2])
    run.deliver("b")
    run.deliver("b")
    assert run.open == ["call", "call", "h", "h"]
    run.do("h", "h", "call", "call")
    assert not run.subscriptions
    assert run.do("z").status == "completed"


@pytest.mark.parametrize("loop", [PARALLEL, SEQUENTIAL])
def test_a_receive_task_waits_for_the_message_of_each_item(loop: str) -> None:
    key = ext('<qs:correlation key="=x"/>')
    task = el("receiveTask", "m", key + loop, messageRef="msg")
    run = Run(diagram(task + user("z"), "s>m m>z z>e", MESSAGE), xs=["p", "q"])
    for expected in (["p", "q"], ["q"]):
        waiting = sorted(row.correlation or "" for row in run.subscriptions.values())
        assert waiting == (expected if loop == PARALLEL else expected[:1])
        found = next(row for row in run.subscriptions.values() if row.correlation == expected[0])
        run.send(Deliver(found.id, {"sheet": expected[0] * 2}))
    assert run.open == ["z"]
    assert run.variables["sheets"] == ["pp", "qq"]


def test_a_receive_task_in_a_standard_loop_waits_again() -> None:
    loop = "<standardLoopCharacteristics><loopCondition>more</loopCondition></standardLoopCharacteristics>"
    run = Run(diagram(el("receiveTask", "m", loop, messageRef="msg"), "s>m m>e", MESSAGE))
    run.deliver("m", more=True)
    run.deliver("m", more=False)
    assert run.status == "completed"
