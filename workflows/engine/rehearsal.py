"""Diagrams by themselves, without the house around them: made ready to be compiled, and what their instances wait for.

Nobody's roles and forms are known here, so none is asked for. A service task is answered under the name that its drawer
gave it, in whatever way. Only what the process reaches by its calls is deployed. What is FEEL stays as it is, and other
languages stay, to be refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.engine import timers
from workflows.engine.definition import Catalog, Definition
from workflows.engine.expressions import Context, Evaluator
from workflows.engine.imports import Adapter, Change, tree, written
from workflows.engine.juel import is_juel
from workflows.engine.saved import load
from workflows.engine.specs.base import Element
from workflows.engine.specs.events import StartEvent, Trigger
from workflows.engine.specs.gateways import EventGateway
from workflows.engine.token import READY, WAITING, Token
from workflows.engine.vocabulary import FOREIGN
from workflows.engine.xml import (
    BPMN,
    QS,
    Xml,
    child,
    children,
    elements,
    extensions,
    is_element,
    line,
    local,
    namespace,
)
from workflows.errors import EngineError, Refused

_CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
_JOBS = frozenset({"serviceTask", "sendTask", "businessRuleTask"})
#: Where another engine, or the standard, names the code behind a service task.
_CODE = ("topic", "type", "class", "delegateExpression", "expression", "implementation")
#: What other engines, and the standard, say about people and forms.
_OFFICE = frozenset(
    [
        "assignee",
        "candidateUsers",
        "candidateGroups",
        "dueDate",
        "followUpDate",
        "initiator",
        "formKey",
        "formRef",
        "formRefBinding",
        "formRefVersion",
        "formHandlerClass",
        "formData",
        "formProperty",
        "formDefinition",
        "assignmentDefinition",
        "taskSchedule",
        "potentialOwner",
        "humanPerformer",
        "performer",
        "resourceRole",
        "rendering",
        "instructionsForEndUser",
        "allowGuest",
        "guestConfirmation",
    ]
)


class Everything(frozenset[str]):
    """A set of names that holds whatever is asked for."""

    def __contains__(self, item: object) -> bool:
        """Know every name."""
        return True


@dataclass(frozen=True, slots=True)
class Prepared:
    """Files ready to be compiled, every change that this took, and the names of messages and signals by their ids.

    ``outward`` names the elements whose messages a drawn message flow leads to another pool.
    """

    files: Mapping[str, bytes]
    changes: tuple[Change, ...]
    messages: Mapping[str, str]
    signals: Mapping[str, str]
    outward: frozenset[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """An element at which something is open or waits. ``kind`` is its BPMN tag.

    ``around`` holds for what does not itself wait for the outside: scopes, joins, multi-instances, and event
    sub-processes that listen. ``gateway`` names the event gateway that it stands behind.
    """

    element: str
    kind: str
    around: bool = False
    gateway: str = ""


def rehearsal_catalog(operations: Collection[str], zone: str) -> Catalog:
    """Give a catalog that knows every form and role."""
    return Catalog(frozenset(operations), Everything(), Everything(), zone)


def prepare(files: Mapping[str, bytes], root: str, operations: Collection[str]) -> Prepared:
    """Make files ready to be compiled; what cannot be read stays as it is, for the deployment to refuse."""
    adapters: dict[str, Adapter] = {}
    for name, data in files.items():
        try:
            found = tree(data)
        except Refused:
            continue
        if found is not None:
            adapters[name] = _Rehearsal(found, operations)
            adapters[name].run()
    _leave_out(list(adapters.values()), root)
    done = {name: written(one.root) for name, one in adapters.items() if one.changes}
    tops = [one.root for one in adapters.values()]
    return Prepared(
        files={**files, **done},
        changes=tuple(change for one in adapters.values() for change in one.changes),
        messages=_names(tops, "message"),
        signals=_names(tops, "signal"),
        outward=frozenset(
            flow.get("sourceRef", "").rpartition(":")[2] for top in tops for flow in top.iter(f"{{{BPMN}}}messageFlow")
        ),
    )


def _names(tops: list[Xml], kind: str) -> dict[str, str]:
    """Give the names of messages or signals by their ids."""
    found = [item for top in tops for item in children(top, kind)]
    return {item.get("id", ""): item.get("name", "") or item.get("id", "") for item in found}


def _leave_out(adapters: list[Adapter], root: str) -> None:
    """Take the processes out that the root does not reach by calls: other pools of a collaboration."""
    found = [(adapter, process) for adapter in adapters for process in children(adapter.root, "process")]
    reached, stack = {root}, [root]
    while stack:
        key = stack.pop()
        for _, process in found:
            if process.get("id") == key:
                calls = {call.get("calledElement", "") for call in process.iter(f"{{{BPMN}}}callActivity")}
                fresh = {call.rpartition(":")[2] for call in calls} - reached
                reached |= fresh
                stack += fresh
    if not any(process.get("id") == root for _, process in found):
        return
    for adapter, process in found:
        key = process.get("id", "")
        if key not in reached:
            text = f"{root} does not call {key}: it was left out.", f"{root} 未调用 {key}:已略去。"
            adapter.changes.append(Change(key, line(process), *text))
            adapter.drop(process)


class _Rehearsal(Adapter):
    """Adapts as an import does, but answers service tasks by name, leaves people out and translates no language."""

    def __init__(self, root: Xml, operations: Collection[str]) -> None:
        super().__init__(root)
        self.operations = operations

    def run(self) -> None:
        """Rewrite everything, in the order of the document."""
        for node in [item for item in self.root.iter() if is_element(item) and namespace(item) == BPMN]:
            self._office(node)
            if local(node) in _JOBS:
                self._answered(node)
            elif local(node) in ("intermediateThrowEvent", "endEvent"):
                self._published(node)
        super().run()

    def value(self, given: str) -> str | None:
        """Give a text in our notation; JUEL cannot be said."""
        return None if is_juel(given) else super().value(given)

    def text(self, node: Xml) -> None:
        """Leave an expression as it is."""

    def _office(self, node: Xml) -> None:
        """Leave out what is said about people and forms."""
        said: list[str] = []
        for key in list(node.attrib):
            space, _, own = str(key)[1:].partition("}")
            if own in _OFFICE and space.startswith(FOREIGN):
                said.append(own)
                del node.attrib[key]
        there = [item for item in elements(node) if namespace(item) == BPMN]
        there += [item for item in extensions(node) if namespace(item).startswith(FOREIGN)]
        for item in there:
            if local(item) in _OFFICE:
                said.append(local(item))
                self.drop(item)
        if said:
            names = ", ".join(said)
            text = f"{names}: left out, roles and forms are not asked for.", f"{names}:已略去,不核对角色与表单。"
            self.changes.append(Change(node.get("id", ""), line(node), *text))

    def _answered(self, node: Xml) -> None:
        """Put an operation that is answered on the task: the name of its code, else its own name, else its id."""
        ours = next((item for item in extensions(node) if item.tag == f"{{{QS}}}operation"), None)
        named = [ours.get("name", "") if ours is not None else ""]
        definition = self.foreign(node, "taskDefinition")
        named.append(definition.get("type", "") if definition is not None else "")
        named += [self.peek(node, word) or "" for word in _CODE]
        named += [node.get("implementation", ""), self._operation_of(node)]
        named += [" ".join(node.get("name", "").split()), node.get("name", ""), node.get("id", "")]
        chosen = next((name for name in named if name in self.operations), None)
        if chosen is None or chosen == named[0]:
            return
        for word in (*_CODE, "resultVariable"):
            self.attribute(node, word)
        if definition is not None:
            definition.set("type", chosen)
        elif ours is not None:
            ours.set("name", chosen)
            self.note(node, f"the operation {named[0]}", f"the operation {chosen}")
        else:  # from here on it is a task of a worker, whose mappings the import knows
            node.set(f"{{{_CAMUNDA}}}topic", chosen)

    def _operation_of(self, node: Xml) -> str:
        found = self.by_id(node.get("operationRef", "").rpartition(":")[2])
        return found.get("name", "") if found is not None else ""

    def _published(self, node: Xml) -> None:
        """Leave out who publishes a message elsewhere: here it is thrown."""
        item = self.foreign(node, "taskDefinition")
        if item is not None and child(node, "messageEventDefinition") is not None:
            self.note(item, f"job type {item.get('type', '')}", "the thrown message")
            self.drop(item)


# ---- what waits ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beginning:
    """What begins an instance when its trigger comes. ``due`` tells when a timer's has, of an instance to come."""

    element: str
    kind: str
    name: str
    due: datetime | None


def begins_by_itself(definition: Definition) -> bool:
    """Say whether the root process begins without a trigger."""
    return bool(definition.specs[definition.root].starts)


def beginnings(definition: Definition, now: datetime, feel: Evaluator) -> list[Beginning]:
    """Give the start events with a trigger, the receive tasks that instantiate and the events behind such gateways."""
    spec, context = definition.specs[definition.root], Context(feel, now, definition.zone)
    found = []
    for item in spec.elements():
        on = getattr(item, "trigger_on", None)
        begun = any(isinstance(one, EventGateway) and one.instantiates for one in _before(item))
        if on is not None and on.kind != "none" and (isinstance(item, StartEvent) or item.instantiates or begun):
            every = (item.several if isinstance(item, StartEvent) else ()) or (on,)
            found += [Beginning(item.meta.id, one.kind, one.name, _due(one, context, item.meta.id)) for one in every]
    return found


def _due(on: Trigger, context: Context, element: str) -> datetime | None:
    if on.kind != "timer" or on.value is None:
        return None
    try:
        return timers.due(on.timer, on.value(context, {}, element), context.now, context.zone)
    except (ValueError, OverflowError) as error:
        raise EngineError("timer", element, str(error)) from error


def standing(definition: Definition, state: bytes, now: datetime, feel: Evaluator) -> list[Standing]:
    """Give where something is open or waits in a running instance, in the order in which it came."""
    instance = load(definition, state, Context(feel, now, definition.zone))
    if instance.status in ("completed", "cancelled"):
        return []
    tokens = [token for scope in instance.scopes() for token in scope.live.values()]
    return list(_standing(sorted(tokens, key=lambda token: token.number)))


def _standing(tokens: list[Token]) -> Iterator[Standing]:
    told: set[tuple[str, int]] = set()
    for token in tokens:
        element, notes = token.element, token.internal_data
        trigger, gateway = getattr(element, "trigger_on", None), ""
        waits = token.has_state(WAITING) and not element.joins and "standing" not in notes
        if waits and trigger is not None:
            once = element.meta.id, notes.get("group") or notes.get("host") or token.number
            if once in told or (trigger.kind == "timer" and "timer" not in notes):
                continue  # one event with several triggers; a timer that has fired for the last time
            told.add(once)
        if waits and "group" in notes and "entered" not in notes:
            gateway = next((other.name for other in _before(element) if isinstance(other, EventGateway)), "")
        around = not (token.has_state(READY) or waits or "job" in notes)
        yield Standing(element.meta.id, element.meta.kind, around, gateway)


def _before(element: Element) -> Iterator[Element]:
    return (element.other(flow.source) for flow in element.incoming)
