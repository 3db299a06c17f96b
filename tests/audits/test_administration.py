"""People and organisations, behind a permission that ends at the region's border."""

from __future__ import annotations

from typing import Any

import pytest

from audits import administration, consultancies
from audits.enterprises import uscc_check
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership

NEW = {
    "username": "new",
    "name": "新人",
    "password": "Xin-ren-2026!",
    "organisation_id": "lanzhou_bureau",
    "role": "city_bureau",
}


def local(office: Office) -> None:
    """Make Liu an administrator of Lanzhou, beside the administrator of the province."""
    with office.sessions.begin() as session:
        session.add(
            Membership(
                id="m-liu-admin", person_id="liu", organisation_id="lanzhou_bureau", role="administrator",
                region_code="620100", since=office.now,
            )
        )  # fmt: skip


@pytest.mark.database
def test_an_administrator_adds_people_of_the_region_and_no_others(office: Office) -> None:
    with office.as_("admin") as (session, actor):
        person = administration.create_person(session, actor, NEW, now=office.now)
        line = administration.get_person(session, actor, person.id)
        assert [(membership.role, place.id) for membership, place in line.memberships] == [
            ("city_bureau", "lanzhou_bureau")
        ]
        for wrong, error in (
            ({"role": "king"}, Invalid),
            ({"organisation_id": "nowhere"}, Invalid),
            ({"organisation_id": "jinan_bureau"}, NotAllowed),
            ({}, Conflict),
            ({"username": "weak", "password": "1"}, Invalid),
        ):
            with pytest.raises(error):
                administration.create_person(session, actor, NEW | wrong, now=office.now)
        found = {one.person.id for one in administration.list_people(session, actor, limit=200).items}
        assert {"li", person.id} <= found
        assert not {"kong", "meng"} & found
        assert [one.person.id for one in administration.list_people(session, actor, text="新人").items] == [person.id]
    with office.as_(person.id) as (session, actor):
        assert "lists.import" in actor.actions


@pytest.mark.parametrize("username", ["li", "ma", "chen", "designer", "auditor", "kong"])
def test_nobody_else_manages_people(office: Office, username: str) -> None:
    with office.as_(username) as (session, actor):
        doors: list[Any] = [
            lambda: administration.create_person(session, actor, NEW, now=office.now),
            lambda: administration.list_people(session, actor),
            lambda: administration.get_person(session, actor, "wang"),
            lambda: administration.set_password(session, actor, "wang", "Neu-und-lang-1", now=office.now),
            lambda: administration.deactivate(session, actor, "wang", now=office.now),
            lambda: administration.end_membership(session, actor, "m-wang", now=office.now),
            lambda: administration.list_organisations(session, actor),
            lambda: administration.create_organisation(session, actor, {"region_code": "620100"}, now=office.now),
        ]
        for door in doors:
            with pytest.raises(NotAllowed):
                door()


def test_a_local_administrator_gets_no_hold_of_who_also_works_above(office: Office) -> None:
    local(office)
    with office.sessions.begin() as session:
        session.add(
            Membership(
                id="m-ma-lanzhou", person_id="ma", organisation_id="lanzhou_bureau", role="city_bureau",
                region_code="620100", since=office.now,
            )
        )  # fmt: skip
    office.wait(minutes=1)
    with office.as_("liu") as (session, actor):
        assert "ma" in {line.person.id for line in administration.list_people(session, actor, limit=200).items}
        for verb in (
            lambda: administration.set_password(session, actor, "ma", "Neu-und-lang-1", now=office.now),
            lambda: administration.deactivate(session, actor, "ma", now=office.now),
        ):
            with pytest.raises(NotAllowed):
                verb()
        with pytest.raises(NotFound):
            administration.set_password(session, actor, "gao", "Neu-und-lang-1", now=office.now)
        with pytest.raises(NotAllowed):
            administration.add_membership(
                session, actor, "liu", organisation_id="gansu_bureau", role="province_bureau", now=office.now
            )
        administration.set_password(session, actor, "he", "Neu-und-lang-1", now=office.now)


def test_a_membership_counts_from_its_beginning_to_its_end(office: Office) -> None:
    with office.as_("admin") as (session, actor):
        made = administration.add_membership(
            session, actor, "he", organisation_id="lanzhou_bureau", role="city_bureau", now=office.now
        )
    office.wait(minutes=1)
    with office.as_("he") as (_session, actor):
        assert "lists.import" in actor.actions
    with office.as_("admin") as (session, actor):
        administration.end_membership(session, actor, made.id, now=office.now)
        with pytest.raises(NotFound):
            administration.end_membership(session, actor, "nothing", now=office.now)
    office.wait(minutes=1)
    with office.as_("he") as (_session, actor):
        assert "lists.import" not in actor.actions


def test_a_deactivated_person_acts_no_more(office: Office) -> None:
    with office.as_("admin") as (session, actor):
        administration.deactivate(session, actor, "liu", now=office.now)
    with office.looking() as session, pytest.raises(NotAllowed):
        office.actor(session, "liu")


def test_organisations_are_added_in_the_region_with_the_staff_of_their_level(office: Office) -> None:
    asked = {"kind": "bureau", "name": "西固分局", "region_code": "620104"}
    with office.as_("admin") as (session, actor):
        made = administration.create_organisation(session, actor, asked, now=office.now)
        assert made.staff_role == "county_bureau"
        for wrong in ({"kind": "enterprise"}, {"region_code": "0"}):
            with pytest.raises(Invalid):
                administration.create_organisation(session, actor, asked | wrong, now=office.now)
        with pytest.raises(NotAllowed):
            administration.create_organisation(session, actor, asked | {"region_code": "370100"}, now=office.now)
        names = {row.id for row in administration.list_organisations(session, actor, kind="bureau", limit=200).items}
        assert made.id in names
        assert "shandong_bureau" not in names
        assert [row.id for row in administration.list_organisations(session, actor, text="西固").items] == [made.id]


def test_a_consultancy_is_registered_by_its_code_once(office: Office) -> None:
    body = "91620100MA0000001"
    asked = {"name": "新咨询公司", "code": body + uscc_check(body), "region_code": "620100"}
    with office.as_("li") as (session, actor):
        made = consultancies.register(session, actor, asked, now=office.now)
        assert (made.kind, made.staff_role) == ("consultancy", "consultancy")
        with pytest.raises(Conflict):
            consultancies.register(session, actor, asked, now=office.now)
        for wrong in ({"code": body + "?"}, {"name": " "}, {"region_code": "1"}):
            with pytest.raises(Invalid) as caught:
                consultancies.register(session, actor, asked | wrong, now=office.now)
            assert set(caught.value.fields) == set(wrong)
        found = consultancies.list_(session, actor, text="新咨询").items
        assert [(row.id, count) for row, count in found] == [(made.id, 0)]
        assert made.id in {row["value"] for row in consultancies.choices(session)}
        made.active = False
        session.flush()
        assert made.id not in {row["value"] for row in consultancies.choices(session)}
    for username in ("gao", "he", "chen"):
        with office.as_(username) as (session, actor), pytest.raises(NotAllowed):
            consultancies.register(session, actor, asked | {"code": "91350100M000100Y43"}, now=office.now)
    with office.as_("chen") as (session, actor), pytest.raises(NotAllowed):
        consultancies.list_(session, actor)


def test_nobody_gives_themselves_a_role(office: Office) -> None:
    with office.as_("admin") as (session, actor), pytest.raises(NotAllowed):
        administration.add_membership(
            session, actor, "admin", organisation_id="gansu_bureau", role="province_bureau", now=office.now
        )
