"""A running process or sub-process: SpiffWorkflow's workflow, counting live tokens instead of walking its tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow

from workflows.engine.lineage import number_of
from workflows.engine.specs.base import Process
from workflows.engine.specs.compensation import Entry
from workflows.engine.token import COMPLETED, FUTURE, WAITING, Token

if TYPE_CHECKING:
    from workflows.engine.workflow import Instance


class Scope:
    """What the root and the nested workflows share.

    ``live`` holds the unfinished tokens in creation order; ``result`` what ended tokens have written,
    ``ended`` the last visits that lay behind them, ``entries`` what of its activities can be undone.
    """

    spec: Process
    instance: Instance
    live: dict[int, Token]
    result: dict[str, Any]
    result_writes: dict[str, int]
    ended: dict[str, int]
    entries: list[Entry]
    task_tree: Token
    tasks: dict[int, Token]
    completed: bool
    depth: int

    def _prepare(self, spec: Process, instance: Instance) -> None:
        """Stand in for the constructors of Spiff's workflows, whose events, locks and scripts nobody uses here."""
        self.spec = spec
        self.instance = instance
        self.tasks = {}
        self.completed = False
        self.live = {}
        self.result = {}
        self.result_writes = {}
        self.ended = {}
        self.entries = []

    @property
    def host(self) -> Token | None:
        """The token of the sub-process or call activity that this scope runs for; None for the root."""
        return None

    @property
    def calls(self) -> tuple[str, ...]:
        """The call activities entered to reach the scope, outermost first."""
        return ()

    def plant(self) -> Token:
        """Make the root of the token tree; it carries nothing but the variables."""
        root = Token(self, self.spec.start, None, COMPLETED, self.instance.next())
        self.task_tree = root
        return root

    def begin(self, root: Token, element: str | None = None) -> None:
        """Put tokens on the start elements, and let event sub-processes listen."""
        for name in self.spec.listeners:
            token = root.spawn(self.spec.element(name), WAITING, standing=True)
            token.element.arm(token)
        names = (element,) if element is not None else self.spec.starts
        for name in names:
            child = root.spawn(self.spec.element(name), FUTURE)
            child.element._update(child)
        if not names:  # nothing is drawn in it
            self._task_completed_notify(root)

    def counting(self) -> Iterator[Token]:
        """Give the live tokens that keep the scope open."""
        return (token for token in self.live.values() if "standing" not in token.internal_data)

    def keep(self, token: Token) -> None:
        """Note what a token has written when it ends, and what lay behind it."""
        for name, visit in token.past.items():
            self.ended[name] = max(number_of(visit), self.ended.get(name, 0))
        for key, moment in token.writes.items():
            if moment > self.result_writes.get(key, -1):
                self.result[key], self.result_writes[key] = token.data[key], moment

    def cancel_all(self, keep: Token | None = None) -> None:
        """Cancel every live token but one, from the inside out; what they wrote stays known."""
        for token in reversed(list(self.live.values())):
            if token is not keep:
                if not token.internal_data.keys() & {"standing", "host"} and token.element.container is None:
                    self.keep_view(token)
                token.cancel()

    def keep_view(self, token: Token) -> None:
        """Note what a token and everything nested in it have written so far."""
        for data, writes in self.instance.seen_by(token):
            for key, moment in writes.items():
                if moment > self.result_writes.get(key, -1):
                    self.result[key], self.result_writes[key] = data[key], moment

    def _task_completed_notify(self, token: Token) -> None:
        """End the scope with its last counting token; Spiff calls this when a token is done."""
        if self.completed:
            return
        for other in self.live.values():
            if "standing" not in other.internal_data:
                return
        end = self.task_tree.spawn(self.spec.end, FUTURE)
        end.element._update(end)

    def _task_removed_notify(self, token: Token) -> None:
        """Nobody listens to removed tokens."""


class NestedScope(Scope, BpmnSubWorkflow):
    """The scope of a sub-process, an event sub-process or a call activity."""

    def __init__(self, spec: Process, host: Token) -> None:
        self._prepare(spec, host.scope.instance)
        self._host = host
        self.parent_task_id = host.number
        self.top_workflow = self.instance
        self.depth = host.scope.depth + 1

    @property
    def host(self) -> Token | None:
        """The token this scope runs for."""
        return self._host

    @property
    def calls(self) -> tuple[str, ...]:
        """The call activities entered to reach the scope, outermost first."""
        above, meta = self._host.scope.calls, self._host.element.meta
        return (*above, meta.id) if meta.kind == "callActivity" else above

    @property
    def parent_workflow(self) -> Scope:
        """The scope around this one, as Spiff calls it."""
        return self._host.scope
