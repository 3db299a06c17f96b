"""Read the processes of a BPMN file into the typed model.

Nothing is judged here: an element keeps the line it stands on and everything it carries, also what lint refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from workflows.engine.copies import read_copies, variable_of
from workflows.engine.foreign import foreign_words
from workflows.engine.model import (
    EventModel,
    FlowModel,
    LaneModel,
    LoopModel,
    NodeModel,
    Part,
    ProcessModel,
    ScopeModel,
)
from workflows.engine.xml import (
    BPMN,
    QS,
    Xml,
    child,
    children,
    elements,
    extensions,
    flag,
    is_element,
    line,
    local,
    namespace,
    reference,
    text,
)

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
        "ioSpecification",
        "dataInputAssociation",
        "dataOutputAssociation",
        "categoryValueRef",
    ]
)


def read_processes(root: Xml, file: str) -> list[ProcessModel]:
    """Read every process of a BPMN file; pools without a process are documentation."""
    reader = _Reader(root, file)
    return [reader.process(node) for node in children(root, "process")]


class _Reader:
    """Look up references of one file while its processes are read."""

    def __init__(self, root: Xml, file: str) -> None:
        self.file = file
        self.unnamed = 0
        self.names = {
            kind: {node.get("id", ""): node for node in children(root, kind)}
            for kind in ("message", "signal", "error", "escalation")
        }
        known = [item for item in root.iter() if is_element(item)]
        self.ids = {item.get("id", ""): item for item in known if item.get("id")}
        for item in known:
            self._defined_apart(item)
        self.associated: dict[str, list[str]] = {}
        for item in known:
            if local(item) == "association" and namespace(item) == BPMN:
                one, other = (reference(item, end) for end in ("sourceRef", "targetRef"))
                self.associated.setdefault(one, []).append(other)
                self.associated.setdefault(other, []).append(one)

    def _defined_apart(self, item: Xml) -> None:
        """Put an event definition that stands at the top of the file where an event refers to it."""
        definition = self.ids.get(text(item).rpartition(":")[2]) if local(item) == "eventDefinitionRef" else None
        parent = item.getparent()
        if definition is not None and parent is not None and local(definition) in EVENT_DEFINITIONS:
            parent.replace(item, deepcopy(definition))

    def process(self, node: Xml) -> ProcessModel:
        key = node.get("id", "")
        lanes: dict[str, LaneModel] = {}
        owner: dict[str, str] = {}
        for lane_set in children(node, "laneSet"):
            self._lanes(lane_set, lanes, owner, "")
        scope = self._scope(node, key, key, owner, "")
        words = tuple(foreign_words(node))
        return ProcessModel(key, node.get("name", key), self.file, line(node), scope, lanes, labels(node), words)

    def _lanes(self, lane_set: Xml, lanes: dict[str, LaneModel], owner: dict[str, str], parent: str) -> None:
        for node in children(lane_set, "lane"):
            key = node.get("id", "") or f"lane{len(lanes)}"
            assignment = next((item for item in extensions(node) if item.tag == f"{{{QS}}}assignment"), None)
            name = node.get("name", "")
            role = assignment.get("role", "") if assignment is not None else ""
            if not role:
                role = lanes[parent].role if parent else name
            lanes[key] = LaneModel(key, name, role, line(node), labels(node), parent)
            for member in children(node, "flowNodeRef"):
                owner[text(member).rpartition(":")[2]] = key
            inner = child(node, "childLaneSet")
            if inner is not None:
                self._lanes(inner, lanes, owner, key)

    def _scope(self, node: Xml, key: str, process: str, owner: Mapping[str, str], lane: str) -> ScopeModel:
        scope = ScopeModel(key, process)
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
            else:
                scope.unknown.append((item.get("id", ""), name, line(item)))
        return scope

    def _flow(self, item: Xml) -> FlowModel:
        condition = child(item, "conditionExpression")
        return FlowModel(
            id=item.get("id", ""),
            name=item.get("name", ""),
            source=reference(item, "sourceRef"),
            target=reference(item, "targetRef"),
            condition=None if condition is None else text(condition),
            line=line(item),
            labels=labels(item),
            language=condition.get("language", "") if condition is not None else "",
            foreign=tuple(foreign_words(item)),
        )

    def _node(self, item: Xml, process: str, owner: Mapping[str, str], lane: str) -> NodeModel:
        kind, key = local(item), item.get("id", "")
        if not key and flag(item, "triggeredByEvent"):  # nothing needs to refer to it
            self.unnamed += 1
            key = f" {kind} {self.unnamed}"
        lane = owner.get(key, lane)
        node = NodeModel(
            id=key,
            kind=kind,
            name=item.get("name", ""),
            line=line(item),
            xml=item,
            labels=labels(item),
            default=reference(item, "default"),
            attached=reference(item, "attachedToRef"),
            interrupting=flag(item, "cancelActivity" if kind == "boundaryEvent" else "isInterrupting", default=True),
            triggered=flag(item, "triggeredByEvent"),
            called=reference(item, "calledElement"),
            script=text(child(item, "script")),
            script_format=item.get("scriptFormat", ""),
            message=self._name("message", reference(item, "messageRef")),
            lane=lane,
            for_compensation=flag(item, "isForCompensation"),
            instantiate=flag(item, "instantiate"),
            parts=parts(item),
            associated=tuple(dict.fromkeys(self.associated.get(key, ()))),
            copies=read_copies(item, self.ids),
        )
        correlation = node.part("correlation")
        key_text = correlation.attributes.get("key", "") if correlation is not None else ""
        for inner in elements(item):
            if local(inner) in EVENT_DEFINITIONS and namespace(inner) == BPMN:
                node.events.append(self._event(inner, key_text))
        node.loop = loop(item)
        if node.loop is not None:  # a reference to a data object, an input or an output is its variable
            node.loop.collection = variable_of(node.loop.collection, self.ids) or node.loop.collection
            node.loop.output = variable_of(node.loop.output, self.ids) or node.loop.output
        if kind in SUB_PROCESSES:
            node.scope = self._scope(item, key, process, owner, lane)
            node.scope.triggered = node.triggered
        return node

    def _name(self, kind: str, key: str) -> str:
        node = self.names[kind].get(key)
        return node.get("name", "") or node.get("id", "") if node is not None else ""

    def _event(self, item: Xml, correlation: str) -> EventModel:
        kind = EVENT_DEFINITIONS[local(item)]
        event = EventModel(kind, line=line(item), correlation=correlation)
        if kind in self.names:
            event.reference = reference(item, f"{kind}Ref")
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
            event.reference = reference(item, "activityRef")
            event.waits = flag(item, "waitForCompletion", default=True)
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
            before=flag(standard, "testBefore"),
            maximum=standard.get("loopMaximum", ""),
            line=line(standard),
        )
    many = child(item, "multiInstanceLoopCharacteristics")
    if many is None:
        return None
    item_in, item_out = child(many, "inputDataItem"), child(many, "outputDataItem")
    return LoopModel(
        kind="multi",
        sequential=flag(many, "isSequential"),
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
