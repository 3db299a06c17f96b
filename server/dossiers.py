"""The dossier of a panel."""

from __future__ import annotations

from flask import Blueprint
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import dossiers
from server.filters import local_name
from server.house import looking
from server.pages import page
from server.watermark import watermark

blueprint = Blueprint("dossiers", __name__, url_prefix="/panels")


@blueprint.get("/<panel_id>/dossier")
@login_required
def one(panel_id: str) -> BaseResponse:
    """Show the fixed versions that a panel judges."""
    with looking() as (session, actor):
        found = dossiers.of_panel(session, actor, panel_id)
        return page(
            "dossiers/one.html",
            session,
            actor,
            found=found,
            lines=[(one, local_name(one.task)) for one in found.documents],
            mark=watermark(actor),
        )
