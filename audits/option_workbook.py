"""The option register as a workbook: one line an option, its effects by indicator, planned, reported, verified."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from audits import indicators, options
from audits.models import Option, OptionEffect

COLUMNS: Final = (
    ("code", "编号", "Code"),
    ("name", "名称", "Name"),
    ("cost_class", "类别", "Class"),
    ("aspect", "方面", "Aspect"),
    ("workshop", "实施部位", "Place"),
    ("owner", "责任人", "Owner"),
    ("status", "状态", "Status"),
    ("planned_start", "计划开始", "Planned start"),
    ("planned_end", "计划完成", "Planned end"),
    ("begun_on", "实际开始", "Begun"),
    ("finished_on", "实际完成", "Finished"),
    ("planned_investment", "计划投资（万元）", "Planned investment (10,000 yuan)"),
    ("actual_investment", "实际投资（万元）", "Actual investment (10,000 yuan)"),
    ("planned_benefit", "预计年效益（万元/a）", "Planned benefit (10,000 yuan/a)"),
    ("actual_benefit", "实际年效益（万元/a）", "Actual benefit (10,000 yuan/a)"),
    ("reason", "未实施或替换原因", "Reason"),
)
FIGURES: Final = (("planned", "计划", "planned"), ("reported", "自报", "reported"), ("verified", "核定", "verified"))
WORDS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "cost_class": options.CLASSES,
    "aspect": options.ASPECTS,
    "status": options.STATUSES,
}


def write(rows: Sequence[Option], effects: Mapping[str, Mapping[str, OptionEffect]], *, language: str) -> bytes:
    """Make the workbook of some options; an indicator that none of them has gets no columns."""
    english = language == "en"
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Options" if english else "方案")
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"})
    used = [one for one in indicators.known().values() if any(one.key in known for known in effects.values())]
    titles = [(en if english else zh) for _, zh, en in COLUMNS]
    titles += [
        f"{one.name(language)} {en if english else zh} ({one.named_unit(language)})"
        for one in used
        for _, zh, en in FIGURES
    ]
    for place, title in enumerate(titles):
        sheet.set_column(place, place, 26 if place == 1 else 14)
        sheet.write_string(0, place, title, head)
    sheet.freeze_panes(1, 2)
    for line, row in enumerate(rows, 1):
        known = effects.get(row.id, {})
        values = [_worded(name, getattr(row, name), english=english) for name, _, _ in COLUMNS]
        values += [getattr(known.get(one.key), name, None) for one in used for name, _, _ in FIGURES]
        for place, value in enumerate(values):
            _cell(sheet, line, place, value)
    book.close()
    return target.getvalue()


def _worded(name: str, value: Any, *, english: bool) -> Any:
    pair = WORDS[name].get(value) if name in WORDS else None
    return pair[english] if pair else value


def _cell(sheet: Any, line: int, place: int, value: Any) -> None:
    if isinstance(value, Decimal):
        sheet.write_number(line, place, float(value))
    elif value is not None and value != "":
        sheet.write_string(line, place, value.isoformat() if isinstance(value, date) else str(value))
