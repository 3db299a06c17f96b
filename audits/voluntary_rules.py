"""What a region asks of an enterprise that wants a voluntary audit, and what a recognised one is good for: data."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import regions
from audits.models import AuditList, Case, Enterprise, ListEntry
from workflows.models import Organisation, Region

PROCEDURE: Final = "voluntary"
DECIDE: Final = "voluntary.decide"


@dataclass(frozen=True, slots=True)
class Rule:
    """The conditions of a region ("" = everywhere) from a day on.

    ``exempts``: a recognised audit frees from mandatory listing for ``valid_months``.
    """

    region: str
    since: date
    source: str
    exempts: bool
    valid_months: int
    checks: tuple[Mapping[str, Any], ...]


def leader_of(session: Session, region_code: str) -> Organisation:
    """Give who leads voluntary audits of a region: its coordinating department, else the city's bureau."""
    return regions.department_over(session, region_code) or regions.bureau_over(session, region_code, "city")


@cache
def rules() -> tuple[Rule, ...]:
    """Read the shipped rules."""
    raw = json.loads(resources.files("audits").joinpath("data/voluntary.json").read_text(encoding="utf-8"))
    return tuple(
        Rule(
            one["region"],
            date.fromisoformat(one["since"]),
            one["source"],
            one["exempts"],
            one["valid_months"],
            tuple(one["checks"]),
        )
        for one in raw
    )


def rule_for(session: Session, region_code: str, on: date) -> Rule:
    """Give the rule of the nearest region that has one in force on a day, the latest first."""
    path = session.get_one(Region, region_code).path
    nearest = ["", *(code for code in path.split("/") if code)]
    fitting = [one for one in rules() if one.region in nearest and one.since <= on]
    return max(fitting, key=lambda one: (nearest.index(one.region), one.since))


def statements(rule: Rule) -> list[tuple[str, tuple[str, str]]]:
    """Give the conditions that an enterprise states itself, by key with their words."""
    return [(one["key"], tuple(one["names"])) for one in rule.checks if one["kind"] == "statement"]


def found(
    session: Session, rule: Rule, enterprise: Enterprise, stated: Collection[str], on: date
) -> list[dict[str, Any]]:
    """Check every condition of a rule: its key, words, whether it is met, and a day where one decided it."""
    return [
        {"key": one["key"], "names": list(one["names"]), **_check(session, rule, one, enterprise, stated, on)}
        for one in rule.checks
    ]


def _check(
    session: Session,
    rule: Rule,
    check: Mapping[str, Any],
    enterprise: Enterprise,
    stated: Collection[str],
    on: date,
) -> dict[str, Any]:
    match check["kind"]:
        case "statement":
            return {"met": check["key"] in stated}
        case "located":
            path = session.get_one(Region, enterprise.region_code).path
            return {"met": enterprise.status == "normal" and (not rule.region or f"/{rule.region}/" in path)}
        case "not_listed":
            return {"met": not _is_listed(session, enterprise.id)}
        case "no_removal":
            day = _last(session, enterprise.id, "removed")
        case "interval":
            day = _last(session, enterprise.id, "qualified")
        case other:
            raise ValueError(f"unknown kind of condition: {other}")
    return {
        "met": day is None or months_after(day, check["months"]) <= on,
        **({"day": day.isoformat()} if day else {}),
    }


def _is_listed(session: Session, enterprise_id: str) -> bool:
    """Say whether the enterprise stands on a mandatory list, drafted or published, without a result yet."""
    query = (
        select(ListEntry.id)
        .join(AuditList, AuditList.id == ListEntry.list_id)
        .where(ListEntry.enterprise_id == enterprise_id, ListEntry.outcome == "", ListEntry.kept())
        .where(AuditList.kind == "mandatory")
    )
    return session.scalar(query.limit(1)) is not None


def _last(session: Session, enterprise_id: str, outcome: str) -> date | None:
    query = select(Case.outcome_on).where(Case.enterprise_id == enterprise_id, Case.outcome == outcome)
    return session.scalar(query.order_by(Case.outcome_on.desc()).limit(1))


def exempt_until(session: Session, enterprise: Enterprise, types: Collection[str], on: date) -> date | None:
    """Give the day until which a recognised voluntary audit frees an enterprise from mandatory listing, else None.

    Exceeding standards or totals (双超) is never freed. Source: 山东省清洁生产促进条例 Art. 33; other regions say so in
    their rule.
    """
    if "SHUANGCHAO" in types or set(types) == {"VOLUNTARY"}:
        return None
    rule = rule_for(session, enterprise.region_code, on)
    if not rule.exempts:
        return None
    query = select(Case.outcome_on).where(
        Case.enterprise_id == enterprise.id, Case.procedure == PROCEDURE, Case.outcome == "qualified"
    )
    passed = session.scalar(query.order_by(Case.outcome_on.desc()).limit(1))
    until = months_after(passed, rule.valid_months) if passed else None
    return until if until and on < until else None


def months_after(day: date, months: int) -> date:
    """Give the corresponding day so many months later, else the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
