"""What a command would do, told beforehand: where a task can be returned to, what a migration would bring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReturnTarget:
    """An element, and whether a task can be returned to it.

    ``reason`` says why not: ``here``, ``kind``, ``not_behind``, ``open`` (a token is there still), ``several`` (it was
    visited more than once at a time), ``inside`` (of the finished sub-process ``offer``). ``joined``: its branch has met
    others since, so ``others`` of Return matters. ``undoes``: something that was done since can be compensated first.
    """

    element: str
    process: str
    name: str
    kind: str
    legal: bool
    reason: str = ""
    joined: bool = False
    offer: str = ""
    undoes: bool = False


@dataclass(frozen=True, slots=True)
class PlanItem:
    """What becomes of one thing that waits.

    ``kind``: task, job, timer, token, compensation (of something done) or flow (a join's new one). ``outcome``: kept,
    moved (to the element ``to``), disarmed, start, done, or refused with a ``reason``: ``removed``, ``kind``, ``scope``,
    ``flow``, ``repetition``, ``called``, ``operation``, ``trigger``, ``straight``, ``join_lost_flow``, ``join_new_flow``,
    ``branch``, ``compensation`` (nothing would undo it).
    """

    id: str
    kind: str
    element: str
    to: str
    outcome: str
    reason: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration would do to one instance."""

    old: str
    new: str
    items: tuple[PlanItem, ...]

    @property
    def refusals(self) -> tuple[PlanItem, ...]:
        """Everything that stands in the way."""
        return tuple(item for item in self.items if item.outcome == "refused")
