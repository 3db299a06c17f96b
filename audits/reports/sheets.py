"""Tables of a report from forms and their answers: which columns, under which heading, in which unit, each cell as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from forms.components import Component, fetch
from forms.display import in_words, label

Json = Any
HIDDEN: Final = "〔商业秘密〕"
NOTHING: Final = "—"
_ANSWERED: Final = {"yes": "是", "no": "否"}
"""What a computed field says, which has no choices that would put it into words."""
_SIDES: Final = re.compile(r"（[^（）]*）$")


def number(value: Json) -> Decimal | None:
    """Read a figure; None for what is none, a secret too."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def written(value: Decimal) -> str:
    """Write a figure as it is, without exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cell(component: Component, value: Json) -> str:
    """Write an answer for a cell whose heading tells the unit; "—" for none, since an empty cell may be a slip."""
    if value == HIDDEN:
        return HIDDEN
    figure = number(value)
    if figure is not None and component.type in {"number", "expression"}:
        return written(figure)
    if component.type == "expression" and value in _ANSWERED:
        return _ANSWERED[value]
    return in_words(component, value, "zh", {}) or NOTHING


def unit(component: Component) -> str:
    """Give the unit that a form shows beside a field."""
    appearance = component.properties.get("appearance")
    shown = appearance.get("suffixAdorner") if isinstance(appearance, Mapping) else None
    return str(shown or component.extra.get("unit") or "")


def heading(component: Component) -> str:
    """Write the heading of a column with its unit."""
    shown = unit(component)
    name = label(component, "zh")
    return f"{name}（{shown}）" if shown and f"（{shown}）" not in name else name


def find(root: Component, name: str) -> Component | None:
    """Find a field or a list by its name."""
    return next((one for one in root.walk() if one.path == (name,)), None)


def fields(root: Component, names: Iterable[str] | None = None) -> list[Component]:
    """Give the fields of a list that a document shows, or some of them in the order of ``names``.

    Left out: what only guards a rule, and files, which the list of annexes names.
    """
    every = [one for one in root.children if one.keyed]
    if names is not None:
        known = {one.path[-1]: one for one in every}
        return [known[name] for name in names if name in known]
    return [one for one in every if not guards(one) and one.type != "attachment"]


def guards(component: Component) -> bool:
    """Say whether a field is there for a rule alone, not for an answer."""
    return bool(component.extra.get("guard"))


def listed(columns: Sequence[Component], rows: Iterable[Mapping[str, Json]]) -> tuple[list[str], list[list[str]]]:
    """Give heads and cells, a row of the list a line."""
    return [heading(one) for one in columns], [[cell(one, fetch(row, one.path)) for one in columns] for row in rows]


def turned(
    columns: Sequence[Component], rows: Sequence[Mapping[str, Json]], key: str, most: int = 5
) -> list[tuple[list[str], list[list[str]]]]:
    """Give heads and cells with the rows of the list side by side, at most ``most`` in one table."""
    items = [one for one in columns if one.path[-1] != key]
    made = []
    for begin in range(0, len(rows), most):
        part = rows[begin : begin + most]
        head = ["项目", *(_title(row.get(key)) for row in part)]
        made.append((head, [[heading(one), *(cell(one, fetch(row, one.path)) for row in part)] for one in items]))
    return made


def _title(value: Json) -> str:
    figure = number(value)
    return written(figure) if figure is not None else str(value or NOTHING)


def paired(root: Component, before: str, after: str) -> list[tuple[str, str, Component, Component]]:
    """Give the figures that a form asks for twice (before_cod, after_cod): name, unit, both fields."""
    known = {one.path[-1]: one for one in root.walk() if one.keyed}
    found = []
    for name, first in known.items():
        second = known.get(f"{after}_{name.removeprefix(before + '_')}")
        if name.startswith(f"{before}_") and second is not None and first.type == "number":
            found.append((_SIDES.sub("", label(first, "zh")), unit(first), first, second))
    return found
