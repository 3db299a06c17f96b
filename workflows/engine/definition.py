"""A deployed set of diagrams and decisions, compiled once: frozen, shared by all instances and threads."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType
from typing import Any

import orjson

from workflows.engine import decisions as dmn_rules
from workflows.engine.decisions import Answer, Decisions
from workflows.engine.dmn import File, is_dmn, read_model
from workflows.engine.expressions import Context, Evaluator
from workflows.engine.lint import lint, reads_of, reads_within
from workflows.engine.model import NodeModel, ProcessModel
from workflows.engine.normalise import normalise
from workflows.engine.parser import compile_process
from workflows.engine.reader import read_processes
from workflows.engine.rules import finding
from workflows.engine.specs.base import Process
from workflows.engine.xml import BPMN, elements, line, local, namespace, read
from workflows.errors import EngineError, Finding, Refused

CACHE_SIZE = 64
#: What may stand beside processes and would have to run.
UNSUPPORTED = frozenset(
    [
        "choreography",
        "globalBusinessRuleTask",
        "globalChoreographyTask",
        "globalManualTask",
        "globalScriptTask",
        "globalTask",
        "globalUserTask",
    ]
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a diagram may name: operations, forms and roles; and the zone of naive times."""

    operations: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class ElementInfo:
    """An element as the diagram shows it. ``kind`` is the BPMN tag; ``called`` the process of a call activity."""

    id: str
    name: str
    kind: str
    process: str
    line: int
    role: str = ""
    form: str | None = None
    operation: str | None = None
    called: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A process with its elements, sequence flows among them (kind ``sequenceFlow``)."""

    id: str
    name: str
    file: str
    elements: Mapping[str, ElementInfo]
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that runs from one root process.

    ``reads`` names the variables that any expression reads; ``specs`` holds the compiled scopes. ``conditional`` and
    ``watching`` say whether there are conditional events, and timers that read variables.
    """

    hash: str
    root: str
    zone: str
    processes: Mapping[str, ProcessInfo]
    specs: Mapping[str, Process]
    reads: frozenset[str]
    operations: frozenset[str]
    forms: frozenset[str]
    roles: frozenset[str]
    decisions: Decisions
    conditional: bool
    watching: bool
    warnings: tuple[Finding, ...] = ()

    def decide(self, ref: str, data: Mapping[str, Any], context: Context, element: str) -> Answer:
        """Evaluate a decision for an element."""
        try:
            return dmn_rules.decide(self.decisions, ref, data, context)
        except EngineError as error:
            raise EngineError(error.rule, element, f"{ref}: {error.text}", decision=ref) from error


_CACHE: OrderedDict[str, Definition] = OrderedDict()
_LOCK = Lock()


def compile_definition(files: Mapping[str, bytes], root: str, catalog: Catalog) -> Definition:
    """Compile diagrams and decision tables; the last ones used are kept by the hash of their content.

    ``files`` maps names to bytes; ``root`` is the id of the process to start. Raises Refused with every finding when
    one of them is an error.
    """
    key = _hash(files, root, catalog)
    with _LOCK:
        if key in _CACHE:
            _CACHE.move_to_end(key)
            return _CACHE[key]
    definition = _compile(files, root, catalog)
    with _LOCK:
        _CACHE[key] = definition
        while len(_CACHE) > CACHE_SIZE:
            _CACHE.popitem(last=False)
    return definition


def lint_files(files: Mapping[str, bytes], root: str, catalog: Catalog) -> list[Finding]:
    """Give every finding, warnings too, without raising."""
    return _Bundle(files, root, catalog).findings


def evaluate_decision(definition: Definition, ref: str, variables: Mapping[str, Any], now: Any, feel: Evaluator) -> Any:
    """Evaluate a decision outside any instance.

    One output gives its value, several a mapping; R, O and C give lists. Raises EngineError.
    """
    context = Context(feel, now, definition.zone)
    return dmn_rules.decide(definition.decisions, ref, variables, context).value


def clear_cache() -> None:
    """Forget all compiled definitions."""
    with _LOCK:
        _CACHE.clear()


def _hash(files: Mapping[str, bytes], root: str, catalog: Catalog) -> str:
    known = [sorted(catalog.operations), sorted(catalog.forms), sorted(catalog.roles)]
    return hashlib.sha256((content_hash(files, root, catalog.zone) + orjson.dumps(known).decode()).encode()).hexdigest()


def content_hash(files: Mapping[str, bytes], root: str, zone: str) -> str:
    """Give the hash that names a definition: what is in the files, which process starts, in which zone."""
    whole = hashlib.sha256(orjson.dumps([root, zone]))
    for name in sorted(files):
        whole.update(orjson.dumps([name, hashlib.sha256(files[name]).hexdigest()]))
    return whole.hexdigest()


class _Bundle:
    """The files of one definition, read and judged."""

    def __init__(self, files: Mapping[str, bytes], root: str, catalog: Catalog) -> None:
        self.findings: list[Finding] = []
        self.processes: dict[str, ProcessModel] = {}
        self.models: list[File] = []
        for name in sorted(files):
            self._read(name, files[name])
        self.decisions, faults = dmn_rules.link(self.models)
        self.findings += faults
        if self.findings and not self.processes:
            return
        for process in self.processes.values():
            normalise(process)
        self.findings += lint(self.processes, self.decisions, root, catalog.operations, catalog.forms, catalog.roles)

    def _read(self, name: str, data: bytes) -> None:
        try:
            document = read(data, name)
        except Refused as refused:
            self.findings += refused.findings
            return
        if is_dmn(document):
            self.models.append(read_model(document, name))
            return
        if local(document) != "definitions" or namespace(document) != BPMN:
            self.findings.append(finding("file_kind", line=line(document), file=name))
            return
        for item in elements(document):
            if local(item) in UNSUPPORTED and namespace(item) == BPMN:
                self.findings.append(
                    finding("element_unsupported", item.get("id", ""), line(item), name, kind=local(item))
                )
        for process in read_processes(document, name):
            if process.id in self.processes:
                self.findings.append(finding("process_twice", process.id, process.line, name))
            elif process.scope.nodes:
                self.processes[process.id] = process


def _compile(files: Mapping[str, bytes], root: str, catalog: Catalog) -> Definition:
    bundle = _Bundle(files, root, catalog)
    if any(item.severity == "error" for item in bundle.findings):
        raise Refused(bundle.findings)
    wanted = _closure(bundle.processes, root)
    specs: dict[str, Process] = {}

    def reads(node: NodeModel) -> frozenset[str]:
        return reads_within(node, bundle.processes, bundle.decisions)

    for name in wanted:
        specs.update(compile_process(bundle.processes[name], reads))
    infos = {name: _info(bundle.processes[name]) for name in wanted}
    elements = [element for info in infos.values() for element in info.elements.values()]
    nodes = [node for name in wanted for _, node in bundle.processes[name].scope.walk()]
    return Definition(
        hash=content_hash(files, root, catalog.zone),
        root=root,
        zone=catalog.zone,
        processes=MappingProxyType(infos),
        specs=MappingProxyType(specs),
        reads=reads_of([bundle.processes[name] for name in wanted], bundle.decisions),
        operations=frozenset(item.operation for item in elements if item.operation),
        forms=frozenset(item.form for item in elements if item.form),
        roles=frozenset(item.role for item in elements if item.role),
        decisions=bundle.decisions,
        conditional=any(event.kind == "conditional" for node in nodes for event in node.events),
        watching=any(event.kind == "timer" and event.text.startswith("=") for node in nodes for event in node.events),
        warnings=tuple(bundle.findings),
    )


def _closure(processes: Mapping[str, ProcessModel], root: str) -> list[str]:
    """Give the root and every process it calls, directly or not."""
    found: list[str] = []
    stack = [root]
    while stack:
        name = stack.pop()
        if name not in found:
            found.append(name)
            stack += [node.called for _, node in processes[name].scope.walk() if node.kind == "callActivity"]
    return found


def _info(process: ProcessModel) -> ProcessInfo:
    elements = {node.id: _element(process, node) for _, node in process.scope.walk()}
    for scope in process.scope.scopes():
        for flow in scope.flows:
            if not flow.added:
                elements[flow.id] = ElementInfo(
                    flow.id, flow.name, "sequenceFlow", process.id, flow.line, labels=dict(flow.labels)
                )
    labels = MappingProxyType(dict(process.labels))
    return ProcessInfo(process.id, process.name, process.file, MappingProxyType(elements), labels)


def _element(process: ProcessModel, node: NodeModel) -> ElementInfo:
    form, operation = node.part("form"), node.part("operation")
    lane = process.lanes.get(node.lane)
    return ElementInfo(
        id=node.id,
        name=node.name,
        kind=node.kind,
        process=process.id,
        line=node.line,
        role=lane.role if lane is not None else "",
        form=form.attributes.get("key") if form is not None else None,
        operation=operation.attributes.get("name") if operation is not None else None,
        called=node.called or None,
        labels=MappingProxyType(dict(node.labels)),
    )
