"""Completion rates, with what they are a share of."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields

from audits import indicators, savings, statistics
from server.api import schemas
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
    deemed = fields.Integer()
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
        "key", "name", "listed", "qualified", "unqualified", "revoked", "removed", "deferred", "terminated", "deemed", "running",
    )  # fmt: skip
    return {name: getattr(one, name) for name in names} | {
        "rate_all": rate(one.rate_all),
        "rate_net": rate(one.rate_net),
    }


def rate(one: statistics.Rate) -> dict[str, Any]:
    """Write a share."""
    percent = str(one.percent) if one.percent is not None else None
    return {"numerator": one.numerator, "denominator": one.denominator, "percent": percent}


class EffectSelection(Schema):
    """Whose finished options to add up, by the day on which they were finished."""

    class Meta:
        """Ignore unknown parameters."""

        unknown = EXCLUDE

    region = fields.String(load_default=None)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class SourceSelection(schemas.Query):
    """A page of the options behind the figures."""

    region = fields.String(load_default=None)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)


class EffectSums(Schema):
    """The three figures of an indicator in a year, in its unit."""

    indicator = fields.String()
    unit = fields.String()
    planned = fields.String(allow_none=True)
    reported = fields.String(allow_none=True)
    verified = fields.String(allow_none=True)


class EffectPlace(Schema):
    """A region with its finished options. Money in 10,000 yuan."""

    code = fields.String()
    name = fields.String()
    options = fields.Integer()
    investment = fields.String()
    benefit = fields.String()
    effects = fields.List(fields.Nested(EffectSums))


class Effects(Schema):
    """A region as a whole and the regions right below it."""

    whole = fields.Nested(EffectPlace)
    parts = fields.List(fields.Nested(EffectPlace))


class EffectSource(Schema):
    """An option behind the figures."""

    case_id = fields.String()
    case_no = fields.String()
    enterprise = fields.String()
    code = fields.String()
    name = fields.String()
    finished_on = fields.String(allow_none=True)


@blueprint.route("/statistics/effects", methods=["GET"])
@blueprint.arguments(EffectSelection, location="query")
@blueprint.response(200, Effects)
@login_required
def saved(query: dict[str, Any]) -> dict[str, Any]:
    """Get what finished options save: planned, self-reported and verified, with the regions right below."""
    with looking() as (session, actor):
        whole, parts = savings.by_place(session, actor, **query, language=language())
        return {"whole": place(whole), "parts": [place(one) for one in parts]}


@blueprint.route("/statistics/effects/options", methods=["GET"])
@blueprint.arguments(SourceSelection, location="query")
@blueprint.response(200, schemas.page_of(EffectSource))
@login_required
def sources(query: dict[str, Any]) -> dict[str, Any]:
    """List the options behind the figures of a region."""
    with looking() as (session, actor):
        found = savings.sources(
            session,
            actor,
            region=query["region"],
            since=query["since"],
            until=query["until"],
            cursor=query.get("cursor"),
            limit=query["limit"],
        )
        return {"items": [source(one) for one in found.items], "next_cursor": found.next_cursor}


def place(one: savings.Place) -> dict[str, Any]:
    """Write a region's sums, the indicators in their order."""
    return {
        "code": one.code,
        "name": one.name,
        "options": one.options,
        "investment": str(one.investment),
        "benefit": str(one.benefit),
        "effects": [
            {"indicator": key, "unit": indicator.named_unit(language())}
            | {
                name: None if (said := getattr(one.effects[key], name)) is None else str(said)
                for name in ("planned", "reported", "verified")
            }
            for key, indicator in indicators.known().items()
            if key in one.effects
        ],
    }


def source(one: savings.Source) -> dict[str, Any]:
    """Write an option behind a figure."""
    finished = one.option.finished_on
    return {
        "case_id": one.case.id,
        "case_no": one.case.number,
        "enterprise": one.enterprise,
        "code": one.option.code,
        "name": one.option.name,
        "finished_on": finished.isoformat() if finished else None,
    }
