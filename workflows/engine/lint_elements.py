"""What is wrong with one element: kinds that do not run, names of nothing, extension elements that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.engine import timers
from workflows.engine.foreign import foreign_words
from workflows.engine.model import EventModel, NodeModel, Part, ProcessModel, ScopeModel
from workflows.engine.parser import BUILDERS
from workflows.engine.reader import DRAWN, EVENT_DEFINITIONS
from workflows.engine.rules import finding
from workflows.engine.vocabulary import WORDS, Known
from workflows.engine.xml import BPMN, QS, children, elements, extensions, line, local, namespace
from workflows.errors import Finding

_EVENTS: dict[str, frozenset[str]] = {
    "endEvent": frozenset({"message", "signal", "error", "escalation", "terminate", "compensation", "cancel"}),
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation", "link", "compensation"}),
    "intermediateCatchEvent": frozenset({"message", "signal", "timer", "conditional", "link"}),
    "boundaryEvent": frozenset(
        {"message", "signal", "timer", "conditional", "error", "escalation", "compensation", "cancel"}
    ),
}
#: What may stand together in one event: the first of the triggers that comes counts, all of them are thrown.
_CAUGHT = frozenset({"message", "signal", "timer", "conditional"})
_SEVERAL: dict[str, frozenset[str]] = {
    "startEvent": _CAUGHT | {"error", "escalation"},
    "intermediateCatchEvent": _CAUGHT,
    "boundaryEvent": _CAUGHT | {"error", "escalation"},
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation"}),
    "endEvent": frozenset({"message", "signal", "escalation"}),
}
_NAMED = frozenset({"message", "signal"})
_ACTIVITIES = frozenset(
    [
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "scriptTask",
        "businessRuleTask",
        "sendTask",
        "subProcess",
        "transaction",
        "callActivity",
        "receiveTask",
    ]
)
_INSIDE = frozenset(
    [
        "script",
        "timeDate",
        "timeDuration",
        "timeCycle",
        "condition",
        "standardLoopCharacteristics",
        "multiInstanceLoopCharacteristics",
        "dataInput",
        "dataOutput",
        "inputSet",
        "outputSet",
    ]
)


_EXAMPLES = {"date": "2026-03-01T09:00:00", "duration": "PT1H", "cycle": "R3/PT1H"}

#: Attributes that would change what runs, with the values that we run.
_ATTRIBUTES = {
    "startQuantity": ("1",),
    "completionQuantity": ("1",),
    "parallelMultiple": ("false", "0"),
    "eventGatewayType": ("Exclusive",),
    "behavior": ("All",),
    "method": ("##Compensate",),
}


class _Judge:
    """Collects the findings of one element."""

    def __init__(self, node: NodeModel, scope: ScopeModel, process: ProcessModel, known: Known) -> None:
        self.node, self.scope, self.process, self.known = node, scope, process, known
        self.found: list[Finding] = []

    def say(self, rule: str, at: int = 0, **values: object) -> None:
        self.found.append(finding(rule, self.node.id, at or self.node.line, self.process.file, **values))

    # ---- what stands in it

    def extension_elements(self) -> None:
        for kind, at in foreign_words(self.node.xml):
            self.say("extension_foreign", at, kind=kind)
        for item in extensions(self.node.xml):
            if namespace(item) == QS:
                for inner in elements(item):
                    allowed = WORDS[local(item)].inside if local(item) in WORDS else frozenset()
                    if namespace(inner) != QS or local(inner) not in allowed:
                        self.say("extension_unknown", line(inner), kind=local(inner))
                    elif inner.get("name") is None or inner.get("value") is None:
                        self.say("extension_value", line(inner), kind=local(inner), attribute="name, value")
        for part in self.node.parts:
            self.word(part)

    def word(self, part: Part) -> None:
        word = WORDS.get(part.name)
        if word is None:
            self.say("extension_unknown", part.line, kind=part.name)
            return
        if word.on and self.node.kind not in word.on:
            self.say("extension_misplaced", part.line, kind=part.name, on=self.node.kind)
        for name in part.attributes:
            if word.attributes is not None and name not in word.attributes:
                self.say("extension_attribute", part.line, kind=part.name, attribute=name)
        for name in sorted(word.needed):
            if not part.attributes.get(name):
                self.say("extension_value", part.line, kind=part.name, attribute=name)
        if part.name not in ("output", "label") and part is not self.node.part(part.name):
            self.say("extension_twice", part.line, kind=part.name)

    def children(self) -> None:
        allowed = DRAWN | _INSIDE | EVENT_DEFINITIONS.keys()
        for item in elements(self.node.xml) if self.node.scope is None else []:
            if namespace(item) == BPMN and local(item) not in allowed:
                self.say("element_unknown", line(item), kind=local(item))
        for at in self.node.copies.drawn:
            self.say("data_association", at)
        for at in self.node.copies.wrong:
            self.say("data_association_empty", at)

    def attributes(self) -> None:
        loops = children(self.node.xml, "multiInstanceLoopCharacteristics")
        for item in (self.node.xml, *loops):
            for name, known in _ATTRIBUTES.items():
                if item.get(name, known[0]).strip() not in known:
                    self.say("attribute_unsupported", line(item), name=name, value=item.get(name, ""))

    # ---- events

    def events(self) -> None:
        node = self.node
        if not node.kind.endswith("Event"):
            return
        if len(node.events) > 1 and {event.kind for event in node.events} - _SEVERAL.get(node.kind, frozenset()):
            self.say("event_several")
        for event in node.events:
            allowed = _EVENTS.get(node.kind)
            if allowed is not None and event.kind not in allowed:
                self.say("event_kind", event.line, kind=event.kind)
            else:
                self.event(event)
        if not node.events and node.kind in ("intermediateCatchEvent", "boundaryEvent"):
            self.say("event_none")
        if node.kind == "boundaryEvent":
            self.boundary()

    def boundary(self) -> None:
        node = self.node
        host = self.scope.nodes.get(node.attached)
        if host is None or host.kind not in _ACTIVITIES or host.triggered:
            self.say("attached")
        if any(event.kind == "error" for event in node.events) and not node.interrupting:
            self.say("event_error_non_interrupting")

    def event(self, event: EventModel) -> None:
        if event.kind in _NAMED and not event.name:
            self.say("event_name", event.line, kind=event.kind)
        if event.kind in ("error", "escalation") and not event.name:
            throwing = self.node.kind in ("endEvent", "intermediateThrowEvent")
            if throwing or event.reference:
                self.say("event_name", event.line, kind=event.kind)
        if event.kind == "conditional" and not event.text:
            self.say("condition_missing", event.line)
        if event.kind == "timer":
            self.timer(event)

    def timer(self, event: EventModel) -> None:
        if not event.text:
            self.say("timer_empty", event.line)
        elif not event.text.startswith("="):
            try:
                if event.timer == "timeDate":
                    timers.moment(event.text, "UTC")
                elif event.timer == "timeDuration":
                    timers.duration(event.text)
                else:
                    found = timers.cycle(event.text)
                    if found.start is not None:
                        timers.moment(found.start, "UTC")
            except (ValueError, OverflowError):
                kind = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}[event.timer]
                self.say("timer_text", event.line, text=event.text, kind=kind, example=_EXAMPLES[kind])

    # ---- tasks

    def task(self) -> None:
        node, known = self.node, self.known
        match node.kind:
            case "userTask" | "manualTask":
                self.person()
            case "serviceTask":
                self.operation(required=True)
            case "sendTask":
                self.operation(required=False)
                if node.part("operation") is None and not node.message:
                    self.say("message_missing", kind=node.kind)
            case "receiveTask" if not node.message:
                self.say("message_missing", kind=node.kind)
            case "scriptTask":
                self.script()
            case "businessRuleTask":
                self.rule()
            case "callActivity" if node.called not in known.processes:
                self.say("process_unknown", called=node.called)
            case "task":
                self.say("task_plain")

    def person(self) -> None:
        node, known = self.node, self.known
        lane = self.process.lanes.get(node.lane)
        assignment, form = node.part("assignment"), node.part("form")
        if assignment is None and (lane is None or not lane.role):
            self.say("role_missing")
        if assignment is not None:
            named = [assignment.attributes.get(name, "") for name in ("role", "roles")]
            for role in [part.strip() for text in named if not text.startswith("=") for part in text.split(",")]:
                if role and role not in known.roles:
                    self.say("role_unknown", assignment.line, role=role)
        if form is not None:
            key = form.attributes.get("key", "")
            if key and not key.startswith("=") and key not in known.forms:
                self.say("form_unknown", form.line, form=key)
        deadline = node.part("deadline")
        due = deadline.attributes.get("due", "") if deadline is not None else ""
        if deadline is not None and due and not due.startswith("="):
            try:
                timers.deadline(due, timers.moment("2026-01-01", "UTC"), "UTC")
            except (ValueError, OverflowError):
                self.say("timer_text", deadline.line, text=due, kind="date", example=_EXAMPLES["date"])

    def operation(self, *, required: bool) -> None:
        part = self.node.part("operation")
        if part is None:
            if required:
                self.say("operation_missing", kind=self.node.kind)
        elif part.attributes.get("name") not in self.known.operations:
            self.say("operation_unknown", part.line, operation=part.attributes.get("name", ""))

    def script(self) -> None:
        node = self.node
        if node.script_format.lower() not in ("feel", "", "text/feel", "application/feel"):
            self.say("script_format", format=node.script_format)
        elif not node.script:
            self.say("script_empty")
        if node.part("script") is None:
            self.say("result_missing")

    def rule(self) -> None:
        part = self.node.part("decision")
        if part is None:
            if self.node.part("operation") is None:
                self.say("decision_missing")
            else:
                self.operation(required=True)
        elif part.attributes.get("ref") not in self.known.decisions:
            self.say("decision_unknown", part.line, decision=part.attributes.get("ref", ""))

    def loop(self) -> None:
        loop = self.node.loop
        if loop is None:
            return
        if self.node.kind not in _ACTIVITIES or self.node.triggered:
            self.say("loop_kind", loop.line, kind=self.node.kind)
        if loop.kind == "standard":
            if not loop.condition and not loop.maximum:
                self.say("loop_standard", loop.line)
            if loop.maximum and not loop.maximum.isdigit():
                self.say("loop_standard", loop.line)
            return
        if not loop.collection and not loop.cardinality:
            self.say("loop_empty", loop.line)
        if bool(loop.output) != bool(loop.output_item):
            self.say("loop_item", loop.line)


def element_findings(node: NodeModel, scope: ScopeModel, process: ProcessModel, known: Known) -> Iterator[Finding]:
    """Give the findings of one element."""
    judge = _Judge(node, scope, process, known)
    if not node.id:
        judge.say("id_missing", kind=node.kind)
    judge.extension_elements()
    judge.children()
    judge.attributes()
    if node.kind not in BUILDERS:
        judge.say("element_unsupported", kind=node.kind)
    else:
        judge.events()
        judge.task()
        judge.loop()
    yield from judge.found
