"""How one's inbox looks: the columns, and the views that are saved or shared."""

from __future__ import annotations

from flask import Blueprint, request
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from server import inbox, task_table
from server.house import acting, looking, now
from server.language import say
from server.pages import back_to, given
from server.sentences import trouble
from workflows import views
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("views", __name__, url_prefix="/inbox")


@blueprint.post("/columns")
@login_required
def choose() -> BaseResponse:
    """Choose the columns of one's inbox."""
    filters, sort = inbox.asked()
    try:
        with acting() as (session, actor):
            views.choose(session, actor, request.form.getlist("columns[]"), known=task_table.KEYS, now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return inbox.show(session, actor, 422, trouble(error))
    return back_to("inbox.todo", sort=sort, **filters)


@blueprint.post("/views")
@login_required
def save() -> BaseResponse:
    """Keep what the list shows now under a name."""
    values, (filters, sort) = given(), inbox.asked()
    try:
        with acting() as (session, actor):
            row = views.save(
                session,
                actor,
                values.get("name", ""),
                filters=filters,
                sort=sort,
                columns=[one.key for one in inbox.columns(session, actor)],
                organisation_id=values.get("organisation_id") or None,
                now=now(),
            )
            view_id = row.id
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            return inbox.show(session, actor, 422, trouble(error))
    return back_to("inbox.todo", say("The view is kept."), view=view_id, sort=sort, **filters)


@blueprint.post("/views/<view_id>/removal")
@login_required
def remove(view_id: str) -> BaseResponse:
    """Keep a view no more."""
    with acting() as (session, actor):
        views.remove(session, actor, view_id, now=now())
    return back_to("inbox.todo", say("The view was removed."))
