"""The table of tasks: its columns, in which order people may sort by them, and the same rows as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter
from flask_babel import lazy_gettext as _

from server.filters import when
from server.language import say

if TYPE_CHECKING:
    from server.inbox import Line

MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``sort`` is the order it is sorted by, "" for none."""

    key: str
    title: Any
    sort: str = ""


COLUMNS: Final = (
    Column("enterprise", _("Enterprise"), "enterprise"),
    Column("region", _("Region"), "region"),
    Column("case", _("Case"), "case"),
    Column("stage", _("Stage"), "stage"),
    Column("due", _("Deadline"), "due"),
    Column("holder", _("Holder")),
    Column("opened", _("Opened"), "opened"),
    Column("role", _("Role")),
)
"""What may stand beside a task; the task itself always does."""
KEYS: Final = tuple(one.key for one in COLUMNS)
STANDARD: Final = ("enterprise", "region", "case", "stage", "due", "holder")


def columns(keys: Iterable[str]) -> list[Column]:
    """Give the columns of some keys, in the order of the table; the standard ones where none is known."""
    wanted = set(keys)
    return [one for one in COLUMNS if one.key in wanted] or [one for one in COLUMNS if one.key in STANDARD]


def turn(sort: str, column: Column) -> str:
    """Give the order that a press on a column's heading asks for."""
    return f"-{column.sort}" if sort == column.sort else column.sort


def cell(line: Line, key: str) -> str:
    """Write a cell as the workbook shows it."""
    task = line.task
    cells = {
        "task": line.name,
        "enterprise": task.subject,
        "region": line.region,
        "case": task.business_key,
        "stage": line.stage,
        "due": f"{line.chip.day} ({line.chip.text})" if line.chip else "",
        "holder": say("Me") if line.is_mine else line.holder,
        "opened": when(task.opened_at),
        "role": line.role,
    }
    return cells[key]


def workbook(lines: Iterable[Line], chosen: Sequence[Column]) -> bytes:
    """Write tasks as a workbook of texts: nothing in it is a formula or a link, whatever it begins with."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
    sheet = book.add_worksheet(say("Inbox"))
    shown = [("task", say("Task")), *((one.key, str(one.title)) for one in chosen)]
    for place, (_key, title) in enumerate(shown):
        sheet.set_column(place, place, 24)
        sheet.write_string(0, place, title, head)
    for number, line in enumerate(lines, 1):
        for place, (key, _title) in enumerate(shown):
            sheet.write_string(number, place, cell(line, key))
    sheet.freeze_panes(1, 1)
    book.close()
    return target.getvalue()
