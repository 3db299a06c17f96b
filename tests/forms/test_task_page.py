"""The task page: what is typed is saved, shown, refused or sent, and never lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from werkzeug import Response

from forms import shipped
from tests.forms.conftest import Site, html
from tests.forms.submissions import CONTEXT, field, form, rows

pytestmark = pytest.mark.browser

DEFINITION = form(
    field("textfield", "name", label="名称", validate={"required": True}),
    field("number", "amount", label="数量", validate={"min": 1}),
    field(
        "select",
        "decision",
        label="决定",
        values=[{"label": "受理", "value": "accept"}, {"label": "退回", "value": "return"}],
    ),
    field(
        "textarea", "reason", label="理由", conditional={"hide": '=decision != "return"'}, validate={"required": True}
    ),
    field("attachment", "evidence", label="附件", properties={"accept": ".pdf", "maxMb": 1}),
    rows("items", field("textfield", "item", label="条目")),
)
SETTINGS = (
    'data-draft-url="/draft" data-complete-url="/complete" data-upload-url="/files" '
    'data-draft-version="3" data-idempotency-key="key-1"'
)
BUTTONS = (
    '<span id="draft-state" role="status"></span><textarea id="opinion" aria-label="意见"></textarea>'
    '<button data-action="submit">提交</button>'
    '<button data-action="submit" data-answer-decision="return">退回</button>'
)


def _open(site: Site, page: Page, data: Any = None) -> None:
    site.pages["/task"] = html(SETTINGS, DEFINITION, data or {"name": "甲", "amount": 2}, {"case": {}}, BUTTONS)
    page.goto(site.address + "/task")
    page.wait_for_selector("body[data-ready]")


def _until(page: Page, site: Site, method: str, path: str, count: int = 1) -> list[Any]:
    for _ in range(600):
        found = site.sent(method, path)
        if len(found) >= count:
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"no {method} {path}")


def test_a_draft_is_saved_two_seconds_after_the_last_change(site: Site, page: Page) -> None:
    site.reply("PUT", "/draft", 200, {"version": 4, "saved_at": "2026-03-02T01:30:00Z"})
    _open(site, page)
    page.get_by_label("名称").fill("甲公司")
    page.wait_for_timeout(1000)
    assert site.sent("PUT", "/draft") == []
    draft = _until(page, site, "PUT", "/draft")[0]
    assert draft["version"] == 3
    assert draft["answers"]["name"] == "甲公司"
    expect(page.locator("#draft-state")).to_have_text("草稿已保存 09:30")
    page.get_by_label("名称").fill("乙公司")
    assert _until(page, site, "PUT", "/draft", 2)[1]["version"] == 4
    headers = next(headers for method, path, headers, _ in site.requests if (method, path) == ("PUT", "/draft"))
    assert headers["X-Csrftoken"] == "token-of-the-page"


def test_opening_a_task_saves_nothing(site: Site, page: Page) -> None:
    site.reply("PUT", "/draft", 200, {"version": 4})
    _open(site, page)
    page.wait_for_timeout(2600)
    assert site.sent("PUT", "/draft") == []


def test_leaving_the_page_saves_what_was_just_typed(site: Site, page: Page) -> None:
    site.reply("PUT", "/draft", 200, {"version": 4})
    _open(site, page)
    page.get_by_label("名称").fill("离开之前")
    site.pages["/elsewhere"] = "<!doctype html><title>别处</title>"
    page.goto(site.address + "/elsewhere")
    assert _until(page, site, "PUT", "/draft")[0]["answers"]["name"] == "离开之前"


def test_a_conflict_shows_both_versions_and_keeps_the_chosen_one(site: Site, page: Page) -> None:
    other = {"title": "conflict", "version": 9, "answers": {"name": "他人所填"}, "saved_at": "2026-03-02T01:00:00Z"}
    site.reply("PUT", "/draft", 409, other)
    site.reply("PUT", "/draft", 200, {"version": 10, "saved_at": "2026-03-02T01:30:00Z"})
    _open(site, page)
    page.get_by_label("名称").fill("我所填")
    alert = page.locator("#task-alert")
    expect(alert).to_contain_text("他人所填")
    expect(alert).to_contain_text("我所填")
    alert.get_by_role("button", name="保留我的版本").click()
    second = _until(page, site, "PUT", "/draft", 2)[1]
    assert (second["version"], second["answers"]["name"]) == (9, "我所填")


def test_the_other_version_of_a_draft_can_be_taken(site: Site, page: Page) -> None:
    site.reply("PUT", "/draft", 409, {"title": "conflict", "version": 9, "answers": {"name": "他人所填"}})
    _open(site, page)
    page.get_by_label("名称").fill("我所填")
    page.locator("#task-alert").get_by_role("button", name="采用另一版本").click()
    expect(page.get_by_label("名称")).to_have_value("他人所填")


def test_what_could_not_be_saved_is_offered_at_the_next_visit(site: Site, page: Page) -> None:
    site.reply("PUT", "/draft", 503, {"title": "down"})
    _open(site, page)
    page.get_by_label("名称").fill("断网时所填")
    expect(page.locator("#draft-state")).to_contain_text("网络不可用")
    site.answers[("PUT", "/draft")].clear()
    site.reply("PUT", "/draft", 200, {"version": 4, "saved_at": "2026-03-02T01:30:00Z"})
    page.evaluate("window.__task.drafts.stopped = true")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    page.get_by_role("button", name="恢复这些修改").click()
    expect(page.get_by_label("名称")).to_have_value("断网时所填")


def test_a_complete_form_is_sent_once_and_leads_on(site: Site, page: Page) -> None:
    site.reply("POST", "/complete", 200, {"next": "/done"})
    site.pages["/done"] = "<!doctype html><title>完成</title>"
    _open(site, page)
    page.get_by_label("意见").fill("同意")
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/done")
    assert site.sent("POST", "/complete") == [
        {
            "answers": {"name": "甲", "amount": 2, "decision": None, "evidence": [], "items": [{"item": ""}]},
            "opinion": "同意",
            "version": 3,
        }
    ]
    headers = next(headers for method, _, headers, _ in site.requests if method == "POST")
    assert (headers["Idempotency-Key"], headers["X-Csrftoken"]) == ("key-1", "token-of-the-page")


def _slow(seconds: float, body: Any) -> Iterator[bytes]:
    time.sleep(seconds)
    yield json.dumps(body).encode()


def test_no_draft_is_saved_while_a_submission_is_under_way(site: Site, page: Page) -> None:
    site.reply("PUT", "/draft", 200, {"version": 4})
    site.answers["POST", "/complete"] = [Response(_slow(3, {"next": "/done"}), mimetype="application/json")]
    site.pages["/done"] = "<!doctype html><title>完成</title>"
    _open(site, page)
    page.get_by_label("名称").fill("甲公司")
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/done")
    assert site.sent("POST", "/complete")[0]["answers"]["name"] == "甲公司"
    assert site.sent("PUT", "/draft") == []


def test_a_form_with_a_fault_is_not_sent(site: Site, page: Page) -> None:
    site.reply("POST", "/complete", 200, {"next": "/done"})
    _open(site, page, {"name": ""})
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#task-alert")).to_contain_text("请更正标出的字段")
    expect(page.get_by_label("名称")).to_be_focused()
    assert site.sent("POST", "/complete") == []


def test_messages_of_the_server_stand_at_their_fields(site: Site, page: Page) -> None:
    fields = {"id_name": ["名称已被占用。"], "id_item": [["条目有误。"]], "unknown": ["其他问题。"]}
    site.reply("POST", "/complete", 422, {"title": "请更正。", "fields": fields})
    _open(site, page)
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".fjs-form-field-error", has_text="名称已被占用。")).to_be_visible()
    expect(page.locator(".fjs-form-field-error", has_text="条目有误。")).to_be_visible()
    expect(page.locator("#task-alert")).to_contain_text("其他问题。")
    page.get_by_label("名称").fill("新名称")
    expect(page.locator(".fjs-form-field-error", has_text="名称已被占用。")).to_have_count(0)


def test_a_task_done_by_someone_else_says_so_and_keeps_the_answers(site: Site, page: Page) -> None:
    problem = {"title": "任务已由王某完成。", "state": {"stage": "当前环节：受理"}, "next": "/cases/1"}
    site.reply("POST", "/complete", 409, problem)
    _open(site, page)
    page.get_by_label("名称").fill("没有白填")
    page.get_by_role("button", name="提交").click()
    alert = page.locator("#task-alert")
    expect(alert).to_contain_text("任务已由王某完成。")
    expect(alert).to_contain_text("当前环节：受理")
    expect(alert.get_by_role("link")).to_have_attribute("href", f"{site.address}/cases/1")
    expect(page.get_by_label("名称")).to_have_value("没有白填")
    kept = page.evaluate("localStorage.getItem('draft:/draft')")
    assert json.loads(kept)["answers"]["name"] == "没有白填"


def test_a_server_that_fails_is_asked_again_with_the_same_key(site: Site, page: Page) -> None:
    site.reply("POST", "/complete", 503, {"title": "down"})
    site.reply("POST", "/complete", 200, {"next": "/done"})
    site.pages["/done"] = "<!doctype html><title>完成</title>"
    _open(site, page)
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#task-alert")).to_contain_text("所填内容已保留")
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/done")
    keys = [headers["Idempotency-Key"] for method, _, headers, _ in site.requests if method == "POST"]
    assert keys == ["key-1", "key-1"]


def test_a_changed_submission_has_a_key_of_its_own(site: Site, page: Page) -> None:
    site.reply("POST", "/complete", 503, {"title": "down"})
    site.reply("PUT", "/draft", 200, {"version": 4})
    _open(site, page)
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#task-alert")).to_contain_text("所填内容已保留")
    page.get_by_label("名称").fill("另一名称")
    page.get_by_role("button", name="提交").click()
    _until(page, site, "POST", "/complete", 2)
    keys = [headers["Idempotency-Key"] for method, _, headers, _ in site.requests if method == "POST"]
    assert keys[0] == "key-1"
    assert keys[1] != "key-1"


def test_a_draft_changed_elsewhere_is_shown_before_anything_is_submitted(site: Site, page: Page) -> None:
    other = {"code": "draft_changed", "version": 9, "answers": {"name": "他人所填"}, "opinion": "他人意见"}
    site.reply("POST", "/complete", 409, other)
    site.reply("PUT", "/draft", 200, {"version": 10})
    _open(site, page)
    page.get_by_role("button", name="提交").click()
    page.locator("#task-alert").get_by_role("button", name="采用另一版本").click()
    expect(page.get_by_label("名称")).to_have_value("他人所填")
    expect(page.get_by_label("意见")).to_have_value("他人意见")
    page.get_by_role("button", name="提交").click()
    assert _until(page, site, "POST", "/complete", 2)[1]["version"] == 9


def test_a_refused_submission_is_the_draft_from_then_on(site: Site, page: Page) -> None:
    fields = {"id_name": ["名称已被占用。"]}
    site.reply("POST", "/complete", 422, {"title": "请更正。", "fields": fields, "draft_version": 4})
    site.reply("PUT", "/draft", 200, {"version": 5})
    _open(site, page)
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".fjs-form-field-error", has_text="名称已被占用。")).to_be_visible()
    page.get_by_label("名称").fill("新名称")
    assert _until(page, site, "PUT", "/draft")[0]["version"] == 4


def test_ones_own_refused_submission_is_no_conflict(site: Site, page: Page) -> None:
    answers = {"name": "甲", "amount": 2, "decision": None, "evidence": [], "items": [{"item": ""}]}
    site.reply("POST", "/complete", 422, {"title": "请更正。", "fields": {"id_name": ["名称已被占用。"]}})
    site.reply("PUT", "/draft", 409, {"code": "draft_changed", "version": 8, "answers": answers})
    site.reply("PUT", "/draft", 200, {"version": 9})
    _open(site, page)
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".fjs-form-field-error", has_text="名称已被占用。")).to_be_visible()
    page.get_by_label("名称").fill("新名称")
    assert [body["version"] for body in _until(page, site, "PUT", "/draft", 2)] == [3, 8]
    expect(page.locator("#task-alert")).not_to_contain_text("草稿已在别处修改")


def test_a_button_with_an_answer_sets_it_and_asks_what_it_needs(site: Site, page: Page) -> None:
    site.reply("POST", "/complete", 200, {"next": "/done"})
    site.pages["/done"] = "<!doctype html><title>完成</title>"
    _open(site, page)
    page.get_by_role("button", name="退回").click()
    expect(page.locator(".fjs-form-field-error", has_text="此项必填。")).to_be_visible()
    page.get_by_label("理由").fill("材料不全")
    page.get_by_role("button", name="退回").click()
    page.wait_for_url("**/done")
    answers = site.sent("POST", "/complete")[0]["answers"]
    assert (answers["decision"], answers["reason"]) == ("return", "材料不全")


def test_an_address_of_another_site_is_not_followed(site: Site, page: Page) -> None:
    site.reply("POST", "/complete", 200, {"next": "https://example.org/"})
    site.pages["/"] = "<!doctype html><title>首页</title>"
    _open(site, page)
    page.get_by_role("button", name="提交").click()
    page.wait_for_url(site.address + "/")


def test_a_file_is_uploaded_at_once_and_can_be_removed(site: Site, page: Page) -> None:
    stored = {"id": "f1", "name": "报告.pdf", "size": 4, "type": "application/pdf", "url": "/files/f1"}
    site.reply("POST", "/files", 201, stored)
    site.reply("DELETE", "/files/f1", 204, {})
    site.reply("PUT", "/draft", 200, {"version": 4})
    _open(site, page)
    page.get_by_label("附件").set_input_files({"name": "报告.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    link = page.get_by_role("link", name="报告.pdf")
    expect(link).to_have_attribute("href", "/files/f1")
    draft = _until(page, site, "PUT", "/draft")[0]
    assert draft["answers"]["evidence"] == [{"id": "f1", "name": "报告.pdf", "size": 4, "type": "application/pdf"}]
    page.get_by_role("button", name="删除文件 报告.pdf").click()
    expect(link).to_have_count(0)
    for _ in range(50):
        if any(method == "DELETE" for method, _, _, _ in site.requests):
            break
        page.wait_for_timeout(20)
    assert ("DELETE", "/files/f1") in [(method, path) for method, path, _, _ in site.requests]


def test_a_file_of_a_wrong_type_is_refused_before_it_is_sent(site: Site, page: Page) -> None:
    _open(site, page)
    page.get_by_label("附件").set_input_files(
        {"name": "tool.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
    )
    expect(page.locator(".fjs-form-field-error")).to_contain_text("不接受此类型的文件：tool.exe")
    assert [path for _, path, _, _ in site.requests] == []


def test_a_refused_upload_says_why(site: Site, page: Page) -> None:
    site.reply("POST", "/files", 422, {"title": "refused", "detail": "文件内容与扩展名不符。"})
    _open(site, page)
    page.get_by_label("附件").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"MZ"})
    expect(page.locator(".fjs-form-field-error")).to_contain_text("文件内容与扩展名不符。")


def test_a_read_only_form_offers_nothing_to_change(site: Site, page: Page) -> None:
    site.pages["/case"] = html("data-readonly", DEFINITION, {"name": "甲"}, {}, "")
    page.goto(site.address + "/case")
    page.wait_for_selector("body[data-ready]")
    expect(page.get_by_label("名称")).to_have_value("甲")
    assert page.get_by_label("名称").evaluate("node => node.readOnly")
    expect(page.locator(".qs-files-add")).to_have_count(0)


def test_text_in_answers_is_never_markup(site: Site, page: Page) -> None:
    attack = '<img src=x onerror="window.__hit=1">{{7*7}}'
    file = {"id": "f1", "name": attack, "size": 1, "type": "application/pdf"}
    _open(site, page, {"name": attack, "evidence": [file], "items": [{"item": attack}]})
    expect(page.get_by_label("名称")).to_have_value(attack)
    assert page.evaluate("window.__hit") is None
    assert page.locator("img[src=x]").count() == 0


def test_form_fits_a_phone(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    _open(site, page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [1440, 390])
def test_a_form_with_messages_has_no_barrier(site: Site, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    body = f"<h1>信息公开</h1>{BUTTONS}"
    site.pages["/task"] = html(SETTINGS, shipped()["disclosure"], {}, CONTEXT, body)
    page.goto(site.address + "/task")
    page.wait_for_selector("body[data-ready]")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".fjs-form-field-error").first).to_be_visible()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found.response["violations"]] == []


ENGLISH = """
async ([schema, context]) => {
  const { form } = window.__task;
  await form.importSchema(schema, context);
  await new Promise((resolve) => window.setTimeout(resolve, 150));
  form.submit();
  await new Promise((resolve) => window.setTimeout(resolve, 50));
  const named = (node) => ['placeholder', 'aria-label', 'title'].map((name) => node.getAttribute(name) || '');
  const written = (node) => [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE)
    .map((child) => child.data);
  return [...document.querySelectorAll('#task-form *, .flatpickr-calendar *')]
    .flatMap((node) => [...named(node), ...written(node)])
    .filter((text) => /^[A-Za-z][A-Za-z '.]{3,}$/.test(text.trim()) && !text.includes('bpmn.io')
      && text.trim() !== 'kgce');
}
"""


def test_no_text_of_a_shipped_form_stays_in_english(site: Site, page: Page) -> None:
    _open(site, page)
    found = {key: page.evaluate(ENGLISH, [definition, CONTEXT]) for key, definition in shipped().items()}
    assert {key: texts for key, texts in found.items() if texts} == {}
    assert page.evaluate("[...window.__missing]") == []


def test_dates_are_written_year_month_day(site: Site, page: Page) -> None:
    definition = form(field("datetime", "day", subtype="date", dateLabel="日期"))
    site.pages["/task"] = html(SETTINGS, definition, {"day": "2026-03-04"}, {}, BUTTONS)
    page.goto(site.address + "/task")
    page.wait_for_selector("body[data-ready]")
    expect(page.get_by_label("日期")).to_have_value("2026-03-04")
    page.get_by_label("日期").fill("2026-11-05")
    page.get_by_label("日期").blur()
    assert page.evaluate("window.__task.collect().answers.day") == "2026-11-05"


def test_an_address_with_a_field_leads_to_the_field(site: Site, page: Page) -> None:
    site.pages["/task"] = html(SETTINGS, DEFINITION, {"decision": "return"}, {"case": {}}, BUTTONS)
    page.goto(site.address + "/task#field-id_reason")
    page.wait_for_selector("body[data-ready]")
    expect(page.get_by_role("textbox", name="理由")).to_be_focused()
    page.evaluate("window.location.hash = '#field-id_amount'")
    expect(page.get_by_label("数量")).to_be_focused()
    page.evaluate("window.location.hash = '#field-no\\\"such'")
    expect(page.get_by_label("数量")).to_be_focused()
