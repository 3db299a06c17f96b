"""Energy as coal equivalent (折标煤) and carbon dioxide, by the factors of a year.

Source of the factors: audits/data/factors.json, and what bureaus add for their region (domain: section 10). A factor
that is added for one year alters that year only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib import resources
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits.models import Factor
from audits.rounding import number, rounded
from workflows import trail
from workflows.access import Actor, require
from workflows.db import storable
from workflows.errors import Invalid
from workflows.models import Region

ENERGIES: Final[dict[str, tuple[str, str]]] = {
    "electricity": ("电力", "Electricity"),
    "coal": ("原煤", "Raw coal"),
    "gas": ("天然气", "Natural gas"),
    "coke": ("焦炭", "Coke"),
    "diesel": ("柴油", "Diesel"),
    "gasoline": ("汽油", "Petrol"),
    "heat": ("热力", "Heat"),
}
UNITS: Final = {
    "electricity": "万kWh", "coal": "t", "gas": "万m³", "coke": "t", "diesel": "t", "gasoline": "t", "heat": "GJ",
}  # fmt: skip
KINDS: Final[dict[str, tuple[str, str]]] = {
    "calorific": ("当量值", "Calorific value"),
    "coal_consumption": ("等价值（发电煤耗）", "Coal consumption of generation"),
    "co2": ("二氧化碳", "Carbon dioxide"),
}
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True, slots=True)
class Converted:
    """One form of energy in a year; ``factor`` and ``result`` are None where no factor is known."""

    energy: str
    amount: Decimal
    kind: str
    factor: Factor | None

    @property
    def result(self) -> Decimal | None:
        """Give tce or tCO2, to 4 places."""
        return rounded(self.amount * Decimal(self.factor.value), 4) if self.factor is not None else None


def load(session: Session, region_path: str = "") -> list[Factor]:
    """Read the factors that count in a region: those of the region and of what lies above it."""
    query = select(Factor).where(or_(Factor.region_path == "", Factor.region_path.in_(above(region_path))))
    return list(session.scalars(query.order_by(Factor.energy, Factor.kind, Factor.since, Factor.added_at, Factor.id)))


def above(path: str) -> list[str]:
    """Give the paths of a region and of all above it, from the country down."""
    parts = [part for part in path.split("/") if part]
    return ["/", *("/" + "/".join(parts[:length]) + "/" for length in range(1, len(parts) + 1))]


def factor_for(factors: Iterable[Factor], energy: str, kind: str, year: int) -> Factor | None:
    """Choose the factor of a year: the narrowest period, then the nearest region, then the one added last."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    fitting = [
        one
        for one in factors
        if (one.energy, one.kind) == (energy, kind) and one.since <= last and (one.until is None or one.until >= first)
    ]
    return max(fitting, key=_precedence, default=None)


def _precedence(one: Factor) -> tuple[int, int, datetime, date]:
    span = (one.until - one.since).days if one.until else 10**6
    return -span, len(one.region_path), one.added_at, one.since


def convert(factors: Iterable[Factor], amounts: Mapping[str, Decimal], year: int, kind: str) -> list[Converted]:
    """Convert a year's energy into tce (``calorific``, ``coal_consumption``) or tCO2 (``co2``).

    Only electricity differs by coal consumption: where a form of energy has no such factor its calorific one counts.
    """
    known = list(factors)
    found = []
    for energy, amount in amounts.items():
        chosen = factor_for(known, energy, kind, year)
        if chosen is None and kind == "coal_consumption":
            chosen = factor_for(known, energy, "calorific", year)
        found.append(Converted(energy, amount, kind, chosen))
    return found


def total(lines: Iterable[Converted]) -> Decimal | None:
    """Add up what was converted; None where a factor is missing."""
    results = [line.result for line in lines]
    return sum((one for one in results if one is not None), Decimal(0)) if None not in results else None


# ---- adding ----------------------------------------------------------------------------------------------------


def add(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> Factor:
    """Add a factor for one year in a region of the actor. Raises NotAllowed, Invalid by field."""
    require(actor, "standards.edit")
    value, year = number(fields.get("value")), number(fields.get("year"))
    energy, kind = str(fields.get("energy") or ""), str(fields.get("kind") or "")
    source = storable(str(fields.get("source") or "")).strip()
    region = session.get(Region, str(fields.get("region_code") or ""))
    errors = {}
    if energy not in ENERGIES:
        errors["energy"] = ["unknown"]
    if kind not in KINDS:
        errors["kind"] = ["unknown"]
    if value is None or not 0 < value < 10**6:
        errors["value"] = ["bad_number"]
    if year is None or year != int(year) or not FIRST_YEAR <= year <= LAST_YEAR:
        errors["year"] = ["bad_year"]
    if not source:
        errors["source"] = ["required"]
    elif len(source) > 300:
        errors["source"] = ["too_long"]
    if region is None:
        errors["region_code"] = ["bad_region"]
    if errors or region is None or value is None or year is None:
        raise Invalid(fields=errors)
    require(actor, "standards.edit", region.path)
    row = Factor(
        energy=energy,
        kind=kind,
        unit=unit_of(energy, kind),
        value=value,
        since=date(int(year), 1, 1),
        until=date(int(year), 12, 31),
        region_path=region.path,
        source=source,
        verified=bool(fields.get("verified")),
        added_by=actor.person_id,
        added_at=now,
    )
    session.add(row)
    session.flush()
    payload = {"energy": energy, "kind": kind, "year": int(year), "value": str(value), "region": region.code}
    trail.append(
        session,
        chain="standards",
        actor=actor,
        action="factor.added",
        subject_type="factor",
        subject_id=row.id,
        payload={**payload, "source": source},
        now=now,
    )
    return row


def unit_of(energy: str, kind: str) -> str:
    """Name the unit of a factor."""
    return f"{'tCO2' if kind == 'co2' else 'tce'}/{UNITS[energy]}"


def seed(session: Session, now: datetime) -> int:
    """Add the shipped factors where the table has none; give how many."""
    if session.scalar(select(Factor.id).where(Factor.region_path == "").limit(1)):
        return 0
    text = resources.files("audits").joinpath("data/factors.json").read_text(encoding="utf-8")
    for raw in json.loads(text)["factors"]:
        session.add(
            Factor(
                energy=raw["energy"],
                kind=raw["kind"],
                unit=raw["unit"],
                value=Decimal(raw["value"]),
                since=date.fromisoformat(raw["from"]),
                until=date.fromisoformat(raw["until"]) if raw["until"] else None,
                source=raw["source"],
                verified=raw["verified"],
                added_at=now,
            )
        )
    session.flush()
    return len(json.loads(text)["factors"])
