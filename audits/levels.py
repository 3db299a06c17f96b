"""The level of cleaner production (清洁生产水平) by an indicator system: membership, index, verdict, each step told.

Source: 清洁生产评价指标体系编制通则 (domain: section 2). Membership is cumulative: a value at level I also meets II and
III. Y_g = Σ w_i Σ ω_ij Y_g(x_ij); inapplicable indicators leave, and the weights of the others in their group grow in
proportion, as the weights of the groups do where one is left empty. Fractions are exact; nothing here is rounded before
it is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from typing import Any, Final

from audits.rounding import number

LEVELS: Final = ("I", "II", "III")
BELOW: Final = "below"
NOT_APPLICABLE: Final = "na"
FULL: Final = 100


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its share of the output and its values by indicator.

    A value is a number, or the key of an option; None where none was given. ``inapplicable`` name indicators.
    """

    name: str
    share: Decimal
    values: Mapping[str, Any]
    inapplicable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """How one indicator of one product came out: ``level`` is the best that it meets, ``below`` for none.

    ``weight`` is the product of both weights as published, ``share`` the one after renormalising; ``points`` by level
    are what it adds to the index, without the product's share.
    """

    product: str
    group: str
    key: str
    value: Any
    applies: bool
    limiting: bool
    level: str | None
    weight: Fraction
    share: Fraction
    points: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Step:
    """Why a level was given or not: its index and threshold, limiting indicators and others that miss it."""

    level: str
    index: Fraction
    threshold: Fraction
    limiting_missed: tuple[str, ...]
    others_missed: tuple[str, ...]
    met: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The level with all that led to it. ``level`` is None while values are missing."""

    level: str | None
    indices: Mapping[str, Fraction]
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    missing: tuple[tuple[str, str], ...]  # product, indicator


def evaluate(system: Mapping[str, Any], products: Iterable[Product], *, new_project: bool = False) -> Verdict:
    """Judge values by a checked indicator system; a system that says so judges a new project to level II only."""
    made = list(products)
    whole = sum((Fraction(one.share) for one in made), Fraction(0))
    lines = [line for one in made for line in _lines(system, one)]
    missing = tuple((line.product, line.key) for line in lines if line.applies and line.level is None)
    shares = {one.name: Fraction(one.share) / whole if whole else Fraction(0) for one in made}
    indices = {
        level: sum((line.points[level] * shares[line.product] for line in lines), Fraction(0)) for level in LEVELS
    }
    steps = tuple(_step(system, level, indices[level], lines) for level in _judged(system, new_project))
    level = next((step.level for step in steps if step.met), BELOW)
    if not any(line.applies for line in lines):
        return Verdict(NOT_APPLICABLE, indices, tuple(lines), (), ())
    return Verdict(None if missing else level, indices, tuple(lines), steps, missing)


def _judged(system: Mapping[str, Any], new_project: bool) -> tuple[str, ...]:
    last = system["verdict"].get("new_projects_until") if new_project else None
    return LEVELS[: LEVELS.index(last) + 1] if last else LEVELS


def _lines(system: Mapping[str, Any], product: Product) -> list[Line]:
    used = {
        group["key"]: [one for one in group["indicators"] if one["key"] not in product.inapplicable]
        for group in system["groups"]
    }
    groups = sum((_fraction(group["weight"]) for group in system["groups"] if used[group["key"]]), Fraction(0))
    found = []
    for group in system["groups"]:
        inside = sum((_fraction(one["weight"]) for one in used[group["key"]]), Fraction(0))
        for one in group["indicators"]:
            applies = one in used[group["key"]]
            both = _fraction(group["weight"]) * _fraction(one["weight"])
            share = both / groups / inside if applies and groups and inside else Fraction(0)
            level = met_level(one, product.values.get(one["key"])) if applies else None
            points = {g: share * FULL if level is not None and meets(level, g) else Fraction(0) for g in LEVELS}
            found.append(
                Line(
                    product=product.name,
                    group=group["key"],
                    key=one["key"],
                    value=product.values.get(one["key"]),
                    applies=applies,
                    limiting=bool(one.get("limiting")),
                    level=level,
                    weight=both,
                    share=share,
                    points=points,
                )
            )
    return found


def met_level(indicator: Mapping[str, Any], value: Any) -> str | None:
    """Give the best level that a value meets, ``below`` for none of them, None where no value was given."""
    if value is None or value == "":
        return None
    if indicator["kind"] == "choice":
        return next((str(one["level"]) for one in indicator["options"] if one["key"] == value), None)
    found = number(value)
    if found is None:
        return None
    return next((level for level in LEVELS if _within(indicator, level, found)), BELOW)


def _within(indicator: Mapping[str, Any], level: str, value: Decimal) -> bool:
    limit = indicator["levels"].get(level)
    if limit is None:
        return False
    if indicator["kind"] == "range":
        return Decimal(str(limit[0])) <= value <= Decimal(str(limit[1]))
    bound = Decimal(str(limit))
    return value <= bound if indicator["kind"] == "at_most" else value >= bound


def meets(level: str, wanted: str) -> bool:
    """Say whether what meets a level also meets another: membership is cumulative."""
    return level in LEVELS and LEVELS.index(level) <= LEVELS.index(wanted)


def _step(system: Mapping[str, Any], level: str, index: Fraction, lines: list[Line]) -> Step:
    rules = system["verdict"]
    threshold = _fraction(rules["thresholds"][level])
    floor = (rules.get("others_at_least") or {}).get(level)
    known = [line for line in lines if line.applies and line.level is not None]
    limiting = tuple(line.key for line in known if line.limiting and not meets(str(line.level), level))
    others = tuple(line.key for line in known if floor and not line.limiting and not meets(str(line.level), floor))
    return Step(level, index, threshold, limiting, others, index >= threshold and not limiting and not others)


def _fraction(value: Any) -> Fraction:
    return Fraction(str(value))


def shown(value: Fraction, places: int = 4) -> Decimal:
    """Write a fraction as a decimal, cut off: it never looks like a threshold that it does not reach."""
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal(1).scaleb(-places), ROUND_DOWN)
