"""What officers and operators do to a case from outside its diagram: suspend, resume, terminate; move, skip, retry."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import terminations
from server.api import schemas
from server.api.returns import ReasonIn, WithdrawIn
from server.filters import iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.interventions import place_name
from server.language import pick
from workflows import instances, interventions
from workflows.access import Actor

blueprint = Blueprint("api-interventions", __name__, description="What is done to a case from outside its diagram")


class Place(Schema):
    """An element that something can be moved to."""

    element = fields.String()
    name = fields.String()


class WaitingThing(Schema):
    """A task, a job or an event that waits."""

    id = fields.String()
    kind = fields.String()
    element = fields.String()
    name = fields.String()
    due = fields.String(metadata=schemas.TIME, allow_none=True)
    places = fields.List(fields.Nested(Place))


class WaitingThings(Schema):
    """What waits in a case."""

    items = fields.List(fields.Nested(WaitingThing))


class CaseState(Schema):
    """How a case stands after an intervention."""

    id = fields.String()
    status = fields.String()
    stage = fields.String()
    open_tasks = fields.List(fields.String(), metadata={"description": "Ids"})


class MoveIn(schemas.Asked):
    """What to move where. Several become one."""

    tokens = fields.List(fields.String(), required=True)
    element = fields.String(required=True)
    reason = fields.String(required=True)


class SkipIn(schemas.Asked):
    """What to go on without."""

    token = fields.String(required=True)
    reason = fields.String(required=True)


class RetryIn(schemas.Asked):
    """Which job to open again."""

    job = fields.String(required=True)
    reason = fields.String(load_default="")


@blueprint.route("/cases/<case_id>/waiting", methods=["GET"])
@blueprint.response(200, WaitingThings)
@login_required
def waiting(case_id: str) -> dict[str, Any]:
    """List what an operator can move, skip or retry, and where to."""
    with looking() as (session, actor):
        return {
            "items": [
                {
                    "id": one.id,
                    "kind": one.kind,
                    "element": one.element,
                    "name": pick(one.name, one.labels.get("en", "")),
                    "due": iso(one.due) or None,
                    "places": [{"element": place.element, "name": place_name(place)} for place in one.places],
                }
                for one in interventions.waiting(session, application(), actor, case_id)
            ]
        }


@blueprint.route("/cases/<case_id>/suspension", methods=["POST"])
@blueprint.arguments(ReasonIn)
@blueprint.response(200, CaseState)
@command
def suspend(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Let nothing in a case go on until it is resumed."""
    interventions.suspend(session, application(), actor, case_id, body["reason"], now=now())
    return state(session, actor, case_id), 200


@blueprint.route("/cases/<case_id>/resumption", methods=["POST"])
@blueprint.arguments(WithdrawIn)
@blueprint.response(200, CaseState)
@command
def resume(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Let a suspended case go on."""
    interventions.resume(session, application(), actor, case_id, body["reason"], now=now())
    return state(session, actor, case_id), 200


@blueprint.route("/cases/<case_id>/termination", methods=["POST"])
@blueprint.arguments(ReasonIn)
@blueprint.response(200, CaseState)
@command
def terminate(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """End a case where it stands; the parties are told."""
    terminations.terminate(session, application(), actor, case_id, reason=body["reason"], now=now())
    return state(session, actor, case_id), 200


@blueprint.route("/cases/<case_id>/move", methods=["POST"])
@blueprint.arguments(MoveIn)
@blueprint.response(200, CaseState)
@command
def move(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Put what waits on another element. 409 `not_waiting`, `not_movable`."""
    interventions.move(session, application(), actor, case_id, **body, now=now())
    return state(session, actor, case_id), 200


@blueprint.route("/cases/<case_id>/skip", methods=["POST"])
@blueprint.arguments(SkipIn)
@blueprint.response(200, CaseState)
@command
def skip(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Go on without what waits. 409 `not_waiting`, `not_skippable`."""
    interventions.skip(session, application(), actor, case_id, **body, now=now())
    return state(session, actor, case_id), 200


@blueprint.route("/cases/<case_id>/retry", methods=["POST"])
@blueprint.arguments(RetryIn)
@blueprint.response(200, CaseState)
@command
def retry(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Open a job again with its inputs as they are now. 409 `not_waiting`."""
    interventions.retry(session, application(), actor, case_id, **body, now=now())
    return state(session, actor, case_id), 200


def state(session: Session, actor: Actor, case_id: str) -> dict[str, Any]:
    """Write how a case stands."""
    session.flush()
    view = instances.get(session, actor, case_id)
    row = view.instance
    return {"id": row.id, "status": row.status, "stage": row.stage, "open_tasks": [task.id for task in view.tasks]}
