"""What an audit achieves (绩效): the ten indicators and what is saved, each in its one unit (domain: section 6).

Heavy metals are counted by element in kg; smoke and dust are one indicator, whatever a table splits them into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from audits.rounding import number

METALS: Final[dict[str, tuple[str, str]]] = {
    "pb": ("铅", "Lead"), "hg": ("汞", "Mercury"), "cd": ("镉", "Cadmium"), "cr": ("铬", "Chromium"),
    "as": ("砷", "Arsenic"),
}  # fmt: skip
TEN: Final[dict[str, tuple[str, str]]] = {
    "so2": ("二氧化硫", "Sulphur dioxide"), "nox": ("氮氧化物", "Nitrogen oxides"), "dust": ("烟（粉）尘", "Smoke and dust"),
    "co2": ("二氧化碳", "Carbon dioxide"), "voc": ("挥发性有机物", "Volatile organic compounds"),
    "cod": ("化学需氧量", "Chemical oxygen demand"), "nh3n": ("氨氮", "Ammonia nitrogen"), "tn": ("总氮", "Total nitrogen"),
    "tp": ("总磷", "Total phosphorus"), **METALS,
}  # fmt: skip
SAVED: Final[dict[str, tuple[str, str]]] = {
    "electricity": ("电", "Electricity"), "tce": ("标准煤", "Coal equivalent"), "water": ("新鲜水", "Water"),
    "materials": ("原辅材料", "Raw materials"), "solid": ("固体废物", "Solid waste"),
    "hazardous": ("危险废物", "Hazardous waste"),
}  # fmt: skip
NAMES: Final = {**TEN, **SAVED}
UNITS: Final = (
    dict.fromkeys(NAMES, "t") | dict.fromkeys(METALS, "kg") | {"electricity": "万kWh", "tce": "tce", "water": "m³"}
)
SAME: Final = {"smoke": "dust", "烟尘": "dust", "粉尘": "dust", "工业粉尘": "dust", "颗粒物": "dust"}
"""What other tables call an indicator."""
_MASSES: Final = {"kg": Decimal(1), "t": Decimal(1000), "g": Decimal("0.001"), "mg": Decimal("0.000001")}
_OTHERS: Final = {("m³", "t"): Decimal(1), ("万kWh", "kWh"): Decimal("0.0001"), ("tce", "kgce"): Decimal("0.001")}


@dataclass(frozen=True, slots=True)
class Effect:
    """One indicator before and after; ``reduction`` is negative where it has grown."""

    key: str
    before: Decimal
    after: Decimal

    @property
    def unit(self) -> str:
        """Give the indicator's one unit."""
        return UNITS[self.key]

    @property
    def reduction(self) -> Decimal:
        """Give what is saved or not emitted."""
        return self.before - self.after

    @property
    def percent(self) -> Decimal | None:
        """Give the reduction in per cent of what was before, to one place."""
        return (100 * self.reduction / self.before).quantize(Decimal("0.1")) if self.before else None


def key_of(name: str) -> str | None:
    """Find the indicator that a table means; None for one that is not counted."""
    text = name.strip().lower()
    if text in NAMES:
        return text
    return SAME.get(text) or next((key for key, names in NAMES.items() if text in {names[0], names[1].lower()}), None)


def in_unit(key: str, amount: Decimal, unit: str) -> Decimal:
    """Convert an amount into the indicator's unit; raises ValueError for a unit that it cannot have."""
    wanted = UNITS[key]
    if unit == wanted:
        return amount
    if unit in _MASSES and wanted in _MASSES:
        return amount * _MASSES[unit] / _MASSES[wanted]
    if (wanted, unit) not in _OTHERS:
        raise ValueError(f"{key} is counted in {wanted}, not in {unit}")
    return amount * _OTHERS[wanted, unit]


def collect(lines: Iterable[tuple[str, Decimal, str]]) -> dict[str, Decimal]:
    """Add up lines of (name, amount, unit) by indicator, in its unit; what is not counted is left out."""
    found: dict[str, Decimal] = {}
    for name, amount, unit in lines:
        key = key_of(name)
        if key is not None:
            found[key] = found.get(key, Decimal(0)) + in_unit(key, amount, unit)
    return found


def effects(answers: Mapping[str, Any]) -> list[Effect]:
    """Read what the form ``option_implementation`` says of each indicator; one without both numbers is left out."""
    found = []
    for key in NAMES:
        before, after = number(answers.get(f"before_{key}")), number(answers.get(f"after_{key}"))
        if before is not None and after is not None:
            found.append(Effect(key, before, after))
    return found
