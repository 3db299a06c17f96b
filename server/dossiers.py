"""The dossier of a panel."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import departures, dossiers, options, panels, site_visits
from server.draws import fresh_seed
from server.filters import local_name
from server.house import acting, application, looking, now
from server.language import say
from server.pages import back_to, given, page
from server.sentences import trouble
from server.watermark import watermark
from workflows.access import Actor
from workflows.errors import Conflict, Invalid

blueprint = Blueprint("dossiers", __name__, url_prefix="/panels")


@blueprint.get("/<panel_id>/dossier")
@login_required
def one(panel_id: str) -> BaseResponse:
    """Show the fixed versions that a panel judges."""
    with looking() as (session, actor):
        return dossier_page(session, actor, panel_id)


def dossier_page(session: Session, actor: Actor, panel_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render the dossier, with the members for whoever works with panels or sits on this one."""
    found = dossiers.of_panel(session, actor, panel_id)
    members = panels.members(session, actor, found.panel)
    return page(
        "dossiers/one.html",
        session,
        actor,
        status,
        found=found,
        lines=[(one, local_name(one.task)) for one in found.documents],
        members=members,
        may_note=found.panel.closed_at is None and options.competent(actor, found.case),
        mark=watermark(actor),
        visit=site_visits.of_panel(session, panel_id) if members else None,
        **more,
    )


@blueprint.post("/<panel_id>/members/<expert_id>/absence")
@login_required
def mark_absent(panel_id: str, expert_id: str) -> BaseResponse:
    """Note that a member of a panel at work did not appear."""
    reason = given().get("reason", "")
    try:
        with acting() as (session, actor):
            departures.miss(
                session, application(), actor, panel_id, expert_id, reason=reason, seed=fresh_seed(), now=now()
            )
    except (Invalid, Conflict) as error:
        with looking() as (session, actor):
            code = 409 if isinstance(error, Conflict) else 422
            return dossier_page(session, actor, panel_id, code, errors=trouble(error))
    return back_to("dossiers.one", say("The absence is recorded; the panel is to be formed anew."), panel_id=panel_id)
