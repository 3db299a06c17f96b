"""The audit trail: the events that a person may read, the verification, and the checkpoints to keep elsewhere."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, send_file
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from server.events import event_line, events
from server.house import acting, house, looking, now
from server.pages import argument, page
from workflows import trail
from workflows.access import require

blueprint = Blueprint("trail", __name__, url_prefix="/trail")


@blueprint.get("", endpoint="page")
@login_required
def show() -> BaseResponse:
    """Show events: of one chain, or the latest of all that the person may read."""
    with looking() as (session, actor):
        require(actor, "trail.read")
        rows, next_cursor = events(session, actor, argument("chain"), argument("cursor"))
        return page(
            "trail/page.html",
            session,
            actor,
            rows=[event_line(event, body) for event, body in rows],
            next_cursor=next_cursor,
            chain=argument("chain"),
            may_verify="trail.verify" in actor.actions,
        )


@blueprint.post("/verify")
@login_required
def verify() -> BaseResponse:
    """Check every chain and every checkpoint, and say where something is wrong."""
    with looking() as (session, actor):
        require(actor, "trail.verify")
        signer = house().application.signer
        report = trail.verify(session, signer.public_key if signer else None)
    with acting() as (session, actor):
        trail.append(
            session,
            chain="system",
            actor=actor,
            action="trail.verified",
            subject_type="trail",
            subject_id="all",
            payload={"ok": report.ok, "events": report.events, "problems": len(report.problems)},
            now=now(),
        )
    with looking() as (session, actor):
        return page("trail/report.html", session, actor, report=report)


@blueprint.get("/checkpoints")
@login_required
def checkpoints() -> BaseResponse:
    """Give the signed checkpoints, to be kept where nobody of this house can change them."""
    with looking() as (session, actor):
        require(actor, "trail.verify")
        content = trail.export_checkpoints(session)
    return send_file(
        BytesIO(content), "application/octet-stream", as_attachment=True, download_name="checkpoints.jsonl"
    )
