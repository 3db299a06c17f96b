from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.engine.diagrams import (
    MESSAGE,
    ON_MESSAGE,
    ON_SIGNAL,
    SIGNAL,
    diagram,
    el,
    ext,
    flows,
    service,
    timer,
    user,
)
from tests.engine.run import CATALOG, INSTANCE, NOW, Run, compiled
from workflows.engine.step import (
    Cancel,
    Change,
    Complete,
    Deliver,
    Fire,
    JobDone,
    Resume,
    Return,
    Signal,
    Skip,
    Start,
    Suspend,
)
from workflows.errors import Conflict, EngineError, Invalid


def test_a_message_is_received_once_with_its_payload_and_its_key() -> None:
    key = ext('<qs:correlation key="=case.no"/>')
    model = diagram(el("intermediateCatchEvent", "c", key + ON_MESSAGE) + user("z"), "s>c c>z z>e", top=MESSAGE)
    run = Run(model, case={"no": "A1"})
    found = next(iter(run.subscriptions.values()))
    assert (found.kind, found.name, found.correlation) == ("message", "M", "A1")
    run.deliver("c", result="ok")
    assert run.variables["result"] == "ok"
    with pytest.raises(Conflict):
        run.send(Deliver(found.id))


def test_a_receive_task_waits_for_its_message() -> None:
    run = Run(diagram(el("receiveTask", "r", messageRef="msg"), "s>r r>e", top=MESSAGE))
    run.deliver("r")
    assert run.status == "completed"


def test_a_repeated_message_starts_the_branch_of_a_boundary_event_each_time() -> None:
    model = diagram(
        user("a r") + el("boundaryEvent", "b", ON_MESSAGE, attachedToRef="a", cancelActivity="false"),
        "s>a a>e b>r r>e",
        top=MESSAGE,
    )
    run = Run(model)
    run.deliver("b")
    run.deliver("b")
    assert run.open == ["a", "r", "r"]
    assert run.do("a", "r", "r").status == "completed"


def test_a_signal_reaches_everyone_who_listens_and_leaves_the_instance() -> None:
    model = diagram(
        el("parallelGateway", "g")
        + el("intermediateCatchEvent", "c d", ON_SIGNAL)
        + user("w")
        + el("intermediateThrowEvent", "t", ON_SIGNAL),
        "s>g g>c g>d g>w c>e d>e w>t t>e",
        top=SIGNAL,
    )
    run = Run(model).do("w")
    assert run.status == "completed"
    assert [thrown.name for thrown in run.step.thrown] == ["S"]
    other = Run(model)
    other.send(Signal("S"))
    assert not other.subscriptions
    assert other.open == ["w"]


def test_a_thrown_message_carries_its_payload() -> None:
    part = ext('<qs:correlation key="=no"><qs:in name="kind" value="=k"/></qs:correlation>')
    model = diagram(
        el("intermediateThrowEvent", "t", part + ON_MESSAGE) + el("sendTask", "u", messageRef="msg"),
        "s>t t>u u>e",
        top=MESSAGE,
    )
    thrown = Run(model, no="A1", k=7).step.thrown
    assert (thrown[0].name, thrown[0].payload, thrown[0].correlation) == ("M", {"kind": 7}, "A1")
    assert (thrown[1].name, thrown[1].element) == ("M", "u")


def test_the_first_event_behind_an_event_gateway_withdraws_the_others() -> None:
    model = diagram(
        el("eventBasedGateway", "g")
        + el("intermediateCatchEvent", "t", timer("timeDuration", "P2D"))
        + el("intermediateCatchEvent", "u", timer("timeDuration", "PT1H"))
        + el("intermediateCatchEvent", "m1", ON_MESSAGE)
        + user("a b c"),
        "s>g g>t g>u g>m1 t>a u>b m1>c a>e b>e c>e",
        top=MESSAGE,
    )
    run = Run(model)
    assert run.timer("t").due == datetime(2026, 2, 2, 1, tzinfo=UTC)
    assert run.timer("u").due == datetime(2026, 1, 31, 2, tzinfo=UTC)
    run.fire("u")
    assert run.open == ["b"]
    assert not run.timers
    assert not run.subscriptions
    assert "g_u" in run.trail("flow.taken")
    assert "g_t" not in run.trail("flow.taken")
    assert run.do("b").status == "completed"


def test_a_receive_task_behind_an_event_gateway_is_withdrawn_like_any_event() -> None:
    model = diagram(
        el("eventBasedGateway", "g")
        + el("receiveTask", "r", messageRef="msg")
        + el("intermediateCatchEvent", "t", timer("timeDuration", "PT1H")),
        "s>g g>r g>t r>e t>e",
        top=MESSAGE,
    )
    run = Run(model)
    run.fire("t")
    assert run.status == "completed"
    assert not run.subscriptions
    assert run.trail("element.entered") == ["s", "g", "t", "e"]
    assert run.trail("element.cancelled") == []
    other = Run(model)
    other.deliver("r")
    assert other.status == "completed"
    assert not other.timers
    assert other.trail("element.entered") == ["s", "g", "r", "e"]


def test_a_signal_interrupts_at_a_boundary() -> None:
    model = diagram(user("a z") + el("boundaryEvent", "b", ON_SIGNAL, attachedToRef="a"), "s>a a>e b>z z>e", top=SIGNAL)
    run = Run(model)
    run.send(Signal("other"))
    assert run.open == ["a"]
    run.send(Signal("S", {"why": 1}))
    assert run.open == ["z"]
    assert run.variables == {"why": 1}


def test_a_condition_fires_when_it_changes_to_true() -> None:
    condition = "<conditionalEventDefinition><condition>=level > 3</condition></conditionalEventDefinition>"
    model = diagram(
        user("a r") + el("boundaryEvent", "b", condition, attachedToRef="a", cancelActivity="false"), "s>a a>e b>r r>e"
    )
    run = Run(model, level=1)
    assert run.open == ["a"]
    run.send(Change({"level": 4}))
    assert run.open == ["a", "r"]
    run.send(Change({"level": 5}))
    assert run.open == ["a", "r"]
    run.send(Change({"level": 0}))
    run.send(Change({"level": 9}))
    assert run.open == ["a", "r", "r"]


def test_a_link_goes_on_at_its_other_end() -> None:
    link = '<linkEventDefinition name="L"/>'
    model = diagram(
        el("intermediateThrowEvent", "l", link) + el("intermediateCatchEvent", "k", link) + user("a"), "s>l k>a a>e"
    )
    run = Run(model)
    assert run.open == ["a"]
    assert all(not flow.startswith(" ") for flow in run.trail("flow.taken"))


def test_a_change_moves_the_timers_that_read_it() -> None:
    model = diagram(
        user("a") + el("boundaryEvent", "b", timer("timeDate", "=due"), attachedToRef="a") + user("late"),
        "s>a a>e b>late late>e",
    )
    run = Run(model, due="2026-03-01T09:00:00+08:00")
    first = run.timer("b")
    run.send(Change({"due": "2026-04-01"}))
    assert run.timer("b").due == datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert run.timer("b").id != first.id
    run.send(Fire(first.id))
    assert run.open == ["a"]
    run.send(Change({"due": "2026-04-01"}))
    assert run.step.timers.added == ()
    run.fire("b")
    assert run.open == ["late"]


def test_a_change_moves_the_due_time_of_an_open_task_that_reads_it() -> None:
    run = Run(diagram(user("a", '<qs:deadline due="=due"/>') + user("b"), "s>a a>b b>e"), due="2026-03-01")
    task = run.task("a")
    assert task.due == datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)
    run.send(Change({"other": 1}))
    assert run.step.moved == ()
    run.send(Change({"due": "2026-03-02"}))
    assert [(moved.id, moved.due) for moved in run.step.moved] == [
        (task.id, datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC))
    ]


def test_a_cycle_fires_again_and_a_missed_one_only_once() -> None:
    model = diagram(
        user("a")
        + service("r")
        + el("boundaryEvent", "b", timer("timeCycle", "R3/P1D"), attachedToRef="a", cancelActivity="false"),
        "s>a a>e b>r r>e",
    )
    run = Run(model)
    run.fire("b")
    assert run.timer("b").due == datetime(2026, 2, 2, 1, tzinfo=UTC)
    run.fire("b")
    run.fire("b")
    assert not run.timers
    assert len(run.jobs) == 3
    late = Run(model)
    late.wait(days=2.5)
    late.fire("b")
    assert late.timer("b").due == datetime(2026, 2, 3, 1, tzinfo=UTC)
    assert len(late.jobs) == 1


def test_a_timer_that_is_null_is_for_the_operator() -> None:
    model = diagram(user("a") + el("boundaryEvent", "b", timer("timeDate", "=due"), attachedToRef="a"), "s>a a>e b>e")
    with pytest.raises(EngineError) as caught:
        Run(model)
    assert (caught.value.rule, caught.value.element) == ("timer", "b")


def test_a_suspended_instance_keeps_what_comes_and_does_it_when_it_goes_on() -> None:
    model = diagram(
        user("a")
        + el("boundaryEvent", "b", timer("timeDuration", "PT1H"), attachedToRef="a", cancelActivity="false")
        + service("w")
        + user("r"),
        "s>w w>a a>e b>r r>e",
    )
    run = Run(model)
    job = next(iter(run.jobs.values()))
    run.send(Suspend())
    run.jobs.clear()
    run.send(JobDone(job.id))
    assert (run.status, run.open) == ("suspended", [])
    run.send(Resume())
    assert run.open == ["a"]
    run.send(Suspend())
    with pytest.raises(Conflict):
        run.do("a")
    run.wait(hours=2)
    run.send(Fire(run.timer("b").id))
    assert run.open == ["a"]
    run.send(Resume())
    assert run.open == ["a", "r"]


def test_a_cancelled_instance_has_nothing_open() -> None:
    model = diagram(
        user("a b") + el("parallelGateway", "g") + service("w") + el("intermediateCatchEvent", "c", ON_MESSAGE),
        "s>g g>a g>b g>w g>c a>e b>e w>e c>e",
        top=MESSAGE,
    )
    run = Run(model, x=1)
    task = run.task("a")
    run.send(Cancel("removed from the list"))
    assert (run.status, run.open, run.jobs, run.subscriptions) == ("cancelled", [], {}, {})
    assert run.variables == {"x": 1}
    assert run.step.events[-1].data == {"reason": "removed from the list"}
    with pytest.raises(Conflict):
        run.send(Complete(task.id))
    run.send(Fire("stale"))
    assert run.status == "cancelled"


def test_a_task_is_completed_once() -> None:
    run = Run(diagram(user("a b"), "s>a a>b b>e"))
    task = run.task("a")
    run.do("a")
    with pytest.raises(Conflict):
        run.send(Complete(task.id))


def test_a_result_for_a_job_that_is_no_longer_awaited_is_written_down_and_dropped() -> None:
    run = Run(diagram(user("a"), "s>a a>e"))
    run.send(JobDone("gone", {"x": 1}))
    assert [event.kind for event in run.step.events] == ["job.dropped"]
    assert run.open == ["a"]


@pytest.mark.parametrize("bad", [float("nan"), 2**63, {1: 2}, object(), {"a": {2: 1}}])
def test_what_is_not_json_does_not_enter(bad: object) -> None:
    run = Run(diagram(user("a", '<qs:output source="x" target="y"/>'), "s>a a>e"))
    with pytest.raises(Invalid):
        run.do("a", x=bad)


def test_what_is_too_deep_does_not_enter() -> None:
    deep: object = 1
    for _ in range(70):
        deep = [deep]
    with pytest.raises(Invalid):
        Run(diagram(user("a"), "s>a a>e"), x=deep)


def test_only_answers_that_something_reads_become_variables() -> None:
    run = Run(diagram(user("a") + el("exclusiveGateway", "x") + user("b"), "s>a a>x x>b?n~>~1 x>e?n~<=~1 b>e"))
    run.do("a", n=2, typename="x", story="long")
    assert run.variables == {"n": 2}


def test_a_condition_that_is_null_is_for_the_operator_and_keeps_the_state() -> None:
    run = Run(diagram(user("a") + el("exclusiveGateway", "x"), "s>a a>x x>a?n~>~1 x>e?n~<=~1"))
    before = run.state
    with pytest.raises(EngineError) as caught:
        run.do("a")
    assert (caught.value.rule, caught.value.element) == ("condition", "x")
    assert run.state == before
    assert run.do("a", n=0).status == "completed"


def test_a_message_start_begins_at_its_element() -> None:
    model = diagram(el("startEvent", "ms", ON_MESSAGE) + user("a b"), "s>a a>e ms>b b>e", top=MESSAGE)
    assert Run(model).open == ["a"]
    assert Run(model, element="ms").open == ["b"]
    with pytest.raises(EngineError):
        Run(model, element="a")


def test_the_same_input_gives_the_same_step_to_the_byte() -> None:
    from feel import for_thread
    from workflows.engine import advance

    model = diagram(user("a b q") + el("parallelGateway", "g j"), "s>g g>a g>b a>j b>j j>q q>e")
    one = advance(compiled(model), None, Start(INSTANCE, {"x": [1, {"y": None}]}), NOW, for_thread())
    two = advance(compiled(model), None, Start(INSTANCE, {"x": [1, {"y": None}]}), NOW, for_thread())
    assert one == two
    command = Complete(one.opened[0].id, {})
    assert advance(compiled(model), one.state, command, NOW, for_thread()) == advance(
        compiled(model), two.state, command, NOW, for_thread()
    )
    assert CATALOG.zone == "Asia/Shanghai"


DUE = '<qs:output source="due" target="due"/>'
INSIDE = el("startEvent", "s2") + el("endEvent", "e2") + user("h", DUE) + user("i") + flows("s2>h h>i i>e2")


def test_a_timer_follows_what_is_written_within_its_activity() -> None:
    model = diagram(
        el("subProcess", "sp", INSIDE)
        + el("boundaryEvent", "b", timer("timeDate", "=due"), attachedToRef="sp")
        + user("late"),
        "s>sp sp>e b>late late>e",
    )
    run = Run(model, due="2026-03-01")
    first = run.timer("b")
    run.do("h", due="2026-04-01")
    assert run.timer("b").due == datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert [run.step.timers.removed, len(run.step.timers.added)] == [(first.id,), 1]
    run.do("i")
    assert run.status == "completed"
    assert not run.timers


def test_a_timer_that_comes_out_the_same_stays_armed_as_it_is() -> None:
    model = diagram(
        el("subProcess", "sp", INSIDE) + el("boundaryEvent", "b", timer("timeDate", "=due"), attachedToRef="sp"),
        "s>sp sp>e b>e",
    )
    run = Run(model, due="2026-03-01")
    first = run.timer("b")
    run.do("h", due="2026-03-01")
    assert run.timer("b") == first
    assert run.step.timers.removed == ()


def test_the_timer_of_an_event_sub_process_follows_a_job_of_its_scope() -> None:
    late = el(
        "subProcess",
        "es",
        el("startEvent", "s2", timer("timeDate", "=due")) + el("endEvent", "e2") + user("h") + flows("s2>h h>e2"),
        triggeredByEvent="true",
    )
    run = Run(diagram(service("w") + user("a") + late, "s>w w>a a>e"), due="2026-03-01")
    run.done("w", due="2026-04-01")
    assert run.timer("es").due == datetime(2026, 3, 31, 16, tzinfo=UTC)
    run.fire("es")
    assert run.open == ["h"]


def test_a_timer_on_the_way_reads_what_its_own_branch_knows() -> None:
    gates = el("parallelGateway", "g j")
    wait = el("intermediateCatchEvent", "t", timer("timeDate", "=due"))
    run = Run(diagram(gates + wait + user("a", DUE), "s>g g>t g>a t>j a>j j>e"), due="2026-03-01")
    first = run.timer("t")
    run.do("a", due="2026-04-01")
    assert run.timer("t") == first
    run.send(Change({"due": "2026-05-01"}))
    assert run.timer("t").due == datetime(2026, 4, 30, 16, tzinfo=UTC)


def test_a_cycle_that_has_fired_goes_on_with_its_new_period() -> None:
    model = diagram(
        user("a r")
        + el("boundaryEvent", "b", timer("timeCycle", "=period"), attachedToRef="a", cancelActivity="false"),
        "s>a a>e b>r r>e",
    )
    run = Run(model, period="R/P1D")
    run.fire("b")
    run.fire("b")
    assert run.timer("b").due == datetime(2026, 2, 3, 1, tzinfo=UTC)
    run.send(Change({"period": "R/P5D"}))
    assert run.timer("b").due == datetime(2026, 2, 15, 1, tzinfo=UTC)
    run.send(Change({"period": "R2/P1D"}))
    assert not run.timers


# ---- several triggers on one event

BOTH = ON_MESSAGE + timer("timeDuration", "P1D") + ON_SIGNAL


def come(run: Run, kind: str) -> None:
    match kind:
        case "message":
            run.send(Deliver(next(key for key, row in run.subscriptions.items() if row.kind == "message"), {"v": 1}))
        case "timer":
            run.fire("c")
        case "signal":
            run.send(Signal("S"))


@pytest.mark.parametrize("kind", ["message", "timer", "signal"])
def test_the_first_of_several_triggers_counts(kind: str) -> None:
    run = Run(diagram(el("intermediateCatchEvent", "c", BOTH) + user("z"), "s>c c>z z>e", MESSAGE + SIGNAL))
    assert (len(run.timers), {row.element for row in run.subscriptions.values()}) == (1, {"c"})
    come(run, kind)
    assert run.open == ["z"]
    assert not run.timers
    assert not run.subscriptions
    assert run.trail("element.entered") == ["s", "c", "z"]
    assert run.trail("element.left") == ["s", "c"]
    assert run.trail("element.cancelled") == []
    assert run.do("z").status == "completed"


def test_several_triggers_that_are_withdrawn_are_told_once() -> None:
    body = el("intermediateCatchEvent", "c", BOTH) + user("a") + el("parallelGateway", "g")
    run = Run(
        diagram(
            body + el("endEvent", "stop", "<terminateEventDefinition/>"), "s>g g>c g>a a>stop c>e", MESSAGE + SIGNAL
        )
    )
    run.do("a")
    assert run.status == "completed"
    assert run.trail("element.cancelled") == ["c"]


def test_one_can_return_behind_several_triggers_and_skip_them() -> None:
    run = Run(
        diagram(user("a") + el("intermediateCatchEvent", "c", BOTH) + user("z"), "s>a a>c c>z z>e", MESSAGE + SIGNAL)
    )
    run.do("a")
    come(run, "timer")
    run.send(Return(run.task("z").id, "c"))
    assert len(run.timers) == 1
    run.send(Skip(next(iter(run.subscriptions))))
    assert run.open == ["z"]
    assert not run.timers
    run.send(Return(run.task("z").id, "a"))
    assert run.open == ["a"]


@pytest.mark.parametrize(("kind", "left"), [("message", "z"), ("other", "y")])
def test_several_triggers_behind_an_event_gateway_are_among_its_events(kind: str, left: str) -> None:
    body = (
        el("eventBasedGateway", "g")
        + el("intermediateCatchEvent", "c", ON_MESSAGE + timer("timeDuration", "P1D"))
        + el("intermediateCatchEvent", "d", timer("timeDuration", "P2D"))
        + user("y z")
    )
    run = Run(diagram(body, "s>g g>c g>d c>z d>y y>e z>e", MESSAGE))
    assert len(run.timers) == 2
    if kind == "message":
        come(run, kind)
    else:
        run.fire("d")
    assert run.open == [left]
    assert not run.timers
    assert not run.subscriptions
    assert "c" not in run.trail("element.entered") or kind == "message"


@pytest.mark.parametrize("kind", ["message", "timer", "signal"])
def test_several_triggers_at_a_boundary_take_the_same_way(kind: str) -> None:
    body = user("a z") + el("boundaryEvent", "c", BOTH, attachedToRef="a")
    run = Run(diagram(body + el("exclusiveGateway", "x"), "s>a a>x c>z z>x x>e", MESSAGE + SIGNAL))
    come(run, kind)
    assert run.open == ["z"]
    assert not run.timers
    assert not run.subscriptions
    assert run.do("z").status == "completed"


def test_an_event_sub_process_listens_for_each_of_its_triggers() -> None:
    inside = el("startEvent", "s2", BOTH, isInterrupting="false") + user("h") + flows("s2>h")
    run = Run(diagram(user("a") + el("subProcess", "c", inside, triggeredByEvent="true"), "s>a a>e", MESSAGE + SIGNAL))
    for kind in ("message", "signal", "timer", "message"):
        come(run, kind)
    assert run.open == ["a", "h", "h", "h", "h"]
    run.do("a", "h", "h", "h", "h")
    assert run.status == "completed"


def test_a_throwing_event_throws_all_that_it_names() -> None:
    run = Run(diagram(el("intermediateThrowEvent", "t", ON_MESSAGE + ON_SIGNAL), "s>t t>e", MESSAGE + SIGNAL))
    assert [(one.kind, one.name) for one in run.step.thrown] == [("message", "M"), ("signal", "S")]
