"""Whatever a page offers opens: every link is followed, for somebody of each role."""

from __future__ import annotations

import re
from collections import Counter, deque
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html
from sqlalchemy import update

from tests.server import stage
from tests.server.conftest import House
from workflows.models import Party
from workflows.tasks import view

SOMEBODY = (
    "chen",
    "fan",
    "zhao",
    "sun",
    "he",
    "li",
    "ma",
    "xietiao",
    "designer",
    "fabu",
    "admin",
    "anquan",
    "ducha",
    "",
)
START = ("/", "/inbox", "/inbox/done", "/inbox/drafts", "/inbox/started", "/inbox/copies", "/notices", "/profile")
OF_A_KIND = 2
"""How many pages of one kind are opened: the address without its ids."""


def kind(path: str) -> str:
    """Give an address without what names a record."""
    return re.sub(r"[^/]*\d[^/]*", "*", path)


def links(text: str, path: str) -> list[str]:
    """Give the addresses of this site that a page offers."""
    found = [
        urljoin(f"http://localhost{path}", value)
        for node in html.fromstring(text).iter("a", "img", "figure")
        for name in ("href", "src", "data-diagram-url")
        if (value := node.get(name))
    ]
    parts = [urlsplit(value) for value in found]
    return [f"{one.path}?{one.query}".rstrip("?") for one in parts if one.hostname == "localhost"]


@pytest.mark.parametrize("username", SOMEBODY)
def test_every_link_that_a_page_offers_opens(still: House, username: str) -> None:
    browser = still.browser(username or None)
    waiting = deque((path, "") for path in (START if username else ("/login", "/public")))
    seen: set[str] = set()
    kinds: Counter[tuple[str, str]] = Counter()
    dead = []
    while waiting:
        path, source = waiting.popleft()
        key = (kind(source.partition("?")[0]), kind(path.partition("?")[0]))
        if path in seen or kinds[key] >= OF_A_KIND or path.startswith("/static/"):
            continue
        kinds[key] += 1
        seen.add(path)
        answer = browser.get(path, follow_redirects=True)
        if answer.status_code >= 400:
            dead.append(f"{answer.status_code} {path} (on {source})")
        elif answer.mimetype == "text/html":
            waiting.extend((link, path) for link in links(answer.text, path))
        answer.close()
    assert dead == []
    assert len(seen) > 5


def test_an_expert_reads_their_own_sheet_after_the_panel_has_closed(house: House) -> None:
    sheet, case = house.ids["sheet_done"], house.ids["case"]
    browser = house.browser("sun")
    assert f"/cases/{case}" in browser.get("/inbox/done").text
    with house.sessions.begin() as session:
        ended = stage.NOW - timedelta(hours=1)
        session.execute(update(Party).where(Party.instance_id == case, Party.person_id == "sun").values(until=ended))
    with house.looking() as session:
        seen = view(session, house.application, stage.actor_of(session, "sun"), sheet, now=stage.NOW)
        assert not seen.sees_case
        assert seen.data
        official = view(session, house.application, stage.actor_of(session, "li"), sheet, now=stage.NOW)
        assert official.sees_case
    page = browser.get(f"/tasks/{sheet}")
    assert page.status_code == 200
    assert 'data-readonly=""' in page.text
    assert f"/cases/{case}" not in page.text + browser.get("/inbox/done").text
