"""Going back: return a task, withdraw a completion; and who signs besides."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from server.api import schemas, shapes
from server.filters import iso
from server.house import application, language, looking, now
from server.idempotency import Answer, command
from server.returns import WAYS, target_name, why_not
from workflows import returns, signers
from workflows.access import Actor
from workflows.tasks import Completed

blueprint = Blueprint("api-returns", __name__, description="Going back, and who signs besides")


class Target(Schema):
    """A finished step, and whether the task can be returned to it."""

    element = fields.String()
    stage = fields.String()
    name = fields.String()
    legal = fields.Boolean()
    reason = fields.String(metadata={"description": "Why not: not_behind, open, several, inside, kind, here, designer"})
    text = fields.String(metadata={"description": "The reason as a sentence"})
    joined = fields.Boolean(metadata={"description": "Others have met its branch since: `others` matters"})
    undoes = fields.Boolean(metadata={"description": "Something done since can be undone first: `compensate` matters"})
    offer = fields.String(metadata={"description": "The part to return to instead, of a step inside it"})
    done_by = fields.String()
    done_at = fields.String(metadata=schemas.TIME, allow_none=True)


class Targets(Schema):
    """The finished steps of a task's case, the latest first."""

    items = fields.List(fields.Nested(Target))


class ReturnIn(schemas.Asked):
    """To which step, and how."""

    element = fields.String(required=True)
    reason = fields.String(required=True)
    others = fields.String(load_default="keep", validate=validate.OneOf(WAYS["others"]))
    then = fields.String(load_default="follow", validate=validate.OneOf(WAYS["then"]))
    timers = fields.String(load_default="resume", validate=validate.OneOf(WAYS["timers"]))
    compensate = fields.Boolean(load_default=False)


class WithdrawIn(schemas.Asked):
    """Why, if one wishes to say."""

    reason = fields.String(load_default="")


class Signer(Schema):
    """Somebody who signs."""

    id = fields.String(metadata={"description": "Of their task"})
    person = fields.String()
    name = fields.String()
    removable = fields.Boolean()


class Colleague(Schema):
    """Somebody who can be asked."""

    id = fields.String()
    name = fields.String()


class Signing(Schema):
    """Who signs besides, and who can be asked."""

    signers = fields.List(fields.Nested(Signer))
    colleagues = fields.List(fields.Nested(Colleague))


class SignersIn(schemas.Asked):
    """Whom to ask."""

    persons = fields.List(fields.String(), required=True)
    before = fields.Boolean(load_default=False)
    reason = fields.String(required=True)


class ReasonIn(schemas.Asked):
    """Why."""

    reason = fields.String(required=True)


@blueprint.route("/tasks/<task_id>/returns", methods=["GET"])
@blueprint.response(200, Targets)
@login_required
def targets(task_id: str) -> dict[str, Any]:
    """List the finished steps that a task can be returned to, the others with the reason."""
    with looking() as (session, actor):
        return {
            "items": [
                {
                    "element": one.element,
                    "stage": one.process,
                    "name": target_name(one),
                    "legal": one.legal,
                    "reason": one.reason,
                    "text": why_not(one),
                    "joined": one.joined,
                    "undoes": one.undoes,
                    "offer": one.offer,
                    "done_by": one.done_by,
                    "done_at": iso(one.done_at) or None,
                }
                for one in returns.targets(session, application(), actor, task_id)
            ]
        }


@blueprint.route("/tasks/<task_id>/return", methods=["POST"])
@blueprint.arguments(ReturnIn)
@blueprint.response(200, schemas.Completed)
@command
def send(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Return a task to an earlier step. 409 `not_returnable` with the reason, or what happened to the task."""
    element = body.pop("element")
    return outcome(returns.return_(session, application(), actor, task_id, element, **body, now=now())), 200


@blueprint.route("/tasks/<task_id>/withdrawal", methods=["POST"])
@blueprint.arguments(WithdrawIn)
@blueprint.response(200, schemas.Completed)
@command
def withdraw(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Take one's own completion back. 409 `not_withdrawable` saying what has happened since."""
    return outcome(returns.withdraw(session, application(), actor, task_id, **body, now=now())), 200


@blueprint.route("/tasks/<task_id>/signers", methods=["GET"])
@blueprint.response(200, Signing)
@login_required
def list_signers(task_id: str) -> dict[str, Any]:
    """List who signs besides, and the colleagues that can be asked."""
    with looking() as (session, actor):
        found = signers.signing(session, actor, task_id)
        return {
            "signers": [
                {"id": one.task_id, "person": one.person_id, "name": one.name, "removable": one.removable}
                for one in found.signers
            ],
            "colleagues": [{"id": one.id, "name": one.name} for one in found.colleagues],
        }


@blueprint.route("/tasks/<task_id>/signers", methods=["POST"])
@blueprint.arguments(SignersIn)
@blueprint.response(200, schemas.Completed)
@command
def add_signers(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Ask colleagues to sign, too; `before` holds the task until they have."""
    return outcome(signers.add(session, application(), actor, task_id, **body, now=now())), 200


@blueprint.route("/tasks/<task_id>/signers/<signer_id>/removal", methods=["POST"])
@blueprint.arguments(ReasonIn)
@blueprint.response(200, schemas.Completed)
@command
def remove_signer(session: Session, actor: Actor, body: dict[str, Any], task_id: str, signer_id: str) -> Answer:
    """Let somebody who has not begun sign no more."""
    return outcome(signers.remove(session, application(), actor, task_id, signer_id, **body, now=now())), 200


def outcome(done: Completed) -> dict[str, Any]:
    """Write who has it now."""
    return shapes.completed(done, language())
