"""Pages by key, not by offset: an opaque cursor names the last row shown, so that a page never skips or repeats."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflows.errors import Invalid
from workflows.models import UtcDateTime

T = TypeVar("T")
Query = Select[*tuple[Any, ...]]
CEILING = 1000
LARGEST = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the cursor of the next ones (None at the end)."""

    items: tuple[T, ...]
    next_cursor: str | None = None


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
