"""Who is asking: a browser by the random token of its cookie, a program by its bearer token."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Request, Response, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from server.errors import problem, say_status, wants_json
from server.house import house, now
from server.language import COOKIE as LANGUAGE_COOKIE
from workflows import people
from workflows.db import reading, transaction
from workflows.models import Person
from workflows.settings import Settings

COOKIE = "qingshen_session"
OPEN = frozenset({"api-health", "api-docs", "api-public", "api-audit-results"})
BY_ITSELF = frozenset({"api-desk.pulse"})
"""What a page asks by itself: nobody is at work because of it, and an idle session ends."""
csrf = CSRFProtect()


@dataclass
class User(UserMixin):
    """The person of the request, as flask-login wants it."""

    id: str
    name: str
    username: str
    locale: str


def init_auth(app: Flask, settings: Settings) -> None:
    """Set up the login and the protection against forged requests."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="qingshen_page",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure(settings),
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    manager = LoginManager(app)
    manager.request_loader(load_user)
    manager.unauthorized_handler(ask_to_sign_in)
    csrf.init_app(app)

    @app.before_request
    def _protect() -> BaseResponse | None:
        blueprint = request.blueprint or ""
        if blueprint.startswith("api-") and blueprint not in OPEN and not current_user.is_authenticated:
            return ask_to_sign_in()  # before anything of the request is judged
        if request.method not in {"GET", "HEAD", "OPTIONS", "TRACE"} and may_be_forged(request):
            if is_foreign(request):
                raise CSRFError("sent by the page of another site")
            csrf.protect()
        return None


def is_secure(settings: Settings) -> bool:
    """Say whether cookies may travel over https only."""
    return settings.base_url.startswith("https://")


def bearer(asked: Request) -> str | None:
    """Give the bearer token of a request. A request that has one is never taken for a browser's."""
    kind, _, token = asked.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def may_be_forged(asked: Request) -> bool:
    """Say whether another site can have sent this in somebody's name: not what carries a token, nor what no cookie."""
    if bearer(asked) is not None:
        return False
    return COOKIE in asked.cookies or not asked.path.startswith("/api/")


def is_foreign(asked: Request) -> bool:
    """Say whether a browser tells that the page of another site sent this. ``null`` is such a page too."""
    origin = asked.headers.get("Origin")
    own = {asked.host, urlsplit(house().settings.base_url).netloc}
    return origin is not None and urlsplit(origin).netloc not in own


def load_user(asked: Request) -> User | None:
    """Find the person of a request; None where nobody is signed in."""
    token, cookie = bearer(asked), asked.cookies.get(COOKIE)
    if token is None and not cookie:
        return None
    here, moment = house(), now()
    if token is not None:
        with reading(here.sessions) as session:
            return user_of(people.token_person(session, token, now=moment))
    with reading(here.sessions) as session:
        user = user_of(people.session_person(session, here.settings, cookie or "", now=moment))
        was_seen_long_ago = bool(session.dirty) and asked.endpoint not in BY_ITSELF
    if was_seen_long_ago:  # at most once a minute the session is noted as in use; a busy database may miss it
        with suppress(OperationalError), transaction(here.sessions) as session:
            people.session_person(session, here.settings, cookie or "", now=moment)
    return user


def user_of(person: Person | None) -> User | None:
    """Make flask-login's user of a person."""
    if person is None:
        return None
    return User(id=person.id, name=person.name, username=person.username, locale=person.locale)


def ask_to_sign_in() -> BaseResponse:
    """Answer a request that needs a person: 401 to programs, the login page to browsers."""
    if wants_json():
        return problem(401, "not_signed_in", say_status(401))
    target = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return redirect(url_for("login.page", next=target))


def remember(answer: Response, token: str, locale: str) -> None:
    """Put the session's token and the language into cookies."""
    settings = house().settings
    secure = is_secure(settings)
    answer.set_cookie(
        COOKIE, token, max_age=settings.session_hours * 3600, httponly=True, samesite="Lax", secure=secure, path="/"
    )
    answer.set_cookie(LANGUAGE_COOKIE, locale, max_age=365 * 86400, httponly=True, samesite="Lax", secure=secure)


def forget(answer: Response) -> None:
    """Take the session's token out of the browser."""
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax", secure=is_secure(house().settings))
    g.pop("_login_user", None)
