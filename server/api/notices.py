"""How notices reach people: one's own choices, the channels of an organisation, the rules of reminders."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import notice_channels, notice_choices, reminders
from audits.models import NoticeChannel, ReminderRule
from server.api import schemas
from server.filters import iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-notices", __name__, description="Ways and rules of notices")
CLOCK = {"description": "HH:MM in Shanghai, or empty"}


class Choices(schemas.Asked):
    """One's own choices."""

    ways = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        metadata={"description": "Kind of notice: now, digest or off"},
    )
    quiet_from = fields.String(load_default="", metadata=CLOCK)
    quiet_until = fields.String(load_default="", metadata=CLOCK)
    digest_at = fields.String(load_default="08:30", metadata={"description": "HH:MM in Shanghai"})


class ChannelOut(Schema):
    """A channel, without its address and secret."""

    id = fields.String()
    organisation_id = fields.String()
    kind = fields.String(metadata={"description": "webhook, wecom, dingtalk"})
    name = fields.String()
    host = fields.String()
    kinds = fields.List(fields.String(), metadata={"description": "Kinds of notices; empty: all"})
    active = fields.Boolean()
    created_at = fields.String(metadata=schemas.TIME)


class Channels(Schema):
    """The channels of one's organisations."""

    items = fields.List(fields.Nested(ChannelOut))


class ChannelChange(schemas.Asked):
    """What may change; an empty address or secret stays as it was."""

    name = fields.String(required=True)
    address = fields.String(load_default="")
    secret = fields.String(load_default="")
    kinds = fields.List(fields.String(), load_default=list)
    active = fields.Boolean(load_default=True)


class ChannelIn(schemas.Asked):
    """A channel to add."""

    organisation_id = fields.String(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    secret = fields.String(load_default="")
    kinds = fields.List(fields.String(), load_default=list)


class RuleIn(schemas.Asked):
    """A rule of reminders to write."""

    region_code = fields.String(required=True)
    procedure = fields.String(load_default="", metadata={"description": "Empty: any"})
    deadline = fields.String(load_default="", metadata={"description": "Kind of deadline; empty: any"})
    element = fields.String(load_default="", metadata={"description": "A task's element, instead of a deadline"})
    days = fields.Integer(required=True, metadata={"description": "Days before; negative: after"})
    working = fields.Boolean(load_default=True)
    tells = fields.String(load_default="both", metadata={"description": "enterprise, bureau, both"})


class RuleOut(Schema):
    """A rule of reminders."""

    id = fields.String()
    region_code = fields.String()
    procedure = fields.String()
    deadline = fields.String()
    element = fields.String()
    days = fields.Integer()
    working = fields.Boolean()
    tells = fields.String()
    active = fields.Boolean()


class Rules(Schema):
    """The rules that bind where one works."""

    items = fields.List(fields.Nested(RuleOut))


class Switch(schemas.Asked):
    """Whether a rule counts."""

    active = fields.Boolean(required=True)


@blueprint.route("/notice-choices", methods=["GET"])
@blueprint.response(200, Choices)
@login_required
def choices() -> dict[str, Any]:
    """Get one's own choices of how to hear of what."""
    with looking() as (session, actor):
        return _choices(notice_choices.mine(session, actor))


@blueprint.route("/notice-choices", methods=["PUT"])
@blueprint.arguments(Choices)
@blueprint.response(200, Choices)
@command
def choose(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Keep one's own choices; kinds that are not named stay as they are."""
    return _choices(notice_choices.choose(session, actor, **body, now=now())), 200


@blueprint.route("/notice-channels", methods=["GET"])
@blueprint.response(200, Channels)
@login_required
def list_channels() -> dict[str, Any]:
    """List the channels of the caller's organisations."""
    with looking() as (session, actor):
        return {"items": [_channel(row) for row in notice_channels.of_actor(session, actor)]}


@blueprint.route("/notice-channels", methods=["POST"])
@blueprint.arguments(ChannelIn)
@blueprint.response(201, ChannelOut)
@command
def add_channel(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Add a webhook or a robot to an organisation of the caller."""
    return _channel(notice_channels.add(session, application(), actor, **body, now=now())), 201


@blueprint.route("/notice-channels/<channel_id>", methods=["PUT"])
@blueprint.arguments(ChannelChange)
@blueprint.response(200, ChannelOut)
@command
def change_channel(session: Session, actor: Actor, body: dict[str, Any], channel_id: str) -> Answer:
    """Change a channel, or switch it off or on."""
    return _channel(notice_channels.change(session, application(), actor, channel_id, **body, now=now())), 200


@blueprint.route("/notice-channels/<channel_id>/trial", methods=["POST"])
@blueprint.response(202, Schema)
@command
def try_channel(session: Session, actor: Actor, channel_id: str) -> Answer:
    """Send a word through a channel; the worker does, and the page shows whether it arrived."""
    notice_channels.try_(session, application(), actor, channel_id, now())
    return {}, 202


@blueprint.route("/reminder-rules", methods=["GET"])
@blueprint.response(200, Rules)
@login_required
def list_rules() -> dict[str, Any]:
    """List the rules of reminders that bind where the caller works."""
    with looking() as (session, actor):
        return {"items": [_rule(row) for row in reminders.of_actor(session, actor)]}


@blueprint.route("/reminder-rules", methods=["POST"])
@blueprint.arguments(RuleIn)
@blueprint.response(201, RuleOut)
@command
def add_rule(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Write a rule of reminders for a region."""
    return _rule(reminders.add(session, actor, **body, now=now())), 201


@blueprint.route("/reminder-rules/<rule_id>", methods=["PUT"])
@blueprint.arguments(Switch)
@blueprint.response(200, RuleOut)
@command
def switch_rule(session: Session, actor: Actor, body: dict[str, Any], rule_id: str) -> Answer:
    """Let a rule count, or not any more."""
    return _rule(reminders.switch(session, actor, rule_id, **body, now=now())), 200


def _choices(kept: notice_choices.Choices) -> dict[str, Any]:
    times = {name: notice_choices.clock(getattr(kept, name)) for name in ("quiet_from", "quiet_until", "digest_at")}
    return {"ways": dict(kept.ways), **times}


def _channel(row: NoticeChannel) -> dict[str, Any]:
    plain = ("id", "organisation_id", "kind", "name", "host", "kinds", "active")
    return {name: getattr(row, name) for name in plain} | {"created_at": iso(row.created_at)}


def _rule(row: ReminderRule) -> dict[str, Any]:
    plain = ("id", "region_code", "procedure", "deadline", "element", "days", "working", "tells", "active")
    return {name: getattr(row, name) for name in plain}
