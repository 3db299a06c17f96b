"""Diagrams and scripts in a few words.

A diagram is a list of statements, one a line or with ``;`` between them:

    user a b                    elements: kind, ids, then what they hold
    user v times 3 until "nrOfCompletedInstances >= 2"
    catch c message M           message, signal, timer, condition, error, escalation, link, terminate, cancel, compensate
    boundary t on a timer PT1H  interrupting; ``beside a``: not interrupting
    start s meanwhile signal S  of an event sub-process that does not interrupt
    sub sp { ... }              braces apart from what stands within; also
                                transaction, eventsub, ``process Q { ... }`` for another process
    script x n = "n + 1"        result and expression; ``rule x decision result``
    s>a>e x>b                   flows; ``x>b ? ok = true`` with a condition, ``x>c ? else`` the default
    b~h                         the association from a compensation event to its handler

A script is a list of operations with ``;`` between them, as ``case.json`` names them, variables as ``name=json``.
``@key`` is the key of a message. Times are seconds, or end in ``m``, ``h``, ``d``.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from workflows.process_tests import make_case
from workflows.stage import Case

NAMESPACES = 'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:qs="https://qingshen.org/bpmn/1"'
KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "task": "task",
    "user": "userTask",
    "manual": "manualTask",
    "service": "serviceTask",
    "script": "scriptTask",
    "rule": "businessRuleTask",
    "send": "sendTask",
    "receive": "receiveTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "first": "eventBasedGateway",
    "complex": "complexGateway",
    "sub": "subProcess",
    "transaction": "transaction",
    "adhoc": "adHocSubProcess",
    "eventsub": "subProcess",
    "call": "callActivity",
}
_NAMED = {"message": "message", "signal": "signal", "error": "error", "escalation": "escalation"}
_BARE = {"terminate": "terminate", "cancel": "cancel"}
_WORDS = frozenset(
    [
        "message",
        "signal",
        "timer",
        "condition",
        "error",
        "escalation",
        "link",
        "terminate",
        "cancel",
        "compensate",
        "on",
        "beside",
        "times",
        "each",
        "as",
        "collect",
        "sequential",
        "until",
        "while",
        "max",
        "before",
        "named",
        "calls",
        "compensation",
        "reads",
        "from",
        "meanwhile",
        "instantiate",
        "parallel-multiple",
    ]
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_CHECKS_NAMES = {"tasks", "ids", "active"}
_ALIASES = {"nth": "donth", "all": "doall"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what is true, a diagram, and the scripts that show it.

    ``more`` goes into the case, ``files`` beside the diagram or instead of it; ``rule`` is what a row that fails breaks.
    """

    name: str
    diagram: str
    scripts: tuple[str, ...]
    more: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    rule: str = ""

    def case(self) -> Case:
        """Give the case that is played."""
        about = {"process": "P", "variants": [operations(text) for text in self.scripts], **self.more}
        return make_case(about, {"p.bpmn": bpmn(self.diagram, self.more.get("top", "")), **self.files})


def row(name: str, diagram: str, *scripts: str, files: Mapping[str, bytes] | None = None, **more: Any) -> Row:
    """Make a row."""
    return Row(name, diagram, scripts, more, files or {})


# ---- scripts ---------------------------------------------------------------------------------------------------


def operations(text: str) -> list[list[Any]]:
    """Read a script."""
    return [_operation(shlex.split(part)) for part in text.split(";") if part.strip()]


def _operation(words: list[str]) -> list[Any]:
    name, rest = _ALIASES.get(words[0], words[0]), words[1:]
    if name in _CHECKS_NAMES:
        return [name, rest]
    if name == "time":
        return [name, _seconds(rest[0])]
    if name in ("count", "waiting"):
        return [name, int(rest[0])]
    values = {key: _value(value) for key, value in (word.split("=", 1) for word in rest if "=" in word)}
    plain: list[Any] = [word for word in rest if "=" not in word and word[0] != "@"]
    key = [word[1:] for word in rest if word[0] == "@"]
    if name == "donth":
        plain = [int(plain[0])]
    return [name, *plain, values, *key] if values or key or name in ("start", "fails") else [name, *plain]


def _seconds(text: str) -> float:
    return float(text[:-1]) * _SECONDS[text[-1]] if text[-1] in _SECONDS else float(text)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


# ---- diagrams --------------------------------------------------------------------------------------------------


def bpmn(text: str, top: str = "") -> bytes:
    """Draw a diagram; ``top`` stands before its processes."""
    writer = _Writer()
    body = writer.scope(text)
    processes = f'<process id="P">{body}</process>' + "".join(writer.processes)
    return f"<definitions {NAMESPACES}>{top}{''.join(writer.top.values())}{processes}</definitions>".encode()


def statements(text: str) -> Iterator[tuple[str, str | None]]:
    """Give each statement, with what stands in its braces."""
    at, depth, begun, inside = 0, 0, 0, 0
    head = ""
    while at <= len(text):
        sign = text[at] if at < len(text) else "\n"
        apart = at > 0 and text[at - 1].isspace()
        if sign == "{" and apart:
            if depth == 0:
                head, inside = text[begun:at], at + 1
            depth += 1
        elif sign == "}" and apart:
            depth -= 1
            if depth == 0:
                yield head.strip(), text[inside:at]
                begun = at + 1
        elif sign in ";\n" and depth == 0:
            if text[begun:at].strip():
                yield text[begun:at].strip(), None
            begun = at + 1
        at += 1
    assert depth == 0, text


class _Writer:
    """Writes the scopes of one file, and gathers what stands at its top."""

    def __init__(self) -> None:
        self.top: dict[str, str] = {}
        self.processes: list[str] = []
        self.flows: set[str] = set()

    def scope(self, text: str) -> str:
        """Write what stands in a process or a sub-process."""
        made, arrows = [], []
        defaults: dict[str, str] = {}
        for head, inside in statements(text):
            if re.match(r"\w+[>~]", head):
                arrows += list(self._arrows(head, defaults))
            elif head.startswith("process "):
                self.processes.append(f'<process id="{head.split()[1]}">{self.scope(inside or "")}</process>')
            elif head.startswith("<"):
                made.append(head)
            else:
                made += self._elements(shlex.split(head), inside)
        whole = "".join(made)
        for source, flow in defaults.items():
            whole = re.sub(rf'(<\w+ id="{source}")', rf'\1 default="{flow}"', whole, count=1)
        return whole + "".join(arrows)

    def _arrows(self, text: str, defaults: dict[str, str]) -> Iterator[str]:
        chains, _, condition = (part.strip() for part in text.partition("?"))
        for chain in chains.split():
            if "~" in chain:
                source, target = chain.split("~")
                yield (
                    f'<association id="{source}_{target}" sourceRef="{source}" targetRef="{target}" '
                    'associationDirection="One"/>'
                )
                continue
            ends = chain.split(">")
            for source, target in pairwise(ends):
                yield self._flow(source, target, condition, defaults)

    def _flow(self, source: str, target: str, condition: str, defaults: dict[str, str]) -> str:
        key = f"{source}_{target}"
        while key in self.flows:
            key += "_"
        self.flows.add(key)
        if condition == "else" or condition.startswith("else "):
            defaults[source] = key
            condition = condition[4:].strip()
        inner = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
        return f'<sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'

    def _elements(self, words: list[str], inside: str | None) -> Iterator[str]:
        kind, rest = words[0], words[1:]
        if kind == "script":
            yield self._script(*rest)
            return
        if kind == "rule":
            extension = f'<extensionElements><qs:decision ref="{rest[1]}" result="{rest[2]}"/></extensionElements>'
            yield f'<businessRuleTask id="{rest[0]}">{extension}</businessRuleTask>'
            return
        number = next((at for at, word in enumerate(rest) if word in _WORDS), len(rest))
        ids, held = rest[:number], rest[number:]
        for key in ids:
            yield self._element(kind, key, list(held), inside)

    def _script(self, key: str, result: str, _: str, text: str) -> str:
        extension = f'<extensionElements><qs:script result="{result}"/></extensionElements>'
        return f'<scriptTask id="{key}">{extension}<script>{escape(text)}</script></scriptTask>'

    def _element(self, kind: str, key: str, held: list[str], inside: str | None) -> str:
        attributes: dict[str, str] = {"triggeredByEvent": "true"} if kind == "eventsub" else {}
        loop: dict[str, str] = {}
        extensions: list[str] = []
        within: list[str] = []
        while held:
            word = held.pop(0)
            if word in ("sequential", "before", "compensation", "instantiate", "parallel-multiple"):
                loop[word] = "true"
            elif word in ("times", "each", "as", "collect", "from", "until", "while", "max"):
                loop[word] = held.pop(0)
            elif word in ("on", "beside"):
                attributes["attachedToRef"] = held.pop(0)
                attributes |= {"cancelActivity": "false"} if word == "beside" else {}
            elif word == "meanwhile":
                attributes["isInterrupting"] = "false"
            elif word in ("named", "calls"):
                attributes["name" if word == "named" else "calledElement"] = held.pop(0)
            elif word == "reads":
                extensions.append(f"<qs:correlation key={quoteattr(held.pop(0))}/>")
            elif word == "message" and kind in ("send", "receive"):
                attributes["messageRef"] = self._declare("message", held.pop(0))
            else:
                within.append(self._trigger(word, held))
        attributes |= {"isForCompensation": "true"} if loop.pop("compensation", "") else {}
        attributes |= {"instantiate": "true"} if loop.pop("instantiate", "") else {}
        attributes |= {"parallelMultiple": "true"} if loop.pop("parallel-multiple", "") else {}
        body = self.scope(inside) if inside is not None else ""
        ext = f"<extensionElements>{''.join(extensions)}</extensionElements>" if extensions else ""
        whole = " ".join(f"{name}={quoteattr(value)}" for name, value in {"id": key, **attributes}.items())
        return f"<{KINDS[kind]} {whole}>{ext}{''.join(within)}{_loop(key, loop)}{body}</{KINDS[kind]}>"

    def _trigger(self, word: str, held: list[str]) -> str:
        if word == "timer":
            text = held.pop(0)
            name = "timeCycle" if text.startswith("R") else "timeDuration" if text.startswith("P") else "timeDate"
            if text.startswith("="):
                name = held.pop(0)
            return f"<timerEventDefinition><{name}>{escape(text)}</{name}></timerEventDefinition>"
        if word == "condition":
            condition = escape(held.pop(0))
            return f"<conditionalEventDefinition><condition>{condition}</condition></conditionalEventDefinition>"
        if word == "link":
            return f'<linkEventDefinition name="{held.pop(0)}"/>'
        if word == "compensate":
            ref = f' activityRef="{held.pop(0)}"' if held and held[0] not in _WORDS else ""
            return f"<compensateEventDefinition{ref}/>"
        if word in _BARE:
            return f"<{word}EventDefinition/>"
        assert word in _NAMED, word
        name = held.pop(0) if held and held[0] not in _WORDS else ""
        ref = f' {word}Ref="{self._declare(word, name)}"' if name else ""
        return f"<{word}EventDefinition{ref}/>"

    def _declare(self, kind: str, name: str) -> str:
        """Declare a message, signal, error or escalation; one that begins with ``?`` is not declared."""
        key = f"{kind}_{name.strip('?')}"
        code = {"error": f' errorCode="{name}"', "escalation": f' escalationCode="{name}"'}.get(kind, "")
        if not name.startswith("?"):
            self.top[key] = f'<{kind} id="{key}" name="{name}"{code}/>'
        return key


def _loop(key: str, loop: Mapping[str, str]) -> str:
    if not loop:
        return ""
    if loop.keys() & {"while", "max", "before"}:
        condition = f"<loopCondition>{escape(loop['while'])}</loopCondition>" if "while" in loop else ""
        maximum = f' loopMaximum="{loop["max"]}"' if "max" in loop else ""
        before = ' testBefore="true"' if "before" in loop else ""
        return f"<standardLoopCharacteristics{before}{maximum}>{condition}</standardLoopCharacteristics>"
    inner = f"<loopCardinality>{escape(loop['times'])}</loopCardinality>" if "times" in loop else ""
    inner += f"<loopDataInputRef>{loop['each']}</loopDataInputRef>" if "each" in loop else ""
    inner += f"<loopDataOutputRef>{loop['collect']}</loopDataOutputRef>" if "collect" in loop else ""
    inner += f'<inputDataItem id="item_of_{key}" name="{loop["as"]}"/>' if "as" in loop else ""
    inner += f'<outputDataItem id="mark_of_{key}" name="{loop["from"]}"/>' if "from" in loop else ""
    inner += f"<completionCondition>{escape(loop['until'])}</completionCondition>" if "until" in loop else ""
    sequential = ' isSequential="true"' if "sequential" in loop else ""
    return f"<multiInstanceLoopCharacteristics{sequential}>{inner}</multiInstanceLoopCharacteristics>"
