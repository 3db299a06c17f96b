"""What is public, for programs. Needs no token."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from audits import consultancies, publications
from audits.models import Publication as Row
from server.api import schemas, shapes
from server.filters import day
from server.house import looking_publicly
from server.public import restriction

blueprint = Blueprint("api-public", __name__, description="Published lists and results, open to everybody")


class Publication(Schema):
    """A publication."""

    id = fields.String()
    kind = fields.String()
    title = fields.String()
    region = fields.String()
    published_on = fields.String(metadata=schemas.DAY)
    reason = fields.String()
    replaces = fields.String(allow_none=True)
    replaced_by = fields.String(allow_none=True)


class PublicationQuery(schemas.Query):
    """The filters of publications."""

    kind = fields.String(load_default=None)
    region = fields.String(load_default=None)


class Line(Schema):
    """A line of a publication, as published."""

    number = fields.Integer()
    content = fields.Dict()


@blueprint.route("/publications", methods=["GET"])
@blueprint.doc(security=[])
@blueprint.arguments(PublicationQuery, location="query")
@blueprint.response(200, schemas.page_of(Publication))
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List what is public. Needs no token."""
    with looking_publicly() as session:
        found = publications.public_list(session, **query)
        return shapes.paged(found.items, found.next_cursor, shape)


@blueprint.route("/publications/<publication_id>", methods=["GET"])
@blueprint.doc(security=[])
@blueprint.response(200, Publication)
def one(publication_id: str) -> dict[str, Any]:
    """Get a publication and what replaced it. Needs no token."""
    with looking_publicly() as session:
        row, replaced_by = publications.public_get(session, publication_id)
        return {**shape(row), "replaced_by": replaced_by.id if replaced_by else None}


@blueprint.route("/publications/<publication_id>/lines", methods=["GET"])
@blueprint.doc(security=[])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(Line))
def lines(query: dict[str, Any], publication_id: str) -> dict[str, Any]:
    """List the lines of a publication. Needs no token."""
    with looking_publicly() as session:
        found = publications.public_entries(session, publication_id, **query)
        return shapes.paged(
            found.items, found.next_cursor, lambda row: {"number": row.number, "content": dict(row.content)}
        )


class Restriction(Schema):
    """A restriction of a consultancy: ``status`` open, raised, corrected, lifted; ``until`` the announced last day."""

    id = fields.String()
    name = fields.String()
    uscc = fields.String(allow_none=True)
    region = fields.String()
    status = fields.String()
    reason = fields.String()
    since = fields.String(metadata=schemas.DAY)
    until = fields.String(allow_none=True)
    corrects = fields.String(allow_none=True)
    ended_on = fields.String(allow_none=True)
    end_reason = fields.String()
    step = fields.String(metadata={"description": "list (name published) or refuse (not accepted)"})


class RestrictionQuery(schemas.Query):
    """``show=all`` gives corrected and lifted ones, too."""

    show = fields.String(load_default="", validate=validate.OneOf(["", "all"]))


@blueprint.route("/restricted-consultancies", methods=["GET"])
@blueprint.doc(security=[])
@blueprint.arguments(RestrictionQuery, location="query")
@blueprint.response(200, schemas.page_of(Restriction))
def restrictions(query: dict[str, Any]) -> dict[str, Any]:
    """List the consultancies that may not be chosen, with reason and days. Needs no token."""
    everything = query.pop("show") == "all"
    with looking_publicly() as session:
        found = consultancies.public_restrictions(session, everything=everything, **query)
        return shapes.paged(found.items, found.next_cursor, lambda pair: restriction(*pair))


def shape(row: Row) -> dict[str, Any]:
    """Write a publication."""
    return {
        "id": row.id,
        "kind": row.kind,
        "title": row.title,
        "region": row.region_code,
        "published_on": day(row.published_on),
        "reason": row.reason,
        "replaces": row.replaces_id,
        "replaced_by": None,
    }
