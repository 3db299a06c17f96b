"""An annual list from Excel: every wrong cell is named, and nothing is imported silently wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from audits import enterprises, list_import, lists
from audits.list_workbook import COLUMNS
from audits.models import Enterprise, ListEntry
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

KEYS = [column.key for column in COLUMNS]


def code(number: int, region: str = "620102") -> str:
    body = f"91{region}MA{number:07d}"
    return body + enterprises.uscc_check(body)


def row(number: int, **changes: Any) -> dict[str, Any]:
    usual = {"name": f"企业{number}有限公司", "uscc": code(number), "region_code": "620102", "industry": "3120"}
    return usual | {"types": "双有", "reason": "测试"} | changes


def workbook(rows: Sequence[Mapping[str, Any]], headings: Sequence[str] | None = None) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(list_import.template()))
    sheet = book.worksheets[0]
    for place, heading in enumerate(headings or [], start=1):
        sheet.cell(1, place, heading)
    for number, values in enumerate(rows, start=2):
        for place, key in enumerate(KEYS, start=1):
            if key in values:
                sheet.cell(number, place, values[key])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture
def draft(office: Office) -> str:
    with office.as_("li") as (session, actor):
        return lists.create(
            session, office.app, actor, year=2026, batch=1, title="导入", region_code="620100", now=office.now
        ).id


def read(office: Office, list_id: str, data: bytes) -> tuple[str, list[tuple[str, str, str]]]:
    """Give the import's id and its problems as (cell, severity, code)."""
    with office.as_("li") as (session, actor):
        done = list_import.read(session, actor, list_id, "名单.xlsx", data, office.now)
        rows = list_import.report(session, actor, done.id, limit=200).items
        found = [(one["cell"], one["severity"], one["code"]) for line in rows for one in line.problems]
        assert done.errors == sum(severity == "error" for _, severity, _ in found)
        assert done.warnings == sum(severity == "warning" for _, severity, _ in found)
        assert all(
            list_import.problem_text(one, language)
            for line in rows
            for one in line.problems
            for language in ("zh", "en")
        )
        return done.id, found


def lines(office: Office, list_id: str) -> int:
    with office.looking() as session:
        return session.scalar(select(func.count()).where(ListEntry.list_id == list_id)) or 0


@pytest.mark.database
def test_five_hundred_rows_go_onto_a_list_in_one_go(office: Office, draft: str) -> None:
    data = workbook([row(number) for number in range(500)])
    import_id, problems = read(office, draft, data)
    assert problems == []
    assert lines(office, draft) == 0
    with office.as_("li") as (session, actor):
        assert list_import.apply(session, actor, import_id, office.now).status == "applied"
    with office.as_("li") as (session, actor):
        assert lists.count(session, actor, draft) == 500
        page = lists.entries(session, actor, draft, limit=200)
        numbers = [entry.number for entry, _, _ in page.items]
        while page.next_cursor:
            page = lists.entries(session, actor, draft, limit=200, cursor=page.next_cursor)
            numbers += [entry.number for entry, _, _ in page.items]
        assert numbers == list(range(1, 501))
        with pytest.raises(Conflict) as caught:
            list_import.apply(session, actor, import_id, office.now)
        assert caught.value.code == "import_applied"


def test_every_wrong_cell_is_named_with_its_place(office: Office, draft: str) -> None:
    wrong = [
        row(1, uscc="91350100M000100Y44"),
        row(2, region_code="629999"),
        row(3, region_code="620200"),
        row(4, industry="9999"),
        row(5, types="双超、双飞"),
        row(6, name=""),
        row(7, key_discharger="也许"),
        row(8, reason="=1+1"),
        row(9, name="长" * 201),
        row(10),
        row(11, uscc=code(10)),
        row(12, uscc="91350100M000100Y43"),
        row(13, types="双超/高耗能，双有", key_discharger="是", yellow_river_basin="否"),
    ]
    _, problems = read(office, draft, workbook(wrong))
    assert problems == [
        ("B2", "error", "bad_uscc"),
        ("C3", "error", "bad_region"),
        ("C4", "error", "outside_region"),
        ("D5", "error", "bad_industry"),
        ("E6", "error", "bad_types"),
        ("A7", "error", "required"),
        ("G8", "error", "bad_flag"),
        ("F9", "error", "formula"),
        ("A10", "error", "too_long"),
        ("B12", "error", "duplicate"),
        ("B13", "warning", "registered_elsewhere"),
    ]


def test_an_import_with_errors_writes_nothing(office: Office, draft: str) -> None:
    import_id, _ = read(office, draft, workbook([row(1), row(2, industry="x")]))
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
        list_import.apply(session, actor, import_id, office.now)
    assert (caught.value.code, caught.value.values) == ("import_has_errors", {"count": 1})
    assert lines(office, draft) == 0
    with office.looking() as session:
        assert session.scalar(select(Enterprise.id).where(Enterprise.uscc == code(1))) is None


def test_the_name_and_region_of_a_known_enterprise_stay(office: Office, draft: str) -> None:
    with office.looking() as session:
        known = session.get_one(Enterprise, "bakery").uscc
    import_id, problems = read(office, draft, workbook([row(1, uscc=known, region_code="620104", key_discharger="是")]))
    assert [(cell, what) for cell, _, what in problems] == [("A2", "name_differs"), ("C2", "region_differs")]
    with office.as_("li") as (session, actor):
        list_import.apply(session, actor, import_id, office.now)
    with office.looking() as session:
        bakery = session.get_one(Enterprise, "bakery")
        assert (bakery.name, bakery.region_code, bakery.key_discharger) == ("黄河食品有限公司", "620102", True)
    assert office.told("org:bakery", "enterprise.changed") == [{"key_discharger": ["False", "True"]}]


def test_an_enterprise_of_another_province_is_neither_listed_nor_named(office: Office, draft: str) -> None:
    with office.looking() as session:
        foreign = session.get_one(Enterprise, "jinan_paper").uscc
    import_id, problems = read(office, draft, workbook([row(1, uscc=foreign)]))
    assert ("B2", "error", "registered_outside") in problems
    with office.as_("li") as (session, actor):
        report = list_import.report(session, actor, import_id).items[0]
        assert "济南" not in str(report.problems)


def test_who_is_on_the_list_already_is_not_put_there_twice(office: Office, draft: str) -> None:
    data = workbook([row(1)])
    first, _ = read(office, draft, data)
    second, _ = read(office, draft, data)
    with office.as_("li") as (session, actor):
        list_import.apply(session, actor, first, office.now)
    with office.as_("li") as (session, actor), pytest.raises(Conflict) as caught:
        list_import.apply(session, actor, second, office.now)
    assert caught.value.code == "list_changed_since"
    assert ("B2", "error", "on_list_already") in read(office, draft, data)[1]
    assert lines(office, draft) == 1


def changed(data: bytes, add: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO(data)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as parts:
        for name, content in add.items():
            parts.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "import_not_a_workbook"),
        (b"%PDF-1.4 no workbook", "import_not_a_workbook"),
        (b"PK\x03\x04" + bytes(200), "import_not_a_workbook"),
        (changed(b"", {"a.txt": b"a zip, but no workbook"}), "import_not_a_workbook"),
        (bytes(10_000_001), "import_too_large"),
        (changed(workbook([row(1)]), {"bomb.bin": bytes(201_000_000)}), "import_too_large"),
        (changed(workbook([row(1)]), {"xl/vbaProject.bin": b"macro"}), "import_has_macros"),
        (workbook([]), "import_is_empty"),
        (workbook([row(1)], ["企业", "代码"]), "import_column_missing"),
        (workbook([row(1)])[:4000], "import_not_a_workbook"),
    ],
    ids=["nothing", "pdf", "torn", "zip", "large", "bomb", "macros", "empty", "columns", "cut"],
)
def test_a_file_that_is_no_usable_workbook_changes_nothing(
    office: Office, draft: str, data: bytes, expected: str
) -> None:
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
        list_import.read(session, actor, draft, "名单.xlsx", data, office.now)
    assert caught.value.code == expected


def test_too_many_rows_and_a_sheet_of_empty_ones_are_refused(
    office: Office, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audits.list_workbook.MOST_ROWS", 3)
    monkeypatch.setattr("audits.list_workbook.MOST_LINES", 20)
    scattered = [row(1), *({} for _ in range(30)), row(2)]
    for rows in ([row(number) for number in range(4)], scattered):
        with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
            list_import.read(session, actor, draft, "名单.xlsx", workbook(rows), office.now)
        assert caught.value.code == "import_too_many_rows"


def test_columns_may_stand_in_any_order_and_in_english(office: Office, draft: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    order = list(reversed(COLUMNS))
    sheet.append([column.en for column in order])
    sheet.append([row(1, types="SHUANGCHAO").get(column.key) for column in order])
    target = io.BytesIO()
    book.save(target)
    _, problems = read(office, draft, target.getvalue())
    assert problems == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_has_every_column_and_explains_it(language: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(list_import.template(language)))
    headings = [str(cell.value).rstrip("*") for cell in book.worksheets[0][1]]
    assert headings == [column.en if language == "en" else column.zh for column in COLUMNS]
    assert book.worksheets[1].max_row > len(COLUMNS)


def test_the_marked_copy_shows_the_wrong_cell_in_red(office: Office, draft: str) -> None:
    import_id, _ = read(office, draft, workbook([row(1), row(2, industry="x", reason="=cmd()")]))
    with office.as_("li") as (session, actor):
        data = list_import.marked_copy(session, actor, import_id)
        only = list_import.report(session, actor, import_id, only_problems=True).items
        assert [line.row for line in only] == [3]
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert sheet["D3"].fill.start_color.rgb == "FFF8CBAD"
    assert "GB/T 4754" in str(sheet["D3"].comment.text)
    assert sheet["F3"].data_type == "s"  # a formula came back as text
    assert sheet["D2"].comment is None


def test_only_who_may_import_reads_or_sees_an_import(office: Office, draft: str) -> None:
    import_id, _ = read(office, draft, workbook([row(1)]))
    for username, error in (("he", NotAllowed), ("gao", NotFound), ("chen", NotFound), ("kong", NotFound)):
        with office.as_(username) as (session, actor):
            with pytest.raises(error):
                list_import.read(session, actor, draft, "名单.xlsx", workbook([row(2)]), office.now)
            with pytest.raises(error):
                list_import.report(session, actor, import_id)
            with pytest.raises(error):
                list_import.apply(session, actor, import_id, office.now)
            with pytest.raises(error):
                list_import.marked_copy(session, actor, import_id)


def test_a_published_list_takes_no_import(office: Office, draft: str) -> None:
    import_id, _ = read(office, draft, workbook([row(1)]))
    with office.as_("li") as (session, actor):
        list_import.apply(session, actor, import_id, office.now)
    office.approve(draft)
    with office.as_("li") as (session, actor):
        with pytest.raises(Conflict):
            list_import.read(session, actor, draft, "名单.xlsx", workbook([row(2)]), office.now)
        lists.publish(session, office.app, actor, draft, published_on=date(2026, 3, 2), now=office.now)
        with pytest.raises(Conflict):
            list_import.read(session, actor, draft, "名单.xlsx", workbook([row(2)]), office.now)
