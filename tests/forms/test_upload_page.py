"""Importing a file: progress is followed to its end, faults are listed by row and cell."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.forms.conftest import Site, bare

pytestmark = pytest.mark.browser

FORM = (
    '<form data-upload action="/import" method="post" enctype="multipart/form-data">'
    '<input type="file" name="file" aria-label="文件" required><button>导入</button></form>'
)


def _send(site: Site, page: Page) -> None:
    site.pages["/list"] = bare(FORM, "upload")
    page.goto(site.address + "/list")
    page.wait_for_selector("body[data-ready]")
    page.get_by_label("文件").set_input_files({"name": "名单.xlsx", "mimeType": "application/zip", "buffer": b"PK"})
    page.get_by_role("button", name="导入").click()


def test_an_import_is_followed_to_its_end(site: Site, page: Page) -> None:
    site.reply("POST", "/import", 202, {"progress": "/progress"})
    site.reply("GET", "/progress", 200, {"state": "running", "done": 120, "total": 500})
    site.reply("GET", "/progress", 200, {"state": "done", "done": 500, "total": 500, "next": "/lists/1"})
    site.pages["/lists/1"] = "<!doctype html><title>名单</title>"
    _send(site, page)
    expect(page.get_by_role("status")).to_have_text("正在处理… 120 / 500")
    page.wait_for_url("**/lists/1")


def test_faults_of_an_import_are_listed_by_cell(site: Site, page: Page) -> None:
    errors = [{"row": 3, "column": "统一社会信用代码", "cell": "B3", "value": "123", "text": "校验码不符"}]
    site.reply("POST", "/import", 422, {"title": "refused", "detail": "名单有误，未导入。", "errors": errors})
    _send(site, page)
    expect(page.get_by_role("alert")).to_have_text("名单有误，未导入。")
    expect(page.get_by_role("row").nth(1)).to_contain_text("校验码不符")
    expect(page.get_by_role("button", name="导入")).to_be_enabled()


def test_an_import_carries_the_token_of_the_page(site: Site, page: Page) -> None:
    site.reply("POST", "/import", 422, {"title": "refused"})
    _send(site, page)
    expect(page.get_by_role("alert")).to_have_text("refused")
    headers = [headers for method, _, headers, _ in site.requests if method == "POST"]
    assert headers[0]["X-Csrftoken"] == "token-of-the-page"
