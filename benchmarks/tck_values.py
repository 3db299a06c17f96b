"""Values of the DMN TCK: read from its XML, and compared with what a decision gave.

Dates, times and durations stay ISO text, as they cross into FEEL and out of it.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_SPAN = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?\Z"
)
_CLOCK = re.compile(r"(?P<date>-?\d+-\d\d-\d\d)?T?(?P<time>\d\d:\d\d(?::\d\d)?(?:\.\d+)?)(?P<zone>Z|@.+|[+-][\d:]+)?\Z")


def local(node: ET.Element) -> str:
    """Give the tag without its namespace."""
    return node.tag.rpartition("}")[2]


def read(node: ET.Element) -> Any:
    """Give the value within an inputNode, expected, component or item."""
    parts = [item for item in node if local(item) == "component"]
    if parts:
        return {item.get("name", ""): read(item) for item in parts}
    for item in node:
        if local(item) == "list":
            nil = item.get(f"{_XSI}nil") == "true"
            return None if nil else [read(one) for one in item if local(one) == "item"]
        if local(item) == "value":
            return _value(item)
    return None


def _value(node: ET.Element) -> Any:
    if node.get(f"{_XSI}nil") == "true":
        return None
    kind, text = node.get(f"{_XSI}type", "").rpartition(":")[2], node.text or ""
    if kind in ("decimal", "double", "integer", "int", "long", "float"):
        number = float(text)
        return int(text) if re.fullmatch(r"[+-]?\d+", text.strip()) else number
    if kind == "boolean":
        return text.strip() == "true"
    return text if kind == "string" else text.strip()


def same(given: Any, wanted: Any) -> bool:
    """Compare by value: numbers to eight places as doubles go, durations by length, times by moment and zone."""
    if isinstance(given, bool) or isinstance(wanted, bool) or given is None or wanted is None:
        return given is wanted
    if isinstance(given, int | float) and isinstance(wanted, int | float):
        return math.isclose(given, wanted, rel_tol=1e-8, abs_tol=1e-8)
    if isinstance(given, list) and isinstance(wanted, list):
        return len(given) == len(wanted) and all(map(same, given, wanted))
    if isinstance(given, dict) and isinstance(wanted, dict):
        return given.keys() == wanted.keys() and all(same(value, wanted[key]) for key, value in given.items())
    if isinstance(given, str) and isinstance(wanted, str):
        return given == wanted or _canonical(given) == _canonical(wanted) is not None
    return False


def _canonical(text: str) -> Any:
    """Give what an ISO text means, or None when it is none."""
    span = _SPAN.match(text)
    if span and text.strip("-P"):
        parts = {name: float(value) for name, value in span.groupdict("0").items() if name != "sign"}
        seconds = ((parts["days"] * 24 + parts["hours"]) * 60 + parts["minutes"]) * 60 + parts["seconds"]
        sign = -1 if span["sign"] else 1
        return "span", sign * (parts["years"] * 12 + parts["months"]), sign * seconds
    clock = _CLOCK.match(text)
    if clock is None:
        return None
    time = clock["time"] + (":00" if clock["time"].count(":") == 1 else "")
    whole, _, fraction = time.partition(".")
    return "clock", clock["date"], whole, float(f"0.{fraction or 0}"), _offset(clock["zone"], clock["date"], whole)


def _offset(zone: str | None, date: str | None, time: str) -> str | None:
    if zone is None:
        return None
    if zone.startswith("@"):
        if date is not None and len(date) != 10:
            return zone
        offset = (
            datetime.fromisoformat(f"{date or '1970-01-01'}T{time}").replace(tzinfo=ZoneInfo(zone[1:])).strftime("%z")
        )
        return f"{offset[:3]}:{offset[3:5]}"
    return "+00:00" if zone == "Z" else zone
