"""The words of other engines and what they are called here: one function a word, used by ``imports``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from lxml import etree

from workflows.engine.juel import is_juel
from workflows.engine.vocabulary import FOREIGN
from workflows.engine.xml import BPMN, QS, Xml, child, elements, local, namespace, text

if TYPE_CHECKING:
    from workflows.engine.imports import Adapter

WAITING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})
_OWNERS = frozenset({"potentialOwner", "humanPerformer", "performer"})
_NAME = re.compile(r"[^\W\d]\w*\Z")
_ORDER = ("loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem")


def assignment(adapter: Adapter, node: Xml) -> None:
    """Rewrite ``assignee`` and ``candidateGroups`` -> qs:assignment."""
    item = adapter.foreign(node, "assignmentDefinition")
    for was, now in (("assignee", "person"), ("candidateGroups", "roles")):
        given = item.get(was) if item is not None else adapter.peek(node, was)
        value = adapter.value(given) if given else None
        if value is None:
            continue
        adapter.add(node, "assignment", {now: value})
        adapter.note(node, f"{was}={given}", f"qs:assignment {now}={value}")
        if item is None:
            adapter.attribute(node, was)
        else:
            del item.attrib[was]
    if item is not None and not item.attrib:
        adapter.drop(item)


def form(adapter: Adapter, node: Xml) -> None:
    """Rewrite ``formKey`` and ``formDefinition`` -> qs:form."""
    item = adapter.foreign(node, "formDefinition")
    named = [item.get(name) for name in ("formId", "formKey", "externalReference")] if item is not None else []
    key = next((name for name in named if name), None) or adapter.peek(node, "formKey") or adapter.peek(node, "formRef")
    value = adapter.value(key) if key else None
    if value is None:
        return
    value = value.rpartition(":")[2] if value.startswith("camunda-forms:") else value
    adapter.add(node, "form", {"key": value})
    adapter.note(node, f"form {key}", f"qs:form key={value}")
    for name in ("formKey", "formRef", "formRefBinding"):
        adapter.attribute(node, name)
    if item is not None:
        adapter.drop(item)


def deadline(adapter: Adapter, node: Xml) -> None:
    """Rewrite ``dueDate`` -> qs:deadline."""
    item = adapter.foreign(node, "taskSchedule")
    given = item.get("dueDate") if item is not None else adapter.peek(node, "dueDate")
    value = adapter.value(given) if given else None
    if value is None:
        return
    adapter.add(node, "deadline", {"due": value})
    adapter.note(node, f"dueDate={given}", f"qs:deadline due={value}")
    if item is None:
        adapter.attribute(node, "dueDate")
    else:
        del item.attrib["dueDate"]
        if not item.attrib:
            adapter.drop(item)


def operation(adapter: Adapter, node: Xml) -> None:
    """Rewrite ``taskDefinition type`` and the topic of an external task -> qs:operation, with its mappings and headers."""
    item = adapter.foreign(node, "taskDefinition")
    given = item.get("type") if item is not None else adapter.peek(node, "topic")
    if not given or is_juel(given) or given.startswith("="):
        return
    made = adapter.add(node, "operation", {"name": given})
    adapter.note(node, f"job type {given}", f"qs:operation name={given}")
    topic = adapter.attribute(node, "topic")
    adapter.attribute(node, "type")
    if item is not None:
        adapter.drop(item)
        if topic:
            adapter.note(node, f"topic {topic}", f"superfluous beside {given}")
    headers = adapter.foreign(node, "taskHeaders")
    for header in elements(headers) if headers is not None else []:
        _pair(made, "in", header.get("key", ""), header.get("value", ""))
    if headers is not None:
        adapter.note(headers, "taskHeaders", "qs:in")
        adapter.drop(headers)
    _mappings(adapter, node, made)


def _mappings(adapter: Adapter, node: Xml, made: Xml) -> None:
    mapping = adapter.foreign(node, "ioMapping")
    if mapping is not None:
        for item in elements(mapping):
            _pair(made, "in" if local(item) == "input" else "out", item.get("target", ""), item.get("source", ""))
        adapter.note(mapping, "ioMapping", "qs:in and qs:out")
        adapter.drop(mapping)
    parameters = adapter.foreign(node, "inputOutput")
    for item in elements(parameters) if parameters is not None else []:
        value = adapter.value(text(item)) if not elements(item) else None
        if value is not None:
            _pair(made, "in" if local(item) == "inputParameter" else "out", item.get("name", ""), value)
            adapter.note(item, f"{local(item)} {item.get('name', '')}", f"qs: value {value}")
            adapter.drop(item)
    if parameters is not None and not elements(parameters):
        adapter.drop(parameters)


def _pair(made: Xml, kind: str, name: str, value: str) -> None:
    etree.SubElement(made, f"{{{QS}}}{kind}", {"name": name, "value": value})


def answers(adapter: Adapter, node: Xml) -> None:
    """Rewrite the outputs of a user task: ioMapping -> qs:output."""
    mapping = adapter.foreign(node, "ioMapping")
    for item in elements(mapping) if mapping is not None else []:
        holder = child(node, "extensionElements")
        if local(item) == "output" and holder is not None:
            values = {"source": item.get("source", ""), "target": item.get("target", "")}
            etree.SubElement(holder, f"{{{QS}}}output", values, nsmap={"qs": QS})
            adapter.note(item, f"output {values['target']}", f"qs:output target={values['target']}")
            adapter.drop(item)
    if mapping is not None and not elements(mapping):
        adapter.drop(mapping)


def decision(adapter: Adapter, node: Xml) -> None:
    """Rewrite ``calledDecision`` and ``decisionRef`` -> qs:decision."""
    item = adapter.foreign(node, "calledDecision")
    ref = item.get("decisionId") if item is not None else adapter.peek(node, "decisionRef")
    result = item.get("resultVariable") if item is not None else adapter.peek(node, "resultVariable")
    if not ref or not result or ref.startswith("=") or is_juel(ref):
        return
    adapter.add(node, "decision", {"ref": ref, "result": result})
    adapter.note(node, f"decision {ref}", f"qs:decision ref={ref} result={result}")
    for name in ("decisionRef", "resultVariable", "mapDecisionResult", "decisionRefBinding"):
        adapter.attribute(node, name)
    if item is not None:
        adapter.drop(item)


def script(adapter: Adapter, node: Xml) -> None:
    """Rewrite ``script`` with its expression, and ``resultVariable`` -> bpmn:script and qs:script."""
    item = adapter.foreign(node, "script")
    if item is not None and item.get("expression") and item.get("resultVariable"):
        holder = child(node, "script")
        if holder is None:
            holder = etree.SubElement(node, f"{{{BPMN}}}script")
        holder.text = item.get("expression", "").removeprefix("=")
        node.set("scriptFormat", "feel")
        adapter.add(node, "script", {"result": item.get("resultVariable", "")})
        adapter.note(item, "the FEEL script", f"qs:script result={item.get('resultVariable')}")
        adapter.drop(item)
        return
    result = adapter.peek(node, "resultVariable")
    if result and node.get("scriptFormat", "").lower() == "feel":
        adapter.attribute(node, "resultVariable")
        adapter.add(node, "script", {"result": result})
        adapter.note(node, f"resultVariable={result}", f"qs:script result={result}")


def called(adapter: Adapter, node: Xml) -> None:
    """Rewrite ``calledElement`` and the binding of the called version."""
    item = adapter.foreign(node, "calledElement")
    if item is not None and item.get("processId") and not item.get("processId", "").startswith("="):
        node.set("calledElement", item.get("processId", ""))
        adapter.note(item, "calledElement of the extension", f"calledElement={item.get('processId')}")
        adapter.drop(item)
    bound = adapter.peek(node, "calledElementBinding")
    if bound in ("latest", "deployment"):
        adapter.attribute(node, "calledElementBinding")
        adapter.add(node, "binding", {"version": bound})
        adapter.note(node, f"calledElementBinding={bound}", f"qs:binding version={bound}")
    holder = child(node, "extensionElements")
    for one in elements(holder) if holder is not None else []:
        if local(one) not in ("in", "out") or not namespace(one).startswith(FOREIGN):
            continue
        source = one.get("source") or one.get("sourceExpression") or ""
        value = f"={source}" if one.get("source") else adapter.value(source)
        if one.get("businessKey"):
            adapter.note(one, f"businessKey={one.get('businessKey')}", "the case's own: a call runs within it")
            adapter.drop(one)
        elif one.get("variables") == "all":
            adapter.note(one, f"{local(one)} variables=all", "the rule here for every call")
            adapter.drop(one)
        elif value and one.get("target"):
            _pair(adapter.add(node, "binding", {}), local(one), one.get("target", ""), value)
            adapter.note(one, f"{local(one)} {source}", f"qs:{local(one)} {one.get('target')}")
            adapter.drop(one)
    if adapter.foreign(node, "ioMapping") is not None:
        _mappings(adapter, node, adapter.add(node, "binding", {}))


def many(adapter: Adapter, node: Xml) -> None:
    """Rewrite the collection and the item of a multi-instance to the standard's own elements."""
    item = adapter.foreign(node, "loopCharacteristics")
    given: dict[str, str] = {}
    if item is not None:
        given = {str(name): str(value) for name, value in item.attrib.items()}
    else:
        for was, now in (("collection", "inputCollection"), ("elementVariable", "inputElement")):
            value = adapter.peek(node, was)
            read = adapter.value(value) if value else None
            if read is not None:
                given[now] = read
    output = given.get("outputElement", "").removeprefix("=").strip()
    if not given.get("inputCollection") or (output and not _NAME.match(output)):
        return
    _child(node, "loopDataInputRef", given["inputCollection"].removeprefix("="))
    if given.get("inputElement"):
        _child(node, "inputDataItem", name=given["inputElement"])
    if output and given.get("outputCollection"):
        _child(node, "loopDataOutputRef", given["outputCollection"].removeprefix("="))
        _child(node, "outputDataItem", name=output)
    adapter.note(node, f"collection {given['inputCollection']}", "loopDataInputRef")
    if item is not None:
        adapter.drop(item)
    adapter.attribute(node, "collection")
    adapter.attribute(node, "elementVariable")


def _child(node: Xml, tag: str, value: str = "", name: str = "") -> None:
    found = child(node, tag)
    if found is None:
        found = etree.Element(f"{{{BPMN}}}{tag}")
        before = {"documentation", "extensionElements", *_ORDER[: _ORDER.index(tag)]}
        node.insert(sum(local(item) in before for item in elements(node)), found)
    found.text = value or None
    if name:
        found.set("name", name)


def owners(adapter: Adapter, node: Xml) -> None:
    """Rewrite the standard's ``potentialOwner`` and ``performer``, where they name resources, to qs:assignment."""
    for item in [one for one in elements(node) if namespace(one) == BPMN and local(one) in _OWNERS]:
        resource = adapter.by_id(text(child(item, "resourceRef")).rpartition(":")[2])
        if resource is None or elements(item)[1:]:
            continue
        role = resource.get("name", "") or resource.get("id", "")
        made = adapter.add(node, "assignment", {})
        named = [part for part in made.get("roles", "").split(",") if part]
        if not made.get("person") and "," not in role and not role.startswith("="):
            made.set("roles", ",".join([*named, role] if role not in named else named))
            adapter.note(item, f"{local(item)} {role}", f"qs:assignment roles={made.get('roles')}")
            adapter.drop(item)


def message(adapter: Adapter, node: Xml) -> None:
    """Give an event or a task that names no message one of its own name."""
    if local(node) == "messageEventDefinition":
        owner = node.getparent()
        apart = owner is None or local(owner) == "definitions"
        name = owner.get("name", "").strip() if owner is not None and not apart else ""
    else:
        operation_named = any(item.tag == f"{{{QS}}}operation" for item in node.iter())
        name = "" if operation_named else node.get("name", "").strip()
    if node.get("messageRef") or not name:
        return
    node.set("messageRef", adapter.message(" ".join(name.split())))
    adapter.note(node, "the message without a name", f"the message {' '.join(name.split())}")


def thrown(adapter: Adapter, node: Xml) -> None:
    """Leave out the code that sends a message elsewhere: here the event throws it."""
    owner = node.getparent()
    if owner is None or local(owner) not in ("intermediateThrowEvent", "endEvent"):
        return
    for name in ("type", "topic", "class", "expression", "delegateExpression"):
        given = adapter.attribute(node, name)
        if given is not None:
            adapter.note(node, f"{name} {given}", "the thrown message")


def watched(adapter: Adapter, node: Xml) -> None:
    """Leave out which variable a condition watches: here it is asked whenever anything has changed."""
    for name in ("variableName", "variableEvents"):
        given = adapter.attribute(node, name)
        if given is not None:
            adapter.note(node, f"{name} {given}", "a condition that is asked whenever something has changed")


REWRITES: dict[str, tuple[Callable[[Adapter, Xml], None], ...]] = {
    "userTask": (assignment, form, deadline, answers, owners),
    "manualTask": (assignment, owners),
    "serviceTask": (operation,),
    "sendTask": (operation, message),
    "receiveTask": (message,),
    "messageEventDefinition": (message, thrown),
    "conditionalEventDefinition": (watched,),
    "businessRuleTask": (decision, operation),
    "scriptTask": (script,),
    "callActivity": (called,),
    "multiInstanceLoopCharacteristics": (many,),
}
