"""Handing a task to a colleague (transfer, delegate and get back), and urging whoever has it."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas, shapes
from server.filters import iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from workflows import delegations, transfers, urges
from workflows.access import Actor
from workflows.models import Person, Urge

blueprint = Blueprint("api-handovers", __name__, description="Transfer, delegate, urge")


class Receiver(Schema):
    """Somebody whom a task can be handed to."""

    id = fields.String()
    name = fields.String()
    title = fields.String()


class Receivers(Schema):
    """Everybody whom a task can be handed to."""

    items = fields.List(fields.Nested(Receiver))


class TransferIn(schemas.Asked):
    """To whom, why, and whether what was typed goes along."""

    receiver = fields.String(required=True)
    reason = fields.String(required=True)
    draft = fields.Boolean(load_default=False)


class DelegationIn(schemas.Asked):
    """To whom, and what they are asked."""

    receiver = fields.String(required=True)
    request = fields.String(required=True)


class WordsIn(schemas.Asked):
    """What the delegate says."""

    words = fields.String(required=True)


class Words(Schema):
    """A delegation with what was said."""

    owner = fields.String()
    delegate = fields.String()
    request = fields.String()
    words = fields.String(metadata={"description": "Empty while it is open, or when it was taken back"})
    asked_at = fields.String(metadata=schemas.TIME)
    ended_at = fields.String(metadata=schemas.TIME, allow_none=True)


class AllWords(Schema):
    """What was asked and said about a task."""

    items = fields.List(fields.Nested(Words))


class UrgeIn(schemas.Asked):
    """A word with it, if one wishes."""

    note = fields.String(load_default="")


class Seen(Schema):
    """Who took note, and when."""

    name = fields.String()
    at = fields.String(metadata=schemas.TIME)


class OneUrge(Schema):
    """An urge."""

    id = fields.String()
    sender = fields.String()
    note = fields.String()
    sent_at = fields.String(metadata=schemas.TIME)
    seen = fields.List(fields.Nested(Seen))


class Urges(Schema):
    """The urges of a task."""

    items = fields.List(fields.Nested(OneUrge))


class UrgesSeen(Schema):
    """How many."""

    count = fields.Integer()


def receiver(row: Person) -> dict[str, Any]:
    """Write somebody whom a task can be handed to."""
    return {"id": row.id, "name": row.name, "title": row.title}


@blueprint.route("/tasks/<task_id>/receivers", methods=["GET"])
@blueprint.response(200, Receivers)
@login_required
def receivers(task_id: str) -> dict[str, Any]:
    """List those whom the task is offered to besides the caller."""
    with looking() as (session, actor):
        return {"items": [receiver(one) for one in transfers.receivers(session, actor, task_id, now=now())]}


@blueprint.route("/tasks/<task_id>/transfer", methods=["POST"])
@blueprint.arguments(TransferIn)
@blueprint.response(200, schemas.Task)
@command
def transfer(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Give a task to somebody else whom it is offered to. 403 `not_a_receiver` for anybody else."""
    return shapes.task(transfers.transfer(session, application(), actor, task_id, **body, now=now())), 200


@blueprint.route("/tasks/<task_id>/delegation", methods=["POST"])
@blueprint.arguments(DelegationIn)
@blueprint.response(200, schemas.Task)
@command
def delegate(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Let somebody else work on a task and give their words; it comes back to the caller, who decides."""
    return shapes.task(delegations.delegate(session, actor, task_id, **body, now=now())), 200


@blueprint.route("/tasks/<task_id>/words", methods=["GET"])
@blueprint.response(200, AllWords)
@login_required
def words(task_id: str) -> dict[str, Any]:
    """List what was asked and said about a task, as far as the caller may read it."""
    with looking() as (session, actor):
        return {
            "items": [
                {
                    "owner": one.owner,
                    "delegate": one.delegate,
                    "request": one.row.request,
                    "words": one.row.words,
                    "asked_at": iso(one.row.asked_at),
                    "ended_at": iso(one.row.ended_at) or None,
                }
                for one in delegations.of_task(session, actor, task_id)
            ]
        }


@blueprint.route("/tasks/<task_id>/words", methods=["POST"])
@blueprint.arguments(WordsIn)
@blueprint.response(200, schemas.Task)
@command
def answer(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Give one's words on a task that was delegated to the caller; it goes back to its owner."""
    return shapes.task(delegations.answer(session, actor, task_id, **body, now=now())), 200


@blueprint.route("/tasks/<task_id>/recall", methods=["POST"])
@blueprint.response(200, schemas.Task)
@command
def recall(session: Session, actor: Actor, task_id: str) -> Answer:
    """Take a delegated task back before the colleague has answered."""
    return shapes.task(delegations.recall(session, actor, task_id, now=now())), 200


def shape(row: Urge) -> dict[str, Any]:
    """Write an urge that was just sent."""
    return {"id": row.id, "note": row.note, "sent_at": iso(row.sent_at), "seen": []}


@blueprint.route("/tasks/<task_id>/urges", methods=["GET"])
@blueprint.response(200, Urges)
@login_required
def list_urges(task_id: str) -> dict[str, Any]:
    """List the urges of a task, and who took note of them."""
    with looking() as (session, actor):
        return {
            "items": [
                {
                    **shape(one.row),
                    "sender": one.sender,
                    "seen": [{"name": name, "at": iso(at)} for name, at in one.seen],
                }
                for one in urges.of_task(session, actor, task_id)
            ]
        }


@blueprint.route("/tasks/<task_id>/urges", methods=["POST"])
@blueprint.arguments(UrgeIn)
@blueprint.response(201, OneUrge)
@command
def urge(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Urge whoever has a task. 409 `urged_lately` within the hours of the setting."""
    row = urges.urge(session, application(), actor, task_id, **body, now=now())
    return {**shape(row), "sender": actor.name}, 201


@blueprint.route("/tasks/<task_id>/urges/seen", methods=["POST"])
@blueprint.response(200, UrgesSeen)
@command
def see(session: Session, actor: Actor, task_id: str) -> Answer:
    """Note that the caller has seen the urges of a task; gives how many were new."""
    return {"count": urges.see(session, actor, task_id, now=now())}, 200
