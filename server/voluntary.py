"""Voluntary audits: an enterprise applies and signs agreements, the leading department decides."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import agreements, calendars, voluntary, voluntary_rules
from audits.models import Enterprise
from server.dates import day_of
from server.house import acting, looking, now
from server.language import pick, say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from workflows.access import Actor, may
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("voluntary", __name__, url_prefix="/voluntary")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the applications and agreements, with the forms for one's own enterprise."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the page."""
    found = voluntary.list_(session, actor, cursor=argument("cursor"), limit=50)
    agreed = agreements.list_(session, actor, cursor=argument("after"), limit=50)
    today = calendars.local_day(now())
    own = [row for row in (session.get(Enterprise, key) for key in sorted(actor.organisations)) if row is not None]
    rules = [(row, voluntary_rules.rule_for(session, row.region_code, today)) for row in own]
    return page(
        "voluntary/index.html",
        session,
        actor,
        status,
        lines=found.items,
        next_cursor=found.next_cursor,
        agreements=agreed.items,
        after=agreed.next_cursor,
        own=[
            (row, rule.source, [(key, pick(*names)) for key, names in voluntary_rules.statements(rule)])
            for row, rule in rules
        ],
        decides=may(actor, voluntary_rules.DECIDE),
        houses=actor.organisations,
        word=pick,
        today=today,
        **more,
    )


@blueprint.post("")
@login_required
def apply() -> BaseResponse:
    """Ask for a voluntary audit."""
    values = given()
    stated = request.form.getlist("stated")
    try:
        with acting() as (session, actor):
            voluntary.apply(
                session,
                actor,
                enterprise_id=values.get("enterprise_id", ""),
                reason=values.get("reason", ""),
                stated=stated,
                now=now(),
            )
    except (Invalid, Conflict) as error:
        return _again(error, values={**values, "stated": stated})
    return back_to("voluntary.index", say("The application was sent to the leading department."))


@blueprint.post("/<application_id>/decision")
@login_required
def decide(application_id: str) -> BaseResponse:
    """Accept or refuse an application."""
    values = given()
    try:
        with acting() as (session, actor):
            row = voluntary.decide(
                session,
                actor,
                application_id,
                decision=values.get("decision", ""),
                reason=values.get("reason", ""),
                now=now(),
            )
            is_accepted = row.status == "accepted"
    except (Invalid, Conflict) as error:
        return _again(error, values=values)
    done = (
        say("The enterprise stands on the draft list; publish the list to open its case.")
        if is_accepted
        else say("The application is refused.")
    )
    return back_to("voluntary.index", done)


@blueprint.post("/<application_id>/withdrawal")
@login_required
def withdraw(application_id: str) -> BaseResponse:
    """Take back an application."""
    with acting() as (session, actor):
        voluntary.withdraw(session, actor, application_id, now())
    return back_to("voluntary.index", say("The application is taken back."))


@blueprint.post("/agreements")
@login_required
def propose() -> BaseResponse:
    """Sign an agreement for one's enterprise."""
    values = given()
    try:
        with acting() as (session, actor):
            agreements.propose(
                session,
                actor,
                enterprise_id=values.get("enterprise_id", ""),
                goals=values.get("goals", ""),
                valid_until=day_of(values.get("valid_until"), "valid_until"),
                now=now(),
            )
    except (Invalid, Conflict) as error:
        return _again(error, values=values)
    return back_to("voluntary.index", say("The agreement waits for the signature of the department."))


@blueprint.post("/agreements/<agreement_id>/signature")
@login_required
def sign(agreement_id: str) -> BaseResponse:
    """Sign an agreement for the department."""
    with acting() as (session, actor):
        agreements.sign(session, actor, agreement_id, now())
    return back_to("voluntary.index", say("The agreement is signed."))


@blueprint.post("/agreements/<agreement_id>/end")
@login_required
def end(agreement_id: str) -> BaseResponse:
    """End an agreement by notice."""
    values = given()
    try:
        with acting() as (session, actor):
            agreements.end(session, actor, agreement_id, reason=values.get("reason", ""), now=now())
    except (Invalid, Conflict) as error:
        return _again(error, values=values)
    return back_to("voluntary.index", say("The agreement has ended."))


def _again(error: Invalid | Conflict, **more: Any) -> BaseResponse:
    with looking() as (session, actor):
        code = 409 if isinstance(error, Conflict) else 422
        return index_page(session, actor, code, errors=trouble(error), **more)
