"""How the pages look: they fit a phone, speak one language, and put no barrier in anybody's way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from audits.models import Letter, ListImport
from tests.browser.past import live
from tests.browser.town import Town
from tests.browser.visitor import Log, Visitor
from workflows.access import load_actor
from workflows.db import reading, transaction
from workflows.models import Definition, Instance, Person, Task
from workflows.tasks import todo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
DESK, PHONE = (1440, 900), (390, 844)
ROLES = ("chen", "zhao", "sun", "li", "ma", "admin", "auditor", "designer", "publisher")
BARRIERS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
WIDE = """
() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= window.innerWidth) { return []; }
  return [...document.querySelectorAll('body *')].filter((node) => node.getBoundingClientRect().right > room + 1)
    .slice(-3).map((node) => `${node.tagName}.${node.className} ${node.textContent.trim().slice(0, 30)}`)
    .concat(`${document.documentElement.scrollWidth} of ${window.innerWidth}`);
}
"""
ENGLISH = """
() => [...document.querySelectorAll('h1, h2, h3, th, legend, label, button, dt, nav a, .breadcrumb a, .btn, .status')]
  .map((node) => [...node.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE).map((one) => one.data).join(' '))
  .map((text) => text.trim())
  .filter((text) => /^[\\x20-\\x7e]*[A-Za-z]{3}[\\x20-\\x7e]*$/.test(text))
  .filter((text) => !['English', 'Word', 'PDF', 'CSV', 'BPMN', 'DMN'].includes(text) && !/^QS\\d{4}-|\\.(xlsx|bpmn|dmn|json)$/.test(text))
"""
CHINESE = """
() => [...document.querySelectorAll('h1, h2, h3, th, legend, label, button, dt, nav a, .btn, .nav-link-title')]
  .map((node) => [...node.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE).map((one) => one.data).join(' '))
  .map((text) => text.trim())
  .filter((text) => /[\\u4e00-\\u9fff]/.test(text))
"""


@pytest.fixture(scope="module")
def lived_in(town: Town) -> Town:
    """Give a town in which most of a year has gone by."""
    live(town)
    return town


@pytest.fixture
def visit(lived_in: Town, browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Any]:
    """Open a window for somebody, in a language; every trouble of its pages fails the test."""
    log = Log()
    opened: list[Visitor] = []

    def begin(username: str, locale: str = "zh") -> Visitor:
        with transaction(lived_in.sessions) as session:
            session.execute(update(Person).where(Person.username == username).values(locale=locale))
        visitor = Visitor(browser, lived_in, log, username, **browser_context_args)
        opened.append(visitor)
        return visitor.sign_in() if username else visitor

    yield begin
    for visitor in opened:
        visitor.context.close()
    assert log.troubles == []


def _places(town: Town, username: str, page: Page) -> list[str]:
    """Give the menu of a person and, beside it, one page of each kind of record that the person may see."""
    found: list[str] = page.locator("#menu a.nav-link").evaluate_all("links => links.map((one) => one.pathname)")
    found += ["/inbox/done", "/inbox/drafts", "/inbox/started", "/profile", "/notices", "/letters"]
    with reading(town.sessions) as session:
        actor = load_actor(session, town.app.roles, town.person(session, username), town.now)
        found += [f"/tasks/{task.id}" for task in todo(session, actor, limit=1, now=town.now).items]
        seen = {
            "/cases/": select(Instance.id),
            "/letters/": select(Letter.id),
            "/definitions/": select(Definition.id),
        }
        found += [prefix + key for prefix, query in seen.items() for key in session.scalars(query.limit(1))]
        one = session.scalars(select(ListImport)).first()
        assert one is not None
        found += [f"/lists/{one.list_id}", f"/lists/{one.list_id}/imports/{one.id}", "/statistics", "/public"]
    return list(dict.fromkeys(found))


def _look(visitor: Visitor, path: str, locale: str) -> list[str]:
    """Look at a page at a desk and on a phone, and say what is wrong with it."""
    page = visitor.page
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    visitor.open(path)
    wrong = [f"{path} is wider than a desk: {text}" for text in page.evaluate(WIDE)]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    wrong += [f"{path} is wider than a phone: {text}" for text in page.evaluate(WIDE)]
    other = page.evaluate(ENGLISH if locale == "zh" else CHINESE)
    return wrong + [f"{path} says in the other language: {text}" for text in other]


def _walk(visit: Any, town: Town, username: str, locale: str) -> None:
    visitor = visit(username, locale)
    places = [path for path in _places(town, username, visitor.page) if visitor.status(path) == 200]
    assert len(places) > 5
    wrong = [text for path in places for text in _look(visitor, path, locale)]
    assert wrong == []


@pytest.mark.parametrize("username", ROLES)
def test_every_page_of_a_role_fits_desk_and_phone_and_speaks_chinese(visit: Any, lived_in: Town, username: str) -> None:
    _walk(visit, lived_in, username, "zh")
