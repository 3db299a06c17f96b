"""The region tree that ships, and who is in charge where."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import regions
from audits.regions import RegionRow
from workflows.errors import Invalid, NotFound
from workflows.models import Organisation, Region


def test_the_shipped_tree_loads_once_and_every_parent_stands_above(session: Session) -> None:
    rows = list(regions.shipped())
    assert len({row.code for row in rows}) == len(rows) > 3000
    regions.load(session, rows)
    assert regions.load(session, rows) == 0
    paths = {region.code: region.path for region in session.scalars(select(Region))}
    for row in rows:
        above = paths[row.parent] if row.parent else "/"
        assert paths[row.code] == ("/" if row.level == "country" else f"{above}{row.code}/")
    assert session.scalar(select(func.count()).select_from(Region).where(Region.level == "province")) >= 31


def test_the_country_lies_above_every_region_and_no_case_goes_up_to_it(session: Session) -> None:
    regions.load(session, regions.shipped())
    country = session.scalars(select(Region).where(Region.level == "country")).one()
    assert (country.code, country.path, country.parent_code) == ("100000", "/", None)
    assert "country" not in regions.lineage(session, "620102")


def test_functional_areas_without_an_ordinary_code_are_in_the_tree(session: Session) -> None:
    regions.load(session, regions.shipped())
    names = set(session.scalars(select(Region.name).where(Region.path.startswith("/620000/"))))
    assert {"兰州新区", "甘肃矿区"} <= names


def test_a_region_whose_parent_is_unknown_is_refused(session: Session) -> None:
    with pytest.raises(Invalid) as caught:
        regions.load(session, [RegionRow("990101", "990100", "county", "某区", "Somewhere")])
    assert caught.value.code == "unknown_parent_region"


def test_a_renamed_region_keeps_its_place(session: Session) -> None:
    regions.load(session, [RegionRow("620102", "620100", "county", "新名区", "New")])
    assert session.get_one(Region, "620102").name == "新名区"
    assert regions.lineage(session, "620102")["county"].name_en == "New"


def test_lineage_gives_what_is_above_by_level(session: Session) -> None:
    assert {level: region.code for level, region in regions.lineage(session, "620102").items()} == {
        "province": "620000",
        "city": "620100",
        "county": "620102",
    }
    with pytest.raises(NotFound):
        regions.lineage(session, "999999")


def test_where_a_level_has_no_bureau_the_next_one_above_is_in_charge(session: Session) -> None:
    assert regions.bureau_over(session, "620102", "county").id == "chengguan_bureau"
    assert regions.bureau_over(session, "620104", "county").id == "lanzhou_bureau"
    assert regions.bureau_over(session, "620102", "province").id == "gansu_bureau"
    for bureau in session.scalars(select(Organisation).where(Organisation.kind == "bureau")):
        bureau.active = False
    session.flush()
    with pytest.raises(Invalid) as caught:
        regions.bureau_over(session, "620102", "city")
    assert caught.value.code == "no_bureau"
