"""A refused form comes back as it was typed, with each error named and at its field."""

from __future__ import annotations

from sqlalchemy import select

from tests.server.conftest import House
from workflows.models import Task, TaskCandidate


def test_a_list_that_exists_already_comes_back_with_what_was_typed(house: House) -> None:
    browser = house.browser("li")
    typed = {"year": "2031", "batch": "1", "title": "年度名单初稿", "region_code": "620100"}
    assert house.post(browser, "/lists", typed).status_code == 303
    again = house.post(browser, "/lists", typed | {"title": "年度名单二稿"})
    assert again.status_code == 409
    assert "2031 年第 1 批名单已存在" in again.text
    assert 'value="年度名单二稿"' in again.text


def test_an_error_is_named_above_the_form_and_tied_to_its_field(house: House) -> None:
    typed = {"name": "兰州试验有限公司", "uscc": "91620102MA1ABCD06X", "region_code": "620102", "industry": "2614"}
    page = house.post(house.browser("li"), "/enterprises", typed)
    assert page.status_code == 422
    assert "<li>统一社会信用代码: " in page.text
    field = page.text.partition('id="f-uscc"')[2].partition(">")[0]
    assert 'aria-invalid="true" aria-describedby="wrong-uscc"' in field
    assert 'id="wrong-uscc"' in page.text
    assert 'value="兰州试验有限公司"' in page.text


def test_only_an_officer_is_offered_the_phrases_of_an_opinion(house: House) -> None:
    with house.looking() as session:
        task = session.scalars(select(Task).where(Task.status == "open", Task.role == "enterprise")).first()
    assert task is not None
    who = "wang" if task.instance_id == house.ids["case_bakery"] else "chen"
    page = house.browser(who).get(f"/tasks/{task.id}").text
    assert 'id="opinion"' in page
    assert "data-opinion=" not in page
    with house.sessions.begin() as session:
        session.add(TaskCandidate(task_id=task.id, principal="person:li"))
    assert "data-opinion=" in house.browser("li").get(f"/tasks/{task.id}").text
