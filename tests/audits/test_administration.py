"""People and organisations, behind a permission that ends at the region's border."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from audits import administration, calendars, company_users, consultancies, grants, proofs
from audits.enterprises import uscc_check
from audits.roles import ROLES
from tests.audits.office import Office
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership, Person

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
        today = calendars.local_day(office.now)
        assert made.id not in {row["value"] for row in consultancies.choices(session, today)}, "nothing is proved yet"
        until = date(2035, 12, 31)
        proofs.prove_all(session, actor, made.id, document="能力证明", until=until, now=office.now)
        assert made.id in {row["value"] for row in consultancies.choices(session, today)}
        made.active = False
        session.flush()
        assert made.id not in {row["value"] for row in consultancies.choices(session, today)}
    for username in ("gao", "he", "chen"):
        with office.as_(username) as (session, actor), pytest.raises(NotAllowed):
            consultancies.register(session, actor, asked | {"code": "91350100M000100Y43"}, now=office.now)
    with office.as_("chen") as (session, actor), pytest.raises(NotAllowed):
        consultancies.list_(session, actor)


def placed(office: Office, username: str, organisation: str, role: str, region: str = "620000") -> None:
    """Let somebody hold a role, as who runs the machine does it."""
    with office.sessions.begin() as session:
        session.add(
            Membership(
                id=f"m-{username}-{role}", person_id=username, organisation_id=organisation, role=role,
                region_code=region, since=office.now,
            )
        )  # fmt: skip


GIVEN = [
    # who gives, where, which role, whether they may
    ("admin", "lanzhou_bureau", "city_bureau", True),
    ("admin", "lanzhou_bureau", "province_bureau", False),
    ("admin", "lanzhou_bureau", "county_bureau", False),
    ("admin", "chengguan_bureau", "county_bureau", True),
    ("admin", "bakery", "enterprise_administrator", True),
    ("admin", "bakery", "city_bureau", False),
    ("admin", "consultancy", "consultancy", True),
    ("admin", "consultancy", "enterprise", False),
    ("admin", "institute", "expert", True),
    *(("admin", "gansu_bureau", role, False) for role in ("designer", "publisher", "inspector")),
    *(("anna", "gansu_bureau", role, True) for role in ("designer", "publisher", "inspector")),
    ("anna", "lanzhou_bureau", "city_bureau", False),
    ("anna", "jinan_bureau", "designer", False),
    *(
        (who, "gansu_bureau", role, False)
        for who in ("admin", "anna", "zong")
        for role in ("administrator", "security_administrator", "audit_administrator")
    ),
]


@pytest.mark.parametrize(("who", "where", "role", "allowed"), GIVEN)
def test_an_administrator_gives_only_the_roles_of_the_table(
    office: Office, who: str, where: str, role: str, allowed: bool
) -> None:
    _security(office)
    with office.as_(who) as (session, actor):
        fields = NEW | {"organisation_id": where, "role": role}
        for give in (
            lambda: administration.create_person(session, actor, fields, now=office.now),
            lambda: administration.add_membership(
                session, actor, "lone", organisation_id=where, role=role, now=office.now
            ),
        ):
            if allowed:
                give()
            else:
                with pytest.raises(NotAllowed):
                    give()
    with office.looking() as session:
        held = session.scalars(select(Membership.role).where(Membership.person_id == "lone")).all()
        assert held == ([role] if allowed else [])


def _security(office: Office) -> None:
    """Let there be a security administrator of Gansu, Anna, and somebody without any role."""
    with office.sessions.begin() as session:
        for username in ("anna", "lone"):
            session.add(Person(id=username, username=username, name=username, created_at=office.now))
    placed(office, "anna", "gansu_bureau", "security_administrator")


@pytest.mark.parametrize(
    ("who", "whom"), [("admin", "auditor"), ("admin", "anna"), ("anna", "admin"), ("anna", "auditor"), ("anna", "li")]
)
def test_no_administrator_gets_hold_of_an_account_beyond_their_table(office: Office, who: str, whom: str) -> None:
    """A new password opens every door of its owner; an account that is closed watches nobody any more."""
    _security(office)
    with office.sessions.begin() as session:
        (held,) = session.scalars(select(Membership.id).where(Membership.person_id == whom)).all()
    with office.as_(who) as (session, actor):
        for verb in (
            lambda: administration.set_password(session, actor, whom, "Neu-und-lang-1", now=office.now),
            lambda: administration.deactivate(session, actor, whom, now=office.now),
            lambda: administration.end_membership(session, actor, held, now=office.now),
        ):
            with pytest.raises(NotAllowed):
                verb()


def test_duties_that_are_kept_apart_never_meet_in_one_person(office: Office) -> None:
    _security(office)
    with office.as_("anna") as (session, actor):
        for role in ("designer", "publisher"):
            if role == "designer":
                administration.add_membership(
                    session, actor, "lone", organisation_id="gansu_bureau", role=role, now=office.now
                )
                continue
            with pytest.raises(Conflict, match="roles_apart"):
                administration.add_membership(
                    session, actor, "lone", organisation_id="lanzhou_bureau", role=role, now=office.now
                )
        with pytest.raises(Conflict, match="roles_apart"):
            administration.add_membership(
                session, actor, "auditor", organisation_id="gansu_bureau", role="inspector", now=office.now
            )


def test_a_company_administrator_gives_the_roles_of_the_house_and_no_others(office: Office) -> None:
    with office.as_("chen") as (session, actor):
        for where, role in (
            ("steelworks", "city_bureau"), ("steelworks", "consultancy"), ("steelworks", "administrator"), ("bakery", "enterprise"),
        ):  # fmt: skip
            with pytest.raises((NotAllowed, NotFound)):
                company_users.invite(
                    session, actor, where, username="x", name="x", role=role, password="Neu-und-lang-1", now=office.now
                )
        with pytest.raises(NotAllowed):
            administration.create_person(
                session, actor, NEW | {"organisation_id": "steelworks", "role": "enterprise"}, now=office.now
            )


def test_every_role_is_given_by_the_table_or_by_who_runs_the_machine() -> None:
    given = {role for kinds in grants.GRANTS.values() for roles in kinds.values() for role in roles}
    assert set(ROLES) - given == {*grants.ADMINISTRATORS, "competent_bureau"}
    for kinds in grants.GRANTS.values():
        assert set(kinds) <= set(administration.KINDS)
        assert all(roles.isdisjoint(grants.ADMINISTRATORS) for roles in kinds.values())


def test_nobody_gives_themselves_a_role(office: Office) -> None:
    with office.as_("admin") as (session, actor), pytest.raises(NotAllowed):
        administration.add_membership(
            session, actor, "admin", organisation_id="gansu_bureau", role="province_bureau", now=office.now
        )
