"""Whose a report is when the consultancy is replaced: its versions stay with the case, and readable to who made them."""

from __future__ import annotations

import pytest

from audits import consultancies, reports
from audits.models import Case
from tests.audits.office import Office
from workflows.errors import NotFound


def test_versions_and_texts_of_a_replaced_consultancy_stay_with_the_case(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "prepare_audit", start_filing={"mode": "consultancy", "consultancy": "consultancy"})
    with office.as_("zhao") as (session, actor):
        reports.write(session, actor, case_id, "foreword", content="前任机构的稿子", number=0, now=office.now)
        first = reports.make(session, office.app, actor, case_id, "audit", note="初稿", now=office.now).number
    office.work()
    with office.as_("li") as (session, _actor):
        consultancies.engage(session, office.app, session.get_one(Case, case_id), "other_consultancy", office.now)
    office.wait(minutes=1)
    with office.looking() as session:
        zhao = office.actor(session, "zhao")
        for ask in (
            lambda: reports.look(session, zhao, case_id, "audit"),
            lambda: reports.listed(session, zhao, case_id, "acceptance"),
            lambda: reports.open_(session, office.app, zhao, case_id, "audit", first + 1, "docx"),
            lambda: reports.open_(session, office.app, office.actor(session, "chen"), case_id, "audit", first, "docx"),
            lambda: reports.history(session, zhao, case_id, "foreword"),
        ):
            with pytest.raises(NotFound):
                ask()
        for name in ("wang", "wu", "zhao"):  # the one who left may still read what they made themselves
            actor = office.actor(session, name)
            (made,) = reports.listed(session, actor, case_id, "audit")
            assert (made.number, made.note, made.by) == (first, "初稿", "赵老师")
            assert reports.open_(session, office.app, actor, case_id, "audit", first, "docx")[1]
            if name != "zhao":
                assert [one.content for one in reports.history(session, actor, case_id, "foreword")] == [
                    "前任机构的稿子"
                ]
    with office.as_("wu") as (session, actor):
        reports.write(session, actor, case_id, "foreword", content="新任机构的稿子", number=1, now=office.now)
        assert reports.make(session, office.app, actor, case_id, "audit", note="", now=office.now).number == first + 1
