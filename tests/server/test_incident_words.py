"""What an operator reads of an incident: who is missing, by name."""

from __future__ import annotations

from sqlalchemy import update

from audits import calendar_alarm
from tests.server import stage
from tests.server.conftest import House
from workflows.models import Incident, Person


def test_a_task_that_nobody_may_take_names_the_role(house: House) -> None:
    with house.sessions.begin() as session:
        session.add(
            Incident(
                instance_id=house.ids["case"],
                kind="no_candidate",
                element="confirm_notice_receipt",
                key="no_candidate:x",
                message="签收书面通知: enterprise",
                detail={"task": "x", "roles": ["enterprise"], "persons": []},
                opened_at=stage.NOW,
            )
        )
    assert "签收书面通知：没有人担任“企业”" in house.browser("admin").get("/incidents").text
    with house.sessions.begin() as session:
        session.execute(update(Person).where(Person.username == "admin").values(locale="en"))
    assert "nobody holds the role Enterprise" in house.browser("admin").get("/incidents").text


def test_a_missing_calendar_is_told_to_the_administrator_with_its_year(house: House) -> None:
    with house.sessions.begin() as session:
        calendar_alarm.sound(session, [2027], stage.NOW)
    assert "2027 年的工作日历尚未公布" in house.browser("admin").get("/incidents").text
    answer = house.api("zong", "POST", "/calendar/2027/publish")
    assert answer.status_code == 200
    assert "2027 年的工作日历尚未公布" not in house.browser("admin").get("/incidents").text
