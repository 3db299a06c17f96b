"""A repeat with the same key has no further effect and gives the same answer: for every call that changes something."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from server.app import create_app
from tests.server.conftest import House
from tests.server.routes import WRITE_API, Line, approved, sent
from tests.server.test_authorisation import address, ask
from workflows.models import IdempotencyKey, Party, TaskCandidate


@pytest.mark.parametrize("line", [line for line in WRITE_API if line.ok < 400], ids=str)
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
    approved(house)
    key = {"Idempotency-Key": "again"}
    path = f"/lists/{house.ids['draft_list']}/publish"
    assert house.api("li", "POST", path, json={"published_on": "2027-01-01"}, headers=key).status_code == 422
    assert house.api("li", "POST", path, json={"published_on": "2026-03-02"}, headers=key).status_code == 202


def test_a_kept_answer_is_given_to_nobody_who_lost_the_role(house: House) -> None:
    """What was answered to a member of a house is not answered to who has left it."""
    key = {"Idempotency-Key": "left"}
    path = f"/tasks/{house.ids['task_bakery']}/claim"
    assert house.api("wang", "POST", path, headers=key).status_code == 200
    assert house.api("admin", "DELETE", "/memberships/m-wang").status_code == 200
    refused = house.api("wang", "POST", path, headers=key)
    assert (refused.status_code, refused.json["code"]) == (403, "rights_lost")
    assert "黄河食品" not in refused.text


def test_a_kept_answer_outlives_a_role_that_is_added(house: House) -> None:
    key = {"Idempotency-Key": "more"}
    path = f"/tasks/{house.ids['task_bakery']}/claim"
    first = house.api("wang", "POST", path, headers=key)
    body = {"organisation_id": "bakery", "role": "enterprise_administrator"}
    assert house.api("admin", "POST", "/people/wang/memberships", json=body).status_code == 201
    again = house.api("wang", "POST", path, headers=key)
    assert (again.status_code, again.json) == (200, first.json)


def test_a_kept_answer_is_given_to_nobody_who_is_no_party_any_more(house: House) -> None:
    """The expert's seat has ended: what the case told them then is not told again."""
    key = {"Idempotency-Key": "seat"}
    path = f"/tasks/{house.ids['sheet_qian']}/draft"
    body = {"answers": {"comments": "一"}, "opinion": "", "version": 0}
    assert house.api("qian", "PUT", path, json=body, headers=key).status_code == 200
    with house.sessions.begin() as session:
        session.execute(
            update(Party).where(Party.person_id == "qian").values(until=house.clock.at - timedelta(minutes=1))
        )
        session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == house.ids["sheet_qian"]))
    assert house.api("qian", "PUT", path, json=body, headers=key).status_code == 404


def test_what_is_kept_cannot_be_read_in_the_database_and_not_with_another_secret(house: House) -> None:
    key = {"Idempotency-Key": "sealed"}
    path = f"/tasks/{house.ids['task_bakery']}/claim"
    first = house.api("wang", "POST", path, headers=key)
    assert first.status_code == 200
    with house.looking() as session:
        row = session.scalars(select(IdempotencyKey).where(IdempotencyKey.key == "sealed")).one()
        assert house.ids["task_bakery"].encode() not in row.answer
    settings = replace(house.settings, secret_key="another-secret-another-secret-another")
    other = replace(house, flask=create_app(settings, house.application, house.sessions, house.clock))
    refused = other.api("wang", "POST", path, headers=key)
    assert (refused.status_code, refused.json["code"]) == (422, "key_reused")


def test_a_kept_answer_is_given_to_nobody_whose_account_is_closed(house: House) -> None:
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
