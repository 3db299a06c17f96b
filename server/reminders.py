"""The rules of reminders: who is told how long before or after a day."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import deadlines, procedures, reminders
from server.dates import whole_number
from server.house import acting, looking, now
from server.labels import label
from server.language import language, pick, say
from server.pages import back_to, given, page
from server.regions import held as held_regions
from server.regions import names as region_names
from server.sentences import trouble
from workflows.access import Actor, may
from workflows.errors import Invalid

blueprint = Blueprint("reminders", __name__, url_prefix="/reminder-rules")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the rules."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the rules, with the form for a new one."""
    rows = reminders.of_actor(session, actor)
    return page(
        "reminders/index.html",
        session,
        actor,
        status,
        rows=[(row, may(actor, reminders.MANAGE, row.region_path)) for row in rows],
        region_names=region_names(session, {row.region_code for row in rows}),
        regions=held_regions(session, actor, reminders.MANAGE),
        deadline_kinds=[(kind, pick(*names)) for kind, names in deadlines.KINDS.items()],
        procedure_kinds=[(key, procedures.name(key, language())) for key in procedures.NAMES],
        tells=[(one, label(one, "reminder_tells")) for one in reminders.TELLS],
        **more,
    )


@blueprint.post("")
@login_required
def add() -> BaseResponse:
    """Write a rule."""
    values = given()
    try:
        with acting() as (session, actor):
            distance = whole_number(values.get("days"), "days")
            reminders.add(
                session,
                actor,
                region_code=values.get("region_code", ""),
                procedure=values.get("procedure", ""),
                deadline=values.get("deadline", ""),
                element=values.get("element", ""),
                days=-distance if values.get("side") == "after" else distance,
                working=values.get("unit", "working") == "working",
                tells=values.get("tells", ""),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("reminders.index", say("The rule counts from now on."))


@blueprint.post("/<rule_id>/switch")
@login_required
def switch(rule_id: str) -> BaseResponse:
    """Let a rule count, or not any more."""
    with acting() as (session, actor):
        reminders.switch(session, actor, rule_id, active=given().get("active") == "yes", now=now())
    return back_to("reminders.index")
