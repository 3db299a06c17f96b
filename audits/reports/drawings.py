"""Charts and diagrams of a report as SVG: plain shapes and text, no script, no outside reference.

Every drawing is 640 units wide. Figures come in as Decimal and are written as they are; only lengths are rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape
from typing import Final

WIDTH: Final = 640
_INK, _SOFT, _BLUE, _PALE, _GREEN = "#1f2933", "#9aa5b1", "#2b6cb0", "#dbe7f3", "#2f855a"
_FONT: Final = "Noto Sans SC, Microsoft YaHei, sans-serif"


@dataclass(frozen=True, slots=True)
class Span:
    """A row of a Gantt chart."""

    label: str
    begin: date
    end: date


@dataclass(frozen=True, slots=True)
class Pair:
    """An indicator before and after."""

    label: str
    unit: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """A unit operation with what goes in and comes out."""

    label: str
    into: str
    out: str


def _svg(height: float, parts: Iterable[str]) -> str:
    size = f'width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{_FONT}">' + "".join(parts) + "</svg>"


def _text(x: float, y: float, words: str, size: int = 13, anchor: str = "start", colour: str = _INK) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(words)}</text>"


def _box(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}"'
    return f'<rect {shape} fill="{fill}" stroke="{stroke}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = _SOFT) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """Draw an arrow that points along one axis."""
    across, down = (x2 > x1) - (x2 < x1), (y2 > y1) - (y2 < y1)
    left = (x2 - 7 * across - 4 * down, y2 - 7 * down - 4 * across)
    right = (x2 - 7 * across + 4 * down, y2 - 7 * down + 4 * across)
    head = f"{x2:.1f},{y2:.1f} {left[0]:.1f},{left[1]:.1f} {right[0]:.1f},{right[1]:.1f}"
    return _line(x1, y1, x2, y2, _INK) + f'<polygon points="{head}" fill="{_INK}"/>'


def _wrapped(words: str, room: int) -> list[str]:
    """Break a text into lines of at most ``room`` Chinese characters; Latin ones count half."""
    lines, line, used = [], "", 0.0
    for character in words.replace("\n", " "):
        wide = 0.55 if ord(character) < 0x2E80 else 1.0
        if line and used + wide > room:
            lines.append(line)
            line, used = "", 0.0
        line += character
        used += wide
    return [*lines, line] if line else lines


def _paragraph(x: float, y: float, words: str, room: int, anchor: str = "start") -> str:
    lines = _wrapped(words, room)[:3]
    top = y - (len(lines) - 1) * 7.5 + 4.5
    return "".join(_text(x, top + 15 * at, line, 12, anchor) for at, line in enumerate(lines))


def gantt(spans: Sequence[Span]) -> str:
    """Draw a schedule: a row a line, a column a month."""
    first, last = min(one.begin for one in spans), max(one.end for one in spans)
    begin = first.replace(day=1)
    end = (last.replace(day=28).toordinal() + 4) if last.day > 1 else last.toordinal() + 1
    days = max(end - begin.toordinal(), 30)
    left, top, row = 190.0, 26.0, 26.0
    scale = (WIDTH - left - 10) / days
    parts, month, height = [], begin, top + row * len(spans) + 10
    many = days > 500
    while month.toordinal() < begin.toordinal() + days:
        x = left + (month.toordinal() - begin.toordinal()) * scale
        parts.append(_line(x, top - 4, x, height - 6, "#e4e7eb"))
        if x < WIDTH - 34 and (not many or month.month in {1, 4, 7, 10}):
            parts.append(_text(x + 2, top - 9, f"{month.year % 100:02d}.{month.month}", 10, colour="#52606d"))
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    for at, span in enumerate(spans):
        y = top + at * row
        x = left + (span.begin.toordinal() - begin.toordinal()) * scale
        width = (span.end.toordinal() - span.begin.toordinal() + 1) * scale
        label = _wrapped(span.label, 13)
        parts.append(_text(left - 8, y + 15, label[0] + ("…" if len(label) > 1 else ""), 12, "end"))
        parts.append(_box(x, y + 4, width, row - 10, _BLUE))
    return _svg(height, parts)


def before_after(pairs: Sequence[Pair]) -> str:
    """Draw each indicator before (100 %) and after; the figures stand beside the bars."""
    left, row, room = 170.0, 44.0, 280.0
    parts = [_box(left, 6, 12, 10, _SOFT), _text(left + 18, 15, "实施前", 11)]
    parts += [_box(left + 80, 6, 12, 10, _GREEN), _text(left + 98, 15, "实施后", 11)]
    for at, pair in enumerate(pairs):
        y, most = 26 + at * row, max(abs(pair.before), abs(pair.after)) or Decimal(1)
        label = f"{pair.label}（{pair.unit}）" if pair.unit else pair.label
        parts.append(_paragraph(left - 8, y + 17, label, 12, "end"))
        for offset, value, colour in ((2, pair.before, _SOFT), (19, pair.after, _GREEN)):
            width = float(abs(value) / most) * room
            parts.append(_box(left, y + offset, width, 14, colour))
            parts.append(_text(left + width + 6, y + offset + 11.5, f"{value:f}", 11))
    return _svg(30 + row * len(pairs), parts)


def columns(label: str, unit: str, values: Sequence[tuple[str, Decimal]]) -> str:
    """Draw one figure over some years."""
    most = max((abs(value) for _name, value in values), default=Decimal(1)) or Decimal(1)
    floor, tall = 190.0, 140.0
    wide = min(110.0, (WIDTH - 80) / max(len(values), 1) * 0.5)
    gap = (WIDTH - 80) / max(len(values), 1)
    parts = [_text(40, 18, f"{label}（{unit}）" if unit else label, 12), _line(40, floor, WIDTH - 40, floor, _INK)]
    for at, (name, value) in enumerate(values):
        x, height = 40 + gap * at + (gap - wide) / 2, float(abs(value) / most) * tall
        parts.append(_box(x, floor - height, wide, height, _BLUE))
        parts.append(_text(x + wide / 2, floor - height - 6, f"{value:f}", 11, "middle"))
        parts.append(_text(x + wide / 2, floor + 17, name, 12, "middle"))
    return _svg(floor + 28, parts)


def ranking(bars: Sequence[tuple[str, Decimal]]) -> str:
    """Draw weighted scores, the highest first."""
    ordered = sorted(bars, key=lambda bar: -bar[1])
    most = max((value for _name, value in ordered), default=Decimal(1)) or Decimal(1)
    parts = []
    for at, (name, value) in enumerate(ordered):
        y, width = 8 + at * 30.0, float(max(value, Decimal(0)) / most) * 360
        parts.append(_paragraph(172, y + 10, name, 13, "end"))
        parts.append(_box(180, y, width, 20, _BLUE if at == 0 else _SOFT))
        parts.append(_text(186 + width, y + 14.5, f"{value:f}", 12))
    return _svg(14 + 30 * len(ordered), parts)


def flow(steps: Sequence[Step]) -> str:
    """Draw a process: unit operations below each other, inputs from the left, outputs to the right."""
    row, middle, wide, high = 92.0, WIDTH / 2, 170.0, 46.0
    parts = []
    for at, step in enumerate(steps):
        y = 10 + at * row
        parts.append(_box(middle - wide / 2, y, wide, high, _PALE, _BLUE))
        parts.append(_paragraph(middle, y + high / 2, step.label, 12, "middle"))
        if step.into:
            parts.append(_paragraph(8, y + high / 2 - 2, step.into, 12))
            parts.append(_arrow(168, y + high / 2, middle - wide / 2, y + high / 2))
        if step.out:
            parts.append(_arrow(middle + wide / 2, y + high / 2, WIDTH - 168, y + high / 2))
            parts.append(_paragraph(WIDTH - 162, y + high / 2 - 2, step.out, 12))
        if at < len(steps) - 1:
            parts.append(_arrow(middle, y + high, middle, y + row))
    return _svg(20 + row * (len(steps) - 1) + high, parts)


def balance(name: str, unit: str, into: Sequence[tuple[str, Decimal]], out: Sequence[tuple[str, Decimal]]) -> str:
    """Draw a balance: bands as wide as their amounts, from the inputs through the focus to the outputs."""
    most = max(_sum(into), _sum(out)) or Decimal(1)
    gap, tall = 26.0, 150.0
    rows = max(len(into), len(out), 1)
    height = 40 + tall + gap * (rows - 1)
    middle = 20 + (height - 40 - tall) / 2
    parts = [*_bands(into, most, middle, tall, gap, left=True), *_bands(out, most, middle, tall, gap, left=False)]
    parts.append(_box(WIDTH / 2 - 55, middle, 110, tall, _BLUE))
    lines = _wrapped(name, 8)[:4]
    for at, line in enumerate(lines):
        y = middle + tall / 2 - (len(lines) - 1) * 8 + 16 * at
        parts.append(_text(WIDTH / 2, y, line, 13, "middle", "#ffffff"))
    if unit:
        parts.append(_text(WIDTH / 2, height - 4, f"单位：{unit}", 11, "middle", "#52606d"))
    return _svg(height, parts)


def _sum(entries: Iterable[tuple[str, Decimal]]) -> Decimal:
    return sum((abs(amount) for _label, amount in entries), Decimal(0))


def _bands(
    entries: Sequence[tuple[str, Decimal]], most: Decimal, middle: float, tall: float, gap: float, *, left: bool
) -> Iterable[str]:
    inner, outer = middle, 20.0
    for label, amount in entries:
        thick = max(float(abs(amount) / most) * tall, 1.0)
        near, far = (WIDTH / 2 - 55, 170.0) if left else (WIDTH / 2 + 55, WIDTH - 170.0)
        half = (near + far) / 2
        shape = (
            f"M{far:.1f},{outer:.1f} C{half:.1f},{outer:.1f} {half:.1f},{inner:.1f} {near:.1f},{inner:.1f} "
            f"L{near:.1f},{inner + thick:.1f} C{half:.1f},{inner + thick:.1f} {half:.1f},{outer + thick:.1f} "
            f"{far:.1f},{outer + thick:.1f} Z"
        )
        yield f'<path d="{shape}" fill="{_SOFT if left else _PALE}" stroke="{_SOFT}" stroke-width="0.6"/>'
        words = f"{label} {amount:f}"
        yield _paragraph(164 if left else WIDTH - 164, outer + thick / 2, words, 12, "end" if left else "start")
        inner, outer = inner + thick, outer + thick + gap
