"""Publishing results."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import publications
from server.api import schemas, shapes
from server.api.public import Publication, shape
from server.house import looking, now
from server.idempotency import Answer, command
from workflows.access import Actor, require

blueprint = Blueprint("api-publications", __name__, description="Publishing results")


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
    reason = fields.String(required=True)


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
