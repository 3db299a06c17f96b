"""A running instance: SpiffWorkflow's root workflow with our run loop, our guards and one ledger a command."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha1
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from workflows.engine.expressions import Context
from workflows.engine.ledger import Ledger
from workflows.engine.scope import NestedScope, Scope
from workflows.engine.specs.base import Element, Flow
from workflows.engine.step import Command, Event, Status, Subscription, TaskEnd, Timer
from workflows.engine.token import READY, WAITING, Token
from workflows.errors import EngineError

if TYPE_CHECKING:
    from workflows.engine.definition import Definition

MAX_AUTOMATIC = 10_000
MAX_LIVE = 5_000
MAX_DEPTH = 50


class NoScripts:
    """Stands where Spiff keeps its Python engine: no text of a model is ever Python."""

    def __getattr__(self, name: str) -> Any:
        raise EngineError("python", text="a model's text is never run as Python")


@lru_cache(maxsize=1024)
def _space(key: str) -> bytes:
    """Give the namespace of an instance's public ids."""
    try:
        return UUID(key).bytes
    except ValueError:
        return uuid5(NAMESPACE_URL, f"qingshen:{key}").bytes


class Instance(Scope, BpmnWorkflow):
    """All tokens of one instance, and what the present command has done to them."""

    def __init__(self, definition: Definition, key: str, context: Context) -> None:
        self._prepare(definition.specs[definition.root], self)
        self.definition = definition
        self.key = key
        self._names = _space(key)
        self.context = context
        self.sequence = 0
        self.status: Status = "running"
        self.visits: dict[str, int] = {}
        self.held: list[Command] = []
        self.queue: deque[Token] = deque()
        self.ending: TaskEnd = "cancelled"
        self.ledger = Ledger()
        self.subprocesses: dict[int, NestedScope] = {}
        self._public: dict[int, str] = {}

    @property
    def script_engine(self) -> NoScripts:
        """Give what refuses to run Python."""
        return NoScripts()

    # ---- numbers and names

    def next(self) -> int:
        """Give the next sequence number."""
        self.sequence += 1
        return self.sequence

    def public(self, number: int) -> str:
        """Give the public id of a sequence number."""
        known = self._public.get(number)
        if known is not None:
            return known
        digest = bytearray(sha1(self._names + str(number).encode(), usedforsecurity=False).digest()[:16])
        digest[6] = digest[6] & 0x0F | 0x50  # what uuid5 does, without making a UUID of it
        digest[8] = digest[8] & 0x3F | 0x80
        text = digest.hex()
        found = self._public[number] = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        return found

    def visit(self, element: Element) -> int:
        """Count a visit to an element."""
        count = self.visits[element.path] = self.visits.get(element.path, 0) + 1
        return count

    def visits_of(self, element: Element) -> int:
        """Give how often an element was visited."""
        return self.visits.get(element.path, 0)

    # ---- the run loop

    def do_engine_steps(self, *_: Any) -> None:
        """Run automatic elements until every token waits."""
        steps = 0
        while self.queue or self._settle():
            while self.queue:
                token = self.queue.popleft()
                if not token.has_state(READY):
                    continue
                steps += 1
                if steps > MAX_AUTOMATIC:
                    raise EngineError("automatic", token.element.meta.id, f"more than {MAX_AUTOMATIC} steps at once")
                token.run()
        if sum(len(scope.live) for scope in self.scopes()) > MAX_LIVE:
            newest = max(
                (token for scope in self.scopes() for token in scope.live.values()), key=lambda one: one.number
            )
            raise EngineError("live_tokens", newest.element.meta.id, f"more than {MAX_LIVE} live tokens")

    def _settle(self) -> bool:
        """Ask what can only be asked when nothing automatic is left: conditions and inclusive joins."""
        if self.status != "running":
            return False
        for scope in reversed(self.scopes()):
            if self.definition.conditional:
                for token in list(scope.live.values()):
                    token.element.ask(token)
            here = {token.element.name for token in scope.live.values()} if scope.spec.joins else ()
            for name in scope.spec.joins:
                if name in here and not self.queue:
                    scope.spec.element(name).settle(scope)
        return bool(self.queue)

    def scopes(self) -> list[Scope]:
        """Give the root scope and the nested ones, parents first."""
        return [self, *self.subprocesses.values()]

    def create_subprocess(self, my_task: Token, spec_name: str) -> NestedScope:
        """Open the scope of a sub-process or call activity; its tokens see the caller's variables."""
        scope = NestedScope(self.definition.specs[spec_name], my_task)
        if scope.depth > MAX_DEPTH:
            raise EngineError("call_depth", my_task.element.meta.id, f"deeper than {MAX_DEPTH}")
        self.subprocesses[my_task.number] = scope
        root = scope.plant()
        root.data, root.writes, root.fork = dict(my_task.data), dict(my_task.writes), my_task.fork
        return scope

    def drop_subprocess(self, token: Token) -> None:
        """Cancel the scope that runs for a token, from the inside out."""
        scope = self.subprocesses.get(token.number)
        if scope is not None:
            scope.cancel_all()
            scope.completed = True
            del self.subprocesses[token.number]

    def scope_ended(self, scope: Scope, end: Token) -> None:
        """Let the host go on when its scope has no token left; without a host the instance is complete."""
        host = scope.host
        if host is None:
            self.status = "completed"
            self.result, self.result_writes = end.data, end.writes
            self.trail("instance.completed")
            return
        del self.subprocesses[host.number]
        host.take([(end.data, end.writes)])
        if scope.entries:
            host.internal_data["inner"] = scope.entries
        host.element.scope_done(host)

    # ---- variables

    def seen_by(self, token: Token) -> Iterator[tuple[Mapping[str, Any], Mapping[str, int]]]:
        """Give what a token and all nested in it have written; multi-instance items keep theirs to themselves."""
        yield token.data, token.writes
        nested = self.subprocesses.get(token.number)
        if nested is not None:
            yield from self.seen_in(nested)

    def seen_in(self, scope: Scope) -> Iterator[tuple[Mapping[str, Any], Mapping[str, int]]]:
        """Give what the tokens of a scope have written."""
        yield scope.result, scope.result_writes
        for token in list(scope.live.values()):
            if token.element.container is None and "standing" not in token.internal_data:
                yield from self.seen_by(token)

    def view(self, scope: Scope) -> tuple[dict[str, Any], dict[str, int]]:
        """Merge what a scope's tokens have written: of each variable the latest value."""
        root = scope.task_tree
        data, writes = dict(root.data), dict(root.writes)
        for others, moments in self.seen_in(scope):
            for key, moment in moments.items() if moments != writes else ():
                if moment > writes.get(key, -1):
                    data[key], writes[key] = others[key], moment
        return data, writes

    def known(self, token: Token) -> tuple[dict[str, Any], dict[str, int]]:
        """Give what the scopes around a token have written; what is local to the token hides it."""
        hidden = token.data.keys() - token.writes.keys()
        data: dict[str, Any] = {}
        writes: dict[str, int] = {}
        scope: Scope | None = token.scope
        while scope is not None:
            others, moments = self.view(scope)
            for key, moment in moments.items():
                if moment > writes.get(key, -1) and key not in hidden:
                    data[key], writes[key] = others[key], moment
            scope = scope.host.scope if scope.host is not None else None
        return data, writes

    # ---- what waits

    def waiting(self) -> Iterator[Token]:
        """Give every token that listens, in every scope."""
        for scope in self.scopes():
            for token in list(scope.live.values()):
                if token.has_state(WAITING):
                    yield token

    def arm_timer(self, token: Token, due: datetime) -> None:
        """Arm a timer under a new id."""
        number = self.next()
        token.internal_data["timer"] = number
        token.internal_data["due"] = due.isoformat()
        meta = token.element.meta
        self.ledger.timers.add(Timer(self.public(number), meta.id, due, meta.process))

    def disarm_timer(self, token: Token) -> None:
        """Forget a timer, if one is armed."""
        number = token.internal_data.pop("timer", None)
        token.internal_data.pop("due", None)
        if number is not None:
            self.ledger.timers.remove(self.public(number))

    def subscribe(self, token: Token, kind: Any, name: str, correlation: str | None) -> None:
        """Listen for a message, a signal or a condition under the token's id."""
        token.internal_data["listens"] = True
        found = Subscription(self.public(token.number), token.element.meta.id, kind, name, correlation)
        self.ledger.subscriptions.add(found)

    def unsubscribe(self, token: Token) -> None:
        """Listen no longer."""
        if token.internal_data.pop("listens", None):
            self.ledger.subscriptions.remove(self.public(token.number))

    def stuck(self) -> bool:
        """Say whether nothing can ever come: tokens wait at joins, and nowhere else."""
        for scope in self.scopes():
            for token in scope.live.values():
                if not token.element.joins and token.number not in self.subprocesses:
                    return False
        return True

    def find(self, key: str, state: int) -> Token | None:
        """Find the live token of that public id in one of the states."""
        for scope in self.scopes():
            for token in scope.live.values():
                if token.has_state(state) and self.public(token.number) == key:
                    return token
        return None

    def live_token(self, number: int) -> Token:
        """Give the live token of a number."""
        return next(scope.live[number] for scope in self.scopes() if number in scope.live)

    def item(self, token: Token) -> tuple[Any, int | None]:
        """Give the multi-instance item (and its number from 0) that a token belongs to."""
        inner: Token | None = token
        while inner is not None:
            if "index" in inner.internal_data:
                whole = inner.scope.tasks[inner.internal_data["of"]]
                return whole.element.item_of(whole, inner.internal_data["index"]), inner.internal_data["index"]
            inner = inner.scope.host
        return None, None

    def close_task(self, token: Token, why: TaskEnd) -> None:
        """Note that a user task waits no longer."""
        self.ledger.close(self.public(token.number), token.element.meta.id, why)

    # ---- what is thrown

    def signal(self, name: str, payload: Mapping[str, Any]) -> None:
        """Tell every token that waits for the signal."""
        for token in list(self.waiting()):
            if token.has_state(WAITING) and token.element.listens_for("signal", name):
                token.element.fire(token, payload)

    def catchers(self, origin: Token, kind: str, code: str) -> Iterator[Token]:
        """Give the tokens that catch an error or escalation of that code, from the inside out."""
        token: Token | None = origin
        while token is not None:
            hosts = set(self.around(token))
            here = [other for other in token.scope.live.values() if other.has_state(WAITING)]
            found = [other for other in here if other.internal_data.get("host") in hosts]
            found += [other for other in here if "standing" in other.internal_data]
            matching = [other for other in found if other.element.listens_for(kind, code)]
            exact = [other for other in matching if other.element.listens_for(kind, code, exactly=True)]
            yield from (exact or matching)[:1]
            token = token.scope.host

    def around(self, token: Token) -> Iterator[int]:
        """Give a token's number and those of the activities it runs for: an item's whole, a transaction that is undone."""
        inner: Token | None = token
        while inner is not None:
            yield inner.number
            notes = inner.internal_data
            outer = notes.get("of") or notes.get("for") or notes.get("cancels")
            inner = inner.scope.live.get(outer) if outer is not None else None

    def throw_error(self, origin: Token, code: str, text: str) -> None:
        """Hand an error to the nearest catcher; without one an operator must look."""
        catcher = next(self.catchers(origin, "error", code), None)
        if catcher is None:
            raise EngineError("error_uncaught", origin.element.meta.id, text or code, error_code=code)
        self.note("error.thrown", origin, code=code, text=text)
        catcher.element.fire(catcher, {})

    def throw_escalation(self, origin: Token, code: str) -> None:
        """Hand an escalation to the nearest catcher; without one it is only written down."""
        catcher = next(self.catchers(origin, "escalation", code), None)
        self.note("escalation.thrown", origin, code=code, caught=catcher is not None)
        if catcher is not None:
            catcher.element.fire(catcher, {})

    # ---- the trail

    def note(self, kind: str, token: Token, **data: Any) -> None:
        """Write a line about the element a token stands at."""
        meta = token.task_spec.meta
        self.line(kind, token.scope, meta.id, meta.process, data)

    def note_flow(self, token: Token, flow: Flow) -> None:
        """Write that a sequence flow was taken."""
        self.line("flow.taken", token.scope, flow.id, token.element.meta.process, {})

    def trail(self, kind: str, **data: Any) -> None:
        """Write a line about the instance."""
        self.line(kind, self, self.spec.process_id, self.spec.process_id, data)

    def line(self, kind: str, scope: Scope, element: str, process: str, data: dict[str, Any]) -> None:
        """Write one line of the trail."""
        calls = scope.calls
        if calls:
            data["calls"] = list(calls)
        self.sequence += 1
        self.ledger.events.append(Event(self.sequence, kind, element, process, data))
