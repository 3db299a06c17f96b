"""Enterprises: list, one, register, change."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import enterprise_history, enterprises
from server.api import schemas, shapes
from server.filters import ZONE, day
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor, require

blueprint = Blueprint("api-enterprises", __name__, description="The register of enterprises")


class EnterpriseIn(schemas.Asked):
    """A profile; leave out what stays as it is."""

    uscc = fields.String()
    name = fields.String()
    region_code = fields.String()
    industry = fields.String(metadata={"description": "A class of GB/T 4754-2017"})
    scale = fields.String()
    legal_representative = fields.String()
    registered_address = fields.String()
    production_address = fields.String()
    permit_no = fields.String()
    contact_name = fields.String()
    contact_phone = fields.String()
    key_discharger = fields.Boolean()
    yellow_river_basin = fields.Boolean()


class Enterprise(EnterpriseIn):
    """A profile."""

    id = fields.String()
    region = fields.String()
    status = fields.String()


class PlantIn(schemas.Asked):
    """A production site."""

    name = fields.String(required=True)
    address = fields.String(load_default="")
    region_code = fields.String(required=True)


class Plant(Schema):
    """A production site."""

    id = fields.String()
    name = fields.String()
    address = fields.String()
    region = fields.String()


@blueprint.route("/enterprises", methods=["GET"])
@blueprint.arguments(schemas.TextQuery, location="query")
@blueprint.response(200, schemas.page_of(Enterprise))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the enterprises that the caller may see."""
    with looking() as (session, actor):
        found = enterprises.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, shapes.enterprise)


@blueprint.route("/enterprises", methods=["POST"])
@blueprint.arguments(EnterpriseIn)
@blueprint.response(201, Enterprise)
@command
def register(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Register an enterprise."""
    require(actor, "enterprises.edit")
    return shapes.enterprise(enterprises.register(session, actor, body, now=now())), 201


@blueprint.route("/enterprises/<enterprise_id>", methods=["GET"])
@blueprint.response(200, Enterprise)
@login_required
def one(enterprise_id: str) -> dict[str, Any]:
    """Get an enterprise."""
    with looking() as (session, actor):
        return shapes.enterprise(enterprises.get(session, actor, enterprise_id))


class ChangeOut(Schema):
    """A change of the enterprise: renamed, merged or split."""

    change = fields.String()
    on = fields.String(metadata=schemas.DAY)
    old_name = fields.String()
    old_uscc = fields.String()
    new_name = fields.String()
    new_uscc = fields.String()
    other_id = fields.String(allow_none=True, metadata={"description": "The enterprise at the other end"})
    is_successor = fields.Boolean()


class CreditOut(Schema):
    """A credit entry in force."""

    kind = fields.String(metadata={"description": "acceptance_revoked, repeated_failure"})
    basis = fields.String()
    reason = fields.String()
    since = fields.String(metadata=schemas.DAY)
    until = fields.String(metadata=schemas.DAY)
    case_id = fields.String(allow_none=True)
    letter_id = fields.String(allow_none=True)


class HistoryOut(Schema):
    """What became of an enterprise, and what is entered about it."""

    changes = fields.List(fields.Nested(ChangeOut))
    credit = fields.List(fields.Nested(CreditOut))


@blueprint.route("/enterprises/<enterprise_id>/history", methods=["GET"])
@blueprint.response(200, HistoryOut)
@login_required
def past(enterprise_id: str) -> dict[str, Any]:
    """Get the predecessors and successors of an enterprise, and its credit entries in force."""
    with looking() as (session, actor):
        today = now().astimezone(ZONE).date()
        return {
            "changes": [
                {
                    "change": one.row.change,
                    "on": day(one.row.on),
                    "old_name": one.row.old_name,
                    "old_uscc": one.row.old_uscc,
                    "new_name": one.row.new_name,
                    "new_uscc": one.row.new_uscc,
                    "other_id": one.other.id if one.other else None,
                    "is_successor": one.is_successor,
                }
                for one in enterprise_history.links(session, actor, enterprise_id)
            ],
            "credit": [
                {
                    "kind": one.row.kind,
                    "basis": one.row.basis,
                    "reason": one.row.reason,
                    "since": day(one.row.since),
                    "until": day(one.row.until),
                    "case_id": one.row.case_id,
                    "letter_id": one.letter_id,
                }
                for one in enterprise_history.credit(session, actor, enterprise_id, today)
            ],
        }


@blueprint.route("/enterprises/<enterprise_id>", methods=["PATCH"])
@blueprint.arguments(EnterpriseIn)
@blueprint.response(200, Enterprise)
@command
def update(session: Session, actor: Actor, body: dict[str, Any], enterprise_id: str) -> Answer:
    """Change a profile."""
    return shapes.enterprise(enterprises.update(session, actor, enterprise_id, body, now())), 200


@blueprint.route("/enterprises/<enterprise_id>/plants", methods=["POST"])
@blueprint.arguments(PlantIn)
@blueprint.response(201, Plant)
@command
def add_plant(session: Session, actor: Actor, body: dict[str, Any], enterprise_id: str) -> Answer:
    """Add a production site."""
    row = enterprises.add_plant(session, actor, enterprise_id, **body, now=now())
    return {"id": row.id, "name": row.name, "address": row.address, "region": row.region_code}, 201
