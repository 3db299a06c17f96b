"""From which elements of a scope a token gets where, as one number with a bit for each element.

What lies behind every element is worked out once for the whole scope, so that many joins cost little; only a join on a
circle asks again, for the ways that do not pass it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflows.engine.specs.base import Element


class Ways:
    """The sequence flows of a scope, backwards; with ``boundaries`` from an activity to its boundary events too."""

    def __init__(self, elements: Mapping[str, Element], *, boundaries: bool = True) -> None:
        self.bits = {name: 1 << number for number, name in enumerate(elements)}
        self._before: dict[str, set[str]] = {name: set() for name in elements}
        after: dict[str, list[str]] = {}
        for name, element in elements.items():
            after[name] = [*(flow.target for flow in element.outgoing), *(element.boundaries if boundaries else ())]
            for target in after[name]:
                self._before[target].add(name)
        self._behind = dict.fromkeys(elements, 0)
        order, changed = _along(after), True
        while changed:  # once, and once more for each circle within a circle
            changed = False
            for name in order:
                found = self._behind[name]
                for source in self._before[name]:
                    found |= self._behind[source] | self.bits[source]
                changed |= found != self._behind[name]
                self._behind[name] = found

    def to(self, join: Element) -> dict[str, int]:
        """Give for each incoming flow of a join the elements from which it is reached without passing the join."""
        if self._behind[join.name] & self.bits[join.name]:
            return {flow.id: self._without(flow.source, join.name) for flow in join.incoming}
        return {flow.id: self._behind[flow.source] | self.bits[flow.source] for flow in join.incoming}

    def _without(self, source: str, join: str) -> int:
        seen: set[str] = set()
        stack = [source]
        while stack:
            name = stack.pop()
            if name not in seen and name != join:
                seen.add(name)
                stack.extend(self._before[name])
        return sum(self.bits[name] for name in seen)


def _along(after: Mapping[str, Sequence[str]]) -> list[str]:
    """Give the elements so that, circles aside, none comes before what leads to it."""
    order: list[str] = []
    seen: set[str] = set()
    for start in after:
        stack = [(start, False)]
        while stack:
            name, done = stack.pop()
            if done:
                order.append(name)
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                stack.extend((target, False) for target in after[name])
    return order[::-1]
