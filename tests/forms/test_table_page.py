"""A list shown as a table: typed into, pasted into and undone like a spreadsheet, checked and kept like any list."""

from __future__ import annotations

import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from forms import shipped
from tests.forms.conftest import Site, html
from tests.forms.samples import context, valid_answers
from tests.forms.submissions import field, form, rows
from tests.forms.test_cells import COLUMNS, EXAMPLES

pytestmark = pytest.mark.browser

UNITS = [{"label": "吨", "value": "t"}, {"label": "千克", "value": "kg"}]
DEFINITION = form(
    field("textfield", "title", label="标题"),
    rows(
        "items",
        field("textfield", "name", label="名称", validate={"required": True}),
        field(
            "number",
            "amount",
            label="数量",
            validate={"min": 0},
            appearance={"suffixAdorner": "t"},
            properties={"sum": True},
        ),
        field("select", "unit", label="单位", values=UNITS),
        field("datetime", "day", label="日期", dateLabel="日期", subtype="date"),
        field("checkbox", "toxic", label="有毒"),
        field("expression", "double", label="两倍", expression="=this.amount * 2", computeOn="change"),
        field("textfield", "why", label="原因", conditional={"hide": "=this.toxic != true"}),
        label="物料",
        properties={"table": True},
    ),
    field("expression", "sum", expression="=sum(items.amount[item != null])", computeOn="change"),
)
SETTINGS = 'data-draft-url="/draft" data-complete-url="/complete" data-draft-version="3" data-draft-owner="p1"'
BUTTONS = '<span id="draft-state" role="status"></span><button data-action="submit">提交</button>'


def _open(site: Site, page: Page, data: Any = None, definition: Any = DEFINITION) -> None:
    site.reply("PUT", "/draft", 200, {"version": 4, "saved_at": "2026-03-02T01:30:00Z"})
    site.pages["/task"] = html(SETTINGS, definition, data or {}, {"case": {}}, BUTTONS)
    page.goto(site.address + "/task")
    page.wait_for_selector("body[data-ready]")


def _cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f'[data-cell="{row}:{column}"]')


def _paste(page: Page, row: int, column: int, text: str) -> None:
    _cell(page, row, column).focus()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData('text/plain', text);
          document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )
    _rest(page)


def _paste_into(page: Page, table: Locator, text: str) -> None:
    table.locator('[data-cell="0:0"]').evaluate(
        """(cell, text) => {
          const data = new DataTransfer();
          data.setData('text/plain', text);
          cell.focus();
          cell.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )
    _rest(page)


def _rest(page: Page) -> None:
    """Wait until the page has nothing left to do and its answers stay as they are."""
    page.evaluate(
        """async () => {
          const idle = () => new Promise((resolve) => requestIdleCallback(resolve));
          let [before, same] = ['', 0];
          while (same < 3) {
            await idle();
            await new Promise((resolve) => setTimeout(resolve, 20));
            const now = JSON.stringify(window.__task.collect().answers);
            same = now === before ? same + 1 : 0;
            before = now;
          }
        }"""
    )


def _answers(page: Page) -> dict[str, Any]:
    _rest(page)
    found: dict[str, Any] = page.evaluate("window.__task.collect()")["answers"]
    return found


def test_a_block_of_a_spreadsheet_is_pasted_from_any_cell_on_and_rows_grow(site: Site, page: Page) -> None:
    _open(site, page)
    block = (
        '铬酐\t1,234.5\t千克\t2026年3月2日\t√\r\n"含""锌""\n渣"\t１２\tt\t2026/12/31\t否\r\n水\t0\t吨\t20260105\t\r\n'
    )
    _paste(page, 0, 0, block)
    found = _answers(page)["items"]
    assert [row["name"] for row in found] == ["铬酐", '含"锌" 渣', "水"]
    assert [row["amount"] for row in found] == [1234.5, 12, 0]
    assert [row["unit"] for row in found] == ["kg", "t", "t"]
    assert [row["day"] for row in found] == ["2026-03-02", "2026-12-31", "2026-01-05"]
    assert [row["toxic"] for row in found] == [True, False, False]
    assert [row["double"] for row in found] == [2469, 24, 0]
    assert ["why" in row for row in found] == [True, False, False]
    expect(page.locator("[data-total=amount]")).to_have_text("1246.5")


def test_the_page_reads_every_text_as_the_server_does(site: Site, page: Page) -> None:
    most = max(len(examples) for examples in EXAMPLES.values())
    padded = {kind: examples + [["", None]] * (most - len(examples)) for kind, examples in EXAMPLES.items()}
    _open(site, page, definition=form(rows("items", *COLUMNS.values(), properties={"table": True})))
    lines = [[padded[kind][line][0] for kind in COLUMNS] for line in range(most)]
    _paste(page, 0, 0, "\n".join("\t".join(f'"{text}"' for text in line) for line in lines))
    found = page.evaluate("window.__task.form._getState().data.items")
    for kind, examples in EXAMPLES.items():
        for line, (text, wanted) in enumerate(examples):
            assert found[line][kind] == (text if wanted == "!" else wanted), (kind, text)


def test_what_does_not_fit_stays_in_its_cell_with_the_reason_and_in_the_draft(site: Site, page: Page) -> None:
    _open(site, page)
    _paste(page, 0, 0, "铬酐\t约12\t斤\t3月2日\t也许\t\t\t外面\n水\t\t\t\t")
    expect(_cell(page, 0, 1)).to_have_value("约12")
    problems = page.locator(".qs-table-problems li")
    assert problems.count() == 6
    expect(problems.nth(0)).to_contain_text("第 1 行，数量：“约12”")
    expect(problems.nth(0)).to_contain_text("请填写数字。")
    expect(problems.last).to_contain_text("放弃")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#task-alert")).to_contain_text("请更正")
    assert site.sent("POST", "/complete") == []
    for _ in range(100):
        if site.sent("PUT", "/draft"):
            break
        page.wait_for_timeout(50)
    kept = site.sent("PUT", "/draft")[-1]["answers"]["items"]
    assert (kept[0]["amount"], kept[0]["unit"], kept[0]["day"], kept[0]["toxic"]) == ("约12", "斤", "3月2日", "也许")
    assert kept[1]["amount"] is None
    _open(site, page, {"items": kept})
    expect(_cell(page, 0, 1)).to_have_value("约12")
    expect(_cell(page, 0, 3)).to_have_value("3月2日")
    expect(page.locator(".qs-table-problems")).to_contain_text("外面")
    _cell(page, 0, 1).fill("12")
    _cell(page, 0, 1).press("Enter")
    expect(page.locator(".qs-table-problems")).not_to_contain_text("约12")
    expect(_cell(page, 1, 1)).to_be_focused()


def test_a_paste_and_a_removed_row_are_taken_back(site: Site, page: Page) -> None:
    _open(site, page, {"items": [{"name": "甲", "amount": 1}, {"name": "乙", "amount": 2}]})
    _paste(page, 1, 0, "丙\t5\n丁\t6")
    assert [row["name"] for row in _answers(page)["items"]] == ["甲", "丙", "丁"]
    _cell(page, 1, 0).press("Control+z")
    assert [row["name"] for row in _answers(page)["items"]] == ["甲", "乙"]
    page.get_by_role("button", name="复制第 1 行").click()
    page.get_by_role("button", name="删除第 3 行").click()
    assert [row["name"] for row in _answers(page)["items"]] == ["甲", "甲"]
    page.get_by_role("button", name="撤销").click()
    assert [row["name"] for row in _answers(page)["items"]] == ["甲", "甲", "乙"]


def test_a_balance_takes_over_what_was_measured_and_measured_again(site: Site, page: Page) -> None:
    _open(site, page, {"balances": [{"balance_unit": "kg"}]}, shipped()["audit_measurement"])
    streams, balance = page.locator("#table-streams"), page.locator("#table-balances__entries")
    _paste_into(
        page, streams, "清洗槽\t铬酐\t输入\t120\tkg\n清洗槽\t含铬废水\t输出\t118\tkg\n水表\t新鲜水\t输入\t9\tm³"
    )
    balance.get_by_role("button", name="取自实测物流").click()
    entries = [{"entry": "铬酐", "side": "in", "amount": 120}, {"entry": "含铬废水", "side": "out", "amount": 118}]
    (made,) = _answers(page)["balances"]
    assert (made["entries"], made["difference"], made["deviation"]) == (entries, 2, 1.67)
    _paste_into(page, streams, "清洗槽\t铬酐\t输入\t121\tkg\n")
    balance.get_by_role("button", name="取自实测物流").click()
    assert [row["amount"] for row in _answers(page)["balances"][0]["entries"]] == [121, 118]
    balance.get_by_role("button", name="撤销").click()
    assert [row["amount"] for row in _answers(page)["balances"][0]["entries"]] == [120, 118]


def test_an_option_pasted_from_a_spreadsheet_is_appraised_in_its_row(site: Site, page: Page) -> None:
    given = context()
    rows = valid_answers("option_feasibility", context=given)["options"]
    known = [{key: value for key, value in row.items() if key != "annual_saving"} for row in rows]
    site.reply("PUT", "/draft", 200, {"version": 4, "saved_at": "2026-03-02T01:30:00Z"})
    site.pages["/task"] = html(SETTINGS, shipped()["option_feasibility"], {"options": known}, given, BUTTONS)
    page.goto(site.address + "/task")
    page.wait_for_selector("body[data-ready]")
    saving = page.get_by_role("textbox", name="P 年运行费用节省额，第 1 行")
    saving.fill(str(rows[0]["annual_saving"]))
    saving.press("Tab")
    found = _answers(page)["options"]
    assert found[0]["economic_ok"] is True
    assert "override_reason" not in found[0]
    assert (found[1]["payback"], found[1]["economic_ok"]) == (None, False)


def test_keys_move_between_cells_and_pass_over_hidden_ones(site: Site, page: Page) -> None:
    _open(site, page, {"items": [{"name": "甲", "toxic": True}, {"name": "乙"}]})
    _cell(page, 0, 0).focus()
    page.keyboard.press("ArrowDown")
    expect(_cell(page, 1, 0)).to_be_focused()
    page.keyboard.type("a")
    page.keyboard.press("ArrowRight")
    expect(_cell(page, 1, 1)).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(_cell(page, 0, 1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(_cell(page, 0, 6)).to_be_focused()
    page.keyboard.press("Tab")
    expect(_cell(page, 1, 0)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(_cell(page, 0, 6)).to_be_focused()
    assert _answers(page)["items"][1]["name"] == "a"


def test_messages_of_the_server_stand_at_their_cells(site: Site, page: Page) -> None:
    _open(site, page, {"items": [{"name": "甲"}, {"name": "乙"}]})
    site.reply("POST", "/complete", 422, {"fields": {"id_name": [None, ["重名"]]}, "detail": "请更正"})
    page.get_by_role("button", name="提交").click()
    error = page.locator("tr[data-row='1'] .fjs-form-field-error")
    expect(error).to_have_text("重名")
    expect(_cell(page, 1, 0)).to_be_focused()


def test_two_hundred_rows_of_twelve_columns_stay_quick(site: Site, page: Page) -> None:
    columns = [field("number", f"c{n}", label=f"列{n}", properties={"sum": True}) for n in range(11)]
    both = field("expression", "both", label="和", expression="=this.c0 + this.c1", computeOn="change")
    wide = form(rows("items", *columns, both, properties={"table": True}))
    _open(site, page, definition=wide)
    block = "\n".join("\t".join(str(row * column) for column in range(11)) for row in range(200))
    begun = time.monotonic()
    _paste(page, 0, 0, block)
    expect(page.locator("tr[data-row='199'] [id$='-id_both_199']")).to_have_text("199")
    pasted = time.monotonic() - begun
    _cell(page, 100, 5).click()
    begun = time.monotonic()
    page.keyboard.type("1234567890")
    typed = time.monotonic() - begun
    assert (pasted < 15, typed < 5) == (True, True), (pasted, typed)
    assert len(_answers(page)["items"]) == 200


def test_a_table_is_accessible_and_scrolls_on_a_phone(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    _open(site, page, {"items": [{"name": "甲", "amount": -1, "toxic": True}]})
    page.evaluate("window.__task.collect()")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(
        "(() => { const box = document.querySelector('.qs-table-scroll'); return box.scrollWidth > box.clientWidth; })()"
    )
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.response["violations"] == [], found.generate_report()
