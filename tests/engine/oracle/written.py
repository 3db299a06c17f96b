"""The same diagrams as other tools write them down: BPMN 2.0.2, 15, and the types of its XML schema."""

from __future__ import annotations

from tests.engine.oracle.shorthand import NAMESPACES, Row

TASKS = '<startEvent id="s"/><userTask id="a"/><userTask id="r"/><endEvent id="e"/>'
HOUR = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
ON_M = '<messageEventDefinition messageRef="m"/>'
MESSAGE = '<message id="m" name="M"/>'
CHOICE = (
    '<startEvent id="s"/><userTask id="a"/><userTask id="r"/><endEvent id="e"/><exclusiveGateway id="x" default="{0}"/>'
)


def arrows(text: str) -> str:
    """Write sequence flows without ids."""
    ends = [flow.split(">") for flow in text.split()]
    return "".join(f'<sequenceFlow sourceRef="{one}" targetRef="{other}"/>' for one, other in ends)


def written(name: str, body: str, *scripts: str, top: str = "", rule: str = "") -> Row:
    """Make a row of what stands in the process, and at the top of the file."""
    spaces = (
        f'{NAMESPACES} xmlns:tns="http://x" xmlns:c="http://camunda.org/schema/1.0/bpmn" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )
    data = f'<definitions {spaces}>{top}<process id="P">{body}</process></definitions>'.encode()
    return Row(name, "", scripts, {}, {"p.bpmn": data}, rule)


def boundary(inside: str, attributes: str = 'attachedToRef="a"') -> str:
    """Write a task with an event at its boundary."""
    return f'{TASKS}<boundaryEvent id="b" {attributes}>{inside}</boundaryEvent>' + arrows("s>a a>e b>r r>e")


def repeated(loop: str) -> str:
    """Write a task that is done many times."""
    return TASKS.replace('<userTask id="a"/>', f'<userTask id="a">{loop}</userTask>') + arrows("s>a a>r r>e")


def chosen(condition: str, default: str = "d") -> str:
    """Write a choice."""
    return (
        CHOICE.format(default)
        + arrows("s>x a>e r>e")
        + f'<sequenceFlow id="c" sourceRef="x" targetRef="a">{condition}</sequenceFlow>'
        + '<sequenceFlow id="d" sourceRef="x" targetRef="r"/>'
    )


ROWS = [
    # ---- xsd:boolean may be written 1 and 0
    written("1 interrupts", boundary(HOUR, 'attachedToRef="a" cancelActivity="1"'), "start; time 1h; tasks r"),
    written("0 does not", boundary(HOUR, 'attachedToRef="a" cancelActivity="0"'), "start; time 1h; tasks a r"),
    written(
        "1 is sequential",
        repeated(
            '<multiInstanceLoopCharacteristics isSequential="1"><loopCardinality>2</loopCardinality>'
            "</multiInstanceLoopCharacteristics>"
        ),
        "start; tasks a; do a; tasks a; do a; tasks r",
    ),
    written(
        "1 asks before",
        repeated(
            '<standardLoopCharacteristics testBefore="1"><loopCondition>n = 1</loopCondition>'
            "</standardLoopCharacteristics>"
        ),
        "start n=0; tasks r",
        "start n=1; tasks a; do a n=2; tasks r",
    ),
    written(
        "1 is triggered by an event, 0 does not interrupt",
        f'{TASKS}<subProcess id="v" triggeredByEvent="1"><startEvent id="t" isInterrupting="0">{ON_M}</startEvent>'
        '<userTask id="h"/>' + arrows("t>h") + "</subProcess>" + arrows("s>a a>r r>e"),
        "start; msg M; tasks a h",
        top=MESSAGE,
    ),
    # ---- references
    written(
        "an event sub-process needs no id",
        TASKS
        + "".join(
            f'<subProcess triggeredByEvent="true"><startEvent id="t{n}" isInterrupting="false">{ON_M}</startEvent>'
            f'<userTask id="h{n}"/>{arrows(f"t{n}>h{n}")}</subProcess>'
            for n in (1, 2)
        )
        + arrows("s>a a>e"),
        "start; msg M; tasks a h1; msg M; count 3; all; end",
        top=MESSAGE,
    ),
    written(
        "references are QNames: a prefix is no part of the id",
        boundary(ON_M.replace('"m"', '"tns:m"'), 'attachedToRef="tns:a"'),
        "start; msg M; tasks r",
        top=MESSAGE,
    ),
    written(
        "flows may be prefixed, too",
        TASKS + arrows("tns:s>tns:a tns:a>tns:r tns:r>tns:e"),
        "start; do a; do r; end",
    ),
    written(
        "and the default", chosen("<conditionExpression>n = 1</conditionExpression>", "tns:d"), "start n=2; tasks r"
    ),
    written(
        "a trigger may be defined at the top of the file",
        boundary("<eventDefinitionRef>tns:later</eventDefinitionRef>"),
        "start; waiting 1; time 1h; tasks r",
        top=HOUR.replace("<timerEventDefinition>", '<timerEventDefinition id="later">'),
    ),
    written(
        "a result, too",
        TASKS
        + '<parallelGateway id="g"/><endEvent id="t"><eventDefinitionRef>stop</eventDefinitionRef></endEvent>'
        + arrows("s>g g>a g>r a>t r>e"),
        "start; do a; end",
        top='<terminateEventDefinition id="stop"/>',
    ),
    written(
        "a trigger that is defined nowhere",
        boundary("<eventDefinitionRef>nowhere</eventDefinitionRef>"),
        "fails",
        rule="element_unknown",
    ),
    written("an element without id", TASKS + "<userTask/>" + arrows("s>a a>e"), "fails", rule="id_missing"),
    written("a start event without id", "<startEvent/>" + TASKS[TASKS.index("<user") :], "fails", rule="id_missing"),
    # ---- expressions
    written(
        "an expression may hold remarks, sections and lines",
        chosen(
            '<conditionExpression xsi:type="tFormalExpression"><!-- c -->\n<![CDATA[ n < 5 and\n n > 1 ]]>\n'
            "</conditionExpression>"
        ),
        "start n=2; tasks a",
        "start n=9; tasks r",
    ),
    # ---- what is drawn
    written(
        "categories are drawn",
        TASKS.replace('<userTask id="a"/>', '<userTask id="a"><categoryValueRef>v</categoryValueRef></userTask>')
        + arrows("s>a a>e"),
        "start; tasks a",
        top='<category id="k"><categoryValue id="v" value="x"/></category>',
    ),
    written(
        "what undoes a sub-process may say that it is for compensation",
        TASKS
        + '<subProcess id="p"><startEvent id="t"/><userTask id="b"/>'
        + arrows("t>b")
        + '<subProcess id="v" triggeredByEvent="true" isForCompensation="true"><startEvent id="u">'
        '<compensateEventDefinition/></startEvent><userTask id="h"/>' + arrows("u>h") + "</subProcess></subProcess>"
        '<intermediateThrowEvent id="k"><compensateEventDefinition/></intermediateThrowEvent>'
        + arrows("s>p p>a a>k k>e"),
        "start; do b; do a; tasks h; do h; end",
    ),
    # ---- words of other engines change what runs, wherever they stand
    *(
        written(
            f"another engine's word {where}",
            body,
            "fails",
            top='<error id="er" errorCode="X"/>',
            rule="extension_foreign",
        )
        for where, body in {
            "on a flow": TASKS
            + '<sequenceFlow id="f" sourceRef="s" targetRef="a"><extensionElements><c:executionListener class="x" '
            'event="take"/></extensionElements></sequenceFlow>',
            "on a process": '<extensionElements><c:executionListener class="x" event="end"/></extensionElements>'
            + TASKS
            + arrows("s>a"),
            "on a trigger": boundary('<errorEventDefinition errorRef="er" c:errorCodeVariable="code"/>'),
            "on a loop": repeated(
                '<multiInstanceLoopCharacteristics c:collection="${x.y()}"><loopCardinality>2</loopCardinality>'
                "</multiInstanceLoopCharacteristics>"
            ),
            "on a condition": chosen('<conditionExpression c:resource="x.groovy">true</conditionExpression>'),
        }.items()
    ),
]
