"""People: who they are, how they sign in, where they belong. Every change leaves an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import trail
from workflows.credentials import (
    authenticate,
    close_session,
    hash_password,
    issue_token,
    list_tokens,
    note,
    open_session,
    person_of,
    revoke_sessions,
    revoke_token,
    session_person,
    token_person,
    wait_for,
)
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Membership, Organisation, Person, Region
from workflows.models.base import new_id
from workflows.trail import Who

LOCALES = ("zh", "en")
__all__ = [
    "add_membership",
    "authenticate",
    "change_locale",
    "close_session",
    "create_organisation",
    "create_person",
    "deactivate",
    "end_membership",
    "issue_token",
    "list_people",
    "list_tokens",
    "memberships_of",
    "open_session",
    "revoke_token",
    "session_person",
    "set_password",
    "token_person",
    "wait_for",
]


# ---- accounts ------------------------------------------------------------------------------------------------


def create_person(
    session: Session,
    actor: Who,
    *,
    username: str,
    name: str,
    password: str = "",
    title: str = "",
    email: str = "",
    phone: str = "",
    locale: str = "zh",
    now: datetime,
) -> Person:
    """Add somebody; without a password nobody can sign in as them. Raises Invalid, or Conflict if the name is taken."""
    username, name = username.strip().lower(), name.strip()
    wrong = {field: ["required"] for field, text in (("username", username), ("name", name)) if not text}
    if wrong:
        raise Invalid(fields=wrong)
    if session.scalar(select(Person.id).where(Person.username == username)):
        raise Conflict("username_taken", username=username)
    person = Person(
        id=new_id(),
        username=username,
        name=name,
        title=title,
        email=email,
        phone=phone,
        locale=_known_locale(locale),
        password_hash=hash_password(password, username) if password else "",
        failed_logins=0,
        created_at=now,
    )
    session.add(person)
    session.flush()
    note(session, actor, "person.created", person.id, {"username": username, "name": name}, now)
    return person


def set_password(session: Session, actor: Who, person_id: str, password: str, *, now: datetime) -> Person:
    """Give a person another password, end their browser sessions and lift a lock. Raises Invalid if it is weak."""
    person = person_of(session, person_id)
    person.password_hash = hash_password(password, person.username)
    person.failed_logins, person.locked_until = 0, None
    revoke_sessions(session, person_id, now)
    note(session, actor, "person.password_set", person_id, {}, now)
    return person


def change_locale(session: Session, actor: Who, locale: str, *, now: datetime) -> Person:
    """Let the actor read in another language."""
    person = person_of(session, actor.person_id or "")
    old, person.locale = person.locale, _known_locale(locale)
    if old != locale:
        note(session, actor, "person.locale_changed", person.id, {"old": old, "new": locale}, now)
    return person


def deactivate(session: Session, actor: Who, person_id: str, *, now: datetime) -> Person:
    """Let a person no longer in: sessions end, tokens and memberships stop counting with the account."""
    person = person_of(session, person_id)
    person.active = False
    revoke_sessions(session, person_id, now)
    note(session, actor, "person.deactivated", person_id, {}, now)
    return person


def list_people(session: Session, *, organisation_id: str | None = None, limit: int = 500) -> Sequence[Person]:
    """Give people by user name, or those of an organisation. The caller has asked for the right ``people.manage``."""
    query = select(Person).order_by(Person.username).limit(limit)
    if organisation_id is not None:
        inside = select(Membership.person_id).where(Membership.organisation_id == organisation_id)
        query = query.where(Person.id.in_(inside))
    return session.scalars(query).all()


# ---- belonging -----------------------------------------------------------------------------------------------


def create_organisation(
    session: Session,
    actor: Who,
    *,
    kind: str,
    name: str,
    region_code: str,
    staff_role: str,
    name_en: str = "",
    code: str | None = None,
    contact: str = "",
    now: datetime,
) -> Organisation:
    """Add a bureau, enterprise, consultancy or institute. Raises Conflict if its code is known already."""
    if not name.strip():
        raise Invalid(fields={"name": ["required"]})
    if session.get(Region, region_code) is None:
        raise Invalid(fields={"region_code": ["unknown"]})
    same = select(Organisation.id).where(Organisation.kind == kind, Organisation.code == code)
    if code is not None and session.scalar(same):
        raise Conflict("organisation_known", kind=kind, organisation=code)
    organisation = Organisation(
        id=new_id(),
        kind=kind,
        name=name.strip(),
        name_en=name_en,
        code=code,
        region_code=region_code,
        staff_role=staff_role,
        contact=contact,
    )
    session.add(organisation)
    session.flush()
    trail.append(
        session,
        chain=f"org:{organisation.id}",
        actor=actor,
        action="organisation.created",
        subject_type="organisation",
        subject_id=organisation.id,
        payload={"kind": kind, "name": organisation.name, "code": code, "region": region_code},
        now=now,
    )
    return organisation


def add_membership(
    session: Session,
    actor: Who,
    *,
    person_id: str,
    organisation_id: str,
    role: str,
    region_code: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
) -> Membership:
    """Let a person hold a role in an organisation, from now unless told; the region is the organisation's or below it.

    Raises NotFound, or Invalid for a region outside the organisation's or an end before the beginning.
    """
    person, organisation = person_of(session, person_id), _organisation(session, organisation_id)
    since = since or now
    if until is not None and until <= since:
        raise Invalid(fields={"until": ["before_since"]})
    _check_region(session, organisation, region_code)
    membership = Membership(
        id=new_id(),
        person_id=person.id,
        organisation_id=organisation.id,
        role=role,
        region_code=region_code or organisation.region_code,
        since=since,
        until=until,
    )
    session.add(membership)
    _note_membership(session, actor, "membership.added", membership, now)
    return membership


def end_membership(session: Session, actor: Who, membership_id: str, *, now: datetime) -> Membership:
    """End a membership now; the row stays, so that the past can be read. Raises NotFound."""
    membership = session.get(Membership, membership_id)
    if membership is None:
        raise NotFound("membership", id=membership_id)
    if membership.until is None or membership.until > now:
        membership.until = now
        _note_membership(session, actor, "membership.ended", membership, now)
    return membership


def memberships_of(session: Session, person_id: str) -> Sequence[Membership]:
    """Give all memberships of a person, past ones too, oldest first."""
    query = select(Membership).where(Membership.person_id == person_id).order_by(Membership.since, Membership.id)
    return session.scalars(query).all()


# ---- inside --------------------------------------------------------------------------------------------------


def _note_membership(session: Session, actor: Who, action: str, membership: Membership, now: datetime) -> None:
    trail.append(
        session,
        chain=f"org:{membership.organisation_id}",
        actor=actor,
        action=action,
        subject_type="membership",
        subject_id=membership.id,
        payload={
            "person": membership.person_id,
            "role": membership.role,
            "region": membership.region_code,
            "since": membership.since,
            "until": membership.until,
        },
        now=now,
    )


def _organisation(session: Session, organisation_id: str) -> Organisation:
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("organisation", id=organisation_id)
    return organisation


def _check_region(session: Session, organisation: Organisation, region_code: str | None) -> None:
    if region_code is None or region_code == organisation.region_code:
        return
    part, whole = session.get(Region, region_code), session.get(Region, organisation.region_code)
    if part is None or whole is None or not part.path.startswith(whole.path):
        raise Invalid(fields={"region_code": ["outside"]})


def _known_locale(locale: str) -> str:
    if locale not in LOCALES:
        raise Invalid(fields={"locale": ["unknown"]})
    return locale
