"""Activities done many times: multi-instance, parallel and sequential, and the standard loop.

The container stands in the diagram, carries the boundary events and counts; each item is a token of the inner spec.
Counters and outputs are notes on the container and item variables are local, so that loops around it begin afresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine.expressions import Expression
from workflows.engine.specs.activities import Activity
from workflows.engine.specs.base import Meta, Process
from workflows.engine.token import STARTED, Token
from workflows.errors import EngineError

MAX_ITEMS = 1_000


@dataclass(frozen=True, slots=True)
class Repetition:
    """How an activity is repeated."""

    sequential: bool = False
    cardinality: Expression | None = None
    collection: Expression | None = None
    item: str = ""
    output: str = ""
    output_item: str = ""
    condition: Expression | None = None
    before: bool = False
    maximum: int | None = None


class MultiInstance(Activity):
    """Runs its inner activity once for each item."""

    def __init__(self, process: Process, name: str, meta: Meta, inner: str, plan: Repetition) -> None:
        super().__init__(process, name, meta)
        self.inner = inner
        self.plan = plan

    def run(self, token: Token) -> bool | None:
        """Open the items: all at once, or the first."""
        items = self._items(token)
        notes = token.internal_data
        notes["items"], notes["done"], notes["outputs"], notes["by"] = items, 0, {}, {}
        if not items:
            self._collect(token)
            return True
        token._set_state(STARTED)
        for index in range(1 if self.plan.sequential else len(items)):
            self._open(token, index)
        return None

    def _items(self, token: Token) -> list[Any]:
        context, plan = token.scope.instance.context, self.plan
        if plan.collection is not None:
            items = plan.collection(context, token.data, self.meta.id)
            if not isinstance(items, list):
                raise EngineError("collection", self.meta.id, f"{plan.collection.text} is no list")
        elif plan.cardinality is None:
            items = []
        else:
            number = plan.cardinality(context, token.data, self.meta.id)
            if isinstance(number, bool) or not isinstance(number, int | float) or number != int(number) or number < 0:
                raise EngineError("cardinality", self.meta.id, f"{plan.cardinality.text} is no whole number")
            if number > MAX_ITEMS:
                raise EngineError("many_items", self.meta.id, f"{number} items, more than {MAX_ITEMS}")
            items = [None] * int(number)
        if len(items) > MAX_ITEMS:
            raise EngineError("many_items", self.meta.id, f"{len(items)} items, more than {MAX_ITEMS}")
        return items

    def _open(self, token: Token, index: int) -> None:
        notes = token.internal_data
        child = token.spawn(self.other(self.inner), of=token.number, index=index, visit=notes.get("visit", 1))
        child.data.update(loopCounter=index + 1, **self._counters(token))
        if self.plan.item:
            child.data[self.plan.item] = notes["items"][index]
        for name in (self.plan.item, self.plan.output_item):
            child.writes.pop(name, None)
        child.element._update(child)

    def item_of(self, token: Token, index: int) -> Any:
        """Give the item of that number; without a collection there is none."""
        return token.internal_data["items"][index]

    def item_done(self, token: Token, item: Token) -> None:
        """Take in what an item wrote, and its output; go on when all are done or the completion condition holds."""
        notes = token.internal_data
        notes["done"] += 1
        index = item.internal_data["index"]
        notes.setdefault("by", {})[str(index)] = item.number
        if self.plan.output_item:
            notes["outputs"][str(index)] = item.data.get(self.plan.output_item)
        own = (self.plan.item, self.plan.output_item)
        token.take([(item.data, {key: moment for key, moment in item.writes.items() if key not in own})])
        if not self.finish(token, item.data):
            self._next(token, index)
            self.count(token)

    def _next(self, token: Token, index: int) -> None:
        """Open what waited for an item: those it was put before, or the next of a sequential one."""
        notes = token.internal_data
        if self.plan.sequential:
            following = (other for other in range(index + 1, len(notes["items"])) if other not in notes.get("gone", ()))
            self._open(token, next(following))
            return
        for held, waits_for in list(notes.get("held", {}).items()):
            if index in waits_for:
                waits_for.remove(index)
            if not waits_for:
                del notes["held"][held]
                self._open(token, int(held))

    def finish(self, token: Token, data: Mapping[str, Any]) -> bool:
        """Go on when all items are done or the completion condition holds."""
        if token.internal_data["done"] < self.total(token) and not self._enough(token, data):
            return False
        self._cancel_items(token)
        self._collect(token)
        token.complete()
        return True

    def total(self, token: Token) -> int:
        """Give the number of items, without those taken out."""
        return len(token.internal_data["items"]) - len(token.internal_data.get("gone", ()))

    def _counters(self, token: Token) -> dict[str, int]:
        """Give how many items there are, are done and are not; of sequential ones one at most is open."""
        total, done = self.total(token), token.internal_data["done"]
        active = min(1, total - done) if self.plan.sequential else total - done
        return {"nrOfInstances": total, "nrOfCompletedInstances": done, "nrOfActiveInstances": active}

    def _enough(self, token: Token, data: Mapping[str, Any]) -> bool:
        if self.plan.condition is None:
            return False
        counters: dict[str, Any] = dict(self._counters(token))
        if self.plan.sequential:
            counters["nrOfActiveInstances"] = 0  # the next is not open yet
        if self.plan.output:
            counters[self.plan.output] = self.collected(token)
        seen = {**data, **counters}
        return token.scope.instance.context.condition(self.plan.condition, seen, self.meta.id)

    def collected(self, token: Token) -> list[Any]:
        """Give the outputs so far, in the order of the input."""
        outputs = token.internal_data["outputs"]
        return [outputs[key] for key in sorted(outputs, key=int)]

    def _collect(self, token: Token) -> None:
        """Write the outputs of the finished items, in the order of the input."""
        if self.plan.output:
            token.write({self.plan.output: self.collected(token)})
        for name in ("items", "done", "outputs", "by", "gone", "held"):
            token.internal_data.pop(name, None)

    def items_of(self, token: Token) -> list[Token]:
        """Give the open items."""
        return [other for other in token.scope.live.values() if other.internal_data.get("of") == token.number]

    def _cancel_items(self, token: Token) -> None:
        for other in reversed(self.items_of(token)):
            other.cancel()

    # ---- signers

    def reopen(self, token: Token, index: int) -> None:
        """Count a done item as open again, and open it."""
        notes = token.internal_data
        notes["done"] -= 1
        number = notes["by"].pop(str(index))
        entries = [entry for entry in notes.pop("entries", ()) if entry["visit"] != number]
        notes.update({"entries": entries} if entries else {})
        notes["outputs"].pop(str(index), None)
        self._open(token, index)
        self.count(token)

    def add(self, token: Token, current: Token, items: list[Any], *, before: bool) -> list[int]:
        """Add items and give their numbers; ``before`` holds the current one until they are done."""
        notes, index = token.internal_data, int(current.internal_data["index"])
        if len(notes["items"]) + len(items) > MAX_ITEMS:
            raise EngineError("many_items", self.meta.id, f"more than {MAX_ITEMS}")
        if self.plan.sequential:
            at = index if before else index + 1
            notes["items"][at:at] = items
            notes["gone"] = [gone + len(items) if gone >= at else gone for gone in notes.get("gone", ())]
            opened = [at]
        else:
            at = len(notes["items"])
            notes["items"] += items
            opened = list(range(at, at + len(items)))
            if before:
                notes.setdefault("held", {})[str(index)] = list(opened)
        if before:
            current.cancel()
        for number in opened if before or not self.plan.sequential else ():
            self._open(token, number)
        self.count(token)
        return list(range(at, at + len(items)))

    def remove(self, token: Token, index: int) -> None:
        """Take an item out that is not done; raises ValueError for the last one or one that is done."""
        notes = token.internal_data
        gone = notes.setdefault("gone", [])
        open_items = {item.internal_data["index"]: item for item in self.items_of(token)}
        current, held = open_items.get(index), notes.get("held", {}).pop(str(index), None)
        later = self.plan.sequential and max(open_items) < index < len(notes["items"]) and index not in gone
        if current is None and held is None and not later:
            raise ValueError("not_open")
        if self.total(token) - notes["done"] <= 1:
            raise ValueError("last")
        gone.append(index)
        if current is not None:
            current.cancel()
        if current is not None or not self.plan.sequential:
            self._next(token, index)
        self.count(token)

    def count(self, token: Token) -> None:
        """Tell the open items, and all within them, how many there are now."""
        numbers = self._counters(token)
        for item in self.items_of(token):
            _tell(item, numbers)

    def withdraw(self, token: Token) -> None:
        """Cancel the open items."""
        self._cancel_items(token)
        super().withdraw(token)


def _tell(token: Token, numbers: Mapping[str, int]) -> None:
    """Set local variables of a token and of the scope that runs for it; a repetition within it has its own."""
    token.data.update(numbers)
    nested = token.scope.instance.subprocesses.get(token.number)
    if nested is not None:
        nested.task_tree.data.update(numbers)
        for other in nested.live.values():
            if "of" not in other.internal_data:
                _tell(other, numbers)


class Loop(Activity):
    """Repeats its inner activity while the condition holds, up to the maximum. What it writes stays."""

    def __init__(self, process: Process, name: str, meta: Meta, inner: str, plan: Repetition) -> None:
        super().__init__(process, name, meta)
        self.inner = inner
        self.plan = plan

    def run(self, token: Token) -> bool | None:
        """Open the first round, unless the condition is asked before and does not hold."""
        token.internal_data["rounds"] = 0
        if self.plan.before and not self._again(token):
            return True
        token._set_state(STARTED)
        self._open(token)
        return None

    def _open(self, token: Token) -> None:
        child = token.spawn(self.other(self.inner), of=token.number, visit=token.internal_data.get("visit", 1))
        child.data["loopCounter"] = token.internal_data["rounds"] + 1
        child.element._update(child)

    def _again(self, token: Token) -> bool:
        rounds = token.internal_data["rounds"]
        if self.plan.maximum is not None and rounds >= self.plan.maximum:
            return False
        seen = {**token.data, "loopCounter": rounds}
        condition = self.plan.condition
        return condition is None or token.scope.instance.context.condition(condition, seen, self.meta.id)

    def item_done(self, token: Token, item: Token) -> None:
        """Take the round's variables in and ask for another."""
        token.take([(item.data, item.writes)])
        token.internal_data["rounds"] += 1
        if self._again(token):
            self._open(token)
        else:
            token.internal_data.pop("rounds")
            token.complete()

    def withdraw(self, token: Token) -> None:
        """Cancel the open round."""
        for other in reversed(list(token.scope.live.values())):
            if other.internal_data.get("of") == token.number:
                other.cancel()
        super().withdraw(token)
