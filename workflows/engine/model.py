"""What a diagram says, as typed values: the tree is read once (``reader``), and lint and parser both work on this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workflows.engine.copies import Copies
from workflows.engine.xml import Xml


@dataclass(slots=True)
class EventModel:
    """An event definition: its kind and what it refers to, already looked up."""

    kind: str
    name: str = ""
    reference: str = ""
    timer: str = ""
    text: str = ""
    correlation: str = ""
    waits: bool = True
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
    """A sequence flow. ``foreign`` holds words of other engines with their lines."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None
    line: int
    labels: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    added: bool = False
    foreign: tuple[tuple[str, int], ...] = ()


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
    """A flow node. ``kind`` is the BPMN tag; ``associated`` holds the ids that associations join it with."""

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
    associated: tuple[str, ...] = ()
    copies: Copies = field(default_factory=Copies)
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

    _ends: tuple[int, dict[str, list[FlowModel]], dict[str, list[FlowModel]]] | None = None

    def _by_end(self) -> tuple[int, dict[str, list[FlowModel]], dict[str, list[FlowModel]]]:
        """Index the flows by both ends, anew when some were added."""
        if self._ends is None or self._ends[0] != len(self.flows):
            out: dict[str, list[FlowModel]] = {}
            into: dict[str, list[FlowModel]] = {}
            for flow in self.flows:
                out.setdefault(flow.source, []).append(flow)
                into.setdefault(flow.target, []).append(flow)
            self._ends = (len(self.flows), out, into)
        return self._ends

    def out(self, node: str) -> list[FlowModel]:
        """Give the flows that leave a node."""
        return self._by_end()[1].get(node, [])

    def into(self, node: str) -> list[FlowModel]:
        """Give the flows that enter a node."""
        return self._by_end()[2].get(node, [])

    def boundaries(self, node: str) -> list[NodeModel]:
        """Give the boundary events attached to a node."""
        return [other for other in self.nodes.values() if other.attached == node and other.kind == "boundaryEvent"]

    def handlers(self, boundary: NodeModel) -> list[NodeModel]:
        """Give the compensation handlers that a boundary event is associated with."""
        found = [self.nodes.get(key) for key in boundary.associated]
        return [node for node in found if node is not None and node.for_compensation]

    def compensation(self, node: str) -> NodeModel | None:
        """Give the compensation boundary event of an activity."""
        found = (one for one in self.boundaries(node) if one.event is not None and one.event.kind == "compensation")
        return next(found, None)

    def undoer(self) -> NodeModel | None:
        """Give the compensation event sub-process."""
        for node in self.nodes.values():
            inner = node.scope.nodes.values() if node.triggered and node.scope is not None else ()
            if any(one.kind == "startEvent" and one.event and one.event.kind == "compensation" for one in inner):
                return node
        return None

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
    foreign: tuple[tuple[str, int], ...] = ()
