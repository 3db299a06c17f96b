"""Indicator systems as versioned data: imported once, never changed, in force by date, industry and region."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib import resources
from string import ascii_uppercase
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import indicator_format
from audits.energy import above as regions_above
from audits.indicator_format import Fault
from audits.models import IndicatorSystem
from workflows import trail
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Region


def check(content: bytes) -> tuple[Fault, ...]:
    """Give every fault of a definition, each with its place."""
    return tuple(indicator_format.parse(content)[1])


def written(definition: Mapping[str, Any]) -> bytes:
    """Write a definition as the file that is hashed."""
    return json.dumps(definition, ensure_ascii=False, indent=1).encode()


def add(session: Session, actor: Actor, content: bytes, *, region_code: str, now: datetime) -> IndicatorSystem:
    """Import a definition for a region of the actor.

    Raises NotAllowed, Invalid ``region_code``, Invalid ``bad_indicator_system`` with ``faults`` (places and codes),
    Conflict ``indicator_system_known``: a version is never changed.
    """
    require(actor, "standards.edit")
    region = session.get(Region, region_code)
    if region is None:
        raise Invalid(fields={"region_code": ["bad_region"]})
    require(actor, "standards.edit", region.path)
    made, faults = indicator_format.parse(content)
    if faults:
        raise Invalid("bad_indicator_system", {one.place or "file": [one.code] for one in faults})
    if _known(session, made["key"], made["version"]):
        raise Conflict("indicator_system_known", key=made["key"], version=made["version"])
    row = _row(made, content, now)
    row.region_path, row.imported_by = region.path, actor.person_id
    session.add(row)
    session.flush()
    trail.append(
        session,
        chain="standards",
        actor=actor,
        action="indicators.imported",
        subject_type="indicator_system",
        subject_id=row.id,
        payload={"name": row.title, "version": row.version, "sha256": row.sha256, "region": region.code},
        now=now,
    )
    return row


def _known(session: Session, key: str, version: str) -> bool:
    query = select(IndicatorSystem.id).where(IndicatorSystem.key == key, IndicatorSystem.version == version)
    return session.scalar(query) is not None


def _row(made: Mapping[str, Any], content: bytes, now: datetime) -> IndicatorSystem:
    return IndicatorSystem(
        key=made["key"],
        version=made["version"],
        title=made["title"]["zh"],
        title_en=made["title"]["en"],
        sector=made.get("sector", "industry"),
        industries=list(made["industries"]),
        since=date.fromisoformat(made["from"]),
        until=date.fromisoformat(made["until"]) if made.get("until") else None,
        content=dict(made),
        sha256=hashlib.sha256(content).hexdigest(),
        imported_at=now,
    )


def list_(session: Session) -> list[IndicatorSystem]:
    """Give every version, by key and the day from which it counts. They are public texts: everybody reads them."""
    order = (IndicatorSystem.key, IndicatorSystem.since.desc(), IndicatorSystem.version)
    return list(session.scalars(select(IndicatorSystem).order_by(*order)))


def get(session: Session, system_id: str) -> IndicatorSystem:
    """Give a version; raises NotFound."""
    row = session.get(IndicatorSystem, system_id)
    if row is None:
        raise NotFound("indicator_system_not_found", id=system_id)
    return row


def in_force(session: Session, day: date, region_path: str) -> list[IndicatorSystem]:
    """Give the versions in force on a day in a region, of each key the newest."""
    paths = {"", *regions_above(region_path)}
    found: dict[str, IndicatorSystem] = {}
    for row in list_(session):
        if row.region_path in paths and row.since <= day and (row.until is None or day <= row.until):
            found.setdefault(row.key, row)
    return list(found.values())


def fits(system: IndicatorSystem, industry: str) -> bool:
    """Say whether a system is made for a class of GB/T 4754: a code stands for all that begin with it."""
    industry = industry.lstrip(ascii_uppercase)  # the section's letter may stand before the class
    return any(industry.startswith(code.rstrip("0") if len(code) == 4 else code) for code in system.industries)


def for_industry(systems: Sequence[IndicatorSystem], industry: str) -> IndicatorSystem | None:
    """Choose the system of an industry, the most particular one; None where there is none: the level does not apply."""
    fitting = [one for one in systems if fits(one, industry)]
    return max(fitting, key=lambda one: max(len(code) for code in one.industries), default=None)


def shipped() -> dict[str, bytes]:
    """Give the definitions that ship, by file name."""
    folder = resources.files("audits").joinpath("data/indicator_systems")
    files = sorted(folder.iterdir(), key=lambda one: one.name)
    return {one.name: one.read_bytes() for one in files if one.name.endswith(".json")}


def seed(session: Session, now: datetime) -> int:
    """Add the shipped versions that are not there; give how many."""
    count = 0
    for content in shipped().values():
        made = json.loads(content)
        if not _known(session, made["key"], made["version"]):
            session.add(_row(made, content, now))
            count += 1
    session.flush()
    return count
