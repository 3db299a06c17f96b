"""What is public, and publishing results."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import publications
from audits.models import Publication as Row
from server.api import schemas, shapes
from server.filters import day
from server.house import looking, looking_publicly, now
from server.idempotency import Answer, command
from workflows.access import Actor, require

blueprint = Blueprint("api-publications", __name__, description="Published lists and results")


class Publication(Schema):
    """A publication."""

    id = fields.String()
    kind = fields.String()
    title = fields.String()
    region = fields.String()
    published_on = fields.String(metadata=schemas.DAY)
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


class Pending(Schema):
    """A result that no publication shows yet."""

    case_id = fields.String()
    number = fields.String()
    enterprise = fields.String()
    outcome = fields.String()


class PendingQuery(schemas.Query):
    """The filter of pending results."""

    list_id = fields.String(load_default=None)


class PublicationIn(schemas.Asked):
    """Results to publish."""

    title = fields.String(required=True)
    region_code = fields.String(required=True)
    case_ids = fields.List(fields.String(), required=True)
    published_on = fields.Date(required=True)


class CorrectionIn(schemas.Asked):
    """Results to publish in the place of a publication."""

    case_ids = fields.List(fields.String(), required=True)
    published_on = fields.Date(required=True)


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


@blueprint.route("/results/pending", methods=["GET"])
@blueprint.arguments(PendingQuery, location="query")
@blueprint.response(200, schemas.page_of(Pending))
@login_required
def pending(query: dict[str, Any]) -> dict[str, Any]:
    """List the results that wait for publication."""
    with looking() as (session, actor):
        require(actor, "results.publish")
        found = publications.pending_results(session, actor, **query)
        return shapes.paged(
            found.items,
            found.next_cursor,
            lambda row: {
                "case_id": row[0].id,
                "number": row[0].number,
                "enterprise": row[1].name,
                "outcome": row[0].outcome,
            },
        )


@blueprint.route("/publications", methods=["POST"])
@blueprint.arguments(PublicationIn)
@blueprint.response(201, Publication)
@command
def publish(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Publish results, qualified and unqualified."""
    return shape(publications.publish_results(session, actor, **body, now=now())), 201


@blueprint.route("/publications/<publication_id>/correction", methods=["POST"])
@blueprint.arguments(CorrectionIn)
@blueprint.response(201, Publication)
@command
def correct(session: Session, actor: Actor, body: dict[str, Any], publication_id: str) -> Answer:
    """Publish results anew in the place of a publication, which stays readable."""
    return shape(publications.correct(session, actor, publication_id, **body, now=now())), 201


def shape(row: Row) -> dict[str, Any]:
    """Write a publication."""
    return {
        "id": row.id,
        "kind": row.kind,
        "title": row.title,
        "region": row.region_code,
        "published_on": day(row.published_on),
        "replaces": row.replaces_id,
        "replaced_by": None,
    }
