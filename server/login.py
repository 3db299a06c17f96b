"""Signing in, signing out, and the language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, request, url_for
from flask_login import current_user, login_required
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response as BaseResponse

from server.auth import COOKIE, forget, is_secure, remember
from server.house import acting, house, now
from server.language import COOKIE as LANGUAGE_COOKIE
from server.language import LANGUAGES, language
from server.pages import public_page
from server.sentences import sentence
from workflows import people
from workflows.db import transaction
from workflows.errors import NotAllowed

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def page() -> BaseResponse:
    """Ask for name and password."""
    if current_user.is_authenticated:
        return redirect(url_for("workbench.page"))
    return public_page("login/page.html", target=safe(request.args.get("next")), trouble="", username="")


@blueprint.post("/login")
def enter() -> BaseResponse:
    """Sign in: open a session whose token only the browser knows."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    target = safe(request.form.get("next"))
    settings = house().settings
    refusal: NotAllowed | None = None
    with transaction(house().sessions) as session:
        wait = people.wait_for(session, settings, request.remote_addr or "", now=now())
    if wait:
        raise TooManyRequests(retry_after=wait)
    with transaction(house().sessions) as session:  # a failure is counted, so it is committed as well
        try:
            person = people.authenticate(session, settings, username, password, now=now())
            agent = request.headers.get("User-Agent", "")
            token = people.open_session(session, person, address=request.remote_addr or "", agent=agent, now=now())
        except NotAllowed as refused:
            refusal = refused
    if refusal is not None:
        return public_page("login/page.html", 401, target=target, trouble=sentence(refusal), username=username)
    answer = make_response(redirect(target, code=303))
    remember(answer, token, person.locale)
    return answer


@blueprint.post("/logout")
@login_required
def leave() -> BaseResponse:
    """Sign out: the session ends on the server, not only in the browser."""
    with transaction(house().sessions) as session:
        people.close_session(session, request.cookies.get(COOKIE, ""), now=now())
    answer = make_response(redirect(url_for("login.page"), code=303))
    forget(answer)
    return answer


@blueprint.post("/language")
def switch_language() -> BaseResponse:
    """Change the language: of the person where somebody is signed in, else of the browser."""
    wanted = request.form.get("language", "")
    chosen = wanted if wanted in LANGUAGES else language()
    if current_user.is_authenticated:
        with acting() as (session, actor):
            people.change_locale(session, actor, chosen, now=now())
    answer = make_response(redirect(safe(request.form.get("next")), code=303))
    secure = is_secure(house().settings)
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=365 * 86400, httponly=True, samesite="Lax", secure=secure)
    return answer


def safe(target: str | None) -> str:
    """Keep a target only if it is a path of ours, so that nobody is sent elsewhere."""
    parts = urlsplit(target or "")
    if (
        not target
        or not target.isprintable()
        or parts.scheme
        or parts.netloc
        or not target.startswith("/")
        or target[1:2] in ("/", "\\")
    ):
        return "/"
    return target.rstrip("?")
