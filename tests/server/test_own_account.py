"""What people do with their own account by the API: tokens, the password, the language."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.server import stage
from tests.server.conftest import House
from workflows import credentials
from workflows.models import ApiToken, IdempotencyKey, Person


def issue(house: House, who: str, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return house.api(who, "POST", "/tokens", json={"label": "程序", **body}, headers=headers)


def works(house: House, text: str) -> bool:
    return house.flask.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {text}"}).status_code == 200


def test_a_new_token_opens_the_api_until_its_last_day(house: House) -> None:
    made = issue(house, "wang", expires_on="2026-03-04")
    assert made.status_code == 201
    assert works(house, made.json["token"])
    listed = house.api("wang", "GET", "/tokens").json["items"]
    assert made.json["id"] in {one["id"] for one in listed}
    assert all("token" not in one for one in listed)
    house.clock.at += timedelta(days=3)
    assert not works(house, made.json["token"])


def test_a_token_that_a_token_makes_ends_no_later(house: House) -> None:
    """Who steals a token that ends tomorrow cannot make one that never ends."""
    parent = issue(house, "wang", expires_on="2026-03-04").json["token"]
    header = {"Authorization": f"Bearer {parent}"}
    for wish in ({}, {"expires_on": "2030-01-01"}, {"expires_on": "2026-03-03"}):
        made = house.flask.test_client().post("/api/v1/tokens", json={"label": "x", **wish}, headers=header)
        assert made.status_code == 201
        assert made.json["expires_at"] <= "2026-03-04T23:59:59.999999+08:00"
    house.clock.at += timedelta(days=3)
    assert not works(house, made.json["token"])


def test_the_text_of_a_token_is_told_again_to_a_repeat_and_lies_nowhere(house: House) -> None:
    first, again = issue(house, "wang", "one"), issue(house, "wang", "one")
    assert (first.status_code, again.json) == (201, first.json)
    text = first.json["token"]
    with house.looking() as session:
        assert len(session.scalars(select(ApiToken).where(ApiToken.label == "程序")).all()) == 1
        (kept,) = session.scalars(select(IdempotencyKey.answer).where(IdempotencyKey.key == "one"))
        assert text.encode() not in kept
    assert text.encode() not in Path(house.settings.database_url.removeprefix("sqlite:///")).read_bytes()


@pytest.fixture
def wang(house: House) -> House:
    """Let Wang have a password."""
    with house.sessions.begin() as session:
        session.get_one(Person, "wang").password_hash = credentials.hash_password(stage.PASSWORD, "wang")
    return house


def change(house: House, old: str, new: str, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return house.api("wang", "PUT", "/me/password", json={"old": old, "password": new}, headers=headers)


def test_one_changes_the_password_and_every_browser_has_to_sign_in_again(wang: House) -> None:
    assert change(wang, stage.PASSWORD, "Another-2026-word", "k").status_code == 200
    assert wang.browser("wang").get("/").status_code == 302
    assert change(wang, stage.PASSWORD, "Another-2026-word", "k").status_code == 200, "a repeat"
    assert change(wang, stage.PASSWORD, "Third-2026-word").status_code == 403
    assert change(wang, "Another-2026-word", "short").status_code == 422


def test_guesses_of_the_old_password_lock_the_account(wang: House) -> None:
    """A token alone does not try passwords without end."""
    codes = [change(wang, "wrong-wrong", "Another-2026-word").json["code"] for _ in range(wang.settings.login_attempts)]
    assert codes == ["bad_credentials"] * (len(codes) - 1) + ["locked"] or set(codes) == {"bad_credentials"}
    assert change(wang, stage.PASSWORD, "Another-2026-word").json["code"] == "locked"
    with wang.looking() as session:
        assert session.get_one(Person, "wang").locked_until is not None


def test_the_language_is_changed_by_a_program(house: House) -> None:
    assert house.api("wang", "PUT", "/me/locale", json={"locale": "en"}).json == {"locale": "en"}
    assert 'lang="en"' in house.browser("wang").get("/").text
    assert house.api("wang", "PUT", "/me/locale", json={"locale": "xx"}).status_code == 422


def test_files_of_a_version_are_lent_to_the_next_one(house: House) -> None:
    """A program uploads only what it changes, as the page does."""
    from tests.server.routes import sent, shipped

    root, files = shipped()
    body = {
        "data": {"base": house.ids["definition"], "variant": "620100", "valid_from": "2026-06-01"},
        "files": [("files", f"{root}.bpmn", files[f"{root}.bpmn"])],
    }
    made = house.api("designer", "POST", "/definitions", **sent(body))
    assert made.status_code == 201, made.text
    assert made.json["family"] == "cleaner_production_audit"
    base = house.api("designer", "GET", f"/definitions/{house.ids['definition']}").json
    assert made.json["base_hash"] == base["hash"]
    assert house.api("designer", "GET", f"/definitions/{made.json['id']}").json["files"] == base["files"]
