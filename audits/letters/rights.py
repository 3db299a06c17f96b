"""What the addressee may do against a letter, and until when: the clocks run from the service (domain: D18)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy.orm import Session

from audits import calendars
from audits.models import Letter

_UNITS: Final = {"Y": "年", "M": "个月", "W": "周", "D": "日"}


@dataclass(frozen=True, slots=True)
class Right:
    """A right against a letter. ``since`` is None before the service, ``until`` also where the law sets no last day."""

    kind: str
    names: tuple[str, str]
    period: str
    basis: tuple[str, str]
    since: date | None
    until: date | None
    provisional: bool


@cache
def _known() -> dict[str, dict[str, Any]]:
    text = resources.files("audits").joinpath("data/rights.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)["rights"]
    return found


def in_force(kinds: Iterable[str], day: date) -> list[dict[str, Any]]:
    """Give kind, period and basis of some rights as they are on a day; one that no law gives then is left out."""
    return [
        {"kind": kind, "period": version["period"], "basis": version["basis"]}
        for kind in kinds
        for version in _known()[kind]["versions"]
        if version["from"] <= day.isoformat() <= (version["until"] or date.max.isoformat())
    ]


def paragraph(carried: Iterable[Mapping[str, Any]]) -> str:
    """Write the notice of rights for a letter; "" where it carries none."""
    return "".join(
        _known()[one["kind"]]["paragraph"].format(within=_within(one["period"]), basis=one["basis"]["zh"])
        for one in carried
    )


def _within(period: str) -> str:
    """Write a period as letters do: 60日内, 6个月内."""
    parts = re.findall(r"(\d+)([YMWD])", period)
    return "".join(f"{number}{_UNITS[unit]}" for number, unit in parts) + "内" if parts else ""


def of(session: Session, letter: Letter) -> tuple[Right, ...]:
    """Give the rights against a letter with their days, counted from its service; a void letter has none."""
    carried = letter.data.get("rights") or []
    if letter.status != "valid" or not carried:
        return ()
    return tuple(_right(session, letter, one) for one in carried)


def _right(session: Session, letter: Letter, carried: Mapping[str, Any]) -> Right:
    kind, period, served = carried["kind"], carried["period"], letter.served_on
    day = None
    if served is not None and period:
        region = [part for part in letter.region_path.split("/") if part][-1]
        last = calendars.add_period(served, period).year + 1
        day = calendars.legal_day(served, period, calendars.load(session, served.year, last, region))
    return Right(
        kind=kind,
        names=(_known()[kind]["names"][0], _known()[kind]["names"][1]),
        period=period,
        basis=(carried["basis"]["zh"], carried["basis"]["en"]),
        since=served,
        until=day.due if day else None,
        provisional=day.provisional if day else False,
    )
