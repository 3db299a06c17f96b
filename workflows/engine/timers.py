"""ISO-8601 dates, durations and cycles, as modelers write them, to due times in UTC.

Naive times are in the definition's zone. Months clamp: 31 January + P1M is the last of February. Cycle *k* is
anchor + *k* x period, so that clamping never drifts.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

#: The smallest part may have a fraction.
_DURATION = re.compile(
    r"(?P<sign>-)?P(?=\d|T\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+(?:[.,]\d+(?=W\Z))?)W)?"
    r"(?:(?P<days>\d+(?:[.,]\d+(?=D\Z))?)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+(?:[.,]\d+(?=H\Z))?)H)?(?:(?P<minutes>\d+(?:[.,]\d+(?=M\Z))?)M)?"
    r"(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?\Z"
)
_CYCLE = re.compile(r"R(?P<count>\d*|-1)/(?:(?P<start>[^/]+)/)?(?P<period>[^/]+)\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
#: FEEL writes a named zone after the offset: 2026-03-01T09:00:00@Asia/Shanghai.
_ZONED = re.compile(r"(?P<moment>[^@]+)@(?P<zone>[\w/+\-]+)\Z")


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months and days, and exact hours, all of one sign."""

    months: int
    days: int
    exact: timedelta

    def after(self, start: datetime, zone: ZoneInfo, times: int = 1) -> datetime:
        """Add the duration ``times`` times to an aware moment.

        Months and days move on the local calendar; hours, minutes and seconds are exact.
        """
        local = start.astimezone(zone)
        month = local.month - 1 + self.months * times
        year, month = local.year + month // 12, month % 12 + 1
        if not 1 <= year <= 9998:
            raise ValueError("the moment is out of range")
        day = min(local.day, calendar.monthrange(year, month)[1])
        moved = local.replace(year=year, month=month, day=day) + timedelta(days=self.days * times)
        return moved.astimezone(UTC) + self.exact * times


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repetition: ``count`` firings (None: without end), from ``start`` or from the moment it is armed."""

    count: int | None
    start: str | None
    period: Duration


def duration(text: str) -> Duration:
    """Read an ISO-8601 duration; raises ValueError or OverflowError."""
    match = _DURATION.match(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration")
    given = {key: value for key, value in match.groupdict().items() if value and key != "sign"}
    number = {key: float(value.replace(",", ".")) for key, value in given.items()}
    sign = -1 if match["sign"] else 1
    months = int(number.get("years", 0) * 12 + number.get("months", 0))
    whole, part = divmod(number.get("weeks", 0) * 7 + number.get("days", 0), 1)
    days, hours = int(whole), number.get("hours", 0) + 24 * part
    exact = timedelta(hours=hours, minutes=number.get("minutes", 0), seconds=number.get("seconds", 0))
    return Duration(sign * months, sign * days, sign * exact)


def cycle(text: str) -> Cycle:
    """Read an ISO-8601 repetition ``R[n]/[start/]period``, or a bare period; raises ValueError.

    Without a number, or with -1, it has no end. One that never fires is none.
    """
    text = text.strip()
    if not text.startswith("R"):
        return Cycle(None, None, _positive(duration(text)))
    match = _CYCLE.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a cycle")
    count = int(match["count"]) if match["count"] not in ("", "-1") else None
    if count == 0:
        raise ValueError("a cycle fires at least once")
    return Cycle(count, match["start"], _positive(duration(match["period"])))


def _positive(period: Duration) -> Duration:
    if period.months <= 0 and period.days <= 0 and period.exact <= timedelta(0):
        raise ValueError("a cycle needs a positive period")
    return period


def moment(value: Any, zone: str, *, end_of_day: bool = False) -> datetime:
    """Read an ISO date or date-time as a moment in UTC; raises ValueError.

    A date alone is the first moment of that day, or with ``end_of_day`` the last second of it.
    """
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a date")  # noqa: TRY004 - a caller asks for one error
    text = value.strip()
    place = ZoneInfo(zone)
    if _DATE.match(text):
        day = date.fromisoformat(text)
        return datetime.combine(day, time(23, 59, 59) if end_of_day else time(), place).astimezone(UTC)
    zoned = _ZONED.match(text)
    if zoned is not None:
        text, place = zoned["moment"], ZoneInfo(zoned["zone"])
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=place)).astimezone(UTC)


def due(kind: str, value: Any, anchor: datetime, zone: str) -> datetime:
    """Give the due time of a timer armed at ``anchor``; raises ValueError."""
    if kind == "timeDate":
        return moment(value, zone)
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a {kind}")  # noqa: TRY004 - a caller asks for one error
    if kind == "timeDuration":
        return duration(value).after(anchor, ZoneInfo(zone))
    found = cycle(value)
    if found.start is not None:
        return moment(found.start, zone)
    return found.period.after(anchor, ZoneInfo(zone))


def next_due(text: str, anchor: datetime, fired: int, now: datetime, zone: str) -> tuple[int, datetime] | None:
    """Give the number and the due time of the next firing of a cycle; None when it is used up.

    ``fired`` firings are done (at least one). Missed ones fire once: the next is the first that lies in the future.
    A counted cycle counts the missed.
    """
    found = cycle(text)
    place = ZoneInfo(zone)
    first = moment(found.start, zone) if found.start is not None else found.period.after(anchor, place)
    number = max(fired, _whole_periods(found.period, first, now))
    origin, ahead = (first, 0) if found.start is not None else (anchor, 1)
    while True:
        if found.count is not None and number >= found.count:
            return None
        at = found.period.after(origin, place, number + ahead) if number + ahead else first
        if at > now:
            return number, at
        number += 1


def _whole_periods(period: Duration, first: datetime, now: datetime) -> int:
    """Give a lower bound of the periods between, so that a long sleep is not walked step by step."""
    longest = timedelta(days=31 * period.months + period.days, hours=2) + period.exact
    return max(0, int((now - first) / longest)) if now > first else 0


def deadline(value: Any, now: datetime, zone: str) -> datetime:
    """Give a task's due time: an ISO date (its whole day counts), a date-time, or a duration from now."""
    if isinstance(value, str) and value.strip().lstrip("-").startswith("P"):
        return duration(value).after(now, ZoneInfo(zone))
    return moment(value, zone, end_of_day=True)
