"""The register of enterprises: who may change what, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from audits import enterprises
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Organisation

NEW: dict[str, Any] = {
    "name": "兰州新厂有限公司",
    "uscc": "９１３５０１００m000100y43",
    "region_code": "620102",
    "industry": "D4411",
    "key_discharger": "yes",
}


@pytest.mark.database
def test_a_bureau_registers_an_enterprise_with_its_organisation(office: Office) -> None:
    with office.as_("li") as (session, actor):
        row = enterprises.register(session, actor, NEW, now=office.now)
        assert (row.uscc, row.industry, row.key_discharger) == ("91350100M000100Y43", "4411", True)
        assert "thermal_power" in row.industry_tags
        organisation = session.get_one(Organisation, row.id)
        assert (organisation.kind, organisation.code, organisation.staff_role) == ("enterprise", row.uscc, "enterprise")
        with pytest.raises(Conflict) as caught:
            enterprises.register(session, actor, NEW, now=office.now)
        assert caught.value.code == "enterprise_exists"
    assert office.told(f"org:{row.id}", "enterprise.registered") == [{"name": NEW["name"], "uscc": row.uscc}]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("uscc", "91350100M000100Y44", "bad_uscc"),
        ("industry", "9999", "bad_industry"),
        ("region_code", "629999", "bad_region"),
        ("name", " ", "required"),
        ("name", "长" * 201, "too_long"),
        ("scale", "huge", "unknown"),
        ("permit_no", "123", "bad_permit"),
    ],
)
def test_a_wrong_field_is_named(office: Office, field: str, value: str, code: str) -> None:
    with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
        enterprises.register(session, actor, NEW | {field: value}, now=office.now)
    assert caught.value.fields == {field: [code]}


def test_another_city_may_not_register_here(office: Office) -> None:
    with office.as_("gao") as (session, actor), pytest.raises(NotAllowed):
        enterprises.register(session, actor, NEW, now=office.now)


def test_its_own_people_change_the_profile_but_not_what_the_bureau_says(office: Office) -> None:
    asked = {"contact_name": "陈工", "key_discharger": False, "region_code": "620104", "status": "closed"}
    with office.as_("chen") as (session, actor):
        row = enterprises.update(session, actor, "steelworks", asked, office.now)
        assert (row.contact_name, row.key_discharger, row.region_code, row.status) == ("陈工", True, "620102", "normal")
    assert office.told("org:steelworks", "enterprise.changed") == [{"contact_name": ["", "陈工"]}]
    with office.as_("li") as (session, actor):
        row = enterprises.update(session, actor, "steelworks", {"key_discharger": False}, office.now)
        assert row.key_discharger is False


def test_a_new_name_keeps_the_old_one_among_the_former(office: Office) -> None:
    with office.as_("chen") as (session, actor):
        row = enterprises.update(session, actor, "steelworks", {"name": "兰州新钢有限公司"}, office.now)
        assert row.former_names == ["兰州钢铁有限公司"]
        assert session.get_one(Organisation, "steelworks").name == "兰州新钢有限公司"


def test_a_code_of_somebody_else_is_refused(office: Office) -> None:
    with office.as_("li") as (session, actor):
        taken = enterprises.get(session, actor, "bakery").uscc
        with pytest.raises(Conflict):
            enterprises.update(session, actor, "steelworks", {"uscc": taken}, office.now)


def test_only_who_is_in_charge_of_both_regions_moves_an_enterprise(office: Office) -> None:
    with office.as_("li") as (session, actor), pytest.raises(NotAllowed):
        enterprises.update(session, actor, "steelworks", {"region_code": "620200"}, office.now)
    with office.as_("ma") as (session, actor):
        enterprises.update(session, actor, "steelworks", {"region_code": "620200"}, office.now)
    with office.as_("gao") as (session, actor):
        assert enterprises.get(session, actor, "steelworks").region_code == "620200"
        assert session.get_one(Organisation, "steelworks").region_code == "620200"


def test_nobody_else_sees_or_changes_it(office: Office) -> None:
    for username in ("wang", "gao", "kong", "wu", "sun"):
        with office.as_(username) as (session, actor):
            assert "steelworks" not in {row.id for row in enterprises.list_(session, actor).items}
            with pytest.raises(NotFound):
                enterprises.get(session, actor, "steelworks")
            with pytest.raises(NotFound):
                enterprises.update(session, actor, "steelworks", {"name": "别家"}, office.now)
            with pytest.raises(NotFound):
                enterprises.plants(session, actor, "steelworks")


def test_several_plants_may_stand_under_one_code(office: Office) -> None:
    with office.as_("chen") as (session, actor):
        for name in ("一厂", "二厂"):
            enterprises.add_plant(
                session, actor, "steelworks", name=name, address="某路", region_code="620104", now=office.now
            )
        assert {plant.name for plant in enterprises.plants(session, actor, "steelworks")} == {"一厂", "二厂"}
        with pytest.raises(Invalid):
            enterprises.add_plant(
                session, actor, "steelworks", name="", address="", region_code="620104", now=office.now
            )
        with pytest.raises(Invalid):
            enterprises.add_plant(session, actor, "steelworks", name="三", address="", region_code="0", now=office.now)


def test_the_register_is_searched_by_name_code_and_region(office: Office) -> None:
    with office.as_("ma") as (session, actor):
        row = enterprises.get(session, actor, "bakery")
        for wanted in ({"text": "食品"}, {"text": row.uscc.lower()[:12] + row.uscc[12:]}, {"region": "620100"}):
            assert "bakery" in {one.id for one in enterprises.list_(session, actor, **wanted).items}
        assert enterprises.list_(session, actor, region="620200").items == ()
        assert enterprises.list_(session, actor, region="999999").items == ()
        first = enterprises.list_(session, actor, limit=1)
        second = enterprises.list_(session, actor, limit=1, cursor=first.next_cursor)
        assert {first.items[0].id, second.items[0].id} == {"steelworks", "bakery"}
