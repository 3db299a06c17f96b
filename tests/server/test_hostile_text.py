"""Text of users stays text where it leaves the pages: in workbooks, and in the names that a diagram brings along."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.sax.saxutils import quoteattr

import openpyxl
import pytest
from lxml import html

from tests.server import stage
from tests.server.conftest import House
from tests.server.routes import READ_PAGES, sent, shipped
from tests.server.test_authorisation import ask
from tests.server.test_bad_input import MARK

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1+1", '=HYPERLINK("http://evil","x")')

NAMED = re.compile(r'(<(?:\w+:)?(?:process|startEvent|endEvent|callActivity|exclusiveGateway)\b[^>]*?) name="[^"]*"')


def cells(content: bytes) -> list[Any]:
    """Give every cell of a workbook that holds something."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_workbook_that_leaves_the_house_holds_a_formula_or_a_link(house: House, formula: str) -> None:
    """A name that a spreadsheet would reckon or follow is a text in each of its cells."""
    assert house.api("li", "PATCH", "/enterprises/bakery", json={"name": formula}).status_code == 200
    row = [*stage.line(81, name=formula)[:2], "999999", *stage.line(81)[3:5], formula]
    path = f"/lists/{house.ids['draft_list']}/imports"
    read = house.api("li", "POST", path, **sent({"files": [("file", "名单.xlsx", stage.workbook([row]))]}))
    assert read.status_code == 201, read.text
    house.ids["import_faulty"] = read.json["id"]
    found = 0
    for endpoint in ("list_notices.workbook", "lists.marked", "lists.template"):
        line = next(line for line in READ_PAGES if line.endpoint == endpoint)
        answer = ask(house, line, "li")
        assert answer.status_code == 200
        for cell in cells(answer.get_data()):
            assert cell.data_type != "f", (endpoint, cell.coordinate, cell.value)
            assert cell.hyperlink is None, (endpoint, cell.coordinate)
            found += str(cell.value).strip() == formula.strip()
        answer.close()
    assert found >= 2


def test_the_names_that_a_diagram_brings_along_stay_text(house: House) -> None:
    """Process, task, label and documentation, file name of nothing but letters: shown as they were typed."""
    root, files = shipped()
    name = f"{root}.bpmn"
    hostile = f" name={quoteattr(MARK)}"
    text, count = NAMED.subn(lambda found: found[1] + hostile, files[name].decode())
    assert count > 3
    body = {
        "data": {"family": "cleaner_production_audit", "valid_from": "2026-06-01", "note": MARK},
        "files": [("files", key, text.encode() if key == name else content) for key, content in sorted(files.items())],
    }
    made = house.api("designer", "POST", "/definitions", **sent(body))
    assert made.status_code == 201, made.text[:500]
    shown = 0
    for language in ("zh", "en"):
        client = house.browser("designer", language)
        for path in (
            "/definitions",
            f"/definitions/{made.json['id']}",
            f"/definitions/{made.json['id']}?process={root}",
        ):
            answer = client.get(path)
            assert answer.status_code == 200
            page = html.document_fromstring(answer.get_data())
            assert page.xpath("//img[@onerror]") == []
            assert "<script>alert(1)" not in answer.text
            assert "49" not in "".join(page.xpath("//h1//text()"))
            shown += MARK in page.text_content()
        told = client.get(f"/definitions/{made.json['id']}/diagram.json")
        assert told.mimetype == "application/json"
        assert told.headers["X-Content-Type-Options"] == "nosniff"
    assert shown >= 4
