"""Data associations: which variable an element copies into which when it begins and when it is done.

The ends of an association are data objects, properties, data inputs and outputs; the name of each is the name of a
variable. One that ends at what is only drawn (a data store, a modeler's placeholder, a data object whose name is no
variable's) is documentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.engine.xml import Xml, child, children, line, local, text

_NAME = re.compile(r"[^\W\d]\w*\Z")
_PLACEHOLDER = re.compile(r"__\w+_placeholder\Z")
_OBJECTS = frozenset({"dataObject", "dataObjectReference"})
_HOLDERS = frozenset({"property", "dataInput", "dataOutput"})


@dataclass(slots=True)
class Copies:
    """Pairs of a variable and the FEEL text it is set to, before and after; lines of what is drawn, and of what is wrong."""

    ins: list[tuple[str, str]] = field(default_factory=list)
    outs: list[tuple[str, str]] = field(default_factory=list)
    drawn: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)


def read_copies(item: Xml, ids: Mapping[str, Xml]) -> Copies:
    """Read the data associations of an element."""
    found = Copies()
    for name, pairs in (("dataInputAssociation", found.ins), ("dataOutputAssociation", found.outs)):
        for association in children(item, name):
            _read(association, ids, pairs, found)
    return found


def _read(association: Xml, ids: Mapping[str, Xml], pairs: list[tuple[str, str]], found: Copies) -> None:
    assignments = [(text(child(one, "to")), text(child(one, "from"))) for one in children(association, "assignment")]
    if assignments:
        if all(_NAME.match(to) and source for to, source in assignments):
            pairs += assignments
        else:
            found.wrong.append(line(association))
        return
    ends = [text(reference) for reference in children(association, "sourceRef")]
    into = text(child(association, "targetRef"))
    sources, target = [variable_of(end, ids) for end in ends], variable_of(into, ids)
    changed = text(child(association, "transformation"))
    if not all(_found(end, ids) for end in (*ends, into)):
        found.wrong.append(line(association))
    elif target is None or None in sources or not (sources or changed):
        found.drawn.append(line(association))
    elif target == "" or (not changed and "" in sources):
        found.wrong.append(line(association))
    else:
        pairs.append((target, changed or str(sources[0])))


def _found(reference: str, ids: Mapping[str, Xml]) -> bool:
    """Say whether a reference is left open, or refers to something."""
    return not reference or reference.rpartition(":")[2] in ids


def variable_of(reference: str, ids: Mapping[str, Xml]) -> str | None:
    """Give the variable that a reference names; None for what is only drawn, nothing for what names none."""
    item = ids.get(reference.rpartition(":")[2])
    if item is None:
        return None
    name = item.get("name", "")
    if local(item) == "dataObjectReference" and not name and item.get("dataObjectRef") in ids:
        name = ids[item.get("dataObjectRef", "")].get("name", "")
    if local(item) in _OBJECTS:
        return name if _NAME.match(name) else None
    if local(item) in _HOLDERS and not _PLACEHOLDER.match(name):
        return name if _NAME.match(name) else ""
    return None
