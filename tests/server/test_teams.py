"""My team: a leader sees what waits for their people and gives it to one of them; nobody else's work, and no judge's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.server.conftest import House
from tests.server.routes import leading, two_bakers
from workflows.models import Event, Task


@pytest.fixture(name="led")
def _led(house: House) -> House:
    """Give a house in which Wang leads the bakery, where somebody else works, too."""
    leading(house)
    two_bakers(house)
    return house


@pytest.mark.database
def test_a_leader_gives_a_task_to_somebody_and_takes_it_over_again(led: House) -> None:
    task = led.ids["task_bakery"]
    assert task in [one["id"] for one in led.api("wang", "GET", "/team/tasks").json["items"]]
    people = led.api("wang", "GET", f"/tasks/{task}/assignment").json["items"]
    assert sorted(one["id"] for one in people) == ["early", "wang"]
    given = led.post(led.browser("wang"), f"/tasks/{task}/assignment", {"receiver": "early", "reason": "出差"})
    assert given.status_code == 303
    assert led.api("wang", "POST", f"/tasks/{task}/claim").status_code == 409, "it is held by the receiver"
    assert led.api("early", "GET", f"/tasks/{task}").json["assignee"] == "early"
    back = {"receiver": "wang", "reason": "急"}
    assert led.api("wang", "POST", f"/tasks/{task}/assignment", json=back).json["assignee"] == "wang"
    with led.sessions() as session:
        query = select(Event.actor_id).where(Event.action == "task.assigned", Event.subject_id == task)
        assert session.scalars(query).all() == ["wang", "wang"]


def test_only_people_of_the_team_whom_the_task_is_offered_to_can_have_it_and_a_reason_is_asked(led: House) -> None:
    path = f"/tasks/{led.ids['task_bakery']}/assignment"
    for receiver in ("li", "chen", "nobody"):
        assert led.api("wang", "POST", path, json={"receiver": receiver, "reason": "急"}).status_code == 403, receiver
    assert led.api("wang", "POST", path, json={"receiver": "early", "reason": " "}).status_code == 422
    page = led.post(led.browser("wang"), path, {"receiver": "early", "reason": ""})
    assert page.status_code == 422
    assert "early" in page.text


def test_the_list_shows_posts_of_the_team_and_never_what_an_expert_was_asked_for_by_name(led: House) -> None:
    found = {one["id"]: one for one in led.api("li", "GET", "/team/tasks?limit=200").json["items"]}
    assert led.ids["sheet_qian"] not in found
    assert led.ids["task_bakery"] not in found
    assert led.api("chen", "GET", "/team/tasks").status_code == 403
    page = led.browser("wang").get("/inbox/team").text
    assert "分派" in page
    with led.sessions() as session:
        waiting = session.scalars(
            select(Task.id).where(Task.status == "open", Task.subject == "黄河食品有限公司")
        ).all()
    assert f"{len(waiting)} 项任务" in page
