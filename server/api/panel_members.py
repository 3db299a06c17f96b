"""Members of panels at work: on which one sits, who leaves one."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import departures
from audits.models import Panel
from server.api import schemas
from server.api.panels import SeatReasonIn
from server.draws import fresh_seed
from server.filters import day, iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-panel-members", __name__, description="Members of panels at work")


class PlaceOut(Schema):
    """A panel at work on which the caller sits."""

    id = fields.String()
    case = fields.String()
    enterprise = fields.String()
    purpose = fields.String()
    meeting_on = fields.String(metadata=schemas.DAY, allow_none=True)
    place = fields.String()
    leader = fields.Boolean()
    open = fields.Boolean(metadata={"description": "It has still to be scored: one may leave it"})


class Places(Schema):
    """The panels at work on which the caller sits."""

    items = fields.List(fields.Nested(PlaceOut))


class PanelOut(Schema):
    """A panel that ended because a member left it."""

    id = fields.String()
    purpose = fields.String()
    closed_at = fields.String(metadata=schemas.TIME)


@blueprint.route("/panels/mine", methods=["GET"])
@blueprint.response(200, Places)
@login_required
def mine() -> dict[str, Any]:
    """List the panels at work on which the caller sits."""
    with looking() as (session, actor):
        return {"items": [place(one) for one in departures.mine(session, actor)]}


@blueprint.route("/panels/<panel_id>/recusal", methods=["POST"])
@blueprint.arguments(SeatReasonIn)
@blueprint.response(200, PanelOut)
@command
def recuse(session: Session, actor: Actor, body: dict[str, Any], panel_id: str) -> Answer:
    """Leave a panel at work for an interest; its step goes back, and a substitute is drawn where the panel was drawn."""
    row = departures.recuse(
        session, application(), actor, panel_id, reason=body["reason"], seed=fresh_seed(), now=now()
    )  # fmt: skip
    return panel(row), 200


@blueprint.route("/panels/<panel_id>/members/<expert_id>/absence", methods=["POST"])
@blueprint.arguments(SeatReasonIn)
@blueprint.response(200, PanelOut)
@command
def mark_absent(session: Session, actor: Actor, body: dict[str, Any], panel_id: str, expert_id: str) -> Answer:
    """Note, as the competent bureau, that a member of a panel at work did not appear; its step goes back."""
    row = departures.miss(
        session, application(), actor, panel_id, expert_id, reason=body["reason"], seed=fresh_seed(), now=now()
    )
    return panel(row), 200


def place(one: departures.Place) -> dict[str, Any]:
    """Write a place on a panel."""
    return {
        "id": one.panel.id,
        "case": one.case.number,
        "enterprise": one.enterprise,
        "purpose": one.panel.purpose,
        "meeting_on": day(one.panel.meeting_on) or None,
        "place": one.panel.place,
        "leader": one.leads,
        "open": one.open,
    }


def panel(row: Panel) -> dict[str, Any]:
    """Write a panel."""
    return {"id": row.id, "purpose": row.purpose, "closed_at": iso(row.closed_at)}
