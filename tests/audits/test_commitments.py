"""Self-commitments: accepted on paper, drawn by lot with a seed, kept, lapsed, or revoked into the full procedure."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from audits import commitments, publications
from audits.models import Commitment, CreditEntry, Letter, ListEntry, Publication
from tests.audits.office import Office
from workflows import interventions
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Subscription

SEED = "0123456789abcdef"
COMMITTED = {"start_filing": {"mode": "self", "commitment_wanted": "yes"}}


def committed(office: Office, **more: object) -> str:
    """Have a case of the bakery accepted on a commitment."""
    case_id = office.open(**more)  # type: ignore[arg-type]
    office.until(case_id, "sign_commitment", **COMMITTED)
    while office.waiting(case_id):
        office.do(office.waiting(case_id)[0])
    return case_id


def drawn(office: Office, by: str = "li", count: int = 1) -> list[str]:
    """Draw spot checks in Lanzhou."""
    with office.as_(by) as (session, actor):
        made = commitments.draw(
            session, office.app, actor, region_code="620100", count=count, seed=SEED, now=office.now
        )
        assert made.drawn == commitments.repeat(made.seed, made.pool, count)
        return list(made.drawn)


def status(office: Office, case_id: str) -> str:
    with office.looking() as session:
        return session.scalars(select(Commitment.status).where(Commitment.case_id == case_id)).one()


@pytest.mark.database
def test_a_false_commitment_is_revoked_and_the_full_procedure_runs_to_its_last_letter(office: Office) -> None:
    case_id = committed(office)
    assert (office.case(case_id).procedure, office.case(case_id).outcome) == ("commitment", "qualified")
    published = {"title": "结果", "region_code": "620000", "case_ids": [case_id], "published_on": office.now.date()}
    with office.as_("ma") as (session, actor):
        shown = publications.publish_results(session, actor, **published, now=office.now).id
    assert drawn(office) == [office.case(case_id).number]
    office.do(office.task(case_id, "inspect_commitment"), result="false")
    case = office.case(case_id)
    assert (case.outcome, case.procedure, case.round, status(office, case_id)) == ("", "standard", 2, "revoked")
    with office.looking() as session:
        assert session.get_one(ListEntry, case.entry_id).outcome == ""
        credit = session.scalars(select(CreditEntry)).one()
        assert (credit.kind, credit.until) == ("false_commitment", date(2029, 3, 2))
    with office.as_("ma") as (session, actor):
        corrected = session.scalars(select(Publication).where(Publication.replaces_id == shown)).one()
        (line,) = publications.public_entries(session, corrected.id).items
        assert (line.content["outcome"], corrected.reason[:4]) == ("revoked", "所列中/")
        assert publications.outdated(session, actor) == []
        with pytest.raises(Invalid):
            publications.publish_results(session, actor, **published, now=office.now)
    office.until(case_id, start_filing={"mode": "self"})
    with office.as_("ma") as (session, actor):
        assert [(row.id, count) for row, count in publications.outdated(session, actor)] == [(corrected.id, 1)]
    with office.looking() as session:
        kinds = session.scalars(select(Letter.kind).where(Letter.case_id == case_id).order_by(Letter.created_at)).all()
    assert {"commitment_acceptance", "commitment_revocation"} <= set(kinds)
    assert kinds[-1] == "acceptance_opinion"
    assert office.case(case_id).outcome == "qualified"
    assert office.incidents() == []


def test_a_commitment_that_nobody_checks_lapses_with_its_year(office: Office) -> None:
    case_id = committed(office)
    office.wait(days=364)
    assert status(office, case_id) == "open"
    office.wait(days=3)
    assert status(office, case_id) == "lapsed"
    assert office.case(case_id).outcome == "qualified"
    with pytest.raises(Conflict):
        drawn(office)


def test_only_open_commitments_of_the_region_are_drawn_and_only_by_its_bureaus(office: Office) -> None:
    case_id = committed(office)
    for username in ("wang", "he", "kong"):
        with pytest.raises(NotAllowed):
            drawn(office, by=username)
    with pytest.raises(Invalid):
        drawn(office, count=2)
    drawn(office)
    assert status(office, case_id) == "drawn"
    with pytest.raises(Conflict):
        drawn(office)
    office.do(office.task(case_id, "inspect_commitment"))
    assert status(office, case_id) == "kept"
    with office.looking() as session:
        assert session.scalars(select(Subscription.id).where(Subscription.name == "spot_check")).all() == []


def test_a_suspended_case_waits_and_hinders_no_draw(office: Office) -> None:
    case_id = committed(office)
    with office.as_("li") as (session, actor):
        interventions.suspend(session, office.app, actor, case_id, "申诉", now=office.now)
    with pytest.raises(Conflict, match="nothing_to_draw"):
        drawn(office)
    with office.as_("li") as (session, actor):
        interventions.resume(session, office.app, actor, case_id, now=office.now)
    assert drawn(office) == [office.case(case_id).number]


def test_a_draw_is_repeated_from_its_record() -> None:
    pool = [f"QS2026-620100-01-{number:04d}" for number in range(50)]
    first = commitments.repeat(SEED, pool, 5)
    assert first == commitments.repeat(SEED, pool, 5)
    assert first != commitments.repeat("another", pool, 5)
    assert len(set(first)) == 5
