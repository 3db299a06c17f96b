"""The record of an expert: entries and measures by officers, appeals by the expert, decisions about them."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import expert_appeals, expert_record
from server.experts import one_page
from server.house import acting, looking, now
from server.language import say
from server.pages import back_to, given
from server.sentences import trouble
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("expert_record", __name__, url_prefix="/experts")


@blueprint.post("/<expert_id>/record")
@login_required
def enter(expert_id: str) -> BaseResponse:
    """Enter points or a measure."""
    values = given()
    try:
        with acting() as (session, actor):
            expert_record.enter(session, actor, expert_id, values, now=now())
    except (Invalid, Conflict) as error:
        return _again(expert_id, error)
    return back_to("experts.one", say("The entry is made; the expert is told."), expert_id=expert_id)


@blueprint.post("/<expert_id>/record/<mark_id>/appeal")
@login_required
def appeal(expert_id: str, mark_id: str) -> BaseResponse:
    """Appeal against an entry."""
    text = given().get("text", "")
    try:
        with acting() as (session, actor):
            expert_appeals.appeal(session, actor, mark_id, text=text, now=now())
    except (Invalid, Conflict) as error:
        return _again(expert_id, error)
    return back_to("experts.one", say("Your appeal is handed in."), expert_id=expert_id)


@blueprint.post("/<expert_id>/record/<mark_id>/decision")
@login_required
def decide(expert_id: str, mark_id: str) -> BaseResponse:
    """Decide an appeal."""
    values = given()
    upheld, reason = values.get("upheld") == "yes", values.get("reason", "")
    try:
        with acting() as (session, actor):
            expert_appeals.decide(session, actor, mark_id, upheld=upheld, reason=reason, now=now())
    except (Invalid, Conflict) as error:
        return _again(expert_id, error)
    return back_to("experts.one", say("The appeal is decided; the expert is told."), expert_id=expert_id)


def _again(expert_id: str, error: Invalid | Conflict) -> BaseResponse:
    with looking() as (session, actor):
        code = 409 if isinstance(error, Conflict) else 422
        return one_page(session, actor, expert_id, code, errors=trouble(error), entry=given())
