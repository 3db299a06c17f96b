"""The pool of experts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import experts
from server.house import acting, looking, now
from server.labels import LABELS
from server.language import say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("experts", __name__, url_prefix="/experts")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the pool."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the pool."""
    found = experts.list_(session, actor, text=argument("text") or "", cursor=argument("cursor"), limit=50)
    return page(
        "experts/index.html",
        session,
        actor,
        status,
        rows=found.items,
        next_cursor=found.next_cursor,
        text=argument("text"),
        regions=region_choices(session, actor),
        region_names=region_names(session, {expert.region_code for expert, _person in found.items}),
        fields=list(LABELS["expert_field"].items()),
        **more,
    )


@blueprint.post("")
@login_required
def add() -> BaseResponse:
    """Add an expert."""
    values = given()
    try:
        with acting() as (session, actor):
            require(actor, "experts.manage")
            experts.add(session, actor, values, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("experts.index", say("The expert is in the pool."))
