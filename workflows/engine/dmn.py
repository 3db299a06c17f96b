"""Read DMN files: decisions, knowledge, services, inputs and types, with a finding for all that cannot be evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workflows.engine import boxed
from workflows.engine.boxed import Found, every, first, text_of
from workflows.engine.reader import labels
from workflows.engine.rules import finding
from workflows.engine.xml import Xml, elements, flag, line, local, namespace, text
from workflows.errors import Finding

SPACE = "omg.org/spec/DMN/"
_DRAWN = frozenset(
    [
        "itemDefinition",
        "import",
        "description",
        "extensionElements",
        "knowledgeSource",
        "textAnnotation",
        "association",
        "DMNDI",
        "group",
        "elementCollection",
        "performanceIndicator",
        "organizationUnit",
    ]
)
#: The names of FEEL's own types in the versions of DMN and in exports of other tools -> ours.
BUILT_IN = {
    "any": "Any", "number": "number", "integer": "number", "long": "number", "double": "number", "string": "string",
    "boolean": "boolean", "date": "date", "time": "time", "datetime": "dateTime", "date and time": "dateTime",
    "daytimeduration": "dayTimeDuration", "days and time duration": "dayTimeDuration",
    "yearmonthduration": "yearMonthDuration", "years and months duration": "yearMonthDuration",
    "duration": "duration", "list": "list", "context": "context", "function": "function", "range": "range",
    "function<any>->any": "function", "list<any>": "list",
}  # fmt: skip


@dataclass(slots=True)
class Node:
    """A decision, an input, a business knowledge model or a decision service as its file says it."""

    kind: str
    id: str
    name: str
    line: int
    found: Found
    type: str = ""
    label: str = ""
    logic: dict[str, Any] | None = None
    needs: list[tuple[str, str]] = field(default_factory=list)  # kind of requirement, href
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class File:
    """One DMN file, before it is linked with the others."""

    name: str
    namespace: str
    imports: dict[str, str]
    nodes: list[Node] = field(default_factory=list)
    types: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    faults: list[Finding] = field(default_factory=list)


def is_dmn(root: Xml) -> bool:
    """Say whether a document is a decision model."""
    return SPACE in namespace(root)


def read_model(root: Xml, file: str) -> File:
    """Read a file; nothing is checked yet that needs other files."""
    return _Reader(root, file).file


class _Reader:
    def __init__(self, root: Xml, name: str) -> None:
        imports = {item.get("name", ""): item.get("namespace", "") for item in every(root, "import")}
        self.file = File(name, root.get("namespace", ""), imports)
        self.declared = {item.get("name", "") for item in every(root, "itemDefinition")}
        for item in every(root, "itemDefinition"):
            self.type(item, f"{self.file.namespace}|{item.get('name', '')}")
        for item in elements(root):
            reader = _NODES.get(local(item))
            if reader is not None:
                node = reader(self, item)
                self.file.nodes.append(node)
                self.file.names |= node.found.names | {node.name}
            elif local(item) not in _DRAWN and SPACE in namespace(item):
                reason = f"A {local(item)} cannot be evaluated here.", f"不支持 {local(item)}。"
                self.file.faults.append(
                    finding("dmn", "", line(item), name, reason=reason[0], reason_zh=reason[1])
                )  # fmt: skip

    # ---- types

    def type(self, item: Xml, key: str) -> None:
        """Read an item definition or a component of one."""
        parts = {}
        for part in every(item, "itemComponent"):
            name = part.get("name", "")
            self.file.names.add(name)
            parts[name] = f"{key}/{name}"
            self.type(part, parts[name])
        base = "function" if first(item, "functionItem") is not None else ""
        self.file.types[key] = {
            "base": base or self.named(text(first(item, "typeRef")) or item.get("typeRef", ""), item),
            "many": flag(item, "isCollection"),
            "parts": parts or None,
            "allowed": text_of(first(item, "allowedValues")),
            "whole": text_of(first(item, "typeConstraint")),
        }

    def named(self, name: str, node: Xml) -> str:
        """Give the key of a type: one of the file's, one of an import, or one of FEEL's own."""
        if not name or name in self.declared:
            return f"{self.file.namespace}|{name}" if name else ""
        prefix, dot, rest = name.partition(".")
        if dot and prefix in self.file.imports:
            return f"{self.file.imports[prefix]}|{rest}"
        plain = name.rpartition(":")[2]
        if plain in self.declared:
            return f"{self.file.namespace}|{plain}"
        prefix = name.rpartition(":")[0]
        if prefix in self.file.imports:
            return f"{self.file.imports[prefix]}|{plain}"
        known = BUILT_IN.get(plain.strip().lower())
        if known is None:
            reason = f"The type {name} is unknown.", f"未知类型 {name}。"
            self.file.faults.append(
                finding("dmn", node.get("id", ""), line(node), self.file.name, reason=reason[0], reason_zh=reason[1])
            )
        return known or ""

    # ---- nodes

    def node(self, kind: str, item: Xml) -> Node:
        """Begin a node: its id, its variable and what it requires."""
        key, variable = item.get("id") or item.get("name") or "", first(item, "variable")
        found = Found(key, self.file.name, self.named)
        label = item.get("name", key)
        name = (variable.get("name") if variable is not None else None) or label
        node = Node(kind, key, name, line(item), found, found.type(variable), label, labels=labels(item))
        for holder in ("informationRequirement", "knowledgeRequirement"):
            for requirement in every(item, holder):
                node.needs += [(local(one), one.get("href", "")) for one in elements(requirement)]
        return node

    def decision(self, item: Xml) -> Node:
        """Read a decision; without logic it is a fault."""
        node = self.node("decision", item)
        node.logic = boxed.expression(item, node.found)
        if node.logic is None:
            node.found.fault(item, "The decision has neither a table nor an expression.", "决策没有决策表或表达式。")
        return node

    def input(self, item: Xml) -> Node:
        """Read an input."""
        return self.node("input", item)

    def knowledge(self, item: Xml) -> Node:
        """Read a business knowledge model: a function by name."""
        node = self.node("knowledge", item)
        holder = first(item, "encapsulatedLogic")
        if holder is None:
            node.found.fault(item, "The business knowledge model has no logic.", "业务知识模型没有逻辑。")
        else:
            node.logic = boxed.function(holder, node.found)
            node.logic["type"] = node.logic["type"] or node.type
        return node

    def service(self, item: Xml) -> Node:
        """Read a decision service: a function of its inputs."""
        node = self.node("service", item)
        for name in ("inputDecision", "inputData", "outputDecision"):
            node.needs += [(name, one.get("href", "")) for one in every(item, name)]
        return node


_NODES = {
    "decision": _Reader.decision,
    "inputData": _Reader.input,
    "businessKnowledgeModel": _Reader.knowledge,
    "decisionService": _Reader.service,
}
