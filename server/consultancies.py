"""Consultancies: the register."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import consultancies
from server.dates import optional_day
from server.house import acting, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from server.regions import choices as region_choices
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("consultancies", __name__, url_prefix="/consultancies")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the consultancies with the number of their cases."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the consultancies."""
    found = consultancies.list_(session, actor, text=argument("text") or "", cursor=argument("cursor"), limit=50)
    return page(
        "consultancies/index.html",
        session,
        actor,
        status,
        rows=found.items,
        next_cursor=found.next_cursor,
        text=argument("text"),
        regions=region_choices(session, actor),
        region_names=region_names(session, {row.region_code for row, _count in found.items}),
        **more,
    )


@blueprint.post("/<consultancy_id>/restriction")
@login_required
def restrict(consultancy_id: str) -> BaseResponse:
    """Let a consultancy be chosen no more, or again, with a reason."""
    values = given()
    try:
        with acting() as (session, actor):
            restricted = values.get("restricted") == "yes"
            consultancies.restrict(
                session,
                actor,
                consultancy_id,
                restricted=restricted,
                reason=values.get("reason", ""),
                until=optional_day(values.get("until"), "until"),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error))
    return back_to("consultancies.index", say("The decision was recorded."))


@blueprint.post("")
@login_required
def register() -> BaseResponse:
    """Add a consultancy."""
    values = given()
    try:
        with acting() as (session, actor):
            require(actor, "consultancies.manage")
            consultancies.register(session, actor, values, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("consultancies.index", say("The consultancy is registered."))
