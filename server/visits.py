"""Visits of panels to the site: the plan, and the report that an expert fills in on a telephone, with or without a network."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, request
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import site_visits
from server.dossiers import dossier_page
from server.house import acting, application, looking, now
from server.language import pick, say
from server.pages import back_to, given, page
from server.sentences import trouble
from workflows import files
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("visits", __name__)


@blueprint.post("/panels/<panel_id>/visit")
@login_required
def plan(panel_id: str) -> BaseResponse:
    """Plan the visit of a panel."""
    values = given()
    try:
        with acting() as (session, actor):
            site_visits.plan(session, actor, panel_id, values, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return dossier_page(session, actor, panel_id, code, errors=trouble(error), planned=values)
    return back_to("dossiers.one", say("The visit is planned; the members are told."), panel_id=panel_id)


@blueprint.get("/visits/<visit_id>")
@login_required
def one(visit_id: str) -> BaseResponse:
    """Show a visit: the form of the report to a member, the reports to who may read them."""
    with looking() as (session, actor):
        return one_page(session, actor, visit_id)


def one_page(session: Session, actor: Actor, visit_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render a visit."""
    visit = site_visits.get(session, actor, visit_id)
    return page(
        "visits/one.html",
        session,
        actor,
        status,
        entries=("visit",),
        visit=visit,
        row=visit.row,
        fills=visit.own and not visit.reported and visit.panel.closed_at is None,
        names={item["key"]: pick(item["zh"], item["en"]) for item in visit.row.items},
        results=[(key, f"visit_{key}") for key in site_visits.RESULTS],
        **more,
    )


@blueprint.post("/visits/<visit_id>/report")
@login_required
def report(visit_id: str) -> BaseResponse:
    """Take a report in, with its photographs, once."""
    values = given()
    try:
        with acting() as (session, actor):
            photos = [
                files.upload(session, application(), actor, name=one.filename or "", content=one.read(), now=now()).id
                for one in request.files.getlist("photos")
                if one.filename
            ]
            site_visits.report(session, actor, visit_id, _read(values) | {"photos": photos}, now=now())
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return one_page(session, actor, visit_id, code, errors=trouble(error), values=values)
    return back_to("visits.one", say("Your report has arrived."), visit_id=visit_id)


def _read(values: dict[str, Any]) -> dict[str, Any]:
    """Read the form; a browser without scripts signs in by sending."""
    items = {name.partition("-")[2] for name in values if name.startswith("result-")}
    answers = {key: {"result": values.get(f"result-{key}", ""), "note": values.get(f"note-{key}", "")} for key in items}
    return {
        "key": values.get("key") or secrets.token_hex(16),
        "signed_in_at": values.get("signed_in_at") or now().isoformat(),
        "answers": answers,
        "findings": values.get("findings", ""),
    }
