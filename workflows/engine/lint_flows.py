"""What is wrong between elements: flows that lead nowhere, starts, gateways, links, circles that never wait."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.engine.model import FlowModel, NodeModel, ProcessModel, ScopeModel
from workflows.engine.normalise import links, starts
from workflows.engine.rules import finding
from workflows.engine.vocabulary import Known
from workflows.errors import Finding

#: What brings paths together may also be where they end: "all Flow Objects that do not have any outgoing Sequence Flow
#: mark the end of a path in the Process" (BPMN 2.0.2, 10.5.3).
_MERGING = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway"})
_CATCHING = frozenset({"intermediateCatchEvent", "receiveTask"})
_WAITING = frozenset(
    ["userTask", "manualTask", "serviceTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway", "sendTask"]
)


def scope_findings(scope: ScopeModel, process: ProcessModel, known: Known) -> Iterator[Finding]:
    """Give the findings of one process or sub-process."""
    file = process.file
    for key, kind, line in scope.unknown:
        yield finding("element_unknown", key or scope.id, line, file, kind=kind)
    sound = True
    for flow in scope.flows:
        for fault in _flow(flow, scope, file):
            sound = False
            yield fault
    for node in scope.nodes.values():
        yield from _ends(node, scope, file)
    yield from _starts(scope, process, known)
    yield from _links(scope, file)
    if sound:
        yield from _unreachable(scope, file)
        yield from _circles(scope, file)


def _flow(flow: FlowModel, scope: ScopeModel, file: str) -> Iterator[Finding]:
    source, target = scope.nodes.get(flow.source), scope.nodes.get(flow.target)
    if source is None or target is None:
        yield finding("flow_end", flow.id, flow.line, file)
        return
    if target.kind == "startEvent":
        yield finding("flow_into_start", flow.id, flow.line, file)
    if target.kind == "boundaryEvent":
        yield finding("boundary_incoming", target.id, target.line, file)
    if source.kind == "endEvent":
        yield finding("flow_out_of_end", flow.id, flow.line, file)
    if source.triggered or target.triggered:
        yield finding("event_flows", flow.id, flow.line, file)
    for kind, at in flow.foreign:
        yield finding("extension_foreign", flow.id, at, file, kind=kind)
    if flow.language and "feel" not in flow.language.lower():
        yield finding("flow_language", flow.id, flow.line, file, language=flow.language)
    if flow.condition and source.kind in ("parallelGateway", "eventBasedGateway"):
        yield finding("flow_condition_lost", flow.id, flow.line, file)
    if flow.condition == "":
        yield finding("flow_condition_empty", flow.id, flow.line, file)
    if flow.condition and source.default == flow.id:
        yield finding("flow_condition_lost", flow.id, flow.line, file)
    several = len(scope.out(source.id)) > 1
    if source.kind == "exclusiveGateway" and several and not flow.condition and source.default != flow.id:
        yield finding("flow_condition", flow.id, flow.line, file)


def _ends(node: NodeModel, scope: ScopeModel, file: str) -> Iterator[Finding]:
    out = scope.out(node.id)
    if node.default and not any(flow.id == node.default for flow in out):
        yield finding("flow_default", node.id, node.line, file, flow=node.default)
    merges = node.kind in _MERGING and len(scope.into(node.id)) > 1
    if node.kind.endswith("Gateway") and not out and not merges and node.kind != "complexGateway":
        yield finding("gateway_empty", node.id, node.line, file)
    undoes = node.event is not None and node.event.kind == "compensation"
    if node.kind == "boundaryEvent" and not out and not undoes:
        yield finding("boundary_outgoing", node.id, node.line, file)
    if node.kind == "eventBasedGateway":
        for flow in out:
            target = scope.nodes.get(flow.target)
            link = target is not None and target.event is not None and target.event.kind == "link"
            if target is None or target.kind not in _CATCHING or link or len(scope.into(target.id)) != 1:
                yield finding("event_gateway", node.id, node.line, file)
            elif target.loop is not None or scope.boundaries(target.id):
                yield finding("event_gateway", target.id, target.line, file)


def _starts(scope: ScopeModel, process: ProcessModel, known: Known) -> Iterator[Finding]:
    """Find more than one way to begin; only a process that nobody calls may have several."""
    file = process.file
    owner = next((node for _, node in process.scope.walk() if node.scope is scope), None)
    events = [node for node in scope.nodes.values() if node.kind == "startEvent"]
    yield from _plain_starts(events, process, known, nested=owner is not None)
    for node in scope.nodes.values():
        if node.instantiate:
            yield from _instantiates(node, scope, owner, file)
    if owner is None:
        yield from _process_starts(events, file)
    elif owner.triggered:
        if len(events) != 1 or not events[0].events:
            yield finding("event_start_count", owner.id, owner.line, file)
        for event in events[0].events if len(events) == 1 else ():
            yield from _event_start(events[0], event.kind, file)
        return
    else:
        for node in events:
            if node.events:
                yield finding("start_trigger_inside", node.id, node.line, file)
    if not starts(scope) and not events and not any(node.instantiate for node in scope.nodes.values()):
        line = owner.line if owner is not None else process.line
        yield finding("start_missing" if scope.nodes else "scope_empty", scope.id, line, file)


def _process_starts(events: list[NodeModel], file: str) -> Iterator[Finding]:
    for node in events:
        wrong = [event.kind for event in node.events if event.kind not in ("message", "signal", "timer", "conditional")]
        if wrong:
            yield finding("start_event_kind", node.id, node.line, file, kind=wrong[0])
        elif node.events:
            yield finding("start_outside", node.id, node.line, file)


def _plain_starts(events: list[NodeModel], process: ProcessModel, known: Known, *, nested: bool) -> Iterator[Finding]:
    plain = [node for node in events if not node.events]
    rule = "start_twice" if nested or process.id in known.called else "start_several"
    for node in plain[1:]:
        yield finding(rule, node.id, node.line, process.file, first=plain[0].id)


def _instantiates(node: NodeModel, scope: ScopeModel, owner: NodeModel | None, file: str) -> Iterator[Finding]:
    if owner is not None:
        yield finding("instantiate_inside", node.id, node.line, file, kind=node.kind)
    elif scope.into(node.id):
        yield finding("instantiate_flow", node.id, node.line, file)
    else:
        yield finding("start_outside", node.id, node.line, file)


def _event_start(node: NodeModel, kind: str, file: str) -> Iterator[Finding]:
    if kind not in ("message", "signal", "timer", "conditional", "error", "escalation", "compensation"):
        yield finding("start_event_kind", node.id, node.line, file, kind=kind)
    if kind == "error" and not node.interrupting:
        yield finding("event_error_non_interrupting", node.id, node.line, file)


def _links(scope: ScopeModel, file: str) -> Iterator[Finding]:
    catching = [node.event.name for node in links(scope, "intermediateCatchEvent") if node.event]
    throwing = [node.event.name for node in links(scope, "intermediateThrowEvent") if node.event]
    for node in links(scope, "intermediateThrowEvent"):
        name = node.event.name if node.event else ""
        if not name or catching.count(name) != 1:
            yield finding("link_pair", node.id, node.line, file, name=name)
    for node in links(scope, "intermediateCatchEvent"):
        name = node.event.name if node.event else ""
        if name not in throwing or catching.count(name) > 1:
            yield finding("link_pair", node.id, node.line, file, name=name)


def _unreachable(scope: ScopeModel, file: str) -> Iterator[Finding]:
    """Warn about elements no token reaches."""
    after: dict[str, list[str]] = {}
    for flow in scope.flows:
        after.setdefault(flow.source, []).append(flow.target)
    for node in scope.nodes.values():
        if node.attached:
            after.setdefault(node.attached, []).append(node.id)
            after.setdefault(node.id, []).extend(one.id for one in scope.handlers(node))
    stack = [
        node.id for node in scope.nodes.values() if node.kind == "startEvent" or node.triggered or node.instantiate
    ]
    stack += [node.id for node in starts(scope)]
    seen: set[str] = set()
    while stack:
        key = stack.pop()
        if key not in seen:
            seen.add(key)
            stack += after.get(key, ())
    for node in scope.nodes.values():
        if node.id not in seen:
            yield finding("unreachable", node.id, node.line, file)


def _circles(scope: ScopeModel, file: str) -> Iterator[Finding]:
    """Refuse circles of unconditional flows through elements that never wait: they could not end."""
    after: dict[str, list[str]] = {}
    for flow in scope.flows:
        source = scope.nodes[flow.source]
        if not _waits(source) and not flow.condition and source.default != flow.id:
            after.setdefault(flow.source, []).append(flow.target)
    for component in _components(after):
        first = scope.nodes[component[0]]
        yield finding("loop_without_wait", first.id, first.line, file)


def _waits(node: NodeModel) -> bool:
    if node.scope is not None:
        return any(_waits(inner) for inner in node.scope.nodes.values())
    return node.kind in _WAITING or node.kind == "callActivity"


def _components(after: dict[str, list[str]]) -> Iterator[list[str]]:
    """Give one circle for each node that reaches itself, each node at most once."""
    after = _pruned(after)
    told: set[str] = set()
    for start, targets in after.items():
        if start in told:
            continue
        seen: set[str] = set()
        stack = list(targets)
        while stack:
            key = stack.pop()
            if key not in seen:
                seen.add(key)
                stack += after.get(key, ())
        if start in seen:
            told |= {start, *seen}
            yield [start]


def _pruned(after: dict[str, list[str]]) -> dict[str, list[str]]:
    """Leave out, again and again, what nothing leads to: it stands on no circle."""
    incoming: dict[str, int] = {}
    for targets in after.values():
        for key in targets:
            incoming[key] = incoming.get(key, 0) + 1
    stack = [key for key in after if key not in incoming]
    gone: set[str] = set()
    while stack:
        key = stack.pop()
        gone.add(key)
        for target in after.get(key, ()):
            incoming[target] -= 1
            if incoming[target] == 0:
                stack.append(target)
    return {key: targets for key, targets in after.items() if key not in gone}
