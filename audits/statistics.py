"""Completion rates, always with numerator and denominator (domain: section 6).

Counted by listed enterprise: a linked re-audit case changes nothing here. Two rates are shown because sources differ:
accepted among all that were listed, and accepted among those that were not removed, deferred or terminated. An
acceptance that was revoked counts as listed, not as accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from audits import access
from audits.models import AuditList, Enterprise, ListEntry
from workflows.access import Actor, require
from workflows.models import Region


@dataclass(frozen=True, slots=True)
class Rate:
    """A share that shows what it is a share of; ``percent`` has one decimal, None when nothing was counted."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> Decimal | None:
        """Give the rate in per cent."""
        if self.denominator == 0:
            return None
        return (Decimal(100 * self.numerator) / Decimal(self.denominator)).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class Completion:
    """How far the listed enterprises of a selection are. ``running`` have no result yet."""

    key: str
    name: str
    listed: int
    qualified: int
    unqualified: int
    removed: int
    deferred: int
    terminated: int = 0
    revoked: int = 0
    deemed: int = 0

    @property
    def running(self) -> int:
        """Count those without a result."""
        ended = (
            self.qualified
            + self.deemed
            + self.unqualified
            + self.revoked
            + self.removed
            + self.deferred
            + self.terminated
        )
        return self.listed - ended

    @property
    def rate_all(self) -> Rate:
        """Accepted, or deemed so with their park, among all listed."""
        return Rate(self.qualified + self.deemed, self.listed)

    @property
    def rate_net(self) -> Rate:
        """Accepted among those that were not removed, deferred or terminated."""
        return Rate(self.qualified + self.deemed, self.listed - self.removed - self.deferred - self.terminated)


def completion(
    session: Session, actor: Actor, *, region: str | None = None, list_id: str | None = None, year: int | None = None
) -> Completion:
    """Count the published lists that the actor sees, or a part of them. Raises NotAllowed."""
    require(actor, "statistics.read")
    where = _where(session, actor, region, list_id, year)
    rows = session.execute(
        select(ListEntry.outcome, func.count())
        .join(AuditList, AuditList.id == ListEntry.list_id)
        .where(*where)
        .group_by(ListEntry.outcome)
    )
    return _completion("", "", {outcome: count for outcome, count in rows})  # noqa: C416


def by_list(session: Session, actor: Actor, *, region: str | None = None, year: int | None = None) -> list[Completion]:
    """Count each published list, the newest first."""
    require(actor, "statistics.read")
    rows = session.execute(
        select(AuditList.id, AuditList.title, AuditList.year, ListEntry.outcome, func.count())
        .join(AuditList, AuditList.id == ListEntry.list_id)
        .where(*_where(session, actor, region, None, year))
        .group_by(AuditList.id, AuditList.title, AuditList.year, ListEntry.outcome)
        .order_by(AuditList.year.desc(), AuditList.id)
    )
    return _grouped([(key, title, outcome, count) for key, title, _year, outcome, count in rows])


def by_region(
    session: Session, actor: Actor, *, region: str | None = None, year: int | None = None, language: str = "zh"
) -> list[Completion]:
    """Count the enterprises by the city they lie in (or the province, for a functional area without one)."""
    require(actor, "statistics.read")
    rows = session.execute(
        select(Region.path, ListEntry.outcome, func.count())
        .select_from(ListEntry)
        .join(AuditList, AuditList.id == ListEntry.list_id)
        .join(Enterprise, Enterprise.id == ListEntry.enterprise_id)
        .join(Region, Region.code == Enterprise.region_code)
        .where(*_where(session, actor, region, None, year))
        .group_by(Region.path, ListEntry.outcome)
    ).all()
    cities = {path: [part for part in path.split("/") if part][:2][-1] for path, _, _ in rows}
    names = {
        code: name_en if language == "en" else name
        for code, name, name_en in session.execute(
            select(Region.code, Region.name, Region.name_en).where(Region.code.in_(set(cities.values())))
        )
    }
    return _grouped([(cities[path], names[cities[path]], outcome, count) for path, outcome, count in sorted(rows)])


def _where(
    session: Session, actor: Actor, region: str | None, list_id: str | None, year: int | None
) -> list[ColumnElement[bool]]:
    found = [AuditList.status == "published", ListEntry.kept(), access.visible(actor, ListEntry)]
    if list_id:
        found.append(AuditList.id == list_id)
    if year:
        found.append(AuditList.year == year)
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region)) or "/none/"
        codes = select(Region.code).where(Region.path.startswith(path, autoescape=True)).correlate(None)
        found.append(
            ListEntry.enterprise_id.in_(select(Enterprise.id).where(Enterprise.region_code.in_(codes)).correlate(None))
        )
    return found


def _grouped(rows: list[tuple[str, str, str, int]]) -> list[Completion]:
    names: dict[str, str] = {}
    counts: dict[str, dict[str, int]] = {}
    for key, name, outcome, count in rows:
        names[key] = name
        group = counts.setdefault(key, {})
        group[outcome] = group.get(outcome, 0) + count
    return [_completion(key, names[key], group) for key, group in counts.items()]


def _completion(key: str, name: str, counts: Mapping[Any, int]) -> Completion:
    return Completion(
        key=key,
        name=name,
        listed=sum(counts.values()),
        qualified=counts.get("qualified", 0),
        unqualified=counts.get("unqualified", 0),
        removed=counts.get("removed", 0),
        deferred=counts.get("deferred", 0),
        terminated=counts.get("terminated", 0),
        revoked=counts.get("revoked", 0),
        deemed=counts.get("deemed", 0),
    )
