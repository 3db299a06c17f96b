"""A table of a form goes out as a workbook and comes back: every cell is judged by itself, and nothing is lost."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

from audits import table_files
from tests.audits.office import Office
from workflows import tasks
from workflows.errors import Invalid, NotAllowed, NotFound


def workbook(*lines: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.worksheets[0].append(list(line))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture
def prepared(office: Office) -> tuple[Office, str]:
    """Give an office where the bakery is about to say how it prepares its audit."""
    case_id = office.open()
    office.until(case_id, "prepare_audit")
    return office, office.task(case_id, "prepare_audit").id


def read(given: tuple[Office, str], content: bytes, who: str = "wang", table: str = "training") -> table_files.Read:
    office, task = given
    with office.looking() as session:
        actor = office.actor(session, who)
        return table_files.read(session, office.app, actor, task, table, content, language="zh", now=office.now)


def write(given: tuple[Office, str], who: str = "wang", table: str = "training") -> list[tuple[Any, ...]]:
    office, task = given
    with office.looking() as session:
        actor = office.actor(session, who)
        _, content = table_files.write(session, office.app, actor, task, table, language="zh", now=office.now)
    return list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))


def test_a_file_is_read_cell_by_cell(prepared: tuple[Office, str]) -> None:
    head = ("序号", "学时 (小时) *", "主题", "日期*", "参加人数")
    good = (1, "４", "动员", "2026年3月2日", "1,200")
    bad = (2, "=1+1", "培训", "下周", "几十")
    percent = (3, 0, "考核", "2026/3/9", 12)
    found = read(prepared, workbook(head, good, (None,) * 5, bad, percent))
    assert found.rows == [
        {"training_hours": 4, "topic": "动员", "held_on": "2026-03-02", "attendees": 1200},
        {"training_hours": "=1+1", "topic": "培训", "held_on": "下周", "attendees": "几十"},
        {"training_hours": 0, "topic": "考核", "held_on": "2026-03-09", "attendees": 12},
    ]
    assert [(one.row, one.column, one.text) for one in found.problems] == [
        (2, "学时", "=1+1"),
        (2, "日期", "下周"),
        (2, "参加人数", "几十"),
    ]
    assert [(one.row, one.column, one.text) for one in found.unplaced] == [(n, "序号", str(n)) for n in (1, 2, 3)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_text_file_is_read_in_either_encoding(prepared: tuple[Office, str], encoding: str) -> None:
    text = '主题,日期,参加人数,学时\r\n"动员,一",2026-03-02,"1,200",4\r\n'
    found = read(prepared, text.encode(encoding))
    assert found.rows == [{"topic": "动员,一", "held_on": "2026-03-02", "attendees": 1200, "training_hours": 4}]
    assert (found.problems, found.unplaced) == ([], [])


def test_the_template_comes_back_as_the_rows_it_was_filled_with(prepared: tuple[Office, str]) -> None:
    office, task = prepared
    rows = [{"topic": "动员", "held_on": "2026-03-02", "attendees": 0, "training_hours": None}]
    with office.as_("wang") as (session, actor):
        tasks.save_draft(session, actor, task, {"training": rows}, "", 0, office.now)
    lines = write(prepared)
    assert lines[0] == ("主题 *", "日期 *", "参加人数 (人) *", "学时 (小时) *")
    assert (lines[1][0], lines[1][2], lines[1][3]) == ("动员", 0, None)
    assert read(prepared, workbook(*lines)).rows == rows


def test_what_is_no_table_is_refused_whole(prepared: tuple[Office, str]) -> None:
    for content, code in (
        (b"PK\x03\x04 broken", "table_not_a_file"),
        (b"\xff\xfe\x00\x00\x81", "table_not_a_file"),
        (b"", "import_is_empty"),
        (workbook(("别的", "列"), ("a", "b")), "table_columns_missing"),
        (workbook(("主题",), *((str(n),) for n in range(201))), "import_too_many_rows"),
    ):
        with pytest.raises(Invalid) as refused:
            read(prepared, content)
        assert refused.value.code == code


def test_only_who_may_complete_the_task_reads_into_it(prepared: tuple[Office, str]) -> None:
    with pytest.raises(NotFound):
        read(prepared, workbook(("主题",), ("a",)), table="nothing")
    with pytest.raises(NotFound):
        read(prepared, workbook(("主题",), ("a",)), who="chen")
    with pytest.raises((NotAllowed, NotFound)):
        read(prepared, workbook(("主题",), ("a",)), who="li")
    with pytest.raises(NotFound):
        write(prepared, who="li")
