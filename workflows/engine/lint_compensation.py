"""What is wrong with what undoes: handlers nobody calls, events with nothing to undo, cancels outside a transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workflows.engine.model import EventModel, NodeModel, ProcessModel, ScopeModel
from workflows.engine.rules import finding
from workflows.errors import Finding

Processes = Mapping[str, ProcessModel]


def compensation_findings(process: ProcessModel, processes: Processes) -> Iterator[Finding]:
    """Give the findings about compensation and transactions of one process."""
    around = {id(node.scope): (scope, node) for scope, node in process.scope.walk() if node.scope is not None}
    for scope in process.scope.scopes():
        yield from _undoers(scope, process, processes, id(scope) in around)
        for node in scope.nodes.values():
            if node.for_compensation and node is not scope.undoer():
                yield from _handler(node, scope, process.file)
            for event in node.events:
                if event.kind == "compensation" and node.kind == "boundaryEvent":
                    yield from _boundary(node, scope, process.file)
                elif event.kind == "compensation" and node.kind != "startEvent":
                    yield from _throw(node, event, list(_reached(scope, around)), processes, process.file)
                elif event.kind == "cancel" and node.kind == "endEvent":
                    yield from _cancel(node, scope, around, process.file)
                elif event.kind == "cancel" and node.kind == "boundaryEvent":
                    yield from _cancelled(node, scope, process.file)


def _handler(node: NodeModel, scope: ScopeModel, file: str) -> Iterator[Finding]:
    if scope.into(node.id) or scope.out(node.id):
        yield finding("compensation_flow", node.id, node.line, file)
    used = [one for one in scope.nodes.values() if one.kind == "boundaryEvent" and node in scope.handlers(one)]
    if not used or node.triggered:
        yield finding("compensation_unbound", node.id, node.line, file)


def _boundary(node: NodeModel, scope: ScopeModel, file: str) -> Iterator[Finding]:
    handlers = scope.handlers(node)
    host = scope.nodes.get(node.attached)
    if not handlers:
        yield finding("compensation_handler", node.id, node.line, file)
    if len(handlers) > 1 or scope.compensation(node.attached) is not node:
        yield finding("compensation_twice", node.id, node.line, file)
    if scope.out(node.id):
        yield finding("compensation_outgoing", node.id, node.line, file)
    if host is not None and host.for_compensation:
        yield finding("compensation_nested", node.id, node.line, file)


def _undoers(scope: ScopeModel, process: ProcessModel, processes: Processes, nested: bool) -> Iterator[Finding]:
    """Find a second compensation event sub-process, and one that no call could ever lead to."""
    starts = [
        node
        for node in scope.nodes.values()
        if node.triggered and node.scope is not None and any(_starts(one) for one in node.scope.nodes.values())
    ]
    for node in starts[1:]:
        yield finding("compensation_twice", node.id, node.line, process.file)
    called = any(node.called == process.id for other in processes.values() for _, node in other.scope.walk())
    if starts and not nested and not called:
        yield finding("compensation_never", starts[0].id, starts[0].line, process.file)


def _starts(node: NodeModel) -> bool:
    return node.kind == "startEvent" and node.event is not None and node.event.kind == "compensation"


Around = Mapping[int, tuple[ScopeModel, NodeModel]]


def _reached(scope: ScopeModel, around: Around) -> Iterator[ScopeModel]:
    """Give the scopes whose activities a throwing event undoes: its own, and those around event sub-processes."""
    yield scope
    while id(scope) in around and scope.triggered:
        scope = around[id(scope)][0]
        yield scope


def _throw(
    node: NodeModel, event: EventModel, reached: list[ScopeModel], processes: Processes, file: str
) -> Iterator[Finding]:
    if event.reference:
        found = [scope for scope in reached if event.reference in scope.nodes]
        if not found or not undoable(found[0], found[0].nodes[event.reference], processes):
            yield finding("compensation_activity", node.id, event.line, file, activity=event.reference)
    elif not any(undoable(scope, one, processes) for scope in reached for one in scope.nodes.values()):
        yield finding("compensation_nothing", node.id, event.line, file)


def undoable(scope: ScopeModel, node: NodeModel, processes: Processes, above: frozenset[str] = frozenset()) -> bool:
    """Say whether an activity can be undone: by its own handler, or by what is within it."""
    if node.for_compensation:
        return False
    if scope.compensation(node.id) is not None:
        return True
    inner = node.scope
    if node.kind == "callActivity" and node.called in processes and node.called not in above:
        inner, above = processes[node.called].scope, above | {node.called}
    if inner is None:
        return False
    return inner.undoer() is not None or any(undoable(inner, one, processes, above) for one in inner.nodes.values())


def _cancel(node: NodeModel, scope: ScopeModel, around: Around, file: str) -> Iterator[Finding]:
    """Find a cancel end event that stands in no transaction that goes forward, or leads nowhere."""
    while id(scope) in around:
        outer, owner = around[id(scope)]
        if owner.for_compensation or outer.undoer() is owner:
            break
        if owner.kind == "transaction":
            if not any(one.event is not None and one.event.kind == "cancel" for one in outer.boundaries(owner.id)):
                yield finding("cancel_boundary", node.id, node.line, file, transaction=owner.id)
            return
        scope = outer
    yield finding("cancel_outside", node.id, node.line, file)


def _cancelled(node: NodeModel, scope: ScopeModel, file: str) -> Iterator[Finding]:
    host = scope.nodes.get(node.attached)
    if host is None or host.kind != "transaction":
        yield finding("cancel_outside", node.id, node.line, file)
    elif not node.interrupting:
        yield finding("event_cancel_non_interrupting", node.id, node.line, file)
