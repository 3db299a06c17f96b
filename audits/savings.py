"""What finished options save, added up from county to city to province, down to the option each figure comes from.

Counted are finished options alone, and of those that replaced another only what the bureau did not refuse. The same
measure in a linked case (re-audit, park) counts once, where it was said last: no tonne twice (domain: section 6);
what a member of a park had done in a case that the park's case closed is the park's.
Planned, self-reported and verified figures stay apart; a missing one is not taken from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from audits import access
from audits.models import Case, Enterprise, Option, OptionEffect
from workflows.access import Actor, require
from workflows.errors import Invalid
from workflows.models import Region
from workflows.paging import Page, keyset

LEVELS = ("province", "city", "county")
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Sums:
    """The three figures of an indicator; None where nobody said any, which is not 0."""

    planned: Decimal | None
    reported: Decimal | None
    verified: Decimal | None


@dataclass(frozen=True, slots=True)
class Place:
    """A region with its finished options: how many, what they cost and yield (万元), and their effects by indicator."""

    code: str
    name: str
    options: int
    investment: Decimal
    benefit: Decimal
    effects: Mapping[str, Sums]


@dataclass(frozen=True, slots=True)
class Source:
    """An option that stands behind a figure."""

    option: Option
    case: Case
    enterprise: str


def counted() -> ColumnElement[bool]:
    """Give the condition under which an option counts."""
    later = aliased(Option)
    again = exists().where(later.same_as_id == Option.id, later.status == "done", later.review.in_(("", "accepted")))
    return (Option.status == "done") & Option.review.in_(("", "accepted")) & ~again


def _where(
    session: Session, actor: Actor, region: str | None, since: date | None, until: date | None
) -> list[ColumnElement[bool]]:
    found = [counted(), access.visible(actor, Option), Case.deemed_by_id.is_(None)]
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region))
        if path is None:
            raise Invalid(fields={"region": ["unknown"]})
        found.append(Region.path.startswith(path, autoescape=True))
    if since:
        found.append(Option.finished_on >= since)
    if until:
        found.append(Option.finished_on <= until)
    return found


def _located(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join options with the region their plant lies in."""
    return (
        query.join(Case, Case.id == Option.case_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .join(Region, Region.code == Enterprise.region_code)
    )


def by_place(
    session: Session,
    actor: Actor,
    *,
    region: str | None = None,
    since: date | None = None,
    until: date | None = None,
    language: str = "zh",
) -> tuple[Place, list[Place]]:
    """Give a region as a whole and the regions right below it; without ``region`` all that the actor sees.

    Raises NotAllowed, Invalid for a region that nobody knows.
    """
    require(actor, "statistics.read")
    where = _where(session, actor, region, since, until)
    money = _located(
        select(Region.path, func.count(), func.sum(Option.actual_investment), func.sum(Option.actual_benefit))
    ).where(*where)
    figures = ("planned", "reported", "verified")
    sums = [func.sum(getattr(OptionEffect, name)) for name in figures]
    effects = _located(
        select(Region.path, OptionEffect.indicator, *sums).join(Option, Option.id == OptionEffect.option_id)
    ).where(*where)
    depth = _depth(session, region)
    folded: dict[str, _Fold] = {}
    whole = _Fold()
    for path, count, invested, yielded in session.execute(money.select_from(Option).group_by(Region.path)):
        for fold in (whole, folded.setdefault(_part(path, depth), _Fold())):
            fold.add(count, invested, yielded)
    for path, indicator, *values in session.execute(effects.group_by(Region.path, OptionEffect.indicator)):
        for fold in (whole, folded.setdefault(_part(path, depth), _Fold())):
            fold.save(indicator, values)
    names = _names(session, {*folded, *([region] if region else [])}, language)
    parts = [fold.place(code, names.get(code, code)) for code, fold in sorted(folded.items())]
    return whole.place(region or "", names.get(region or "", "")), parts


def _depth(session: Session, region: str | None) -> int:
    """Give the level of the parts: provinces without a region, cities of a province, counties of a city."""
    if region is None:
        return 0
    path = session.scalar(select(Region.path).where(Region.code == region)) or ""
    return len([part for part in path.split("/") if part])


def _part(path: str, depth: int) -> str:
    parts = [part for part in path.split("/") if part]
    return parts[min(depth, len(parts) - 1)]


def _names(session: Session, codes: set[str], language: str) -> dict[str, str]:
    rows = session.execute(select(Region.code, Region.name, Region.name_en).where(Region.code.in_(codes)))
    return {code: name_en if language == "en" else name for code, name, name_en in rows}


class _Fold:
    """Sums that grow."""

    def __init__(self) -> None:
        self.count = 0
        self.money = [Decimal(0), Decimal(0)]
        self.effects: dict[str, list[Decimal | None]] = {}

    def add(self, count: int, invested: Any, yielded: Any) -> None:
        self.count += count
        self.money = [old + _exact(new) for old, new in zip(self.money, (invested, yielded), strict=True)]

    def save(self, indicator: str, values: list[Any]) -> None:
        old = self.effects.get(indicator, [None] * 3)
        self.effects[indicator] = [
            one if new is None else (one or Decimal(0)) + _exact(new) for one, new in zip(old, values, strict=True)
        ]

    def place(self, code: str, name: str) -> Place:
        effects = {key: Sums(*values) for key, values in self.effects.items()}
        return Place(code, name, self.count, self.money[0], self.money[1], effects)


def _exact(value: Any) -> Decimal:
    """Read a sum of the database, which on SQLite has passed through a float."""
    return Decimal(0) if value is None else Decimal(str(value)).quantize(_PLACES)


def sources(
    session: Session,
    actor: Actor,
    *,
    region: str | None = None,
    since: date | None = None,
    until: date | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Source]:
    """Give the options behind the figures of a region, by case and code. Raises NotAllowed, Invalid."""
    require(actor, "statistics.read")
    query = _located(select(Option, Case, Enterprise.name).select_from(Option))
    found = keyset(
        session,
        query.where(*_where(session, actor, region, since, until)),
        [Case.number, Option.code, Option.id],
        cursor,
        limit,
        key=lambda row: (row[1].number, row[0].code, row[0].id),
    )
    return found.map(lambda row: Source(*row))
