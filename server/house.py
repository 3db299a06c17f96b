"""What every view needs: the settings, the application, the sessions, the clock, who is asking and in which language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app, g
from flask_babel import get_locale
from flask_login import current_user
from sqlalchemy.orm import Session, sessionmaker

from workflows.access import Actor, load_actor
from workflows.application import Application
from workflows.db import reading, transaction
from workflows.settings import Settings

KEY = "qingshen"


def system_clock() -> datetime:
    """Read the clock: the one place of the web side that does."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """The values that ``create_app`` was given."""

    settings: Settings
    application: Application
    sessions: sessionmaker[Session]
    clock: Callable[[], datetime] = system_clock


def house() -> House:
    """Give the values of the running application."""
    found: House = current_app.extensions[KEY]
    return found


def application() -> Application:
    """Give what the field has handed in: roles, handlers, the file store."""
    return house().application


def now() -> datetime:
    """Give the time of this request: one moment, however often it is asked."""
    if "now" not in g:
        g.now = house().clock()
    moment: datetime = g.now
    return moment


def language() -> str:
    """Give the language of this request: ``zh`` or ``en``."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


@contextmanager
def acting() -> Iterator[tuple[Session, Actor]]:
    """Open the one transaction of a request that changes something, and load who acts."""
    with transaction(house().sessions) as session:
        yield session, load_actor(session, application().roles, current_user.id, now())


@contextmanager
def looking() -> Iterator[tuple[Session, Actor]]:
    """Open a session that only reads, and load who looks."""
    with reading(house().sessions) as session:
        yield session, load_actor(session, application().roles, current_user.id, now())


@contextmanager
def looking_publicly() -> Iterator[Session]:
    """Open a session that only reads, for a page that asks nobody to sign in."""
    with reading(house().sessions) as session:
        yield session
