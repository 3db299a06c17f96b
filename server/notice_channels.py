"""The channels of an organisation: webhooks and robots that are told what its staff is told."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_login import login_required
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import channels, deliveries, notice_channels
from audits.notices import CHOICES
from server.house import acting, application, looking, now
from server.labels import label
from server.labels.work import why
from server.language import pick, say
from server.pages import back_to, given, page
from server.sentences import trouble
from workflows.access import Actor
from workflows.errors import Invalid
from workflows.models import Organisation

blueprint = Blueprint("notice_channels", __name__, url_prefix="/notice-channels")


@blueprint.get("")
@login_required
def index() -> BaseResponse:
    """Show the channels of one's organisations."""
    with looking() as (session, actor):
        return index_page(session, actor)


def index_page(session: Session, actor: Actor, status: int = 200, **more: Any) -> BaseResponse:
    """Render the channels, each with what it was sent last."""
    rows = notice_channels.of_actor(session, actor)
    houses = session.scalars(select(Organisation).where(Organisation.id.in_(actor.organisations)))
    return page(
        "channels/index.html",
        session,
        actor,
        status,
        rows=[(row, deliveries.of_channel(session, actor, row.id, limit=3)) for row in rows],
        houses=[(one.id, pick(one.name, one.name_en)) for one in houses],
        channel_kinds=[(kind, label(kind, "channel_kind")) for kind in channels.KINDS],
        why=why,
        kinds=[(kind, label(kind, "notice_kind")) for kind in CHOICES],
        **more,
    )


@blueprint.post("")
@login_required
def add() -> BaseResponse:
    """Add a channel."""
    values = given()
    try:
        with acting() as (session, actor):
            notice_channels.add(
                session,
                application(),
                actor,
                organisation_id=values.get("organisation_id", ""),
                kind=values.get("kind", ""),
                name=values.get("name", ""),
                address=values.get("address", ""),
                secret=values.get("secret", ""),
                kinds=values.get("kinds", []),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error), values=values)
    return back_to("notice_channels.index", say("The channel is added. Try it, to see whether a word arrives."))


@blueprint.post("/<channel_id>")
@login_required
def change(channel_id: str) -> BaseResponse:
    """Change a channel, or switch it off or on."""
    values = given()
    try:
        with acting() as (session, actor):
            notice_channels.change(
                session,
                application(),
                actor,
                channel_id,
                name=values.get("name", ""),
                address=values.get("address", ""),
                secret=values.get("secret", ""),
                kinds=values.get("kinds", []),
                active=bool(values.get("active")),
                now=now(),
            )
    except Invalid as error:
        with looking() as (session, actor):
            return index_page(session, actor, 422, errors=trouble(error), changing=channel_id, changed=values)
    return back_to("notice_channels.index", say("The channel is changed."))


@blueprint.post("/<channel_id>/trial")
@login_required
def try_(channel_id: str) -> BaseResponse:
    """Send a word through a channel, to see whether it arrives."""
    with acting() as (session, actor):
        notice_channels.try_(session, application(), actor, channel_id, now())
    return back_to(
        "notice_channels.index", say("A word is on its way. Load the page again: it shows whether it arrived.")
    )
