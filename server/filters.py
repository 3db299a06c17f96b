"""How values are shown: times in China's zone, codes as words, countdowns as coloured chips."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request, url_for
from markupsafe import Markup

from audits import clocks, industries, letters
from server import assets
from server.labels import chip, label
from server.language import language, pick

ZONE = ZoneInfo("Asia/Shanghai")


def init_filters(app: Flask) -> None:
    """Make the filters and helpers known to the templates."""
    app.jinja_env.filters.update(
        when=when,
        day=day,
        iso=iso,
        label=label,
        chip=chip,
        local=local_name,
        size=size,
        number=number,
        time=time_tag,
        industry=industry,
        letter_kind=letter_kind,
        pause_reason=pause_reason,
    )
    app.jinja_env.globals.update(
        styles=assets.styles, scripts=assets.scripts, language=language, pick=pick, turned=turned, sorted_by=sorted_by
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def when(value: datetime | None) -> str:
    """Write a time in China's zone, "2026-01-31 10:00"."""
    return value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if value else ""


def day(value: date | datetime | str | None) -> str:
    """Write a day, "2026-01-31"."""
    if isinstance(value, datetime):
        return value.astimezone(ZONE).date().isoformat()
    return value.isoformat() if isinstance(value, date) else (value or "")


def iso(value: datetime | None) -> str:
    """Write a time for a program."""
    return value.isoformat().replace("+00:00", "Z") if value else ""


def time_tag(value: datetime | None) -> Markup:
    """Write a time for people and programs at once."""
    if value is None:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(iso(value), when(value))


def local_name(value: Any) -> str:
    """Give the name of a row in the language of the request: a region, an organisation, a task, a family."""
    if value is None:
        return ""
    return pick(str(getattr(value, "name", "")), str(getattr(value, "name_en", "")))


def industry(code: str) -> str:
    """Name a class of GB/T 4754 beside its code."""
    return f"{code} {industries.name(code, language())}".strip() if code else ""


def letter_kind(kind: str) -> str:
    """Name a kind of letter."""
    names = letters.KINDS.get(kind)
    return pick(*names) if names else kind


def pause_reason(key: str) -> str:
    """Name the reason for which a clock stands still."""
    found = clocks.reasons().get(key)
    return pick(*found.names) if found else key


def size(value: int) -> str:
    """Write a number of bytes."""
    if value < 1024:
        return f"{value} B"
    return f"{value / 1024:.0f} KB" if value < 1024 * 1024 else f"{value / 1024 / 1024:.1f} MB"


def number(value: Decimal | float | None) -> str:
    """Write a number without needless zeros."""
    if value is None:
        return ""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def turned(name: str, cursor: str | None) -> str:
    """Give the address of this page with its filters kept, and another cursor."""
    arguments = {**request.args.to_dict(), **(request.view_args or {}), name: cursor}
    return url_for(request.endpoint or "", **{key: value for key, value in arguments.items() if value})


def sorted_by(sort: str) -> str:
    """Give the address of this page with its filters kept, from its first page in another order."""
    arguments = {**request.args.to_dict(), **(request.view_args or {}), "sort": sort, "cursor": ""}
    return url_for(request.endpoint or "", **{key: value for key, value in arguments.items() if value})
