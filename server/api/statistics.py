"""Completion rates, with what they are a share of."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields

from audits import statistics
from server.house import looking
from server.language import language

blueprint = Blueprint("api-statistics", __name__, description="Completion rates")


class Rate(Schema):
    """A share."""

    numerator = fields.Integer()
    denominator = fields.Integer()
    percent = fields.String(allow_none=True)


class Completion(Schema):
    """How far the listed enterprises are."""

    key = fields.String()
    name = fields.String()
    listed = fields.Integer()
    qualified = fields.Integer()
    unqualified = fields.Integer()
    removed = fields.Integer()
    deferred = fields.Integer()
    terminated = fields.Integer()
    revoked = fields.Integer()
    running = fields.Integer()
    rate_all = fields.Nested(Rate)
    rate_net = fields.Nested(Rate)


class Statistics(Schema):
    """The whole, and its parts."""

    whole = fields.Nested(Completion)
    by_list = fields.List(fields.Nested(Completion))
    by_region = fields.List(fields.Nested(Completion))


class Selection(Schema):
    """What to count."""

    class Meta:
        """Ignore unknown parameters."""

        unknown = EXCLUDE

    region = fields.String(load_default=None)
    list_id = fields.String(load_default=None)
    year = fields.Integer(load_default=None)


@blueprint.route("/statistics/completion", methods=["GET"])
@blueprint.arguments(Selection, location="query")
@blueprint.response(200, Statistics)
@login_required
def completion(query: dict[str, Any]) -> dict[str, Any]:
    """Get both completion rates, as a whole, by list and by region."""
    parts = {"region": query["region"], "year": query["year"]}
    with looking() as (session, actor):
        return {
            "whole": shape(statistics.completion(session, actor, **query)),
            "by_list": [shape(one) for one in statistics.by_list(session, actor, **parts)],
            "by_region": [shape(one) for one in statistics.by_region(session, actor, **parts, language=language())],
        }


def shape(one: statistics.Completion) -> dict[str, Any]:
    """Write a count."""
    names = (
        "key", "name", "listed", "qualified", "unqualified", "revoked", "removed", "deferred", "terminated", "running",
    )  # fmt: skip
    return {name: getattr(one, name) for name in names} | {
        "rate_all": rate(one.rate_all),
        "rate_net": rate(one.rate_net),
    }


def rate(one: statistics.Rate) -> dict[str, Any]:
    """Write a share."""
    percent = str(one.percent) if one.percent is not None else None
    return {"numerator": one.numerator, "denominator": one.denominator, "percent": percent}
