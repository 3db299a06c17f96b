"""Lists that are shown as tables: which they are, and their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from forms.cells import unit_of
from forms.components import DISPLAYED, KEYED, Component, Path, read
from forms.display import label
from forms.problems import Problem

COMPUTED: Final = frozenset({"expression"})
NOT_WRITTEN: Final = COMPUTED | {"attachment"}


@dataclass(frozen=True, slots=True)
class Table:
    """A list shown as a table: its component, the path of its rows, and its columns from left to right."""

    component: Component
    path: Path
    columns: tuple[Component, ...]

    @property
    def written(self) -> tuple[Component, ...]:
        """Give the columns that a file can hold: what is computed and files are left out."""
        return tuple(
            column
            for column in self.columns
            if column.type not in NOT_WRITTEN
            and not column.properties.get("disabled")
            and column.properties.get("readonly") is not True
        )


def is_table(component: Component) -> bool:
    """Tell whether a list is shown as a table."""
    return component.type == "dynamiclist" and component.extra.get("table") is True


def tables(definition: Mapping[str, Any]) -> dict[str, Table]:
    """Give the tables of a definition by the id of their component."""
    return {table.component.id: table for table in _tables(read(definition), ())}


def _tables(component: Component, base: Path) -> Iterator[Table]:
    path = (*base, *component.path)
    if is_table(component):
        columns = tuple(child for child in component.children if child.keyed and child.extra.get("guard") is not True)
        yield Table(component, path, columns)
    elif component.type != "dynamiclist":
        for child in component.children:
            yield from _tables(child, path)


def heading(column: Component, language: str) -> str:
    """Write the heading of a column: label, unit, and a star where it must be filled."""
    unit = unit_of(column)
    return label(column, language) + (f" ({unit})" if unit else "") + (" *" if column.validate.get("required") else "")


def lint_table(component: Component) -> Iterator[Problem]:
    """Name what a table cannot show: lists and groups in its rows."""
    if component.extra.get("table") not in (None, True, False):
        yield Problem(component.id, "properties.table", "table is true or false", "table 应为布尔值")
    if not is_table(component):
        return
    for child in component.children:
        if child.type not in KEYED | DISPLAYED:
            text = "a table has fields in its rows, no groups and no lists"
            yield Problem(child.id, "type", text, "表格的行内只能有字段，不能有分组或列表")
