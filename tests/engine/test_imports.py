"""Diagrams drawn for other engines: rewritten where there is an equivalent, told where, kept or refused elsewhere."""

from __future__ import annotations

import pytest
from lxml import etree

from workflows.engine import Catalog, compile_definition, lint_files
from workflows.engine.imports import adapt
from workflows.engine.juel import to_feel
from workflows.engine.xml import QS
from workflows.errors import Refused

SPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:other="http://example.org/other" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
CATALOG = Catalog(frozenset({"pay"}), frozenset({"sheet"}), frozenset({"clerk", "boss"}))


def file(body: str, top: str = "") -> bytes:
    return f'<definitions {SPACES} id="d">{top}<process id="P">{body}</process></definitions>'.encode()


def task(tag: str, attributes: str = "", inside: str = "", rest: str = "") -> str:
    held = f"<extensionElements>{inside}</extensionElements>" if inside else ""
    return (
        f'<startEvent id="s"/><{tag} id="a" {attributes}>{held}{rest}</{tag}><endEvent id="e"/>'
        '<sequenceFlow id="f" sourceRef="s" targetRef="a"/><sequenceFlow id="g" sourceRef="a" targetRef="e"/>'
    )


def part(content: bytes, name: str, number: int = 0) -> dict[str, str]:
    found = list(etree.fromstring(content).iter(f"{{{QS}}}{name}"))
    return {str(key): str(value) for key, value in found[number].attrib.items()}


def rules(content: bytes) -> set[str]:
    return {item.rule for item in lint_files({"p.bpmn": content}, "P", CATALOG) if item.severity == "error"}


MANY = (
    '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=people" '
    'inputElement="person" outputCollection="sheets" outputElement="=sheet"/></extensionElements>'
    "</multiInstanceLoopCharacteristics>"
)


@pytest.mark.parametrize(
    ("body", "name", "values"),
    [
        (task("userTask", 'camunda:candidateGroups="clerk,boss"'), "assignment", {"roles": "clerk,boss"}),
        (task("userTask", 'camunda:assignee="${chosen.id}"'), "assignment", {"person": "=chosen.id"}),
        (
            task("userTask", inside='<zeebe:assignmentDefinition assignee="=chosen" candidateGroups="clerk"/>'),
            "assignment",
            {"person": "=chosen", "roles": "clerk"},
        ),
        (task("userTask", 'camunda:formKey="sheet"'), "form", {"key": "sheet"}),
        (task("userTask", inside='<zeebe:formDefinition formId="sheet"/>'), "form", {"key": "sheet"}),
        (task("userTask", 'camunda:dueDate="P3D"'), "deadline", {"due": "P3D"}),
        (task("userTask", inside='<zeebe:taskSchedule dueDate="=due"/>'), "deadline", {"due": "=due"}),
        (task("serviceTask", inside='<zeebe:taskDefinition type="pay"/>'), "operation", {"name": "pay"}),
        (task("serviceTask", 'camunda:type="external" camunda:topic="pay"'), "operation", {"name": "pay"}),
        (
            task("scriptTask", inside='<zeebe:script expression="=1 + 1" resultVariable="two"/>'),
            "script",
            {"result": "two"},
        ),
        (
            task("userTask", inside='<zeebe:ioMapping><zeebe:output source="=x" target="y"/></zeebe:ioMapping>'),
            "output",
            {"source": "=x", "target": "y"},
        ),
        (
            task("userTask", rest="<potentialOwner><resourceRef>r</resourceRef></potentialOwner>"),
            "assignment",
            {"roles": "clerk"},
        ),
    ],
)
def test_an_equivalent_is_rewritten_told_and_deployable(body: str, name: str, values: dict[str, str]) -> None:
    diagram = file(body, '<resource id="r" name="clerk"/>')
    adapted = adapt(diagram)
    assert part(adapted.content, name) == values
    assert {change.element for change in adapted.changes} == {"a"}
    assert all(change.line == 1 and change.text and change.text_zh for change in adapted.changes)
    assert rules(adapted.content) == set()
    assert adapt(adapted.content) == type(adapted)(adapted.content)


def test_a_job_takes_its_mappings_and_headers_along() -> None:
    inside = (
        '<zeebe:taskDefinition type="pay"/><zeebe:taskHeaders><zeebe:header key="kind" value="fast"/></zeebe:taskHeaders>'
        '<zeebe:ioMapping><zeebe:input source="=case.no" target="no"/><zeebe:output source="=id" target="paid"/>'
        "</zeebe:ioMapping>"
    )
    content = adapt(file(task("serviceTask", inside=inside))).content
    assert [part(content, "in", number) for number in (0, 1)] == [
        {"name": "kind", "value": "fast"},
        {"name": "no", "value": "=case.no"},
    ]
    assert part(content, "out") == {"name": "paid", "value": "=id"}
    assert compile_definition({"p.bpmn": content}, "P", CATALOG).operations == {"pay"}


def test_a_collection_of_another_engine_becomes_the_standard_one() -> None:
    adapted = adapt(file(task("userTask", 'camunda:candidateGroups="clerk"', rest=MANY)))
    assert rules(adapted.content) == set()
    for text in (b"<loopDataInputRef>people<", b'inputDataItem name="person"', b"<loopDataOutputRef>sheets<"):
        assert text in adapted.content


def test_a_subscription_s_key_goes_to_whoever_waits() -> None:
    top = (
        '<message id="m" name="M"><extensionElements><zeebe:subscription correlationKey="=case.no"/>'
        "</extensionElements></message>"
    )
    adapted = adapt(file(task("receiveTask", 'messageRef="m"'), top))
    assert part(adapted.content, "correlation") == {"key": "=case.no"}
    assert b"subscription" not in adapted.content
    assert rules(adapted.content) == set()


def test_a_message_without_a_name_takes_that_of_its_event() -> None:
    body = task("intermediateCatchEvent", 'name="the answer"', rest="<messageEventDefinition/>")
    adapted = adapt(file(body))
    assert b'message id="message_1" name="the answer"' in adapted.content
    assert rules(adapted.content) == set()


def test_conditions_in_juel_become_feel_and_the_only_flow_without_one_the_default() -> None:
    body = (
        '<startEvent id="s"/><exclusiveGateway id="x"/><endEvent id="e"/><endEvent id="n"/>'
        '<sequenceFlow id="f" sourceRef="s" targetRef="x"/><sequenceFlow id="g" sourceRef="x" targetRef="e">'
        "<conditionExpression>${approved == true &amp;&amp; amount &lt; 100}</conditionExpression></sequenceFlow>"
        '<sequenceFlow id="h" sourceRef="x" targetRef="n"/>'
    )
    adapted = adapt(file(body))
    assert b"=approved = true and amount &lt; 100" in adapted.content
    assert b'default="h"' in adapted.content
    assert rules(adapted.content) == set()
    assert {change.element for change in adapted.changes} == {"g", "h"}


@pytest.mark.parametrize(
    ("juel", "feel"),
    [
        ("${a}", "a"),
        ("${!approved}", "not(approved)"),
        ("${!(a || b)}", "not (a or b)"),
        ("${a.b eq 'x' and c ne null}", 'a.b = "x" and c != null'),
        ("#{score >= 70.5}", "score >= 70.5"),
        ("${service.run(x)}", None),
        ("${empty list}", None),
        ("${a ? b : c}", None),
        ("${a == 'x}", None),
        ("${(a}", None),
        ("plain", None),
    ],
)
def test_plain_juel_is_translated_and_the_rest_is_not_guessed(juel: str, feel: str | None) -> None:
    assert to_feel(juel) == feel


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (task("serviceTask", 'camunda:delegateExpression="${bean}"'), "extension_foreign"),
        (task("userTask", 'camunda:assignee="${bean.find(x)}"'), "extension_foreign"),
        (task("serviceTask", 'camunda:class="org.example.Pay"'), "operation_missing"),
        (task("scriptTask", 'scriptFormat="groovy"', rest="<script>1</script>"), "script_format"),
        (task("userTask", inside='<camunda:taskListener event="create" class="x"/>'), "extension_foreign"),
    ],
)
def test_what_has_no_equivalent_stays_and_is_refused_with_its_place(body: str, rule: str) -> None:
    adapted = adapt(file(body))
    assert rule in rules(adapted.content)
    found = lint_files({"p.bpmn": adapted.content}, "P", CATALOG)
    assert all(item.line and item.element == "a" for item in found if item.rule == rule)


def test_words_of_a_fork_are_read_like_those_of_its_origin() -> None:
    forked = file(task("userTask", 'camunda:candidateGroups="clerk"')).replace(b"camunda.org", b"operaton.org")
    assert part(adapt(forked).content, "assignment") == {"roles": "clerk"}
    listening = file(task("userTask", inside='<camunda:taskListener class="x"/>')).replace(
        b"camunda.org", b"operaton.org"
    )
    assert "extension_foreign" in rules(adapt(listening).content)


def test_what_a_thrown_message_a_condition_and_a_call_need_no_more_is_left_out_and_told() -> None:
    thrown = adapt(
        file(
            task(
                "intermediateThrowEvent",
                rest='<messageEventDefinition messageRef="m" camunda:type="external" camunda:topic="send"/>',
            ),
            '<message id="m" name="M"/>',
        )
    )
    watched = adapt(
        file(
            task(
                "intermediateCatchEvent",
                rest='<conditionalEventDefinition camunda:variableName="n">'
                "<condition>n = 1</condition></conditionalEventDefinition>",
            )
        )
    )
    called = adapt(
        file(
            task("callActivity", 'calledElement="P2"', '<camunda:in businessKey="#{execution.processBusinessKey}"/>'),
        )
    )
    for adapted, count in ((thrown, 2), (watched, 1), (called, 1)):
        assert len(adapted.changes) == count
        assert all(change.element == "a" for change in adapted.changes)
        assert "extension_foreign" not in rules(adapted.content)


def test_what_nothing_had_to_be_changed_in_comes_back_byte_for_byte() -> None:
    diagram = file("<!-- mine -->" + task("task", 'other:color="red"', '<other:note id="1 2">x</other:note>'))
    adapted = adapt(diagram)
    assert (adapted.content, adapted.changes) == (diagram, [])
    assert rules(diagram) == set()


def test_other_extensions_and_remarks_are_kept_beside_what_is_rewritten() -> None:
    inside = '<!-- mine --><other:note>x</other:note><zeebe:formDefinition formId="sheet"/>'
    attributes = 'camunda:asyncBefore="true" zeebe:modelerTemplate="t" camunda:candidateGroups="clerk"'
    content = adapt(file(task("userTask", attributes, inside))).content
    for kept in (b"<!-- mine -->", b"<other:note>x</other:note>", b"asyncBefore", b"modelerTemplate"):
        assert kept in content
    assert rules(content) == set()


def test_a_decision_model_passes_as_it_is() -> None:
    model = b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n"/>'
    assert adapt(model).content == model


@pytest.mark.parametrize("data", [b"", b"no xml", b"<a", b"<!DOCTYPE a><a/>", b"\xff\xfe\x00", b"<a>" * 3000])
def test_what_is_no_diagram_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        adapt(data)


def test_a_condition_that_would_never_be_asked_is_taken_off() -> None:
    condition = "<conditionExpression>{}</conditionExpression>"
    flow = '<sequenceFlow id="{0}" sourceRef="{1}" targetRef="{2}">{3}</sequenceFlow>'
    body = (
        '<startEvent id="s"/><exclusiveGateway id="x" default="fa"/><parallelGateway id="g"/><endEvent id="e"/>'
        + flow.format("f", "s", "x", "")
        + flow.format("fa", "x", "e", condition.format("n = 1"))
        + flow.format("fb", "x", "g", condition.format("n = 2"))
        + flow.format("fc", "g", "e", condition.format("=true"))
        + flow.format("fd", "g", "e", condition.format("true"))
    )
    adapted = adapt(file(body))
    assert [change.element for change in adapted.changes] == ["fa", "fc", "fd"]
    assert rules(adapted.content) == set()
    assert rules(adapt(file(body.replace("=true", "n = 3"))).content) == {"flow_condition_lost"}


def test_what_a_call_gives_and_takes_is_bound() -> None:
    inside = (
        '<camunda:in source="a" target="b"/><camunda:in sourceExpression="${c + 1}" target="d"/>'
        '<camunda:out source="x" target="y"/>'
    )
    content = adapt(file(task("callActivity", 'calledElement="Q"', inside))).content
    assert [part(content, "in", number) for number in (0, 1)] == [
        {"name": "b", "value": "=a"},
        {"name": "d", "value": "=c + 1"},
    ]
    assert part(content, "out") == {"name": "y", "value": "=x"}
    zeebe = (
        '<zeebe:calledElement processId="Q" propagateAllChildVariables="false"/><zeebe:ioMapping>'
        '<zeebe:input source="=a" target="b"/><zeebe:output source="=x" target="y"/></zeebe:ioMapping>'
    )
    content = adapt(file(task("callActivity", inside=zeebe))).content
    assert (part(content, "in"), part(content, "out")) == ({"name": "b", "value": "=a"}, {"name": "y", "value": "=x"})


@pytest.mark.parametrize("quoted", ['"PT1H"', "'PT1H'"])
def test_a_time_in_quotes_loses_them(quoted: str) -> None:
    timer = f"<timerEventDefinition><timeDuration>{quoted}</timeDuration></timerEventDefinition>"
    adapted = adapt(file(task("intermediateCatchEvent", rest=timer)))
    assert rules(adapted.content) == set()
    assert [change.element for change in adapted.changes] == ["a"]
    assert b">PT1H<" in adapted.content
