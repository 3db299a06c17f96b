"""From the typed diagram to SpiffWorkflow specs made of our classes, frozen.

Stock parses by recursion along the flows and keeps predecessors instead of flows; this walks the elements once and
connects each flow by itself, so long chains and two flows between one pair are no matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from workflows.engine.expressions import Expression, Value, attribute, required
from workflows.engine.model import EventModel, LoopModel, NodeModel, Part, ProcessModel, ScopeModel
from workflows.engine.normalise import starts
from workflows.engine.reach import Ways
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
from workflows.engine.specs.compensation import UNDO, Handler, Undo
from workflows.engine.specs.events import Boundary, IntermediateCatch, SeveralCatch, StartEvent, Throw, Trigger
from workflows.engine.specs.gateways import EventGateway, ExclusiveGateway, InclusiveGateway, ParallelGateway
from workflows.engine.specs.many import Loop, MultiInstance, Repetition
from workflows.engine.specs.scopes import CallActivity, EventScope, SubProcess, Transaction

Build = Callable[["Builder", NodeModel, str, Meta], Element]
Reads = Callable[[NodeModel], frozenset[str]]


def compile_process(model: ProcessModel, reads: Reads) -> dict[str, Process]:
    """Compile a process and its sub-processes; the key of a sub-process is ``process/element``.

    ``reads`` tells which variables an element and all that it runs read.
    """
    specs: dict[str, Process] = {}
    for scope in model.scope.scopes():
        name = spec_name(model.id, scope)
        specs[name] = Builder(model, scope, name, reads).build()
    return specs


def spec_name(process: str, scope: ScopeModel) -> str:
    """Give the name under which a scope is compiled."""
    return process if scope.id == process else f"{process}/{scope.id}"


class Builder:
    """Builds one scope."""

    def __init__(self, model: ProcessModel, scope: ScopeModel, name: str, reads: Reads) -> None:
        self.model = model
        self.scope = scope
        self.reads = reads
        self.process = Process(name, model.id)
        Undo(self.process, UNDO, Meta(name, kind="undo", process=model.id, shown=False))

    def build(self) -> Process:
        """Make every element, connect the flows, freeze."""
        made = {node.id: self._element(node) for node in self.scope.nodes.values()}
        others = {node.id: self._others(node) for node in self.scope.nodes.values()}
        self._connect(made, others)
        for node in self.scope.nodes.values():
            if node.kind == "boundaryEvent":
                self._attach(node, made, others[node.id])
        self.process.starts = tuple(node.id for node in starts(self.scope))
        undoer = self.scope.undoer()
        listeners = [node for node in self.scope.nodes.values() if node.triggered and node is not undoer]
        self.process.listeners = tuple(
            name for node in listeners for name in (node.id, *(other.name for other in others[node.id]))
        )
        if undoer is not None:
            self.process.undoer, self.process.undoer_reads = undoer.id, self.reads(undoer)
        joins = [item for item in made.values() if isinstance(item, InclusiveGateway) and len(item.incoming) > 1]
        self.process.joins = tuple(item.name for item in joins)
        if joins:
            ways, sure = Ways(made), Ways(made, boundaries=False)
            for join in joins:
                join.reaches, join.leads, join.bits = ways.to(join), sure.to(join), ways.bits
        self.process.freeze()
        return self.process

    def _others(self, node: NodeModel) -> list[Element]:
        """Make an element for each further trigger of an event that has several; the first that comes counts."""
        meta = self._meta(node)
        if node.kind == "intermediateCatchEvent" and len(node.events) > 1:
            made: list[Element] = [
                IntermediateCatch(self.process, f"{node.id} {number}", meta, self.trigger(event))
                for number, event in enumerate(node.events, 1)
            ]
        elif node.kind == "boundaryEvent":
            made = [
                Boundary(self.process, f"{node.id} {number}", meta, self.trigger(event), self._interrupts(node))
                for number, event in enumerate(node.events[1:], 2)
            ]
        elif node.triggered and node.scope is not None:
            start = next(item for item in node.scope.nodes.values() if item.kind == "startEvent")
            called, stops = f"{self.model.id}/{node.id}", start.interrupting
            made = [
                EventScope(self.process, f"{node.id} {number}", meta, called, self.trigger(event), stops)
                for number, event in enumerate(start.events[1:], 2)
            ]
        else:
            made = []
        for element in made:
            element.copies_in, element.copies_out = copies(node.copies.ins), copies(node.copies.outs)
        return made

    def _attach(self, node: NodeModel, made: Mapping[str, Element], others: list[Element]) -> None:
        """Put a boundary event on its activity; what undoes an activity is not armed, and undoes each of many."""
        host = made[node.attached]
        if node.event is None or node.event.kind != "compensation":
            host.boundaries += (node.id, *(other.name for other in others))
            return
        done = host if self.scope.nodes[node.attached].loop is None else self.process.element(f"{node.attached} each")
        handler = self.scope.handlers(node)[0]
        done.handler = Handler(node.id, handler.id, self.reads(handler))

    def _element(self, node: NodeModel) -> Element:
        meta = self._meta(node)
        build = BUILDERS[node.kind]
        if node.loop is None:
            made = build(self, node, node.id, meta)
        else:
            inner = build(self, node, f"{node.id} each", meta)
            inner.container = node.id
            made = self._many(node.loop, node.id, meta, inner.name)
        made.copies_in, made.copies_out = copies(node.copies.ins), copies(node.copies.outs)
        made.undoes = node.for_compensation
        made.instantiates = node.instantiate
        return made

    def _meta(self, node: NodeModel) -> Meta:
        lane = self.model.lanes.get(node.lane)
        role = lane.role if lane is not None else ""
        shown = not node.id.startswith(" ")
        return Meta(node.id, node.name, node.kind, self.model.id, role, dict(node.labels), shown)

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

    def _connect(self, made: Mapping[str, Element], others: Mapping[str, list[Element]]) -> None:
        for flow in self.scope.flows:
            source, target = made[flow.source], made[flow.target]
            condition = required(flow.condition) if flow.condition else None
            default = self.scope.nodes[flow.source].default == flow.id
            item = Flow(flow.id, flow.source, flow.target, None if default else condition, default, flow.added)
            source.outgoing += (item,)
            target.incoming += (item,)
            source.connect(target)
            for other in others[flow.source]:
                other.outgoing += (item,)
                other.connect(target)
            for other in others[flow.target]:
                other.incoming += (item,)

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
            name=event.reference if event.kind == "compensation" else event.name,
            timer=event.timer,
            value=value,
            condition=required(event.text) if event.kind == "conditional" else None,
            correlation=attribute(event.correlation) if event.correlation else None,
            payload=pairs(payload.ins) if payload is not None else (),
            waits=event.waits,
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
            kind = Transaction if node.kind == "transaction" else SubProcess
            return kind(self.process, name, meta, called)
        start = next(item for item in node.scope.nodes.values() if item.kind == "startEvent")
        return EventScope(self.process, name, meta, called, self.trigger(start.event), start.interrupting)

    def call(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a call activity."""
        part = node.part("binding")
        ins, outs = (pairs(part.ins), pairs(part.outs)) if part is not None else ((), ())
        return CallActivity(self.process, name, meta, node.called, ins, outs)

    def boundary(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a boundary event."""
        return Boundary(self.process, name, meta, self.trigger(node.event), self._interrupts(node))

    def _interrupts(self, node: NodeModel) -> bool:
        return node.interrupting or any(event.kind in ("error", "cancel") for event in node.events)

    def start(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a start event."""
        return StartEvent(self.process, name, meta, tuple(self.trigger(event) for event in node.events))

    def catch(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a catching event; the catching end of a link passes."""
        if node.event is not None and node.event.kind == "link":
            return Throw(self.process, name, meta, Trigger())
        if len(node.events) > 1:
            return SeveralCatch(
                self.process, name, meta, tuple(f"{name} {number + 1}" for number in range(len(node.events)))
            )
        return IntermediateCatch(self.process, name, meta, self.trigger(node.event))

    def throw(self, node: NodeModel, name: str, meta: Meta) -> Element:
        """Make a throwing or end event."""
        made = Throw(self.process, name, meta, self.trigger(node.event, node.part("correlation")))
        made.more = tuple(self.trigger(event, node.part("correlation")) for event in node.events[1:])
        return made


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
    "transaction": Builder.sub,
    "callActivity": Builder.call,
    "exclusiveGateway": _plain(ExclusiveGateway),
    "parallelGateway": _plain(ParallelGateway),
    "inclusiveGateway": _plain(InclusiveGateway),
    "eventBasedGateway": _plain(EventGateway),
}


def pairs(items: tuple[tuple[str, str], ...]) -> tuple[tuple[str, Value], ...]:
    """Read names with values, each FEEL or text."""
    return tuple((name, attribute(value)) for name, value in items)


def copies(items: Iterable[tuple[str, str]]) -> tuple[tuple[str, Expression], ...]:
    """Read what data associations copy."""
    return tuple((name, required(text)) for name, text in items)


def _attributes(part: Part | None) -> tuple[tuple[str, Value], ...]:
    return pairs(tuple(part.attributes.items())) if part is not None else ()
