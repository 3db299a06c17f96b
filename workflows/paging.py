"""Keyset paging: every list is read a page at a time, from where the last one ended."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflows.errors import Invalid

T = TypeVar("T")
R = TypeVar("R")
MOST = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of what follows (None at the end)."""

    items: list[T]
    next_cursor: str | None

    def map(self, change: Callable[[T], R]) -> Page[R]:
        """Give the page with every row changed."""
        return Page([change(item) for item in self.items], self.next_cursor)


def keyset(
    session: Session,
    query: Select[Any],
    columns: Sequence[InstrumentedAttribute[Any]],
    cursor: str | None,
    limit: int,
    *,
    descending: bool = False,
    key: Callable[[Any], Sequence[Any]] | None = None,
) -> Page[Any]:
    """Read a page of a query ordered by ``columns`` (not null; the last one unique).

    A query of one entity gives entities, of several gives rows; ``key`` reads the columns' values from one, by default
    attributes of their names on the first entity. Raises Invalid ``bad_cursor``.
    """
    limit = max(1, min(limit, MOST))
    if cursor:
        query = query.where(_after(columns, decode(cursor, len(columns)), descending=descending))
    query = query.order_by(*(column.desc() if descending else column for column in columns)).limit(limit + 1)
    single = len(query.column_descriptions) == 1
    rows: list[Any] = list(session.scalars(query)) if single else list(session.execute(query).all())
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    values = key(last) if key else [getattr(last if single else last[0], column.key) for column in columns]
    return Page(rows[:limit], encode(values))


def encode(values: Sequence[Any]) -> str:
    """Write the values of a last row as an opaque cursor."""
    return base64.urlsafe_b64encode(orjson.dumps([_plain(value) for value in values])).decode().rstrip("=")


def decode(cursor: str, length: int) -> list[Any]:
    """Read a cursor; Invalid ``bad_cursor`` on anything that we did not write."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise Invalid("bad_cursor") from error
    if not isinstance(values, list) or len(values) != length:
        raise Invalid("bad_cursor")
    try:
        return [_value(value) for value in values]
    except ValueError as error:
        raise Invalid("bad_cursor") from error


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    return {"d": value.isoformat()} if isinstance(value, date) else value


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "t" in value:
        return datetime.fromisoformat(str(value["t"]))
    return date.fromisoformat(str(value.get("d")))


def _after(columns: Sequence[Any], values: Sequence[Any], *, descending: bool) -> ColumnElement[bool]:
    steps = []
    for place, (column, value) in enumerate(zip(columns, values, strict=True)):
        same = [earlier == known for earlier, known in zip(columns[:place], values[:place], strict=True)]
        steps.append(and_(*same, column < value if descending else column > value))
    return or_(*steps)
