"""Balances of the audit's focus (物料、水、能源、污染因子平衡): totals and deviation are always computed, never typed.

Source: 企业清洁生产审核手册, phase 3 (domain: section 2). Deviation = |ΣIn − ΣOut| / ΣIn in per cent. The form
``audit_measurement`` computes the same in FEEL; tests keep both equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from audits.rounding import number, rounded
from workflows.errors import NotFound

KINDS: Final[dict[str, tuple[str, str]]] = {
    "material": ("物料平衡", "Material"),
    "water": ("水平衡", "Water"),
    "energy": ("能源平衡", "Energy"),
    "factor": ("污染因子平衡", "Pollutant factor"),
}
GRADES: Final[dict[str, tuple[str, str]]] = {
    "ordinary": ("一般物料", "Ordinary"),
    "precious": ("贵重物料", "Precious"),
    "toxic": ("有毒有害物料", "Toxic or harmful"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What goes in or comes out."""

    name: str
    side: str  # in, out
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """One balance; ``stated_*`` are what a report prints, None where it prints nothing."""

    kind: str
    name: str
    unit: str
    operation: str
    grade: str
    entries: tuple[Entry, ...]
    stated_difference: Decimal | None = None
    stated_deviation: Decimal | None = None
    reason: str = ""

    def total(self, side: str) -> Decimal:
        """Add up a side."""
        return rounded(sum((one.amount for one in self.entries if one.side == side), Decimal(0)), 6)

    @property
    def difference(self) -> Decimal:
        """Give the absolute difference of the totals."""
        return abs(self.total("in") - self.total("out"))

    @property
    def deviation(self) -> Decimal | None:
        """Give the deviation in per cent, to 2 places; None where nothing goes in."""
        into = self.total("in")
        return rounded(self.difference / into * 100, 2) if into > 0 else None

    def exceeds(self, limit: Decimal) -> bool:
        """Say whether the unrounded deviation is above a limit in per cent."""
        return self.total("in") > 0 and self.difference * 100 > limit * self.total("in")

    def contradicts(self, tolerance: Decimal) -> bool:
        """Say whether what is stated does not follow from the totals, by more than ``tolerance`` per cent of the input."""
        if self.deviation is None:
            return False
        gaps = []
        if self.stated_deviation is not None:
            gaps.append(abs(self.stated_deviation - self.deviation))
        if self.stated_difference is not None:
            gaps.append(abs(self.stated_difference - self.difference) / self.total("in") * 100)
        return any(rounded(gap, 6) > tolerance for gap in gaps)


def read(row: Mapping[str, Any]) -> Balance:
    """Read a row ``balances`` of the form ``audit_measurement``; an entry without an amount is left out."""
    entries = []
    for line in row.get("entries") or []:
        amount = number(line.get("amount"))
        if amount is not None and line.get("side") in {"in", "out"}:
            entries.append(Entry(str(line.get("entry") or ""), line["side"], amount))
    return Balance(
        kind=str(row.get("balance_kind") or ""),
        name=str(row.get("balance_name") or ""),
        unit=str(row.get("balance_unit") or ""),
        operation=str(row.get("operation") or ""),
        grade=str(row.get("grade") or "ordinary"),
        entries=tuple(entries),
        stated_difference=number(row.get("stated_difference")),
        stated_deviation=number(row.get("stated_deviation")),
        reason=str(row.get("deviation_reason") or ""),
    )


@cache
def _versions() -> tuple[dict[str, Any], ...]:
    text = resources.files("audits").joinpath("data/balances.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["versions"])


def rules(day: date) -> dict[str, Any]:
    """Give ``limits`` by grade (per cent), ``batch_cycles``, ``continuous_hours``, ``stated_tolerance`` in force on a day.

    Raises NotFound before the first.
    """
    for version in _versions():
        until = date.fromisoformat(version["until"]) if version["until"] else None
        if date.fromisoformat(version["from"]) <= day and (until is None or day <= until):
            names = ("limits", "batch_cycles", "continuous_hours", "stated_tolerance", "source")
            return {name: version[name] for name in names}
    raise NotFound("no_balance_rules", day=day.isoformat())


def limit_of(balance: Balance, known: Mapping[str, Any]) -> Decimal:
    """Give the limit of a balance in per cent."""
    return Decimal(str(known["limits"][balance.grade]))
