"""What every answer carries, and what no page may hold: a script or a handler of its own."""

from __future__ import annotations

import pytest
from lxml import html

from tests.server.conftest import House
from tests.server.routes import READ_PAGES, Line
from tests.server.test_authorisation import ask

# frontend.md, section 6: end-user pages, case, dashboard
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'"
)
PAGES = [line for line in READ_PAGES if (line.ok == 200 and line.may) or line.endpoint == "login.page"]


@pytest.mark.parametrize("line", PAGES, ids=str)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_keeps_to_the_policy(still: House, line: Line, language: str) -> None:
    """The headers stand as designed, and the page needs nothing that they forbid."""
    who = None if line.endpoint == "login.page" else min(line.may)
    if who:
        _speak(still, who, language)
    answer = ask(still, line, who)
    if who:
        _speak(still, who, "zh")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    if line.endpoint != "static":
        assert answer.headers["Cache-Control"] == "no-store"
    if answer.mimetype == "text/html":
        page = html.document_fromstring(answer.get_data())
        inner = [
            node for node in page.iter("script") if node.get("src") is None and node.get("type") != "application/json"
        ]
        assert inner == [], "an inline script"
        assert list(page.iter("style")) == [], "an inline style sheet"
        assert [name for node in page.iter("*") for name in node.attrib if name.lower().startswith("on")] == []
        for node in page.iter("*"):
            for name in ("src", "href", "action", "formaction"):
                target = (node.get(name) or "").strip().lower()
                assert not target.startswith(("javascript:", "data:", "http:", "//")), (node.tag, target)
        foreign = [node.get("href") for node in page.iter("a") if (node.get("href") or "").startswith("https:")]
        assert foreign == []
    elif line.endpoint not in {"cases.diagram", "lists.progress", "definitions.diagram", "static"}:
        assert answer.headers["Content-Disposition"].startswith("attachment"), answer.mimetype
    answer.close()


def _speak(house: House, username: str, language: str) -> None:
    from workflows.models import Person

    with house.sessions.begin() as session:
        session.get_one(Person, username).locale = language


@pytest.mark.parametrize("line", PAGES, ids=str)
def test_every_form_of_a_page_carries_its_token(still: House, line: Line) -> None:
    """A form that changes something has the hidden field, so that it works and a forged one does not."""
    answer = ask(still, line, None if line.endpoint == "login.page" else min(line.may))
    if answer.mimetype == "text/html":
        page = html.document_fromstring(answer.get_data())
        for form in page.iter("form"):
            if (form.get("method") or "get").lower() == "post":
                assert form.xpath(".//input[@name='csrf_token']/@value"), html.tostring(form)[:300]
    answer.close()


def test_errors_carry_the_headers_too(still: House) -> None:
    for path in ("/nowhere", "/api/v1/nowhere", "/cases/none", "/api/v1/cases/none"):
        answer = still.browser("li").get(path)
        assert answer.status_code == 404
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_https_is_remembered_and_cookies_stay_on_it(template: object, tmp_path: object) -> None:
    import shutil
    from pathlib import Path

    from tests.server.conftest import Template, put_down, put_up

    assert isinstance(template, Template)
    assert isinstance(tmp_path, Path)
    shutil.copyfile(template.path, tmp_path / "secure.db")
    house = put_up(f"sqlite:///{tmp_path / 'secure.db'}", tmp_path, template, base_url="https://qingshen.example")
    answer = house.flask.test_client().post("/language", data={"csrf_token": "x"}, base_url="https://qingshen.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    client = house.browser()
    switched = house.post(client, "/language", {"language": "en"})
    assert "Secure" in switched.headers["Set-Cookie"]
    put_down(house)


def test_a_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    from tests.server.test_login import sign_in

    cookies = sign_in(house, "chen").headers.getlist("Set-Cookie")
    ours = next(cookie for cookie in cookies if cookie.startswith("qingshen_session="))
    assert "HttpOnly" in ours
    assert "SameSite=Lax" in ours
