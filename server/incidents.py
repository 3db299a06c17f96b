"""Incidents: what an operator must look at."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from server.house import acting, application, looking, now
from server.labels import role_name
from server.language import say
from server.pages import argument, back_to, page
from workflows import incidents
from workflows.models import Incident

blueprint = Blueprint("incidents", __name__, url_prefix="/incidents")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the open incidents, or the resolved ones."""
    resolved = argument("resolved") == "1"
    with looking() as (session, actor):
        found = incidents.list_(session, actor, resolved=resolved, cursor=argument("cursor"), limit=50)
        return page(
            "incidents/index.html",
            session,
            actor,
            rows=[(row, told(row)) for row in found.items],
            next_cursor=found.next_cursor,
            resolved=resolved,
        )


def told(row: Incident) -> str:
    """Say what an incident is about; who is missing by the names of the roles, which year has no calendar."""
    if row.kind == "calendar":
        return say(
            "The calendar of %(year)s is not published: days in it are provisional.", year=row.detail.get("year")
        )
    roles = [role_name(application().roles, key) for key in row.detail.get("roles", [])]
    if row.kind != "no_candidate" or not roles:
        return row.message
    return say("%(task)s: nobody holds the role %(role)s", task=row.message.partition(": ")[0], role=", ".join(roles))


@blueprint.post("/<incident_id>/retry")
@login_required
def retry(incident_id: str) -> BaseResponse:
    """Try again what failed."""
    with acting() as (session, actor):
        incidents.retry(session, application(), actor, incident_id, now=now())
    return back_to("incidents.index", say("It is being tried again."))


@blueprint.post("/<incident_id>/resolve")
@login_required
def resolve(incident_id: str) -> BaseResponse:
    """Close an incident that was dealt with elsewhere."""
    with acting() as (session, actor):
        incidents.resolve(session, actor, incident_id, now=now())
    return back_to("incidents.index", say("The incident is closed."))
