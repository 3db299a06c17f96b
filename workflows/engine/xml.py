"""Read XML that a stranger may have written: no DOCTYPE, no entity, no network, bounded size.

Both BPMN and DMN come through here. A fault is a ``Finding`` with a line, never a stack trace.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias, cast

from lxml import etree

from workflows.engine.rules import finding
from workflows.errors import Finding, Refused

Xml: TypeAlias = etree._Element

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
QS = "https://qingshen.org/bpmn/1"
_OMG = "omg.org/spec/"
MAX_BYTES = 5 * 1024 * 1024
MAX_NODES = 100_000
MAX_ELEMENTS = 5_000
_NCNAME = re.compile(r"[^\W\d][\w.\-]*\Z")
_COUNTED = frozenset(
    [
        "startEvent",
        "endEvent",
        "boundaryEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "task",
        "userTask",
        "manualTask",
        "serviceTask",
        "scriptTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
        "subProcess",
        "transaction",
        "adHocSubProcess",
        "callActivity",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
        "sequenceFlow",
    ]
)


def read(data: bytes, file: str) -> Xml:
    """Give the root of a document.

    Raises Refused with one finding when the bytes are too many, declare a document type, or are not well-formed.
    """
    if len(data) > MAX_BYTES:
        raise Refused([finding("xml_too_large", file=file, limit=MAX_BYTES)])
    parser = etree.XMLParser(
        encoding="utf-8",  # whatever the file declares: all else here reads it as UTF-8
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        data.decode("utf-8")
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or data.count(b"\n", 0, getattr(error, "start", 0)) + 1
        raise Refused([finding("xml_malformed", line=line, file=file, reason=str(error)[:200])]) from None
    if cast(Any, root.getroottree()).docinfo.doctype:
        raise Refused([finding("xml_doctype", line=1, file=file)])
    faults = _measure(root, file)
    if faults:
        raise Refused(faults)
    return root


def _measure(root: Xml, file: str) -> list[Finding]:
    """Count nodes and check every id once."""
    nodes = elements = 0
    seen: set[str] = set()
    faults: list[Finding] = []
    for node in root.iter():
        nodes += 1
        if nodes > MAX_NODES:
            return [finding("xml_too_many", file=file, limit=MAX_NODES)]
        if not is_element(node):
            faults.append(finding("xml_malformed", line=line(node), file=file, reason="entity reference"))
            continue
        if namespace(node) == BPMN and local(node) in _COUNTED:
            elements += 1
        key = node.get("id")
        if key is None or _OMG not in namespace(node):  # what other tools put in has rules of its own
            continue
        if not _NCNAME.match(key):
            faults.append(finding("id_invalid", key, line(node), file))
        elif key in seen:
            faults.append(finding("id_twice", key, line(node), file))
        seen.add(key)
    if elements > MAX_ELEMENTS:
        faults.append(finding("xml_too_many", file=file, limit=MAX_ELEMENTS))
    return faults


def local(node: Xml) -> str:
    """Give the tag without its namespace."""
    return etree.QName(node).localname


def namespace(node: Xml) -> str:
    """Give the namespace of the tag, or nothing."""
    return etree.QName(node).namespace or ""


def line(node: Xml) -> int:
    """Give the line the element starts on."""
    return cast("int | None", node.sourceline) or 0


def children(node: Xml, name: str, space: str = BPMN) -> list[Xml]:
    """Give the direct children of that name."""
    return node.findall(f"{{{space}}}{name}")


def child(node: Xml, name: str, space: str = BPMN) -> Xml | None:
    """Give the first direct child of that name."""
    return node.find(f"{{{space}}}{name}")


def text(node: Xml | None) -> str:
    """Give the stripped text of an element, or nothing."""
    return (node.text or "").strip() if node is not None else ""


def flag(node: Xml, name: str, *, default: bool = False) -> bool:
    """Give an attribute of the type xsd:boolean, which may be written 1 and 0."""
    given = node.get(name, "").strip().lower()
    return given in ("true", "1") if given else default


def reference(node: Xml, name: str) -> str:
    """Give the id that an attribute refers to; a QName's prefix is no part of it."""
    return node.get(name, "").strip().rpartition(":")[2]


def extensions(node: Xml) -> list[Xml]:
    """Give what stands in the element's bpmn:extensionElements."""
    holder = child(node, "extensionElements")
    return [] if holder is None else elements(holder)


def is_element(node: Xml) -> bool:
    """Say whether this is an element; comments and entity references are none, whatever the type says."""
    return isinstance(cast(object, node.tag), str)


def elements(node: Xml) -> list[Xml]:
    """Give the child elements."""
    return [item for item in node if is_element(item)]
