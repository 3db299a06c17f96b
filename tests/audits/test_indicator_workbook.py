"""A system as a workbook says the same as its JSON file; every fault is told by its cell."""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pytest

from audits import indicator_systems, indicator_workbook
from audits.indicator_format import parse


def changed(content: bytes, cells: dict[str, Any], sheet: str = "指标") -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for cell, value in cells.items():
        book[sheet][cell] = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", sorted(indicator_systems.shipped()))
def test_what_ships_comes_back_unchanged_from_its_workbook(name: str, language: str) -> None:
    definition = json.loads(indicator_systems.shipped()[name])
    made, faults = parse(indicator_workbook.write(definition, language=language))
    assert faults == []
    for one in (indicator for group in definition["groups"] for indicator in group["indicators"]):
        one.setdefault("unit", "")
        one.setdefault("limiting", False)
    definition["verdict"].setdefault("others_at_least", {})
    definition["verdict"].setdefault("new_projects_until", None)
    assert made == definition


def test_each_fault_names_its_cell() -> None:
    definition = json.loads(indicator_systems.shipped()["lodging_services.json"])
    content = indicator_workbook.write(definition, language="zh")
    wrong = changed(content, {"H2": 0.9, "K3": "sometimes", "E4": "Bad Key"})
    assert {one.place: one.code for one in parse(wrong)[1]} == {
        "指标!H2": "weights_are_not_one",
        "指标!K3": "unknown_kind",
        "指标!E4": "bad_key",
    }
    assert {one.place for one in parse(changed(content, {"B9": "soon"}, "体系"))[1]} == {"体系!B9"}


def test_a_formula_is_refused_and_another_file_is_no_workbook() -> None:
    definition = json.loads(indicator_systems.shipped()["lodging_services.json"])
    content = indicator_workbook.write(definition, language="zh")
    ((place, code),) = {(one.place, one.code) for one in parse(changed(content, {"H2": "=1/2"}))[1]}
    assert (place, code) == ("指标!H2", "formula")
    assert [one.code for one in parse(b"PK\x03\x04 nothing")[1]] == ["not_a_workbook"]
