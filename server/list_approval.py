"""Approval of annual lists: proposed to the superior, decided line by line, taken back to be corrected."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import list_approval
from server.house import acting, looking, now
from server.language import say
from server.lists import list_page
from server.pages import back_to, given
from server.sentences import trouble
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("list_approval", __name__, url_prefix="/lists/<list_id>")


@blueprint.post("/proposal")
@login_required
def propose(list_id: str) -> BaseResponse:
    """Propose a draft to the superior."""
    try:
        with acting() as (session, actor):
            list_approval.propose(session, actor, list_id, now())
    except Invalid as error:
        with looking() as (session, actor):
            return list_page(session, actor, list_id, 422, errors=trouble(error))
    return back_to("lists.one", say("The list is proposed. The superior has been told."), list_id=list_id)


@blueprint.post("/withdrawal")
@login_required
def withdraw(list_id: str) -> BaseResponse:
    """Take a proposed list back into the draft."""
    with acting() as (session, actor):
        list_approval.withdraw(session, actor, list_id, now())
    return back_to("lists.one", say("The list is a draft again."), list_id=list_id)


@blueprint.post("/decisions")
@login_required
def decide(list_id: str) -> BaseResponse:
    """Approve or refuse the chosen lines, or all that are undecided."""
    values = given()
    try:
        with acting() as (session, actor):
            row = list_approval.decide(session, actor, list_id, **_asked(values), now=now())
            status = row.status
    except (Invalid, Conflict) as error:
        code = 409 if isinstance(error, Conflict) else 422
        with looking() as (session, actor):
            return list_page(session, actor, list_id, code, errors=trouble(error), values=values)
    done = say("Every line is decided. The bureau has been told.") if status == "decided" else say("Decided.")
    return back_to("lists.one", done, list_id=list_id)


def _asked(values: dict[str, Any]) -> dict[str, Any]:
    """Read a decision; "rest" is the button that approves what is left."""
    if values.get("decision") == "rest":
        return {"decision": "approved"}
    return {
        "decision": values.get("decision", ""),
        "reason": values.get("reason", ""),
        "entry_ids": values.get("entry_ids", []),
    }
