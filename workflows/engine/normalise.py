"""Make a diagram explicit before it is compiled: flow ids, links as flows, starts. Doing it twice changes nothing.

What is added carries a reserved prefix (a space, which no XML id can hold) and is never shown.
"""

from __future__ import annotations

from workflows.engine.model import FlowModel, NodeModel, ProcessModel, ScopeModel


def normalise(process: ProcessModel) -> ProcessModel:
    """Complete a process in place, and give it back."""
    for scope in process.scope.scopes():
        _name_flows(scope)
        _join_links(scope)
    return process


def _name_flows(scope: ScopeModel) -> None:
    """Give each flow without id one made of its ends and its place."""
    for number, flow in enumerate(scope.flows):
        if not flow.id:
            flow.id, flow.added = f" flow {number} {flow.source} {flow.target}", True


def _join_links(scope: ScopeModel) -> None:
    """Connect each throwing link with the catching one of that name."""
    catching = {node.event.name: node for node in links(scope, "intermediateCatchEvent") if node.event}
    present = {flow.id for flow in scope.flows}
    for node in links(scope, "intermediateThrowEvent"):
        target = catching.get(node.event.name) if node.event else None
        key = f" link {node.id}"
        if target is not None and key not in present:
            scope.flows.append(FlowModel(key, "", node.id, target.id, None, node.line, added=True))


def links(scope: ScopeModel, kind: str) -> list[NodeModel]:
    """Give the link events of a kind."""
    return [node for node in scope.nodes.values() if node.kind == kind and node.event and node.event.kind == "link"]


def starts(scope: ScopeModel) -> list[NodeModel]:
    """Give the nodes a scope begins with: its start event without trigger, else whatever nothing leads to.

    An event sub-process begins at its start event: by then the trigger has come. What begins a process when a message or
    an event comes is no part of it. Of several start events without trigger the first counts; lint tells so.
    """
    events = [node for node in scope.nodes.values() if node.kind == "startEvent"]
    if events:
        return [node for node in events if scope.triggered or not node.events][:1]
    entered = {flow.target for flow in scope.flows}
    return [
        node
        for node in scope.nodes.values()
        if node.id not in entered
        and node.kind != "boundaryEvent"
        and not (node.triggered or node.for_compensation or node.instantiate)
    ]
