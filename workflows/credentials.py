"""Signing in: passwords (argon2id, with a lock-out), browser sessions, and bearer tokens of the API."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows import trail
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import ApiToken, AuthSession, Person, SignInCount
from workflows.models.base import new_id
from workflows.settings import Settings
from workflows.trail import Who

_HASHER = PasswordHasher()
# Verified when nobody has the name, so that the time of the answer does not tell which names exist.
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_KINDS: tuple[Callable[[str], bool], ...] = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())


def wait_for(session: Session, settings: Settings, address: str, *, now: datetime) -> int:
    """Count a password that is tried from an address; give the seconds to wait where that was one too many, else 0.

    Every process counts in the same row. **Commit before the password is judged**: who tries many at once waits too.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    minute = now.replace(second=0, microsecond=0)
    counted = (
        dialect.insert(SignInCount)
        .values(minute=minute, address=_network(address), count=1)
        .on_conflict_do_update(index_elements=["minute", "address"], set_={"count": SignInCount.count + 1})
        .returning(SignInCount.count)
    )
    if (session.scalar(counted) or 0) <= settings.login_per_minute:
        return 0
    return 60 - now.second


def _network(address: str) -> str:
    """Give what one caller calls from: an IPv6 network of 64 bits is one caller's."""
    try:
        known = ip_address(address)
    except ValueError:
        return address[:64]
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else str(known)


def authenticate(session: Session, settings: Settings, username: str, password: str, *, now: datetime) -> Person:
    """Give the person if the password is theirs.

    Raises NotAllowed ``bad_credentials``, or ``locked`` with ``until``. The failure is counted and noted in the
    caller's transaction: **commit it also when this raises**, or nobody is ever locked out.
    """
    query = select(Person).where(Person.username == username.strip().lower()).with_for_update()
    person = session.scalar(query)
    if person is None or not person.active or not person.password_hash:
        fits(_NOBODY, password)
        raise NotAllowed("bad_credentials")
    if person.locked_until is not None and person.locked_until > now:
        raise NotAllowed("locked", until=person.locked_until)
    if not fits(person.password_hash, password):
        raise _failed(session, settings, person, now)
    person.failed_logins, person.locked_until = 0, None
    if _HASHER.check_needs_rehash(person.password_hash):
        person.password_hash = _HASHER.hash(password)
    return person


def _failed(session: Session, settings: Settings, person: Person, now: datetime) -> NotAllowed:
    person.failed_logins += 1
    note(session, _Self(person), "person.login_failed", person.id, {"count": person.failed_logins}, now)
    if person.failed_logins < settings.login_attempts:
        return NotAllowed("bad_credentials")
    person.failed_logins = 0
    person.locked_until = now + timedelta(minutes=settings.lockout_minutes)
    note(session, _Self(person), "person.locked", person.id, {"until": person.locked_until}, now)
    return NotAllowed("locked", until=person.locked_until)


def open_session(session: Session, person: Person, *, address: str = "", agent: str = "", now: datetime) -> str:
    """Sign a person in and give the token that the cookie carries; the table keeps only its SHA-256."""
    token = secrets.token_urlsafe(32)
    session.add(
        AuthSession(
            token_hash=_digest(token),
            person_id=person.id,
            created_at=now,
            seen_at=now,
            address=address[:64],
            agent=agent[:300],
        )
    )
    note(session, _Self(person), "person.signed_in", person.id, {"address": address[:64]}, now)
    return token


def session_person(session: Session, settings: Settings, token: str, *, now: datetime) -> Person | None:
    """Give who is signed in with the token, or None: unknown, revoked, idle or open for too long, or deactivated.

    ``seen_at`` is written at most once a minute, so that most requests only read.
    """
    query = (
        select(AuthSession, Person)
        .join(Person, Person.id == AuthSession.person_id)
        .where(AuthSession.token_hash == _digest(token), AuthSession.revoked_at.is_(None), Person.active)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row: AuthSession = found[0]
    person: Person = found[1]
    if now - row.seen_at > timedelta(minutes=settings.session_idle_minutes):
        return None
    if now - row.created_at > timedelta(hours=settings.session_hours):
        return None
    if now - row.seen_at >= timedelta(minutes=1):
        row.seen_at = now
    return person


def close_session(session: Session, token: str, *, now: datetime) -> None:
    """Sign out: the token is worth nothing from now on. An unknown one is ignored."""
    row = session.get(AuthSession, _digest(token))
    if row is None or row.revoked_at is not None:
        return
    row.revoked_at = now
    person = person_of(session, row.person_id)
    note(session, _Self(person), "person.signed_out", person.id, {}, now)


def issue_token(
    session: Session,
    actor: Who,
    *,
    label: str,
    expires_at: datetime | None = None,
    asked_with: str | None = None,
    now: datetime,
) -> tuple[ApiToken, str]:
    """Give the actor a bearer token for the API: the row, and the text that is shown this once.

    One that is made with another (``asked_with`` is its text) ends no later than that one. Raises Invalid.
    """
    if not label.strip():
        raise Invalid(fields={"label": ["required"]})
    if asked_with is not None:
        last = session.scalar(select(ApiToken.expires_at).where(ApiToken.token_hash == _digest(asked_with)))
        expires_at = min((day for day in (last, expires_at) if day is not None), default=None)
    text = "qs_" + secrets.token_urlsafe(32)
    token = ApiToken(
        id=new_id(),
        token_hash=_digest(text),
        person_id=person_of(session, actor.person_id or "").id,
        label=label.strip()[:100],
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    note(session, actor, "token.issued", token.person_id, {"token": token.id, "label": token.label}, now)
    return token, text


def revoke_token(session: Session, actor: Who, token_id: str, *, now: datetime) -> ApiToken:
    """End one of the actor's tokens. Raises NotFound for anybody else's."""
    token = session.get(ApiToken, token_id)
    if token is None or token.person_id != actor.person_id:
        raise NotFound("token", id=token_id)
    if token.revoked_at is None:
        token.revoked_at = now
        note(session, actor, "token.revoked", token.person_id, {"token": token.id}, now)
    return token


def list_tokens(session: Session, actor: Who) -> Sequence[ApiToken]:
    """Give the actor's tokens, newest first."""
    query = select(ApiToken).where(ApiToken.person_id == actor.person_id).order_by(ApiToken.created_at.desc())
    return session.scalars(query).all()


def token_person(session: Session, text: str, *, now: datetime) -> Person | None:
    """Give whose bearer token it is, or None: unknown, revoked, expired, or the person deactivated."""
    token = session.scalar(select(ApiToken).where(ApiToken.token_hash == _digest(text)))
    if token is None or token.revoked_at is not None:
        return None
    if token.expires_at is not None and token.expires_at <= now:
        return None
    person = session.get(Person, token.person_id)
    return person if person is not None and person.active else None


class _Self:
    """A person who acts before they are an actor: at the door."""

    def __init__(self, person: Person) -> None:
        self.person_id: str | None = person.id
        self.name: str = person.name


def note(session: Session, actor: Who, action: str, person_id: str, payload: dict[str, object], now: datetime) -> None:
    """Append an event to the person's own chain."""
    trail.append(
        session,
        chain=f"person:{person_id}",
        actor=actor,
        action=action,
        subject_type="person",
        subject_id=person_id,
        payload=payload,
        now=now,
    )


def person_of(session: Session, person_id: str) -> Person:
    """Give the person, or raise NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("person", id=person_id)
    return person


def revoke_sessions(session: Session, person_id: str, now: datetime) -> None:
    """Sign a person out everywhere."""
    query = select(AuthSession).where(AuthSession.person_id == person_id, AuthSession.revoked_at.is_(None))
    for row in session.scalars(query):
        row.revoked_at = now


def hash_password(password: str, username: str) -> str:
    """Hash with argon2id; refuse what is short, or the user name itself (GB/T 22239 asks for complexity)."""
    used = sum(any(kind(letter) for letter in password) for kind in _KINDS)
    named = len(username) > 3 and username in password.lower()
    if len(password) < 8 or named or (used < 2 and len(password) < 16):
        raise Invalid(fields={"password": ["weak"]})
    return _HASHER.hash(password)


def fits(hashed: str, password: str) -> bool:
    """Say whether a password is the one of a hash."""
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
