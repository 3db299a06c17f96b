"""A file is looked at on a page as pictures that we have drawn; nothing that was uploaded reaches the browser to run."""

from __future__ import annotations

import re

import typst

from tests.server.conftest import House
from tests.server.routes import sent
from tests.workflows.test_files import docx

TWO = typst.compile(b"#set page(width: 8cm, height: 5cm)\none #pagebreak() two")
assert isinstance(TWO, bytes)
PNG = b"\x89PNG\r\n\x1a\n"


def uploaded(house: House, name: str, content: bytes) -> str:
    answer = house.api("wang", "POST", "/files", **sent({"files": [("file", name, content)]}))
    assert answer.status_code == 201
    return str(answer.json["id"])


def test_a_page_shows_the_pages_of_a_pdf_after_it_was_opened(house: House) -> None:
    assert isinstance(TWO, bytes)
    key, browser = uploaded(house, "物料平衡.pdf", TWO), house.browser("wang")
    before = browser.get(f"/files/{key}/preview")
    assert "物料平衡.pdf" in before.text
    assert re.search(r"<code[^>]*>[0-9a-f]{64}</code>", before.text)
    assert "/pages/1" not in before.text
    assert browser.get(f"/files/{key}/pages/1").status_code == 403
    assert house.post(browser, f"/files/{key}/preview").status_code == 303
    first, second = browser.get(f"/files/{key}/preview"), browser.get(f"/files/{key}/preview?page=2")
    assert f'src="/files/{key}/pages/1"' in first.text
    assert 'rel="next"' in first.text
    assert f'src="/files/{key}/pages/2"' in second.text
    assert 'rel="next"' not in second.text
    for page in ("3", "0", "-1", "x", "99999999999999999999"):
        assert browser.get(f"/files/{key}/preview?page={page}").status_code == 404, page


def test_a_drawn_page_can_run_nothing(house: House) -> None:
    assert isinstance(TWO, bytes)
    key, browser = uploaded(house, "a.pdf", TWO), house.browser("wang")
    house.post(browser, f"/files/{key}/preview")
    answer = browser.get(f"/files/{key}/pages/1")
    assert (answer.status_code, answer.mimetype, answer.data[:8]) == (200, "image/png", PNG)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["Cache-Control"] == "no-store"
    download = browser.get(f"/files/{key}")
    assert download.headers["Content-Disposition"].startswith("attachment")


def test_a_program_turns_the_pages_too(house: House) -> None:
    assert isinstance(TWO, bytes)
    key = uploaded(house, "a.pdf", TWO)
    refused = house.api("wang", "GET", f"/files/{key}/pages/1")
    assert (refused.status_code, refused.json["code"]) == (403, "not_opened")
    first = house.api("wang", "POST", f"/files/{key}/preview").json["page"].removeprefix("/api/v1")
    answer = house.api("wang", "GET", first)
    assert (answer.data[:8], answer.headers["Link"]) == (PNG, f'</api/v1/files/{key}/pages/2>; rel="next"')
    last = house.api("wang", "GET", f"/files/{key}/pages/2")
    assert (last.data[:8], last.headers.get("Link")) == (PNG, None)
    assert house.api("wang", "GET", f"/files/{key}/pages/3").status_code == 404


def test_a_word_document_is_said_to_have_no_preview(house: House) -> None:
    key, browser = uploaded(house, "报告.docx", docx()), house.browser("wang")
    assert "此类文件不能预览" in browser.get(f"/files/{key}/preview").text
    refused = house.api("wang", "POST", f"/files/{key}/preview")
    assert (refused.status_code, refused.json["code"]) == (422, "no_preview")


def test_a_broken_file_is_said_to_be_one(house: House) -> None:
    key, browser = house.ids["file"], house.browser("li")
    house.post(browser, f"/files/{key}/preview")
    answer = browser.get(f"/files/{key}/preview")
    assert answer.status_code == 200
    assert "此文件无法显示" in answer.text


def test_who_does_not_see_a_file_sees_no_preview_of_it(house: House) -> None:
    assert isinstance(TWO, bytes)
    key, other = uploaded(house, "a.pdf", TWO), house.browser("chen")
    before = house.events()
    assert other.get(f"/files/{key}/preview").status_code == 404
    assert house.post(other, f"/files/{key}/preview").status_code == 404
    assert other.get(f"/files/{key}/pages/1").status_code == 404
    assert house.events() == before
