"""Entry into the expert pool: applications, nominations, renewals, and the two who approve."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import expert_entry
from audits.expert_entry import Checked
from audits.models import ExpertApplication
from server.api import schemas, shapes
from server.filters import day, iso
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-expert-entry", __name__, description="Entry into the expert pool")


class PoolEntryIn(schemas.Asked):
    """What is said of oneself; the name is the account's."""

    born_on = fields.String(required=True, metadata=schemas.DAY)
    phone = fields.String(load_default="")
    employer = fields.String(required=True)
    title = fields.String(required=True)
    years = fields.Integer(required=True, metadata={"description": "Years of practice"})
    fields_ = fields.List(fields.String(), required=True, data_key="fields", attribute="fields")
    exam = fields.String(required=True, metadata={"description": "exam, assessment"})
    exam_on = fields.String(load_default=None, allow_none=True, metadata=schemas.DAY)
    exam_score = fields.String(load_default="")
    note = fields.String(load_default="")
    region_code = fields.String(required=True)


class EntryNominationIn(PoolEntryIn):
    """What is said of somebody who is nominated; ``username``: their account, or the one to make."""

    name = fields.String(required=True)
    username = fields.String(required=True)


class EntryApprovalIn(schemas.Asked):
    """The first password, where the second approval makes an account."""

    password = fields.String(load_default="")


class EntryRefusalIn(schemas.Asked):
    """Why."""

    reason = fields.String(required=True)


class PoolEntryOut(Schema):
    """An application."""

    id = fields.String()
    kind = fields.String(metadata={"description": "application, nomination, renewal"})
    name = fields.String()
    employer = fields.String()
    title = fields.String()
    fields_ = fields.List(fields.String(), data_key="fields", attribute="fields")
    region_code = fields.String()
    status = fields.String(metadata={"description": "waiting, agreed, admitted, refused, withdrawn"})
    reason = fields.String()
    submitted_at = fields.String(metadata=schemas.TIME)
    valid_until = fields.String(metadata=schemas.DAY, allow_none=True)


class EntryFindingOut(Schema):
    """A demand of the rule before an application."""

    demand = fields.String()
    met = fields.Boolean()
    found = fields.String()
    asked = fields.String()


class EntryCheckedOut(PoolEntryOut):
    """An application with what the rule says to it."""

    born_on = fields.String(metadata=schemas.DAY)
    years = fields.Integer()
    exam = fields.String()
    exam_on = fields.String(metadata=schemas.DAY, allow_none=True)
    exam_score = fields.String(allow_none=True)
    rule = fields.String()
    findings = fields.List(fields.Nested(EntryFindingOut))


class PoolEntryQuery(schemas.Query):
    """Which applications."""

    status = fields.String(load_default="")


@blueprint.route("/expert-applications", methods=["GET"])
@blueprint.arguments(PoolEntryQuery, location="query")
@blueprint.response(200, schemas.page_of(PoolEntryOut))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the applications of the caller's regions, and the caller's own."""
    with looking() as (session, actor):
        found = expert_entry.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, shape)


@blueprint.route("/expert-applications", methods=["POST"])
@blueprint.arguments(PoolEntryIn)
@blueprint.response(201, PoolEntryOut)
@command
def apply(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Apply for oneself: to enter the pool, or to stay in it."""
    return shape(expert_entry.apply(session, actor, body, now=now())), 201


@blueprint.route("/expert-nominations", methods=["POST"])
@blueprint.arguments(EntryNominationIn)
@blueprint.response(201, PoolEntryOut)
@command
def nominate(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Nominate somebody, as an officer of the region."""
    return shape(expert_entry.nominate(session, actor, body, now=now())), 201


@blueprint.route("/expert-applications/<application_id>", methods=["GET"])
@blueprint.response(200, EntryCheckedOut)
@login_required
def one(application_id: str) -> dict[str, Any]:
    """Get an application with each demand of the rule and whether it is met."""
    with looking() as (session, actor):
        return whole(expert_entry.get(session, actor, application_id, now=now()))


@blueprint.route("/expert-applications/<application_id>/approval", methods=["POST"])
@blueprint.arguments(EntryApprovalIn)
@blueprint.response(200, PoolEntryOut)
@command
def approve(session: Session, actor: Actor, body: dict[str, Any], application_id: str) -> Answer:
    """Agree as the first, admit as the second of two officers."""
    return shape(expert_entry.approve(session, actor, application_id, password=body["password"], now=now())), 200


@blueprint.route("/expert-applications/<application_id>/refusal", methods=["POST"])
@blueprint.arguments(EntryRefusalIn)
@blueprint.response(200, PoolEntryOut)
@command
def refuse(session: Session, actor: Actor, body: dict[str, Any], application_id: str) -> Answer:
    """Refuse with a reason, which the applicant reads."""
    return shape(expert_entry.refuse(session, actor, application_id, reason=body["reason"], now=now())), 200


@blueprint.route("/expert-applications/<application_id>/withdrawal", methods=["POST"])
@blueprint.response(200, PoolEntryOut)
@command
def withdraw(session: Session, actor: Actor, application_id: str) -> Answer:
    """Take back what one has handed in."""
    return shape(expert_entry.withdraw(session, actor, application_id, now=now())), 200


def shape(row: ExpertApplication) -> dict[str, Any]:
    """Write an application."""
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "employer": row.employer,
        "title": row.title,
        "fields": row.fields,
        "region_code": row.region_code,
        "status": row.status,
        "reason": row.reason,
        "submitted_at": iso(row.submitted_at),
        "valid_until": day(row.valid_until) or None,
    }


def whole(checked: Checked) -> dict[str, Any]:
    """Write an application with what the rule says to it."""
    row = checked.row
    return shape(row) | {
        "born_on": day(row.born_on),
        "years": row.years,
        "exam": row.exam,
        "exam_on": day(row.exam_on) or None,
        "exam_score": None if row.exam_score is None else f"{row.exam_score:f}",
        "rule": checked.rule.key,
        "findings": [
            {"demand": one.demand, "met": one.met, "found": one.found, "asked": one.asked} for one in checked.findings
        ],
    }
