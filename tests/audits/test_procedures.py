"""Which procedure a case follows, and that each runs to its last letter by the product's verbs."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from audits import cases, procedures
from audits.models import Enterprise, Letter
from tests.audits.office import Office
from workflows.models import Task

SELF = {"start_filing": {"mode": "self"}}


def scaled(office: Office, firm: str, scale: str) -> None:
    """Register the scale of an enterprise."""
    with office.as_("li") as (session, _actor):
        session.get_one(Enterprise, firm).scale = scale


def letters(office: Office, case_id: str) -> list[str]:
    """Give the kinds of a case's letters in the order of their numbers."""
    with office.looking() as session:
        return list(session.scalars(select(Letter.kind).where(Letter.case_id == case_id).order_by(Letter.created_at)))


def elements(office: Office, case_id: str) -> set[str]:
    """Give the elements that ever waited in a case."""
    with office.looking() as session:
        return set(session.scalars(select(Task.element).where(Task.instance_id == case_id)))


@pytest.mark.database
def test_a_small_enterprise_of_gansu_goes_its_short_way_to_the_last_letter(office: Office) -> None:
    scaled(office, "bakery", "small")
    case_id = office.open()
    case = office.case(case_id)
    assert case.procedure == "small"
    assert office.told(case_id, "case.opened")[0]["procedure"] == "small"
    office.until(case_id, **SELF)
    done = elements(office, case_id)
    assert {"submit_short_report", "score_merged_review"} <= done
    assert not {"submit_report", "apply_for_evaluation", "score_acceptance"} & done
    assert office.deadline(case_id, "implementation").due_on == office.deadline(case_id, "report").due_on
    assert letters(office, case_id)[-1] == "acceptance_opinion"
    assert office.case(case_id).outcome == "qualified"
    assert office.incidents() == []


def test_cases_of_one_region_follow_several_procedures_and_are_found_by_them(office: Office) -> None:
    scaled(office, "bakery", "micro")
    office.publish({"bakery": ["SHUANGYOU"], "steelworks": ["SHUANGYOU"]})
    with office.as_("li") as (session, actor):
        found = {
            key: [line.enterprise.id for line in cases.list_(session, actor, procedure=key).items]
            for key in ("small", "standard", "merged")
        }
    assert found == {"small": ["bakery"], "standard": ["steelworks"], "merged": []}
    assert office.open("jinan_paper", by="meng", region="370100")


def test_a_procedure_that_does_not_ship_is_named_by_its_key() -> None:
    assert procedures.name("small", "en") == "Small and micro enterprises"
    assert procedures.name("quick_2027") == "quick_2027"
