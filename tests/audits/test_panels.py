"""Experts: the pool, who may not judge, and how long a panel sees a case."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from audits import cases, consultancies, experts, panels
from audits.models import Case, Enterprise, Expert, PanelMember
from tests.audits.office import EXPERTS, Office
from workflows import instances
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

NEW: dict[str, Any] = {
    "username": "tang",
    "name": "唐静",
    "employer": "西北矿冶研究院",
    "title": "正高级工程师",
    "fields": ["process"],
    "region_code": "620000",
    "valid_until": "2030-12-31",
}


def choices(office: Office, case_id: str) -> set[str]:
    with office.looking() as session:
        rows = panels.available(session, session.get_one(Case, case_id), office.case(case_id).publication_date)
        return {row["value"] for row in rows}


def appoint(office: Office, case_id: str, chosen: list[str]) -> None:
    with office.as_("li") as (session, _actor):
        case = session.get_one(Case, case_id)
        panels.appoint(
            session, office.app, case, purpose="evaluation", expert_ids=chosen, detail={"place": "兰州"}, now=office.now
        )


def test_the_province_adds_an_expert_with_a_person_of_the_pool(office: Office) -> None:
    with office.as_("ma") as (session, actor):
        added = experts.add(session, actor, NEW, now=office.now)
        with pytest.raises(Conflict):
            experts.add(session, actor, NEW, now=office.now)
    with office.as_(added.id) as (session, actor):
        assert actor.roles == {"expert"}
        with pytest.raises(NotAllowed):
            experts.list_(session, actor)
    with office.as_("ma") as (session, actor):
        found = experts.list_(session, actor, text="矿冶").items
        assert [(expert.id, person.name) for expert, person in found] == [(added.id, "唐静")]
        assert experts.get(session, actor, added.id)[1].name == "唐静"
        with pytest.raises(NotFound):
            experts.get(session, actor, "nobody")
        page = experts.list_(session, actor, limit=2)
        rest = experts.list_(session, actor, limit=2, cursor=page.next_cursor)
        assert len({expert.id for expert, _ in (*page.items, *rest.items)}) == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("employer", " "),
        ("fields", []),
        ("fields", ["magic"]),
        ("region_code", "1"),
        ("valid_until", "soon"),
    ],
)
def test_an_expert_without_what_is_needed_is_refused(office: Office, field: str, value: object) -> None:
    with office.as_("ma") as (session, actor), pytest.raises(Invalid) as caught:
        experts.add(session, actor, NEW | {field: value}, now=office.now)
    assert set(caught.value.fields) == {field}


def test_a_county_may_not_add_to_the_pool_of_the_province(office: Office) -> None:
    for username in ("he", "li", "chen", "kong"):
        with office.as_(username) as (session, actor), pytest.raises(NotAllowed):
            experts.add(session, actor, NEW, now=office.now)


def test_who_works_for_a_party_of_the_case_may_not_judge_it(office: Office) -> None:
    case_id = office.open()
    assert choices(office, case_id) == set(EXPERTS)
    for employer in ("黄河食品有限公司", " 黄河食品 有限公司 ", "甘肃清源咨询公司", "老黄河食品厂"):
        with office.as_("li") as (session, _actor):
            session.get_one(Expert, "sun").employer = employer
            case = session.get_one(Case, case_id)

            session.get_one(Enterprise, case.enterprise_id).former_names = ["老黄河食品厂"]

            consultancies.engage(session, office.app, case, "consultancy", office.now)
            consultancies.engage(session, office.app, case, "other_consultancy", office.now)
        assert choices(office, case_id) == set(EXPERTS) - {"sun"}, employer
    with pytest.raises(Invalid) as caught:
        appoint(office, case_id, ["sun", "qian", "zhou"])
    assert caught.value.code == "expert_not_available"


def test_who_is_no_longer_valid_may_not_judge(office: Office) -> None:
    case_id = office.open()
    for change in (
        {"status": "suspended"},
        {"status": "active", "valid_until": office.case(case_id).publication_date.replace(year=2020)},
    ):
        with office.as_("li") as (session, _actor):
            for key, value in change.items():
                setattr(session.get_one(Expert, "sun"), key, value)
        assert "sun" not in choices(office, case_id)


def test_fewer_than_three_are_no_panel_and_nobody_counts_twice(office: Office) -> None:
    case_id = office.open()
    for chosen in (["sun"], ["sun", "qian"], ["sun", "qian", "sun"]):
        with pytest.raises(Invalid) as caught:
            appoint(office, case_id, chosen)
        assert caught.value.code == "panel_too_small"


@pytest.mark.database
def test_a_panel_sees_the_case_only_until_it_closes_and_sheets_stay_closed_as_long(office: Office) -> None:
    case_id = office.open(types=("SHUANGYOU",))
    office.until(case_id, "score_evaluation", start_filing={"mode": "self"})
    sheets = [task for task in office.waiting(case_id) if task.element == "score_evaluation"]
    assert {task.assignee_id for task in sheets} == set(EXPERTS)
    with office.looking() as session:
        leader = select(PanelMember.expert_id).where(PanelMember.leader)
        assert session.scalars(leader).all() == [next(iter(EXPERTS))]
    done, waiting = sheets[0], sheets[1]
    office.do(done, score=95)
    other = waiting.assignee_id
    assert done.assignee_id is not None
    assert other is not None

    def readable(username: str) -> set[str]:
        with office.as_(username) as (session, actor):
            found = instances.submissions(session, actor, case_id)
            return {one.submission.submitted_by for one in found if one.submission.record_class == "score"}

    assert readable(done.assignee_id) == {done.assignee_id}
    for username in (other, "li", "ma", "wang", "auditor"):
        assert readable(username) == set(), username
    with office.as_(other) as (session, actor):
        assert cases.get(session, actor, case_id).case.id == case_id
    for task in sheets[1:]:
        office.do(task, score=95)
    office.do(office.task(case_id, "write_evaluation_opinion"))
    office.wait(minutes=1)
    assert readable("li") == set(EXPERTS)
    assert readable("wang") == set()
    with office.as_(other) as (session, actor), pytest.raises(NotFound):
        cases.get(session, actor, case_id)
    with office.looking() as session:
        (panel,) = panels.of_case(session, office.actor(session, "li"), office.case(case_id))
        assert panel.closed_at is not None
        members = panels.members(session, office.actor(session, "li"), panel)
        assert (members[0][0].expert_id, members[0][0].leader) == (next(iter(EXPERTS)), True)
        assert panels.members(session, office.actor(session, "chen"), panel) == []
    case = office.case(case_id)
    assert (case.band, f"{case.score:.4f}") == ("proceed", "95.0000")
