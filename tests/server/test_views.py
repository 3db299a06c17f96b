"""Views of the inbox: kept, replaced, shared, removed; whoever uses one sees their own tasks through it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.server.conftest import House
from workflows.models import Event


def kept(house: House, username: str) -> dict[str, dict[str, object]]:
    """Give the views that somebody may use, by name."""
    return {one["name"]: one for one in house.api(username, "GET", "/inbox/views").json["items"]}


@pytest.mark.database
def test_a_shared_view_shows_whoever_uses_it_their_own_tasks_and_nobody_else_has_it(house: House) -> None:
    body = {"name": "到期", "filters": {"holding": "free"}, "sort": "-case", "columns": ["due", "case"]}
    made = house.api("wang", "POST", "/inbox/views", json={**body, "organisation_id": "bakery"})
    assert made.status_code == 201, made.text
    assert kept(house, "wang")["到期"]["columns"] == ["due", "case"]
    assert "到期" not in kept(house, "chen")
    assert house.browser("chen").get(f"/inbox?view={made.json['id']}").status_code == 404
    assert house.api("li", "POST", "/inbox/views", json={**body, "organisation_id": "bakery"}).status_code == 403
    page = house.browser("liu").get(f"/inbox?view={house.ids['view']}").text
    assert "将到期" in page
    assert house.ids["task_bakery"] not in page


@pytest.mark.database
def test_a_view_of_the_same_name_is_replaced_and_all_is_in_the_trail(house: House) -> None:
    for due in ("soon", "overdue"):
        answer = house.api("wang", "POST", "/inbox/views", json={"name": "我的", "filters": {"due": due}})
        assert answer.status_code == 201, answer.text
    assert kept(house, "wang")["我的"]["filters"] == {"due": "overdue"}
    assert house.api("wang", "DELETE", f"/inbox/views/{answer.json['id']}").status_code == 204
    assert kept(house, "wang") == {}
    with house.sessions() as session:
        query = select(Event.action).where(Event.chain == "person:wang", Event.action.startswith("view."))
        assert session.scalars(query.order_by(Event.seq)).all() == ["view.saved", "view.saved", "view.removed"]


def test_what_is_no_view_is_refused_by_field_and_what_was_typed_stays(house: House) -> None:
    for body in (
        {"name": " "},
        {"name": "x" * 61},
        {"name": "x", "filters": {"due": "never"}},
        {"name": "x", "sort": "y"},
    ):
        assert house.api("wang", "POST", "/inbox/views", json=body).status_code == 422, body
    page = house.post(house.browser("wang"), "/inbox/views?due=soon", {"name": "名" * 61})
    assert page.status_code == 422
    assert "名" * 61 in page.text


def test_the_columns_that_somebody_chose_are_those_of_their_list_and_workbook_until_they_choose_again(
    house: House,
) -> None:
    browser = house.browser("wang")
    assert house.post(browser, "/inbox/columns", {"columns[]": ["role", "case"]}).status_code == 303
    page = browser.get("/inbox").text
    assert 'data-label="角色"' in page
    assert 'data-label="地区"' not in page
    assert house.api("wang", "GET", "/inbox/views").json["columns"] == ["case", "role"]
    assert house.api("wang", "PUT", "/inbox/columns", json={"columns": ["secret"]}).status_code == 422
    assert house.post(browser, "/inbox/columns").status_code == 422
