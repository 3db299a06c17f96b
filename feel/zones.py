"""Wall clocks of named zones for the interpreter, which has no tables of its own."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import orjson

_NAMED = re.compile(r"\b[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_+\-0-9]+){1,2}")
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)


def named(text: str) -> frozenset[str]:
    """Give what looks like the name of a zone in a text."""
    return frozenset(_NAMED.findall(text)) if "/" in text else frozenset()


@lru_cache(maxsize=64)
def transitions(name: str) -> str | None:
    """Give the offsets of a zone from 1900 to 2100 as JSON ``[[seconds since 1970, offset in seconds], ...]``.

    None for a name that is no zone.
    """
    try:
        zone = ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
    at, offset = _FIRST, _offset(_FIRST, zone)
    found = [(_seconds(at), offset)]
    while at < _LAST:
        after = at + _STEP
        changed = _offset(after, zone)
        if changed != offset:
            found.append((_change(at, after, zone), changed))
        at, offset = after, changed
    return orjson.dumps(found).decode()


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    return round((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def _seconds(moment: datetime) -> int:
    return round(moment.timestamp())


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> int:
    """Give the first second with the later offset."""
    low, high, wanted = _seconds(before), _seconds(after), _offset(after, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(datetime.fromtimestamp(middle, UTC), zone) == wanted else (middle, high)
    return high
