"""Who evaluates and accepts: the table of Gansu, functional areas without an ordinary code, two lead departments."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from audits import enterprises, regions
from audits.models import Case
from tests.audits.office import Office
from workflows import definitions
from workflows.models import Organisation, Party, Region

PROVINCIAL = ("thermal_power", "steel", "nonferrous", "petroleum", "chemical", "hazardous_waste")


@pytest.mark.parametrize("tag", [*PROVINCIAL, "food", ""])
@pytest.mark.parametrize("listed", [True, False])
def test_the_table_of_gansu_is_reproduced(office: Office, tag: str, listed: bool) -> None:
    """Key dischargers of six industries go to the province, everybody else to the city (plan of Gansu, task 5)."""
    with office.looking() as session:
        row = definitions.applicable(session, "cleaner_production_audit", "620102", on=date(2026, 3, 2))
        facts = {"key_discharger": listed, "industry_tags": [tag] if tag else [], "types": ["SHUANGYOU"]}
        level = definitions.decide(session, office.app, row.id, "jurisdiction", {"case": facts}, office.now)
    assert level == ("province" if listed and tag in PROVINCIAL else "city")


def test_a_functional_area_without_an_ordinary_code_has_its_own_bureau_and_two_leads_at_once(office: Office) -> None:
    with office.sessions.begin() as session:
        regions.load(session, [one for one in regions.shipped() if one.code in {"620171", "620172"}])
        for key, kind, name, staff in (
            ("new_area_bureau", "bureau", "兰州新区生态环境局", "city_bureau"),
            ("new_area_energy", "department", "兰州新区经济发展局", "coordinating_department"),
        ):
            session.add(Organisation(id=key, kind=kind, name=name, region_code="620171", staff_role=staff))
    with office.as_("ma") as (session, actor):
        enterprises.update(session, actor, "bakery", {"region_code": "620171"}, office.now)
    case_id = office.open(types=("SHUANGYOU", "GAOHAONENG"), by="ma", region="620000")
    with office.looking() as session:
        case = session.get_one(Case, case_id)
        area = session.get_one(Region, "620171")
        assert (case.competent_id, case.region_path) == ("new_area_bureau", area.path)
        parties = dict(
            session.execute(select(Party.role, Party.organisation_id).where(Party.instance_id == case_id)).all()
        )
    assert parties["competent_bureau"] == "new_area_bureau"
    assert parties["coordinating_department"] == "new_area_energy"
