"""Joining an enterprise: asking, deciding, and the enterprises that nobody has joined yet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import joining, unjoined
from server.countdown import chip_for
from server.house import acting, application, looking, now
from server.labels import role_name
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor, may
from workflows.errors import Conflict, Invalid, NotAllowed

blueprint = Blueprint("joining", __name__, url_prefix="/enterprises")


@blueprint.get("/join")
@login_required
def mine() -> BaseResponse:
    """Show the form, and what the person has asked for."""
    with looking() as (session, actor):
        return form_page(session, actor, values={"uscc": argument("uscc") or ""})


def form_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the form with the person's own requests."""
    return page("enterprises/join.html", session, actor, status, requests=joining.mine(session, actor), **more)


@blueprint.post("/join")
@login_required
def ask() -> BaseResponse:
    """Ask to work for an enterprise."""
    values = given()
    try:
        with acting() as (session, actor):
            joining.ask(session, actor, uscc=values.get("uscc", ""), note=values.get("note", ""), now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return form_page(session, actor, code, errors=trouble(error), values=values)
    return back_to("joining.mine", say("Your request was sent. Who decides has been told."))


@blueprint.post("/join/<request_id>/withdrawal")
@login_required
def withdraw(request_id: str) -> BaseResponse:
    """Take back one's own request."""
    with acting() as (session, actor):
        joining.withdraw(session, actor, request_id, now=now())
    return back_to("joining.mine", say("The request is taken back."))


@blueprint.get("/joining")
@login_required
def board() -> BaseResponse:
    """Show the requests that the person decides and, to bureaus, the enterprises that nobody has joined."""
    with looking() as (session, actor):
        return board_page(session, actor)


def board_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the requests and the board."""
    if not joining.decides(actor):
        raise NotAllowed("not_allowed")
    is_bureau = may(actor, "enterprises.edit")
    asked = joining.waiting(session, actor, now=now(), cursor=argument("cursor"), limit=50)
    found = unjoined.board(session, actor, now=now(), cursor=argument("after"), limit=50) if is_bureau else None
    lines = found.items if found else ()
    roles = application().roles
    return page(
        "enterprises/joining.html",
        session,
        actor,
        status,
        requests=asked.items,
        next_cursor=asked.next_cursor,
        lines=[
            (
                line,
                pick(line.holder.name, line.holder.name_en or line.holder.name),
                chip_for(session, line.due_on, now()),
            )
            for line in lines
        ],
        after=found.next_cursor if found else None,
        count=unjoined.count(session, actor, now=now()),
        is_bureau=is_bureau,
        region_names=region_names(session, {line.enterprise.region_code for line in lines}),
        roles=[(key, role_name(roles, key)) for key in joining.ROLES],
        **more,
    )


@blueprint.post("/joining/<request_id>/decision")
@login_required
def decide(request_id: str) -> BaseResponse:
    """Approve or refuse a request."""
    values = given()
    try:
        with acting() as (session, actor):
            row = joining.decide(
                session,
                actor,
                request_id,
                decision=values.get("decision", ""),
                role=values.get("role", ""),
                reason=values.get("reason", ""),
                now=now(),
            )
            status = row.status
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return board_page(session, actor, code, errors=trouble(error))
    done = (
        say("The person can work for the enterprise now.") if status == "approved" else say("The request is refused.")
    )
    return back_to("joining.board", done)
