"""What one command opened and took away, and the trail it wrote. What comes and goes within it never shows."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from workflows.engine.step import (
    Changes,
    ClosedTask,
    Event,
    Job,
    MovedTask,
    OpenedTask,
    Subscription,
    TaskEnd,
    Thrown,
    Timer,
)


class HasId(Protocol):
    """Anything that is known by a public id."""

    @property
    def id(self) -> str:
        """The public id."""


_NOTHING: Changes[Any] = Changes()
T = TypeVar("T", bound=HasId)


class Book(Generic[T]):
    """What was added, and the ids of what was removed."""

    def __init__(self) -> None:
        self.added: dict[str, T] = {}
        self.removed: list[str] = []

    def add(self, item: T) -> None:
        """Note something new."""
        self.added[item.id] = item

    def remove(self, key: str) -> None:
        """Note that something is gone; what was added by this very command leaves no trace."""
        if self.added.pop(key, None) is None:
            self.removed.append(key)

    def changes(self) -> Changes[T]:
        """Give both as values."""
        return Changes(tuple(self.added.values()), tuple(self.removed)) if self.added or self.removed else _NOTHING


class Ledger:
    """The books of one command."""

    def __init__(self) -> None:
        self.opened: dict[str, OpenedTask] = {}
        self.closed: list[ClosedTask] = []
        self.moved: list[MovedTask] = []
        self.jobs: Book[Job] = Book()
        self.timers: Book[Timer] = Book()
        self.subscriptions: Book[Subscription] = Book()
        self.thrown: list[Thrown] = []
        self.events: list[Event] = []

    def close(self, key: str, element: str, why: TaskEnd) -> None:
        """Note that a task waits no longer."""
        if self.opened.pop(key, None) is None:
            self.closed.append(ClosedTask(key, element, why))
