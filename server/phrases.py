"""Ready sentences: one's own, and those that an organisation's people share."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from server.house import acting, application, looking, now
from server.language import say
from server.pages import back_to, given, page
from server.sentences import trouble
from workflows import phrases
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("phrases", __name__, url_prefix="/phrases")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show one's own sentences and the shared ones."""
    with looking() as (session, actor):
        return show(session, actor)


def show(session: Session, actor: Actor, status: int = 200, error: Invalid | Conflict | None = None) -> BaseResponse:
    """Render the sentences, with what was typed and what is wrong with it."""
    return page(
        "phrases/index.html",
        session,
        actor,
        status,
        own=phrases.own(session, actor),
        shared=phrases.shared(session, application(), actor),
        typed=given() if error else {},
        errors=trouble(error) if error else None,
        longest=phrases.LENGTH,
    )


@blueprint.post("")
@login_required
def add() -> BaseResponse:
    """Keep a sentence."""
    values = given()
    try:
        with acting() as (session, actor):
            house = values.get("organisation_id") or None
            phrases.add(session, application(), actor, values.get("text", ""), organisation_id=house, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return show(session, actor, 422, error)
    return back_to("phrases.index", say("The sentence is kept."))


@blueprint.post("/<phrase_id>")
@login_required
def change(phrase_id: str) -> BaseResponse:
    """Word a sentence anew."""
    try:
        with acting() as (session, actor):
            phrases.change(session, application(), actor, phrase_id, given().get("text", ""), now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return show(session, actor, 422, error)
    return back_to("phrases.index", say("The sentence is kept."))


@blueprint.post("/<phrase_id>/removal")
@login_required
def remove(phrase_id: str) -> BaseResponse:
    """Keep a sentence no more."""
    with acting() as (session, actor):
        phrases.remove(session, application(), actor, phrase_id, now=now())
    return back_to("phrases.index", say("The sentence was removed."))
