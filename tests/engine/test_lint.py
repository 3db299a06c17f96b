from __future__ import annotations

import pytest

from tests.engine.diagrams import (
    ERROR,
    MESSAGE,
    ON_ERROR,
    ON_MESSAGE,
    diagram,
    el,
    ext,
    file,
    flows,
    process,
    service,
    timer,
    user,
)
from tests.engine.run import CATALOG
from tests.engine.test_compensation import CANCEL, ON_UNDO, throw, undo, undoer
from workflows.engine import compile_definition, lint_files
from workflows.engine.rules import RULES
from workflows.errors import Finding, Refused

A = "s>a a>e"
TRIGGERED = {"triggeredByEvent": "true"}


def inside(start: str = "", body: str = "", **attributes: str) -> str:
    return el("startEvent", "s2", start, **attributes) + el("endEvent", "e2") + body + flows("s2>e2")


def many(inner: str, **attributes: str) -> str:
    return el("multiInstanceLoopCharacteristics", "mi", inner, **attributes)


def script(text: str, language: str = "feel") -> str:
    return el("scriptTask", "a", ext('<qs:script result="y"/>') + f"<script>{text}</script>", scriptFormat=language)


def task(extension: str, kind: str = "userTask") -> bytes:
    return diagram(el(kind, "a", ext(extension)), A)


DRAWN_INTO = "<dataInputAssociation><sourceRef>dr</sourceRef><targetRef>p</targetRef></dataInputAssociation>"

PROBES: dict[str, tuple[bytes, str, str]] = {
    "complex gateway": (diagram(el("complexGateway", "a"), A), "element_unsupported", "a"),
    "ad-hoc sub-process": (diagram(el("adHocSubProcess", "a", inside()), A), "element_unsupported", "a"),
    "parallel-multiple event": (
        diagram(
            el("intermediateCatchEvent", "a", ON_MESSAGE + timer("timeDuration", "PT1H"), parallelMultiple="true"),
            A,
            MESSAGE,
        ),
        "attribute_unsupported",
        "a",
    ),
    "triggers that cannot stand together": (
        diagram(user("a") + undo("a").replace(ON_UNDO, ON_UNDO + ON_MESSAGE), A, MESSAGE),
        "event_several",
        "ona",
    ),
    "throwing and terminating at once": (
        diagram(el("endEvent", "a", ON_MESSAGE + "<terminateEventDefinition/>"), "s>a", MESSAGE),
        "event_several",
        "a",
    ),
    "choreography": (diagram("<choreographyTask id='c'/>", "s>e"), "element_unsupported", "c"),
    "not BPMN at all": (diagram("<frobnicate id='c'/>", "s>e"), "element_unknown", "c"),
    "unknown role": (task('<qs:assignment role="king"/>'), "role_unknown", "a"),
    "unknown role in a list": (task('<qs:assignment roles="clerk,king"/>'), "role_unknown", "a"),
    "unknown lane": (
        diagram('<laneSet id="ls"><lane id="l" name="无"><flowNodeRef>a</flowNodeRef></lane></laneSet>' + user("a"), A),
        "role_unknown",
        "l",
    ),
    "unparsable condition": (
        diagram(user("a") + el("exclusiveGateway", "x", default="x_e"), "s>a a>x x>a?n~>>~1 x>e"),
        "expression",
        "x_a",
    ),
    "comparison as in other languages": (
        diagram(user("a") + el("exclusiveGateway", "x", default="x_e"), "s>a a>x x>a?n~==~1 x>e"),
        "expression",
        "x_a",
    ),
    "unknown function": (diagram(script("fooo(1)"), A), "expression", "a"),
    "condition in JUEL": (
        diagram(user("a") + el("exclusiveGateway", "x", default="x_e"), "s>a a>x x>a?${n} x>e"),
        "expression_language",
        "x_a",
    ),
    "exclusive flow without condition": (
        diagram(user("a") + el("exclusiveGateway", "x"), "s>x x>a x>e?true a>e"),
        "flow_condition",
        "x_a",
    ),
    "condition behind a parallel gateway": (
        diagram(user("a") + el("parallelGateway", "x"), "s>x x>a?true x>e a>e"),
        "flow_condition_lost",
        "x_a",
    ),
    "default mark of another flow": (
        diagram(user("a") + el("exclusiveGateway", "x", default="s_x"), "s>x x>a?true a>e"),
        "flow_default",
        "x",
    ),
    "flow to nothing": (diagram(user("a"), "s>a a>e a>nowhere"), "flow_end", "a_nowhere"),
    "flow into the start": (diagram(user("a"), "s>a a>e a>s"), "flow_into_start", "a_s"),
    "flow out of the end": (diagram(user("a b"), "s>a a>e e>b"), "flow_out_of_end", "e_b"),
    "gateway to nothing": (diagram(el("parallelGateway", "a"), "s>a"), "gateway_empty", "a"),
    "two plain starts in a sub-process": (
        diagram(el("subProcess", "a", el("startEvent", "s2 s3") + user("b") + flows("s2>b s3>b")), A),
        "start_twice",
        "s3",
    ),
    "two plain starts in a called process": (
        file(
            process(el("callActivity", "a", calledElement="Q"), A)
            + '<process id="Q"><startEvent id="s2"/><startEvent id="s3"/><userTask id="b"/>'
            + flows("s2>b s3>b")
            + "</process>"
        ),
        "start_twice",
        "s3",
    ),
    "triggered start in a sub-process": (
        diagram(el("subProcess", "a", inside(ON_MESSAGE)), A, MESSAGE),
        "start_trigger_inside",
        "s2",
    ),
    "unknown form": (task('<qs:form key="poem"/>'), "form_unknown", "a"),
    "script in another language": (diagram(script("x = 1", "python"), A), "script_format", "a"),
    "script without result": (
        diagram(el("scriptTask", "a", "<script>1</script>", scriptFormat="feel"), A),
        "result_missing",
        "a",
    ),
    "empty script": (diagram(script(""), A), "script_empty", "a"),
    "unregistered operation": (diagram(service("a", "nuke"), A), "operation_unknown", "a"),
    "service without operation": (diagram(el("serviceTask", "a"), A), "operation_missing", "a"),
    "unknown decision": (task('<qs:decision ref="d" result="r"/>', "businessRuleTask"), "decision_unknown", "a"),
    "rule task without decision": (diagram(el("businessRuleTask", "a"), A), "decision_missing", "a"),
    "send without message": (diagram(el("sendTask", "a"), A), "message_missing", "a"),
    "receive without message": (diagram(el("receiveTask", "a"), A), "message_missing", "a"),
    "instantiating receive with a flow into it": (
        diagram(user("b") + el("receiveTask", "a", messageRef="msg", instantiate="true"), "s>b b>a a>e", MESSAGE),
        "instantiate_flow",
        "a",
    ),
    "instantiating gateway in a sub-process": (
        diagram(
            el(
                "subProcess",
                "a",
                el("eventBasedGateway", "g", instantiate="true")
                + el("intermediateCatchEvent", "m", ON_MESSAGE)
                + flows("g>m"),
            ),
            A,
            MESSAGE,
        ),
        "instantiate_inside",
        "g",
    ),
    "error start on a process": (
        diagram(el("startEvent", "s3", ON_ERROR), "s>e s3>e", ERROR),
        "start_event_kind",
        "s3",
    ),
    "called process not deployed": (diagram(el("callActivity", "a", calledElement="Q"), A), "process_unknown", "a"),
    "process that calls itself": (diagram(el("callActivity", "a", calledElement="P"), A), "call_cycle", "P"),
    "cancel outside a transaction": (
        diagram(el("endEvent", "a", "<cancelEventDefinition/>"), "s>a"),
        "cancel_outside",
        "a",
    ),
    "error start that is non-interrupting": (
        diagram(user("a") + el("subProcess", "es", inside(ON_ERROR, isInterrupting="false"), **TRIGGERED), A, ERROR),
        "event_error_non_interrupting",
        "s2",
    ),
    "event sub-process without trigger": (
        diagram(user("a") + el("subProcess", "es", inside(), **TRIGGERED), A),
        "event_start_count",
        "es",
    ),
    "flow into an event sub-process": (
        diagram(user("a") + el("subProcess", "es", inside(ON_MESSAGE), **TRIGGERED), "s>a a>es", MESSAGE),
        "event_flows",
        "a_es",
    ),
    "event gateway followed by a task": (
        diagram(user("a") + el("eventBasedGateway", "g"), "s>g g>a a>e"),
        "event_gateway",
        "g",
    ),
    "message event without message": (
        diagram(el("intermediateCatchEvent", "a", "<messageEventDefinition/>"), A),
        "event_name",
        "a",
    ),
    "signal event without signal": (
        diagram(el("intermediateThrowEvent", "a", "<signalEventDefinition/>"), A),
        "event_name",
        "a",
    ),
    "error end without code": (diagram(el("endEvent", "a", "<errorEventDefinition/>"), "s>a"), "event_name", "a"),
    "error that refers to nothing": (
        diagram(
            user("a") + el("boundaryEvent", "b", '<errorEventDefinition errorRef="gone"/>', attachedToRef="a"),
            "s>a a>e b>e",
        ),
        "event_name",
        "b",
    ),
    "catching event without trigger": (diagram(el("intermediateCatchEvent", "a"), A), "event_none", "a"),
    "throwing timer": (diagram(el("intermediateThrowEvent", "a", timer("timeDuration", "PT1H")), A), "event_kind", "a"),
    "bad timer text": (
        diagram(el("intermediateCatchEvent", "a", timer("timeDuration", "2 days")), A),
        "timer_text",
        "a",
    ),
    "bad cycle": (diagram(el("intermediateCatchEvent", "a", timer("timeCycle", "0 0 * * *")), A), "timer_text", "a"),
    "empty timer": (diagram(el("intermediateCatchEvent", "a", "<timerEventDefinition/>"), A), "timer_empty", "a"),
    "bad deadline": (task('<qs:deadline due="soon"/>'), "timer_text", "a"),
    "condition without text": (
        diagram(el("intermediateCatchEvent", "a", "<conditionalEventDefinition/>"), A),
        "condition_missing",
        "a",
    ),
    "link to nowhere": (
        diagram(el("intermediateThrowEvent", "a", '<linkEventDefinition name="L"/>'), "s>a"),
        "link_pair",
        "a",
    ),
    "compensation of nothing": (diagram(throw("a") + user("b"), "s>b b>a a>e"), "compensation_nothing", "a"),
    "compensation of what is not there": (
        diagram(throw("a", "gone") + user("b") + undo("b"), "s>b b>a a>e"),
        "compensation_activity",
        "a",
    ),
    "compensation of what has no handler": (
        diagram(throw("a", "c") + user("b c") + undo("b"), "s>b b>c c>a a>e"),
        "compensation_activity",
        "a",
    ),
    "compensation of what another scope holds": (
        diagram(
            user("b") + undo("b") + el("subProcess", "p", inside(body=throw("a", "b") + flows("s2>a"))), "s>b b>p p>e"
        ),
        "compensation_activity",
        "a",
    ),
    "compensation event without handler": (
        diagram(user("a") + el("boundaryEvent", "b", ON_UNDO, attachedToRef="a"), A),
        "compensation_handler",
        "b",
    ),
    "compensation event with a flow": (diagram(user("a") + undo("a"), A + " ona>e"), "compensation_outgoing", "ona"),
    "two compensation events": (diagram(user("a") + undo("a") + undo("a", "", "2"), A), "compensation_twice", "ona2"),
    "two compensation event sub-processes": (
        diagram(el("subProcess", "a", inside(body=undoer("", "s9>e9") + undoer("", "s8>e8", 8))), A),
        "compensation_twice",
        "es8",
    ),
    "handler with a flow": (diagram(user("a b") + undo("a"), A + " b>una s>b"), "compensation_flow", "una"),
    "handler of nobody": (diagram(user("a") + user("h", isForCompensation="true"), A), "compensation_unbound", "h"),
    "handler of a handler": (diagram(user("a") + undo("a") + undo("una"), A), "compensation_nested", "onuna"),
    "cancel event at a sub-process": (
        diagram(el("subProcess", "a", inside()) + el("boundaryEvent", "c", CANCEL, attachedToRef="a"), A + " c>e"),
        "cancel_outside",
        "c",
    ),
    "cancel that leads nowhere": (
        diagram(el("transaction", "a", inside(body=el("endEvent", "no", CANCEL) + flows("s2>no"))), A),
        "cancel_boundary",
        "no",
    ),
    "cancel while compensating": (
        diagram(
            el("transaction", "a", inside(body=undoer(el("endEvent", "no", CANCEL), "s9>no")))
            + el("boundaryEvent", "c", CANCEL, attachedToRef="a"),
            A + " c>e",
        ),
        "cancel_outside",
        "no",
    ),
    "cancel that does not interrupt": (
        diagram(
            el("transaction", "a", inside())
            + el("boundaryEvent", "c", CANCEL, attachedToRef="a", cancelActivity="false"),
            A + " c>e",
        ),
        "event_cancel_non_interrupting",
        "c",
    ),
    "transaction by another method": (
        diagram(el("transaction", "a", inside(), method="##Store"), A),
        "attribute_unsupported",
        "a",
    ),
    "data association to nothing": (
        diagram(
            el("userTask", "a", "<dataInputAssociation><sourceRef>gone</sourceRef></dataInputAssociation>"),
            A,
        ),
        "data_association_empty",
        "a",
    ),
    "data association into a name with spaces": (
        diagram(
            '<dataObject id="do" name="x"/><property id="pr" name="a b"/>'
            + el(
                "userTask",
                "a",
                "<dataInputAssociation><sourceRef>do</sourceRef><targetRef>pr</targetRef></dataInputAssociation>",
            ),
            A,
        ),
        "data_association_empty",
        "a",
    ),
    "boundary on a gateway": (
        diagram(
            el("parallelGateway", "a") + el("boundaryEvent", "b", ON_MESSAGE, attachedToRef="a"), A + " b>e", MESSAGE
        ),
        "attached",
        "b",
    ),
    "boundary to nothing": (
        diagram(user("a") + el("boundaryEvent", "b", ON_MESSAGE, attachedToRef="a"), A, MESSAGE),
        "boundary_outgoing",
        "b",
    ),
    "flow into a boundary event": (
        diagram(user("a") + el("boundaryEvent", "b", ON_MESSAGE, attachedToRef="a"), A + " b>e a>b", MESSAGE),
        "boundary_incoming",
        "b",
    ),
    "multi-instance of nothing": (diagram(el("userTask", "a", many("")), A), "loop_empty", "a"),
    "multi-instance output without item": (
        diagram(
            el(
                "userTask",
                "a",
                many("<loopDataInputRef>xs</loopDataInputRef><loopDataOutputRef>ys</loopDataOutputRef>"),
            ),
            A,
        ),
        "loop_item",
        "a",
    ),
    "loop without end": (diagram(el("userTask", "a", "<standardLoopCharacteristics/>"), A), "loop_standard", "a"),
    "repeated gateway": (
        diagram(el("parallelGateway", "a", many("<loopCardinality>2</loopCardinality>")), A),
        "loop_kind",
        "a",
    ),
    "global task": (
        file('<globalUserTask id="g" name="G"/>' + process(user("a"), A)),
        "element_unsupported",
        "g",
    ),
    "choreography beside a process": (
        file('<choreography id="c"/>' + process(user("a"), A)),
        "element_unsupported",
        "c",
    ),
    "circle that never waits": (
        diagram(el("exclusiveGateway", "x") + script("1"), "s>x x>a a>x"),
        "loop_without_wait",
        "x",
    ),
    "misspelt extension": (task('<qs:asignment role="clerk"/>'), "extension_unknown", "a"),
    "misspelt attribute": (task('<qs:form key="sheet" colour="red"/>'), "extension_attribute", "a"),
    "missing attribute": (task('<qs:output target="x"/>'), "extension_value", "a"),
    "extension on the wrong element": (
        diagram(el("task", "a", ext('<qs:form key="sheet"/>')), A),
        "extension_misplaced",
        "a",
    ),
    "extension twice": (task('<qs:form key="sheet"/><qs:form key="sheet"/>'), "extension_twice", "a"),
    "input without value": (diagram(service("a", inside='<qs:in name="x"/>'), A), "extension_value", "a"),
    "extension of another engine": (
        diagram(el("userTask", "a", ext('<z:assignment xmlns:z="http://camunda.org/schema/zeebe/1.0" a="b"/>')), A),
        "extension_foreign",
        "a",
    ),
    "attribute of another engine": (
        file(
            '<process id="P" xmlns:c="http://camunda.org/schema/1.0/bpmn"><startEvent id="s"/><userTask id="a" '
            'c:assignee="x"/>' + flows("s>a") + "</process>"
        ),
        "extension_foreign",
        "a",
    ),
    "empty condition": (
        diagram(
            user("a") + '<sequenceFlow id="f" sourceRef="a" targetRef="e"><conditionExpression/></sequenceFlow>', "s>a"
        ),
        "flow_condition_empty",
        "f",
    ),
    "condition on the default flow": (
        diagram(user("a b"), "s>a a>b?true a>e?false b>e").replace(b'id="a"', b'id="a" default="a_e"'),
        "flow_condition_lost",
        "a_e",
    ),
    "several tokens to start": (diagram(user("a", startQuantity="2"), A), "attribute_unsupported", "a"),
    "parallel event gateway": (
        diagram(
            el("eventBasedGateway", "g", eventGatewayType="Parallel") + el("intermediateCatchEvent", "a", ON_MESSAGE),
            "s>g g>a a>e",
            MESSAGE,
        ),
        "attribute_unsupported",
        "g",
    ),
    "multi-instance that throws": (
        diagram(el("userTask", "a", many("<loopCardinality>2</loopCardinality>", behavior="One")), A),
        "attribute_unsupported",
        "a",
    ),
    "person as BPMN names them": (diagram(el("userTask", "a", "<potentialOwner id='o'/>"), A), "element_unknown", "a"),
    "two elements of one id": (diagram(user("a a"), A), "id_twice", "a"),
    "id that is no name": (diagram(user("a") + '<task id="1 2"/>', A), "id_invalid", "1 2"),
    "nothing to start": (
        file('<process id="P"><userTask id="a"/><userTask id="b"/>' + flows("a>b b>a") + "</process>"),
        "start_missing",
        "P",
    ),
}


def findings(model: bytes) -> list[Finding]:
    return lint_files({"p.bpmn": model}, "P", CATALOG)


@pytest.mark.parametrize("name", PROBES)
def test_what_cannot_run_is_refused_with_element_line_and_a_sentence_in_both_languages(name: str) -> None:
    model, rule, element = PROBES[name]
    with pytest.raises(Refused) as refused:
        compile_definition({"p.bpmn": model}, "P", CATALOG)
    found = [item for item in refused.value.findings if item.rule == rule and item.element == element]
    assert found, refused.value.findings
    assert found[0].severity == "error"
    assert found[0].file == "p.bpmn"
    assert found[0].line > 0
    assert found[0].text
    assert found[0].text_zh != found[0].text


def test_all_faults_come_at_once() -> None:
    model = diagram(
        service("a", "nuke") + el("complexGateway", "b") + user("c", '<qs:form key="poem"/>'), "s>a a>b b>c c>e"
    )
    assert {item.rule for item in findings(model)} == {"operation_unknown", "element_unsupported", "form_unknown"}


def test_a_finding_stands_on_the_line_of_its_element() -> None:
    model = diagram("\n\n" + user("a") + "\n" + service("b", "nuke"), "s>a a>b b>e")
    assert [item.line for item in findings(model) if item.rule == "operation_unknown"] == [4]


@pytest.mark.parametrize(
    ("model", "rule", "element"),
    [
        (diagram(user("a b"), A), "unreachable", "b"),
        (diagram(el("task", "a"), A), "task_plain", "a"),
        (diagram(el("userTask", "a"), A), "role_missing", "a"),
        (
            diagram(el("exclusiveGateway", "x", default="x_e") + script("1"), "s>x x>a?zz x>e a>e"),
            "variable_unset",
            "x_a",
        ),
        (diagram(el("userTask", "a", "<dataInputAssociation id='d'/>"), A), "data_association", "a"),
        (
            diagram(
                '<dataObject id="do"/><dataObjectReference id="dr" name="Audit report" dataObjectRef="do"/>'
                + el("userTask", "a", '<property id="p" name="__targetRef_placeholder"/>' + DRAWN_INTO),
                A,
            ),
            "data_association",
            "a",
        ),
        (diagram(el("startEvent", "s3") + user("a"), "s>a s3>a a>e"), "start_several", "s3"),
        (diagram(user("a") + undoer("", "s9>e9"), A), "compensation_never", "es9"),
    ],
)
def test_what_runs_but_is_odd_is_told_and_not_refused(model: bytes, rule: str, element: str) -> None:
    definition = compile_definition({"p.bpmn": model}, "P", CATALOG)
    assert [item.element for item in definition.warnings if item.rule == rule] == [element]
    assert all(item.severity == "warning" for item in definition.warnings)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("${score&gt;=70}", "score >= 70"),
        ("=ok===true", "ok = true"),
        ("${x.get('v')}", 'an expression such as score >= 70 and grade = "A"'),
        ('${grade=="A"}', 'grade = "A"'),
    ],
)
def test_another_language_is_told_what_to_write(text: str, instead: str) -> None:
    flow = (
        '<sequenceFlow id="f" sourceRef="x" targetRef="e"><conditionExpression>{}</conditionExpression></sequenceFlow>'
    )
    model = diagram(user("a") + el("exclusiveGateway", "x", default="x_a") + flow.format(text), "s>x x>a a>e")
    found = [item for item in findings(model) if item.rule == "expression_language"]
    assert [item.values["instead"] for item in found] == [instead]
    assert instead in found[0].text


def test_a_root_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        compile_definition({"p.bpmn": diagram(user("a"), A)}, "Q", CATALOG)
    assert [item.rule for item in refused.value.findings] == ["process_unknown"]


def test_a_file_that_is_neither_bpmn_nor_dmn_is_refused() -> None:
    found = lint_files({"x.bpmn": b"<html/>", "p.bpmn": diagram(user("a"), A)}, "P", CATALOG)
    assert [(item.rule, item.file) for item in found] == [("file_kind", "x.bpmn")]


def test_a_pool_without_process_and_the_executable_mark_do_not_matter() -> None:
    model = file(
        '<collaboration id="c"><participant id="p1" processRef="P"/><participant id="p2" name="Public"/></collaboration>'
        + process(user("a"), A).replace("<process ", '<process isExecutable="false" ')
    )
    assert findings(model) == []


def test_every_rule_has_a_sentence_in_each_language() -> None:
    for severity, english, chinese in RULES.values():
        assert severity in ("error", "warning")
        assert english.isascii()
        assert not chinese.isascii() or chinese == "{reason_zh}"


BILLION = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><definitions>&b;</definitions>"""
OUTSIDE = (
    b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>"""
)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (BILLION, "xml_doctype"),
        (OUTSIDE, "xml_doctype"),
        (b'<!DOCTYPE html><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "xml_doctype"),
        (b"", "xml_malformed"),
        (b"\x00\x01\x02", "xml_malformed"),
        (b"<definitions>", "xml_malformed"),
        (b"<a>&undefined;</a>", "xml_malformed"),
        (b"<a>" + b"<b>" * 400 + b"</b>" * 400 + b"</a>", "xml_malformed"),
        (b"<a>" + b" " * (5 * 1024 * 1024) + b"</a>", "xml_too_large"),
        (b"<a>" + b"<b/>" * 100_001 + b"</a>", "xml_too_many"),
        (diagram(el("task", " ".join(f"t{number}" for number in range(5_000)))), "xml_too_many"),
    ],
)
def test_hostile_xml_gives_one_located_finding(data: bytes, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        compile_definition({"evil.bpmn": data}, "P", CATALOG)
    first = refused.value.findings[0]
    assert (first.rule, first.file) == (rule, "evil.bpmn")
