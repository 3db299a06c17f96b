"""The file of a table of a form: a workbook to fill or to keep, and what a workbook or a text file (.csv) says.

A file changes nothing by itself: what it says goes into the page, or back to a program, and is checked and submitted
like anything that was typed. Formulas are refused, never computed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter
from sqlalchemy.orm import Session

from audits.list_workbook import MOST_BYTES, MOST_COLUMNS, first_sheet
from feel import for_thread
from forms import Table, tables
from forms.cells import plain_text, read_cell
from forms.components import Component, fetch, put
from forms.conditions import MAX_ROWS, Evaluator, Scope
from forms.display import in_words, label
from forms.messages import text as message
from forms.options import normalise, options
from forms.tables import heading
from workflows import tasks
from workflows.access import Actor
from workflows.application import Application
from workflows.errors import Invalid, NotAllowed, NotFound, QingshenError

Json = Any
MOST_UNPLACED: Final = 500
_REFUSED: Final = "\x00"  # stands before a text that is a formula or a fault of the file


@dataclass(frozen=True, slots=True)
class Fault:
    """A text that does not fit, or found no cell: its row from 1, the heading of its column, and why."""

    row: int
    column: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says: rows as the form keeps them, cells that hold text which does not fit, and texts without a cell."""

    rows: list[dict[str, Json]]
    problems: list[Fault]
    unplaced: list[Fault]


def write(
    session: Session,
    app: Application,
    actor: Actor,
    task_id: str,
    list_id: str,
    *,
    language: str,
    now: datetime,
) -> tuple[str, bytes]:
    """Give name and content of the workbook of a table, with the rows that the page shows. Raises NotFound."""
    view, table = _table(session, app, actor, task_id, list_id, language, now)
    rows = fetch(view.data, table.path)
    content = _workbook(table, rows if isinstance(rows, list) else [], view.context, language)
    return label(table.component, language), content


def read(
    session: Session,
    app: Application,
    actor: Actor,
    task_id: str,
    list_id: str,
    content: bytes,
    *,
    language: str,
    now: datetime,
) -> Read:
    """Say what a file holds for a table of a task that the actor may complete.

    Raises NotFound, NotAllowed, and Invalid: neither a workbook nor a text file, none of its headings is a column of
    the table, too many rows.
    """
    view, table = _table(session, app, actor, task_id, list_id, language, now)
    if "complete" not in view.allowed:
        raise NotAllowed("not_candidate")
    scope, evaluator = Scope(view.data, None), Evaluator(for_thread(), now)
    choices = {
        column.id: options(column, view.context, {**view.context, **view.data}, scope, evaluator)
        for column in table.written
    }
    lines = list(_lines(content))
    if not lines:
        raise Invalid("import_is_empty")
    if len(lines) - 1 > MAX_ROWS:
        raise Invalid("import_too_many_rows", most=MAX_ROWS)
    return _placed(table, lines[0], lines[1:], choices, language)


def _table(
    session: Session, app: Application, actor: Actor, task_id: str, list_id: str, language: str, now: datetime
) -> tuple[tasks.TaskView, Table]:
    view = tasks.view(session, app, actor, task_id, language=language, now=now)
    found = tables(view.form).get(list_id) if view.form else None
    if found is None or (view.submission is None and "complete" not in view.allowed):
        raise NotFound("table_not_found", id=list_id)
    return view, found


# ---- reading ---------------------------------------------------------------------------------------------------


def _lines(content: bytes) -> Iterator[list[str]]:
    """Give the texts of each line that says something, headings first."""
    if len(content) > MOST_BYTES:
        raise Invalid("import_too_large", most=MOST_BYTES // 1_000_000)
    source = _sheet_lines(content) if content[:2] == b"PK" else _text_lines(content)
    count = 0
    try:
        for line in source:
            if any(text.strip() for text in line):
                count += 1
                yield line
            if count > MAX_ROWS + 1:
                return
    except QingshenError:
        raise
    except Exception as error:  # openpyxl stumbles over broken parts in whatever way it happens to
        raise Invalid("table_not_a_file") from error


def _sheet_lines(content: bytes) -> Iterator[list[str]]:
    for cells in first_sheet(content).iter_rows(max_col=MOST_COLUMNS):
        yield [_cell_text(cell) for cell in cells]


def _cell_text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in {"f", "e"} or (isinstance(value, str) and value.startswith("=")):
        return f"{_REFUSED}{value if isinstance(value, str) else getattr(value, 'text', value)}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        percent = str(cell.number_format or "").endswith("%")
        return f"{value * 100:.15g}%" if percent else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _text_lines(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="strict")
    if "\x00" in text:
        raise Invalid("table_not_a_file")
    head = text.partition("\n")[0]
    delimiter = max("\t;,", key=head.count)
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield [f"{_REFUSED}{cell}" if cell.startswith("=") else cell for cell in line[:MOST_COLUMNS]]


def _name(text: str) -> str:
    """Give a heading without its star and its unit."""
    return re.sub(r"\s*[(（][^()（）]*[)）]\s*$", "", plain_text(text).rstrip("* ").strip()).strip().lower()


def _columns(table: Table, head: list[str], language: str) -> dict[int, Component]:
    known: dict[str, Component] = {}
    for column in table.written:
        for name in (label(column, "zh"), label(column, "en"), heading(column, language), column.path[-1]):
            known.setdefault(_name(name), column)
            known.setdefault(plain_text(name).rstrip("* ").strip().lower(), column)
    found: dict[int, Component] = {}
    for place, text in enumerate(head):
        column_of = known.get(plain_text(text).rstrip("* ").strip().lower()) or known.get(_name(text))
        if column_of is not None and column_of not in found.values():
            found[place] = column_of
    if not found:
        names = "、".join(heading(column, language) for column in table.written)
        raise Invalid("table_columns_missing", columns=names)
    return found


def _placed(
    table: Table,
    head: list[str],
    lines: list[list[str]],
    choices: Mapping[str, list[tuple[Json, str]]],
    language: str,
) -> Read:
    columns = _columns(table, head, language)
    found = Read([], [], [])
    for number, line in enumerate(lines, 1):
        row: dict[str, Json] = {}
        for place, text in enumerate(line):
            if place in columns:
                _take(row, columns[place], text, number, choices, language, found)
            elif text.strip() and len(found.unplaced) < MOST_UNPLACED:
                title = head[place] if place < len(head) else ""
                found.unplaced.append(Fault(number, title, text.lstrip(_REFUSED), message("no_cell", language)))
        found.rows.append(row)
    return found


def _take(
    row: dict[str, Json],
    column: Component,
    text: str,
    number: int,
    choices: Mapping[str, list[tuple[Json, str]]],
    language: str,
    found: Read,
) -> None:
    refused = text.startswith(_REFUSED)
    text = text.lstrip(_REFUSED)
    read_as = read_cell(column, text, choices[column.id], language)
    problem = message("formula", language) if refused else read_as.problem
    put(row, column.path, text if refused else read_as.value)
    if problem:
        found.problems.append(Fault(number, label(column, language), text, problem))


# ---- writing ---------------------------------------------------------------------------------------------------


def _workbook(table: Table, rows: Iterable[Json], context: Mapping[str, Json], language: str) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", label(table.component, language))[:31].strip() or "1")
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"})
    text, day = book.add_format({"num_format": "@"}), book.add_format({"num_format": "yyyy-mm-dd"})
    styles = {"number": None, "datetime": day}
    for place, column in enumerate(table.written):
        sheet.set_column(place, place, 28 if column.type == "textarea" else 16, styles.get(column.type, text))
        sheet.write_string(0, place, heading(column, language), head)
        names = _flags(language) if column.type == "checkbox" else _named(column, context)
        if names and len(",".join(names)) < 250:
            sheet.data_validation(
                1, place, MAX_ROWS, place, {"validate": "list", "source": names, "error_type": "warning"}
            )
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows, 1):
        for place, column in enumerate(table.written):
            _write(sheet, line, place, column, fetch(row, column.path), context, language)
    book.close()
    return target.getvalue()


def _flags(language: str) -> list[str]:
    return ["yes", "no"] if language == "en" else ["是", "否"]


def _named(column: Component, context: Mapping[str, Json]) -> list[str]:
    """Give the labels of the options that do not depend on the row."""
    if column.type not in {"select", "radio"}:
        return []
    key = column.properties.get("valuesKey")
    return [name for _, name in normalise(context.get(key) if key is not None else column.properties.get("values"))]


def _write(
    sheet: Any, line: int, place: int, column: Component, value: Json, context: Mapping[str, Json], language: str
) -> None:
    if value is None or value in ("", []):
        return
    if column.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(line, place, value)
    elif column.type == "datetime" and column.properties.get("subtype") == "date" and _is_day(value):
        sheet.write_datetime(line, place, datetime.fromisoformat(value))
    elif column.type == "number":
        sheet.write_string(line, place, str(value))
    else:
        sheet.write_string(line, place, in_words(column, value, language, context))


def _is_day(value: Json) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value) is not None
    except ValueError:
        return False
