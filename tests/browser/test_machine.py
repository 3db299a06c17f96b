"""The browser of this machine is fit for the other tests."""

from __future__ import annotations

from playwright.sync_api import Page

DRAWN = """
(text) => {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext('2d');
  pen.font = '48px sans-serif';
  pen.fillText(text, 4, 52);
  return [...pen.getImageData(0, 0, 64, 64).data].join();
}
"""


def test_chinese_is_drawn_with_a_font_and_not_as_boxes(page: Page) -> None:
    page.set_content('<html lang="zh-CN"><body>清洁生产审核</body></html>')
    drawn = {page.evaluate(DRAWN, letter) for letter in "清洁生产审核"}
    assert len(drawn) == 6
    assert page.evaluate(DRAWN, "\U000f0000") not in drawn


def test_the_browser_is_in_shanghai_and_speaks_chinese(page: Page) -> None:
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Asia/Shanghai"
    assert page.evaluate("navigator.language") == "zh-CN"
