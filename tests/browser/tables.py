"""Fill the tables of a form as a person does who has the figures in a spreadsheet: copied there, pasted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

_PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData('text/plain', text);
  document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""

_REST = """async () => {
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


def tables_of(components: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give the tables of a form that stand by themselves and hold no files: those can be pasted whole."""
    found: list[Mapping[str, Any]] = []
    for one in components:
        if one["type"] == "group":
            found += tables_of(one.get("components", []))
        elif (
            one["type"] == "dynamiclist"
            and (one.get("properties") or {}).get("table")
            and all(child["type"] != "attachment" for child in one["components"])
        ):
            found.append(one)
    return found


def paste(visitor: Visitor, table: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Paste rows from the first cell on, and wait until all is computed; a table without rows is given one before."""
    holder = visitor.page.locator(f"#table-{table['id']}")
    first = holder.locator('[data-cell="0:0"]')
    if first.count() == 0:
        holder.get_by_role("button", name="增加一行").click()
    first.focus()
    columns = [one for one in table["components"] if one.get("key") and not (one.get("properties") or {}).get("guard")]
    lines = ["\t".join(_text(visitor, one, row.get(one["key"])) for one in columns) for row in rows]
    visitor.page.evaluate(_PASTE, "\n".join(lines) + "\n")
    expect(holder.locator(f'[data-cell="{len(rows) - 1}:0"]')).to_be_visible()
    visitor.page.evaluate(_REST)
    expect(holder.locator(".qs-table-problems li")).to_have_count(0)


def _text(visitor: Visitor, column: Mapping[str, Any], value: Any) -> str:
    """Give a value as a spreadsheet shows it."""
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if column["type"] in {"select", "radio"}:
        return visitor.option(column, value)
    return str(value)
