"""Levels of cases, indicator systems, and factors of energy and carbon."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, send_file
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import assessments, energy, indicator_systems, indicator_workbook, levels
from audits.models import Factor, IndicatorSystem
from server.api import schemas
from server.filters import day, iso
from server.filters import number as written
from server.house import looking, now
from server.idempotency import Answer, command
from server.language import language, pick
from server.lists import SHEET
from workflows.access import Actor

ENERGIES, KINDS = list(energy.ENERGIES), list(energy.KINDS)
blueprint = Blueprint("api-standards", __name__, description="Levels, indicator systems, factors")


class FactorOut(Schema):
    """A factor."""

    id = fields.String()
    energy = fields.String()
    kind = fields.String(metadata={"description": "calorific, coal_consumption or co2"})
    value = fields.String()
    unit = fields.String()
    since = fields.String(metadata=schemas.DAY)
    until = fields.String(metadata=schemas.DAY)
    regional = fields.Boolean()
    source = fields.String()
    verified = fields.Boolean()


class FactorIn(schemas.Asked):
    """A factor for one year."""

    energy = fields.String(required=True, validate=validate.OneOf(ENERGIES))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    year = fields.Integer(required=True)
    value = fields.String(required=True)
    region_code = fields.String(required=True)
    source = fields.String(required=True)
    verified = fields.Boolean(load_default=False)


class Factors(Schema):
    """The factors of a region."""

    items = fields.List(fields.Nested(FactorOut))


@blueprint.route("/factors", methods=["GET"])
@blueprint.response(200, Factors)
@login_required
def factors() -> dict[str, Any]:
    """List the factors that count in the caller's region."""
    with looking() as (session, actor):
        path = actor.memberships[0].region_path if actor.memberships else ""
        return {"items": [factor_json(row) for row in energy.load(session, path)]}


@blueprint.route("/factors", methods=["POST"])
@blueprint.arguments(FactorIn)
@blueprint.response(201, FactorOut)
@command
def add_factor(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Add a factor for one year; figures of other years stay as they are."""
    return factor_json(energy.add(session, actor, body, now=now())), 201


def factor_json(row: Factor) -> dict[str, Any]:
    """Write a factor."""
    names = ("id", "energy", "kind", "unit", "source", "verified")
    return {name: getattr(row, name) for name in names} | {
        "value": written(row.value),
        "since": day(row.since),
        "until": day(row.until),
        "regional": bool(row.region_path),
    }


class IndicatorSystemOut(Schema):
    """A version of an indicator system."""

    id = fields.String()
    key = fields.String()
    version = fields.String()
    title = fields.String()
    sector = fields.String()
    industries = fields.List(fields.String())
    since = fields.String(metadata=schemas.DAY)
    until = fields.String(metadata=schemas.DAY)
    sha256 = fields.String()


class SystemDetail(IndicatorSystemOut):
    """A version with its definition."""

    content = fields.Dict()


class Systems(Schema):
    """Versions."""

    items = fields.List(fields.Nested(IndicatorSystemOut))


class SystemIn(schemas.Asked):
    """A definition to import."""

    definition = fields.Dict(required=True)
    region_code = fields.String(required=True)


@blueprint.route("/indicator-systems", methods=["GET"])
@blueprint.response(200, Systems)
@login_required
def systems() -> dict[str, Any]:
    """List the versions of indicator systems."""
    with looking() as (session, _actor):
        return {"items": [system_json(row) for row in indicator_systems.list_(session)]}


@blueprint.route("/indicator-systems", methods=["POST"])
@blueprint.arguments(SystemIn)
@blueprint.response(201, IndicatorSystemOut)
@command
def import_system(session: Session, actor: Actor, body: dict[str, Any]) -> Answer:
    """Import a version. 422 `bad_indicator_system` names each fault by its place, 409 `indicator_system_known`."""
    content = indicator_systems.written(body["definition"])
    row = indicator_systems.add(session, actor, content, region_code=body["region_code"], now=now())
    return system_json(row), 201


@blueprint.route("/indicator-systems/<system_id>", methods=["GET"])
@blueprint.response(200, SystemDetail)
@login_required
def system(system_id: str) -> dict[str, Any]:
    """Get a version with its definition."""
    with looking() as (session, _actor):
        row = indicator_systems.get(session, system_id)
        return {**system_json(row), "content": row.content}


@blueprint.route("/indicator-systems/<system_id>/workbook", methods=["GET"])
@blueprint.response(200, content_type=SHEET)
@login_required
def workbook(system_id: str) -> Response:
    """Get a version as a workbook, to be changed and imported as another one."""
    with looking() as (session, _actor):
        row = indicator_systems.get(session, system_id)
        content, name = indicator_workbook.write(row.content, language=language()), f"{row.key}-{row.version}.xlsx"
    return send_file(BytesIO(content), SHEET, as_attachment=True, download_name=name)


def system_json(row: IndicatorSystem) -> dict[str, Any]:
    """Write a version."""
    names = ("id", "key", "version", "sector", "industries", "sha256")
    return {name: getattr(row, name) for name in names} | {
        "title": pick(row.title, row.title_en),
        "since": day(row.since),
        "until": day(row.until),
    }


class ProductIn(schemas.Asked):
    """A product with its values by indicator."""

    name = fields.String(load_default="")
    share = fields.String(load_default="1")
    values = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    inapplicable = fields.List(fields.String(), load_default=list)


class LevelIn(schemas.Asked):
    """Values to keep as a draft; `version` is that of the draft they replace, 0 for the first."""

    version = fields.Integer(load_default=0)
    system_id = fields.String(load_default="")
    new_project = fields.Boolean(load_default=False)
    products = fields.List(fields.Nested(ProductIn), required=True, validate=validate.Length(1, 10))


class StatedVersion(schemas.Asked):
    """The version of the draft that is stated."""

    version = fields.Integer(required=True)


class Level(Schema):
    """A level with each step that led to it."""

    stage = fields.String()
    version = fields.Integer()
    system = fields.Nested(IndicatorSystemOut, allow_none=True)
    level = fields.String(
        allow_none=True, metadata={"description": "I, II, III, below, na; null while values are missing"}
    )
    stated_at = fields.String(metadata=schemas.TIME)
    indices = fields.Dict()
    steps = fields.List(fields.Dict())
    lines = fields.List(fields.Dict())
    missing = fields.List(fields.String())


@blueprint.route("/cases/<case_id>/level/<stage>", methods=["GET"])
@blueprint.response(200, Level)
@login_required
def level(case_id: str, stage: str) -> dict[str, Any]:
    """Get a case's level `before` or `after` the options, with every step to it."""
    with looking() as (session, actor):
        return level_json(assessments.view(session, actor, case_id, stage))


@blueprint.route("/cases/<case_id>/level/<stage>", methods=["PUT"])
@blueprint.arguments(LevelIn)
@blueprint.response(200, Level)
@command
def save_level(session: Session, actor: Actor, body: dict[str, Any], case_id: str, stage: str) -> Answer:
    """Keep values as the draft of a level. 409 `level_changed`."""
    assessments.save(session, actor, case_id, stage, body, now=now())
    return level_json(assessments.view(session, actor, case_id, stage)), 200


@blueprint.route("/cases/<case_id>/level/<stage>/statement", methods=["POST"])
@blueprint.arguments(StatedVersion)
@blueprint.response(200, Level)
@command
def state_level(session: Session, actor: Actor, body: dict[str, Any], case_id: str, stage: str) -> Answer:
    """State the draft as the case's level. 422 `level_incomplete` names the missing values."""
    assessments.state(session, actor, case_id, stage, version=body["version"], now=now())
    return level_json(assessments.view(session, actor, case_id, stage)), 200


def level_json(view: assessments.View) -> dict[str, Any]:
    """Write a level."""
    verdict = view.verdict
    made: dict[str, Any] = {
        "stage": view.stage,
        "version": view.version,
        "system": system_json(view.system) if view.system else None,
        "level": verdict.level if verdict else (levels.NOT_APPLICABLE if view.system is None else None),
        "stated_at": iso(view.row.stated_at) if view.row and view.row.stated_at else "",
        "indices": {}, "steps": [], "lines": [], "missing": [],
    }  # fmt: skip
    if verdict is None:
        return made
    made["indices"] = {key: str(levels.shown(value)) for key, value in verdict.indices.items()}
    made["missing"] = [key for _product, key in verdict.missing]
    made["steps"] = [
        {
            "level": step.level, "index": str(levels.shown(step.index)), "threshold": str(levels.shown(step.threshold)),
            "limiting_missed": list(step.limiting_missed), "others_missed": list(step.others_missed), "met": step.met,
        }
        for step in verdict.steps
    ]  # fmt: skip
    made["lines"] = [
        {
            "product": line.product, "group": line.group, "indicator": line.key, "value": line.value,
            "applies": line.applies, "limiting": line.limiting, "meets": line.level,
            "weight": str(levels.shown(line.weight)), "renormalised": str(levels.shown(line.share)),
            "points": {key: str(levels.shown(value)) for key, value in line.points.items()},
        }
        for line in verdict.lines
    ]  # fmt: skip
    return made
