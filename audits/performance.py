"""What an audit achieves (绩效): the indicators before and after, each in its one unit (domain: section 6).

The indicators, their names and units are those of the option register (``audits.indicators``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from audits import indicators
from audits.indicators import Indicator
from audits.rounding import number, rounded
from workflows.errors import NotFound


@dataclass(frozen=True, slots=True)
class Effect:
    """One indicator before and after; ``reduction`` is negative where it has grown.

    ``options`` is what the options done have saved of it together, as the enterprise found.
    """

    indicator: Indicator
    before: Decimal
    after: Decimal
    options: tuple[tuple[str, Decimal], ...] = ()

    @property
    def reduction(self) -> Decimal:
        """Give what is saved or not emitted."""
        return self.before - self.after

    @property
    def percent(self) -> Decimal | None:
        """Give the reduction in per cent of what was before, to one place."""
        return (100 * self.reduction / self.before).quantize(Decimal("0.1")) if self.before else None

    @property
    def total(self) -> Decimal:
        """Add up what the options save."""
        return rounded(sum((amount for _code, amount in self.options), Decimal(0)), 4)

    def differs(self, tolerance: Decimal) -> bool:
        """Say whether the change is not the sum of the options, by more than ``tolerance`` per cent of the larger."""
        change = rounded(self.reduction, 4)
        return abs(change - self.total) * 100 > tolerance * max(abs(change), abs(self.total))


@cache
def _versions() -> tuple[dict[str, Any], ...]:
    text = (resources.files("audits") / "data" / "performance.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["versions"])


def rules(day: date) -> dict[str, Any]:
    """Give the ``tolerance`` (per cent) between a change and the options' effects in force on a day; NotFound."""
    for version in _versions():
        until = date.fromisoformat(version["until"]) if version["until"] else None
        if date.fromisoformat(version["from"]) <= day and (until is None or day <= until):
            return {name: version[name] for name in ("tolerance", "source")}
    raise NotFound("no_performance_rules", day=day.isoformat())


def effects(answers: Mapping[str, Any]) -> list[Effect]:
    """Read what the form ``option_implementation`` says of each indicator; one without both numbers is left out."""
    found = []
    shares = _shares(answers)
    for key, indicator in indicators.known().items():
        before, after = number(answers.get(f"before_{key}")), number(answers.get(f"after_{key}"))
        if before is not None and after is not None:
            found.append(Effect(indicator, before, after, tuple(shares.get(key, ()))))
    return found


def _shares(answers: Mapping[str, Any]) -> dict[str, list[tuple[str, Decimal]]]:
    """Give what each option done saves, by indicator; one that was not done has saved nothing."""
    done = {row.get("code") for row in answers.get("options") or [] if row.get("progress") == "done"}
    found: dict[str, list[tuple[str, Decimal]]] = {}
    for row in answers.get("effects") or []:
        amount = number(row.get("reported"))
        if row.get("code") in done and amount is not None:
            found.setdefault(str(row.get("indicator")), []).append((str(row["code"]), amount))
    return found
