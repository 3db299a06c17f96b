"""Enterprises: list, one, register, change."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import enterprises
from server.api import schemas, shapes
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
