"""The figures of a case: its calculations with formula and inputs, and its balances as tables and diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import access, balances, calculations
from audits.computed import Figure
from audits.units import unit_name
from server.filters import number
from server.house import looking
from server.language import language, pick, say
from server.pages import page

FLAGS = {
    "above_limit": _("above the limit"),
    "contradicts": _("what is stated contradicts its totals"),
    "criterion_missed": _("criterion not met"),
    "effects_differ": _("not the change before and after"),
    "factor_missing": _("no factor is known for this year"),
    "goal_missed": _("not reached"),
    "goal_said_otherwise": _("the form says otherwise"),
}
blueprint = Blueprint("calculations", __name__, url_prefix="/cases/<case_id>")


@blueprint.get("/calculations", endpoint="page")
@login_required
def show(case_id: str) -> BaseResponse:
    """Show every computed figure of a case with its formula, inputs and their origin."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        sheets = calculations.of_case(session, actor, case_id)
        effects = [sheet for sheet in sheets if sheet.kind == "performance"]
        return page(
            "calculations/page.html",
            session,
            actor,
            entries=("charts",),
            case=case,
            sheets=sheets,
            flags=FLAGS,
            unit=lambda text: unit_name(text, language()),
            bars=bars(effects[0].figures) if effects else None,
        )


def bars(figures: Sequence[Figure]) -> dict[str, Any]:
    """Give before and after of each indicator as the chart draws them, in per cent of before."""
    lines = []
    for one in figures:
        before, after = one.inputs[0].value, one.inputs[1].value
        if before > 0:
            unit = unit_name(one.unit, language())
            share = (100 * after / before).quantize(Decimal("0.1"))
            label = say("%(before)s to %(after)s %(unit)s", before=number(before), after=number(after), unit=unit)
            lines.append({"name": pick(*one.name), "after": float(share), "text": label})
    return {"title": say("After the options, in per cent of before"), "bars": lines}


@blueprint.get("/balances", endpoint="balances")
@login_required
def show_balances(case_id: str) -> BaseResponse:
    """Show the balances of a case: what goes in and out, the deviation, and the flow as a diagram."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        found = calculations.balances_of(session, actor, case_id)
        return page(
            "calculations/balances.html",
            session,
            actor,
            entries=("charts",),
            case=case,
            found=[(*one, flow(one[0])) for one in found],
            kinds=balances.KINDS,
            grades=balances.GRADES,
            unit=lambda text: unit_name(text, language()),
        )


def flow(balance: balances.Balance) -> dict[str, Any]:
    """Give a balance as the diagram draws it: from what goes in, through the operation, to what comes out.

    What is not accounted for is drawn as a stream of its own, on the side that lacks it.
    """
    middle = balance.operation or balance.name
    links = []
    for side in ("in", "out"):
        entries = [(one.name, one.amount) for one in balance.entries if one.side == side and one.amount > 0]
        short = balance.total("in" if side == "out" else "out") - balance.total(side)
        if short > 0:
            entries.append((say("Not accounted for"), short))
        for place, (name, amount) in enumerate(entries):
            links.append({"side": side, "key": f"{side}{place}", "name": name, "amount": float(amount)})
    return {"middle": middle, "links": links, "unit": unit_name(balance.unit, language())}
