"""A token: SpiffWorkflow's task, without its wall clock, its logging, its random id and its list of children."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.errors import Conflict

if TYPE_CHECKING:
    from workflows.engine.scope import Scope
    from workflows.engine.specs.base import Element

FINISHED: int = TaskState.FINISHED_MASK
FUTURE: int = TaskState.FUTURE
WAITING: int = TaskState.WAITING
READY: int = TaskState.READY
STARTED: int = TaskState.STARTED
COMPLETED: int = TaskState.COMPLETED
CANCELLED: int = TaskState.CANCELLED


class Token(Task):
    """One token at one element.

    ``number`` is the instance's sequence number, and Spiff's ``id``. ``data`` holds the variables the token sees; values
    are never changed in place, so that tokens share them. ``writes`` says for each variable when (sequence number) it was written: what is
    in ``data`` but not in ``writes`` is local, and leaves no multi-instance. ``fork`` is when its branch began.
    ``past`` holds what lies behind it (``lineage``); it is shared until ``owns`` says that nobody else sees it.
    """

    #: What stock keeps on every task and ours never change.
    _children = ()
    triggered = False
    thread_id = 0
    last_state_change = 0.0

    task_spec: Element
    _parent: int | None
    data: dict[str, Any]
    internal_data: dict[str, Any]
    writes: dict[str, int]
    past: dict[str, Any]

    def __init__(self, scope: Scope, element: Element, parent: Token | None, state: int, number: int) -> None:
        """Stand in for ``Task.__init__``, which reads a clock and looks its parent up twice."""
        self.id = self.number = number
        self.workflow = self.scope = scope
        self.task_spec = element
        self._parent = None if parent is None else parent.number
        self._state = state
        self.data, self.internal_data, self.writes, self.past = {}, {}, {}, {}
        self.fork = 0
        self.owns = False
        scope.tasks[number] = self
        if not state & FINISHED:
            scope.live[number] = self

    @property
    def element(self) -> Element:
        """The spec the token stands at."""
        return self.task_spec

    def _set_state(self, value: int) -> None:
        self._state = value
        if value & FINISHED:
            self.scope.live.pop(self.number, None)
        else:
            self.scope.live[self.number] = self

    def spawn(self, spec: Element, state: int = FUTURE, **internal: Any) -> Token:
        """Add a child that sees the same variables; ``internal`` is what the engine notes on it."""
        child = Token(self.scope, spec, self, state, self.scope.instance.next())
        child.data, child.writes, child.fork = dict(self.data), dict(self.writes), self.fork
        child.internal_data = internal
        child.past, self.owns = self.past, False
        return child

    def cancel(self) -> None:
        """End the token where it is; its element takes back what it had open. Children live on.

        One that waits to begin until something is undone has nothing open yet.
        """
        if not self.has_state(FINISHED):
            begun = not self.has_state(FUTURE)
            self._set_state(CANCELLED)
            if begun:
                self.element._on_cancel(self)

    def mark(self, name: str, visit: Any) -> None:
        """Put a visit into the token's past."""
        if not self.owns:
            self.past, self.owns = dict(self.past), True
        self.past[name] = visit

    def write(self, values: Mapping[str, Any]) -> None:
        """Set variables, noting when."""
        if not values:
            return
        moment = self.scope.instance.next()
        for key, value in values.items():
            self.data[key] = value
            self.writes[key] = moment

    def take(self, others: Iterable[tuple[Mapping[str, Any], Mapping[str, int]]]) -> list[str]:
        """Take over what others wrote later than this token; gives the keys that two branches wrote since the fork."""
        clashes = set()
        for data, writes in others:
            for key, moment in writes.items():
                mine = self.writes.get(key, -1)
                if moment == mine:
                    continue
                if min(moment, mine) > self.fork:
                    clashes.add(key)
                if moment > mine:
                    self.data[key], self.writes[key] = data[key], moment
        return sorted(clashes)

    def run(self) -> bool | None:
        """Run the element once: only what is READY runs, and what was cancelled meanwhile stays so."""
        if not self.has_state(READY):
            raise Conflict("not_ready", element=self.element.meta.id)
        done = self.element._run(self)
        if self.has_state(FINISHED):
            return done
        if done is None:
            self._set_state(STARTED)
        else:
            self.complete()
        return done
