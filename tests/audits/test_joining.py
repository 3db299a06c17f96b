"""Somebody asks to join an enterprise that is registered already; its administrator decides, or the bureau."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from audits import enterprises, joining, notices, unjoined
from audits.models import JoinRequest, Notice
from tests import world
from tests.audits.office import Office
from workflows import people, tasks
from workflows.access import SYSTEM
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership, Organisation, Person


@pytest.fixture
def newcomer(office: Office) -> str:
    """Add somebody who belongs nowhere yet."""
    with office.sessions.begin() as session:
        session.add(Person(id="xin", username="xin", name="新来的", created_at=world.FOUNDED))
    return "xin"


def empty(office: Office, organisation: str) -> None:
    """Let everybody leave an enterprise."""
    with office.sessions.begin() as session:
        for row in session.scalars(select(Membership).where(Membership.organisation_id == organisation)):
            row.until = office.now - timedelta(days=1)


def code_of(office: Office, organisation: str) -> str:
    with office.looking() as session:
        return session.get_one(Organisation, organisation).code or ""


def ask(office: Office, who: str, organisation: str = "bakery", note: str = "") -> str:
    code = code_of(office, organisation)
    with office.as_(who) as (session, actor):
        return joining.ask(session, actor, uscc=code, note=note, now=office.now).id


def decide(office: Office, who: str, request_id: str, decision: str = "approved", **more: Any) -> None:
    with office.as_(who) as (session, actor):
        joining.decide(session, actor, request_id, decision=decision, **more, now=office.now)


def waits_for(office: Office, who: str) -> list[str]:
    with office.looking() as session:
        found = joining.waiting(session, office.actor(session, who), now=office.now)
        return [request.id for request, _enterprise, _person in found.items]


def roles_of(office: Office, person: str) -> set[tuple[str, str]]:
    with office.looking() as session:
        return {(fact.organisation_id, fact.role) for fact in office.actor(session, person).memberships}


def test_the_same_code_twice_is_refused_and_leads_to_a_request(office: Office, newcomer: str) -> None:
    code = code_of(office, "bakery")
    with office.as_("li") as (session, actor), pytest.raises(Conflict) as caught:
        enterprises.register(
            session, actor, {"name": "另一家", "uscc": code.lower(), "region_code": "620102", "industry": "1411"},
            now=office.now,
        )  # fmt: skip
    assert caught.value.code == "enterprise_exists"
    with office.as_(newcomer) as (session, actor):
        row = joining.ask(session, actor, uscc=" " + code.lower(), note="财务", now=office.now)
        assert (row.enterprise_id, row.status, row.note) == ("bakery", "open", "财务")


@pytest.mark.parametrize(
    ("code", "fault"), [("91620102MA1ABCD024", "bad_uscc"), ("", "bad_uscc"), ("91350100M000100Y43", "not_registered")]
)
def test_a_request_names_a_right_code_of_a_registered_enterprise(
    office: Office, newcomer: str, code: str, fault: str
) -> None:
    with office.as_(newcomer) as (session, actor), pytest.raises(Invalid) as caught:
        joining.ask(session, actor, uscc=code, now=office.now)
    assert caught.value.fields == {"uscc": [fault]}


@pytest.mark.database
def test_the_administrator_of_the_enterprise_decides_and_nobody_else(office: Office, newcomer: str) -> None:
    request = ask(office, newcomer, "steelworks")
    assert waits_for(office, "chen") == [request]
    for other in ("li", "he", "ma", "wang", "kong", newcomer, "admin"):
        assert waits_for(office, other) == []
        with pytest.raises(NotFound):
            decide(office, other, request)
    with office.looking() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "join_asked")).one()
        assert (notice.organisation_id, notices.text(notice)) == ("steelworks", "新来的申请加入兰州钢铁有限公司")
    decide(office, "chen", request, role="enterprise")
    assert roles_of(office, newcomer) == {("steelworks", "enterprise")}
    assert office.told("org:steelworks", "join.approved") == [
        {"person": newcomer, "roles": ["enterprise"], "reason": ""}
    ]
    with pytest.raises(Conflict) as caught:
        decide(office, "chen", request, "refused", reason="重复")
    assert (caught.value.code, caught.value.values["by"]) == ("join_decided", "陈工")


def test_where_nobody_administers_it_the_bureau_decides_and_the_first_becomes_administrator(
    office: Office, newcomer: str
) -> None:
    request = ask(office, newcomer)
    assert [waits_for(office, who) for who in ("he", "li", "ma", "gao", "kong", "wang")] == [
        [request], [request], [request], [], [], [],
    ]  # fmt: skip
    with office.looking() as session:
        notice = session.scalars(select(Notice).where(Notice.kind == "join_asked")).one()
        assert notice.organisation_id == "chengguan_bureau"
    decide(office, "he", request)
    assert roles_of(office, newcomer) == {("bakery", "enterprise"), ("bakery", "enterprise_administrator")}
    with pytest.raises(Conflict) as caught:
        decide(office, "li", request)
    assert (caught.value.code, caught.value.values["by"]) == ("join_decided", "何所长")
    second = ask(office, "wu")
    assert waits_for(office, "li") == []
    assert waits_for(office, newcomer) == [second]


def test_a_refusal_says_why_and_gives_nothing(office: Office, newcomer: str) -> None:
    request = ask(office, newcomer)
    with pytest.raises(Invalid) as caught:
        decide(office, "li", request, "refused", reason=" ")
    assert set(caught.value.fields) == {"reason"}
    decide(office, "li", request, "refused", reason="不是本企业人员")
    assert roles_of(office, newcomer) == set()
    with office.as_(newcomer) as (session, actor):
        row, enterprise = joining.mine(session, actor)[0]
        assert (row.status, row.decision_reason, enterprise.id) == ("refused", "不是本企业人员", "bakery")
    assert ask(office, newcomer) != request


def test_nobody_asks_twice_at_once_and_a_request_can_be_taken_back(office: Office, newcomer: str) -> None:
    request = ask(office, newcomer)
    with pytest.raises(Conflict) as caught:
        ask(office, newcomer)
    assert caught.value.code == "join_asked"
    with office.as_("wang") as (session, actor), pytest.raises(NotFound):
        joining.withdraw(session, actor, request, now=office.now)
    with office.as_(newcomer) as (session, actor):
        joining.withdraw(session, actor, request, now=office.now)
    assert waits_for(office, "li") == []
    with pytest.raises(Conflict):
        decide(office, "li", request)
    with office.looking() as session:
        assert session.get_one(JoinRequest, request).open_key is None
    ask(office, newcomer)


@pytest.mark.parametrize(("who", "error"), [("li", NotAllowed), ("ma", NotAllowed), ("wang", Conflict)])
def test_officers_and_those_who_belong_to_it_do_not_ask(office: Office, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(office, who)


def test_an_administrator_of_the_system_joins_no_enterprise(office: Office, newcomer: str) -> None:
    request = ask(office, newcomer)
    with office.sessions.begin() as session:
        people.add_membership(
            session, SYSTEM, person_id=newcomer, organisation_id="gansu_bureau", role="audit_administrator",
            now=office.now,
        )  # fmt: skip
    with pytest.raises(Conflict) as caught:
        decide(office, "li", request)
    assert caught.value.code == "roles_apart"
    assert roles_of(office, newcomer) == {("gansu_bureau", "audit_administrator")}


# ---- what waits meanwhile


@pytest.mark.database
def test_the_tasks_of_an_enterprise_wait_for_somebody_to_join_in_sight_of_the_bureau(
    office: Office, newcomer: str
) -> None:
    empty(office, "bakery")
    case_id = office.open()
    assert office.incidents() == []
    with office.looking() as session:
        for who, seen in (("li", True), ("he", True), ("ma", True), ("gao", False), ("kong", False)):
            actor = office.actor(session, who)
            found = unjoined.board(session, actor, now=office.now).items
            assert [line.enterprise.id for line in found] == (["bakery"] if seen else [])
            assert unjoined.count(session, actor, now=office.now) == len(found)
        line = unjoined.board(session, office.actor(session, "li"), now=office.now).items[0]
        assert (line.holder.id, line.cases) == ("lanzhou_bureau", 1)
        assert line.due_on == office.deadline(case_id, "disclosure").due_on
        with pytest.raises(NotAllowed):
            unjoined.board(session, office.actor(session, "chen"), now=office.now)
    decide(office, "li", ask(office, newcomer))
    with office.looking() as session:
        assert unjoined.board(session, office.actor(session, "li"), now=office.now).items == ()
    with office.as_(newcomer) as (session, actor):
        waiting = tasks.todo(session, actor, now=office.now).items
        assert [task.element for task in waiting] == ["confirm_notice_receipt"]


def test_several_plants_stand_under_one_code(office: Office) -> None:
    with office.as_("chen") as (session, actor):
        for name, region in (("一厂", "620102"), ("二厂", "620104")):
            enterprises.add_plant(
                session, actor, "steelworks", name=name, address="河口路", region_code=region, now=office.now
            )
    with office.looking() as session:
        found = enterprises.plants(session, office.actor(session, "li"), "steelworks")
        assert {(plant.name, plant.region_code) for plant in found} == {("一厂", "620102"), ("二厂", "620104")}
    assert len(office.told("org:steelworks", "plant.added")) == 2
