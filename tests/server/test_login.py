"""Signing in and out: who is let in, for how long, and what a stolen or planted cookie is worth."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.auth import COOKIE, limiter
from tests.server import stage
from tests.server.conftest import House, Template, put_down, put_up
from workflows import credentials
from workflows.models import AuthSession, Person


def with_password(house: House, username: str, password: str = stage.PASSWORD) -> None:
    """Give somebody a password."""
    with house.sessions.begin() as session:
        session.get_one(Person, username).password_hash = credentials.hash_password(password, username)


def sign_in(
    house: House, username: str, password: str = stage.PASSWORD, client: FlaskClient | None = None, target: str = ""
) -> TestResponse:
    """Sign in on the page."""
    with_password(house, username) if username in stage.EVERYBODY else None
    return house.post(client or house.browser(), "/login", {"username": username, "password": password, "next": target})


def test_the_right_password_opens_the_workbench(house: House) -> None:
    client = house.browser()
    assert client.get("/").headers["Location"] == "/login?next=/"
    assert sign_in(house, "chen", client=client).status_code == 303
    assert client.get("/").status_code == 200
    assert client.get("/login").headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_read_alike(house: House) -> None:
    with_password(house, "chen")
    answers = [
        house.post(house.browser(), "/login", {"username": name, "password": "wrong-wrong"})
        for name in ("chen", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]
    texts = [answer.text.replace("nobody", "chen") for answer in answers]
    strip = [[line for line in text.splitlines() if "csrf" not in line] for text in texts]
    assert strip[0] == strip[1]
    assert COOKIE not in answers[0].headers.get("Set-Cookie", "")


def test_wrong_passwords_lock_the_account_for_a_while(house: House) -> None:
    with_password(house, "chen")
    for _ in range(house.settings.login_attempts):
        assert house.post(house.browser(), "/login", {"username": "chen", "password": "wrong-wrong"}).status_code == 401
    right = {"username": "chen", "password": stage.PASSWORD}
    assert house.post(house.browser(), "/login", right).status_code == 401, "locked, even with the right one"
    house.clock.at += timedelta(minutes=house.settings.lockout_minutes, seconds=1)
    assert house.post(house.browser(), "/login", right).status_code == 303


def test_too_many_attempts_from_one_address_are_slowed_down(template: Template, tmp_path: Path) -> None:
    limiter.enabled = True
    shutil.copyfile(template.path, tmp_path / "house.db")
    house = put_up(f"sqlite:///{tmp_path / 'house.db'}", tmp_path, template)
    limiter.reset()
    codes = [
        house.post(house.browser(), "/login", {"username": f"n{number}", "password": "wrong-wrong"}).status_code
        for number in range(62)  # a minute may end on the way; two do not
    ]
    limiter.reset()
    put_down(house)
    assert codes[:30] == [401] * 30
    assert 429 in codes[30:]


def test_an_idle_session_ends(house: House) -> None:
    client = house.browser("chen")
    for _ in range(3):
        house.clock.at += timedelta(minutes=house.settings.session_idle_minutes - 10)
        assert client.get("/").status_code == 200, "in use"
    house.clock.at += timedelta(minutes=house.settings.session_idle_minutes + 1)
    assert client.get("/").status_code == 302


def test_a_session_ends_however_much_it_is_used(house: House) -> None:
    client = house.browser("chen")
    end = stage.NOW + timedelta(hours=house.settings.session_hours)
    while house.clock.at < end - timedelta(minutes=30):
        assert client.get("/profile").status_code == 200
        house.clock.at += timedelta(minutes=30)
    house.clock.at = end + timedelta(minutes=1)
    assert client.get("/profile").status_code == 302


def test_a_planted_session_is_not_taken_over_by_who_signs_in(house: House) -> None:
    """Session fixation: whatever the browser brought, the token after signing in is new and known to no other."""
    client = house.browser()
    client.set_cookie(COOKIE, "planted")
    assert sign_in(house, "chen", client=client).status_code == 303
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    assert cookie.value != "planted"
    thief = house.browser()
    thief.set_cookie(COOKIE, "planted")
    assert thief.get("/").status_code == 302


def test_signing_in_over_somebody_elses_session_makes_a_new_one(house: House) -> None:
    client = house.browser("wang")
    assert sign_in(house, "chen", client=client).status_code == 303
    assert house.doors["wang"] != (client.get_cookie(COOKIE) or type("C", (), {"value": ""})).value
    assert "陈工" in client.get("/profile").text


def test_signing_out_ends_the_session_on_the_server(house: House) -> None:
    client = house.browser("chen")
    assert house.post(client, "/logout").status_code == 303
    assert client.get("/").status_code == 302
    assert house.browser("chen").get("/").status_code == 302, "a copy of the cookie is worth nothing"


def test_a_new_password_ends_every_session(house: House) -> None:
    with_password(house, "chen")
    sign_in(house, "chen", client=(other := house.browser()))
    answer = house.post(
        house.browser("chen"), "/profile/password", {"old": stage.PASSWORD, "password": "Another-2026-word"}
    )
    assert answer.status_code == 303
    assert other.get("/").status_code == 302
    assert house.browser("chen").get("/").status_code == 302


def test_a_token_of_the_browser_is_kept_as_a_hash_only(house: House) -> None:
    with house.looking() as session:
        assert session.get(AuthSession, house.doors["chen"]) is None


def test_a_cookie_of_an_inactive_person_opens_nothing(house: House) -> None:
    with house.sessions.begin() as session:
        session.get_one(Person, "chen").active = False
    assert house.browser("chen").get("/").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)",
     "http:evil.example", " //evil.example", "/%0d%0aSet-Cookie:x=1\r\nX: y", "///evil.example", "/\n/evil.example"],
)  # fmt: skip
def test_nobody_is_sent_to_another_site_after_signing_in(house: House, target: str) -> None:
    for place in (sign_in(house, "chen", target=target), house.post(house.browser(), "/language", {"next": target})):
        assert place.status_code == 303
        where = place.headers["Location"]
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\"))
        assert "evil.example" not in where.split("?")[0].split("/")[0:3]


def test_the_language_is_switched_for_the_person(house: House) -> None:
    client = house.browser("chen")
    assert 'lang="zh-CN"' in client.get("/").text
    assert house.post(client, "/language", {"language": "en", "next": "/cases"}).headers["Location"] == "/cases"
    assert 'lang="en"' in client.get("/").text
    assert 'lang="en"' in house.browser("chen").get("/").text, "kept with the person, not with the browser"


def test_the_language_is_switched_for_who_is_not_signed_in(house: House) -> None:
    client = house.browser()
    assert 'lang="zh-CN"' in client.get("/login").text
    house.post(client, "/language", {"language": "en"})
    assert 'lang="en"' in client.get("/login").text
    house.post(client, "/language", {"language": "<script>"})
    assert 'lang="en"' in client.get("/login").text
