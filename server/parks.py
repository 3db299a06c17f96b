"""Parks and clusters with their members."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import enterprises, parks
from server.dates import day_of
from server.house import acting, looking, now
from server.labels import LABELS
from server.language import say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from workflows.access import Actor, may
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("parks", __name__, url_prefix="/parks")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the parks with their members."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the page; enterprises to choose from are searched by name or code."""
    wanted = argument("enterprise") or ""
    edits = may(actor, parks.EDIT)
    offered = enterprises.list_(session, actor, text=wanted, limit=20).items if edits and wanted else ()
    return page(
        "parks/index.html",
        session,
        actor,
        status,
        parks=parks.list_(session, actor),
        edits=edits,
        wanted=wanted,
        offered=[(one.id, f"{one.name} · {one.uscc}") for one in offered],
        kinds=list(LABELS["park"].items()),
        **more,
    )


@blueprint.post("")
@login_required
def mark() -> BaseResponse:
    """Let an enterprise stand for a park or cluster."""
    values = given()
    try:
        with acting() as (session, actor):
            parks.mark(
                session,
                actor,
                enterprise_id=values.get("enterprise_id", ""),
                kind=values.get("kind", ""),
                benchmark=values.get("benchmark", ""),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        return _again(error, values)
    return back_to("parks.index", say("The park is registered. Now add its members."))


@blueprint.post("/<park_id>/members")
@login_required
def add(park_id: str) -> BaseResponse:
    """Let an enterprise belong to a park."""
    values = given()
    try:
        with acting() as (session, actor):
            parks.add_member(
                session,
                actor,
                park_id,
                enterprise_id=values.get("enterprise_id", ""),
                since=day_of(values.get("since"), "since"),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        return _again(error, values)
    return back_to("parks.index", say("The member is registered."))


@blueprint.post("/<park_id>/members/<member_id>/end")
@login_required
def end(park_id: str, member_id: str) -> BaseResponse:
    """Let an enterprise belong to a park no more."""
    values = given()
    try:
        with acting() as (session, actor):
            parks.end_member(session, actor, park_id, member_id, until=day_of(values.get("until"), "until"), now=now())
    except (Invalid, Conflict) as error:
        return _again(error, values)
    return back_to("parks.index", say("The membership ends on that day."))


def _again(error: Invalid | Conflict, values: dict[str, str]) -> BaseResponse:
    with looking() as (session, actor):
        code = 409 if isinstance(error, Conflict) else 422
        return index_page(session, actor, code, errors=trouble(error), values=values)
