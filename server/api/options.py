"""The option register: the options of a case with their effects, and what is decided about them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask import Response, send_file
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import access, calendars, indicators, option_acts, option_workbook, options
from audits.models import Option, OptionEffect
from server.api import schemas
from server.filters import iso
from server.house import language, looking, now
from server.idempotency import Answer, command
from workflows.access import Actor

blueprint = Blueprint("api-options", __name__, description="Options of a case, their schedule, money and effects")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAYS = ("planned_start", "planned_end", "begun_on", "finished_on")
MONEY = ("planned_investment", "actual_investment", "planned_benefit", "actual_benefit")
TEXTS = ("code", "name", "cost_class", "aspect", "description", "owner", "workshop", "status", "reason", "review")
FIGURES = ("planned", "reported", "verified")


class OptionQuery(schemas.Query):
    """Filters of the register."""

    status = fields.String(load_default="")
    cost_class = fields.String(load_default="")
    aspect = fields.String(load_default="")
    overdue = fields.Boolean(load_default=False)


class Effect(Schema):
    """What an option saves in a year of one indicator, in its unit; null where nobody said it."""

    indicator = fields.String()
    unit = fields.String()
    planned = fields.String(allow_none=True)
    reported = fields.String(allow_none=True)
    verified = fields.String(allow_none=True)


class OptionOut(Schema):
    """An option. Money in 10,000 yuan, as decimal text."""

    code = fields.String()
    name = fields.String()
    cost_class = fields.String()
    aspect = fields.String()
    description = fields.String()
    owner = fields.String()
    workshop = fields.String()
    status = fields.String()
    reason = fields.String()
    review = fields.String(metadata={"description": "empty, due, accepted or refused"})
    planned_start = fields.String(allow_none=True, metadata=schemas.DAY)
    planned_end = fields.String(allow_none=True, metadata=schemas.DAY)
    begun_on = fields.String(allow_none=True, metadata=schemas.DAY)
    finished_on = fields.String(allow_none=True, metadata=schemas.DAY)
    planned_investment = fields.String(allow_none=True)
    actual_investment = fields.String(allow_none=True)
    planned_benefit = fields.String(allow_none=True)
    actual_benefit = fields.String(allow_none=True)
    late = fields.Boolean()
    effects = fields.List(fields.Nested(Effect))


class OptionEvent(Schema):
    """A line of an option's history; ``changes`` gives old and new value by field."""

    at = fields.String()
    actor = fields.String()
    action = fields.String()
    changes = fields.Dict()


class OptionDetail(OptionOut):
    """An option with its links and its history."""

    replaced_by = fields.String(allow_none=True)
    replaces = fields.List(fields.String())
    same_as = fields.String(allow_none=True, metadata={"description": "code of the same measure in an earlier case"})
    history = fields.List(fields.Nested(OptionEvent))


class VerifiedIn(schemas.Asked):
    """Verified values by indicator; null takes one back."""

    values = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


class ReviewIn(schemas.Asked):
    """The decision about an option that stands in for another."""

    accepted = fields.Boolean(required=True)
    reason = fields.String(required=True, validate=validate.Length(max=500))


def decimal(value: Decimal | None) -> str | None:
    """Write a figure without needless zeros."""
    return None if value is None else f"{value.normalize():f}"


def shape(row: Option, effects: Mapping[str, OptionEffect]) -> dict[str, Any]:
    """Write an option."""
    known = [one for one in indicators.known().values() if one.key in effects]
    return {
        **{name: getattr(row, name) for name in TEXTS},
        **{name: day.isoformat() if (day := getattr(row, name)) else None for name in DAYS},
        **{name: decimal(getattr(row, name)) for name in MONEY},
        "late": options.late(row, calendars.local_day(now())),
        "effects": [
            {"indicator": one.key, "unit": one.named_unit(language())}
            | {name: decimal(getattr(effects[one.key], name)) for name in FIGURES}
            for one in known
        ],
    }


@blueprint.route("/cases/<case_id>/options", methods=["GET"])
@blueprint.arguments(OptionQuery, location="query")
@blueprint.response(200, schemas.page_of(OptionOut))
@login_required
def index(query: dict[str, Any], case_id: str) -> dict[str, Any]:
    """List the options of a case by code."""
    with looking() as (session, actor):
        found = options.list_(
            session,
            actor,
            case_id,
            status=query["status"],
            cost_class=query["cost_class"],
            aspect=query["aspect"],
            overdue=query["overdue"],
            today=calendars.local_day(now()),
            cursor=query.get("cursor"),
            limit=query["limit"],
        )
        effects = options.effects_of(session, [row.id for row in found.items])
        items = [shape(row, effects.get(row.id, {})) for row in found.items]
        return {"items": items, "next_cursor": found.next_cursor}


@blueprint.route("/cases/<case_id>/options/register.xlsx", methods=["GET"])
@blueprint.response(200, content_type=SHEET)
@login_required
def workbook(case_id: str) -> Response:
    """Get the register of a case as a workbook."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        rows = options.of_case(session, case_id)
        effects = options.effects_of(session, [row.id for row in rows])
        content = option_workbook.write(rows, effects, language=language())
        name = f"{case.number}-options.xlsx"
    return send_file(BytesIO(content), SHEET, as_attachment=True, download_name=name)


@blueprint.route("/cases/<case_id>/options/<code>", methods=["GET"])
@blueprint.response(200, OptionDetail)
@login_required
def one(case_id: str, code: str) -> dict[str, Any]:
    """Get an option with its effects, links and history."""
    with looking() as (session, actor):
        view = options.one(session, actor, case_id, code)
        return {
            **shape(view.option, view.effects),
            "replaced_by": view.replaced_by.code if view.replaced_by else None,
            "replaces": [row.code for row in view.replaces],
            "same_as": view.same_as.code if view.same_as else None,
            "history": [
                {
                    "at": iso(entry.at),
                    "actor": entry.actor,
                    "action": entry.action,
                    "changes": (entry.values.get("changes") or {}).get(code) or {},
                }
                for entry in view.history
            ],
        }


@blueprint.route("/cases/<case_id>/options/<code>/verified", methods=["PUT"])
@blueprint.arguments(VerifiedIn)
@blueprint.response(200, OptionOut)
@command
def verify(session: Session, actor: Actor, body: dict[str, Any], case_id: str, code: str) -> Answer:
    """Write what the competent bureau or its panel found. 409 `not_at_acceptance`, `option_not_done`."""
    row = option_acts.verify(session, actor, case_id, code, body["values"], now=now())
    return shape(row, options.effects_of(session, [row.id]).get(row.id, {})), 200


@blueprint.route("/cases/<case_id>/options/<code>/review", methods=["POST"])
@blueprint.arguments(ReviewIn)
@blueprint.response(200, OptionOut)
@command
def review(session: Session, actor: Actor, body: dict[str, Any], case_id: str, code: str) -> Answer:
    """Accept or refuse an option that stands in for another. 409 `review_not_due`."""
    row = option_acts.review(session, actor, case_id, code, accepted=body["accepted"], reason=body["reason"], now=now())
    return shape(row, options.effects_of(session, [row.id]).get(row.id, {})), 200
