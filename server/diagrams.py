"""What a page must know of BPMN files: the processes in them, their names, and whom they call. Read, not run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
QS = "{https://qingshen.org/bpmn/1}"


@dataclass(frozen=True, slots=True)
class ProcessView:
    """A process of a file. ``calls`` leads from a call activity to the process it calls."""

    key: str
    name: str
    name_en: str
    file: str
    calls: Mapping[str, str]


def processes(files: Mapping[str, bytes]) -> dict[str, ProcessView]:
    """List the processes of deployed files by id."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    found: dict[str, ProcessView] = {}
    for name, body in sorted(files.items()):
        if not name.endswith(".bpmn"):
            continue
        for process in etree.fromstring(body, parser).iter(f"{BPMN}process"):
            calls = {
                str(node.get("id")): str(node.get("calledElement"))
                for node in process.iter(f"{BPMN}callActivity")
                if node.get("calledElement")
            }
            key = str(process.get("id"))
            found[key] = ProcessView(key, str(process.get("name") or key), english(process), name, calls)
    return found


def english(node: etree._Element) -> str:
    """Give the English label of an element, "" where it has none."""
    extensions = node.find(f"{BPMN}extensionElements")
    for label in extensions.iter(f"{QS}label") if extensions is not None else ():
        if label.get("lang") == "en":
            return str(label.get("text") or "")
    return ""
