"""How the pages look: they fit a phone, speak one language, and put no barrier in anybody's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from audits.models import Case, Letter, ListImport
from tests.browser.past import live
from tests.browser.town import Town
from tests.browser.visitor import Log, Visitor
from workflows.access import load_actor, visible
from workflows.db import reading, transaction
from workflows.models import Attachment, Definition, Person
from workflows.tasks import todo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
DESK, PHONE = (1440, 900), (390, 844)
ROLES = ("chen", "zhao", "sun", "li", "ma", "admin", "auditor", "designer", "publisher")
Visit = Callable[..., Visitor]
BARRIERS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
DRAWN = """
() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
  setTimeout(done, 500);
})
"""
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
  .filter((text) => !['English', 'Word', 'PDF', 'CSV', 'JSON', 'BPMN', 'DMN', 'SHA-256'].includes(text))
  .filter((text) => !/^QS\\d{4}-|\\.(xlsx|bpmn|dmn|json)$/.test(text))
"""
CHINESE = """
() => [...document.querySelectorAll('th, legend, dt, .btn, .form-label, .nav-link-title, .qs-nav-group')]
  .map((node) => [...node.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE).map((one) => one.data).join(' '))
  .map((text) => text.trim())
  .filter((text) => /[\\u4e00-\\u9fff]/.test(text) && text !== '中文')
"""


@pytest.fixture(scope="module")
def lived_in(town: Town) -> Town:
    """Give a town in which most of a year has gone by."""
    live(town)
    return town


@pytest.fixture
def visit(lived_in: Town, browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Visit]:
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


def _menu(visitor: Visitor) -> list[str]:
    """Give the pages that a person is offered everywhere."""
    found: list[str] = visitor.page.locator("#menu a.nav-link").evaluate_all(
        "links => links.map((one) => one.pathname)"
    )
    return [
        *found,
        "/inbox/done",
        "/inbox/drafts",
        "/inbox/started",
        "/inbox/copies",
        "/profile",
        "/notices",
        "/public",
    ]


def _records(town: Town, visitor: Visitor) -> list[str]:
    """Give one page of each kind of record that a person may see."""
    with reading(town.sessions) as session:
        actor = load_actor(session, town.app.roles, town.person(session, visitor.username), town.now)
        own = [f"/tasks/{task.id}" for task in todo(session, actor, limit=1, now=town.now).items]
        found = [path for one in own for path in (one, f"{one}/return", f"{one}/signers")]
        file = session.scalars(select(Attachment.id).where(visible(actor, Attachment)).order_by(Attachment.id)).first()
        done = session.scalars(select(Case.id).where(Case.outcome == "qualified")).one()
        opened = session.scalars(select(Case.id).where(Case.outcome == "").order_by(Case.number)).first()
        letter = session.scalars(select(Letter.id).where(Letter.case_id == opened)).first()
        definition = session.scalars(select(Definition.id)).first()
        one = session.scalars(select(ListImport)).one()
        found += [f"/lists/{one.list_id}", f"/lists/{one.list_id}/imports/{one.id}"]
    found += [f"/cases/{done}/versions/audit_report", f"/cases/{opened}/interventions", f"/files/{file}/preview"]
    found += [f"/definitions/{definition}/migration"]
    found += [f"/cases/{done}", f"/cases/{opened}", f"/letters/{letter}", f"/definitions/{definition}"]
    statuses = {path: visitor.status(path) for path in found}
    assert set(statuses.values()) <= {200, 403, 404}, statuses
    return [path for path, status in statuses.items() if status == 200]


def _size(page: Page, window: tuple[int, int]) -> None:
    page.set_viewport_size({"width": window[0], "height": window[1]})
    page.evaluate(DRAWN)


def _look(visitor: Visitor, path: str, locale: str, windows: Sequence[tuple[int, int]]) -> list[str]:
    """Look at a page through windows of some sizes, and say what is wrong with it."""
    _size(visitor.page, windows[0])
    page = visitor.open(path)
    wrong = []
    for window in windows:
        _size(page, window)
        wrong += [f"{path} is wider than {window[0]}: {text}" for text in page.evaluate(WIDE)]
    other = page.evaluate(ENGLISH if locale == "zh" else CHINESE)
    return wrong + [f"{path} says in the other language: {text}" for text in other]


def _walk(visitor: Visitor, town: Town, locale: str, windows: Sequence[tuple[int, int]]) -> None:
    places = list(dict.fromkeys(_menu(visitor) + _records(town, visitor)))
    wrong = [text for path in places for text in _look(visitor, path, locale, windows)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("username", "locale"),
    [("chen", "zh"), ("sun", "zh"), ("li", "zh"), ("admin", "zh"), ("ma", "en")],
)
def test_pages_fit_desk_and_phone_and_speak_one_language(
    visit: Visit, lived_in: Town, username: str, locale: str
) -> None:
    _walk(visit(username, locale), lived_in, locale, (DESK, PHONE))


@pytest.mark.night
@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("username", ROLES)
def test_every_page_of_every_role_fits_every_window_in_every_language(
    visit: Visit, lived_in: Town, username: str, window: tuple[int, int], locale: str
) -> None:
    _walk(visit(username, locale), lived_in, locale, (window,))


def _reason(node: Mapping[str, Any]) -> str:
    return "; ".join(check["message"] for key in ("any", "all", "none") for check in node[key])


def _barriers(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": BARRIERS}).response["violations"]
    return [
        f"{page.url}: {rule['id']}: {node['html'][:160]}: {_reason(node)}" for rule in found for node in rule["nodes"]
    ]


@pytest.mark.parametrize("window", [DESK, pytest.param(PHONE, marks=pytest.mark.night)], ids=["desk", "phone"])
def test_pages_put_no_barrier_in_the_way(visit: Visit, lived_in: Town, window: tuple[int, int]) -> None:
    officer, expert, stranger = visit("li"), visit("sun"), visit("")
    own = [path for path in _records(lived_in, expert) if path.startswith("/tasks/")]
    places = {stranger: ["/login", "/public"], expert: own}
    places[officer] = ["/inbox", "/lists", "/statistics", "/cases", *_records(lived_in, officer)]
    assert own
    found = []
    for visitor, paths in places.items():
        _size(visitor.page, window)
        for path in paths:
            found += _barriers(visitor.open(path))
    assert not found, "\n".join(found)


def test_a_page_that_is_too_wide_or_half_translated_is_noticed(visit: Visit) -> None:
    page = visit("li").open("/inbox")
    page.evaluate(
        """() => {
          const wide = document.createElement('h2');
          wide.style.width = '3000px';
          wide.textContent = 'Not translated';
          document.querySelector('main').append(wide);
        }"""
    )
    assert page.evaluate(WIDE)[-1].endswith(f"of {DESK[0]}")
    assert page.evaluate(ENGLISH) == ["Not translated"]
    assert page.evaluate(CHINESE)  # what an English page must not hold is found
