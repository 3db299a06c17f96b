"""People, their dated memberships, their sessions and tokens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Person(Base):
    """Somebody who signs in. ``password_hash`` is argon2id; an empty one lets nobody in."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    locale: Mapped[str] = mapped_column(String(5), default="zh")
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """A person holds a role in an organisation from one day to another.

    The region is the organisation's, or a part of it. A membership counts while ``since <= now < until``.
    """

    __tablename__ = "memberships"
    __table_args__ = (Index("ix_memberships_person", "person_id", "until"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class AuthSession(Base):
    """A signed-in browser. The cookie carries a random token, this row its SHA-256, so that it can be revoked."""

    __tablename__ = "auth_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")
    revoked_at: Mapped[datetime | None]


class SignInCount(Base):
    """How often a password was tried from an address within a minute, whichever process was asked."""

    __tablename__ = "sign_in_counts"

    minute: Mapped[datetime] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]


class ApiToken(Base):
    """A bearer token of a person, stored as its SHA-256, shown once."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
