"""From the typed diagram to SpiffWorkflow specs made of our classes, frozen.

Stock parses by recursion along the flows and keeps predecessors instead of flows; this walks the elements once and
connects each flow by itself, so long chains and two flows between one pair are no matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workflows.engine.expressions import Value, attribute, required
from workflows.engine.model import EventModel, LoopModel, NodeModel, Part, ProcessModel, ScopeModel
from workflows.engine.normalise import starts
from workflows.engine.specs.activities import (
    Operation,
    PlainTask,
    ReceiveTask,
    RuleTask,
    ScriptTask,
    SendTask,
    ServiceTask,
    UserTask,
    Work,
)
from workflows.engine.specs.base import Element, Flow, Meta, Process
from workflows.engine.specs.events import Boundary, IntermediateCatch, StartEvent, Throw, Trigger
from workflows.engine.specs.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from workflows.engine.specs.many import Loop, MultiInstance, Repetition
from workflows.engine.specs.scopes import CallActivity, EventScope, SubProcess

Build = Callable[["Builder", NodeModel, str, Meta], Element]


def compile_process(model: ProcessModel) -> dict[str, Process]:
    """Compile a process and its sub-processes; the key of a sub-process is ``process/element``."""
    specs: dict[str, Process] = {}
    for scope in model.scope.scopes():
        name = spec_name(model.id, scope)
        specs[name] = Builder(model, scope, name).build()
    return specs


def spec_name(process: str, scope: ScopeModel) -> str:
    """Give the name under which a scope is compiled."""
    return process if scope.id == process else f"{process}/{scope.id}"


class Builder:
    """Builds one scope."""

    def __init__(self, model: ProcessModel, scope: ScopeModel, name: str) -> None:
        self.model = model
        self.scope = scope
        self.process = Process(name, model.id)

    def build(self) -> Process:
        """Make every element, connect the flows, freeze."""
        made = {node.id: self._element(node) for node in self.scope.nodes.values()}
        self._connect(made)
        for node in self.scope.nodes.values():
            if node.kind == "boundaryEvent":
                made[node.attached].boundaries += (node.id,)
        self.process.starts = tuple(node.id for node in starts(self.scope))
        self.process.listeners = tuple(node.id for node in self.scope.nodes.values() if node.triggered)
        joins = [item for item in made.values() if isinstance(item, InclusiveGateway) and len(item.incoming) > 1]
        self.process.joins = tuple(item.name for item in joins)
        for join in joins:
            join.reaches = reaches(join, made)
        self.process.freeze()
        return self.process

    def _element(self, node: NodeModel) -> Element:
        meta = self._meta(node)
        build = BUILDERS[node.kind]
        if node.loop is None:
            return build(self, node, node.id, meta)
        inner = build(self, node, f"{node.id} each", meta)
        inner.container = node.id
        return self._many(node.loop, node.id, meta, inner.name)

    def _meta(self, node: NodeModel) -> Meta:
        lane = self.model.lanes.get(node.lane)
        role = lane.role if lane is not None else ""
        return Meta(node.id, node.name, node.kind, self.model.id, role, dict(node.labels))

    def _many(self, loop: LoopModel, name: str, meta: Meta, inner: str) -> Element:
        plan = Repetition(
            sequential=loop.sequential,
            cardinality=required(loop.cardinality) if loop.cardinality else None,
            collection=required(loop.collection) if loop.collection else None,
            item=loop.item,
            output=loop.output.lstrip("= "),
            output_item=loop.output_item,
            condition=required(loop.condition) if loop.condition else None,
            before=loop.before,
            maximum=int(loop.maximum) if loop.maximum else None,
        )
        kind = Loop if loop.kind == "standard" else MultiInstance
        return kind(self.process, name, meta, inner, plan)

    def _connect(self, made: Mapping[str, Element]) -> None:
        for flow in self.scope.flows:
            source, target = made[flow.source], made[flow.target]
            condition = required(flow.condition) if flow.condition else None
            default = self.scope.nodes[flow.source].default == flow.id
            item = Flow(flow.id, flow.source, flow.target, None if default else condition, default, flow.added)
            source.outgoing += (item,)
            target.incoming += (item,)
            source.connect(target)

    # ---- what each kind holds

    def trigger(self, event: EventModel | None, payload: Part | None = None) -> Trigger:
        """Read an event definition."""
        if event is None:
            return Trigger()
        value: Value | None = None
        if event.kind == "timer":
            value = attribute(event.text)
        return Trigger(
            kind=event.kind,
            name=event.name,
            timer=event.timer,
            value=value,
            condition=required(event.text) if event.kind == "conditional" else None,
            correlation=attribute(event.correlation) if event.correlation else None,
            payload=pairs(payload.ins) if payload is not None else (),
        )

    def user(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a user task."""
        form, deadline = node.part("form"), node.part("deadline")
        work = Work(
            form=attribute(form.attributes["key"]) if form else None,
            due=attribute(deadline.attributes["due"]) if deadline else None,
            assignment=_attributes(node.part("assignment")),
            actions=_attributes(node.part("actions")),
            outputs=tuple((part.attributes["target"], required(part.attributes["source"])) for part in node.outputs()),
        )
        return UserTask(self.process, name, meta, work)

    def service(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a service task."""
        part = node.needed("operation")
        operation = Operation(part.attributes["name"], pairs(part.ins), pairs(part.outs))
        return ServiceTask(self.process, name, meta, operation)

    def script(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a script task."""
        part = node.needed("script")
        return ScriptTask(self.process, name, meta, required(node.script), part.attributes["result"])

    def rule(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a business rule task."""
        part = node.part("decision")
        if part is None:
            return self.service(node, name, meta)
        return RuleTask(self.process, name, meta, part.attributes["ref"], part.attributes["result"])

    def send(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a send task: with an operation a job, else a thrown message."""
        if node.part("operation") is not None:
            return self.service(node, name, meta)
        return SendTask(self.process, name, meta, self._message(node))

    def receive(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a receive task."""
        return ReceiveTask(self.process, name, meta, self._message(node))

    def _message(self, node: NodeModel) -> Trigger:
        part = node.part("correlation")
        key = part.attributes.get("key", "") if part is not None else ""
        payload = part.ins if part is not None else ()
        return Trigger("message", node.message, correlation=attribute(key) if key else None, payload=pairs(payload))

    def sub(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a sub-process, or an event sub-process with the trigger of its start event."""
        called = f"{self.model.id}/{node.id}"
        if node.scope is None or not node.triggered:
            return SubProcess(self.process, name, meta, called)
        start = next(item for item in node.scope.nodes.values() if item.kind == "startEvent")
        return EventScope(self.process, name, meta, called, self.trigger(start.event), start.interrupting)

    def call(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a call activity."""
        part = node.part("binding")
        ins, outs = (pairs(part.ins), pairs(part.outs)) if part is not None else ((), ())
        return CallActivity(self.process, name, meta, node.called, ins, outs)

    def boundary(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a boundary event."""
        interrupting = node.interrupting or (node.event is not None and node.event.kind == "error")
        return Boundary(self.process, name, meta, self.trigger(node.event), interrupting)

    def start(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a start event."""
        return StartEvent(self.process, name, meta, self.trigger(node.event))

    def catch(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a catching event; the catching end of a link passes."""
        if node.event is not None and node.event.kind == "link":
            return Throw(self.process, name, meta, Trigger())
        return IntermediateCatch(self.process, name, meta, self.trigger(node.event))

    def throw(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a throwing or end event."""
        return Throw(self.process, name, meta, self.trigger(node.event, node.part("correlation")))


def _plain(kind: type[Element]) -> Build:
    def build(builder: Builder, node: NodeModel, name: str, meta: Meta) -> Element:
        return kind(builder.process, name, meta)

    return build


BUILDERS: dict[str, Build] = {
    "startEvent": Builder.start,
    "endEvent": Builder.throw,
    "intermediateThrowEvent": Builder.throw,
    "intermediateCatchEvent": Builder.catch,
    "boundaryEvent": Builder.boundary,
    "task": _plain(PlainTask),
    "userTask": Builder.user,
    "manualTask": Builder.user,
    "serviceTask": Builder.service,
    "scriptTask": Builder.script,
    "businessRuleTask": Builder.rule,
    "sendTask": Builder.send,
    "receiveTask": Builder.receive,
    "subProcess": Builder.sub,
    "callActivity": Builder.call,
    "exclusiveGateway": _plain(ExclusiveGateway),
    "parallelGateway": _plain(ParallelGateway),
    "inclusiveGateway": _plain(InclusiveGateway),
    "eventBasedGateway": _plain(EventGateway),
}


def pairs(items: tuple[tuple[str, str], ...]) -> tuple[tuple[str, Value], ...]:
    """Read names with values, each FEEL or text."""
    return tuple((name, attribute(value)) for name, value in items)


def _attributes(part: Part | None) -> tuple[tuple[str, Value], ...]:
    return pairs(tuple(part.attributes.items())) if part is not None else ()


def reaches(join: Element, made: Mapping[str, Element]) -> dict[str, frozenset[str]]:
    """Give for each incoming flow the elements from which it is reached without passing the join."""
    before: dict[str, set[str]] = {}
    for element in made.values():
        for flow in element.outgoing:
            before.setdefault(flow.target, set()).add(element.name)
        for boundary in element.boundaries:
            before.setdefault(boundary, set()).add(element.name)
    found = {}
    for flow in join.incoming:
        seen: set[str] = set()
        stack = [flow.source]
        while stack:
            name = stack.pop()
            if name not in seen and name != join.name:
                seen.add(name)
                stack.extend(before.get(name, ()))
        found[flow.id] = frozenset(seen)
    return found
