"""The engine of the database and the one way to open a transaction."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar

import orjson
from sqlalchemy import Engine, Select, create_engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from workflows.errors import Conflict
from workflows.settings import Settings

T = TypeVar("T")


def make_engine(settings: Settings) -> Engine:
    """Open the database of the settings: SQLite with WAL and immediate write transactions, or PostgreSQL."""
    if not settings.is_sqlite:
        return create_engine(
            settings.database_url,
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            json_serializer=to_json,
            connect_args={"options": "-c lock_timeout=5s"},
        )
    engine = create_engine(
        settings.database_url,
        connect_args={"check_same_thread": False, "timeout": 10},
        json_serializer=to_json,
    )
    synchronous = "OFF" if settings.fast_and_unsafe else "FULL"

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "busy_timeout=10000", "foreign_keys=ON"):
            connection.execute("PRAGMA " + pragma)

    _take_turns(engine)
    return engine


_TURN_SECONDS = 5


def _take_turns(engine: Engine) -> None:
    """Let the writers of this process into SQLite one after the other, in the order in which they come.

    SQLite itself lets in whoever happens to look when it is free, so that one of many may look in vain for ten seconds.
    """
    line = _Line()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("readonly"):
            connection.exec_driver_sql("BEGIN")
            return
        connection.info["turn"] = line.enter(_TURN_SECONDS)
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            _end(connection)
            raise

    @event.listens_for(engine, "commit")
    @event.listens_for(engine, "rollback")
    def _end(connection: Any) -> None:
        if connection.info.pop("turn", False):
            line.leave()

    @event.listens_for(engine, "checkin")
    def _returned(_wire: Any, record: Any) -> None:
        if record.info.pop("turn", False):
            line.leave()


class _Line:
    """A lock that is passed on in the order of asking."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._held = False

    def enter(self, seconds: float) -> bool:
        """Wait for one's turn; False when it does not come in time."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        if gate.acquire(timeout=seconds):
            return True
        with self._guard:
            if gate in self._waiting:
                self._waiting.remove(gate)
                return False
        return True  # it came in the very moment

    def leave(self) -> None:
        """Let the next one in."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Give the factory of sessions; rows stay readable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """Open one transaction: commit once at the end, roll everything back on any exception."""
    with sessions() as session, session.begin():
        yield session


@contextmanager
def reading(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """Open a session that only reads; on SQLite it takes no write lock."""
    with sessions() as session:
        session.connection(execution_options={"readonly": True})
        yield session
        session.rollback()


def to_json(value: Any) -> str:
    """Write a JSON column. Decimals become number text, digit by digit; times and dates ISO text."""
    return orjson.dumps(value, default=_number, option=orjson.OPT_NON_STR_KEYS).decode()


def _number(value: object) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no place in a JSON column")


def storable(value: Any) -> Any:
    """Give a value without what no database takes: lone surrogates and zero characters."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "")
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(inner) for inner in value]
    return value


# sqlite3's primary result codes: busy, locked, I/O error, disk full, cannot open.
_SQLITE_AWAY = {5, 6, 10, 13, 14}


def held(session: Session, query: Select[T]) -> T | None:
    """Read a row, fresh, by a query that locks it; raises Conflict ``busy`` where somebody else holds it too long."""
    try:
        return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == "55P03":
            raise Conflict("busy") from error
        raise


def is_away(error: DBAPIError) -> bool:
    """Say whether the database is away or busy, so that the same transaction may succeed later."""
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_AWAY
    return isinstance(error, (OperationalError, InterfaceError))
