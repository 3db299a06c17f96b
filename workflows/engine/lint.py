"""Judge a diagram before it is deployed: whatever would not run as BPMN says is refused, all faults at once.

A finding names the rule, the element, its line and one sentence in each language.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from workflows.engine import juel, texts
from workflows.engine.decisions import Decision
from workflows.engine.lint_compensation import compensation_findings
from workflows.engine.lint_elements import element_findings
from workflows.engine.lint_flows import scope_findings
from workflows.engine.model import NodeModel, ProcessModel, ScopeModel
from workflows.engine.rules import finding
from workflows.engine.vocabulary import Known
from workflows.errors import Finding


def lint(
    processes: Mapping[str, ProcessModel],
    decisions: Mapping[str, Decision],
    root: str,
    operations: Collection[str],
    forms: Collection[str],
    roles: Collection[str],
) -> list[Finding]:
    """Give every finding of every process."""
    called = {node.called for process in processes.values() for _, node in process.scope.walk() if node.called}
    known = Known(processes, decisions, operations, forms, roles, called)
    found: list[Finding] = []
    if root not in processes:
        found.append(finding("process_unknown", root, called=root))
    for process in processes.values():
        found += _process(process, known)
        found += compensation_findings(process, processes)
    found += _call_cycles(processes)
    found += _unset(processes)
    return found


def _process(process: ProcessModel, known: Known) -> Iterator[Finding]:
    for kind, at in process.foreign:
        yield finding("extension_foreign", process.id, at, process.file, kind=kind)
    for lane in process.lanes.values():
        if lane.role and lane.role not in known.roles:
            yield finding("role_unknown", lane.id, lane.line, process.file, role=lane.role)
    for scope in process.scope.scopes():
        yield from scope_findings(scope, process, known)
        for node in scope.nodes.values():
            yield from element_findings(node, scope, process, known)
    for owner, line, text in texts.of_scope(process.scope):
        yield from _text(owner, line, text, process.file)


_FOREIGN = (("${", "JUEL"), ("#{", "JUEL"), ("&&", "JavaScript"), ("||", "JavaScript"), ("===", "JavaScript"))


def _text(owner: str, line: int, text: str, file: str) -> Iterator[Finding]:
    """Find what is wrong with an expression; other languages are called by their name."""
    if juel.is_juel(text) or '"' not in text:
        for mark, language in _FOREIGN:
            if mark in text:
                yield finding("expression_language", owner, line, file, text=text, language=language, **_instead(text))
                return
    for reason, reason_zh in texts.problems(text):
        yield finding("expression", owner, line, file, text=text, reason=reason, reason_zh=reason_zh)


def _instead(text: str) -> dict[str, str]:
    """Say what to write: the same in FEEL where that is plain, else an example."""
    same = juel.to_feel(text if juel.is_juel(text) else "${" + text.lstrip("= ").replace("===", "==") + "}")
    if same is not None:
        return {"instead": same, "instead_zh": same}
    example = 'score >= 70 and grade = "A"'
    return {"instead": f"an expression such as {example}", "instead_zh": f"如 {example} 的 FEEL 表达式"}


def _call_cycles(processes: Mapping[str, ProcessModel]) -> Iterator[Finding]:
    """Find processes that cannot but call themselves. A call that lies behind a choice runs, to the bound of depth."""
    calls = {name: set(_certain_calls(process.scope)) for name, process in processes.items()}
    for name, process in processes.items():
        seen: set[str] = set()
        stack = list(calls[name])
        while stack:
            other = stack.pop()
            if other not in seen:
                seen.add(other)
                stack += calls.get(other, ())
        if name in seen:
            yield finding("call_cycle", name, process.line, process.file)


_CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway", "eventBasedGateway"})


def _certain_calls(scope: ScopeModel) -> Iterator[str]:
    """Give the processes that every run of the scope calls: no choice, no condition and no loop lies before."""
    begins = [key for key, node in scope.nodes.items() if not scope.into(node.id) and _begins(node)]
    if sum(scope.nodes[key].kind == "startEvent" for key in begins) > 1:
        return
    seen: set[str] = set()
    while begins:
        node = scope.nodes[begins.pop()]
        if node.id in seen:
            continue
        seen.add(node.id)
        if node.loop is None and node.kind == "callActivity":
            yield node.called
        elif node.loop is None and node.scope is not None:
            yield from _certain_calls(node.scope)
        out = scope.out(node.id)
        if node.kind not in _CHOICES or len(out) == 1:
            begins += [flow.target for flow in out if not flow.condition and flow.target in scope.nodes]


def _begins(node: NodeModel) -> bool:
    return node.kind != "boundaryEvent" and not node.triggered and not node.for_compensation


def reads_of(processes: Collection[ProcessModel], decisions: Mapping[str, Decision]) -> frozenset[str]:
    """Give the variables that conditions, scripts, mappings, timers and decisions read."""
    found: set[str] = set()
    for process in processes:
        for _, _, text in texts.of_scope(process.scope):
            found |= texts.names(text)
        found |= {item for _, node in process.scope.walk() if (item := _collected(node))}
    for decision in decisions.values():
        found |= decision.reads
    return frozenset(found)


def _collected(node: NodeModel) -> str:
    """Give the answer that a multi-instance collects; nothing where a qs:output makes it."""
    made = {part.attributes.get("target") for part in node.outputs()}
    return node.loop.output_item if node.loop is not None and node.loop.output_item not in made else ""


def reads_within(
    node: NodeModel, processes: Mapping[str, ProcessModel], decisions: Mapping[str, Decision]
) -> frozenset[str]:
    """Give the variables that an element reads, with all that it runs and asks."""
    found: set[str] = set()
    stack, seen = [node], set[str]()
    while stack:
        one = stack.pop()
        found |= {name for text in texts.of_node(one) for name in texts.names(text)}
        part = one.part("decision")
        if part is not None and part.attributes.get("ref") in decisions:
            found |= decisions[part.attributes["ref"]].reads
        scopes = [one.scope] if one.scope is not None else []
        if one.kind == "callActivity" and one.called not in seen:
            seen.add(one.called)
            scopes.append(processes[one.called].scope)
        for scope in scopes:
            found |= {name for flow in scope.flows for text in texts.of_flow(flow) for name in texts.names(text)}
            stack += scope.nodes.values()
    return frozenset(found)


def _unset(processes: Mapping[str, ProcessModel]) -> Iterator[Finding]:
    """Warn about a variable that is read where nothing can set it: no answers, no jobs, no messages."""
    nodes = [node for process in processes.values() for _, node in process.scope.walk()]
    outside = {"userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "startEvent", "boundaryEvent"}
    if any(node.kind in outside - {"startEvent"} or (node.kind == "startEvent" and node.events) for node in nodes):
        return
    set_here = {name for node in nodes for name in texts.written(node)} | texts.COUNTERS
    for process in processes.values():
        for owner, line, text in texts.of_scope(process.scope):
            for name in sorted(texts.names(text) - set_here):
                yield finding("variable_unset", owner, line, process.file, variable=name)
