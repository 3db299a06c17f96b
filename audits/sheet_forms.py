"""A score sheet as data, and the form that experts fill in: the one is made of the other, both ways.

The data: ``sections`` (code, title, title_en, ``items``: code, name, name_en, hint, hint_en, max, step), ``bonus`` (items that
add to the total, which stays within 100), ``vetoes`` (code, text, text_en) and ``comment_below`` (a comment is needed below so
many per cent of an item's maximum). Points are decimals written as text.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from audits import rounding

Json = Any
Form = dict[str, Json]
TOTAL: Final = Decimal(100)
STEPS: Final = (Decimal("0.5"), Decimal(1))
CODE: Final = re.compile(r"^[A-UW-Z]\d{1,2}$")
SECTION: Final = re.compile(r"^[A-UW-Z]$")
VETO: Final = re.compile(r"^V\d{1,2}$")
NATIONAL_VETOES: Final = ("V1", "V2", "V3", "V4", "V5", "V6")
BONUS: Final = "bonus"
_MAX: Final = re.compile(r"（满分 [\d.]+）$")
_MAX_EN: Final = re.compile(r" \(max [\d.]+\)$")
_POINTS: Final = re.compile(r"（[\d.]+ 分）$")
_POINTS_EN: Final = re.compile(r" \([\d.]+ points\)$")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a sheet: where (a code, or "total"), and which rule."""

    place: str
    rule: str


# ---- a form as data --------------------------------------------------------------------------------------------


def extract(form: Mapping[str, Json]) -> dict[str, Json]:
    """Read the data of a sheet out of a form made like those that ship."""
    sections, vetoes = [], []
    for group in form["components"]:
        letter = str(group["id"]).removeprefix("section_").upper()
        if SECTION.match(letter):
            sections.append(_section(letter, group))
        elif group["id"] == "section_vetoes":
            vetoes = [
                {
                    "code": one["key"],
                    "text": one["label"].partition(" ")[2],
                    "text_en": one["properties"]["label_en"].partition(" ")[2],
                }
                for one in group["components"]
                if VETO.match(str(one.get("key")))
            ]
    return {"sections": sections, "bonus": [], "vetoes": vetoes, "comment_below": "60"}


def _section(letter: str, group: Mapping[str, Json]) -> dict[str, Json]:
    english = group["properties"]["label_en"]
    return {
        "code": letter,
        "title": _POINTS.sub("", group["label"]).partition(" ")[2],
        "title_en": _POINTS_EN.sub("", english).partition(" ")[2],
        "items": [_item(one) for one in group["components"] if one["type"] == "number"],
    }


def _item(component: Mapping[str, Json]) -> dict[str, Json]:
    properties = component["properties"]
    return {
        "code": component["key"],
        "name": _MAX.sub("", component["label"]).partition(" ")[2],
        "name_en": _MAX_EN.sub("", properties["label_en"]).partition(" ")[2],
        "hint": component.get("description", ""),
        "hint_en": properties.get("description_en", ""),
        "max": plain(Decimal(str(component["validate"]["max"]))),
        "step": str(component["increment"]),
    }


# ---- data as a form --------------------------------------------------------------------------------------------


def render(form: Mapping[str, Json], content: Mapping[str, Json], title: str = "", title_en: str = "") -> Form:
    """Make the form of a sheet: declarations and closing words stay those of ``form``, the rest comes of the data."""
    groups = _groups(content)
    made: list[Json] = []
    for group in form["components"]:
        letter = str(group["id"]).removeprefix("section_").upper()
        if SECTION.match(letter):
            made += groups
            groups = []
        elif group["id"] == "section_vetoes":
            made.append(_vetoes(group, content["vetoes"]))
        elif group["id"] == "section_total":
            made.append(_totalled(group, content))
        else:
            made.append(copy.deepcopy(group))
    for number, group in enumerate(made, 1):
        group["layout"] = {**group["layout"], "row": f"row_{number}"}
    names = {"title": title, "title_en": title_en} if title else {}
    return {**form, "properties": {**form["properties"], **names}, "components": made}


def _groups(content: Mapping[str, Json]) -> list[Form]:
    below = Decimal(str(content["comment_below"]))
    made = [_group(one["code"].lower(), one["code"], one, below) for one in content["sections"]]
    if content["bonus"]:
        bonus = {"title": "加分项", "title_en": "Bonus", "items": content["bonus"]}
        made.append(_group(BONUS, "", bonus, Decimal(0)))  # no points are no fault there
    return made


def _group(key: str, letter: str, section: Mapping[str, Json], below: Decimal) -> Form:
    items, identity = section["items"], f"section_{key}"
    points = plain(sum((Decimal(str(one["max"])) for one in items), Decimal(0)))
    english = section["title_en"] or section["title"]
    inside: list[Form] = []
    for row, item in enumerate(items, 1):
        inside += _scored(item, f"{identity}_row_{row}", below)
    last = len(items)
    subtotal, name = f"subtotal_{key}", f"{section['title']}小计"
    inside.append(
        {
            "type": "expression", "id": subtotal, "key": subtotal, "label": name,
            "expression": f"={_sum([one['code'] for one in items])}", "computeOn": "change",
            "layout": {"row": f"{identity}_row_{last + 1}", "columns": None},
            "properties": {"label_en": f"Subtotal {english}", "unit": "分"},
        }
    )  # fmt: skip
    inside.append(_shown(subtotal, name, f"Subtotal {english}", f"{identity}_row_{last + 2}"))
    lead = f"{letter} " if letter else ""
    return {
        "type": "group", "id": identity, "label": f"{lead}{section['title']}（{points} 分）", "showOutline": True,
        "layout": {"row": "", "columns": None},
        "properties": {"label_en": f"{lead}{english} ({points} points)"}, "components": inside,
    }  # fmt: skip


def _shown(key: str, name: str, english: str, row: str) -> Form:
    name, english = (text.replace("{{", "｛｛") for text in (name, english))  # what was typed is no expression
    value = f'{{{{if {key} = null then "—" else string({key})}}}}'
    return {
        "type": "text", "id": f"{key}_shown", "text": f"**{name}**：{value} 分",
        "layout": {"row": row, "columns": None},
        "properties": {"text_en": f"**{english}**: {value} points"},
    }  # fmt: skip


def _scored(item: Mapping[str, Json], row: str, below: Decimal) -> Iterator[Form]:
    code, most = item["code"], Decimal(str(item["max"]))
    points, english = plain(most), item["name_en"] or item["name"]
    number: Form = {"type": "number", "id": code, "key": code, "label": f"{code} {item['name']}（满分 {points}）"}
    hints = {"description_en": item["hint_en"]} if item["hint_en"] else {}
    if item["hint"]:
        number["description"] = item["hint"]
    yield number | {
        "decimalDigits": 1, "increment": str(item["step"]), "appearance": {"suffixAdorner": f"/ {points} 分"},
        "validate": {"required": True, "min": 0, "max": _number(most)},
        "layout": {"row": row, "columns": 8},
        "properties": {
            "label_en": f"{code} {english} (max {points})", **hints, "suffixAdorner_en": f"/ {points} points",
        },
    }  # fmt: skip
    if not below:
        return
    least, per_cent = plain(most * below / 100), plain(below)
    yield {
        "type": "textarea", "id": f"{code}_comment", "key": f"{code}_comment",
        "label": f"{code} 扣分说明（低于满分 {per_cent}%）",
        "validate": {"required": True, "maxLength": 500, "minLength": 2},
        "conditional": {"hide": f"=({code} < {least}) != true"},
        "layout": {"row": row, "columns": 8},
        "properties": {"label_en": f"{code} Comment (below {per_cent} % of the maximum)"},
    }  # fmt: skip


def _vetoes(group: Mapping[str, Json], vetoes: Sequence[Mapping[str, Json]]) -> Form:
    made: list[Form] = []
    for number, veto in enumerate(vetoes, 1):
        code, layout = veto["code"], {"row": f"section_vetoes_row_{number}", "columns": 8}
        made.append(
            {
                "type": "checkbox", "id": code, "key": code, "label": f"{code} {veto['text']}", "layout": layout,
                "properties": {"label_en": f"{code} {veto['text_en'] or veto['text']}"},
            }
        )  # fmt: skip
        made.append(
            {
                "type": "textarea", "id": f"{code}_evidence", "key": f"{code}_evidence", "label": f"{code} 证据",
                "validate": {"required": True, "maxLength": 1000, "minLength": 5},
                "conditional": {"hide": f"=({code} = true) != true"}, "layout": dict(layout),
                "properties": {"label_en": f"{code} Evidence"},
            }
        )  # fmt: skip
    rest = [copy.deepcopy(one) for one in group["components"] if not VETO.match(str(one.get("key", "")).split("_")[0])]
    asked = [copy.deepcopy(one) for one in group["components"] if one.get("key") == "V5_checked"]
    listed = "[" + ", ".join(f'{{code: "{one["code"]}", hit: {one["code"]}}}' for one in vetoes) + "]"
    for number, one in enumerate([*asked, *rest], len(vetoes) + 1):
        one["layout"] = {**one["layout"], "row": f"section_vetoes_row_{number}"}
        if one["id"] == "vetoes":
            one["expression"] = f"={listed}[hit = true].code"
        elif one["id"] == "veto_count":
            one["expression"] = f"=count({listed}[hit = true])"
        made.append(one)
    return {**group, "components": made}


def _totalled(group: Mapping[str, Json], content: Mapping[str, Json]) -> Form:
    codes = [item["code"] for section in content["sections"] for item in section["items"]]
    bonus = [item["code"] for item in content["bonus"]]
    expression = f"min(({_sum(codes)}) + ({_sum(bonus)}), {plain(TOTAL)})" if bonus else _sum(codes)
    inside = [
        {**one, "expression": f"={expression}"} if one["id"] == "total" else copy.deepcopy(one)
        for one in group["components"]
    ]
    return {**group, "components": inside}


def _sum(codes: Sequence[str]) -> str:
    answered = f"[{', '.join(codes)}][item != null]"
    return f"if count({answered}) = 0 then 0 else sum({answered})"


def plain(value: Decimal) -> str:
    """Write points without needless zeros."""
    return f"{value.normalize():f}"


def _number(value: Decimal) -> int | float:
    """Give points as a form's JSON holds them."""
    return int(value) if value == value.to_integral_value() else float(value)


# ---- checking --------------------------------------------------------------------------------------------------


def check(content: Mapping[str, Json], *, vetoes: bool) -> list[Finding]:
    """Find every fault of a sheet, with its place; ``vetoes`` says whether it must ask for them."""
    found: list[Finding] = []
    seen: set[str] = set()
    total = Decimal(0)
    for section in content["sections"]:
        letter = section["code"]
        if not SECTION.match(letter):
            found.append(Finding(letter or "?", "section_code"))
        if letter in seen:
            found.append(Finding(letter, "twice"))
        seen.add(letter)
        if not section["title"]:
            found.append(Finding(letter, "no_name"))
        if not section["items"]:
            found.append(Finding(letter, "empty"))
        for item in section["items"]:
            found += _check_item(item, seen)
            total += points_of(item["max"]) or 0
            if CODE.match(item["code"]) and not item["code"].startswith(letter):
                found.append(Finding(item["code"], "other_section"))
    for item in content["bonus"]:
        found += _check_item(item, seen)
    if total != TOTAL:
        found.append(Finding("total", "not_100"))
    below = points_of(content["comment_below"])
    if below is None or not 0 <= below <= TOTAL:
        found.append(Finding("comment_below", "per_cent"))
    return found + list(_check_vetoes(content["vetoes"], wanted=vetoes))


def _check_item(item: Mapping[str, Json], seen: set[str]) -> Iterator[Finding]:
    code = item["code"]
    if not CODE.match(code):
        yield Finding(code or "?", "item_code")
    if code in seen:
        yield Finding(code, "twice")
    seen.add(code)
    if not item["name"]:
        yield Finding(code, "no_name")
    most, step = points_of(item["max"]), points_of(item["step"])
    if step not in STEPS:
        yield Finding(code, "step")
    elif most is None or not 0 < most <= TOTAL or most % step:
        yield Finding(code, "max")


def _check_vetoes(vetoes: Sequence[Mapping[str, Json]], *, wanted: bool) -> Iterator[Finding]:
    codes = [one["code"] for one in vetoes]
    if not wanted:
        if codes:
            yield Finding(codes[0], "no_vetoes_here")
        return
    for code in NATIONAL_VETOES:
        if code not in codes:
            yield Finding(code, "veto_missing")
    for number, one in enumerate(vetoes):
        if not VETO.match(one["code"]):
            yield Finding(one["code"] or "?", "veto_code")
        if one["code"] in codes[:number]:
            yield Finding(one["code"], "twice")
        if not one["text"]:
            yield Finding(one["code"], "no_name")


def points_of(value: Json) -> Decimal | None:
    """Read points; None for what is no number."""
    return rounding.number(value)
