"""Two at once: one succeeds, the other is told what happened, and nothing ends in a fault; on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from audits.models import Case, PublicationEntry
from tests.server import stage
from tests.server.conftest import House
from tests.server.routes import RECEIPT, approved, opened_up, proposed, received
from workflows import consistency, trail
from workflows.models import Event, Incident, Instance, Submission, Task

pytestmark = pytest.mark.database


def together(*acts: Callable[[], TestResponse]) -> Sequence[TestResponse]:
    """Let several requests begin at the same moment, each in a thread of its own."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], TestResponse]) -> TestResponse:
        barrier.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def colleagues(either: House) -> House:
    """Let a second person work for the bakery."""
    joined = either.api(
        "admin", "POST", "/people/lone/memberships", json={"organisation_id": "bakery", "role": "enterprise"}
    )
    assert joined.status_code == 201
    return either


def _complete(house: House, who: str, **more: Any) -> Callable[[], TestResponse]:
    path = f"/tasks/{house.ids['task_bakery']}/complete"
    return lambda: house.api(who, "POST", path, json={"answers": {**RECEIPT, "receiver": who}}, **more)


def test_of_two_who_complete_a_task_one_succeeds(colleagues: House) -> None:
    first, second = sorted(
        together(_complete(colleagues, "wang"), _complete(colleagues, "lone")), key=lambda answer: answer.status_code
    )
    assert (first.status_code, second.status_code) == (200, 409), second.text
    assert second.json["code"] == "task_done"
    with colleagues.looking() as session:
        kept = session.get_one(Submission, colleagues.ids["task_bakery"])
        assert kept.answers["receiver"] == kept.submitted_by
        loser = ({"wang", "lone"} - {kept.submitted_by}).pop()
        count = (
            select(func.count())
            .select_from(Event)
            .where(Event.action == "task.completed", Event.subject_id == kept.task_id)
        )
        assert session.scalar(count) == 1
    assert second.json["state"]["by"] == {"wang": "王工", "lone": "散客"}[kept.submitted_by]
    drafts = colleagues.api(loser, "GET", "/tasks?view=drafts").json["items"]
    assert [one["id"] for one in drafts] == [colleagues.ids["task_bakery"]], "what the loser typed is kept"


def test_of_two_who_claim_a_task_one_holds_it(colleagues: House) -> None:
    path = f"/tasks/{colleagues.ids['task_bakery']}/claim"
    answers = together(*(lambda who=who: colleagues.api(who, "POST", path) for who in ("wang", "lone")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    won = next(answer for answer in answers if answer.status_code == 200)
    assert lost.json["code"] == "held_by"
    assert lost.json["state"]["name"] == {"wang": "王工", "lone": "散客"}[won.json["assignee"]]


def test_the_same_request_at_once_has_one_effect(either: House) -> None:
    key = {"Idempotency-Key": "double-click"}
    one, two = together(_complete(either, "wang", headers=key), _complete(either, "wang", headers=key))
    assert (one.status_code, two.status_code) == (200, 200), (one.text, two.text)
    assert one.json == two.json


@pytest.mark.parametrize("act", ["return", "withdrawal"])
def test_of_two_who_go_back_at_once_one_does(either: House, act: str) -> None:
    before, who, task, body = {
        "return": (opened_up, "qian", "sheet_qian", {"element": "propose_evaluation_panel", "reason": "专家组不足"}),
        "withdrawal": (received, "wang", "task_bakery", {}),
    }[act]
    before(either)
    path = f"/tasks/{either.ids[task]}/{act}"
    answers = together(*(lambda: either.api(who, "POST", path, json=body) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert lost.json["code"] == "task_closed"
    with either.looking() as session:
        assert list(consistency.check(session, either.application)) == []


def test_a_draft_in_two_tabs_tells_the_later_what_the_other_wrote(either: House) -> None:
    path = f"/tasks/{either.ids['task_bakery']}/draft"
    first = either.api("wang", "PUT", path, json={"answers": {"receiver": "甲"}, "version": 1})
    second = either.api("wang", "PUT", path, json={"answers": {"receiver": "乙"}, "version": 1})
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json["code"] == "draft_changed"
    assert second.json["state"]["answers"] == {"receiver": "甲"}
    assert second.json["state"]["version"] == first.json["version"]
    again = either.api("wang", "PUT", path, json={"answers": {"receiver": "乙"}, "version": first.json["version"]})
    assert again.status_code == 200


def test_drafts_saved_at_once_lose_nothing_silently(either: House) -> None:
    path = f"/tasks/{either.ids['task_bakery']}/draft"
    answers = together(
        *(
            lambda text=text: either.api("wang", "PUT", path, json={"answers": {"receiver": text}, "version": 1})
            for text in ("甲", "乙")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


def test_five_reviewers_hand_in_together_and_all_succeed(either: House) -> None:
    """The panel's last five sheets arrive in the same moment: none is refused, the case goes on once."""
    experts = [name for name in stage.PANEL if name != "sun"]
    with either.looking() as session:
        sheets = {
            name: stage.sheet(session, either.application, either.ids[f"sheet_{name}"], 80.0 + number)
            for number, name in enumerate(experts)
        }
    answers = together(
        *(
            lambda name=name: either.api(
                name, "POST", f"/tasks/{either.ids[f'sheet_{name}']}/complete", json={"answers": sheets[name]}
            )
            for name in experts
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 5, [answer.text[:300] for answer in answers]
    either.work()
    with either.looking() as session:
        case = session.get_one(Instance, either.ids["case"])
        mean = [
            float(session.get_one(Submission, either.ids[f"sheet_{name}"]).answers["total"]) for name in stage.PANEL
        ]
        assert float(case.variables["evaluation"]["score"]) == pytest.approx(sum(mean) / len(mean), abs=0.01)
        following = session.scalars(select(Task).where(Task.instance_id == case.id, Task.status == "open")).all()
        assert len(following) == 1
        assert session.scalar(select(func.count()).select_from(Incident).where(Incident.instance_id == case.id)) == 1, (
            "the stage's own"
        )
        assert trail.verify(session).ok


def test_a_completion_meets_the_removal_of_its_case(either: House) -> None:
    """The order of the commits decides: the task is done before the case ends, or it is gone."""
    case = either.ids["case_bakery"]
    done, removed = together(
        _complete(either, "wang"),
        lambda: either.api("li", "POST", f"/cases/{case}/removal", json={"decision": "removed", "reason": "停产"}),
    )
    either.work()
    assert removed.status_code == 200, removed.text
    assert done.status_code in {200, 409}, done.text
    with either.looking() as session:
        assert session.get_one(Case, case).outcome == "removed"
        assert session.scalars(select(Task).where(Task.instance_id == case, Task.status == "open")).all() == []
        assert trail.verify(session).ok


def test_publishing_pressed_twice_publishes_once(either: House) -> None:
    approved(either)
    path = f"/lists/{either.ids['draft_list']}/publish"
    answers = together(
        *(lambda who=who: either.api(who, "POST", path, json={"published_on": "2026-03-02"}) for who in ("li", "liu"))
    )
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    either.work()
    with either.looking() as session:
        opened = select(func.count()).select_from(Event).where(Event.action == "case.opened", Event.chain.in_(
            select(Case.id).where(Case.publication_date == stage.NOW.date())))  # fmt: skip
        assert session.scalar(opened) == 1


def test_of_two_who_decide_about_a_line_the_second_is_told_who_did(either: House) -> None:
    joined = either.api(
        "admin", "POST", "/people/lone/memberships", json={"organisation_id": "gansu_bureau", "role": "province_bureau"}
    )
    assert joined.status_code == 201
    proposed(either)
    path = f"/lists/{either.ids['draft_list']}/decisions"
    line = {"entry_ids": [either.ids["entry"]], "reason": "不符合条件"}
    answers = together(
        lambda: either.api("ma", "POST", path, json={"decision": "approved", **line}),
        lambda: either.api("lone", "POST", path, json={"decision": "refused", **line}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    won = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert (lost.json["code"], lost.json["state"]["by"]) == ("line_is_decided", ("马处长", "散客")[won])
    entry = either.api("li", "GET", f"/lists/{either.ids['draft_list']}/entries").json["items"][0]
    assert entry["decision"] == ("approved", "refused")[won]


def test_of_two_who_decide_about_a_request_to_join_the_second_is_told_who_did(either: House) -> None:
    path = f"/join-requests/{either.ids['join']}/decision"
    answers = together(
        lambda: either.api("li", "POST", path, json={"decision": "approved"}),
        lambda: either.api("he", "POST", path, json={"decision": "refused", "reason": "不是本企业人员"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    won = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert (lost.json["code"], lost.json["state"]["by"]) == ("join_decided", ("李科长", "何所长")[won])
    seen = either.api("early", "GET", f"/cases/{either.ids['case_bakery']}").status_code
    assert seen == (200, 404)[won]


def test_an_import_applied_twice_counts_once(either: House) -> None:
    path = f"/imports/{either.ids['import']}/apply"
    answers = together(*(lambda who=who: either.api(who, "POST", path) for who in ("li", "liu")))
    assert sorted(answer.status_code for answer in answers) == [200, 409], [answer.text for answer in answers]
    entries = either.api("li", "GET", f"/lists/{either.ids['draft_list']}/entries").json["items"]
    assert len(entries) == 3


def test_the_same_user_name_taken_twice_is_a_conflict(either: House) -> None:
    body = {
        "name": "新人",
        "password": stage.PASSWORD,
        "organisation_id": "bakery",
        "role": "enterprise",
        "username": "twin",
    }
    answers = together(*(lambda who=who: either.api(who, "POST", "/people", json=body) for who in ("admin", "zong")))
    assert sorted(answer.status_code for answer in answers) == [201, 409], [answer.text for answer in answers]


def test_results_published_twice_appear_once(either: House) -> None:
    form = {
        "title": "结果",
        "region_code": "620100",
        "published_on": "2026-03-02",
        "case_ids[]": [either.ids["case_cement"]],
    }
    answers = together(*(lambda: either.post(either.browser("ma"), "/results", form) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert "其中有结果已公布" in lost.text
    with either.looking() as session:
        shown = (
            select(func.count())
            .select_from(PublicationEntry)
            .where(PublicationEntry.case_id == either.ids["case_cement"])
        )
        assert session.scalar(shown) == 1
