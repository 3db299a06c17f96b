"""The audit trail: the events that a person may read, the verification, and the checkpoints to keep elsewhere."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, send_file
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from server.events import event_line, events
from server.house import acting, house, looking, now
from server.pages import argument, page
from workflows import trail
from workflows.access import Actor, require

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
    report = verified()
    with acting() as (session, actor):
        note_verification(session, actor, report)
    with looking() as (session, actor):
        return page("trail/report.html", session, actor, report=report)


def verified() -> trail.Report:
    """Check every chain and checkpoint, holding nobody up who writes. Raises NotAllowed."""
    with looking() as (session, actor):
        require(actor, "trail.verify")
        signer = house().application.signer
        return trail.verify(session, signer.public_key if signer else None)


def note_verification(session: Session, actor: Actor, report: trail.Report) -> None:
    """Note who checked the trail and what came of it."""
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
