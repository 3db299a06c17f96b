"""Entry into the expert pool: apply or nominate, see each demand of the rule, approve as one of two, refuse."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import expert_entry
from server.house import acting, looking, now
from server.labels import LABELS
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.regions import every, within
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("expert_entry", __name__, url_prefix="/experts/applications")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the applications that one decides about, and one's own."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the applications."""
    wanted = argument("status") or ""
    found = expert_entry.list_(session, actor, status=wanted, cursor=argument("cursor"), limit=50)
    manages = expert_entry.MANAGE in actor.actions
    return page(
        "expert_entry/index.html",
        session,
        actor,
        status,
        rows=found.items,
        next_cursor=found.next_cursor,
        wanted=wanted,
        statuses=list(LABELS["entry_status"].items()),
        regions=within(session, actor, expert_entry.MANAGE) if manages else every(session),
        region_names=region_names(session, {row.region_code for row in found.items}),
        fields=list(LABELS["expert_field"].items()),
        exams=list(LABELS["entry_exam"].items()),
        manages=manages,
        **more,
    )


@blueprint.post("")
@login_required
def apply() -> BaseResponse:
    """Apply for oneself."""
    values = given()
    try:
        with acting() as (session, actor):
            row = expert_entry.apply(session, actor, values, now=now())
            application_id = row.id
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return index_page(session, actor, code_of(error), errors=trouble(error), values=values)
    return back_to("expert_entry.one", say("The application is handed in."), application_id=application_id)


@blueprint.post("/nominations")
@login_required
def nominate() -> BaseResponse:
    """Nominate somebody."""
    values = given()
    try:
        with acting() as (session, actor):
            row = expert_entry.nominate(session, actor, values, now=now())
            application_id = row.id
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return index_page(session, actor, code_of(error), errors=trouble(error), values=values)
    return back_to("expert_entry.one", say("The nomination is handed in."), application_id=application_id)


@blueprint.get("/<application_id>")
@login_required
def one(application_id: str) -> BaseResponse:
    """Show an application and what the rule says to it."""
    with looking() as (session, actor):
        return one_page(session, actor, application_id)


def one_page(session: Session, actor: Actor, application_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render an application."""
    checked = expert_entry.get(session, actor, application_id, now=now())
    row = checked.row
    is_open = row.status in expert_entry.OPEN
    return page(
        "expert_entry/one.html",
        session,
        actor,
        status,
        checked=checked,
        row=row,
        region=region_names(session, {row.region_code}).get(row.region_code, ""),
        may_decide=is_open and expert_entry.may_decide(actor, row),
        may_withdraw=is_open and row.submitted_by == actor.person_id,
        makes_account=row.status == "agreed" and row.person_id is None,
        pick=pick,
        **more,
    )


@blueprint.post("/<application_id>/approve")
@login_required
def approve(application_id: str) -> BaseResponse:
    """Approve: agree as the first, admit as the second."""
    password = given().get("password", "")
    try:
        with acting() as (session, actor):
            expert_entry.approve(session, actor, application_id, password=password, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return one_page(session, actor, application_id, code_of(error), errors=trouble(error))
    return back_to("expert_entry.one", say("Your approval is recorded."), application_id=application_id)


@blueprint.post("/<application_id>/refuse")
@login_required
def refuse(application_id: str) -> BaseResponse:
    """Refuse with a reason."""
    values = given()
    try:
        with acting() as (session, actor):
            expert_entry.refuse(session, actor, application_id, reason=values.get("reason", ""), now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return one_page(session, actor, application_id, code_of(error), errors=trouble(error), values=values)
    return back_to("expert_entry.one", say("The application is refused."), application_id=application_id)


@blueprint.post("/<application_id>/withdraw")
@login_required
def withdraw(application_id: str) -> BaseResponse:
    """Take back what one has handed in."""
    with acting() as (session, actor):
        expert_entry.withdraw(session, actor, application_id, now=now())
    return back_to("expert_entry.one", say("The application is taken back."), application_id=application_id)


def code_of(error: Invalid | Conflict) -> int:
    """Give the status of a refusal that is shown on its page."""
    return 409 if isinstance(error, Conflict) else 422
