"""The whole way in the browser: a list becomes cases, and the cases go from the notice to acceptance or re-audit."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.journey import PATIENCE, Course, Journey, address_of, workbook
from tests.browser.town import FIRMS, Town

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]
PHASES = ("prepare_audit", "survey_enterprise", "measure_focus", "generate_options", "determine_options")
PANEL = ("sun", "qian", "zhou")
SECRET = "物料平衡数据来源不清，专家孙立独立意见。"
PAGES = frozenset(
    {"/login", "/", "/inbox", "/lists", "/lists/*", "/lists/*/imports/*", "/tasks/*", "/cases/*", "/letters/*"}
    | {"/verify/*", "/results", "/public", "/public/*", "/trail", "/trail/verify"}
)


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


def _approve(way: Journey, path: str) -> str:
    """Propose the list; the province finds it among its notices and approves one line, then the rest."""
    officer = way.who("li")
    page = officer.open(path)
    officer.confirm(page.get_by_role("button", name="上报 3 家企业"), until=re.escape(path) + "$")
    expect(page.get_by_role("button", name=re.compile("^公布"))).to_have_count(0)
    superior = way.who("ma")
    page = superior.open("/notices")
    superior.click(page.get_by_role("link", name=re.compile("请核定")), until=re.escape(path) + "$")
    page.get_by_role("checkbox", name=FIRMS[0][2]).check()
    superior.click(page.get_by_role("button", name="同意所选", exact=True), until=re.escape(path) + "$")
    expect(page.locator("tr", has_text=FIRMS[0][2]).locator("td[data-label=核定]")).to_have_text("同意")
    superior.click(page.get_by_role("button", name="其余 2 户全部同意"), until=re.escape(path) + "$")
    officer.open(path)
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


def _read_notice(way: Journey, course: Course) -> None:
    """Download the notice as Word and PDF, and verify it as anybody may."""
    owner = way.who(course.owner)
    page = owner.open(f"/cases/{course.id}")
    letter = page.locator("tr", has=page.get_by_role("link", name="PDF")).first
    for name, beginning in (("Word", b"PK\x03\x04"), ("PDF", b"%PDF-")):
        link = letter.get_by_role("link", name=name).get_attribute("href")
        assert owner.download(address_of(link)).startswith(beginning)
    owner.click(letter.get_by_role("link").first, until="/letters/[^/]+$")
    code = address_of(page.locator("a[href^='/verify/']").get_attribute("href"))
    stranger = way.who("").open(code)
    expect(stranger.locator(".status-done")).to_have_text("本文书真实有效。")
    expect(stranger.locator(".qs-facts")).to_contain_text("兰州市生态环境局")


def _notify_disclose_start(way: Journey, courses: Sequence[Course]) -> None:
    """Sign for the notices, disclose, and file the start: one with a consultancy, one on its own."""
    steel, *others = courses
    way.town.pass_days(2)
    _read_notice(way, steel)
    way.type("chen", steel, "confirm_notice_receipt", receipt_file=[{"name": "签收回执.pdf"}])
    for course in others:
        way.do(course.owner, course, "confirm_notice_receipt")
    way.town.pass_days(8)
    for course in courses:
        way.do(course.owner, course, "submit_disclosure")
    way.town.pass_days(1)
    way.type("li", steel, "check_disclosure", opinion="公示内容齐全。")
    for course in others:
        way.do("li", course, "check_disclosure", decision="accept")
    way.town.pass_days(20)
    way.do("chen", steel, "file_start", mode="consultancy")
    for course in others:
        way.do(course.owner, course, "file_start", mode="self")
    way.town.pass_days(1)
    for course in courses:
        way.do("li", course, "check_filing", decision="accept")


def _audit_and_report(
    way: Journey, courses: Sequence[Course], phases: Sequence[str], *, is_typed: bool = False
) -> None:
    """Go through the phases of the audit, file the report, and have the bureau take it in."""
    for phase in phases:
        way.town.pass_days(20)
        for course in courses:
            way.do("zhao" if course.owner == "chen" else course.owner, course, phase)
    way.town.pass_days(15)
    for course in courses:
        way.do(course.owner, course, "submit_report")
    for course in courses:
        if is_typed and course.owner == "chen":
            way.type("li", course, "check_report_receipt", decision="accept")
        else:
            way.do("li", course, "check_report_receipt", decision="accept")


def _judge(
    way: Journey, course: Course, gate: str, scores: Sequence[float], *, is_typed: bool = False, **leader: Any
) -> None:
    """Apply for a gate, be heard by three experts, and be given the opinion."""
    do = way.type if is_typed else way.do
    way.town.pass_days(5)
    way.do(course.owner, course, f"apply_for_{gate}")
    way.do("li", course, f"check_{gate}_receipt", decision="accept")
    do("li", course, f"propose_{gate}_panel", experts=[way.town.person_id(name) for name in PANEL])
    way.town.pass_days(10)
    for place, (name, score) in enumerate(zip(PANEL, scores, strict=True)):
        given = leader if place == 0 else {}
        if is_typed and place == 0:
            typed = way.town.waiting(course.id, f"score_{gate}", name)
            way.type(name, course, f"score_{gate}", score=score, comments=SECRET)
            _see_no_other_sheet(way, course, typed.id)
        else:
            way.do(name, course, f"score_{gate}", score=score, **given)
    way.town.pass_days(2)
    way.do("li", course, f"write_{gate}_opinion")


def _see_no_other_sheet(way: Journey, course: Course, task_id: str) -> None:
    """Look for a sheet as another expert of the same panel and as the bureau, while the panel still scores."""
    for name in ("qian", "li"):
        reader = way.who(name)
        assert course.number in reader.text(f"/cases/{course.id}")
        for path in (
            f"/cases/{course.id}",
            f"/tasks/{task_id}",
            f"/api/v1/tasks/{task_id}",
            f"/cases/{course.id}?history=all",
        ):
            assert SECRET not in reader.text(path), f"{name} reads the sheet of another expert at {path}"
    assert SECRET in way.who("sun").text(f"/cases/{course.id}")


def _expect_case(way: Journey, course: Course, *texts: str) -> None:
    """Open a case as its bureau and find some texts at its head."""
    page = way.who("li").open(f"/cases/{course.id}")
    for text in texts:
        expect(page.locator(".page-header")).to_contain_text(text)


def _evaluate(way: Journey, steel: Course, bakery: Course) -> None:
    """Score 65 and 82: audit again in the same case, supplement."""
    _judge(way, steel, "evaluation", (65, 66, 64), is_typed=True)
    _expect_case(way, steel, "第 2 轮")
    assert SECRET in way.who("li").text(f"/cases/{steel.id}")  # the panel is closed
    _judge(way, bakery, "evaluation", (82, 83, 81))
    _expect_case(way, bakery, "82", "补充")
    way.town.pass_days(10)
    way.do("wang", bakery, "submit_supplement")
    way.do("li", bakery, "review_supplement", decision="accept")
    _audit_and_report(way, [steel], PHASES[2:])
    _judge(way, steel, "evaluation", (91, 92, 90))
    _expect_case(way, steel, "91", "第 2 轮")


def _implement(way: Journey, courses: Sequence[Course]) -> None:
    """Implement the options and plan the continuous cleaner production."""
    for element in ("implement_options", "plan_continuous_production"):
        way.town.pass_days(30)
        for course in courses:
            way.do(course.owner, course, element)


def _accept(way: Journey, steel: Course, bakery: Course) -> None:
    """Accept one; one with a good score falls over a veto and is ordered to audit again in a linked case."""
    _judge(way, steel, "acceptance", (84, 85, 83))
    _expect_case(way, steel, "合格")
    _judge(way, bakery, "acceptance", (86, 87, 85), vetoes=["V2"])
    way.town.pass_days(3)
    way.do("li", bakery, "draft_re_audit_order", cause="veto")
    _expect_case(way, bakery, "不合格")
    officer, page = way.who("li"), way.who("li").page
    link = page.locator("p", has_text="后续重新审核").get_by_role("link")
    number = link.inner_text()
    officer.click(link, until="/cases/[^/]+$")
    again = Course(officer.path.removeprefix("/cases/"), number, "wang")
    expect(page.locator("p", has_text=bakery.number)).to_be_visible()
    days = page.locator("[data-label='法定日期']").all_inner_texts()
    assert days
    assert all(day.split()[0] > way.town.today.isoformat() for day in days), days
    inbox = way.who("wang").open("/inbox")
    expect(inbox.get_by_role("link", name=again.number, exact=True).first).to_be_visible()


def _publish_results(way: Journey) -> None:
    """Publish the results as the province; anybody reads them."""
    officer = way.who("ma")
    page = officer.open("/results")
    page.get_by_label("全部", exact=True).check()
    page.get_by_label("标题").fill("甘肃省清洁生产审核验收结果公告")
    page.get_by_label("地区").select_option("620000")
    officer.confirm(page.get_by_role("button", name="公布", exact=True), until="/public/[^/]+$")
    stranger = way.who("")
    public = stranger.open("/public")
    stranger.click(public.get_by_role("link", name="甘肃省清洁生产审核验收结果公告"), until="/public/[^/]+$")
    outcomes = {"chen": "合格", "wang": "不合格"}
    for user, _person, name, *_rest in FIRMS[:2]:
        expect(public.locator("tr", has_text=name).locator(".status")).to_have_text(outcomes[user])


def _verify_trail(way: Journey) -> None:
    """Verify the whole trail on the auditor's page."""
    auditor = way.who("auditor")
    page = auditor.open("/trail")
    auditor.click(page.get_by_role("button", name="校验全部日志"), until="/trail/verify$")
    expect(page.locator(".alert-success")).to_be_visible()
    events, chains, checkpoints, problems = (int(text) for text in page.locator(".qs-counter").all_inner_texts())
    assert (events > 250, chains > 4, checkpoints > 10, problems) == (True, True, True, 0)


def test_of_three_listed_enterprises_two_go_to_acceptance_and_re_audit(
    browser: Browser, town: Town, browser_context_args: dict[str, Any]
) -> None:
    way = Journey(browser, town, browser_context_args)
    courses = _publish(way, _approve(way, _import_list(way)))
    steel, bakery = courses["chen"], courses["wang"]
    _notify_disclose_start(way, [steel, bakery])
    for address in (f"/cases/{steel.id}", f"/api/v1/cases/{steel.id}", f"/cases/{steel.id}/diagram.json"):
        assert way.who("wang").status(address) == 404
    _audit_and_report(way, [steel, bakery], PHASES, is_typed=True)
    _evaluate(way, steel, bakery)
    _implement(way, [steel, bakery])
    _accept(way, steel, bakery)
    _publish_results(way)
    _verify_trail(way)
    assert way.log.troubles == []
    assert set(way.log.pages) >= PAGES
