from __future__ import annotations

import pytest

from tests.engine.diagrams import (
    ERROR,
    ESCALATION,
    MESSAGE,
    ON_ERROR,
    ON_ESCALATION,
    ON_MESSAGE,
    ON_SIGNAL,
    SIGNAL,
    diagram,
    el,
    files,
    flows,
    process,
    service,
    timer,
    user,
)
from tests.engine.run import Run
from workflows.engine.step import Change, Fire, JobDone, Signal
from workflows.errors import EngineError

LANES = (
    '<laneSet id="ls"><lane id="l1" name="专家"><extensionElements><qs:assignment role="expert"/></extensionElements>'
    "<flowNodeRef>h</flowNodeRef></lane></laneSet>"
)


def inner(body: str, arrows: str, start: str = "", **start_attributes: str) -> str:
    return el("startEvent", "s2", start, **start_attributes) + el("endEvent", "e2") + body + flows(arrows)


AUDIT = files(
    process(
        user("score", '<qs:output source="score" target="score"/>')
        + el("callActivity", "audit", calledElement="AUDIT")
        + el("exclusiveGateway", "into x"),
        "s>into into>audit audit>score score>x x>into?score&lt;70 x>e?score>=70".replace("&lt;", "<"),
    ),
    process(LANES + user("prepare") + el("userTask", "h"), "s>prepare prepare>h h>e", key="AUDIT"),
)


def test_an_evaluation_below_70_goes_back_to_the_called_audit_as_often_as_needed() -> None:
    run = Run(AUDIT)
    for visit in range(1, 4):
        assert run.task("prepare").calls == ("audit",)
        assert run.task("prepare").process == "AUDIT"
        assert run.task("prepare").visit == visit
        run.do("prepare")
        assert run.task("h").role == "expert"
        run.do("h")
        run.do("score", score=69.99 if visit < 3 else 70)
    assert run.status == "completed"
    assert run.variables["score"] == 70


def test_two_hundred_rounds_leave_the_state_as_small_as_two() -> None:
    run = Run(AUDIT)
    run.recompile = False
    sizes = []
    for _ in range(200):
        run.do("prepare", "h").do("score", score=1)
        assert run.state is not None
        sizes.append(len(run.state))
    assert sizes[-1] <= sizes[1] + 40
    run.do("prepare", "h").do("score", score=99)
    assert run.status == "completed"


def test_what_a_called_process_writes_comes_out_and_its_tasks_see_what_the_caller_knows() -> None:
    out = '<qs:output source="x + 1" target="y"/>'
    model = files(
        process(el("callActivity", "c", calledElement="Q") + user("z"), "s>c c>z z>e"),
        process(el("callActivity", "d", calledElement="R"), "s>d d>e", key="Q"),
        process(user("h", out), "s>h h>e", key="R"),
    )
    run = Run(model, x=1)
    assert run.task("h").calls == ("c", "d")
    run.do("h")
    assert run.task("z").variables == {"x": 1, "y": 2}


def test_a_binding_maps_what_goes_in_and_comes_out() -> None:
    binding = (
        '<extensionElements><qs:binding><qs:in name="kind" value="=x + 1"/><qs:out name="got" value="=y * 2"/>'
        "</qs:binding></extensionElements>"
    )
    model = files(
        process(el("callActivity", "c", binding, calledElement="Q"), "s>c c>e"),
        process(user("h", '<qs:output source="kind + 1" target="y"/>'), "s>h h>e", key="Q"),
    )
    run = Run(model, x=1).do("h")
    assert run.variables["got"] == 6
    assert "kind" not in run.variables


def test_an_interrupting_timer_on_a_sub_process_cancels_all_within_it() -> None:
    model = diagram(
        el("subProcess", "sp", inner(user("h i") + el("parallelGateway", "g"), "s2>g g>h g>i h>e2 i>e2"))
        + el("boundaryEvent", "b", timer("timeDuration", "P15D"), attachedToRef="sp")
        + user("late z"),
        "s>sp sp>z b>late late>e z>e",
    )
    run = Run(model)
    run.do("h")
    run.fire("b")
    assert run.open == ["late"]
    assert run.trail("element.cancelled") == ["i", "sp"]
    assert not run.timers
    assert run.do("late").status == "completed"


def test_a_non_interrupting_timer_on_a_call_activity_runs_beside_it_once() -> None:
    model = files(
        process(
            el("callActivity", "c", calledElement="Q")
            + el("boundaryEvent", "b", timer("timeDate", "=due"), attachedToRef="c", cancelActivity="false")
            + service("remind")
            + user("z"),
            "s>c c>z z>e b>remind remind>e",
        ),
        process(user("h"), "s>h h>e", key="Q"),
    )
    run = Run(model, due="2026-02-10T09:00:00+08:00")
    run.fire("b")
    assert run.open == ["h"]
    assert not run.timers
    run.do("h").do("z")
    assert run.status == "running"
    run.done("remind")
    assert run.status == "completed"


def test_a_host_that_is_done_disarms_its_timers() -> None:
    model = diagram(
        user("a z") + el("boundaryEvent", "b", timer("timeDuration", "PT1H"), attachedToRef="a") + user("late"),
        "s>a a>z z>e b>late late>e",
    )
    run = Run(model)
    armed = run.timer("b")
    run.do("a")
    assert not run.timers
    run.send(Fire(armed.id))
    assert run.open == ["z"]
    assert run.step.events == ()


def test_a_message_interrupts_the_root_process_wherever_it_is() -> None:
    removal = el(
        "subProcess",
        "es",
        inner(user("h"), "s2>h h>e2", ON_MESSAGE, isInterrupting="true"),
        triggeredByEvent="true",
    )
    model = files(
        process(el("callActivity", "c", calledElement="Q") + user("z") + removal, "s>c c>z z>e"),
        process(user("a b") + el("parallelGateway", "g"), "s>g g>a g>b a>e b>e", key="Q"),
        top=MESSAGE,
    )
    run = Run(model)
    run.do("a")
    assert [row.name for row in run.subscriptions.values()] == ["M"]
    run.deliver("es", decision="removed")
    assert run.open == ["h"]
    assert not run.subscriptions
    assert run.do("h").status == "completed"
    assert run.variables["decision"] == "removed"


def test_a_listening_event_sub_process_does_not_keep_its_scope_open() -> None:
    removal = el("subProcess", "es", inner(user("h"), "s2>h h>e2", ON_MESSAGE), triggeredByEvent="true")
    run = Run(diagram(user("a") + removal, "s>a a>e", top=MESSAGE)).do("a")
    assert run.status == "completed"
    assert not run.subscriptions


def test_a_non_interrupting_event_sub_process_runs_for_every_message() -> None:
    listening = el(
        "subProcess", "es", inner(user("h"), "s2>h h>e2", ON_MESSAGE, isInterrupting="false"), triggeredByEvent="true"
    )
    run = Run(diagram(user("a") + listening, "s>a a>e", top=MESSAGE))
    run.deliver("es")
    run.deliver("es")
    assert run.open == ["a", "h", "h"]
    run.do("a")
    assert run.status == "running"
    run.do("h", "h")
    assert run.status == "completed"


def test_an_event_sub_process_starts_at_a_timer() -> None:
    late = el(
        "subProcess",
        "es",
        inner(user("h"), "s2>h h>e2", timer("timeDuration", "P1D"), isInterrupting="false"),
        triggeredByEvent="true",
    )
    run = Run(diagram(user("a") + late, "s>a a>e"))
    run.fire("es")
    assert run.open == ["a", "h"]
    assert not run.timers
    run.do("a", "h")
    assert run.status == "completed"


def test_a_failed_job_goes_to_the_error_boundary_of_its_task() -> None:
    model = diagram(
        service("w") + el("boundaryEvent", "b", ON_ERROR, attachedToRef="w") + user("h"), "s>w w>e b>h h>e", top=ERROR
    )
    run = Run(model)
    run.failed("w", "E1")
    assert run.open == ["h"]
    assert run.do("h").status == "completed"


def test_an_error_deep_in_called_processes_is_caught_at_the_call_and_the_exact_code_wins() -> None:
    model = files(
        process(
            el("callActivity", "c", calledElement="Q")
            + el("boundaryEvent", "any", "<errorEventDefinition/>", attachedToRef="c")
            + el("boundaryEvent", "b", ON_ERROR, attachedToRef="c")
            + user("y z"),
            "s>c c>e any>y y>e b>z z>e",
        ),
        process(el("callActivity", "d", calledElement="R"), "s>d d>e", key="Q"),
        process(service("w") + user("k") + el("parallelGateway", "g"), "s>g g>w g>k w>e k>e", key="R"),
        top=ERROR,
    )
    run = Run(model)
    run.failed("w", "E1")
    assert run.open == ["z"]
    assert run.trail("element.cancelled") == ["k", "w", "d", "c"]
    other = Run(model)
    other.failed("w", "E2")
    assert other.open == ["y"]


def test_an_error_that_nobody_catches_is_for_the_operator_and_keeps_the_state() -> None:
    run = Run(diagram(service("w"), "s>w w>e"))
    before = run.state
    job = next(iter(run.jobs.values()))
    with pytest.raises(EngineError) as caught:
        run.failed("w", "E1")
    assert (caught.value.rule, caught.value.element, caught.value.values["error_code"]) == ("error_uncaught", "w", "E1")
    assert run.state == before
    run.send(JobDone(job.id))
    assert run.status == "completed"


def test_an_error_end_leaves_the_sub_process_through_its_error_boundary() -> None:
    model = diagram(
        el(
            "subProcess",
            "sp",
            el("startEvent", "s2") + el("endEvent", "bad", ON_ERROR) + user("h") + flows("s2>h h>bad"),
        )
        + el("boundaryEvent", "b", ON_ERROR, attachedToRef="sp")
        + user("z"),
        "s>sp sp>e b>z z>e",
        top=ERROR,
    )
    run = Run(model).do("h")
    assert run.open == ["z"]
    assert run.do("z").status == "completed"


def test_an_error_is_caught_by_the_event_sub_process_of_the_scope() -> None:
    handler = el("subProcess", "es", inner(user("h"), "s2>h h>e2", ON_ERROR), triggeredByEvent="true")
    run = Run(
        diagram(service("w") + user("b") + el("parallelGateway", "g") + handler, "s>g g>w g>b w>e b>e", top=ERROR)
    )
    run.failed("w", "E1")
    assert run.open == ["h"]
    assert run.do("h").status == "completed"


def test_an_escalation_is_caught_beside_the_sub_process_that_goes_on() -> None:
    model = diagram(
        el(
            "subProcess",
            "sp",
            inner(el("intermediateThrowEvent", "up", ON_ESCALATION) + user("h"), "s2>up up>h h>e2"),
        )
        + el("boundaryEvent", "b", ON_ESCALATION, attachedToRef="sp", cancelActivity="false")
        + user("z"),
        "s>sp sp>e b>z z>e",
        top=ESCALATION,
    )
    run = Run(model)
    assert run.open == ["h", "z"]
    assert run.do("h", "z").status == "completed"


def test_a_terminate_end_ends_only_its_own_scope() -> None:
    model = diagram(
        el(
            "subProcess",
            "sp",
            el("startEvent", "s2")
            + el("endEvent", "stop", "<terminateEventDefinition/>")
            + user("h i")
            + el("parallelGateway", "g")
            + flows("s2>g g>h g>i h>stop i>stop"),
        )
        + user("z"),
        "s>sp sp>z z>e",
    )
    run = Run(model).do("h")
    assert run.open == ["z"]
    assert run.trail("element.cancelled") == ["i"]
    assert run.do("z").status == "completed"


ON_CONDITION = "<conditionalEventDefinition><condition>level > 3</condition></conditionalEventDefinition>"
TRIGGERS = {
    "message": ON_MESSAGE,
    "signal": ON_SIGNAL,
    "timer": timer("timeDuration", "P1D"),
    "conditional": ON_CONDITION,
    "escalation": ON_ESCALATION,
}


def happen(run: Run, kind: str) -> None:
    """Let what an event sub-process waits for come."""
    match kind:
        case "message":
            run.deliver("ev")
        case "signal":
            run.send(Signal("S"))
        case "timer":
            run.fire("ev")
        case "conditional":
            run.send(Change({"level": 4}))
        case "escalation":
            run.do("up")


@pytest.mark.parametrize("interrupting", ["true", "false"])
@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_event_sub_process_starts_at_every_trigger_and_interrupts_or_not(kind: str, interrupting: str) -> None:
    started = inner(user("h"), "s2>h h>e2", TRIGGERS[kind], isInterrupting=interrupting)
    body = (
        el("subProcess", "ev", started, triggeredByEvent="true")
        + user("up a")
        + el("parallelGateway", "g")
        + el("endEvent", "thrown", ON_ESCALATION)
    )
    run = Run(
        diagram(
            el("subProcess", "sp", el("startEvent", "s9") + body + flows("s9>g g>up g>a up>thrown")) + user("z"),
            "s>sp sp>z z>e",
            MESSAGE + SIGNAL + ESCALATION,
        ),
        level=1,
    )
    happen(run, kind)
    beside = [] if interrupting == "true" else ["a"] if kind == "escalation" else ["a", "up"]
    assert run.open == sorted(["h", *beside])
    run.do("h")
    for element in list(run.open):
        if element != "z":
            run.do(element)
    while "h" in run.open:
        run.do("h")
    assert run.open == ["z"]
    assert not run.subscriptions
    assert not run.timers
    assert run.do("z").status == "completed"


def test_an_escalation_goes_up_through_sub_processes_and_calls_to_the_nearest_who_catches_it() -> None:
    up = el("startEvent", "s2") + el("endEvent", "up", ON_ESCALATION) + user("h") + flows("s2>h h>up")
    model = files(
        process(
            el("callActivity", "c", calledElement="Q")
            + el("boundaryEvent", "b", ON_ESCALATION, attachedToRef="c")
            + user("y z"),
            "s>c c>y y>e b>z z>e",
        ),
        process(el("subProcess", "sp", up) + user("k") + el("parallelGateway", "g"), "s>g g>sp g>k sp>e k>e", key="Q"),
        top=ESCALATION,
    )
    run = Run(model).do("h")
    assert run.open == ["z"]
    assert run.do("z").status == "completed"


def test_an_escalation_that_nobody_catches_is_written_down_and_goes_on() -> None:
    run = Run(diagram(el("intermediateThrowEvent", "up", ON_ESCALATION) + user("z"), "s>up up>z z>e", ESCALATION))
    assert run.open == ["z"]
    assert [event.data["caught"] for event in run.events if event.kind == "escalation.thrown"] == [False]


def test_a_signal_end_is_heard_by_who_waits_and_leaves_the_instance() -> None:
    body = (
        el("parallelGateway", "g")
        + el("endEvent", "shout", ON_SIGNAL)
        + user("w")
        + el("intermediateCatchEvent", "c", ON_SIGNAL)
        + el("endEvent", "told", ON_MESSAGE)
    )
    run = Run(diagram(body, "s>g g>w g>c w>shout c>told", SIGNAL + MESSAGE)).do("w")
    assert run.status == "completed"
    assert [(one.kind, one.name) for one in run.step.thrown] == [("signal", "S"), ("message", "M")]


def test_an_empty_sub_process_passes() -> None:
    run = Run(diagram(el("subProcess", "sp") + user("z"), "s>sp sp>z z>e"))
    assert run.open == ["z"]
    assert [one.rule for one in run.definition.warnings] == ["scope_empty"]
