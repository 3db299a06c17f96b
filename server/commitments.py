"""Self-commitments: what was accepted on paper, and drawing spot checks by lot."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import commitments
from server.dates import whole_number
from server.house import acting, application, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("commitments", __name__, url_prefix="/commitments")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the commitments and the draws."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the page, for who draws."""
    require(actor, commitments.DRAW)
    found = commitments.list_(session, actor, cursor=argument("cursor"), limit=50)
    made = commitments.draws(session, actor).items
    return page(
        "commitments/index.html",
        session,
        actor,
        status,
        lines=found.items,
        next_cursor=found.next_cursor,
        draws=made,
        region_names=region_names(session, {row.region_code for row in made}),
        regions=region_choices(session, actor),
        **more,
    )


@blueprint.post("/draws")
@login_required
def draw() -> BaseResponse:
    """Draw spot checks by lot; the seed is recorded."""
    values = given()
    try:
        with acting() as (session, actor):
            made = commitments.draw(
                session,
                application(),
                actor,
                region_code=values.get("region_code", ""),
                count=whole_number(values.get("count"), "count"),
                seed=secrets.token_hex(16),
                now=now(),
            )
            number = len(made.drawn)
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return index_page(session, actor, code, errors=trouble(error), values=values)
    return back_to("commitments.index", say("%(count)s spot checks were drawn.", count=number))
