"""People sign in and belong somewhere; whoever guesses is locked out; every change leaves an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.world import ROLES, World
from workflows import people
from workflows.access import load_actor
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import ApiToken, AuthSession, Event, Person
from workflows.settings import Settings

PASSWORD = "correct-horse-7"


@pytest.fixture
def chen(session: Session, world: World, now: datetime) -> Person:
    """Give Chen a password."""
    return people.set_password(session, world.somebody("admin"), "chen", PASSWORD, now=now)


def actions(session: Session, chain: str) -> list[str]:
    session.flush()
    return list(session.scalars(select(Event.action).where(Event.chain == chain).order_by(Event.seq)))


# ---- accounts ------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_new_person_can_sign_in(session: Session, settings: Settings, world: World, now: datetime) -> None:
    made = people.create_person(
        session, world.somebody("admin"), username=" Zheng ", name="郑工", password=PASSWORD, now=now
    )
    assert made.username == "zheng"
    assert people.authenticate(session, settings, "ZHENG", PASSWORD, now=now) is made
    assert PASSWORD not in made.password_hash
    assert actions(session, f"person:{made.id}") == ["person.created"]


def test_a_user_name_is_given_once(session: Session, world: World, now: datetime) -> None:
    with pytest.raises(Conflict, match="username_taken"):
        people.create_person(session, world.somebody("admin"), username="chen", name="x", now=now)


@pytest.mark.parametrize("password", ["", "short-1", "password", "12345678", "xx-chen-chen-1"])
def test_a_weak_password_is_refused(session: Session, world: World, now: datetime, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        people.set_password(session, world.somebody("admin"), "chen", password, now=now)
    assert refused.value.fields == {"password": ["weak"]}


def test_names_are_required(session: Session, world: World, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        people.create_person(session, world.somebody("admin"), username=" ", name="", now=now)
    assert set(refused.value.fields) == {"username", "name"}


def test_a_language_is_one_of_ours(session: Session, world: World, now: datetime) -> None:
    assert people.change_locale(session, world.somebody("chen"), "en", now=now).locale == "en"
    with pytest.raises(Invalid):
        people.change_locale(session, world.somebody("chen"), "tlh", now=now)
    assert actions(session, "person:chen") == ["person.locale_changed"]


# ---- signing in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["chen", "nobody", "wang"])
def test_a_wrong_name_or_password_gives_the_same_answer(
    session: Session, settings: Settings, chen: Person, now: datetime, username: str
) -> None:
    with pytest.raises(NotAllowed) as refused:
        people.authenticate(session, settings, username, "wrong", now=now)
    assert (refused.value.code, refused.value.values) == ("bad_credentials", {})


@pytest.mark.database
def test_whoever_guesses_is_locked_out_for_a_while(
    session: Session, settings: Settings, chen: Person, now: datetime
) -> None:
    settings, codes = replace(settings, login_attempts=3), []
    for _ in range(settings.login_attempts):
        with pytest.raises(NotAllowed) as refused:
            people.authenticate(session, settings, "chen", "wrong", now=now)
        codes.append(refused.value.code)
    assert codes == ["bad_credentials"] * (settings.login_attempts - 1) + ["locked"]
    with pytest.raises(NotAllowed, match="locked"):
        people.authenticate(session, settings, "chen", PASSWORD, now=now + timedelta(minutes=1))
    later = now + timedelta(minutes=settings.lockout_minutes)
    assert people.authenticate(session, settings, "chen", PASSWORD, now=later) is chen
    assert actions(session, "person:chen")[-1] == "person.locked"


def test_a_right_password_forgets_the_wrong_ones(
    session: Session, settings: Settings, chen: Person, now: datetime
) -> None:
    settings = replace(settings, login_attempts=2)
    for _ in range(2):
        with pytest.raises(NotAllowed, match="bad_credentials"):
            people.authenticate(session, settings, "chen", "wrong", now=now)
        people.authenticate(session, settings, "chen", PASSWORD, now=now)


@pytest.mark.database
def test_a_session_is_known_by_its_token_only(
    session: Session, settings: Settings, chen: Person, now: datetime
) -> None:
    token = people.open_session(session, chen, address="10.0.0.1", agent="Firefox", now=now)
    session.flush()
    assert people.session_person(session, settings, token, now=now) is chen
    assert people.session_person(session, settings, token + "x", now=now) is None
    assert token not in session.scalars(select(AuthSession.token_hash)).all()
    people.close_session(session, token, now=now)
    assert people.session_person(session, settings, token, now=now) is None
    assert actions(session, "person:chen")[-2:] == ["person.signed_in", "person.signed_out"]


def test_a_session_ends_when_it_is_idle(session: Session, settings: Settings, chen: Person, now: datetime) -> None:
    token = people.open_session(session, chen, now=now)
    session.flush()
    idle = timedelta(minutes=settings.session_idle_minutes)
    assert people.session_person(session, settings, token, now=now + idle) is chen
    assert people.session_person(session, settings, token, now=now + idle * 2) is chen
    assert people.session_person(session, settings, token, now=now + idle * 3 + timedelta(seconds=1)) is None


def test_a_session_ends_after_a_working_day_however_busy(
    session: Session, settings: Settings, chen: Person, now: datetime
) -> None:
    token = people.open_session(session, chen, now=now)
    session.flush()
    at, end = now, now + timedelta(hours=settings.session_hours)
    while at <= end:
        assert people.session_person(session, settings, token, now=at) is chen
        at += timedelta(minutes=30)
    assert people.session_person(session, settings, token, now=at) is None


def test_a_new_password_ends_the_sessions(
    session: Session, settings: Settings, world: World, chen: Person, now: datetime
) -> None:
    token = people.open_session(session, chen, now=now)
    session.flush()
    people.set_password(session, world.somebody("chen"), "chen", "another-horse-8", now=now)
    assert people.session_person(session, settings, token, now=now) is None


def test_a_closed_account_lets_nobody_in(
    session: Session, settings: Settings, world: World, chen: Person, now: datetime
) -> None:
    session_token = people.open_session(session, chen, now=now)
    _, bearer = people.issue_token(session, world.somebody("chen"), label="script", now=now)
    session.flush()
    people.deactivate(session, world.somebody("admin"), "chen", now=now)
    assert people.session_person(session, settings, session_token, now=now) is None
    assert people.token_person(session, bearer, now=now) is None
    with pytest.raises(NotAllowed, match="bad_credentials"):
        people.authenticate(session, settings, "chen", PASSWORD, now=now)


# ---- tokens --------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_token_is_its_owners_until_it_is_revoked_or_old(session: Session, world: World, now: datetime) -> None:
    chen = world.somebody("chen")
    row, bearer = people.issue_token(session, chen, label="script", expires_at=now + timedelta(days=1), now=now)
    session.flush()
    found = people.token_person(session, bearer, now=now)
    assert found is not None
    assert found.id == "chen"
    assert bearer not in session.scalars(select(ApiToken.token_hash)).all()
    assert people.token_person(session, bearer, now=now + timedelta(days=1)) is None
    with pytest.raises(NotFound):
        people.revoke_token(session, world.somebody("wang"), row.id, now=now)
    people.revoke_token(session, chen, row.id, now=now)
    assert people.token_person(session, bearer, now=now) is None
    assert actions(session, "person:chen") == ["token.issued", "token.revoked"]


# ---- belonging -----------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_membership_counts_from_its_day_to_its_end(session: Session, world: World, now: datetime) -> None:
    admin = world.somebody("admin")
    membership = people.add_membership(
        session,
        admin,
        person_id="wang",
        organisation_id="steelworks",
        role="enterprise",
        since=now + timedelta(days=1),
        now=now,
    )
    session.flush()

    def organisations(days: int) -> tuple[str, ...]:
        return load_actor(session, ROLES, "wang", now + timedelta(days=days)).organisations

    assert organisations(0) == ("bakery",)
    assert organisations(1) == ("bakery", "steelworks")
    people.end_membership(session, admin, membership.id, now=now + timedelta(days=5))
    session.flush()
    assert organisations(4) == ("bakery", "steelworks")
    assert organisations(5) == ("bakery",)
    assert actions(session, "org:steelworks") == ["membership.added", "membership.ended"]


def test_a_membership_lies_inside_its_organisations_region(session: Session, world: World, now: datetime) -> None:
    admin = world.somebody("admin")
    inside = people.add_membership(
        session,
        admin,
        person_id="he",
        organisation_id="lanzhou_bureau",
        role="city_bureau",
        region_code="620102",
        now=now,
    )
    assert inside.region_code == "620102"
    with pytest.raises(Invalid) as refused:
        people.add_membership(
            session,
            admin,
            person_id="he",
            organisation_id="lanzhou_bureau",
            role="city_bureau",
            region_code="370100",
            now=now,
        )
    assert refused.value.fields == {"region_code": ["outside"]}


def test_an_organisation_is_known_by_its_code(session: Session, world: World, now: datetime) -> None:
    def create() -> str:
        return people.create_organisation(
            session,
            world.somebody("admin"),
            kind="enterprise",
            name="新厂",
            region_code="620102",
            staff_role="enterprise",
            code="91620102MA1ABCD06X",
            now=now,
        ).id

    made = create()
    assert actions(session, f"org:{made}") == ["organisation.created"]
    with pytest.raises(Conflict, match="organisation_known"):
        create()


def test_people_are_listed_by_organisation(session: Session) -> None:
    assert [one.id for one in people.list_people(session, organisation_id="lanzhou_bureau")] == ["li", "liu"]
