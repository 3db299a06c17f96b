"""Proofs that end and intervals that run out are told once when they come near, and once when they are over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from audits import expiry, proofs, regions
from audits.models import Case, Deadline, Notice
from tests.audits.office import Office
from workflows.access import SYSTEM
from workflows.models import Organisation


def told(office: Office, kind: str) -> list[tuple[str, str]]:
    with office.looking() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.organisation_id))
        return [(row.organisation_id, row.values.get("until") or row.values["due_on"]) for row in rows]


@pytest.mark.database
def test_a_consultancy_and_its_bureau_are_told_of_the_proof_that_counts(office: Office) -> None:
    with office.as_("li") as (session, _):
        for later, until in enumerate((date(2026, 3, 20), date(2026, 4, 1))):
            proofs.prove(
                session,
                SYSTEM,
                "consultancy",
                item="instruments",
                document=f"仪器清单 {until}",
                valid_until=until,
                now=office.now + timedelta(hours=later),
            )
    for _ in range(2):
        with office.as_("li") as (session, _actor):
            expiry.warn_proofs(session, office.app, office.now)
    with office.looking() as session:
        firm = session.get_one(Organisation, "consultancy")
        bureau = regions.bureau_over(session, firm.region_code, "city").id
    both = sorted([(bureau, "2026-04-01"), ("consultancy", "2026-04-01")])
    assert told(office, "proof_soon") == both
    assert [one["state"] for one in office.told("org:consultancy", "consultancy.proof_warned")] == ["soon"]
    with office.as_("li") as (session, _actor):
        expiry.warn_proofs(session, office.app, datetime(2026, 4, 2, 1, tzinfo=UTC))
    assert told(office, "proof_expired") == both


def test_an_enterprise_and_its_bureau_are_told_a_year_before_the_next_audit_is_due(office: Office) -> None:
    case_id = office.open()
    with office.as_("li") as (session, _):
        case = session.get_one(Case, case_id)
        case.outcome, case.outcome_on, case.publication_date = "qualified", date(2022, 9, 1), date(2021, 3, 10)
        query = select(Deadline).where(Deadline.case_id == case_id, Deadline.kind == "report")
        session.scalars(query).one().met_on = date(2022, 2, 20)
    for _ in range(2):
        with office.as_("li") as (session, _actor):
            expiry.tell_intervals(session, office.now)
    competent = office.case(case_id).competent_id
    assert told(office, "interval_soon") == sorted([("bakery", "2027-02-20"), (competent, "2027-02-20")])
    assert told(office, "interval_due") == []
    assert [one["due_on"] for one in office.told(case_id, "interval.warned")] == ["2027-02-20"]
    with office.as_("li") as (session, _actor):
        expiry.tell_intervals(session, datetime(2027, 2, 21, 1, tzinfo=UTC))
    assert len(told(office, "interval_due")) == 2
