"""The workbook of an annual list: the template to fill, what a filled one says, and a copy with its problems marked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import openpyxl
import xlsxwriter

from audits.lists import TYPES
from workflows.errors import Invalid, QingshenError

MOST_ROWS: Final = 5000
MOST_LINES: Final = 20_000  # empty ones count too: a sheet may hold a million of them
MOST_COLUMNS: Final = 100
MOST_BYTES: Final = 10_000_000
MOST_UNPACKED: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the workbook: its key, its heading in both languages, an example, the longest text it takes."""

    key: str
    zh: str
    en: str
    example: str
    width: int = 18
    required: bool = True
    limit: int = 500


COLUMNS: Final = (
    Column("name", "企业名称", "Enterprise name", "兰州某某钢铁有限公司", 32, limit=200),
    Column("uscc", "统一社会信用代码", "Unified social credit code", "91350100M000100Y43", 24),
    Column("region_code", "行政区划代码", "Region code (GB/T 2260)", "620102", 14),
    Column("industry", "行业代码", "Industry code (GB/T 4754)", "3120", 14),
    Column("types", "审核类型", "Audit types", "双超,双有", 20),
    Column("reason", "列入理由", "Reason", "排放含重金属废水", 36),
    Column("key_discharger", "重点排污单位", "Key discharger", "是", 14, required=False),
    Column("yellow_river_basin", "黄河流域", "Yellow River basin", "否", 14, required=False),
    Column("legal_representative", "法定代表人", "Legal representative", "张三", 14, required=False, limit=100),
    Column("production_address", "生产地址", "Production address", "城关区某路1号", 32, required=False, limit=300),
    Column("contact_name", "联系人", "Contact", "李四", 12, required=False, limit=100),
    Column("contact_phone", "联系电话", "Phone", "13800000000", 16, required=False, limit=40),
)


def template(language: str = "zh") -> bytes:
    """Make the workbook to fill: headings, and a sheet that explains each column with an example."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    english = language == "en"
    sheet = book.add_worksheet("List" if english else "名单")
    for place, column in enumerate(COLUMNS):
        title = column.en if english else column.zh
        sheet.set_column(place, place, column.width, text)
        sheet.write_string(0, place, title + ("*" if column.required else ""), head)
    sheet.freeze_panes(1, 2)
    _explain(book, english=english)
    book.close()
    return target.getvalue()


def _explain(book: Any, *, english: bool) -> None:
    sheet = book.add_worksheet("Notes" if english else "填写说明")
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 80)
    for place, column in enumerate(COLUMNS):
        sheet.write_string(place, 0, column.en if english else column.zh)
        must = ("required" if english else "必填") if column.required else ("optional" if english else "选填")
        sheet.write_string(place, 1, f"{must}; {column.example}")
    line = len(COLUMNS) + 1
    for key, (zh, en) in TYPES.items():
        sheet.write_string(line, 0, key)
        sheet.write_string(line, 1, en if english else zh)
        line += 1


def rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the number and the texts of each row that says something, a formula beginning with "=".

    Raises Invalid: not a workbook, too large, with macros, without a needed column, empty.
    """
    try:
        yield from _rows(first_sheet(data))
    except QingshenError:
        raise
    except Exception as error:  # openpyxl stumbles over broken parts in whatever way it happens to
        raise Invalid("import_not_a_workbook") from error


def _rows(sheet: Any) -> Iterator[tuple[int, dict[str, str]]]:
    lines = sheet.iter_rows(max_col=MOST_COLUMNS)
    header = [str(cell.value or "").strip().rstrip("*") for cell in next(lines, ())]
    places = {}
    for column in COLUMNS:
        found = [place for place, title in enumerate(header) if title in {column.zh, column.en}]
        if found:
            places[column.key] = found[0]
        elif column.required:
            raise Invalid("import_column_missing", column=column.zh, column_en=column.en)
    count = 0
    for number, cells in enumerate(lines, start=2):
        if number > MOST_LINES:
            raise Invalid("import_too_many_rows", most=MOST_ROWS)
        values = {key: _text(cells[place]) if place < len(cells) else "" for key, place in places.items()}
        if not any(values.values()):
            continue
        count += 1
        if count > MOST_ROWS:
            raise Invalid("import_too_many_rows", most=MOST_ROWS)
        yield number, values
    if count == 0:
        raise Invalid("import_is_empty")


def first_sheet(data: bytes) -> Any:
    """Open the first sheet of a workbook, formulas as they are written.

    Raises Invalid: too large, with macros, empty; whatever openpyxl stumbles over where it is no workbook.
    """
    if len(data) > MOST_BYTES:
        raise Invalid("import_too_large", most=MOST_BYTES // 1_000_000)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            raise Invalid("import_too_large", most=MOST_BYTES // 1_000_000)
        if any(part.filename.lower().endswith("vbaproject.bin") for part in parts.infolist()):
            raise Invalid("import_has_macros")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False)
    if not book.worksheets:
        raise Invalid("import_is_empty")
    return book.worksheets[0]


def _text(cell: Any) -> str:
    if cell.value is None:
        return ""
    if cell.data_type == "f" or (isinstance(cell.value, str) and cell.value.startswith("=")):
        return "=" + str(cell.value).lstrip("=")
    if isinstance(cell.value, float) and cell.value.is_integer():
        return str(int(cell.value))
    return str(cell.value).strip()


def marked(rows: Iterable[tuple[int, Mapping[str, str], Mapping[str, tuple[str, str]]]], *, english: bool) -> bytes:
    """Make a workbook of rows as read: number, texts, and by column the severity and sentence of what is wrong."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("List" if english else "名单")
    red, amber = book.add_format({"bg_color": "#F8CBAD"}), book.add_format({"bg_color": "#FFE699"})
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, (column.en if english else column.zh) + ("*" if column.required else ""))
    for number, values, problems in rows:
        for place, column in enumerate(COLUMNS):
            severity, text = problems.get(column.key, ("", ""))
            style = {"error": red, "warning": amber}.get(severity)
            sheet.write_string(number - 1, place, values.get(column.key, ""), style)
            if text:
                sheet.write_comment(number - 1, place, text)
    book.close()
    return target.getvalue()
