"""Words of other engines that stand in a diagram, and would change what runs there and not here."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.engine.vocabulary import FOREIGN, HARMLESS
from workflows.engine.xml import BPMN, Xml, elements, extensions, line, local, namespace

#: What says more about the element that it stands in.
_DESCRIBES = (
    "EventDefinition",
    "LoopCharacteristics",
    "conditionExpression",
    "condition",
    "completionCondition",
    "loopCardinality",
    "script",
    "timeDate",
    "timeDuration",
    "timeCycle",
)


def foreign_words(item: Xml) -> Iterator[tuple[str, int]]:
    """Give each such word of an element, its triggers, loops and expressions, with the line it stands on."""
    for key in item.attrib:
        space, _, name = str(key)[1:].partition("}")
        if name and space.startswith(FOREIGN) and name not in HARMLESS:
            yield name, line(item)
    for one in extensions(item):
        if namespace(one).startswith(FOREIGN) and local(one) not in HARMLESS:
            yield local(one), line(one)
    for inner in elements(item):
        if namespace(inner) == BPMN and local(inner).endswith(_DESCRIBES):
            yield from foreign_words(inner)
