"""Kinds of matters (事项): read from data, their values checked, and put into words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import consultancies, deadlines, enterprises, legal_basis
from audits.models import Case
from workflows.db import storable
from workflows.errors import Invalid
from workflows.models import Organisation, Region

FARTHEST: Final = timedelta(days=36_525)
LONGEST: Final = {"text": 300, "lines": 2000}
Values = Mapping[str, Any]
Choices = list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a matter: names (zh, en), type, choices by key with their names."""

    key: str
    names: tuple[str, str]
    type: str
    required: bool
    options: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Limit:
    """How often and how long past the statutory day something is extended, in a region from a day on."""

    region: str
    since: date
    most: int
    longest: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of matter.

    ``raised_by``: enterprise, bureau. ``when``: the case runs, is qualified, or any. ``decider``: competent, province,
    list (who approved the list). ``steps`` come before the decision; ``letters`` by step and by outcome. ``withheld``:
    also what the enterprise raises is its own until it is decided.
    """

    key: str
    names: tuple[str, str]
    raised_by: tuple[str, ...]
    when: str
    decider: str
    steps: tuple[str, ...]
    evidence: bool
    facts: tuple[Field, ...]
    decision: tuple[Field, ...]
    letters: Mapping[str, str]
    limits: tuple[Limit, ...]
    source: str
    withheld: bool


@cache
def kinds() -> dict[str, Kind]:
    """Read the shipped kinds by key."""
    raw = json.loads(resources.files("audits").joinpath("data/matters.json").read_text(encoding="utf-8"))
    return {key: _kind(key, one) for key, one in raw.items()}


def _kind(key: str, one: Mapping[str, Any]) -> Kind:
    return Kind(
        key=key,
        names=(one["names"][0], one["names"][1]),
        raised_by=tuple(one["raised_by"]),
        when=one["when"],
        decider=one["decider"],
        steps=tuple(one["steps"]),
        evidence=one["evidence"],
        facts=tuple(_field(field) for field in one["facts"]),
        decision=tuple(_field(field) for field in one["decision"]),
        letters=one["letters"],
        limits=tuple(
            Limit(row["region"], date.fromisoformat(row["from"]), row["most"], row["longest"])
            for row in one.get("limits", ())
        ),
        source=one["source"],
        withheld=one.get("withheld", False),
    )


def _field(raw: Mapping[str, Any]) -> Field:
    options = {key: (names[0], names[1]) for key, names in raw.get("options", {}).items()}
    return Field(raw["key"], (raw["names"][0], raw["names"][1]), raw["type"], raw["required"], options)


def get(key: str) -> Kind:
    """Give a kind. Raises Invalid at ``kind``."""
    found = kinds().get(key)
    if found is None:
        raise Invalid(fields={"kind": ["unknown"]})
    return found


def limit(kind: Kind, region_path: str, day: date) -> Limit | None:
    """Give the limit of a region on a day: the nearest region's latest; None where none is set."""
    fitting = [
        one
        for one in kind.limits
        if one.since <= day and (not one.region or f"/{one.region}/" in region_path)
    ]  # fmt: skip
    return max(
        fitting, key=lambda one: (region_path.find(f"/{one.region}/") if one.region else -1, one.since), default=None
    )


def choices(session: Session, case: Case, field: Field, today: date) -> Choices:
    """Give what may be chosen for a field on a day: value, Chinese, English; empty where it is typed."""
    if field.type == "deadline":
        rows = deadlines.by_kind(session, case.id)
        return [(key, *deadlines.KINDS.get(key, (key, key))) for key, row in rows.items() if row.met_on is None]
    if field.type == "consultancy":
        offered = consultancies.choices(session, today)
        return [(one["value"], one["label"], one["label"]) for one in offered if one["value"] != case.consultancy_id]
    if field.type == "basis":
        return [(one.key, one.names["zh"], one.names["en"]) for one in legal_basis.versions()]
    return [(key, *names) for key, names in field.options.items()]


def clean(session: Session, case: Case, fields: Iterable[Field], given: Values, today: date) -> dict[str, Any]:
    """Check the values of some fields and give them clean: days as ISO text. Raises Invalid by field."""
    errors: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    for field in fields:
        text = storable(str(given.get(field.key) or "")).strip()
        if not text:
            if field.required:
                errors[field.key] = ["required"]
            continue
        fault = _fault(session, case, field, text, today)
        if fault:
            errors[field.key] = [fault]
        found[field.key] = enterprises.normalise_uscc(text) if field.type == "uscc" else text
    if errors:
        raise Invalid(fields=errors)
    return found


def _fault(session: Session, case: Case, field: Field, text: str, today: date) -> str | None:
    """Say what is wrong with a value."""
    if field.type == "day":
        return None if _is_day(text, today) else "bad_date"
    if field.type == "region":
        return None if session.get(Region, text) is not None else "bad_region"
    if field.type == "uscc":
        return None if enterprises.uscc_valid(enterprises.normalise_uscc(text)) else "bad_uscc"
    if field.type in LONGEST:
        return "too_long" if len(text) > LONGEST[field.type] else None
    return None if text in {value for value, _, _ in choices(session, case, field, today)} else "unknown"


def _is_day(text: str, today: date) -> bool:
    """Say whether a text is a day within the lifetime of what is judged: the year 9999 is a slip, and no clock runs to it."""
    try:
        return abs(date.fromisoformat(text) - today) <= FARTHEST
    except ValueError:
        return False


def in_words(session: Session, fields: Iterable[Field], values: Values, language: str = "zh") -> list[tuple[str, str]]:
    """Give name and value of each field that has one, in words."""
    english = language == "en"
    found = []
    for field in fields:
        text = str(values.get(field.key) or "")
        if not text:
            continue
        if field.type == "deadline":
            text = deadlines.KINDS.get(text, (text, text))[english]
        elif field.type == "consultancy":
            text = session.scalar(select(Organisation.name).where(Organisation.id == text)) or text
        elif field.type == "region":
            text = f"{session.scalar(select(Region.name).where(Region.code == text)) or ''} {text}".strip()
        elif field.type == "basis":
            text = legal_basis.by_key(text).names["en" if english else "zh"]
        elif text in field.options:
            text = field.options[text][english]
        found.append((field.names[english], text))
    return found
