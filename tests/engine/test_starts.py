"""Where a process begins: start events of every trigger, and what waits for a message or an event to begin it."""

from __future__ import annotations

import pytest

from tests.engine.diagrams import (
    MESSAGE,
    ON_MESSAGE,
    ON_SIGNAL,
    SIGNAL,
    diagram,
    el,
    ext,
    file,
    files,
    flows,
    process,
    timer,
    user,
)
from tests.engine.run import Run, compiled
from workflows.errors import Conflict, EngineError

ON_CONDITION = "<conditionalEventDefinition><condition>level > 3</condition></conditionalEventDefinition>"


def bare(body: str, arrows: str, top: str = "") -> bytes:
    """Make a process without start or end event."""
    return file(f'<process id="P">{body}{flows(arrows)}</process>', top)


@pytest.mark.parametrize("trigger", [ON_MESSAGE, ON_SIGNAL, timer("timeCycle", "R/P1D"), ON_CONDITION])
def test_a_process_begins_at_the_start_event_whose_trigger_has_come(trigger: str) -> None:
    model = diagram(el("startEvent", "s2", trigger) + user("a b"), "s>a a>e s2>b b>e", MESSAGE + SIGNAL)
    run = Run(model, element="s2", level=4)
    assert run.open == ["b"]
    assert run.variables == {"level": 4}
    assert not run.subscriptions
    assert not run.timers
    assert run.do("b").status == "completed"


def test_a_conditional_start_needs_its_condition() -> None:
    model = diagram(el("startEvent", "s2", ON_CONDITION) + user("a b"), "s>a a>e s2>b b>e")
    with pytest.raises(Conflict):
        Run(model, element="s2", level=3)


def test_of_several_plain_start_events_the_first_counts_unless_another_is_named() -> None:
    model = diagram(el("startEvent", "s2") + user("a b"), "s>a a>e s2>b b>e")
    assert Run(model).open == ["a"]
    assert Run(model, element="s2").open == ["b"]
    assert [one.rule for one in compiled(model).warnings] == ["start_several"]


def test_a_message_begins_a_process_at_its_receive_task() -> None:
    receive = el("receiveTask", "r", ext('<qs:correlation key="=no"/>'), messageRef="msg", instantiate="true")
    model = bare(receive + user("a"), "r>a", MESSAGE)
    run = Run(model, element="r", no="A1")
    assert run.open == ["a"]
    assert run.variables == {"no": "A1"}
    assert run.step.subscriptions.added == ()
    assert run.trail("message.received") == ["r"]
    assert run.do("a").status == "completed"


def test_what_only_a_message_begins_is_not_begun_without() -> None:
    receive = el("receiveTask", "r", messageRef="msg", instantiate="true")
    model = bare(receive + user("a"), "r>a", MESSAGE)
    with pytest.raises(EngineError) as caught:
        Run(model)
    assert caught.value.rule == "no_start"
    with pytest.raises(EngineError):
        Run(model, element="a")
    assert [one.rule for one in compiled(model).warnings] == ["start_outside"]


GATEWAY = (
    el("eventBasedGateway", "g", instantiate="true")
    + el("intermediateCatchEvent", "m", ON_MESSAGE)
    + el("receiveTask", "r", messageRef="other")
    + el("intermediateCatchEvent", "t", timer("timeDuration", "PT1H"))
    + user("a b c")
)


@pytest.mark.parametrize(("event", "then"), [("m", "a"), ("r", "b"), ("t", "c")])
def test_the_event_that_has_come_begins_a_process_behind_its_gateway(event: str, then: str) -> None:
    model = bare(GATEWAY, "g>m g>r g>t m>a r>b t>c", MESSAGE + '<message id="other" name="O"/>')
    run = Run(model, element=event)
    assert run.open == [then]
    assert not run.subscriptions
    assert not run.timers
    assert f"g_{event}" in run.trail("flow.taken")
    assert run.do(then).status == "completed"


def test_a_process_begins_at_none_of_its_gateways_and_tasks() -> None:
    model = bare(GATEWAY, "g>m g>r g>t m>a r>b t>c", MESSAGE + '<message id="other" name="O"/>')
    for element in (None, "g", "a"):
        with pytest.raises(EngineError):
            Run(model, element=element)


def test_a_process_without_start_and_end_events_and_flow_ids_runs() -> None:
    text = '<process id="P"><userTask id="a"/><userTask id="b"/><sequenceFlow sourceRef="a" targetRef="b"/></process>'
    run = Run(file(text))
    assert run.do("a", "b").status == "completed"
    assert run.trail("element.entered") == ["a", "b"]


def test_a_sub_process_and_a_called_process_without_events_return() -> None:
    model = files(
        process(el("subProcess", "sp", user("a")) + el("callActivity", "c", calledElement="Q"), "s>sp sp>c c>e"),
        '<process id="Q"><userTask id="b"/></process>',
    )
    assert Run(model).do("a", "b").status == "completed"


def test_one_of_several_triggers_begins_a_process() -> None:
    model = diagram(el("startEvent", "s2", ON_MESSAGE + ON_CONDITION) + user("a b"), "s>a a>e s2>b b>e", MESSAGE)
    assert Run(model, element="s2", level=1).open == ["b"]
    behind = el("eventBasedGateway", "g", instantiate="true") + el("receiveTask", "r", messageRef="msg")
    both = el("intermediateCatchEvent", "m", ON_SIGNAL + timer("timeDuration", "PT1H"))
    run = Run(bare(behind + both + user("a b"), "g>m g>r m>a r>b", MESSAGE + SIGNAL), element="m")
    assert run.open == ["a"]
    assert not run.subscriptions
    assert not run.timers
