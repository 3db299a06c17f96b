"""What people write into cells of tables is read as they mean it; what does not fit stays as it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forms import lint_form, tables
from forms.cells import read_cell
from forms.components import Component, read
from forms.options import normalise
from tests.forms.submissions import field, form, rows

EXAMPLES: dict[str, list[list[Any]]] = json.loads((Path(__file__).parent / "cells.json").read_text(encoding="utf-8"))
COLUMNS = {
    "number": field("number", "number", appearance={"suffixAdorner": "t"}),
    "date": field("datetime", "date", subtype="date", dateLabel="日期"),
    "flag": field("checkbox", "flag"),
    "choice": field(
        "select",
        "choice",
        values=[{"label": "吨", "value": "t"}, {"label": "千克", "value": "kg"}],
        properties={"values_en": {"t": "tonne", "kg": "kilogram"}},
    ),
    "text": field("textfield", "text"),
}


def column(kind: str) -> Component:
    return read(form(COLUMNS[kind])).children[0]


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_a_text_is_read_as_the_value_that_is_meant_or_kept_with_a_reason(kind: str) -> None:
    made = column(kind)
    options = normalise(made.properties.get("values"))
    for text, wanted in EXAMPLES[kind]:
        found = read_cell(made, text, options, "zh")
        if wanted == "!":
            assert (found.value, found.problem != "") == (text, True), text
        else:
            assert (found.value, found.problem) == (wanted, ""), text
            assert type(found.value) is type(wanted) or isinstance(wanted, int | float), text


def test_a_table_has_no_lists_and_no_groups_in_its_rows() -> None:
    inner = rows("inner", field("textfield", "a"))
    group = {"type": "group", "id": "g", "components": [field("textfield", "b")]}
    for wrong in (inner, group):
        found = lint_form(form(rows("outer", field("number", "n"), wrong, properties={"table": True})))
        assert [(one.component, one.property) for one in found] == [(wrong["id"], "type")]
    assert lint_form(form(rows("outer", inner))) == []
    odd = lint_form(form(rows("outer", field("number", "n"), properties={"table": "yes"})))
    assert [one.property for one in odd] == ["properties.table"]


def test_the_columns_of_a_table_leave_out_guards_and_what_only_shows() -> None:
    guard = field("radio", "rule", valuesExpression="=[]", properties={"guard": True})
    computed = field("expression", "twice", expression="=this.n * 2")
    note = {"type": "text", "id": "note", "text": "x"}
    made = tables(form(rows("outer", field("number", "n"), guard, computed, note, properties={"table": True})))
    assert list(made) == ["outer"]
    assert [one.id for one in made["outer"].columns] == ["id_n", "id_twice"]
    assert [one.id for one in made["outer"].written] == ["id_n"]
