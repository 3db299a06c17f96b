"""What a diagram says, as typed values: the tree is read once, and lint and parser both work on this.

Nothing is judged here, except that an element keeps the line it stands on and everything it carries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workflows.engine.xml import BPMN, QS, Xml, child, children, elements, extensions, line, local, namespace, text

EVENT_DEFINITIONS = {
    "messageEventDefinition": "message",
    "signalEventDefinition": "signal",
    "timerEventDefinition": "timer",
    "conditionalEventDefinition": "conditional",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "terminateEventDefinition": "terminate",
    "linkEventDefinition": "link",
    "compensateEventDefinition": "compensation",
    "cancelEventDefinition": "cancel",
}
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
#: What stands in a process and is drawn, but never runs.
DRAWN = frozenset(
    [
        "documentation",
        "extensionElements",
        "incoming",
        "outgoing",
        "laneSet",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "textAnnotation",
        "association",
        "group",
        "category",
        "monitoring",
        "auditing",
        "supports",
        "property",
    ]
)


@dataclass(slots=True)
class EventModel:
    """An event definition: its kind and what it refers to, already looked up."""

    kind: str
    name: str = ""
    reference: str = ""
    timer: str = ""
    text: str = ""
    correlation: str = ""
    line: int = 0


@dataclass(slots=True)
class LoopModel:
    """Multi-instance or standard loop characteristics."""

    kind: str
    sequential: bool = False
    cardinality: str = ""
    collection: str = ""
    item: str = ""
    output: str = ""
    output_item: str = ""
    condition: str = ""
    before: bool = False
    maximum: str = ""
    line: int = 0


@dataclass(slots=True)
class FlowModel:
    """A sequence flow."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None
    line: int
    labels: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    added: bool = False


@dataclass(slots=True)
class Part:
    """One ``qs:`` extension element: attributes, and child elements for in and out."""

    name: str
    attributes: Mapping[str, str]
    line: int
    ins: tuple[tuple[str, str], ...] = ()
    outs: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class NodeModel:
    """A flow node. ``kind`` is the BPMN tag."""

    id: str
    kind: str
    name: str
    line: int
    xml: Xml
    labels: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    attached: str = ""
    interrupting: bool = True
    triggered: bool = False
    called: str = ""
    script: str = ""
    script_format: str = ""
    message: str = ""
    lane: str = ""
    for_compensation: bool = False
    instantiate: bool = False
    events: list[EventModel] = field(default_factory=list)
    loop: LoopModel | None = None
    parts: list[Part] = field(default_factory=list)
    scope: ScopeModel | None = None

    def part(self, name: str) -> Part | None:
        """Give the first extension element of that name."""
        return next((part for part in self.parts if part.name == name), None)

    def needed(self, name: str) -> Part:
        """Give the first extension element of that name; lint has seen that there is one."""
        return next(part for part in self.parts if part.name == name)

    def outputs(self) -> list[Part]:
        """Give every qs:output."""
        return [part for part in self.parts if part.name == "output"]

    @property
    def event(self) -> EventModel | None:
        """The one event definition, if there is one."""
        return self.events[0] if self.events else None


@dataclass(slots=True)
class ScopeModel:
    """A process or a sub-process: its nodes and flows in document order."""

    id: str
    process: str
    triggered: bool = False
    nodes: dict[str, NodeModel] = field(default_factory=dict)
    flows: list[FlowModel] = field(default_factory=list)
    unknown: list[tuple[str, str, int]] = field(default_factory=list)
    drawn_data: list[tuple[str, int]] = field(default_factory=list)

    def out(self, node: str) -> list[FlowModel]:
        """Give the flows that leave a node."""
        return [flow for flow in self.flows if flow.source == node]

    def into(self, node: str) -> list[FlowModel]:
        """Give the flows that enter a node."""
        return [flow for flow in self.flows if flow.target == node]

    def boundaries(self, node: str) -> list[NodeModel]:
        """Give the boundary events attached to a node."""
        return [other for other in self.nodes.values() if other.kind == "boundaryEvent" and other.attached == node]

    def walk(self) -> Iterator[tuple[ScopeModel, NodeModel]]:
        """Give every node of this scope and of those within."""
        for node in self.nodes.values():
            yield self, node
            if node.scope is not None:
                yield from node.scope.walk()

    def scopes(self) -> Iterator[ScopeModel]:
        """Give this scope and those within."""
        yield self
        for node in self.nodes.values():
            if node.scope is not None:
                yield from node.scope.scopes()


@dataclass(slots=True)
class LaneModel:
    """A lane with the role its assignment names (or its own name)."""

    id: str
    name: str
    role: str
    line: int
    labels: Mapping[str, str]
    parent: str = ""


@dataclass(slots=True)
class ProcessModel:
    """One process of one file."""

    id: str
    name: str
    file: str
    line: int
    scope: ScopeModel
    lanes: dict[str, LaneModel]
    labels: Mapping[str, str]


def read_processes(root: Xml, file: str) -> list[ProcessModel]:
    """Read every process of a BPMN file; pools without a process are documentation."""
    reader = _Reader(root, file)
    return [reader.process(node) for node in children(root, "process")]


class _Reader:
    """Look up references of one file while its processes are read."""

    def __init__(self, root: Xml, file: str) -> None:
        self.file = file
        self.names = {
            kind: {node.get("id", ""): node for node in children(root, kind)}
            for kind in ("message", "signal", "error", "escalation")
        }

    def process(self, node: Xml) -> ProcessModel:
        key = node.get("id", "")
        lanes: dict[str, LaneModel] = {}
        owner: dict[str, str] = {}
        for lane_set in children(node, "laneSet"):
            self._lanes(lane_set, lanes, owner, "")
        scope = self._scope(node, key, owner, "")
        return ProcessModel(key, node.get("name", key), self.file, line(node), scope, lanes, labels(node))

    def _lanes(self, lane_set: Xml, lanes: dict[str, LaneModel], owner: dict[str, str], parent: str) -> None:
        for node in children(lane_set, "lane"):
            key = node.get("id", "") or f"lane{len(lanes)}"
            assignment = next((item for item in extensions(node) if item.tag == f"{{{QS}}}assignment"), None)
            name = node.get("name", "")
            role = assignment.get("role", "") if assignment is not None else ""
            if not role:
                role = lanes[parent].role if parent else name
            lanes[key] = LaneModel(key, name, role, line(node), labels(node), parent)
            for reference in children(node, "flowNodeRef"):
                owner[text(reference)] = key
            inner = child(node, "childLaneSet")
            if inner is not None:
                self._lanes(inner, lanes, owner, key)

    def _scope(self, node: Xml, process: str, owner: Mapping[str, str], lane: str) -> ScopeModel:
        scope = ScopeModel(node.get("id", ""), process)
        for item in elements(node):
            name, space = local(item), namespace(item)
            if space != BPMN:
                scope.unknown.append((item.get("id", ""), name, line(item)))
            elif name == "sequenceFlow":
                scope.flows.append(self._flow(item))
            elif name in DRAWN or name in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
                continue
            elif name.endswith(("Event", "Task", "Gateway", "Activity")) or name in SUB_PROCESSES or name == "task":
                found = self._node(item, process, owner, lane)
                scope.nodes[found.id or f"line {found.line}"] = found
            elif name in ("ioSpecification", "dataInputAssociation", "dataOutputAssociation"):
                scope.drawn_data.append((item.get("id", "") or node.get("id", ""), line(item)))
            else:
                scope.unknown.append((item.get("id", ""), name, line(item)))
        return scope

    def _flow(self, item: Xml) -> FlowModel:
        condition = child(item, "conditionExpression")
        return FlowModel(
            id=item.get("id", ""),
            name=item.get("name", ""),
            source=item.get("sourceRef", ""),
            target=item.get("targetRef", ""),
            condition=None if condition is None else text(condition),
            line=line(item),
            labels=labels(item),
            language=condition.get("language", "") if condition is not None else "",
        )

    def _node(self, item: Xml, process: str, owner: Mapping[str, str], lane: str) -> NodeModel:
        kind, key = local(item), item.get("id", "")
        lane = owner.get(key, lane)
        node = NodeModel(
            id=key,
            kind=kind,
            name=item.get("name", ""),
            line=line(item),
            xml=item,
            labels=labels(item),
            default=item.get("default", ""),
            attached=item.get("attachedToRef", ""),
            interrupting=item.get("cancelActivity" if kind == "boundaryEvent" else "isInterrupting", "true") == "true",
            triggered=item.get("triggeredByEvent", "false") == "true",
            called=item.get("calledElement", "").rpartition(":")[2],
            script=text(child(item, "script")),
            script_format=item.get("scriptFormat", ""),
            message=self._name("message", item.get("messageRef", "")),
            lane=lane,
            for_compensation=item.get("isForCompensation", "false") == "true",
            instantiate=item.get("instantiate", "false") == "true",
            parts=parts(item),
        )
        correlation = node.part("correlation")
        key_text = correlation.attributes.get("key", "") if correlation is not None else ""
        for inner in elements(item):
            if local(inner) in EVENT_DEFINITIONS and namespace(inner) == BPMN:
                node.events.append(self._event(inner, key_text))
        node.loop = loop(item)
        if kind in SUB_PROCESSES:
            node.scope = self._scope(item, process, owner, lane)
            node.scope.triggered = node.triggered
        return node

    def _name(self, kind: str, reference: str) -> str:
        node = self.names[kind].get(reference.rpartition(":")[2])
        return node.get("name", "") if node is not None else ""

    def _event(self, item: Xml, correlation: str) -> EventModel:
        kind = EVENT_DEFINITIONS[local(item)]
        event = EventModel(kind, line=line(item), correlation=correlation)
        if kind in self.names:
            event.reference = item.get(f"{kind}Ref", "").rpartition(":")[2]
            node = self.names[kind].get(event.reference)
            if node is not None:
                code = node.get("errorCode") or node.get("escalationCode")
                event.name = code or node.get("name", "") or event.reference
        elif kind == "timer":
            for name in ("timeDate", "timeDuration", "timeCycle"):
                found = child(item, name)
                if found is not None:
                    event.timer, event.text = name, text(found)
        elif kind == "conditional":
            event.text = text(child(item, "condition"))
        elif kind == "link":
            event.name = item.get("name", "")
        elif kind == "compensation":
            event.reference = item.get("activityRef", "")
        return event


def labels(item: Xml) -> dict[str, str]:
    """Give the names in other languages."""
    return {found.get("lang", ""): found.get("text", "") for found in extensions(item) if found.tag == f"{{{QS}}}label"}


def parts(item: Xml) -> list[Part]:
    """Give the ``qs:`` extension elements of a node."""
    found = []
    for extension in extensions(item):
        if namespace(extension) != QS:
            continue
        ins = tuple((one.get("name", ""), one.get("value", "")) for one in children(extension, "in", QS))
        outs = tuple((one.get("name", ""), one.get("value", "")) for one in children(extension, "out", QS))
        attributes = {str(key): str(value) for key, value in extension.attrib.items()}
        found.append(Part(local(extension), attributes, line(extension), ins, outs))
    return found


def loop(item: Xml) -> LoopModel | None:
    """Read loop characteristics."""
    standard = child(item, "standardLoopCharacteristics")
    if standard is not None:
        return LoopModel(
            kind="standard",
            condition=text(child(standard, "loopCondition")),
            before=standard.get("testBefore", "false") == "true",
            maximum=standard.get("loopMaximum", ""),
            line=line(standard),
        )
    many = child(item, "multiInstanceLoopCharacteristics")
    if many is None:
        return None
    item_in, item_out = child(many, "inputDataItem"), child(many, "outputDataItem")
    return LoopModel(
        kind="multi",
        sequential=many.get("isSequential", "false") == "true",
        cardinality=text(child(many, "loopCardinality")),
        collection=text(child(many, "loopDataInputRef")),
        item=_data_name(item_in),
        output=text(child(many, "loopDataOutputRef")),
        output_item=_data_name(item_out),
        condition=text(child(many, "completionCondition")),
        line=line(many),
    )


def _data_name(item: Xml | None) -> str:
    return "" if item is None else item.get("name", "") or item.get("id", "")
