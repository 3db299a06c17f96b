"""The report of a visit: kept on the device, sent once when there is a network again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.forms.conftest import Site, bare

pytestmark = pytest.mark.browser

FORM = (
    '<form data-visit="v" data-owner="sun" method="post" enctype="multipart/form-data" action="/visits/v/report">'
    '<input type="hidden" name="key"><input type="hidden" name="signed_in_at"><span id="visit-state" role="status"></span>'
    '<button type="button" id="visit-sign" hidden>签到</button><span id="visit-signed"></span>'
    '<label><input type="radio" name="result-waste" value="yes" required>符合</label>'
    '<label><input type="radio" name="result-waste" value="no">不符合</label>'
    '<textarea name="findings" aria-label="发现"></textarea>'
    '<input type="file" name="photos" aria-label="照片" multiple><ul id="visit-pictures"></ul><button>提交</button></form>'
)


def _fill(site: Site, page: Page) -> None:
    site.pages["/visits/v"] = bare(FORM, "visit")
    page.goto(site.address + "/visits/v")
    page.get_by_role("button", name="签到").click()
    page.get_by_label("不符合").check()
    page.get_by_label("发现").fill("台账缺两页")
    page.get_by_label("照片").set_input_files({"name": "台账.png", "mimeType": "image/png", "buffer": b"PNG"})
    expect(page.get_by_role("listitem")).to_contain_text("台账.png")  # shown when it is stored
    expect(page.get_by_role("status")).to_have_text("已保存在本机")


def _sent(site: Site) -> list[bytes]:
    return [body for method, path, _headers, body in site.requests if (method, path) == ("POST", "/visits/v/report")]


def test_what_is_typed_without_a_network_is_sent_once_when_there_is_one(site: Site, page: Page) -> None:
    _fill(site, page)
    page.reload()
    expect(page.get_by_label("发现")).to_have_value("台账缺两页")
    expect(page.get_by_label("不符合")).to_be_checked()
    expect(page.get_by_role("listitem")).to_contain_text("台账.png")
    page.context.set_offline(True)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("status")).to_have_text("没有网络：记录保存在本机，恢复网络后提交")
    assert _sent(site) == []
    site.reply("POST", "/visits/v/report", 200, {})
    site.pages["/visits/v/report"] = "<!doctype html><title>已收到</title>"
    page.context.set_offline(False)
    page.wait_for_url("**/visits/v/report")
    (body,) = _sent(site)
    assert "台账缺两页" in body.decode(errors="replace")
    page.goto(site.address + "/visits/v")
    expect(page.get_by_role("button", name="签到")).to_be_visible()
    expect(page.get_by_label("发现")).to_have_value("")


def test_what_the_server_refuses_stays_on_the_device(site: Site, page: Page) -> None:
    _fill(site, page)
    site.reply("POST", "/visits/v/report", 422, {"title": "refused"})
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("status")).to_have_text("未能提交，请重新登录后再次提交")
    page.reload()
    expect(page.get_by_label("发现")).to_have_value("台账缺两页")
    assert len(_sent(site)) == 1
