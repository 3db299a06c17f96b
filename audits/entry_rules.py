"""Who may enter the expert pool: data with days of effect (``data/expert_entry.json``), each demand checked by name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from audits.models import Expert, ExpertApplication
from workflows.errors import NotFound

DEMANDS: Final = ("age", "title", "years", "fields", "exam_taken", "exam_score", "exam_recent", "dismissed")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a region asks of experts.

    ``titles``: one of these must be part of the title. ``exam_pass`` points of an exam (an assessment has none), not older
    than ``exam_months``. Admitted for ``valid_years``; renewal opens ``renew_before_days`` before the end. Who was
    dismissed may come back after ``dismissed_years``.
    """

    key: str
    regions: tuple[str, ...]
    since: date
    until: date | None
    max_age: int
    titles: tuple[str, ...]
    min_years: int
    fields: tuple[str, ...]
    exam_pass: Decimal
    exam_months: int
    valid_years: int
    renew_before_days: int
    dismissed_years: int
    source: str
    source_en: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One demand of the rule, whether it is met, what was found and what is asked for."""

    demand: str
    met: bool
    found: str
    asked: str


@cache
def rules() -> tuple[Rule, ...]:
    """Read all rules, a region's own before the national ones."""
    text = resources.files("audits").joinpath("data/expert_entry.json").read_text(encoding="utf-8")
    return tuple(read(raw) for raw in json.loads(text)["rules"])


def read(raw: Mapping[str, Any]) -> Rule:
    """Read one rule; raises KeyError or ValueError for a faulty one."""
    values = dict(raw)
    exam, since, until = values.pop("exam"), date.fromisoformat(values.pop("from")), values.pop("until")
    for key in ("regions", "titles", "fields"):
        values[key] = tuple(values[key])
    return Rule(
        **values,
        since=since,
        until=date.fromisoformat(until) if until else None,
        exam_pass=Decimal(exam["pass"]),
        exam_months=int(exam["valid_months"]),
    )


def applicable(region_path: str, day: date, among: Sequence[Rule] | None = None) -> Rule:
    """Give the rule of a region on a day. Raises NotFound ``no_entry_rule``."""
    for rule in rules() if among is None else among:
        if (
            any(region_path.startswith(path) for path in rule.regions)
            and rule.since <= day
            and (rule.until is None or day <= rule.until)
        ):
            return rule
    raise NotFound("no_entry_rule", day=day.isoformat())


def check(rule: Rule, row: ExpertApplication, expert: Expert | None, today: date) -> tuple[Finding, ...]:
    """Hold an application against a rule, demand by demand. ``expert`` is who it is in the pool already."""
    age, back = age_on(row.born_on, today), _back_on(rule, expert)
    taken, score = row.exam_on, row.exam_score
    oldest = months_before(today, rule.exam_months)
    passed = row.exam == "assessment" or (score is not None and score >= rule.exam_pass)
    asked = "" if row.exam == "assessment" else f"{rule.exam_pass:f}"
    unknown = [one for one in row.fields if one not in rule.fields]
    return (
        Finding("age", age <= rule.max_age, str(age), str(rule.max_age)),
        Finding("title", any(part in row.title for part in rule.titles), row.title, "、".join(rule.titles)),
        Finding("years", row.years >= rule.min_years, str(row.years), str(rule.min_years)),
        Finding("fields", bool(row.fields) and not unknown, "、".join(unknown), "、".join(rule.fields)),
        Finding("exam_taken", taken is not None and taken <= today, taken.isoformat() if taken else "", ""),
        Finding("exam_score", passed, "" if score is None else f"{score:f}", asked),
        Finding(
            "exam_recent", taken is not None and taken >= oldest, taken.isoformat() if taken else "", oldest.isoformat()
        ),
        Finding("dismissed", back is None or back <= today, "", back.isoformat() if back else ""),
    )


def age_on(born: date, day: date) -> int:
    """Give the full years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def months_before(day: date, months: int) -> date:
    """Give the corresponding day some months earlier, the 28th at the latest where there is none."""
    count = day.year * 12 + day.month - 1 - months
    try:
        return date(count // 12, count % 12 + 1, day.day)
    except ValueError:
        return date(count // 12, count % 12 + 1, 28)


def years_after(day: date, years: int) -> date:
    """Give the corresponding day some years later, the last of February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _back_on(rule: Rule, expert: Expert | None) -> date | None:
    """Give the day on which who was dismissed may come back; None for anybody else."""
    if expert is None or expert.status != "dismissed" or expert.dismissed_on is None:
        return None
    return years_after(expert.dismissed_on, rule.dismissed_years)
