"""DMN on FEEL: the decisions of a definition, linked across files, and their evaluation."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from feel import FeelError, check, names_read
from workflows.engine.boxed import AGGREGATIONS, POLICIES, Text
from workflows.engine.dmn import File, Node
from workflows.engine.expressions import Context
from workflows.engine.rules import finding
from workflows.errors import EngineError, Finding

__all__ = ["AGGREGATIONS", "POLICIES", "Answer", "Decision", "Decisions", "decide", "link"]

_SIMPLE = re.compile(r"[^\W\d]\w*\Z")
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision by its id, with the names that it and all it requires may read from the variables."""

    id: str
    name: str
    variable: str
    requires: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    file: str = ""
    line: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision gave, and the rules that matched."""

    value: Any
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Decisions(Mapping[str, Decision]):
    """All decisions by id. ``text`` holds the linked models for the evaluator, ``key`` names that text."""

    found: Mapping[str, Decision] = field(default_factory=dict)
    services: Mapping[str, Decision] = field(default_factory=dict)
    text: str = ""
    key: str = ""

    def __getitem__(self, ref: str) -> Decision:
        """Give a decision."""
        return self.found[ref]

    def __iter__(self) -> Iterator[str]:
        """Give the ids."""
        return iter(self.found)

    def __len__(self) -> int:
        """Count the decisions."""
        return len(self.found)


def decide(decisions: Decisions, ref: str, data: Mapping[str, Any], context: Context) -> Answer:
    """Evaluate a decision, or a decision service, with those it requires; raises EngineError naming the decision.

    One output column gives its value, several a mapping by name; R, O and C give lists.
    """
    decision = decisions.found.get(ref) or decisions.services.get(ref)
    if decision is None:
        raise EngineError("decision_unknown", ref, f"there is no decision {ref}")
    known = {name: data[name] for name in decision.reads if name in data}
    try:
        answer = context.feel.decide(decisions, ref, known, context.now, context.zone)
    except FeelError as error:
        if error.rule == "decision":
            raise EngineError(error.fault, error.element or ref, error.text) from error
        raise EngineError("expression", ref, str(error)) from error
    return Answer(answer["value"], tuple(answer["rules"]))


def link(files: Sequence[File]) -> tuple[Decisions, list[Finding]]:
    """Join the files of a definition, and judge what can only be judged of the whole."""
    linker = _Linker(files)
    return linker.decisions(), linker.faults


class _Linker:
    def __init__(self, files: Sequence[File]) -> None:
        self.files = files
        self.faults = [fault for file in files for fault in file.faults]
        declared = {name for file in files for name in file.names if name}
        prefixes = {name for file in files for name in file.imports if name}
        odd = not all(_SIMPLE.match(name) for name in declared)
        self.declared = tuple(sorted(declared | prefixes))
        self.names: Names = self.declared if odd else ()
        self.keys: dict[int, str] = {}
        self.by_place: dict[tuple[str, str], Node] = {}
        self.by_key: dict[str, tuple[File, Node]] = {}
        for file, node in self._nodes():
            self._place(file, node)
        self.needs = {key: self._needs(file, node) for key, (file, node) in self.by_key.items()}

    def _nodes(self) -> Iterator[tuple[File, Node]]:
        for file in self.files:
            for node in file.nodes:
                self.faults += node.found.faults
                yield file, node

    def _place(self, file: File, node: Node) -> None:
        key = node.id
        if key in self.by_key:
            if node.kind == self.by_key[key][1].kind == "decision":
                self.faults.append(finding("id_twice", key, node.line, file.name))
            key = f"{file.name}#{node.id}"
        self.keys[id(node)] = key
        self.by_key[key] = (file, node)
        self.by_place[file.name, node.id] = node
        self.by_place.setdefault((file.namespace, node.id), node)

    def _needs(self, file: File, node: Node) -> list[tuple[str, str, str]]:
        """Give what a node requires: the kind of the requirement, the key, the name of its import."""
        found = []
        for kind, href in node.needs:
            space, _, ref = href.rpartition("#")
            other = self.by_place.get((space or file.name, ref))
            if other is None and not space and ref in self.by_key:
                other = self.by_key[ref][1]
            if other is None:
                if kind not in ("requiredInput", "inputData", "requiredAuthority"):
                    self._requirement(file, node, f"It requires the unknown decision {ref}.", f"引用了未知决策 {ref}。")
                continue
            prefix = next((name for name, known in file.imports.items() if known == space), "") if space else ""
            found.append((kind, self.keys[id(other)], "" if space == file.namespace else prefix))
        return found

    def _requirement(self, file: File, node: Node, reason: str, reason_zh: str) -> None:
        self.faults.append(finding("dmn", node.id, node.line, file.name, reason=reason, reason_zh=reason_zh))

    def decisions(self) -> Decisions:
        """Check every text, and give the program."""
        nodes: dict[str, Any] = {}
        found: dict[str, Decision] = {}
        services: dict[str, Decision] = {}
        own = {key: self._texts(file, node) for key, (file, node) in self.by_key.items()}
        for key, (file, node) in self.by_key.items():
            nodes[key] = self._json(key, node)
            if node.kind in ("decision", "service"):
                reached = self._reached(key)
                if key in reached and node.kind == "decision":
                    self._requirement(file, node, "It requires itself.", "决策循环引用自身。")
                reads = own[key].union(*(own[other] for other in reached))
                requires = tuple(other for kind, other, _ in self.needs[key] if kind == "requiredDecision")
                made = Decision(key, node.label, node.name, requires, reads, file.name, node.line, node.labels)
                (found if node.kind == "decision" else services)[key] = made
        types = {key: value for file in self.files for key, value in file.types.items()}
        self._types(types)
        program = {"nodes": nodes, "types": types, "names": self.names}
        text = orjson.dumps(program, option=orjson.OPT_SORT_KEYS)
        return Decisions(found, services, text.decode(), hashlib.sha256(text).hexdigest())

    def _json(self, key: str, node: Node) -> dict[str, Any]:
        needs = [{"ref": ref, "prefix": prefix} for kind, ref, prefix in self.needs[key] if kind.startswith("required")]
        made: dict[str, Any] = {
            "kind": node.kind, "ref": key, "id": node.id, "name": node.name, "type": node.type, "needs": needs,
            "names": sorted({node.name, node.id} if node.kind == "decision" and node.id else {node.name}),
            "logic": node.logic or {"kind": "feel", "text": "null", "type": ""},
        }  # fmt: skip
        if node.kind == "service":
            params = [
                ref for wanted in ("inputData", "inputDecision") for kind, ref, _ in self.needs[key] if kind == wanted
            ]
            outputs = [ref for kind, ref, _ in self.needs[key] if kind == "outputDecision"]
            made |= {"params": params, "outputs": outputs}
        return made

    def _reached(self, key: str) -> set[str]:
        reached: set[str] = set()
        stack = [other for _, other, _ in self.needs[key]]
        while stack:
            other = stack.pop()
            if other not in reached:
                reached.add(other)
                stack += [next_one for _, next_one, _ in self.needs[other]]
        return reached

    def _texts(self, file: File, node: Node) -> frozenset[str]:
        """Note the faults of every text of a node; give the names that it reads."""
        reads = {node.name} if node.kind == "input" else set()
        key = self.keys[id(node)]
        reads |= {self.by_key[ref][1].name for kind, ref, _ in self.needs[key] if kind == "inputDecision"}
        for item in node.found.texts:
            reads |= _reads(item.text, item.unary, self.names)
            for reason, reason_zh in _problems(item.text, item.unary, self.names, self.declared):
                self._fault(file, node, item, reason, reason_zh)
        return frozenset(reads)

    def _fault(self, file: File, node: Node, item: Text, reason: str, reason_zh: str) -> None:
        values = {"reason": f"{item.text}: {reason}", "reason_zh": f"{item.text}：{reason_zh}"}
        self.faults.append(finding("dmn", node.id, item.line, file.name, **values))

    def _types(self, types: Mapping[str, dict[str, Any]]) -> None:
        """Forget a base that an import does not bring: any value keeps it."""
        for made in types.values():
            if "|" in made["base"] and made["base"] not in types:
                made["base"] = ""


@lru_cache(maxsize=8192)
def _reads(text: str, unary: bool, names: Names) -> frozenset[str]:
    try:
        return names_read(text, unary=unary, names=names)
    except FeelError:  # told as a problem
        return frozenset()


@lru_cache(maxsize=8192)
def _problems(text: str, unary: bool, names: Names, functions: Names) -> tuple[tuple[str, str], ...]:
    found = check(text, unary=unary, names=names, functions=functions)
    return tuple((problem.text, problem.text_zh) for problem in found)
