"""Adapt diagrams drawn for other engines: what has an equivalent is rewritten to ``qs:``, and every change reported.

What has none stays as it stands: lint refuses it with its place when the diagram is deployed. Extensions that change
nothing of what runs are kept, so that the tool that drew them finds them again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from workflows.engine import import_words
from workflows.engine.juel import is_juel, to_feel
from workflows.engine.rules import finding
from workflows.engine.vocabulary import FOREIGN
from workflows.engine.xml import (
    BPMN,
    QS,
    Xml,
    child,
    children,
    elements,
    is_element,
    line,
    local,
    namespace,
    read,
    text,
)
from workflows.errors import Refused

_TEXTS = frozenset(["conditionExpression", "timeDate", "timeDuration", "timeCycle", "condition", "completionCondition"])
_TIMES = frozenset(["timeDate", "timeDuration", "timeCycle"])
_QUOTED = re.compile(r"""(["'])[\w:./+\-]+\1\Z""")
_FORKS = frozenset(["parallelGateway", "eventBasedGateway"])
_TEXTS_MORE = frozenset(["loopCardinality", "loopCondition"])


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was rewritten, at the element and the line where it stood."""

    element: str
    line: int
    text: str
    text_zh: str


@dataclass(frozen=True, slots=True)
class Adapted:
    """A diagram after its adaption; without changes the very bytes that came."""

    content: bytes
    changes: list[Change] = field(default_factory=list)


def adapt(file: bytes) -> Adapted:
    """Rewrite what other engines' extensions say into ours, where there is an equivalent.

    Raises Refused for what is no XML, or XML that is not taken in, as the deployment does.
    """
    root = tree(file)
    if root is None:
        return Adapted(file)
    adapter = Adapter(root)
    adapter.run()
    if not adapter.changes:
        return Adapted(file)
    return Adapted(written(root), sorted(adapter.changes, key=lambda change: change.line))


def tree(file: bytes) -> Xml | None:
    """Give a diagram with all that stands in it, comments too; None for another kind of file. Raises Refused."""
    if namespace(read(file, "")) != BPMN:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(file, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused([finding("xml_malformed", reason=str(error)[:200])]) from None


def written(root: Xml) -> bytes:
    """Write a rewritten diagram; the prefixes that it declared stay."""
    prefixes = {prefix for node in root.iter() if is_element(node) for prefix in node.nsmap if prefix}
    top = {} if "qs" in root.nsmap else {"qs": QS}
    etree.cleanup_namespaces(root, top_nsmap=top, keep_ns_prefixes=sorted(prefixes))
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


class Adapter:
    """One diagram while it is rewritten."""

    def __init__(self, root: Xml) -> None:
        self.root = root
        self.changes: list[Change] = []
        self._ids: dict[str, Xml] = {}

    def note(self, node: Xml, was: str, now: str) -> None:
        """Report a change."""
        owner: Xml | None = node
        while owner is not None and not owner.get("id"):
            owner = owner.getparent()
        key = owner.get("id", "") if owner is not None else ""
        self.changes.append(Change(key, line(node), f"{was} became {now}.", f"{was} 已改写为 {now}。"))

    def run(self) -> None:
        """Rewrite everything, in the order of the document."""
        self._correlations()
        for node in [item for item in self.root.iter() if is_element(item) and namespace(item) == BPMN]:
            name = local(node)
            if name in _TEXTS or name in _TEXTS_MORE:
                self.text(node)
            if name in _TIMES:
                self._unquoted(node)
            for rewrite in import_words.REWRITES.get(name, ()):
                rewrite(self, node)
            if name == "exclusiveGateway":
                self._default(node)
            elif name == "sequenceFlow":
                self._idle(node)

    # ---- what a rewrite uses

    def attribute(self, node: Xml, name: str) -> str | None:
        """Take a foreign attribute off an element; None when there is none."""
        for key in list(node.attrib):
            space, _, own = str(key)[1:].partition("}")
            if own == name and str(key).startswith("{") and space.startswith(FOREIGN):
                return str(node.attrib.pop(key))
        return None

    def peek(self, node: Xml, name: str) -> str | None:
        """Give a foreign attribute without taking it."""
        for key, value in node.attrib.items():
            space, _, own = str(key)[1:].partition("}")
            if own == name and str(key).startswith("{") and space.startswith(FOREIGN):
                return str(value)
        return None

    def foreign(self, node: Xml, name: str) -> Xml | None:
        """Give another engine's extension element of that name."""
        holder = child(node, "extensionElements")
        for item in elements(holder) if holder is not None else []:
            if local(item) == name and namespace(item).startswith(FOREIGN):
                return item
        return None

    def drop(self, item: Xml) -> None:
        """Take an element out; the text behind it goes with it."""
        parent = item.getparent()
        if parent is not None:
            parent.remove(item)

    def add(self, node: Xml, name: str, values: Mapping[str, str]) -> Xml:
        """Put one of our extension elements on an element, or fill the one that is there."""
        holder = child(node, "extensionElements")
        if holder is None:
            holder = etree.Element(f"{{{BPMN}}}extensionElements")
            node.insert(len(children(node, "documentation")), holder)
        found = child(holder, name, QS)
        if found is None:
            found = etree.SubElement(holder, f"{{{QS}}}{name}", nsmap={"qs": QS})
        for key, value in values.items():
            found.set(key, value)
        return found

    def value(self, given: str) -> str | None:
        """Give a text in our notation: JUEL becomes ``=FEEL``, anything else stays; None when it cannot be said."""
        if is_juel(given):
            found = to_feel(given)
            return None if found is None else f"={found}"
        return None if "${" in given or "#{" in given else given

    def by_id(self, key: str) -> Xml | None:
        """Give the element of an id."""
        if not self._ids:
            for node in self.root.iter():
                if is_element(node) and node.get("id"):
                    self._ids.setdefault(node.get("id", ""), node)
        return self._ids.get(key)

    def message(self, name: str) -> str:
        """Give the id of the message of a name, made where there is none."""
        for item in children(self.root, "message"):
            if item.get("name") == name and item.get("id"):
                return item.get("id", "")
        number = len(children(self.root, "message")) + 1
        while self.by_id(f"message_{number}") is not None:
            number += 1
        made = etree.Element(f"{{{BPMN}}}message", {"id": f"message_{number}", "name": name})
        self.root.insert(len(children(self.root, "import")), made)
        self._ids[f"message_{number}"] = made
        return f"message_{number}"

    # ---- what any element may hold

    def text(self, node: Xml) -> None:
        """Rewrite an expression in JUEL."""
        given = text(node)
        found = to_feel(given) if is_juel(given) else None
        if found is not None:
            node.text = f"={found}"
            if "language" in node.attrib:
                del node.attrib["language"]
            self.note(node, given, f"={found}")

    def _unquoted(self, node: Xml) -> None:
        """Take the quotes off a time: engines whose timers are expressions want them."""
        given = text(node)
        if _QUOTED.match(given):
            node.text = given[1:-1]
            self.note(node, given, given[1:-1])

    def _default(self, node: Xml) -> None:
        """Mark the only flow without a condition as the default, as it was meant to be."""
        parent = node.getparent()
        if parent is None or node.get("default"):
            return
        flows = [flow for flow in children(parent, "sequenceFlow") if flow.get("sourceRef") == node.get("id")]
        plain = [flow for flow in flows if child(flow, "conditionExpression") is None]
        if len(flows) > 1 and len(plain) == 1 and plain[0].get("id"):
            node.set("default", plain[0].get("id", ""))
            self.note(plain[0], "the flow without a condition", "the default flow")

    def _idle(self, flow: Xml) -> None:
        """Take a condition off that would never be asked: of a default flow, or one behind a fork that is always true."""
        condition = child(flow, "conditionExpression")
        source = self.by_id(flow.get("sourceRef", "")) if condition is not None else None
        if condition is None or source is None:
            return
        default = bool(source.get("default")) and source.get("default") == flow.get("id")
        always = text(condition).removeprefix("=").strip() == "true"
        if default or (always and local(source) in _FORKS):
            self.note(flow, f"the condition {text(condition)}", "none: it would never be asked")
            self.drop(condition)

    def _correlations(self) -> None:
        """Move the key of a subscription from the message to whoever waits for it."""
        for message in children(self.root, "message"):
            subscription = self.foreign(message, "subscription")
            key = subscription.get("correlationKey", "") if subscription is not None else ""
            waiting = [
                node for node in self.root.iter() if is_element(node) and self._waits(node, message.get("id", ""))
            ]
            if subscription is None or not key or not waiting:
                continue
            for node in waiting:
                self.add(node, "correlation", {"key": key})
            self.note(subscription, f"subscription correlationKey={key}", f"qs:correlation key={key}")
            self.drop(subscription)

    def _waits(self, node: Xml, message: str) -> bool:
        if namespace(node) != BPMN or local(node) not in import_words.WAITING:
            return False
        named = [node.get("messageRef", ""), *(one.get("messageRef", "") for one in elements(node))]
        return any(name.rpartition(":")[2] == message for name in named if name)


Rewrite = Callable[[Adapter, Xml], None]
