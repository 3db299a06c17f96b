"""What costs an expert points, and what points lead to: data with days of effect (``data/expert_record.json``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from audits.entry_rules import months_before
from audits.models import ExpertMark
from workflows.errors import NotFound

MEASURES: Final = ("warning", "suspension", "dismissal")
LEVELS: Final = ("", "warn", "suspend", "dismiss")
BARRING: Final = frozenset({"suspend", "dismiss"})


@dataclass(frozen=True, slots=True)
class Rule:
    """The points of a region, and the sums over ``window_months`` at which an expert is warned, drawn no more, dismissed.

    A sheet is late ``late_after_days`` after the meeting, an outlier where its total lies ``outlier_from`` points from the
    median of the panel. So many ``absences_to_dismiss`` whatever the sum. One may appeal within ``appeal_days``.
    """

    key: str
    regions: tuple[str, ...]
    since: date
    until: date | None
    window_months: int
    points: Mapping[str, int]
    late_after_days: int
    outlier_from: Decimal
    warn_at: int
    suspend_at: int
    dismiss_at: int
    absences_to_dismiss: int
    appeal_days: int
    source: str
    source_en: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """How an expert stands on a day: the points that count, and what they lead to ("", warn, suspend, dismiss)."""

    points: int
    level: str


@cache
def rules() -> tuple[Rule, ...]:
    """Read all rules, a region's own before the national ones."""
    text = resources.files("audits").joinpath("data/expert_record.json").read_text(encoding="utf-8")
    return tuple(read(raw) for raw in json.loads(text)["rules"])


def read(raw: Mapping[str, Any]) -> Rule:
    """Read one rule; raises KeyError or ValueError for a faulty one."""
    values = dict(raw)
    since, until = date.fromisoformat(values.pop("from")), values.pop("until")
    values["regions"] = tuple(values["regions"])
    values["outlier_from"] = Decimal(values["outlier_from"])
    return Rule(**values, since=since, until=date.fromisoformat(until) if until else None)


def applicable(region_path: str, day: date, among: Sequence[Rule] | None = None) -> Rule:
    """Give the rule of a region on a day. Raises NotFound ``no_record_rule``."""
    for rule in rules() if among is None else among:
        if (
            any(region_path.startswith(path) for path in rule.regions)
            and rule.since <= day
            and (rule.until is None or day <= rule.until)
        ):
            return rule
    raise NotFound("no_record_rule", day=day.isoformat())


def add_up(rule: Rule, marks: Iterable[ExpertMark], today: date) -> Sum:
    """Add up the entries that count on a day: not struck, within the window."""
    first = months_before(today, rule.window_months)
    counted = [one for one in marks if not one.struck and first < one.on <= today]
    points = sum(one.points for one in counted)
    absences = sum(one.kind == "absence" for one in counted)
    if points >= rule.dismiss_at or absences >= rule.absences_to_dismiss:
        return Sum(points, "dismiss")
    level = "suspend" if points >= rule.suspend_at else "warn" if points >= rule.warn_at else ""
    return Sum(points, level)
