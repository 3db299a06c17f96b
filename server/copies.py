"""Copies: what colleagues were sent to take note of, and the form that sends one."""

from __future__ import annotations

import re

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from server.cases import case_page
from server.house import acting, application, looking, now
from server.language import say
from server.pages import argument, back_to, given, page
from server.sentences import trouble
from server.stages import stage_name
from workflows import copies
from workflows.errors import Invalid

blueprint = Blueprint("copies", __name__)
LIMIT = 50


@blueprint.get("/inbox/copies")
@login_required
def index() -> BaseResponse:
    """Show what was sent to the person, the latest first."""
    with looking() as (session, actor):
        found = copies.mine(session, actor, cursor=argument("cursor"), limit=LIMIT)
        rows = [(copy, instance, sender, stage_name(instance.stage)) for copy, instance, sender in found.items]
        return page("inbox/copies.html", session, actor, rows=rows, next_cursor=found.next_cursor)


@blueprint.post("/inbox/copies/<copy_id>/read")
@login_required
def read(copy_id: str) -> BaseResponse:
    """Note that a copy was read, and show its case."""
    with acting() as (session, actor):
        case_id = copies.read(session, actor, copy_id, now=now()).instance_id
    return back_to("cases.one", case_id=case_id)


@blueprint.post("/cases/<case_id>/copies")
@login_required
def send(case_id: str) -> BaseResponse:
    """Send a case to people by their user names."""
    values = given()
    try:
        with acting() as (session, actor):
            names = re.split(r"[,\s\uff0c]+", values.get("usernames", ""))
            copies.send(session, application(), actor, case_id, names, note=values.get("note", ""), now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return case_page(session, actor, case_id, 422, errors=trouble(error))
    return back_to("cases.one", say("The copy was sent."), case_id=case_id)
