"""The whole way in the browser: a list becomes cases, and the cases go from the notice to acceptance or re-audit."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.journey import PATIENCE, Course, Journey, address_of, workbook
from tests.browser.town import FIRMS, Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
PHASES = ("prepare_audit", "survey_enterprise", "measure_focus", "generate_options", "determine_options")


def _import_list(way: Journey) -> str:
    """Draft the list, have a wrong workbook refused and a right one applied."""
    officer = way.who("li")
    path = way.draft_list("li", "兰州市2025年强制性清洁生产审核企业名单")
    template = officer.page.get_by_role("link", name="下载模板").get_attribute("href")
    sheet = openpyxl.load_workbook(io.BytesIO(officer.download(address_of(template))))
    assert "企业名称*" in [cell.value for cell in sheet.worksheets[0][1]]
    page = way.import_workbook("li", path, workbook(wrong=True)).page
    line = page.locator("tbody tr, table tr", has=page.locator("td", has_text=FIRMS[1][2]))
    expect(line.locator("td").first).to_have_text("3")
    expect(line.locator(".status-returned")).to_have_text("B3")
    expect(line).to_contain_text("校验不通过")
    expect(page.get_by_role("button", name=re.compile("行"))).to_have_count(0)
    page = way.import_workbook("li", path, workbook()).page
    officer.click(page.get_by_role("button", name=re.compile("3 行")), until=re.escape(path) + "$")
    expect(page.locator("td", has_text=FIRMS[2][2])).to_be_visible()
    return path


def _publish(way: Journey, path: str) -> dict[str, Course]:
    """Publish the list, see the progress, and find a case with its notice for each enterprise."""
    officer, page = way.who("li"), way.who("li").page
    with way.town.holding():
        officer.confirm(page.get_by_role("button", name=re.compile("^公布 3")), until=re.escape(path) + "$")
        expect(page.locator("progress")).to_be_visible()
        expect(page.locator(".qs-progress [role=status]")).to_contain_text("0/3")
        page.evaluate("document.body.dataset.left = 'soon'")
    page.wait_for_selector("body:not([data-left])", state="attached")  # the page follows the work and loads itself
    officer.settled()
    courses = {}
    for user, _person, name, *_rest in FIRMS:
        link = page.locator("tr", has_text=name).locator("a[href^='/cases/']")
        expect(link).to_be_visible(timeout=PATIENCE)
        case_id = address_of(link.get_attribute("href")).removeprefix("/cases/")
        courses[user] = Course(case_id, link.inner_text(), user)
    return courses


def test_three_enterprises_go_from_the_list_to_acceptance_and_re_audit(
    browser: Browser, town: Town, browser_context_args: dict[str, Any], tmp_path: Path
) -> None:
    way = Journey(browser, town, browser_context_args)
    path = _import_list(way)
    courses = _publish(way, path)
    steel = courses["chen"]
    town.pass_days(2)
    way.type("chen", steel, "confirm_notice_receipt")
    way.do("chen", steel, "submit_disclosure")
    way.type("li", steel, "check_disclosure")
    print(way.log)
    assert way.log.troubles == []
