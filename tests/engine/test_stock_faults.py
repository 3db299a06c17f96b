"""What SpiffWorkflow 3.2.0 itself does with the models that ours run right.

Each test fails when an upgrade mends (or moves) the fault: then the class of ours that stands in for it can be looked
at again. None of our code runs here.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.util.diff import diff_workflow, migrate_workflow
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

NAMESPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"
RELOAD = BpmnWorkflowSerializer()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep Spiff from gathering all its tasks for each line of its log."""
    loggers = [logging.getLogger(name) for name in ("spiff.task", "spiff.workflow")]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    yield
    for logger in loggers:
        logger.setLevel(logging.NOTSET)


def el(tag: str, ids: str, inside: str = "", attributes: str = "") -> str:
    return "".join(f'<{tag} id="{key}" {attributes}>{inside}</{tag}>' for key in ids.split())


def flows(text: str) -> str:
    """Connect by ``source>target?condition``; a flow without condition says True."""
    made = ""
    for arrow in text.split():
        source, target, condition = re.match(r"(\w+)>(\w+)\??(.*)", arrow).groups()  # type: ignore[union-attr]
        made += (
            f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}"><conditionExpression>'
            f"{condition or 'True'}</conditionExpression></sequenceFlow>"
        )
    return made


def specs(body: str, arrows: str, top: str = "") -> Any:
    parser = BpmnParser()
    parser.add_bpmn_str(
        f'<definitions xmlns="{NAMESPACE}">{top}<process id="P"><startEvent id="s"/><endEvent id="e"/>{body}'
        f"{flows(arrows)}</process></definitions>"
    )
    return parser.get_spec("P"), parser.get_subprocess_specs("P")


def new(spec: Any, subs: Any) -> Any:
    workflow = BpmnWorkflow(spec, subs)
    workflow.do_engine_steps()
    return workflow


def stock(*model: str) -> Any:
    return new(*specs(*model))


def tasks(workflow: Any) -> list[Any]:
    scopes = (workflow, *workflow.subprocesses.values())
    return [task for scope in scopes for task in scope.tasks.values() if task.state == TaskState.READY]


def ready(workflow: Any) -> list[str]:
    return sorted(task.task_spec.name for task in tasks(workflow))


def do(workflow: Any, *names: str, **data: Any) -> None:
    for name in names:
        task = next(task for task in tasks(workflow) if task.task_spec.name == name)
        task.data.update(data)
        task.run()
        workflow.do_engine_steps()


def fails(name: str, call: Any, *args: Any, **values: Any) -> None:
    with pytest.raises(Exception) as caught:
        call(*args, **values)
    assert type(caught.value).__name__ == name


def user(ids: str) -> str:
    return el("userTask", ids)


def timer(key: str, text: str) -> str:
    return el(
        "intermediateCatchEvent",
        key,
        f"<timerEventDefinition><timeDuration>{text}</timeDuration></timerEventDefinition>",
    )


def inner(event: str) -> str:
    return (
        el("startEvent", "s2", event, 'isInterrupting="true"') + user("h") + el("endEvent", "e2") + flows("s2>h h>e2")
    )


def loop(gateway: str) -> tuple[str, str]:
    body = user("a b q") + el(gateway, "g j") + el("exclusiveGateway", "in x")
    return body, "s>in in>g g>a g>b a>j b>j j>q q>x x>in?again x>e?True"


def block(ids: str) -> tuple[str, str]:
    branches = [f"g>{key} {key}>j" for key in ids.split()]
    return user(ids) + el("parallelGateway", "g j"), " ".join(["s>g", "j>e", *branches])


def migrate(workflow: Any, spec: Any, subs: Any) -> None:
    migrate_workflow(diff_workflow(RELOAD.registry, workflow, spec, subs)[0], workflow, spec)


MESSAGE = '<message id="m" name="M"/>'
ON_MESSAGE = '<messageEventDefinition messageRef="m"/>'
HIT = BpmnEvent(MessageEventDefinition("M"), {})
TWICE = "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>"
EACH = (
    "<multiInstanceLoopCharacteristics><loopDataInputRef>xs</loopDataInputRef>"
    '<inputDataItem id="it" name="it"/></multiInstanceLoopCharacteristics>'
)
LINES = "s>i i>g g>a g>b a>j b>j j>z z>e"


def test_01_a_join_in_a_loop_fires_early() -> None:
    workflow = stock(*loop("parallelGateway"))
    do(workflow, "a", "b", "q", "b", again=True)
    assert ready(workflow) == ["a", "q"]


def test_02_a_task_deeper_than_1000_is_invisible() -> None:
    workflow = stock(user("a") + el("exclusiveGateway", "in x"), "s>in in>a a>x x>in?again x>e?True")
    for _ in range(333):
        do(workflow, "a", again=True)
    assert ready(workflow) == ["in"]
    assert workflow.get_tasks(state=TaskState.READY) == []
    assert workflow.is_completed()


def test_03_a_long_life_ends_in_a_recursion_error() -> None:
    """With Python's own limit of 1000 it takes 65 rounds and minutes; a lower one shows the same sooner."""
    workflow = stock(*loop("parallelGateway"))
    limit = sys.getrecursionlimit()

    def live() -> None:
        for _ in range(40):
            do(workflow, "a", "b", "q", again=True)

    sys.setrecursionlimit(200)
    try:
        fails("RecursionError", live)
    finally:
        sys.setrecursionlimit(limit)


def test_04_a_condition_runs_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OWNED", raising=False)
    condition = "__import__('os').environ.update(OWNED='1')==None"
    stock(user("a") + el("exclusiveGateway", "x"), f"s>x x>a?{condition} a>e")
    assert os.environ["OWNED"] == "1"
    monkeypatch.setenv("OWNED", "")


def test_05_a_timer_is_python_too() -> None:
    fails("WorkflowTaskException", stock, timer("t", "PT1H"), "s>t t>e")


def test_06_a_state_whose_keys_were_sorted_loses_its_data() -> None:
    workflow = stock(user("a b"), "s>a a>b b>e")
    do(workflow, "a", order=1)
    raw = json.loads(RELOAD.serialize_json(workflow))
    raw["tasks"] = dict(reversed(raw["tasks"].items()))
    assert RELOAD.deserialize_json(json.dumps(raw)).get_next_task(spec_name="b").data == {}


def test_07_an_answer_named_typename_never_loads_again() -> None:
    workflow = stock(user("a b"), "s>a a>b b>e")
    do(workflow, "a", form={"typename": "x"})
    fails("TypeError", RELOAD.deserialize_json, RELOAD.serialize_json(workflow))


def test_08_an_event_sub_process_changes_the_shared_spec() -> None:
    listening = el("subProcess", "es", inner(ON_MESSAGE), 'triggeredByEvent="true"')
    shared = specs(user("a") + listening, "s>a a>e", MESSAGE)
    one = new(*shared)
    one.send_event(HIT)
    one.do_engine_steps()
    assert ready(one) == ["a", "h"]
    two = new(*shared)
    do(two, "a")
    assert not two.is_completed()


def test_09_a_non_interrupting_boundary_message_comes_once_only() -> None:
    event = el("boundaryEvent", "b", ON_MESSAGE, 'attachedToRef="a" cancelActivity="false"')
    workflow = stock(user("a r") + event, "s>a a>e b>r r>e", MESSAGE)
    workflow.send_event(HIT)
    fails("WorkflowException", workflow.send_event, HIT)


def test_10_an_interrupted_multi_instance_sub_process_breaks() -> None:
    body = (
        el("subProcess", "sp", TWICE + inner(""))
        + user("r")
        + el("boundaryEvent", "b", ON_MESSAGE, 'attachedToRef="sp"')
    )
    workflow = stock(body, "s>sp sp>e b>r r>e", MESSAGE)
    workflow.send_event(HIT)
    fails("TaskNotFoundException", workflow.do_engine_steps)


def test_11_a_multi_instance_in_a_loop_breaks_in_round_two() -> None:
    body = user("a") + el("userTask", "m", EACH) + el("exclusiveGateway", "in x")
    workflow = stock(body, "s>a a>in in>m m>x x>in?again x>e?True")
    do(workflow, "a", xs=[1])
    fails("WorkflowDataException", do, workflow, "m [child]", again=True)


def test_12_a_multi_instance_needs_a_listener_that_another_worker_lacks() -> None:
    spec = specs(el("userTask", "m", TWICE), "s>m m>e")[0]
    assert spec.task_specs["m [child]"].completed_event.hard_subscribers is None


def test_13_a_branch_that_changed_nothing_undoes_the_other() -> None:
    body = user("i a b z") + el("parallelGateway", "g j")
    workflow = stock(body, LINES)
    do(workflow, "i", x=1)
    do(workflow, "a", x=2)
    do(workflow, "b")
    assert workflow.get_next_task(spec_name="z").data == {"x": 1}
    workflow = stock(body, LINES)
    do(workflow, "i", d={"n": [1]}, L=["x", "y"])
    workflow.get_next_task(spec_name="a").data["d"]["n"].append(2)
    assert workflow.get_next_task(spec_name="i").data["d"]["n"] == [1, 2]
    do(workflow, "a", L=["x", "y", "new"])
    do(workflow, "b", L=["y"])
    assert workflow.get_next_task(spec_name="z").data["L"] == ["y"]


def test_14_a_task_runs_again_and_before_its_time() -> None:
    workflow = stock(user("a b"), "s>a a>b b>e")
    a, b = (workflow.get_next_task(spec_name=name) for name in "ab")
    assert a.run()
    assert a.run()
    assert b.run()


def test_15_a_link_does_nothing() -> None:
    link = '<linkEventDefinition name="L"/>'
    body = el("intermediateThrowEvent", "l", link) + el("intermediateCatchEvent", "k", link) + user("a")
    assert stock(body, "s>l k>a a>e").is_completed()


def test_16_an_exception_never_reaches_an_error_boundary() -> None:
    body = el("scriptTask", "t", "<script>1/0</script>") + user("h")
    body += el("boundaryEvent", "b", "<errorEventDefinition/>", 'attachedToRef="t"')
    fails("WorkflowTaskException", stock, body, "s>t t>e b>h h>e")


def test_17_months_overflow() -> None:
    start = datetime(2026, 1, 31)  # noqa: DTZ001
    month = TimerEventDefinition.parse_iso_duration("P1M")
    assert start + TimerEventDefinition.get_timedelta_from_start(month, start) == datetime(2026, 3, 3)  # noqa: DTZ001


def test_18_timers_behind_one_event_gateway_share_their_due() -> None:
    body = el("eventBasedGateway", "g") + timer("t", '"P2D"') + timer("u", '"PT1H"') + user("a b")
    workflow = stock(body, "s>g g>t g>u t>a u>b a>e b>e")
    due = datetime.fromisoformat(workflow.get_next_task(spec_name="g").internal_data["event_value"])
    assert due - datetime.now(UTC) > timedelta(days=1)


def test_19_a_migration_that_deletes_the_waiting_element_never_loads_again() -> None:
    workflow = stock(user("a b c"), "s>a a>b b>c c>e")
    do(workflow, "a")
    migrate(workflow, *specs(user("a c"), "s>a a>c c>e"))
    fails("TypeError", RELOAD.deserialize_json, RELOAD.serialize_json(workflow))


def test_20_a_branch_added_to_a_running_block_is_stuck() -> None:
    workflow = stock(*block("a b"))
    do(workflow, "a")
    tasks(workflow)[0].data["draft"] = 1
    migrate(workflow, *specs(*block("a b c")))
    assert "draft" not in tasks(workflow)[0].data
    do(workflow, "b")
    assert ready(workflow) == []
    assert not workflow.is_completed()


def test_21_a_flow_without_id_ends_the_instance_at_its_start() -> None:
    parser = BpmnParser()
    parser.add_bpmn_str(
        f'<definitions xmlns="{NAMESPACE}"><process id="P"><startEvent id="s"/>{user("a")}'
        '<sequenceFlow sourceRef="s" targetRef="a"/></process></definitions>'
    )
    assert new(parser.get_spec("P"), {}).is_completed()
