"""Duties: each open case of the caller's companies with its next statutory day."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from audits import duties
from server.api import schemas, shapes
from server.house import looking

blueprint = Blueprint("api-duties", __name__, description="What a company has to do next")


class Contact(Schema):
    """Whom to ask."""

    id = fields.String()
    name = fields.String()
    contact = fields.String()


class OpenDuty(Schema):
    """An open case of a company."""

    case_id = fields.String()
    number = fields.String()
    enterprise = fields.String()
    steps = fields.List(fields.Nested(schemas.Task))
    own_tasks = fields.List(fields.String(), metadata={"description": "Ids of the tasks that wait for the caller"})
    duty = fields.String(allow_none=True)
    due_on = fields.String(metadata=schemas.DAY, allow_none=True)
    result_due_on = fields.String(
        metadata={**schemas.DAY, "description": "By when the audit result has to be published"}, allow_none=True
    )
    contact = fields.Nested(Contact)


@blueprint.route("/duties", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(OpenDuty))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the open cases of the caller's companies, the most urgent first."""
    with looking() as (session, actor):
        found = duties.mine(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, shape)


def shape(duty: duties.Duty) -> dict[str, Any]:
    """Write a duty."""
    return {
        "case_id": duty.case.id,
        "number": duty.case.number,
        "enterprise": duty.enterprise.name,
        "steps": [shapes.task(task) for task in duty.tasks],
        "own_tasks": [task.id for task in duty.own],
        "duty": duty.deadline.kind if duty.deadline else None,
        "due_on": duty.due_on.isoformat() if duty.due_on else None,
        "result_due_on": duty.result.due_on.isoformat() if duty.result and duty.result.due_on else None,
        "contact": {"id": duty.contact.id, "name": duty.contact.name, "contact": duty.contact.contact},
    }
