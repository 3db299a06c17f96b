"""Which drawing a report shows of which answers; none where a figure is missing or secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from audits.reports import drawings, sheets
from audits.reports.material import Material
from audits.reports.outline import Block
from forms.components import fetch
from forms.display import label

Json = Any
MOST_PAIRS: Final = 8


def draw(material: Material, block: Block) -> str:
    """Give the drawing of a block as SVG, "" where there is nothing to draw."""
    answers, form = material.answers.get(block.form), material.forms.get(block.form)
    if answers is None or form is None:
        return ""
    if block.detail["drawing"] == "before_after":
        return _before_after(material, block)
    parent = sheets.find(form.root, block.list)
    rows = [row for row in (fetch(answers, parent.path) or [] if parent else []) if isinstance(row, Mapping)]
    if not rows or any(value == sheets.HIDDEN for row in rows for value in row.values()):
        return ""
    return _DRAWINGS[block.detail["drawing"]](material, block, rows)


def balance(row: Mapping[str, Json]) -> str:
    """Draw one balance of the measurement."""
    sides: dict[str, list[tuple[str, Any]]] = {"in": [], "out": []}
    for entry in row.get("entries") or []:
        amount = sheets.number(entry.get("amount"))
        if amount is None or entry.get("side") not in sides or entry.get("entry") == sheets.HIDDEN:
            return ""
        sides[entry["side"]].append((str(entry.get("entry") or ""), amount))
    if not sides["in"] or not sides["out"]:
        return ""
    name, unit = str(row.get("balance_name") or ""), str(row.get("balance_unit") or "")
    return drawings.balance(name, unit, sides["in"], sides["out"])


def _labelled(material: Material, block: Block, name: str, value: Json) -> str:
    """Write a choice as the form words it."""
    parent = sheets.find(material.forms[block.form].root, block.list)
    one = next((child for child in parent.children if child.path == (name,)), None) if parent else None
    return sheets.cell(one, value) if one is not None else str(value or "")


def _plan(material: Material, block: Block, rows: list[Mapping[str, Json]]) -> str:
    spans = [
        drawings.Span(_labelled(material, block, "phase", row.get("phase")), begin, end)
        for row in rows
        if (begin := _day(row.get("begins_on"))) and (end := _day(row.get("ends_on"))) and end >= begin
    ]
    return drawings.gantt(spans) if spans else ""


def _options(_material: Material, _block: Block, rows: list[Mapping[str, Json]]) -> str:
    spans = [
        drawings.Span(f"{row.get('code') or ''} {row.get('name') or ''}".strip(), begin, end)
        for row in rows
        if (begin := _day(row.get("begun_on"))) and (end := _day(row.get("finished_on"))) and end >= begin
    ]
    return drawings.gantt(spans) if spans else ""


def _day(value: Json) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _years(material: Material, block: Block, rows: list[Mapping[str, Json]]) -> str:
    name = block.detail["value"]
    parent = sheets.find(material.forms[block.form].root, block.list)
    one = next((child for child in parent.children if child.path == (name,)), None) if parent else None
    values = [(str(row.get("year") or ""), sheets.number(row.get(name))) for row in rows]
    known = [(year, value) for year, value in values if value is not None]
    if one is None or len(known) != len(rows):
        return ""
    return drawings.columns(label(one, "zh"), sheets.unit(one), known)


def _ranking(_material: Material, block: Block, rows: list[Mapping[str, Json]]) -> str:
    bars = [(str(row.get(block.detail["label"]) or ""), sheets.number(row.get(block.detail["value"]))) for row in rows]
    known = [(name, value) for name, value in bars if value is not None]
    return drawings.ranking(known) if known else ""


def _flow(_material: Material, _block: Block, rows: list[Mapping[str, Json]]) -> str:
    names = ("operation", "inputs_text", "outputs_text")
    return drawings.flow([drawings.Step(*(str(row.get(name) or "") for name in names)) for row in rows[:12]])


def _before_after(material: Material, block: Block) -> str:
    form, answers = material.forms[block.form], material.answers[block.form]
    pairs = []
    for name, unit, first, second in sheets.paired(form.root, "before", "after"):
        before, after = (sheets.number(fetch(answers, one.path)) for one in (first, second))
        if before and after is not None:
            pairs.append(drawings.Pair(name, unit, before, after))
    return drawings.before_after(pairs[:MOST_PAIRS]) if pairs else ""


_DRAWINGS: Final[Mapping[str, Callable[[Material, Block, list[Mapping[str, Json]]], str]]] = {
    "plan": _plan,
    "options": _options,
    "years": _years,
    "ranking": _ranking,
    "flow": _flow,
}
