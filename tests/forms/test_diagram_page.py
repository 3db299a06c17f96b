"""The live diagram: states are drawn, the way down and up works by mouse and keyboard, the watermark stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.forms.conftest import Site, bare

pytestmark = pytest.mark.browser

FAMILY = Path(__file__).parents[2] / "bpmn/cleaner_production_audit"
PROCESS = "http://www.omg.org/spec/BPMN/20100524/MODEL"
STILL = """
async (node) => {
  const place = () => new Promise((resolve) => requestAnimationFrame(() => resolve(JSON.stringify(node.getBoundingClientRect()))));
  let [before, same] = ['', 0];
  while (same < 5) {
    const now = await place();
    same = now === before ? same + 1 : 0;
    before = now;
  }
}
"""


def _elements(name: str, *kinds: str) -> list[str]:
    from lxml import etree

    tree = etree.parse(FAMILY / f"{name}.bpmn")
    return [str(found.get("id")) for kind in kinds for found in tree.iter(f"{{{PROCESS}}}{kind}")]


def _diagram(name: str, states: list[str], drill: dict[str, str], up: Any = None) -> dict[str, Any]:
    found = _elements(name, "userTask", "callActivity")
    elements = {
        element: {"state": state, "count": 2, "open": 0, "tasks": []}
        for element, state in zip(found, states, strict=False)
    }
    xml = (FAMILY / f"{name}.bpmn").read_text("utf-8")
    return {"title": name, "xml": xml, "elements": elements, "flows": {}, "drill": drill, "up": up}


@pytest.fixture
def figure(site: Site, page: Page) -> Page:
    """Open a page with the diagram of the life cycle."""
    called = _elements("cleaner_production_audit", "callActivity")
    site.reply(
        "GET", "/top.json", 200, _diagram("cleaner_production_audit", ["done", "current"], {called[0]: "/down.json"})
    )
    up = {"title": "cleaner_production_audit", "url": "/top.json"}
    site.reply("GET", "/down.json", 200, _diagram("notification", ["done", "returned", "overdue"], {}, up))
    body = '<figure class="qs-diagram" data-diagram-url="/top.json" aria-label="流程图：受理"></figure>'
    site.pages["/case"] = bare(body, "diagram")
    page.goto(site.address + "/case")
    page.wait_for_selector("body[data-ready]")
    return page


def test_the_diagram_shows_the_state_of_each_element(figure: Page) -> None:
    assert figure.locator(".djs-element.qs-done").count() >= 1
    assert figure.locator(".djs-element.qs-current").count() >= 1
    expect(figure.locator(".qs-diagram-legend")).to_contain_text("进行中")
    assert figure.evaluate("[...window.__missing]") == []


def test_the_diagram_is_one_image_with_a_name_for_readers(figure: Page) -> None:
    expect(figure.get_by_role("img", name="流程图：受理")).to_be_visible()


def test_the_watermark_stays_visible_and_uncovered(figure: Page) -> None:
    mark = figure.locator(".bjs-powered-by")
    expect(mark).to_be_visible()
    box = mark.bounding_box()
    assert box is not None
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    covered = "([x, y]) => document.elementFromPoint(x, y).closest('.bjs-powered-by') === null"
    assert not figure.evaluate(covered, middle)


def test_a_called_process_opens_by_button_and_the_path_leads_back(figure: Page) -> None:
    figure.locator(".qs-diagram-links button").first.press("Enter")
    expect(figure.locator(".qs-diagram-path [aria-current]")).to_have_text("notification")
    assert figure.locator(".djs-element.qs-returned").count() >= 1
    figure.locator(".qs-diagram-path button").first.click()
    expect(figure.locator(".qs-diagram-path")).to_be_hidden()


def test_a_called_process_opens_by_a_click_on_it(figure: Page) -> None:
    figure.get_by_role("button", name="适应窗口").click()
    called = figure.locator(".djs-element.qs-drill .djs-hit").first
    called.evaluate(STILL)
    called.click(force=True)
    expect(figure.locator(".qs-diagram-path [aria-current]")).to_have_text("notification")


def test_the_buttons_zoom(figure: Page) -> None:
    scale = "document.querySelector('.qs-diagram').__diagram.viewer.get('canvas').zoom()"
    before = figure.evaluate(scale)
    figure.get_by_role("button", name="放大").click()
    assert figure.evaluate(scale) > before


def test_on_a_phone_the_diagram_is_folded(site: Site, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    site.reply("GET", "/top.json", 200, _diagram("notification", [], {}))
    site.pages["/case"] = bare(
        '<figure class="qs-diagram" data-diagram-url="/top.json" aria-label="图"></figure>', "diagram"
    )
    page.goto(site.address + "/case")
    page.wait_for_selector("body[data-ready]")
    expect(page.locator(".qs-diagram-canvas")).to_be_hidden()
    page.get_by_text("查看流程图").click()
    expect(page.locator(".qs-diagram-canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_diagram_that_cannot_be_loaded_says_so(site: Site, page: Page) -> None:
    site.reply("GET", "/gone.json", 404, {"title": "not found"})
    site.pages["/case"] = bare('<figure class="qs-diagram" data-diagram-url="/gone.json"></figure>', "diagram")
    page.goto(site.address + "/case")
    page.wait_for_selector("body[data-ready]")
    expect(page.get_by_role("alert")).to_have_text("流程图无法载入。")
