"""Whether the product is there. Needs no token and tells nothing else."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy import text

from server.house import looking_publicly

blueprint = Blueprint("api-health", __name__, description="Liveness")


class Health(Schema):
    """The state of the product."""

    status = fields.String()


@blueprint.route("/health", methods=["GET"])
@blueprint.doc(security=[])
@blueprint.response(200, Health)
def health() -> dict[str, Any]:
    """Say that the server and its database answer."""
    with looking_publicly() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ok"}
