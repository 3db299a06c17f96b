"""The pages about a report that was handed in twice: gaps, versions side by side, the receipt and its hash."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from audits.models import Letter
from tests.server import stage
from tests.server.conftest import House
from workflows import tasks
from workflows.models import Submission, Task

FORM = "audit_report"


def waiting(house: House, element: str) -> str | None:
    """Give the open task of an element in the bakery's case."""
    with house.looking() as session:
        query = select(Task.id).where(
            Task.instance_id == house.ids["case_bakery"], Task.element == element, Task.status == "open"
        )
        return session.scalar(query)


def play(house: House, element: str) -> str:
    """Let everybody do their part until a task of an element waits; a minute passes each time."""
    rng = random.Random(3)
    for _step in range(40):
        found = waiting(house, element)
        if found:
            return found
        at = house.clock.at + timedelta(minutes=1)
        with house.looking() as session:
            first = session.scalars(
                select(Task.id)
                .where(Task.instance_id == house.ids["case_bakery"], Task.status == "open")
                .order_by(Task.opened_at)
            ).first()
        assert first is not None
        stage.complete(house.sessions, house.application, first, at, rng)
        house.clock.at = at
        house.work()
    raise AssertionError(f"{element} never waits")


def sent_back(house: House) -> str:
    """Have the report handed in, sent back for its annexes, and give the task of the next version."""
    check = play(house, "check_report_receipt")
    with house.sessions.begin() as session:
        row = session.get_one(Task, check)
        li = stage.actor_of(session, "li", house.clock.at)
        answers = {
            "sealed": "yes", "complete": "yes", "consistent": "yes", "low_done": "yes", "decision": "supplement",
            "missing_codes": ["balance", "annex"], "correct_by": "2026-12-01", "reason": "缺监测报告",
        }  # fmt: skip
        tasks.complete(session, house.application, li, row.id, answers, now=house.clock.at)
    house.work()
    return play(house, "submit_report")


@pytest.fixture
def second(house: House) -> str:
    """Give the task in which the second version is written."""
    return sent_back(house)


def test_gaps_stand_on_the_page_with_links_to_their_places(house: House, second: str) -> None:
    page = house.browser("wang").get(f"/tasks/{second}").text
    assert "尚缺" in page
    assert 'href="#field-report_annexes"' in page
    assert "缺监测报告" in page
    told = house.api("wang", "GET", f"/tasks/{second}/gaps").json["items"]
    corrections = [one for one in told if one["kind"] == "correction"]
    assert [one["field"] for one in corrections] == ["balances", "report_annexes"]
    assert f'href="/tasks/{corrections[0]["task_id"]}#field-balances"' in page


def test_an_officer_sees_what_changed_beside_the_check(house: House, second: str) -> None:
    house.clock.at += timedelta(minutes=1)
    stage.complete(house.sessions, house.application, second, house.clock.at, random.Random(99))
    house.work()
    check = waiting(house, "check_report_receipt")
    page = house.browser("li").get(f"/tasks/{check}").text
    assert "第 1 次与第 2 次提交相比" in page
    case = house.ids["case_bakery"]
    told = house.api("li", "GET", f"/cases/{case}/versions/{FORM}").json
    changed = [row["label"] for row in told["rows"] if row["change"] != "same"]
    assert changed
    assert all(label in page for label in changed)
    whole = house.browser("li").get(f"/cases/{case}/versions/{FORM}").text
    assert told["new"]["sha256"] in whole
    assert house.browser("li").get(f"/cases/{case}/versions/{FORM}?new=9").status_code == 404
    assert house.browser("li").get(f"/cases/{case}/versions/{FORM}?new=x").status_code == 422
    assert f"/cases/{case}/versions/{FORM}" in house.browser("li").get(f"/cases/{case}").text


def test_a_check_of_an_application_compares_applications(house: House, second: str) -> None:
    house.clock.at += timedelta(minutes=1)
    stage.complete(house.sessions, house.application, second, house.clock.at, random.Random(99))
    house.work()
    check = play(house, "check_evaluation_receipt")
    assert "第 1 次与第 2 次提交相比" not in house.browser("li").get(f"/tasks/{check}").text
    with house.sessions.begin() as session:
        li = stage.actor_of(session, "li", house.clock.at)
        answers = {
            "sealed": "yes", "complete": "yes", "consistent": "yes", "low_done": "yes", "decision": "supplement",
            "missing_codes": ["annex"], "correct_by": "2027-12-01", "reason": "缺少评估附件",
        }  # fmt: skip
        tasks.complete(session, house.application, li, check, answers, now=house.clock.at)
    house.work()
    again = play(house, "apply_for_evaluation")
    house.clock.at += timedelta(minutes=1)
    stage.complete(house.sessions, house.application, again, house.clock.at, random.Random(7))
    house.work()
    page = house.browser("li").get(f"/tasks/{waiting(house, 'check_evaluation_receipt')}").text
    assert "第 1 次与第 2 次提交相比" in page
    case = house.ids["case_bakery"]
    assert f"/cases/{case}/versions/evaluation_application" in page
    assert f'class="ms-auto small" href="/cases/{case}/versions/{FORM}"' not in page


def test_the_hash_of_the_receipt_is_that_of_the_file_one_downloads(house: House) -> None:
    play(house, "check_report_receipt")
    with house.looking() as session:
        case = house.ids["case_bakery"]
        letter = session.scalars(select(Letter).where(Letter.case_id == case, Letter.kind == "report_receipt")).one()
        task = session.scalars(
            select(Submission.task_id).where(Submission.instance_id == case, Submission.form == FORM)
        ).one()
    wang = house.browser("wang")
    document = wang.get(f"/tasks/{task}/submission.json")
    expected = hashlib.sha256(document.data).hexdigest()
    assert document.headers["Content-Disposition"].startswith("attachment")
    assert house.api("wang", "GET", f"/tasks/{task}/submission").data == document.data
    for path in (f"/tasks/{task}", f"/letters/{letter.id}", f"/verify/{letter.code}"):
        assert expected in wang.get(path).text, path
    assert "存档内容与该摘要值一致" in house.browser().get(f"/verify/{letter.code}").text
    with house.sessions.begin() as session:
        row = session.get_one(Submission, task)
        row.answers = {**row.answers, "focus": "别的"}
    assert "存档内容与该摘要值不一致" in house.browser().get(f"/verify/{letter.code}").text
