"""Who has no part in a case sees nothing of it: in no list, no count, no page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import (
    cases,
    company_users,
    consultancies,
    deadline_board,
    enterprises,
    letters,
    lists,
    notices,
    publications,
    statistics,
    workbench,
)
from audits.access import case as fetch_case
from audits.access import visible
from audits.demo.player import PDF
from audits.models import AuditList, Case, Deadline, Disclosure, Enterprise, Letter, ListEntry, Notice, Option, Panel
from tests.audits.office import Office
from workflows import access as workflow_access
from workflows import files, tasks
from workflows.access import Actor
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Membership, Organisation, Person, Task

STRANGERS = ("chen", "gao", "kong", "meng", "zhao", "wu", "sun", "designer")
INSIDERS = ("wang", "li", "liu", "ma", "he", "admin", "auditor")
TABLES = (Case, Deadline, Letter, ListEntry, AuditList, Option, Panel, Notice)


@pytest.fixture
def case_id(office: Office) -> str:
    return office.open()


@pytest.mark.parametrize("username", STRANGERS)
def test_a_stranger_finds_nothing_of_a_case_anywhere(office: Office, case_id: str, username: str) -> None:
    with office.as_(username) as (session, actor):
        assert cases.list_(session, actor).items == ()
        assert deadline_board.board(session, actor, today=office.case(case_id).publication_date).items == ()
        assert deadline_board.counts(session, actor, office.case(case_id).publication_date) == dict.fromkeys(
            deadline_board.STATES, 0
        )
        assert "bakery" not in {row.id for row in enterprises.list_(session, actor).items}
        assert lists.list_(session, actor).items == ()
        assert notices.mine(session, actor).items == ()
        assert notices.unread_count(session, actor) == 0
        assert publications.pending_results(session, actor).items == ()
        summary = workbench.summary(session, actor, now=office.now)
        assert (summary.todo, summary.open_cases, summary.deadlines, summary.notices) == (0, 0, (), ())
        for table in TABLES:
            assert session.query(table).filter(visible(actor, table)).count() == 0, table


@pytest.mark.parametrize("username", STRANGERS)
def test_a_stranger_who_knows_an_address_is_told_that_there_is_nothing(
    office: Office, case_id: str, username: str
) -> None:
    with office.looking() as session:
        list_id = session.get_one(ListEntry, session.get_one(Case, case_id).entry_id).list_id
        letter_id = letters.for_case(session, case_id)[0].id
        notice_id = session.query(Notice).first().id  # type: ignore[union-attr]
    with office.as_(username) as (session, actor):
        doors: list[Callable[[], Any]] = [
            lambda: cases.get(session, actor, case_id),
            lambda: fetch_case(session, actor, case_id),
            lambda: enterprises.get(session, actor, "bakery"),
            lambda: lists.get(session, actor, list_id),
            lambda: lists.entries(session, actor, list_id),
            lambda: letters.get(session, actor, letter_id),
            lambda: notices.mark_read(session, actor, notice_id, office.now),
        ]
        for door in doors:
            with pytest.raises(NotFound):
                door()


@pytest.mark.parametrize("username", INSIDERS)
def test_its_enterprise_and_the_bureaus_above_see_it(office: Office, case_id: str, username: str) -> None:
    with office.as_(username) as (session, actor):
        assert [line.case.id for line in cases.list_(session, actor).items] == [case_id]
        view = cases.get(session, actor, case_id)
        assert view.enterprise.id == "bakery"
        assert {row.kind for row in view.deadlines} == {"disclosure", "start", "report"}
        assert [task.element for task in view.open_tasks] == ["confirm_notice_receipt"]
        assert [party.role for party in view.parties] == ["enterprise", "competent_bureau"]


def test_a_table_without_a_rule_shows_nothing_by_mistake(office: Office) -> None:
    with office.as_("li") as (_session, actor), pytest.raises(TypeError):
        visible(actor, Disclosure)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"text": "食品"}, True),
        ({"text": "QS2026-620100"}, True),
        ({"text": "%"}, False),
        ({"stage": "notification"}, True),
        ({"stage": "acceptance"}, False),
        ({"outcome": "open"}, True),
        ({"outcome": "qualified"}, False),
        ({"region": "620100"}, True),
        ({"region": "620200"}, False),
        ({"region": "1"}, False),
        ({"enterprise_id": "bakery"}, True),
        ({"enterprise_id": "steelworks"}, False),
        ({"list_id": "none"}, False),
    ],
)
def test_cases_are_found_by_what_one_knows_of_them(
    office: Office, case_id: str, filters: dict[str, str], found: bool
) -> None:
    with office.as_("li") as (session, actor):
        lines = cases.list_(session, actor, **filters).items  # type: ignore[arg-type]
        assert [line.case.id for line in lines] == ([case_id] if found else [])
        if found:
            assert lines[0].holders == ["签收书面通知"]
            assert lines[0].next_deadline is not None
            assert lines[0].next_deadline.kind == "disclosure"


def test_the_board_sorts_deadlines_by_urgency(office: Office, case_id: str) -> None:
    due = office.deadline(case_id, "disclosure").due_on
    days = {"overdue": 40, "soon": 28, "ok": 0}
    for state, passed in days.items():
        today = office.case(case_id).publication_date
        with office.as_("li") as (session, actor):
            shown = deadline_board.board(
                session, actor, today=today + timedelta(days=passed), state=state, kind="disclosure"
            )
            assert [line.deadline.due_on for line in shown.items] == [due], state
            assert deadline_board.board(session, actor, today=today, state=state, region="620200").items == ()
            assert deadline_board.counts(session, actor, today + timedelta(days=passed))[state] >= 1


@pytest.mark.parametrize("role", ["designer", "publisher"])
def test_who_changes_the_procedures_of_a_bureau_has_no_part_in_its_cases(
    office: Office, case_id: str, role: str
) -> None:
    """The bureau is a party, and the duty says nothing of its cases: no case, enterprise, notice or letter of it."""
    with office.sessions.begin() as session:
        session.add(Person(id="duty", username="duty", name="职", created_at=office.now))
        session.flush()
        bureau = session.get_one(Case, case_id).competent_id
        session.add(
            Membership(
                id="m-duty", person_id="duty", organisation_id=bureau, role=role,
                region_code=session.get_one(Organisation, bureau).region_code, since=office.now,
            )
        )  # fmt: skip
    with office.as_("duty") as (session, actor):
        with pytest.raises(NotFound):
            cases.get(session, actor, case_id)
        for model in (Case, Letter, Deadline, Enterprise, Notice):
            assert session.scalar(select(func.count()).select_from(model).where(visible(actor, model))) == 0
        assert session.scalar(select(func.count()).select_from(Task).where(workflow_access.visible(actor, Task))) == 0


def test_whoever_leaves_a_company_sees_nothing_of_it_at_once(office: Office) -> None:
    case_id = office.open("steelworks")
    with office.as_("chen") as (session, actor):
        person = company_users.invite(
            session, actor, "steelworks", username="xin", name="新人", role="enterprise", password="Gang-tie-2026!",
            now=office.now,
        )  # fmt: skip
        membership = next(
            row.id
            for row, who in company_users.list_(session, actor, "steelworks", now=office.now)
            if who.id == person.id
        )
        for role in ("city_bureau", "consultancy", "administrator"):
            with pytest.raises(NotAllowed, match="role_not_granted"):
                company_users.invite(
                    session,
                    actor,
                    "steelworks",
                    username=role,
                    name="x",
                    role=role,
                    password="Gang-tie-2026!",
                    now=office.now,
                )
    with office.as_(person.id) as (session, actor):
        assert cases.get(session, actor, case_id).case.id == case_id
        with pytest.raises(NotAllowed):
            company_users.list_(session, actor, "steelworks", now=office.now)
    with office.as_("wang") as (session, actor), pytest.raises(NotFound):
        company_users.leave(session, actor, membership, now=office.now)
    with office.as_("chen") as (session, actor):
        company_users.leave(session, actor, membership, now=office.now)
        own = next(
            row.id for row, who in company_users.list_(session, actor, "steelworks", now=office.now) if who.id == "chen"
        )
        with pytest.raises(Invalid, match="cannot_leave_oneself"):
            company_users.leave(session, actor, own, now=office.now)
    with office.as_(person.id) as (session, actor):
        assert actor.organisations == ()
        with pytest.raises(NotFound):
            cases.get(session, actor, case_id)


def test_statistics_are_for_bureaus(office: Office, case_id: str) -> None:
    for username in ("wang", "zhao", "sun"):
        with office.as_(username) as (session, actor), pytest.raises(NotAllowed):
            statistics.completion(session, actor)


def _count(session: Session, actor: Actor) -> int:
    return session.query(Enterprise).filter(visible(actor, Enterprise)).count()


def test_a_consultancy_sees_its_client_only_while_it_is_engaged(office: Office, case_id: str) -> None:
    office.until(case_id, "check_filing", start_filing={"mode": "consultancy", "consultancy": "consultancy"})
    with office.as_("zhao") as (session, actor):
        assert _count(session, actor) == 0
    office.do(office.task(case_id, "check_filing"))
    with office.as_("zhao") as (session, actor):
        assert cases.get(session, actor, case_id).case.consultancy_id == "consultancy"
        assert _count(session, actor) == 1
    with office.as_("wu") as (session, actor), pytest.raises(NotFound):
        cases.get(session, actor, case_id)
    assert office.person_of(case_id, "prepare_audit") >= {"zhao", "wang"}
    with office.as_("li") as (session, _actor):
        consultancies.engage(session, office.app, session.get_one(Case, case_id), "other_consultancy", office.now)
    office.wait(minutes=1)
    with office.as_("zhao") as (session, actor):
        assert _count(session, actor) == 0
        with pytest.raises(NotFound):
            cases.get(session, actor, case_id)
    with office.as_("wu") as (session, actor):
        assert cases.get(session, actor, case_id).case.id == case_id
    assert office.person_of(case_id, "prepare_audit") == {"wu", "wang"}


@pytest.mark.database
def test_what_a_leaver_had_begun_passes_on_with_its_files(office: Office) -> None:
    case_id = office.open("steelworks")
    with office.as_("chen") as (session, actor):
        person = company_users.invite(
            session, actor, "steelworks", username="xin", name="新人", role="enterprise", password="Gang-tie-2026!",
            now=office.now,
        )  # fmt: skip
        membership = next(
            row.id
            for row, who in company_users.list_(session, actor, "steelworks", now=office.now)
            if who.id == person.id
        )
    task = office.task(case_id, "confirm_notice_receipt")
    with office.as_(person.id) as (session, actor):
        tasks.claim(session, actor, task.id, now=office.now)
        made = files.upload(session, office.app, actor, name="签收.pdf", content=PDF, task_id=task.id, now=office.now)
        typed = {"receiver": "新人", "phone": "13800000000"}
        tasks.save_draft(session, actor, task.id, typed, "已收到", 0, office.now)
        file_id = made.id
    with office.as_("chen") as (session, actor):
        tasks.keep_as_draft(session, actor, task.id, {"receiver": "陈工"}, "", office.now)
        company_users.leave(session, actor, membership, now=office.now)
    with office.looking() as session:
        chen = office.actor(session, "chen")
        draft = tasks.draft_of(session, chen, task.id)
        assert draft is not None
        assert (draft.answers, draft.opinion) == ({"receiver": "陈工", "phone": "13800000000"}, "已收到")
        assert session.get_one(Task, task.id).assignee_id is None, "what the leaver held is open again"
        assert workflow_access.attachment(session, chen, file_id).name == "签收.pdf"
        leaver = office.actor(session, person.id)
        assert tasks.draft_of(session, leaver, task.id) is None
        with pytest.raises(NotFound):
            workflow_access.attachment(session, leaver, file_id)
    assert [(one["old"], one["new"]) for one in office.told(case_id, "task.passed_on")] == [("新人", "陈工")]
