"""The schedule of options as a drawing: planned and actual bars over months. The table beside it says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from audits.models import Option
from audits.options import late

WIDTH, LABEL, LINE = 960, 200, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the drawing; a bar is its left edge and its width, None where no days are known."""

    code: str
    name: str
    top: int
    planned: tuple[float, float] | None
    actual: tuple[float, float] | None
    late: bool


@dataclass(frozen=True, slots=True)
class Gantt:
    """The drawing: its size, the first days of months with their place, today's place, and the bars."""

    height: int
    months: tuple[tuple[float, str], ...]
    today: float | None
    bars: tuple[Bar, ...]


def gantt(rows: Sequence[Option], today: date) -> Gantt | None:
    """Draw options that have days; None where none has."""
    spans = [
        (row, _span(row.planned_start, row.planned_end), _span(row.begun_on, row.finished_on or _going(row, today)))
        for row in rows
    ]
    days = [day for _, planned, actual in spans for span in (planned, actual) if span for day in span]
    if not days:
        return None
    first, last = min(days).replace(day=1), max(days)
    scale = (WIDTH - LABEL) / max(1, (last - first).days + 1)

    def place(day: date) -> float:
        return round(LABEL + (day - first).days * scale, 1)

    def bar(span: tuple[date, date] | None) -> tuple[float, float] | None:
        return (place(span[0]), max(3.0, round(((span[1] - span[0]).days + 1) * scale, 1))) if span else None

    shown = [item for item in spans if item[1] or item[2]]
    bars = tuple(
        Bar(row.code, row.name, 24 + number * LINE, bar(planned), bar(actual), late(row, today))
        for number, (row, planned, actual) in enumerate(shown)
    )
    months = tuple((place(day), day.strftime("%Y-%m")) for day in _months(first, last))
    return Gantt(24 + len(bars) * LINE + 6, months, place(today) if first <= today <= last else None, bars)


def _span(start: date | None, end: date | None) -> tuple[date, date] | None:
    if start is None and end is None:
        return None
    return (start or end or date.min, max(start or end or date.min, end or start or date.min))


def _going(row: Option, today: date) -> date | None:
    return today if row.status == "running" and row.begun_on and row.begun_on <= today else None


def _months(first: date, last: date) -> list[date]:
    """Give the first days of months, every third where there are many."""
    found, day = [], first
    while day <= last:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found if len(found) <= 12 else found[:: 1 + len(found) // 12]
