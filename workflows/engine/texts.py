"""Every FEEL text of a diagram with the place it stands at, what it reads, and what the diagram writes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from feel import FeelError, check
from workflows.engine.expressions import required
from workflows.engine.model import FlowModel, NodeModel, Part, ScopeModel

#: What the engine itself sets inside a multi-instance or a loop.
COUNTERS = frozenset({"loopCounter", "nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances"})


@lru_cache(maxsize=8192)
def problems(text: str, *, unary: bool = False) -> tuple[tuple[str, str], ...]:
    """Give each fault of an expression in English and in Chinese."""
    stripped = text.strip()
    stripped = stripped[1:] if stripped.startswith("=") and not unary else stripped
    return tuple((problem.text, problem.text_zh) for problem in check(stripped, unary=unary))


def of_flow(flow: FlowModel) -> Iterator[str]:
    """Give the condition of a flow."""
    if flow.condition:
        yield flow.condition


def of_node(node: NodeModel) -> Iterator[str]:
    """Give every FEEL text of an element."""
    for part in node.parts:
        yield from of_part(part)
    for event in node.events:
        if (event.kind == "conditional" and event.text) or (event.kind == "timer" and event.text.startswith("=")):
            yield event.text
    if node.kind == "scriptTask" and node.script:
        yield node.script
    yield from (text for _, text in (*node.copies.ins, *node.copies.outs))
    if node.loop is not None:
        yield from (text for text in (node.loop.cardinality, node.loop.collection, node.loop.condition) if text)


def of_part(part: Part) -> Iterator[str]:
    """Give the FEEL texts of an extension element: what begins with ``=``, and the source of an output."""
    for name, value in part.attributes.items():
        if value.startswith("=") or (part.name == "output" and name == "source"):
            yield value
    yield from (value for _, value in (*part.ins, *part.outs) if value.startswith("="))


def of_scope(scope: ScopeModel) -> Iterator[tuple[str, int, str]]:
    """Give the owner, its line and each text of a scope and those within."""
    for inner in scope.scopes():
        for flow in inner.flows:
            yield from ((flow.id, flow.line, text) for text in of_flow(flow))
        for node in inner.nodes.values():
            yield from ((node.id, node.line, text) for text in of_node(node))


def names(text: str) -> frozenset[str]:
    """Give the variables that a text reads; none of one that cannot be read, which ``problems`` tells."""
    try:
        return required(text).names
    except FeelError:
        return frozenset()


def written(node: NodeModel) -> Iterator[str]:
    """Give the variables that an element is known to write."""
    for part in node.parts:
        if part.name == "output":
            yield part.attributes.get("target", "")
        elif part.name in ("decision", "script"):
            yield part.attributes.get("result", "")
        yield from (name for name, _ in part.outs)
    yield from (name for name, _ in (*node.copies.ins, *node.copies.outs))
    if node.loop is not None:
        yield from (node.loop.item, node.loop.output.lstrip("= "), node.loop.output_item)
