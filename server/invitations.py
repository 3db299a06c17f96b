"""An expert's invitations to panels."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import departures, invitations
from server.draws import fresh_seed
from server.house import acting, application, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("invitations", __name__, url_prefix="/invitations")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show one's invitations."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render one's invitations."""
    found = invitations.mine(session, actor, cursor=argument("cursor"), limit=50)
    return page(
        "invitations/index.html",
        session,
        actor,
        status,
        rows=found.items,
        next_cursor=found.next_cursor,
        places=departures.mine(session, actor),
        **more,
    )


@blueprint.post("/<seat_id>")
@login_required
def answer(seat_id: str) -> BaseResponse:
    """Accept, decline, or declare an interest."""
    values = given()
    try:
        with acting() as (session, actor):
            invitations.answer(
                session,
                actor,
                seat_id,
                answer=values.get("answer", ""),
                reason=values.get("reason", ""),
                seed=fresh_seed(),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return index_page(session, actor, code, errors=trouble(error), values=values, at=seat_id)
    return back_to("invitations.index", say("Your answer is recorded."))


@blueprint.post("/panels/<panel_id>")
@login_required
def recuse(panel_id: str) -> BaseResponse:
    """Leave a panel at work for an interest."""
    values = given()
    try:
        with acting() as (session, actor):
            departures.recuse(
                session, application(), actor, panel_id, reason=values.get("reason", ""), seed=fresh_seed(), now=now()
            )
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return index_page(session, actor, code, errors=trouble(error), values=values, at=panel_id)
    return back_to("invitations.index", say("You have left the panel; the bureau forms it anew."))
