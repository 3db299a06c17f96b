"""The economics of an option (经济可行性): payback, net present value, its rate, internal rate of return.

Source: 企业清洁生产审核手册, formulas as in domain section 2. Money in 10,000 yuan (万元), rates in per cent, time in
years. The form ``option_feasibility`` computes the same in FEEL; tests keep both equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from audits.rounding import number, rounded
from workflows.errors import NotFound

MOST_YEARS: Final = 50
STEPS: Final = 40  # halvings of 0 to 10,000 %: the rate is exact to 1e-8 per cent
WIDEST: Final = Decimal(100)  # the highest rate looked for, 10,000 %
HUNDRED: Final = Decimal(100)
NUMBERS: Final = ("investment", "equipment_cost", "annual_saving", "depreciation_years", "tax_rate", "life_years")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is known of an option: I with its subsidy, the equipment's part, P, Y, t, n, i; ``benchmark`` may be None."""

    investment: Decimal
    equipment: Decimal
    saving: Decimal
    depreciation_years: Decimal
    tax_rate: Decimal
    years: int
    discount_rate: Decimal
    subsidy: Decimal = Decimal(0)
    benchmark: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Economics:
    """The figures of an option, rounded as they are stored: money to a hundredth of a yuan, NPV and rates to 2 places.

    ``payback`` is None where nothing comes back, ``irr`` (per cent) where there is no such rate.
    """

    net_investment: Decimal
    depreciation: Decimal
    taxable_profit: Decimal
    net_profit: Decimal
    net_cash_flow: Decimal
    payback: Decimal | None
    npv: Decimal
    npvr: Decimal | None
    irr: Decimal | None


FIGURES: Final = tuple(field.name for field in fields(Economics))


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion, held against its limit."""

    name: str  # payback, npv, irr
    value: Decimal | None
    limit: Decimal
    met: bool


# ---- formulas --------------------------------------------------------------------------------------------------


def annuity(rate: Decimal, years: int) -> Decimal:
    """Give what one yuan at the end of each year is worth today; ``rate`` is a fraction."""
    return Decimal(years) if rate == 0 else (1 - (1 + rate) ** -years) / rate


def present_value(flow: Decimal, investment: Decimal, rate: Decimal, years: int) -> Decimal:
    """Compute NPV = Σ F/(1+i)^j − I; ``rate`` is a fraction."""
    return flow * annuity(rate, years) - investment


def internal_rate(flow: Decimal, investment: Decimal, years: int) -> Decimal | None:
    """Find the rate (a fraction) at which NPV is 0 by halving, exact to 1e-10.

    None where the money never comes back, or the rate is above 10,000 %.
    """
    if investment <= 0 or flow * years < investment or present_value(flow, investment, WIDEST, years) > 0:
        return None
    low, high = Decimal(0), WIDEST
    for _ in range(STEPS):
        middle = (low + high) / 2
        if present_value(flow, investment, middle, years) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def interpolated_rate(flow: Decimal, investment: Decimal, years: int, low: Decimal, high: Decimal) -> Decimal:
    """Estimate the rate as the manual does: i1 + NPV1 (i2 − i1) / (NPV1 + |NPV2|).

    Raises ValueError where NPV does not change its sign between the rates, or these lie more than 2 points apart.
    """
    above, below = present_value(flow, investment, low, years), present_value(flow, investment, high, years)
    if not above >= 0 >= below or above == below or high - low > Decimal("0.02"):
        raise ValueError("the rates do not enclose the internal rate closely")
    return low + above * (high - low) / (above + abs(below))


def appraise(proposal: Proposal) -> Economics:
    """Compute an option's figures. D = I_equipment/Y, T = P − D, E = T(1 − t), F = E + D, N = I/F."""
    net = rounded(proposal.investment - proposal.subsidy, 6)
    depreciation = rounded(proposal.equipment / proposal.depreciation_years, 6)
    taxable = rounded(proposal.saving - depreciation, 6)
    profit = rounded(taxable * (1 - proposal.tax_rate / HUNDRED), 6)
    flow = rounded(profit + depreciation, 6)
    value = present_value(flow, net, proposal.discount_rate / HUNDRED, proposal.years)
    rate = internal_rate(flow, net, proposal.years)
    return Economics(
        net_investment=net,
        depreciation=depreciation,
        taxable_profit=taxable,
        net_profit=profit,
        net_cash_flow=flow,
        payback=rounded(net / flow, 3) if flow > 0 else None,
        npv=rounded(value, 2),
        npvr=rounded(value / net, 3) if net > 0 else None,
        irr=rounded(rate * HUNDRED, 2) if rate is not None else None,
    )


def read(row: Mapping[str, Any]) -> Proposal | None:
    """Read a row of the form ``option_feasibility``; None where a number is missing or senseless."""
    found = {name: number(row.get(name)) for name in (*NUMBERS, "discount_rate")}
    if any(value is None for value in found.values()):
        return None
    values = {name: value for name, value in found.items() if value is not None}
    net = values["investment"] - (number(row.get("subsidy")) or Decimal(0))
    if values["depreciation_years"] <= 0 or net <= 0 or not 1 <= values["life_years"] <= MOST_YEARS:
        return None
    return Proposal(
        investment=values["investment"],
        equipment=values["equipment_cost"],
        saving=values["annual_saving"],
        depreciation_years=values["depreciation_years"],
        tax_rate=values["tax_rate"],
        years=int(values["life_years"]),
        discount_rate=values["discount_rate"],
        subsidy=number(row.get("subsidy")) or Decimal(0),
        benchmark=number(row.get("benchmark_rate")),
    )


# ---- defaults and criteria -------------------------------------------------------------------------------------


@cache
def _data() -> dict[str, Any]:
    text = resources.files("audits").joinpath("data/economics.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def _on(kind: str, day: date) -> dict[str, Any]:
    for version in _data()[kind]:
        until = date.fromisoformat(version["until"]) if version["until"] else None
        if date.fromisoformat(version["from"]) <= day and (until is None or day <= until):
            found: dict[str, Any] = version
            return found
    raise NotFound("no_economics", day=day.isoformat())


def defaults(day: date) -> dict[str, Any]:
    """Give the rates and periods proposed for an analysis that begins on a day; NotFound before the first."""
    version = _on("defaults", day)
    return {key: version[key] for key in ("tax_rate", "discount_rate", "depreciation_years", "life_years")}


def criteria(day: date) -> dict[str, Any]:
    """Give ``payback_below`` (years by cost class) and ``npv_at_least`` in force on a day; NotFound before the first."""
    version = _on("criteria", day)
    return {key: version[key] for key in ("payback_below", "npv_at_least", "source")}


def judge(
    figures: Economics, cost_class: str, rules: Mapping[str, Any], benchmark: Decimal | None = None
) -> tuple[Criterion, ...]:
    """Hold an option's figures against the criteria of its class; a class without a limit meets no payback.

    A rate above what is looked for counts as met: the money comes back within days.
    """
    limit = Decimal(str(rules["payback_below"].get(cost_class, 0)))
    floor = Decimal(str(rules["npv_at_least"]))
    found = [
        Criterion("payback", figures.payback, limit, figures.payback is not None and figures.payback < limit),
        Criterion("npv", figures.npv, floor, figures.npv >= floor),
    ]
    if benchmark is not None:
        met = figures.irr >= benchmark if figures.irr is not None else figures.npv >= 0
        found.append(Criterion("irr", figures.irr, benchmark, met))
    return tuple(found)
