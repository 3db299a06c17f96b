"""Pages by key, not by offset: an opaque cursor names the last row shown, so that a page never skips or repeats."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflows.errors import Invalid
from workflows.models import UtcDateTime

T = TypeVar("T")
R = TypeVar("R")
Query = Select[*tuple[Any, ...]]
CEILING = 1000
_INTEGER = 2**31 - 1
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next ones (None at the end)."""

    items: tuple[T, ...]
    next_cursor: str | None = None

    def map(self, change: Callable[[T], R]) -> Page[R]:
        """Give the page with every row changed."""
        return Page(tuple(change(item) for item in self.items), self.next_cursor)


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: a column that is never null, its id column for ties, and its direction."""

    name: str
    column: ColumnElement[Any] | InstrumentedAttribute[Any]
    tie: ColumnElement[Any] | InstrumentedAttribute[Any]
    descending: bool = False


def read(
    session: Session, query: Query, sort: Sort, cursor: str | None, limit: int
) -> tuple[Sequence[Row[*tuple[Any, ...]]], str | None]:
    """Read one page. Each row has the sort value and the id as its last two columns. Invalid for a foreign cursor."""
    limit = max(1, min(limit, LARGEST))
    if cursor:
        query = query.where(_beyond(sort, *_decode(sort, cursor)))
    order = (sort.column.desc(), sort.tie.desc()) if sort.descending else (sort.column.asc(), sort.tie.asc())
    rows = session.execute(query.add_columns(sort.column, sort.tie).order_by(*order).limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], _encode(sort.name, rows[limit - 1][-2], rows[limit - 1][-1])


def keyset(
    session: Session,
    query: Query,
    columns: Sequence[InstrumentedAttribute[Any]],
    cursor: str | None,
    limit: int,
    *,
    descending: bool = False,
    key: Callable[[Any], Sequence[Any]] | None = None,
) -> Page[Any]:
    """Read a page of a query ordered by several columns (none null, the last one unique).

    A query of one entity gives entities, of several gives rows; ``key`` reads the columns' values from one, by default
    attributes of their names on the first entity. Raises Invalid ``cursor`` for a foreign cursor.
    """
    limit = max(1, min(limit, LARGEST))
    if cursor:
        query = query.where(_after(columns, _values(cursor, columns), descending=descending))
    query = query.order_by(*(column.desc() if descending else column for column in columns)).limit(limit + 1)
    single = len(query.column_descriptions) == 1
    rows: list[Any] = list(session.scalars(query)) if single else list(session.execute(query).all())
    if len(rows) <= limit:
        return Page(tuple(rows))
    last = rows[limit - 1]
    values = key(last) if key else [getattr(last if single else last[0], column.key) for column in columns]
    return Page(tuple(rows[:limit]), base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("="))


def _values(cursor: str, columns: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    try:
        raw = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        pairs = list(zip(columns, raw, strict=True))
        return [_typed(column.type.python_type, value) for column, value in pairs]
    except (ValueError, TypeError, binascii.Error):
        raise Invalid("cursor") from None


def _typed(kind: type[Any], value: Any) -> Any:
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment
    if kind is date:
        return date.fromisoformat(value)
    if not isinstance(value, kind) or (isinstance(value, int) and abs(value) > _INTEGER) or "\x00" in str(value):
        raise TypeError(value)
    return value


def _after(columns: Sequence[Any], values: Sequence[Any], *, descending: bool) -> ColumnElement[bool]:
    steps = []
    for place, (column, value) in enumerate(zip(columns, values, strict=True)):
        same = [earlier == known for earlier, known in zip(columns[:place], values[:place], strict=True)]
        steps.append(and_(*same, column < value if descending else column > value))
    return or_(*steps)


def count(session: Session, query: Query, ceiling: int = CEILING) -> int:
    """Count the rows of a query, but not beyond ``ceiling + 1``, which means "more than"."""
    some = query.with_only_columns(literal(1)).order_by(None).limit(ceiling + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def shown(number: int, ceiling: int = CEILING) -> str:
    """Write a count as people see it: "1000+" beyond the ceiling."""
    return f"{ceiling}+" if number > ceiling else str(number)


def _beyond(sort: Sort, value: Any, identity: Any) -> ColumnElement[bool]:
    if sort.descending:
        return or_(sort.column < value, and_(sort.column == value, sort.tie < identity))
    return or_(sort.column > value, and_(sort.column == value, sort.tie > identity))


def _encode(name: str, value: Any, identity: Any) -> str:
    kind = "time" if isinstance(value, datetime) else "plain"
    return base64.urlsafe_b64encode(orjson.dumps([name, kind, value, identity])).decode().rstrip("=")


def _decode(sort: Sort, cursor: str) -> tuple[Any, Any]:
    try:
        found, kind, value, identity = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = datetime.fromisoformat(value) if kind == "time" else value
    except (ValueError, TypeError, binascii.Error):
        raise Invalid("cursor") from None
    timely = isinstance(sort.column.type, UtcDateTime)
    fits = isinstance(value, datetime) and value.tzinfo is not None if timely else isinstance(value, (str, int))
    if found != sort.name or not fits or not isinstance(identity, (str, int)):
        raise Invalid("cursor")
    return value, identity
