"""Signing in and out: who is let in, for how long, and what a stolen or planted cookie is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.app import create_app
from server.auth import COOKIE
from tests.server import stage
from tests.server.conftest import House
from workflows import credentials, jobs, worker
from workflows.models import AuthSession, Person, SignInCount


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


def attempt(house: House, address: str, name: str = "nobody") -> TestResponse:
    """Try a wrong password from an address."""
    wrong = {"username": name, "password": "wrong-wrong"}
    return house.post(house.browser(), "/login", wrong, environ_overrides={"REMOTE_ADDR": address})


@pytest.mark.database
def test_too_many_attempts_from_one_address_wait_whichever_process_is_asked(either: House) -> None:
    """Two processes on one database count together; another address, and the next minute, go on."""
    second = create_app(either.settings, either.application, either.sessions, either.clock)
    other = replace(either, flask=second, csrf="")
    limit = either.settings.login_per_minute
    either.clock.at += timedelta(seconds=12)
    codes = [
        attempt(house, "192.0.2.7", f"n{turn}").status_code for turn in range(limit // 2) for house in (either, other)
    ]
    assert codes == [401] * limit
    for house in (either, other):
        refused = attempt(house, "192.0.2.7")
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "48"
        assert "次数" in refused.text
    assert attempt(either, "192.0.2.8").status_code == 401
    either.clock.at += timedelta(seconds=48)
    assert attempt(other, "192.0.2.7").status_code == 401


def test_an_attempt_over_the_limit_judges_no_password(house: House) -> None:
    with_password(house, "chen")
    for _ in range(house.settings.login_per_minute):
        attempt(house, "192.0.2.7")
    before = house.events()
    right = {"username": "chen", "password": stage.PASSWORD}
    answer = house.post(house.browser(), "/login", right, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 429
    assert house.events() == before


def test_who_has_a_network_of_addresses_is_one_caller(house: House) -> None:
    for number in range(house.settings.login_per_minute):
        assert attempt(house, f"2001:db8:0:1::{number:x}").status_code == 401
    assert attempt(house, "2001:db8:0:1:ffff::1").status_code == 429
    assert attempt(house, "2001:db8:0:2::1").status_code == 401


@pytest.mark.database
def test_what_was_counted_is_forgotten_after_an_hour(either: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "dead", list)
    attempt(either, "192.0.2.7")
    worker.minute(either.sessions, either.application, either.clock.at + timedelta(minutes=60))
    with either.looking() as session:
        assert session.scalars(select(SignInCount.address)).all() == ["192.0.2.7"]
    worker.minute(either.sessions, either.application, either.clock.at + timedelta(minutes=61))
    with either.looking() as session:
        assert session.scalars(select(SignInCount.address)).all() == []


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
