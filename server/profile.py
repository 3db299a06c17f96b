"""One's own account: who one is, the password, and the tokens for the API."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from flask import Blueprint, make_response, redirect, url_for
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from server.dates import optional_day
from server.filters import ZONE
from server.house import acting, house, looking, now
from server.language import say
from server.pages import back_to, given, page
from server.sentences import trouble
from workflows import people
from workflows.access import Actor
from workflows.errors import Invalid, NotAllowed
from workflows.models import Person

blueprint = Blueprint("profile", __name__, url_prefix="/profile")


@blueprint.get("", endpoint="page")
@login_required
def show() -> BaseResponse:
    """Show one's own account."""
    with looking() as (session, actor):
        return profile_page(session, actor)


def profile_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the account."""
    return page(
        "profile/page.html",
        session,
        actor,
        status,
        person=session.get_one(Person, actor.person_id),
        tokens=people.list_tokens(session, actor),
        **more,
    )


@blueprint.post("/password")
@login_required
def change_password() -> BaseResponse:
    """Change one's own password: the old one is asked, and every session ends."""
    values = given()
    refusal: Invalid | NotAllowed | None = None
    with acting() as (session, actor):
        try:
            try_password(session, actor, values.get("old", ""))
            people.set_password(session, actor, str(actor.person_id), values.get("password", ""), now=now())
        except (Invalid, NotAllowed) as error:  # a wrong old password is counted, so it is committed
            refusal = error
    if refusal is not None:
        with looking() as (session, actor):
            return profile_page(session, actor, 422, errors=trouble(refusal))
    return make_response(redirect(url_for("login.page"), code=303))


def try_password(session: Session, actor: Actor, password: str) -> None:
    """Check one's own password. Raises NotAllowed; **commit also then**, so that the failure counts."""
    people.authenticate(session, house().settings, actor.username, password, now=now())


@blueprint.post("/tokens")
@login_required
def issue_token() -> BaseResponse:
    """Make a token for the API; its text is shown this once."""
    values = given()
    try:
        with acting() as (session, actor):
            last_day = optional_day(values.get("expires_on"), "expires_on")
            expires = end_of(last_day) if last_day else None
            _token, text = people.issue_token(
                session, actor, label=values.get("label", ""), expires_at=expires, now=now()
            )
    except Invalid as error:
        with looking() as (session, actor):
            return profile_page(session, actor, 422, errors=trouble(error))
    with looking() as (session, actor):
        return profile_page(session, actor, 201, fresh=text)


def end_of(day: date) -> datetime:
    """Give the last moment of a day in China's zone."""
    return datetime.combine(day, time.max, ZONE)


@blueprint.post("/tokens/<token_id>/revoke")
@login_required
def revoke_token(token_id: str) -> BaseResponse:
    """End a token."""
    with acting() as (session, actor):
        people.revoke_token(session, actor, token_id, now=now())
    return back_to("profile.page", say("The token is worth nothing any more."))
