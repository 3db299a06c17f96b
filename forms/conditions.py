"""First pass over a submission: decide which fields are shown and what each of them holds.

Conditions, read-only rules and computed fields depend on one another, so the pass is repeated until nothing changes.
The browser does the same (see the page bundle `task`): a hidden field counts as empty everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from feel import Feel, FeelError, names_read
from forms.components import Component, fetch, holds, is_expression, put

ROUNDS: Final = 12
MAX_ROWS: Final = 200
# All lists of a submission together: lists in lists multiply.
MAX_ALL_ROWS: Final = 1000

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: the current row, what encloses it, and the row numbers from the outside in."""

    this: Any
    parent: Any
    rows: tuple[int, ...] = ()

    def names(self, view: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
        """Give the variables an expression reads, as the browser's form offers them."""
        special = self._special()
        found = {name: special[name] for name in wanted if name in special}
        found.update({name: view[name] for name in wanted if name in view})
        found.update({f"_{name}_": value for name, value in special.items() if f"_{name}_" in wanted})
        return found

    def inner(self, row: Any, index: int) -> Scope:
        """Give the scope of one row of a list in this scope."""
        special = self._special()
        around = {**special, **(self.this if isinstance(self.this, Mapping) else {})}
        return Scope(row, around | {f"_{name}_": value for name, value in special.items()}, (*self.rows, index))

    def _special(self) -> dict[str, Any]:
        return {"this": self.this, "parent": self.parent, "i": [row + 1 for row in self.rows]}


@dataclass(frozen=True, slots=True)
class Instance:
    """A field that is shown: once for a plain component, once per row for one in a list."""

    component: Component
    path: Steps
    value: Any
    scope: Scope
    readonly: bool = False


@dataclass(slots=True)
class Evaluator:
    """Evaluate the expressions of one submission; what cannot be evaluated is null, as in the browser.

    What an expression gave is kept for the same values: the next round asks most of them again.
    """

    feel: Feel
    now: datetime
    given: dict[tuple[str, str], Any] = field(default_factory=dict)

    def value(self, text: Any, view: Mapping[str, Any], scope: Scope) -> Any:
        """Evaluate an expression; a plain value is itself."""
        if not is_expression(text):
            return text
        values = scope.names(view, names_in(text[1:]))
        key = (text, repr(values))
        if key not in self.given:
            try:
                self.given[key] = self.feel.evaluate(text[1:], values, self.now)
            except FeelError:
                self.given[key] = None
        return self.given[key]

    def true(self, text: Any, view: Mapping[str, Any], scope: Scope) -> bool:
        """Tell whether a condition holds: an expression that gives true, nothing else."""
        return is_expression(text) and self.value(text, view, scope) is True


@dataclass(slots=True)
class Submission:
    """What was sent, what is stored, and what the form is told about the case."""

    answers: Mapping[str, Any]
    stored: Mapping[str, Any]
    context: Mapping[str, Any]
    evaluator: Evaluator

    def resolve(self, root: Component) -> tuple[dict[str, Any], list[Instance], list[tuple[Component, Steps, Any]]]:
        """Give the data all expressions see, the fields shown, and the lists shown with their rows."""
        view = {**self.context, **self.answers}
        walk = Walk(self, view)
        for _ in range(ROUNDS):
            walk = Walk(self, view)
            walk.visit(root, (), Scope(view, None), disabled=False)
            following = {**self.context, **walk.data}
            if following == view:
                break
            view = following
        return view, walk.instances, walk.lists

    def kept(self, component: Component, path: Steps) -> Any:
        """Give the value a person cannot change: stored, else from the case, else the default."""
        for source in (self.stored, self.context):
            if holds(source, path):
                return fetch(source, path)
        return component.empty()


class Walk:
    """One round: visit every component with what the round before left."""

    def __init__(self, submission: Submission, view: Mapping[str, Any]) -> None:
        self.submission = submission
        self.view = view
        self.data: dict[str, Any] = {}
        self.instances: list[Instance] = []
        self.lists: list[tuple[Component, Steps, Any]] = []
        self.rows_left = MAX_ALL_ROWS

    def visit(self, component: Component, base: Steps, scope: Scope, *, disabled: bool) -> None:
        """Take in a component and what is under it, unless it is hidden."""
        evaluator = self.submission.evaluator
        if evaluator.true(component.hide, self.view, scope):
            return
        path = (*base, *component.path)
        if component.keyed:
            self._leaf(component, path, scope)
        elif component.repeats:
            self._rows(component, path, scope)
        else:
            for child in component.children:
                self.visit(child, path, scope, disabled=disabled)

    def _leaf(self, component: Component, path: Steps, scope: Scope) -> None:
        submission, properties = self.submission, component.properties
        if properties.get("disabled"):
            put(self.data, path, submission.kept(component, path))
            return
        rule = properties.get("readonly")
        readonly = submission.evaluator.true(rule, self.view, scope) if is_expression(rule) else bool(rule)
        if component.type == "expression":
            value = submission.evaluator.value(properties.get("expression"), self.view, scope)
        elif readonly:
            value = submission.kept(component, path)
        elif holds(submission.answers, path):
            value = fetch(submission.answers, path)
        else:
            value = component.empty()
        put(self.data, path, value)
        self.instances.append(Instance(component, path, value, scope, readonly))

    def _rows(self, component: Component, path: Steps, scope: Scope) -> None:
        sent = fetch(self.submission.answers, path)
        put(self.data, path, [])
        self.lists.append((component, path, sent))
        for index in range(self._count(component, path, sent)):
            row = (*path, index)
            put(self.data, row, {})
            current = fetch(self.view, row)
            inner = scope.inner(current if isinstance(current, Mapping) else {}, index)
            for child in component.children:
                self.visit(child, row, inner, disabled=False)

    def _count(self, component: Component, path: Steps, sent: Any) -> int:
        if component.properties.get("allowAddRemove", True) is False:
            count = fixed_rows(component, path, self.submission)
        else:
            count = len(sent) if isinstance(sent, list) else 0
        count = min(count, MAX_ROWS, self.rows_left)
        self.rows_left -= count
        return count


def fixed_rows(component: Component, path: Steps, submission: Submission) -> int:
    """Give the number of rows of a list whose rows nobody may add or remove."""
    for source in (submission.stored, submission.context):
        kept = fetch(source, path)
        if isinstance(kept, list):
            return min(len(kept), MAX_ROWS)
    initial = component.properties.get("defaultRepetitions", 1)
    return min(initial, MAX_ROWS) if isinstance(initial, int) and initial >= 0 else 1


@lru_cache(maxsize=4096)
def names_in(text: str) -> frozenset[str]:
    """Give the variables an expression reads, none when it cannot be read at all."""
    try:
        return names_read(text)
    except FeelError:
        return frozenset()


def expressions(component: Component) -> Iterator[tuple[str, str]]:
    """Give every expression of a component with the name of the property it is in."""
    properties, validate = component.properties, component.validate
    candidates = [
        ("conditional.hide", component.hide),
        ("readonly", properties.get("readonly")),
        ("expression", properties.get("expression") if component.type == "expression" else None),
        ("valuesExpression", properties.get("valuesExpression")),
        ("properties.fill", component.extra.get("fill")),
        *((f"validate.{name}", validate.get(name)) for name in ("min", "max", "minLength", "maxLength")),
    ]
    for name, text in candidates:
        if is_expression(text):
            yield name, text[1:]
