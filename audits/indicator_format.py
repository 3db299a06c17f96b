"""What a definition of an indicator system must look like, and where it does not: docs/reference/indicator-systems.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from audits import indicator_workbook
from audits.levels import BELOW, LEVELS
from audits.rounding import number
from workflows.errors import Invalid

FORMAT: Final = "qingshen-indicator-system-1"
KINDS: Final = frozenset({"at_most", "at_least", "range", "choice"})
SECTORS: Final = frozenset({"industry", "farming", "services"})
LARGEST: Final = 1_000_000  # bytes
MOST: Final = 500  # indicators
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
_INDUSTRY: Final = re.compile(r"\d{2,4}\Z")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``place`` is a path into the definition, ``code`` says what is wrong."""

    place: str
    code: str


def parse(content: bytes) -> tuple[dict[str, Any], list[Fault]]:
    """Read a definition, JSON or a workbook, and give it with its faults; ``{}`` where it is neither.

    The place of a fault is a path into the definition, of a workbook the cell.
    """
    if len(content) > LARGEST:
        return {}, [Fault("", "too_large")]
    if content[:2] == b"PK":
        return _workbook(content)
    try:
        made = json.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, RecursionError):
        return {}, [Fault("", "not_json")]
    except json.JSONDecodeError as error:
        return {}, [Fault(f"line {error.lineno}, column {error.colno}", "not_json")]
    if not isinstance(made, dict):
        return {}, [Fault("", "not_an_object")]
    return made, list(faults(made))


def _workbook(content: bytes) -> tuple[dict[str, Any], list[Fault]]:
    try:
        found = indicator_workbook.read(content, FORMAT)
    except Invalid:
        return {}, [Fault("", "not_a_workbook")]
    told = dict(found.faults)
    if not told:
        for one in faults(found.made):
            told.setdefault(found.cell(one.place), one.code)
    return found.made, [Fault(place, code) for place, code in told.items()]


def faults(made: Mapping[str, Any]) -> Iterator[Fault]:
    """Give every fault of a definition."""
    if made.get("format") != FORMAT:
        yield Fault("format", "unknown_format")
    if not _KEY.match(str(made.get("key") or "")):
        yield Fault("key", "bad_key")
    version = made.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= 20:
        yield Fault("version", "required")
    yield from _title(made, "title")
    if not str(made.get("source") or "").strip():
        yield Fault("source", "required")
    if not isinstance(made.get("verified"), bool):
        yield Fault("verified", "yes_or_no")
    if str(made.get("sector", "industry")) not in SECTORS:
        yield Fault("sector", "unknown")
    yield from _industries(made.get("industries"))
    yield from _days(made)
    yield from _names(made.get("level_names"))
    yield from _verdict(made.get("verdict"))
    yield from _groups(made.get("groups"))


def _title(made: Mapping[str, Any], place: str) -> Iterator[Fault]:
    title = made.get("title")
    for language in ("zh", "en"):
        text = title.get(language) if isinstance(title, Mapping) else None
        if not isinstance(text, str) or not 0 < len(text.strip()) <= 200:
            yield Fault(f"{place}.{language}", "required")


def _industries(found: Any) -> Iterator[Fault]:
    if not isinstance(found, list) or not found:
        yield Fault("industries", "required")
        return
    for place, code in enumerate(found):
        if not isinstance(code, str) or not _INDUSTRY.match(code) or not code.strip("0"):
            yield Fault(f"industries[{place}]", "bad_industry")


def _days(made: Mapping[str, Any]) -> Iterator[Fault]:
    days = {}
    for name in ("from", "until"):
        if name == "until" and made.get(name) is None:
            continue
        try:
            days[name] = date.fromisoformat(str(made.get(name)))
        except ValueError:
            yield Fault(name, "bad_date")
    if len(days) == 2 and days["until"] < days["from"]:
        yield Fault("until", "before_since")


def _names(found: Any) -> Iterator[Fault]:
    for level in (*LEVELS, BELOW):
        names = found.get(level) if isinstance(found, Mapping) else None
        for language in ("zh", "en"):
            if not isinstance(names, Mapping) or not str(names.get(language) or "").strip():
                yield Fault(f"level_names.{level}.{language}", "required")


def _verdict(found: Any) -> Iterator[Fault]:
    rules = found if isinstance(found, Mapping) else {}
    thresholds = rules.get("thresholds")
    for level in LEVELS:
        value = number(thresholds.get(level)) if isinstance(thresholds, Mapping) else None
        if value is None or not 0 <= value <= 100:
            yield Fault(f"verdict.thresholds.{level}", "not_a_percentage")
    others = rules.get("others_at_least", {})
    if not isinstance(others, Mapping) or any(one not in LEVELS for pair in others.items() for one in pair):
        yield Fault("verdict.others_at_least", "unknown_level")
    if rules.get("new_projects_until") not in (None, *LEVELS):
        yield Fault("verdict.new_projects_until", "unknown_level")


def _groups(found: Any) -> Iterator[Fault]:
    groups = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    if not groups or not isinstance(found, list) or len(groups) != len(found):
        yield Fault("groups", "required")
        return
    seen: set[str] = set()
    yield from _weights(groups, "groups")
    for place, group in enumerate(groups):
        where = f"groups[{place}]"
        yield from _key_of(group, where, seen)
        yield from _title(group, f"{where}.title")
        indicators = group.get("indicators")
        if not isinstance(indicators, list) or not indicators or not all(isinstance(x, Mapping) for x in indicators):
            yield Fault(f"{where}.indicators", "required")
            continue
        yield from _weights(indicators, f"{where}.indicators")
        for number_, one in enumerate(indicators):
            inner = f"{where}.indicators[{number_}]"
            yield from _key_of(one, inner, seen)
            yield from _indicator(one, inner)
    if len(seen) > MOST:
        yield Fault("groups", "too_many")


def _key_of(one: Mapping[str, Any], where: str, seen: set[str]) -> Iterator[Fault]:
    key = str(one.get("key") or "")
    if not _KEY.match(key):
        yield Fault(f"{where}.key", "bad_key")
    elif key in seen:
        yield Fault(f"{where}.key", "twice")
    seen.add(key)


def _weights(parts: list[Any], where: str) -> Iterator[Fault]:
    whole = Fraction(0)
    for place, one in enumerate(parts):
        weight = number(one.get("weight"))
        if weight is None or not 0 < weight <= 1:
            yield Fault(f"{where}[{place}].weight", "not_a_weight")
            return
        whole += Fraction(weight)
    if whole != 1:
        yield Fault(where, "weights_are_not_one")


def _indicator(one: Mapping[str, Any], where: str) -> Iterator[Fault]:
    yield from _title(one, f"{where}.title")
    if not isinstance(one.get("limiting", False), bool):
        yield Fault(f"{where}.limiting", "yes_or_no")
    kind = str(one.get("kind"))
    if kind not in KINDS:
        yield Fault(f"{where}.kind", "unknown_kind")
    elif kind == "choice":
        yield from _options(one.get("options"), where)
    else:
        yield from _limits(kind, one.get("levels"), where)


def _options(found: Any, where: str) -> Iterator[Fault]:
    if not isinstance(found, list) or not found:
        yield Fault(f"{where}.options", "required")
        return
    seen: set[str] = set()
    for place, option in enumerate(found):
        inner = f"{where}.options[{place}]"
        if not isinstance(option, Mapping):
            yield Fault(inner, "not_an_object")
            continue
        yield from _key_of(option, inner, seen)
        yield from _title(option, f"{inner}.title")
        if option.get("level") not in (*LEVELS, BELOW):
            yield Fault(f"{inner}.level", "unknown_level")


def _limits(kind: str, found: Any, where: str) -> Iterator[Fault]:
    levels = found if isinstance(found, Mapping) else {}
    bounds: list[tuple[Any, Any]] = []
    for level in LEVELS:
        limit = levels.get(level)
        pair = limit if kind == "range" else [limit, limit]
        numbers = [number(value) for value in pair] if isinstance(pair, list) and len(pair) == 2 else [None]
        if any(value is None for value in numbers) or (kind == "range" and numbers[0] > numbers[1]):  # type: ignore[operator]
            yield Fault(f"{where}.levels.{level}", "bad_number")
            return
        bounds.append((numbers[0], numbers[1]))
    for level, better, worse in zip(LEVELS[1:], bounds, bounds[1:], strict=False):
        rises = worse[1] < better[1] if kind in {"at_most", "range"} else worse[0] > better[0]
        if rises or (kind == "range" and worse[0] > better[0]):
            yield Fault(f"{where}.levels.{level}", "stricter_than_better")
