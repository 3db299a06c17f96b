"""Diagrams in a line: elements by tag, flows as ``a>b?condition``."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:qs="https://qingshen.org/bpmn/1"'


def el(tag: str, ids: str, inside: str = "", **attributes: str) -> str:
    """Make one element of that tag for each id."""
    extra = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return "".join(f'<{tag} id="{key}"{extra}>{inside}</{tag}>' for key in ids.split())


def ext(inside: str) -> str:
    return f"<extensionElements>{inside}</extensionElements>"


def flows(text: str) -> str:
    """Connect: ``a>b`` or ``a>b?condition``; spaces inside a condition are written ``~``."""
    made = []
    for arrow in text.split():
        match = re.fullmatch(r"([\w]+)>([\w]+)(?:\?(.*))?", arrow)
        assert match, arrow
        source, target, condition = match.groups()
        inner = ""
        if condition:
            inner = f"<conditionExpression>{escape(condition.replace('~', ' '))}</conditionExpression>"
        made.append(
            f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
        )
    return "".join(made)


def user(ids: str, inside: str = "", **attributes: str) -> str:
    return el(
        "userTask",
        ids,
        ext('<qs:assignment role="clerk"/>' + inside) if "<bpmn" not in inside else inside,
        **attributes,
    )


def service(key: str, operation: str = "work", inside: str = "") -> str:
    return el("serviceTask", key, ext(f'<qs:operation name="{operation}">{inside}</qs:operation>'))


def timer(kind: str, text: str) -> str:
    return f"<timerEventDefinition><{kind}>{escape(text)}</{kind}></timerEventDefinition>"


def process(body: str, arrows: str = "", key: str = "P") -> str:
    """Make a process with start ``s`` and end ``e``."""
    return f'<process id="{key}"><startEvent id="s"/><endEvent id="e"/>{body}{flows(arrows)}</process>'


def file(text: str, top: str = "") -> bytes:
    """Make a BPMN file."""
    return f"<definitions {NAMESPACES}>{top}{text}</definitions>".encode()


def files(*processes: str, top: str = "") -> dict[str, bytes]:
    """Make one file for each process."""
    return {f"{number}.bpmn": file(text, top) for number, text in enumerate(processes)}


def diagram(body: str, arrows: str = "", top: str = "") -> bytes:
    """Make a file of one process ``P``."""
    return file(process(body, arrows), top)


MESSAGE = '<message id="msg" name="M"/>'
ON_MESSAGE = '<messageEventDefinition messageRef="msg"/>'
SIGNAL = '<signal id="sg" name="S"/>'
ON_SIGNAL = '<signalEventDefinition signalRef="sg"/>'
ERROR = '<error id="er" errorCode="E1"/>'
ON_ERROR = '<errorEventDefinition errorRef="er"/>'
ESCALATION = '<escalation id="es" escalationCode="X1"/>'
ON_ESCALATION = '<escalationEventDefinition escalationRef="es"/>'
EACH = (
    "<multiInstanceLoopCharacteristics{}><loopDataInputRef>xs</loopDataInputRef><loopDataOutputRef>sheets</loopDataOutputRef>"
    '<inputDataItem id="it" name="x"/><outputDataItem id="ot" name="sheet"/>{}</multiInstanceLoopCharacteristics>'
)
PARALLEL = EACH.format("", "")
SEQUENTIAL = EACH.format(' isSequential="true"', "")
