"""Migration of running cases to a version: plan, begin, progress, the way back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from server.api import schemas
from server.filters import iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.upgrades import BRANCHES, TIMERS
from workflows import outlooks, upgrades
from workflows.access import Actor
from workflows.outlooks import Wish

blueprint = Blueprint("api-upgrades", __name__, description="Migration of running cases to another version")


class WishIn(schemas.Asked):
    """From which version, and how."""

    source = fields.String(required=True)
    mapping = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    branches = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.OneOf(BRANCHES)), load_default=dict
    )
    timers = fields.String(load_default="keep", validate=validate.OneOf(TIMERS))


class MigrateIn(WishIn):
    """The same, with a reason."""

    reason = fields.String(required=True)


class PlanItem(Schema):
    """What becomes of one thing that waits."""

    id = fields.String()
    kind = fields.String(metadata={"description": "task, job, timer, token, flow, instance"})
    element = fields.String()
    to = fields.String()
    outcome = fields.String(metadata={"description": "kept, moved, disarmed, start, done, refused"})
    reason = fields.String()
    due = fields.String(metadata=schemas.TIME, allow_none=True)


class RejectedDraft(Schema):
    """A draft that the new form does not take; it is kept."""

    task_id = fields.String()
    element = fields.String()
    fields_ = fields.List(fields.String(), data_key="fields")


class CasePlan(Schema):
    """What would become of one case."""

    case_id = fields.String()
    case_number = fields.String()
    refused = fields.Boolean()
    items = fields.List(fields.Nested(PlanItem))
    drafts = fields.List(fields.Nested(RejectedDraft))


class MigrationPlan(Schema):
    """What would become of the running cases of a version, refused ones first, at most 200 told in full."""

    total = fields.Integer()
    refused = fields.Integer()
    cases = fields.List(fields.Nested(CasePlan))


class MigratedCase(Schema):
    """What became of a case."""

    case_id = fields.String()
    case_number = fields.String()
    status = fields.String(metadata={"description": "migrated, refused, undone"})
    refused = fields.List(fields.List(fields.String()), metadata={"description": "Pairs of element and reason"})
    reversible = fields.Boolean()


class Migration(Schema):
    """How far a migration is."""

    id = fields.String()
    status = fields.String()
    done = fields.Integer()
    total = fields.Integer()
    created_at = fields.String(metadata=schemas.TIME)
    cases = fields.List(fields.Nested(MigratedCase))


def wish(body: dict[str, Any], target_id: str) -> Wish:
    """Make the wish of a body."""
    return Wish(body["source"], target_id, body["mapping"], body["branches"], body["timers"])


@blueprint.route("/definitions/<definition_id>/migration/plan", methods=["POST"])
@blueprint.arguments(WishIn)
@blueprint.response(200, MigrationPlan)
@command
def plan(session: Session, actor: Actor, body: dict[str, Any], definition_id: str) -> Answer:
    """Say what would become of the running cases of another version; nothing is changed."""
    found = outlooks.dry_run(session, application(), actor, wish(body, definition_id), now=now())
    cases = [
        {
            "case_id": one.instance.id,
            "case_number": one.instance.business_key,
            "refused": one.refused,
            "items": [{**asdict(item), "due": iso(item.due) or None} for item in one.items],
            "drafts": [
                {"task_id": draft.task_id, "element": draft.element, "fields": list(draft.fields)}
                for draft in one.drafts
            ],
        }
        for one in found.outlooks
    ]
    return {"total": found.total, "refused": found.refused, "cases": cases}, 200


@blueprint.route("/definitions/<definition_id>/migration", methods=["POST"])
@blueprint.arguments(MigrateIn)
@blueprint.response(202, Migration)
@command
def begin(session: Session, actor: Actor, body: dict[str, Any], definition_id: str) -> Answer:
    """Let the worker migrate the running cases of another version; refused ones stay as they are."""
    run = upgrades.begin(session, application(), actor, wish(body, definition_id), reason=body["reason"], now=now())
    return told(upgrades.RunView(run, ())), 202


@blueprint.route("/migrations/<run_id>", methods=["GET"])
@blueprint.response(200, Migration)
@login_required
def one(run_id: str) -> dict[str, Any]:
    """Get how far a migration is, and what became of each case."""
    with looking() as (session, actor):
        return told(upgrades.run_of(session, actor, run_id))


@blueprint.route("/migrations/<run_id>/undo", methods=["POST"])
@blueprint.response(202, Migration)
@command
def undo_all(session: Session, actor: Actor, run_id: str) -> Answer:
    """Let the worker take back every case that has not moved on; the answer's `id` is that of the migration."""
    upgrades.begin_undo(session, application(), actor, run_id, now=now())
    return told(upgrades.run_of(session, actor, run_id)), 202


@blueprint.route("/migrations/<run_id>/cases/<case_id>/undo", methods=["POST"])
@blueprint.response(200, Migration)
@command
def undo(session: Session, actor: Actor, run_id: str, case_id: str) -> Answer:
    """Take a case back under the version it had. 409 `migration_moved_on` after its next step."""
    upgrades.undo(session, application(), actor, run_id, case_id, now=now())
    return told(upgrades.run_of(session, actor, run_id)), 200


def told(view: upgrades.RunView) -> dict[str, Any]:
    """Write a run."""
    run = view.run
    return {
        "id": run.id,
        "status": run.status,
        "done": run.done or 0,
        "total": run.total,
        "created_at": iso(run.created_at),
        "cases": [
            {
                "case_id": one.instance.id,
                "case_number": one.instance.business_key,
                "status": one.line.status,
                "refused": one.line.detail.get("refused", []),
                "reversible": one.reversible,
            }
            for one in view.lines
        ],
    }
