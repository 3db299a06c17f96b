"""A case's level: drafts of those who do the audit, stated when complete, by the version that the case keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from audits import assessments, energy, indicator_systems
from audits.models import Factor, IndicatorSystem
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound


def system_of(office: Office, key: str = "electroplating") -> IndicatorSystem:
    with office.looking() as session:
        return session.scalars(select(IndicatorSystem).where(IndicatorSystem.key == key)).one()


def values_of(system: IndicatorSystem, level: str = "I") -> dict[str, str]:
    found = {}
    for one in assessments.indicators(system.content):
        if one["kind"] == "choice":
            found[one["key"]] = one["options"][0]["key"]
        else:
            limit = one["levels"][level]
            found[one["key"]] = str(limit if not isinstance(limit, list) else limit[0])
    return found


def save(office: Office, case_id: str, values: Mapping[str, Any], by: str = "wang", version: int = 0) -> int:
    fields = {
        "system_id": system_of(office).id,
        "version": version,
        "products": [{"name": "", "share": "1", "values": values, "inapplicable": []}],
    }
    with office.as_(by) as (session, actor):
        return assessments.save(session, actor, case_id, "before", fields, now=office.now).version


def test_a_draft_is_its_enterprise_s_and_what_is_stated_is_everybody_s(office: Office) -> None:
    case_id, system = office.open(), system_of(office)
    version = save(office, case_id, values_of(system))
    with office.as_("li") as (session, actor):
        assert assessments.view(session, actor, case_id, "before").verdict is None
    with office.as_("wang") as (session, actor):
        assessments.state(session, actor, case_id, "before", version=version, now=office.now)
    with office.as_("li") as (session, actor):
        found = assessments.view(session, actor, case_id, "before")
        assert found.verdict is not None
        assert found.verdict.level == "I"
        assert not found.may_edit
    assert [told["level"] for told in office.told(case_id, "level.stated")] == ["I"]
    assert len(office.told(case_id, "level.saved")) == 1


def test_a_level_is_not_stated_while_values_are_missing(office: Office) -> None:
    case_id, system = office.open(), system_of(office)
    values = values_of(system)
    del values["nickel"]
    version = save(office, case_id, values)
    with pytest.raises(Invalid) as caught, office.as_("wang") as (session, actor):
        assessments.state(session, actor, case_id, "before", version=version, now=office.now)
    assert caught.value.fields == {"value.0.nickel": ["required"]}


def test_a_wrong_value_is_told_at_its_place(office: Office) -> None:
    case_id = office.open()
    with pytest.raises(Invalid) as caught:
        save(office, case_id, {"nickel": "many", "lines": "unknown_option"})
    assert caught.value.fields == {"value.0.nickel": ["bad_number"], "value.0.lines": ["unknown"]}


@pytest.mark.parametrize("text", ["1e999999999", "1e-999999999", "NaN", "-Infinity"])
def test_a_figure_that_nothing_is_measured_in_is_no_number(office: Office, text: str) -> None:
    """Written out it would fill the memory."""
    content = system_of(office).content
    with pytest.raises(Invalid) as caught:
        assessments._content(content, {"products": [{"name": "", "share": text, "values": {"nickel": text}}]})
    assert caught.value.fields == {"share.0": ["bad_number"], "value.0.nickel": ["bad_number"]}


def test_two_who_save_at_once_lose_nothing(office: Office) -> None:
    case_id = office.open()
    save(office, case_id, {"nickel": "96"})
    with pytest.raises(Conflict, match="level_changed"):
        save(office, case_id, {"nickel": "50"})
    assert save(office, case_id, {"nickel": "50"}, version=1) == 2


@pytest.mark.parametrize(("by", "error"), [("li", NotAllowed), ("chen", NotFound)])
def test_only_who_does_the_audit_enters_values(office: Office, by: str, error: type[Exception]) -> None:
    case_id = office.open()
    with pytest.raises(error):
        save(office, case_id, {}, by=by)


def local(**changes: Any) -> bytes:
    made = json.loads(indicator_systems.shipped()["electroplating.json"])
    return json.dumps(made | {"version": "2026-local", "from": "2026-01-01"} | changes).encode()


def test_a_case_keeps_the_version_of_its_first_draft(office: Office) -> None:
    case_id, system = office.open(), system_of(office)
    save(office, case_id, values_of(system))
    with office.as_("li") as (session, actor):
        indicator_systems.add(session, actor, local(), region_code="620100", now=office.now)
    with office.as_("wang") as (session, actor):
        assert assessments.view(session, actor, case_id, "before").system.version == "2015"  # type: ignore[union-attr]
        after = assessments.view(session, actor, case_id, "after")
        assert after.system is not None
        assert after.system.version == "2015"
        assert "2026-local" in {one.version for one in after.systems}


def test_a_version_is_never_changed_and_a_region_is_its_bureau_s(office: Office) -> None:
    with office.as_("li") as (session, actor):
        indicator_systems.add(session, actor, local(), region_code="620100", now=office.now)
        with pytest.raises(Conflict, match="indicator_system_known"):
            indicator_systems.add(session, actor, local(source="x"), region_code="620100", now=office.now)
    for by, region in (("li", "370100"), ("wang", "620100")):
        with pytest.raises(NotAllowed), office.as_(by) as (session, actor):
            indicator_systems.add(session, actor, local(version="3"), region_code=region, now=office.now)
    with office.looking() as session:
        assert "2026-local" not in {
            one.version for one in indicator_systems.in_force(session, date(2026, 3, 2), "/370000/370100/")
        }


def test_a_definition_with_a_fault_imports_nothing_and_names_the_place(office: Office) -> None:
    with pytest.raises(Invalid) as caught, office.as_("li") as (session, actor):
        indicator_systems.add(session, actor, local(industries=[]), region_code="620100", now=office.now)
    assert caught.value.fields == {"industries": ["required"]}


def test_an_industry_without_a_system_has_no_level(office: Office) -> None:
    case_id = office.open("steelworks")
    with office.as_("chen") as (session, actor):
        found = assessments.view(session, actor, case_id, "before")
        assert (found.system, found.verdict) == (None, None)


# --- factors of energy


YEAR = {"electricity": Decimal(1000), "coal": Decimal(100), "gas": Decimal(10)}


def test_energy_becomes_coal_equivalent_by_heat_value_or_by_coal_consumption(office: Office) -> None:
    with office.looking() as session:
        factors = energy.load(session)
    calorific = energy.convert(factors, YEAR, 2025, "calorific")
    assert energy.total(calorific) == Decimal(1229) + Decimal("71.43") + Decimal(133)
    consumed = energy.convert(factors, YEAR, 2025, "coal_consumption")
    assert energy.total(consumed) == Decimal(3020) + Decimal("71.43") + Decimal(133)


def test_a_factor_of_one_year_alters_that_year_only(office: Office) -> None:
    def carbon() -> dict[int, Decimal | None]:
        with office.looking() as session:
            factors = energy.load(session, "/620000/620100/")
        return {year: energy.total(energy.convert(factors, YEAR, year, "co2")) for year in range(2021, 2027)}

    before = carbon()
    fields = {
        "energy": "electricity",
        "kind": "co2",
        "year": 2024,
        "value": "4.9",
        "region_code": "620000",
        "source": "x",
    }
    with office.as_("ma") as (session, actor):
        energy.add(session, actor, fields, now=office.now)
    after = carbon()
    assert {year for year in after if after[year] != before[year]} == {2024}
    assert after[2024] == Decimal(4900) + Decimal("190.03") + Decimal("216.22")
    assert [told["year"] for told in office.told("standards", "factor.added")] == [2024]


def test_a_regional_factor_counts_in_its_region_only(office: Office) -> None:
    fields = {"energy": "heat", "kind": "co2", "year": 2024, "value": "0.2", "region_code": "620000", "source": "x"}
    with office.as_("ma") as (session, actor):
        energy.add(session, actor, fields, now=office.now)
    with office.looking() as session:
        here, there = energy.load(session, "/620000/620100/"), energy.load(session, "/370000/370100/")
    found = [energy.factor_for(rows, "heat", "co2", 2024) for rows in (here, there)]
    assert [row.value for row in found if row] == [Decimal("0.2"), Decimal("0.11")]


def test_a_later_factor_of_the_same_year_takes_the_place_of_the_earlier(office: Office) -> None:
    for value in ("5.1", "5.2"):
        office.wait(minutes=1)
        fields = {
            "energy": "electricity",
            "kind": "co2",
            "year": 2024,
            "value": value,
            "region_code": "620000",
            "source": "x",
        }
        with office.as_("ma") as (session, actor):
            energy.add(session, actor, fields, now=office.now)
    with office.looking() as session:
        found: Factor | None = energy.factor_for(energy.load(session, "/620000/"), "electricity", "co2", 2024)
    assert found is not None
    assert found.value == Decimal("5.2")


def test_a_factor_needs_its_source_and_a_real_year(office: Office) -> None:
    with pytest.raises(Invalid) as caught, office.as_("ma") as (session, actor):
        energy.add(session, actor, {"energy": "peat", "kind": "co2", "year": "x", "value": "-1"}, now=office.now)
    assert set(caught.value.fields) == {"energy", "year", "value", "source", "region_code"}
