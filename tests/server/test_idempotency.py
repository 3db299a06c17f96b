"""A repeat with the same key has no further effect and gives the same answer: for every call that changes something."""

from __future__ import annotations

import pytest

from tests.server.conftest import House
from tests.server.routes import WRITE_API, Line, sent
from tests.server.test_authorisation import address, ask


@pytest.mark.parametrize("line", WRITE_API, ids=str)
def test_a_repeat_has_one_effect_and_the_same_answer(house: House, line: Line) -> None:
    """The same key with another call is refused; so is it with another body or query; and it is each person's own."""
    if line.before:
        line.before(house)
    who = min(line.may)
    key = {"Idempotency-Key": f"key-{line.endpoint}"}
    first = ask(house, line, who, **key)
    assert first.status_code == line.ok, first.text
    effect = house.events()
    second = ask(house, line, who, **key)
    assert (second.status_code, second.get_data()) == (first.status_code, first.get_data())
    assert house.events() == effect
    path = address(house.flask, line, house.ids).removeprefix("/api/v1")
    body = line.body(house) if line.body else {}
    other = house.api(who, line.method, path + "?other=1", headers=key, **sent(body))
    assert (other.status_code, other.json["code"]) == (422, "key_reused")
    foreign = house.api(who, "POST", f"/tasks/{house.ids['task_bakery']}/claim", headers=key)
    if line.endpoint != "api-tasks.claim":
        assert (foreign.status_code, foreign.json["code"]) == (422, "key_reused")
    assert house.events() == effect


def test_another_body_under_the_same_key_is_refused(house: House) -> None:
    key = {"Idempotency-Key": "list"}
    body = {"year": 2026, "batch": 8, "title": "一", "region": "620100"}
    assert house.api("li", "POST", "/lists", json=body, headers=key).status_code == 201
    before = house.events()
    refused = house.api("li", "POST", "/lists", json={**body, "title": "二", "batch": 9}, headers=key)
    assert (refused.status_code, refused.json["code"]) == (422, "key_reused")
    assert house.events() == before


def test_a_key_belongs_to_who_used_it(house: House) -> None:
    key = {"Idempotency-Key": "shared"}
    one = house.api(
        "li", "POST", "/lists", json={"year": 2026, "batch": 8, "title": "一", "region": "620100"}, headers=key
    )
    two = house.api(
        "liu", "POST", "/lists", json={"year": 2026, "batch": 9, "title": "二", "region": "620100"}, headers=key
    )
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json["id"] != two.json["id"]


def test_a_refused_call_keeps_no_answer(house: House) -> None:
    """What failed may be sent again under its key once it is right: nothing had an effect."""
    key = {"Idempotency-Key": "again"}
    path = f"/lists/{house.ids['draft_list']}/publish"
    assert house.api("li", "POST", path, json={"published_on": "2027-01-01"}, headers=key).status_code == 422
    assert house.api("li", "POST", path, json={"published_on": "2026-03-02"}, headers=key).status_code == 202


def test_a_kept_answer_is_given_to_nobody_who_lost_the_right(house: House) -> None:
    """The answer is the one that was given; who cannot sign in any more does not get it."""
    key = {"Idempotency-Key": "gone"}
    path = f"/tasks/{house.ids['task_bakery']}/claim"
    assert house.api("wang", "POST", path, headers=key).status_code == 200
    assert (
        house.api(
            "admin", "POST", "/organisations", json={"kind": "institute", "name": "x", "region_code": "620100"}
        ).status_code
        == 201
    )
    house.post(house.browser("admin"), "/people/wang/deactivate")
    assert house.api("wang", "POST", path, headers=key).status_code == 401


def test_a_key_that_is_too_long_is_refused(house: House) -> None:
    answer = house.api(
        "wang", "POST", f"/tasks/{house.ids['task_bakery']}/claim", headers={"Idempotency-Key": "k" * 101}
    )
    assert (answer.status_code, answer.json["code"]) == (422, "key_too_long")
