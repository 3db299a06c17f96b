from __future__ import annotations

from tests.audits.office import Office


def test_a_bakery_goes_from_the_list_to_acceptance(office: Office) -> None:
    case_id = office.open()
    office.until(case_id)
    assert office.case(case_id).outcome == "qualified"
    assert office.incidents() == []
