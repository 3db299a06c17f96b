"""Activities with a scope of their own: sub-process, call activity, event sub-process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workflows.engine.expressions import Value
from workflows.engine.specs import compensation
from workflows.engine.specs.activities import Activity
from workflows.engine.specs.base import Meta, Process
from workflows.engine.specs.events import Catch, Trigger
from workflows.engine.token import STARTED, Token

if TYPE_CHECKING:
    from workflows.engine.scope import Scope


class SubProcess(Activity):
    """Runs a nested scope; ``called`` names its compiled process. All variables go in and come out."""

    def __init__(self, process: Process, name: str, meta: Meta, called: str) -> None:
        super().__init__(process, name, meta)
        self.called = called

    def run(self, token: Token) -> bool | None:
        """Open the scope and wait for its end."""
        token._set_state(STARTED)
        scope = self.open(token)
        scope.begin(scope.task_tree)
        return None

    def open(self, token: Token) -> Scope:
        """Open the scope."""
        return token.scope.instance.create_subprocess(token, self.called)

    def undone_with(self, token: Token) -> frozenset[str] | None:
        """Give what its handler reads, or its compensation event sub-process."""
        called = token.scope.instance.definition.specs[self.called]
        return super().undone_with(token) if self.handler or not called.undoer else called.undoer_reads

    def withdraw(self, token: Token) -> None:
        """Cancel the scope from the inside out."""
        compensation.abandon(token)
        token.scope.instance.drop_subprocess(token)
        super().withdraw(token)


class Transaction(SubProcess):
    """A sub-process that a cancel end event undoes as a whole."""

    transaction = True


class CallActivity(SubProcess):
    """Runs another process within the caller's instance.

    ``ins`` and ``outs`` come from qs:binding; without them every variable goes in and comes out.
    """

    def __init__(
        self,
        process: Process,
        name: str,
        meta: Meta,
        called: str,
        ins: tuple[tuple[str, Value], ...] = (),
        outs: tuple[tuple[str, Value], ...] = (),
    ) -> None:
        super().__init__(process, name, meta, called)
        self.ins = ins
        self.outs = outs

    def run(self, token: Token) -> bool | None:
        """Open the scope; named inputs are added to what it sees."""
        token._set_state(STARTED)
        instance = token.scope.instance
        scope = self.open(token)
        root = scope.task_tree
        for name, value in self.ins:  # local to the called process: not written, so it does not come out
            root.data[name] = value(instance.context, token.data, self.meta.id)
            root.writes.pop(name, None)
        scope.begin(root)
        return None

    def scope_done(self, token: Token) -> None:
        """Map the outputs and go on; what was undone has none."""
        instance = token.scope.instance
        if "back" in token.internal_data:
            token.complete()
            return
        token.write({name: value(instance.context, token.data, self.meta.id) for name, value in self.outs})
        token.complete()


class EventScope(SubProcess, Catch):
    """An event sub-process: listens as long as its scope lives, and does not keep it open.

    An interrupting one cancels every other token of the scope; a non-interrupting one runs beside them, listens on,
    and runs once more for each event.
    """

    event_scope = True

    def __init__(
        self, process: Process, name: str, meta: Meta, called: str, trigger: Trigger, interrupting: bool
    ) -> None:
        super().__init__(process, name, meta, called)
        self.trigger_on = trigger
        self.interrupting = interrupting

    def seen(self, token: Token) -> Mapping[str, Any]:
        """See what every token of the scope has written."""
        scope = token.scope
        token.take([scope.instance.view(scope)])
        return token.data

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Run the sub-process."""
        self.note_fired(token)
        self.seen(token)
        if self.interrupting:
            self.silence(token)
            del token.internal_data["standing"]
            token.scope.cancel_all(keep=token)
            self._go(token, payload)
            return
        self._go(token.spawn(self), payload)
        if self.trigger_on.kind == "timer":
            self.cycle_on(token)

    def _go(self, token: Token, payload: Mapping[str, Any]) -> None:
        token.write(payload)
        self.note_entered(token)
        token._ready()

    def withdraw(self, token: Token) -> None:
        """Listen no longer, and cancel what runs."""
        self.silence(token)
        SubProcess.withdraw(self, token)
