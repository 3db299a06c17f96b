"""The rules by which a panel is formed: data with days of effect (``data/panel_rules.json``).

The first rule that fits counts: a region's own rules stand before the national ones, the special before the general.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from workflows.errors import NotFound


@dataclass(frozen=True, slots=True)
class Rule:
    """How a panel is formed.

    ``regions`` are paths of the tree, ``gates`` ids of processes, ``scales`` of enterprises; an empty list means all.
    ``reviews`` are kinds of review of the procedure (on_site, desk). ``size`` experts are drawn, unless the procedure of
    the case says how many; with fewer than ``least`` there is no quorum. ``fields`` must each be represented by so
    many, ``fields_by_type`` besides for an audit type. One title of ``leader_titles`` lets an expert lead. ``scope``:
    experts of the case's ``province``, or of the whole ``country``. ``monthly_cap`` panels a month, and
    ``cooling_off_months`` since an expert judged the same enterprise (0: none). ``manual``: may be named with a reason.
    Who has not answered within ``answer_days`` may be left out for it.
    Who does not answer is reminded every ``remind_after_days``, and daily from ``remind_before_days`` before the meeting.
    ``lookback_years`` says how long a relation bars after its end (None: for good).
    """

    key: str
    regions: tuple[str, ...]
    gates: tuple[str, ...]
    scales: tuple[str, ...]
    reviews: tuple[str, ...]
    since: date
    until: date | None
    size: int
    least: int
    odd: bool
    fields: Mapping[str, int]
    fields_by_type: Mapping[str, Mapping[str, int]]
    leader_titles: tuple[str, ...]
    scope: str
    monthly_cap: int
    cooling_off_months: int
    manual: bool
    answer_days: int
    remind_after_days: int
    remind_before_days: int
    lookback_years: Mapping[str, int | None]
    source: str
    source_en: str
    verified: bool
    review: str = ""

    def needs(self, types: Sequence[str]) -> dict[str, int]:
        """Give how many experts of each field a panel for some audit types needs."""
        found = dict(self.fields)
        for kind in types:
            for field, least in self.fields_by_type.get(kind, {}).items():
                found[field] = max(found.get(field, 0), least)
        return found

    def leads(self, title: str) -> bool:
        """Say whether an expert of a title may lead."""
        return any(part in title for part in self.leader_titles)

    def facts(self) -> dict[str, Any]:
        """Write the rule into a record."""
        written = asdict(self) | {"from": self.since.isoformat(), "until": self.until and self.until.isoformat()}
        del written["since"]
        return {key: list(value) if isinstance(value, tuple) else value for key, value in written.items()}


@cache
def rules() -> tuple[Rule, ...]:
    """Read all rules, in the order in which they are asked."""
    text = resources.files("audits").joinpath("data/panel_rules.json").read_text(encoding="utf-8")
    return tuple(read(raw) for raw in json.loads(text)["rules"])


def read(raw: Mapping[str, Any]) -> Rule:
    """Read one rule; raises KeyError or ValueError for a faulty one."""
    values = dict(raw)
    since, until = date.fromisoformat(values.pop("from")), values.pop("until")
    for key in ("regions", "gates", "scales", "reviews", "leader_titles"):
        values[key] = tuple(values[key])
    return Rule(**values, since=since, until=date.fromisoformat(until) if until else None)


def under(rule: Rule, procedure: Mapping[str, Any]) -> Rule:
    """Give a rule as it counts under a procedure (a line of the table ``procedure``): its number of experts, its review."""
    size = procedure.get("panel_size")
    return replace(
        rule,
        size=int(size) if size else rule.size,
        least=min(rule.least, int(size)) if size else rule.least,
        review=str(procedure.get("review") or ""),
    )


def applicable(
    *, gate: str, region_path: str, scale: str, day: date, review: str = "", among: Sequence[Rule] | None = None
) -> Rule:
    """Give the rule for a gate of a case on a day. Raises NotFound ``no_panel_rule``."""
    for rule in rules() if among is None else among:
        if (
            any(region_path.startswith(path) for path in rule.regions)
            and (not rule.gates or gate in rule.gates)
            and (not rule.scales or scale in rule.scales)
            and (not rule.reviews or review in rule.reviews)
            and rule.since <= day
            and (rule.until is None or day <= rule.until)
        ):
            return rule
    raise NotFound("no_panel_rule", gate=gate, day=day.isoformat())
