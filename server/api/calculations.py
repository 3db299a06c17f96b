"""The computed figures of a case, each with its formula and inputs."""

from __future__ import annotations

from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from audits import access, calculations, computed
from audits.units import unit_name
from server.filters import number
from server.house import looking
from server.language import language, pick

blueprint = Blueprint("api-calculations", __name__, description="Figures that explain themselves")


class Input(Schema):
    """What went into a figure."""

    name = fields.String()
    value = fields.String()
    unit = fields.String()
    source = fields.String()


class Figure(Schema):
    """A computed figure."""

    name = fields.String()
    formula = fields.String()
    inputs = fields.List(fields.Nested(Input))
    result = fields.String(allow_none=True)
    unit = fields.String()
    stored = fields.String(allow_none=True)
    agrees = fields.Boolean()
    flag = fields.String()


class Sheet(Schema):
    """The figures of one row of a submission."""

    kind = fields.String()
    title = fields.String()
    form = fields.String()
    task_id = fields.String()
    row = fields.Integer()
    figures = fields.List(fields.Nested(Figure))


class Sheets(Schema):
    """All figures of a case."""

    items = fields.List(fields.Nested(Sheet))


@blueprint.route("/cases/<case_id>/calculations", methods=["GET"])
@blueprint.response(200, Sheets)
@login_required
def show(case_id: str) -> dict[str, Any]:
    """List every computed figure of a case with its formula, inputs and result."""
    with looking() as (session, actor):
        return {"items": [sheet_json(one) for one in calculations.of_case(session, actor, case_id)]}


def sheet_json(one: computed.Sheet) -> dict[str, Any]:
    """Write the figures of a row."""
    return {
        "kind": one.kind, "title": pick(*one.title), "form": one.form, "task_id": one.task_id, "row": one.row,
        "figures": [
            {
                "name": pick(*figure.name), "formula": pick(*figure.formula), "unit": unit_name(figure.unit, language()),
                "result": None if figure.result is None else number(figure.result), "agrees": figure.agrees,
                "stored": None if figure.stored is None else number(figure.stored), "flag": figure.flag,
                "inputs": [
                    {
                        "name": pick(*part.name), "value": number(part.value), "source": part.source,
                        "unit": unit_name(part.unit, language()),
                    }
                    for part in figure.inputs
                ],
            }
            for figure in one.figures
        ],
    }  # fmt: skip


class BalanceEntry(Schema):
    """What goes in or comes out."""

    name = fields.String()
    side = fields.String()
    amount = fields.String()


class Balance(Schema):
    """A balance with its deviation computed anew."""

    kind = fields.String()
    name = fields.String()
    operation = fields.String()
    unit = fields.String()
    entries = fields.List(fields.Nested(BalanceEntry))
    total_in = fields.String()
    total_out = fields.String()
    difference = fields.String()
    deviation = fields.String(allow_none=True)
    limit = fields.String()
    above_limit = fields.Boolean()
    contradicts = fields.Boolean()


class Balances(Schema):
    """The balances of a case."""

    items = fields.List(fields.Nested(Balance))


@blueprint.route("/cases/<case_id>/balances", methods=["GET"])
@blueprint.response(200, Balances)
@login_required
def balances(case_id: str) -> dict[str, Any]:
    """List the balances of a case with totals, deviation and limit."""
    with looking() as (session, actor):
        access.case(session, actor, case_id)
        found = calculations.balances_of(session, actor, case_id)
        return {
            "items": [
                {
                    "kind": one.kind, "name": one.name, "operation": one.operation,
                    "unit": unit_name(one.unit, language()), "total_in": number(one.total("in")),
                    "total_out": number(one.total("out")), "difference": number(one.difference),
                    "deviation": None if one.deviation is None else number(one.deviation), "limit": number(limit),
                    "above_limit": one.exceeds(limit), "contradicts": contradicts,
                    "entries": [{"name": e.name, "side": e.side, "amount": number(e.amount)} for e in one.entries],
                }
                for one, limit, contradicts, _task in found
            ]
        }  # fmt: skip
