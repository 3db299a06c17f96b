"""The start filing: who may be chosen, what an own audit must prove, and what a late filing sets going by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from audits import consultancies, letters
from tests.audits.office import Office
from workflows import tasks
from workflows.errors import Invalid, NotAllowed
from workflows.models import Party

CHOSEN = {"start_filing": {"mode": "consultancy", "consultancy": "consultancy"}}


def restrict(office: Office, who: str = "li", *, restricted: bool = True, reason: str = "弄虚作假") -> None:
    """Restrict the consultancy of the named world."""
    with office.as_(who) as (session, actor):
        consultancies.restrict(session, actor, "consultancy", restricted=restricted, reason=reason, now=office.now)


def offered(office: Office, case_id: str) -> set[str]:
    """Give the consultancies that the form of a waiting start filing offers."""
    task = office.task(case_id, "file_start")
    with office.looking() as session:
        view = tasks.view(session, office.app, office.actor(session, "wang"), task.id, now=office.now)
        return {one["value"] for one in view.context["consultancies"]}


@pytest.mark.database
def test_a_restricted_consultancy_cannot_be_chosen_and_can_again_afterwards(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "file_start")
    assert "consultancy" in offered(office, case_id)
    for who in ("wang", "he"):
        with pytest.raises(NotAllowed):
            restrict(office, who)
    with pytest.raises(Invalid):
        restrict(office, reason=" ")
    restrict(office)
    restrict(office)
    assert "consultancy" not in offered(office, case_id)
    with pytest.raises(Invalid) as refused:
        office.do(office.task(case_id, "file_start"), **CHOSEN["start_filing"])
    assert "consultancy" in refused.value.fields
    restrict(office, restricted=False, reason="整改完成")
    office.do(office.task(case_id, "file_start"), **CHOSEN["start_filing"])
    told = [(one["new"], one["reason"]) for one in office.told("org:consultancy", "consultancy.restricted")]
    assert told == [(True, "弄虚作假")], "the same decision again is no act"


def test_an_engagement_in_force_outlives_the_restriction(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "prepare_audit", **CHOSEN)
    restrict(office)
    with office.looking() as session:
        party = session.scalars(select(Party).where(Party.instance_id == case_id, Party.role == "consultancy")).one()
    assert party.until is None


@pytest.mark.parametrize("missing", ["capability_proof", "instruments", "technicians"])
def test_an_own_audit_is_not_filed_without_its_proof(office: Office, missing: str) -> None:
    case_id = office.open()
    office.until(case_id, "file_start")
    empty: dict[str, Any] = {missing: []}
    with pytest.raises(Invalid):
        office.do(office.task(case_id, "file_start"), mode="self", **empty)
    assert office.task(case_id, "file_start")


def test_a_late_start_filing_puts_the_case_on_the_ladder_by_itself(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "file_start")
    due = office.deadline(case_id, "start").due_on
    office.wait(days=(due - date(2026, 3, 2)).days)
    assert not [task for task in office.waiting(case_id) if task.element == "follow_up_start"]
    office.wait(days=2)
    step = office.task(case_id, "follow_up_start")
    assert "li" in office.person_of(case_id, "follow_up_start")
    assert office.deadline(case_id, "start").escalated_at is not None
    office.do(step, action="order")
    with office.looking() as session:
        assert letters.for_case(session, case_id)[-1].kind == "overdue_order"
    assert office.task(case_id, "file_start"), "the duty itself stays open"


def test_both_days_of_a_notice_are_shown_and_the_clock_runs_from_publication(office: Office) -> None:
    case_id = office.open()
    notice = next(task for task in office.waiting(case_id) if task.element == "confirm_notice_receipt")
    office.wait(days=9)
    office.do(notice, received_on="2026-03-10")
    with office.looking() as session:
        letter = letters.for_case(session, case_id)[0]
    assert letter.served_on == date(2026, 3, 10)
    assert office.case(case_id).publication_date == date(2026, 3, 2)
    assert office.deadline(case_id, "disclosure").trigger_on == date(2026, 3, 2), "publication, not receipt"
