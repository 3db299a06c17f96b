"""High energy use brings in a second lead department; without that type nobody is added."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.audits.office import Office
from workflows.models import Organisation, Party

pytestmark = pytest.mark.database


def _department(office: Office) -> None:
    with office.sessions.begin() as session:
        session.add(
            Organisation(
                id="lanzhou_energy",
                kind="department",
                name="兰州市发展和改革委员会",
                region_code="620100",
                staff_role="coordinating_department",
            )
        )


def _parties(office: Office, case_id: str) -> dict[str, str | None]:
    with office.looking() as session:
        rows = session.scalars(select(Party).where(Party.instance_id == case_id))
        return {party.role: party.organisation_id for party in rows}


def test_a_case_of_high_energy_use_has_two_lead_departments_at_once(office: Office) -> None:
    _department(office)
    parties = _parties(office, office.open("bakery", types=("SHUANGYOU", "GAOHAONENG")))
    assert parties["competent_bureau"] == "lanzhou_bureau"
    assert parties["coordinating_department"] == "lanzhou_energy"


def test_a_case_of_toxic_matter_alone_has_one(office: Office) -> None:
    _department(office)
    assert "coordinating_department" not in _parties(office, office.open("bakery", types=("SHUANGYOU",)))
