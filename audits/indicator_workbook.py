"""A definition of an indicator system as a workbook: one sheet of facts, one line an indicator.

A workbook says the same as the JSON file of docs/reference/indicator-systems.md; what is wrong with it is told by cell.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import openpyxl
import xlsxwriter
from openpyxl.utils import get_column_letter

from audits.levels import BELOW, LEVELS
from audits.list_workbook import first_sheet
from workflows.errors import QingshenError

SHEETS: Final = (("体系", "System"), ("指标", "Indicators"))
MOST_ROWS: Final = 600
FACTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("key", "体系代码", "Key"),
    ("version", "版本", "Version"),
    ("title.zh", "名称", "Title (Chinese)"),
    ("title.en", "英文名称", "Title (English)"),
    ("source", "来源", "Source"),
    ("verified", "已与原文核对", "Verified"),
    ("sector", "领域", "Sector"),
    ("industries", "行业代码", "Industries"),
    ("from", "起始日期", "From"),
    ("until", "截止日期", "Until"),
    *((f"level_names.{level}.{tongue}", f"{level} 名称（{name}）", f"{level} name ({english})")
      for level in (*LEVELS, BELOW) for tongue, name, english in (("zh", "中文", "Chinese"), ("en", "英文", "English"))),
    *((f"verdict.thresholds.{level}", f"Y{level} 下限", f"Y{level} at least") for level in LEVELS),
    *((f"verdict.others_at_least.{level}", f"{level} 级时其他指标至少", f"For {level} all others at least")
      for level in LEVELS[:2]),
    ("verdict.new_projects_until", "新建项目最高评为", "New projects up to"),
)  # fmt: skip
COLUMNS: Final[tuple[tuple[str, str, str], ...]] = (
    ("group", "一级指标代码", "Group key"),
    ("group_zh", "一级指标", "Group (Chinese)"),
    ("group_en", "一级指标英文", "Group (English)"),
    ("group_weight", "一级指标权重", "Group weight"),
    ("key", "二级指标代码", "Indicator key"),
    ("title.zh", "二级指标", "Indicator (Chinese)"),
    ("title.en", "二级指标英文", "Indicator (English)"),
    ("weight", "权重", "Weight"),
    ("limiting", "限定性指标", "Limiting"),
    ("unit", "单位", "Unit"),
    ("kind", "类型", "Kind"),
    ("levels.I", "I 级", "I"),
    ("levels.II", "II 级", "II"),
    ("levels.III", "III 级", "III"),
    ("options", "选项（每行：代码|中文|英文|级别）", "Options (a line each: key|Chinese|English|level)"),
)
_FLAGS: Final = {
    "是": True,
    "yes": True,
    "true": True,
    "√": True,
    "1": True,
    "否": False,
    "no": False,
    "false": False,
    "0": False,
}
_LISTED: Final = re.compile(r"[\s,，、;；]+")
_RANGE: Final = re.compile(r"\s*(-?[\d.]+)\s*[~～—]\s*(-?[\d.]+)\s*\Z")


@dataclass
class Read:
    """A definition as a workbook says it; ``cells`` maps places of the definition to cells, ``faults`` cells to codes."""

    made: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def cell(self, place: str) -> str:
        """Give the cell of a place of the definition, or of what it lies in; the place itself where there is none."""
        inner = place
        while inner:
            if inner in self.cells:
                return self.cells[inner]
            inner = re.sub(r"(\.[^.\[\]]+|\[\d+\])\Z", "", inner) if re.search(r"[.\[]", inner) else ""
        return place


# ---- reading ---------------------------------------------------------------------------------------------------


def read(content: bytes, form: str) -> Read:
    """Read a workbook; ``form`` is the name of the format. Raises Invalid where it is none, or too large."""
    found = Read({"format": form})
    try:
        first_sheet(content)  # its checks: size, macros
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        facts, lines = (_sheet(book, names, place) for place, names in enumerate(SHEETS))
        _facts(found, list(facts.iter_rows(max_row=MOST_ROWS, max_col=2)), facts.title)
        _groups(found, list(lines.iter_rows(max_row=MOST_ROWS, max_col=len(COLUMNS) + 5)), lines.title)
    except QingshenError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError):
        found.faults[""] = "not_a_workbook"
    return found


def _sheet(book: Any, names: Sequence[str], place: int) -> Any:
    return next((sheet for sheet in book.worksheets if sheet.title in names), None) or book.worksheets[place]


def _facts(found: Read, rows: Sequence[Sequence[Any]], sheet: str) -> None:
    known = {name: key for key, *names in FACTS for name in (key, *names)}
    for cells in rows:
        key = known.get(str(cells[0].value or "").strip()) if cells else None
        if key is None or len(cells) < 2:
            continue
        at = f"{sheet}!B{cells[0].row}"
        found.cells[key] = at
        _put(found.made, key, _value(found, cells[1], at, key))
    for key in ("until", "verdict.new_projects_until"):
        if key.partition(".")[0] in found.made:
            _put(found.made, key, _get(found.made, key) or None)
    verdict = found.made.get("verdict") or {}
    others = verdict.get("others_at_least") or {}
    verdict["others_at_least"] = {level: value for level, value in others.items() if value}
    if "industries" in found.made:
        found.made["industries"] = [one for one in _LISTED.split(str(found.made["industries"] or "")) if one]


def _groups(found: Read, rows: Sequence[Sequence[Any]], sheet: str) -> None:
    names = {name: key for key, *both in COLUMNS for name in (key, *both)}
    head = {
        names[text]: place for place, cell in enumerate(rows[0]) if (text := str(cell.value or "").strip()) in names
    }
    letters = {key: get_column_letter(place + 1) for key, place in head.items()}
    groups: dict[str, dict[str, Any]] = {}
    found.made["groups"] = made = []
    found.cells["groups"] = f"{sheet}!{letters.get('group_weight', 'A')}2"
    for number, cells in enumerate(rows[1:], 2):
        line = {
            key: _value(found, cells[place], f"{sheet}!{letters[key]}{number}", key)
            for key, place in head.items()
            if place < len(cells)
        }
        if all(value in (None, "") for value in line.values()):
            continue
        key = str(line.get("group") or "")
        if key not in groups:
            title = {"zh": line.get("group_zh"), "en": line.get("group_en")}
            groups[key] = {"key": key, "title": title, "weight": line.get("group_weight"), "indicators": []}
            made.append(groups[key])
            _point(found, f"groups[{len(made) - 1}]", sheet, letters, number, group=True)
        group = groups[key]
        where = f"groups[{made.index(group)}].indicators[{len(group['indicators'])}]"
        _point(found, where, sheet, letters, number, group=False)
        group["indicators"].append(_indicator(line))


def _point(found: Read, where: str, sheet: str, letters: Mapping[str, str], number: int, *, group: bool) -> None:
    """Note in which cells a group or an indicator stands."""
    inside = {"group": "key", "group_zh": "title.zh", "group_en": "title.en", "group_weight": "weight"}
    pairs = {key: (inside.get(key) if group else key) for key in letters if group or key not in inside}
    found.cells[where] = f"{sheet}!A{number}"
    for key, name in pairs.items():
        if name:
            found.cells[f"{where}.{name}"] = f"{sheet}!{letters[key]}{number}"
    if group:
        found.cells[f"{where}.indicators"] = f"{sheet}!{letters.get('weight', 'A')}{number}"


def _indicator(line: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(line.get("kind") or "")
    made: dict[str, Any] = {
        "key": line.get("key"),
        "title": {"zh": line.get("title.zh"), "en": line.get("title.en")},
        "weight": line.get("weight"),
        "limiting": line.get("limiting") if line.get("limiting") not in (None, "") else False,
        "unit": str(line.get("unit") or ""),
        "kind": kind,
    }
    if kind == "choice":
        made["options"] = [_option(text) for text in str(line.get("options") or "").splitlines() if text.strip()]
    else:
        made["levels"] = {level: _limit(line.get(f"levels.{level}")) for level in LEVELS}
    return made


def _option(text: str) -> dict[str, Any]:
    key, zh, en, level = ([one.strip() for one in text.split("|")] + [""] * 4)[:4]
    return {"key": key, "title": {"zh": zh, "en": en}, "level": level}


def _limit(value: Any) -> Any:
    match = _RANGE.match(value) if isinstance(value, str) else None
    return [_number(float(one)) for one in match.groups()] if match else value


def _value(found: Read, cell: Any, at: str, key: str) -> Any:
    """Give what a cell says; a formula is a fault, never computed."""
    value = cell.value
    if cell.data_type in {"f", "e"} or (isinstance(value, str) and value.startswith("=")):
        found.faults[at] = "formula"
        return None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if key in {"verified", "limiting"}:
        return (
            value
            if isinstance(value, bool)
            else _FLAGS.get(str(value if value is not None else "").strip().lower(), value)
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _number(value)
        return number if key.rpartition(".")[0] in {"levels", "verdict.thresholds"} or "weight" in key else str(number)
    return value.strip() if isinstance(value, str) else value


def _number(value: float) -> float | int:
    clean = float(f"{value:.15g}")
    return int(clean) if clean.is_integer() else clean


def _put(made: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    for name in path:
        made = made.setdefault(name, {})
    made[last] = value


def _get(made: Mapping[str, Any], key: str) -> Any:
    found: Any = made
    for name in key.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


# ---- writing ---------------------------------------------------------------------------------------------------


def write(made: Mapping[str, Any], *, language: str) -> bytes:
    """Write a definition as a workbook, to be changed and imported as another version."""
    english = language == "en"
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    facts, lines = (book.add_worksheet(names[english]) for names in SHEETS)
    facts.set_column(0, 0, 26)
    facts.set_column(1, 1, 60)
    for row, (key, *names) in enumerate(FACTS):
        facts.write_string(row, 0, names[english], head)
        _write(facts, row, 1, _get(made, key), wrapped, english=english)
    for place, (key, *names) in enumerate(COLUMNS):
        lines.set_column(place, place, 44 if key == "options" else 16)
        lines.write_string(0, place, names[english], head)
    lines.freeze_panes(1, 0)
    for row, values in enumerate(_lines(made), 1):
        for place, (key, *_names) in enumerate(COLUMNS):
            _write(lines, row, place, values.get(key), wrapped, english=english)
    book.close()
    return target.getvalue()


def _lines(made: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for group in made.get("groups") or []:
        own = {"group": group["key"], "group_weight": group["weight"]}
        own |= {f"group_{tongue}": group["title"][tongue] for tongue in ("zh", "en")}
        for one in group["indicators"]:
            options = [
                "|".join((each["key"], each["title"]["zh"], each["title"]["en"], each["level"]))
                for each in one.get("options") or []
            ]
            texts = {key: _get(one, key) for key, *_ in COLUMNS if key not in own and key != "options"}
            yield texts | own | {"options": "\n".join(options), "limiting": bool(one.get("limiting"))}


def _write(sheet: Any, row: int, place: int, value: Any, style: Any, *, english: bool) -> None:
    if isinstance(value, bool):
        value = ("yes" if value else "no") if english else ("是" if value else "否")
    if isinstance(value, list):
        numeric = all(isinstance(one, int | float) for one in value)
        value = ("~" if numeric else ", ").join(str(one) for one in value)
    if isinstance(value, int | float):
        sheet.write_number(row, place, value, style)
    elif value is not None:
        sheet.write_string(row, place, str(value), style)
