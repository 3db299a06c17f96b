"""Boards over many cases: the notices of a list, and the disclosures; every number equals its list."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from audits import disclosure_board, letters, list_notices
from audits.calendars import local_day
from audits.models import Enterprise, Letter
from tests.audits.office import Office
from tests.audits.test_lists import firms
from workflows import incidents
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

FIRMS = {"bakery": ["SHUANGYOU"], "steelworks": ["GAOHAONENG"]}


def counted(office: Office, list_id: str) -> tuple[list_notices.Tally, dict[str, int]]:
    """Give the numbers of a list's notices, and how long the list of each state is."""
    with office.sessions() as session:
        actor = office.actor(session, "li")
        lengths = {
            state: len(list_notices.lines(session, actor, list_id, state=state).items) for state in list_notices.STATES
        }
        return list_notices.tally(session, actor, list_id), lengths


def test_the_numbers_of_the_notices_equal_their_lists(office: Office) -> None:
    list_id = office.publish(FIRMS)
    tally, lengths = counted(office, list_id)
    assert (tally.lines, tally.issued, tally.made, tally.served, tally.unserved) == (2, 2, 2, 0, 2)
    assert lengths == {"missing": 0, "unmade": 0, "unserved": 2, "served": 0}
    with office.as_("li") as (session, actor):
        letter = session.scalars(select(Letter).order_by(Letter.number)).first()
        assert letter is not None
        letters.record_service(
            session, actor, letter.id, method="mail", served_on=local_day(office.now), signer="王工", now=office.now
        )
    tally, lengths = counted(office, list_id)
    assert (tally.served, tally.unserved, tally.by_method) == (1, 1, {"mail": 1})
    assert lengths == {"missing": 0, "unmade": 0, "unserved": 1, "served": 1}


def test_a_notice_without_files_and_its_incident_are_listed_as_failed(office: Office) -> None:
    list_id = office.publish(FIRMS)
    with office.sessions.begin() as session:
        letter = session.scalars(select(Letter)).first()
        assert letter is not None
        letter.docx_id = letter.pdf_id = None
        incidents.open_(session, kind="job", message="disk full", key=f"{letters.RENDER}:{letter.id}", now=office.now)
        incidents.open_(session, kind="job", message="another list", key="elsewhere", now=office.now)
        missing = letter.id
    tally, lengths = counted(office, list_id)
    assert (tally.made, lengths["unmade"]) == (1, 1)
    with office.sessions() as session:
        found = list_notices.failures(session, office.actor(session, "li"), list_id)
        assert [(incident.message, line.letter.id) for incident, line in found if line.letter] == [
            ("disk full", missing)
        ]


def test_the_workbook_holds_every_line_as_text(office: Office) -> None:
    list_id = office.publish(FIRMS)
    with office.sessions.begin() as session:
        session.get_one(Enterprise, "bakery").name = "=1+1"
    with office.sessions() as session:
        content = list_notices.workbook(session, office.actor(session, "li"), list_id, "zh")
    rows = list(openpyxl.load_workbook(BytesIO(content)).worksheets[0].iter_rows())
    assert len(rows) == 3
    assert {cell.data_type for row in rows for cell in row if cell.value is not None} == {"s"}
    assert "=1+1" in {row[1].value for row in rows}


@pytest.mark.parametrize("username", ["chen", "kong"])
def test_the_notices_of_a_list_are_told_to_nobody_who_may_not_know_the_list(office: Office, username: str) -> None:
    list_id = office.publish(FIRMS)
    with office.sessions() as session, pytest.raises(NotFound):
        list_notices.tally(session, office.actor(session, username), list_id)


def states(office: Office) -> dict[str, str]:
    """Give the state of each enterprise's disclosure, after checking that every number equals its list."""
    today = local_day(office.now)
    with office.sessions() as session:
        actor = office.actor(session, "li")
        lines = disclosure_board.board(session, actor, today=today).items
        for by in ("list", "place"):
            groups = disclosure_board.groups(session, actor, today=today, by=by)
            assert sum(group.total for group in groups) == len(lines)
            for group in groups:
                for state, number in group.counts.items():
                    where: dict[str, Any] = {"place" if by == "place" else "list_id": group.key}
                    listed = disclosure_board.board(session, actor, today=today, state=state, **where)
                    assert len(listed.items) == number, (by, group.name, state)
        return {line.enterprise.id: line.state for line in lines}


def order_to_publish(office: Office, late: str, in_time: str) -> None:
    """Order one enterprise to publish in one step; one that is not overdue, a day that has passed and others fail."""
    by = local_day(office.now) + timedelta(days=15)

    def order(who: str, *case_ids: str, day: date = by) -> None:
        with office.as_(who) as (session, actor):
            disclosure_board.order(session, office.app, actor, case_ids, correct_by=day, now=office.now)

    for who, chosen, day, error in (
        ("ma", (), by, Invalid),
        ("ma", (late,), local_day(office.now), Invalid),
        ("ma", (late, in_time), by, Conflict),
        ("li", (late,), by, NotAllowed),
        ("chen", (late,), by, NotAllowed),
        ("kong", (late,), by, NotFound),
    ):
        with pytest.raises(error):
            order(who, *chosen, day=day)
    order("ma", late)
    issued = [one for one in office.told(late, "letter.issued") if one["kind"] == "overdue_order"]
    assert len(issued) == 1
    with pytest.raises(Conflict) as caught:
        order("ma", late)
    assert caught.value.code == "not_overdue"
    assert office.incidents() == []


def test_a_disclosure_is_due_then_overdue_with_the_bureaus_task_then_done_late(office: Office) -> None:
    list_id = office.publish(FIRMS)
    assert states(office) == {"bakery": "due", "steelworks": "due"}
    with office.sessions() as session:
        cases = {
            line.enterprise.id: line.case.id
            for line in disclosure_board.board(
                session, office.actor(session, "li"), today=local_day(office.now), list_id=list_id
            ).items
        }
    for case_id in cases.values():
        office.until(case_id, "submit_disclosure")
    office.do(office.task(cases["bakery"], "submit_disclosure"))
    assert states(office) == {"bakery": "in_time", "steelworks": "due"}
    office.do(
        next(task for task in office.waiting(cases["bakery"]) if task.form == "disclosure_check"), decision="return"
    )
    assert states(office) == {"bakery": "sent_back", "steelworks": "due"}
    office.wait(days=(office.deadline(cases["steelworks"], "disclosure").due_on - local_day(office.now)).days + 2)
    assert states(office)["steelworks"] == "overdue"
    with office.sessions() as session:
        late = disclosure_board.board(
            session, office.actor(session, "li"), today=local_day(office.now), state="overdue"
        )
        assert [line.follow_up for line in late.items] == [office.task(cases["steelworks"], "follow_up_disclosure").id]
    order_to_publish(office, cases["steelworks"], cases["bakery"])
    assert states(office)["steelworks"] == "overdue"
    office.do(office.task(cases["steelworks"], "submit_disclosure"))
    assert states(office)["steelworks"] == "late"


def notify_all(office: Office, count: int) -> None:
    """Publish a list; every notice is made, some are served, one fails: the board tells them all apart."""
    list_id = office.publish({firm: ["SHUANGYOU"] for firm in firms(office, count)})
    tally, _lengths = counted(office, list_id)
    assert (tally.lines, tally.issued, tally.made, tally.missing) == (count, count, count, 0)
    with office.looking() as session:
        issued = list(session.scalars(select(Letter).where(Letter.kind == "notice").order_by(Letter.number)))
        assert len({letter.number for letter in issued}) == len({letter.code for letter in issued}) == count
        assert len({letter.pdf_id for letter in issued} | {letter.docx_id for letter in issued}) == 2 * count
    by_mail, in_person, failed = issued[0::3], issued[1::3], issued[2]
    with office.as_("li") as (session, actor):
        for method, letters_ in (("mail", by_mail), ("direct", in_person)):
            for letter in letters_:
                letters.record_service(
                    session, actor, letter.id, method=method, served_on=local_day(office.now), signer="收发室",
                    now=office.now,
                )  # fmt: skip
    with office.sessions.begin() as session:
        row = session.get_one(Letter, failed.id)
        row.docx_id = row.pdf_id = None
        incidents.open_(session, kind="job", message="disk full", key=f"{letters.RENDER}:{row.id}", now=office.now)
    served = len(by_mail) + len(in_person)
    tally, _lengths = counted(office, list_id)
    assert tally.by_method == {"direct": len(in_person), "mail": len(by_mail)}
    assert (tally.made, tally.served, tally.unserved) == (count - 1, served, count - served)
    with office.looking() as session:
        actor = office.actor(session, "li")
        assert [
            line.letter.id for _incident, line in list_notices.failures(session, actor, list_id) if line.letter
        ] == [failed.id]
        rows = list(openpyxl.load_workbook(BytesIO(list_notices.workbook(session, actor, list_id, "zh"))).worksheets[0])
        assert len(rows) == count + 1


@pytest.mark.timeout(300)
def test_the_notices_of_a_list_are_made_served_and_told_apart(office: Office) -> None:
    notify_all(office, 9)


@pytest.mark.night
@pytest.mark.timeout(3000)
def test_the_notices_of_five_hundred_are_made_served_and_told_apart(office: Office) -> None:
    notify_all(office, 500)
