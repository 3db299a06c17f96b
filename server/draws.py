"""The draw of a panel: the pool before a case, who was drawn and has answered, and the record that can be repeated."""

from __future__ import annotations

import secrets
from datetime import datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, send_file
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import draws, invitations, lottery
from server.filters import local_name
from server.house import acting, looking, now
from server.language import pick, say
from server.pages import back_to, given, page
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Invalid

blueprint = Blueprint("draws", __name__)


def fresh_seed() -> str:
    """Draw the seed of a drawing from the machine's source of chance: 128 bits in hexadecimal digits."""
    return secrets.token_hex(16)


@blueprint.get("/tasks/<task_id>/draw")
@login_required
def show(task_id: str) -> BaseResponse:
    """Show the pool before the case of a task, and the draw."""
    with looking() as (session, actor):
        return draw_page(session, actor, task_id)


def draw_page(session: Session, actor: Actor, task_id: str, status: int = 200, **more: Any) -> BaseResponse:
    """Render the draw of a task."""
    view = draws.look(session, actor, task_id, now=now())
    return page(
        "draws/page.html",
        session,
        actor,
        status,
        view=view,
        task=view.task,
        draw=view.draw,
        name=local_name(view.task),
        needs=view.pool.rule.needs(view.case.types),
        pick=pick,
        **more,
    )


@blueprint.post("/tasks/<task_id>/draw")
@login_required
def make(task_id: str) -> BaseResponse:
    """Draw the panel; pressed twice, the same panel."""
    values = given()
    try:
        with acting() as (session, actor):
            draws.make(session, actor, task_id, values, seed=fresh_seed(), now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return draw_page(session, actor, task_id, 422, errors=trouble(error), values=values)
    return back_to("draws.show", say("The panel is drawn; its experts are invited."), task_id=task_id)


@blueprint.post("/tasks/<task_id>/draw/meeting")
@login_required
def reschedule(task_id: str) -> BaseResponse:
    """Set a new day for the meeting."""
    values = given()
    try:
        with acting() as (session, actor):
            draws.reschedule(session, actor, task_id, values, seed=fresh_seed(), now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return draw_page(session, actor, task_id, 422, errors=trouble(error), values=values)
    return back_to("draws.show", say("The meeting has a new day; everybody is asked again."), task_id=task_id)


@blueprint.post("/tasks/<task_id>/draw/seats/<seat_id>/absence")
@login_required
def mark_absent(task_id: str, seat_id: str) -> BaseResponse:
    """Note that an expert did not answer or appear."""
    reason = given().get("reason", "")
    try:
        with acting() as (session, actor):
            invitations.mark_absent(session, actor, task_id, seat_id, reason=reason, seed=fresh_seed(), now=now())
    except Invalid as error:
        with looking() as (session, actor):
            return draw_page(session, actor, task_id, 422, errors=trouble(error))
    return back_to("draws.show", say("The absence is recorded."), task_id=task_id)


@blueprint.get("/draws/<draw_id>")
@login_required
def one(draw_id: str) -> BaseResponse:
    """Show the records of a draw and what drawing them again gives."""
    with looking() as (session, actor):
        draw = draws.one(session, actor, draw_id)
        return page(
            "draws/one.html",
            session,
            actor,
            draw=draw,
            records=[
                (record, _names(record), lottery.agrees(record), datetime.fromisoformat(record["drawn_at"]))
                for record in draw.records
            ],
        )


def _names(record: dict[str, Any]) -> list[str]:
    names = {row["id"]: row["name"] for row in record["pool"]}
    return [names[key] for key in record["result"]["experts"]]


@blueprint.get("/draws/<draw_id>/record.json")
@login_required
def record(draw_id: str) -> BaseResponse:
    """Give the records of a draw, for `qingshen draw replay`."""
    with looking() as (session, actor):
        content = BytesIO(draws.record_of(session, actor, draw_id))
    return send_file(content, "application/json", as_attachment=True, download_name=f"draw-{draw_id}.json")
