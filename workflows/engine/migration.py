"""Migrate a running instance to another version: a plan by element id, and its execution.

The plan says of everything that waits what becomes of it; one refusal refuses the instance. What waits keeps its id, its
due time, its variables and what lies behind it. New elements ahead are simply met, new ones behind are not run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import cast

from workflows.engine.definition import Definition
from workflows.engine.expressions import Context, Evaluator
from workflows.engine.lineage import behind, number_of, renamed
from workflows.engine.outlook import Plan, PlanItem
from workflows.engine.reach import Ways
from workflows.engine.saved import load
from workflows.engine.scope import Scope
from workflows.engine.specs.activities import ReceiveTask, SendTask, ServiceTask
from workflows.engine.specs.base import Element, Process
from workflows.engine.specs.compensation import Entry, registered
from workflows.engine.specs.events import Boundary, Catch, Throw
from workflows.engine.specs.gateways import Join
from workflows.engine.specs.many import Loop, MultiInstance
from workflows.engine.specs.scopes import CallActivity, EventScope, SubProcess
from workflows.engine.step import Migrate
from workflows.engine.token import CANCELLED, WAITING, Token
from workflows.engine.workflow import Instance
from workflows.errors import Conflict, EngineError


def plan(
    old: Definition,
    new: Definition,
    state: bytes,
    mapping: Mapping[str, str] | None = None,
    branches: Mapping[str, str] | None = None,
) -> Plan:
    """Say what becomes of an instance under another definition; nothing is changed.

    ``mapping`` names the new id of an element that has another one. ``branches`` says of each flow that a join of a
    running block has got anew whether its branch shall ``start`` or counts as ``done``.
    """
    context = Context(cast(Evaluator, None), datetime.fromtimestamp(0, UTC), old.zone)  # no expression is evaluated
    return _Planner(load(old, state, context), new, mapping or {}, branches or {}).plan


class _Planner:
    """Pairs each scope with its new spec and each live token with its new element."""

    def __init__(
        self, instance: Instance, new: Definition, mapping: Mapping[str, str], branches: Mapping[str, str]
    ) -> None:
        self.instance, self.new, self.mapping, self.branches = instance, new, mapping, branches
        self.specs: dict[int, Process] = {}
        self.elements: dict[int, Element] = {}
        self.dropped: list[Token] = []
        self.items: list[PlanItem] = []
        for scope in instance.scopes():
            self._scope(scope)
        self.plan = Plan(instance.definition.hash, new.hash, tuple(self.items))

    def name(self, element: Element) -> str:
        """Give the new name of an old element."""
        drawn, space, rest = element.name.partition(" ")  # what the diagram does not show follows a space
        return f"{self.mapping.get(drawn, drawn)}{space}{rest}"

    def _scope(self, scope: Scope) -> None:
        host = scope.host
        spec = self.new.specs[self.new.root] if host is None else None
        if host is not None and isinstance(found := self.elements.get(host.number), SubProcess):
            spec = self.new.specs[found.called]
        if spec is not None:
            self.specs[id(scope)] = spec
        for token in scope.live.values():
            self._token(token, spec)
        for owner, entry in registered(scope):
            self._entry(owner, entry)
        if spec is not None:
            for join in scope.spec.elements():
                if isinstance(join, Join) and len(join.incoming) > 1:
                    self._join(scope, join, spec)

    def _token(self, token: Token, spec: Process | None) -> None:
        element, notes = token.element, token.internal_data
        name = self.name(element)
        found = spec.element(name) if spec is not None and name in spec.task_specs else None
        armed = "host" in notes or "standing" in notes
        if armed and (found is None or not self._attached(token, found)):
            self.dropped.append(token)
            self._say(token, "disarmed", "")
            return
        reason = "scope" if spec is None else "removed" if found is None else _differs(element, found, token)
        if not reason and "straight" in notes and found is not None:
            reason = "" if found.process.task_specs.get(notes["straight"][0]) else "straight"
        if not reason and "cancels" in notes and found is not None:
            reason = "" if self._cancelled(self.elements.get(notes["cancels"])) else "compensation"
        if reason or found is None:
            self._say(token, "refused", name, reason)
            return
        self.elements[token.number] = found
        self._say(token, "kept" if found.meta.id == element.meta.id else "moved", found.meta.id)

    def _entry(self, scope: Scope, entry: Entry) -> None:
        """Refuse what is to be compensated and can no more."""
        element, spec = scope.spec.element(entry["of"]), self.specs.get(id(scope))
        able = spec is not None and self._undoable(scope.spec, spec, entry)
        key = self.instance.public(entry["visit"])
        outcome, reason = ("kept", "") if able else ("refused", "compensation")
        self.items.append(PlanItem(key, "compensation", element.meta.id, self.name(element), outcome, reason))

    def _undoable(self, old: Process, new: Process, entry: Entry) -> bool:
        """Say whether the new element undoes what the old one did."""
        element, found = old.element(entry["of"]), new.task_specs.get(self.name(old.element(entry["of"])))
        if not isinstance(element, SubProcess) or (element.handler is not None and "cut" not in entry):
            return found is not None and found.handler is not None
        if not isinstance(found, SubProcess):
            return False
        if found.handler is not None and "cut" not in entry:
            return True
        inner, after = self.instance.definition.specs[element.called], self.new.specs[found.called]
        if inner.undoer and "cut" not in entry and not after.undoer:
            return False
        return all(self._undoable(inner, after, one) for one in entry["inner"])

    def rename(self, old: Process, entry: Entry) -> None:
        """Bring an entry under the new names."""
        element = old.element(entry["of"])
        entry["of"] = self.name(element)
        for one in entry["inner"] if isinstance(element, SubProcess) else ():
            self.rename(self.instance.definition.specs[element.called], one)

    def _attached(self, token: Token, found: Element) -> bool:
        """Say whether an armed event still stands at its activity, or in its scope."""
        if isinstance(found, Boundary):
            host = self.elements.get(token.internal_data.get("host", 0))
            return host is not None and found.name in host.boundaries
        return isinstance(found, EventScope)

    def _cancelled(self, whole: Element | None) -> bool:
        """Say whether a transaction that is being undone can still be left by a cancel event."""
        return whole is not None and any(whole.other(name).listens_for("cancel", "") for name in whole.boundaries)

    def _say(self, token: Token, outcome: str, to: str, reason: str = "") -> None:
        instance, meta = self.instance, token.element.meta
        notes = token.internal_data
        if not meta.shown and outcome != "refused":
            return
        if "timer" in notes:
            kind, key = "timer", instance.public(notes["timer"])
        else:
            kind = "task" if token.element.manual else "job" if "job" in notes else "token"
            key = instance.public(token.number)
        due = datetime.fromisoformat(notes["due"]) if "due" in notes else None
        self.items.append(PlanItem(key, kind, meta.id, to, outcome, reason, due))

    def _join(self, scope: Scope, join: Join, spec: Process) -> None:
        """Refuse a change of the flows of a join while some of its branches run, unless the plan provides for it."""
        name = self.name(join)
        after = spec.task_specs.get(name)
        inside = self.inside(scope, join)
        if not inside:
            return
        flows = {flow.id for flow in after.incoming} if isinstance(after, Join) else set()
        was = {flow.id for flow in join.incoming}
        for flow in sorted(was - flows):
            self.items.append(PlanItem(flow, "flow", join.meta.id, name, "refused", "join_lost_flow"))
        for flow in sorted(flows - was):
            word = self.branches.get(flow, "")
            entry = self.entry(scope.spec, cast(Join, after), flow)
            known = word == "done" or (word == "start" and entry is not None)
            outcome, reason = (word, "") if known else ("refused", "branch" if word else "join_new_flow")
            self.items.append(PlanItem(flow, "flow", join.meta.id, name, outcome, reason))

    def inside(self, scope: Scope, join: Join) -> list[Token]:
        """Give the tokens that wait at a join or are in some of its branches."""
        ways = Ways({element.name: element for element in scope.spec.elements()})
        reach = ways.to(join)
        found = []
        for token in scope.counting():
            if token.internal_data.keys() & {"host", "for"} or token.element.container is not None:
                continue
            number = sum(ways.bits[token.element.name] & mask != 0 for mask in reach.values())
            if token.task_spec is join or 0 < number < len(reach):
                found.append(token)
        return found

    def entry(self, old: Process, join: Join, flow: str) -> str | None:
        """Give the first element of a new branch that ends in a flow of a join."""
        known = {self.name(element) for element in old.elements()}
        stack = [one.source for one in join.incoming if one.id == flow]
        seen: set[str] = set()
        entries = set()
        while stack:
            name = stack.pop()
            if name in seen or name in known:
                continue
            seen.add(name)
            for one in join.other(name).incoming:
                if one.source in known:
                    entries.add(name)
                stack.append(one.source)
        return entries.pop() if len(entries) == 1 else None


def _differs(old: Element, new: Element, token: Token) -> str:
    """Say why a token cannot stand at an element instead of another; nothing when it can."""
    if type(old) is not type(new) or old.meta.kind != new.meta.kind or bool(old.container) != bool(new.container):
        return "kind"
    if old.undoes != new.undoes:
        return "kind"
    if isinstance(old, Throw) and isinstance(new, Throw) and "undo" in token.internal_data:
        return "" if new.trigger_on.kind == "compensation" else "trigger"
    if isinstance(old, Join) and isinstance(new, Join):
        flow = token.internal_data["flow"]
        return "" if any(one.id == flow for one in new.incoming) or len(old.incoming) < 2 else "flow"
    if isinstance(old, MultiInstance | Loop) and isinstance(new, MultiInstance | Loop):
        return "" if old.plan == new.plan else "repetition"
    if isinstance(old, CallActivity) and isinstance(new, CallActivity):
        return "" if old.called == new.called else "called"
    if isinstance(old, ServiceTask) and isinstance(new, ServiceTask):
        return "" if old.operation.name == new.operation.name else "operation"
    if isinstance(old, Catch | ReceiveTask | SendTask) and isinstance(new, Catch | ReceiveTask | SendTask):
        one, other = old.trigger_on, new.trigger_on
        return "" if (one.kind, one.name, one.timer) == (other.kind, other.name, other.timer) else "trigger"
    return ""


def migrate(old: Definition, new: Definition, state: bytes, command: Migrate, context: Context) -> Instance:
    """Bring an instance under another definition; raises Conflict naming what is refused."""
    instance = load(old, state, context)
    if instance.status in ("completed", "cancelled"):
        raise Conflict("instance_ended", status=instance.status)
    planner = _Planner(instance, new, command.mapping, command.branches)
    if planner.plan.refusals:
        refused = [(item.element, item.reason) for item in planner.plan.refusals]
        raise Conflict("migration_refused", refused=refused)
    instance.ending = "migrated"
    for token in planner.dropped:
        cast(Catch, token.element).silence(token)
        token._set_state(CANCELLED)
    scopes = list(instance.scopes())
    blocks = [(scope, join, planner.inside(scope, join)) for scope in scopes for join in _joins(scope.spec)]
    were = {id(scope): scope.spec for scope in scopes}
    _rename_visits(instance, planner)
    for scope in scopes:
        for owner, entry in registered(scope):
            planner.rename(owner.spec, entry)
    for scope in scopes:
        _take_over(scope, planner)
    instance.definition = new
    instance.trail("instance.migrated", **{"from": old.hash, "to": new.hash, "reason": command.reason})
    for scope, join, inside in blocks:
        _new_branches(scope, join, inside, planner, were[id(scope)])
    for scope in scopes:
        _listen(scope, were[id(scope)], planner)
        if command.timers == "afresh":
            _time_afresh(scope)
    return instance


def _joins(spec: Process) -> Iterator[Join]:
    return (one for one in spec.elements() if isinstance(one, Join) and len(one.incoming) > 1)


def _rename_visits(instance: Instance, planner: _Planner) -> None:
    """Count visits on under the new names."""
    names = {}
    for scope in instance.scopes():
        for element in scope.spec.elements():
            names[f"{scope.spec.name}/{element.meta.id}"] = f"{planner.specs[id(scope)].name}/{planner.name(element)}"
    instance.visits = {names.get(key, key): count for key, count in instance.visits.items()}


def _take_over(scope: Scope, planner: _Planner) -> None:
    """Put every token of a scope on its new element."""
    spec = planner.specs[id(scope)]
    names = {element.name: planner.name(element) for element in scope.spec.elements()}
    names = {old: new for old, new in names.items() if new in spec.task_specs}
    pasts: dict[int, dict[str, object]] = {}
    for token in (scope.task_tree, *scope.live.values()):
        key = id(token.past)
        pasts[key] = pasts.get(key) or renamed(token.past, names)
    for token in (scope.task_tree, *scope.live.values()):
        token.past, token.owns = pasts[id(token.past)], False
        element = planner.elements.get(token.number, spec.start)
        if token is not scope.task_tree and token.element.meta.id != element.meta.id:
            data = {"from": token.element.meta.id, "task": scope.instance.public(token.number)}
            scope.instance.line("element.migrated", scope, element.meta.id, element.meta.process, data)
        token.task_spec = element
    scope.ended = {names[name]: number for name, number in scope.ended.items() if name in names}
    scope.spec = spec


def _new_branches(scope: Scope, join: Join, inside: list[Token], planner: _Planner, old: Process) -> None:
    """Start the branches that a running block has got, or let them count as done."""
    if not inside:
        return
    after = cast(Join, scope.spec.element(planner.name(join)))
    was = {flow.id for flow in join.incoming}
    base = inside[0]
    for flow in after.incoming:
        if flow.id in was:
            continue
        entry = planner.entry(old, after, flow.id)
        child = base.spawn(after.other(entry) if entry is not None else after)
        forks = [one.source for one in after.other(entry).incoming] if entry is not None else []
        fork = next((name for name in forks if number_of(base.past.get(name)) > 0), None)
        child.past, child.owns = {**behind(base.past, fork), fork: base.past[fork]} if fork else {}, True
        if planner.branches[flow.id] == "done":
            child.task_spec, child.internal_data = after, {"flow": flow.id}
        child.element._update(child)


def _listen(scope: Scope, old: Process, planner: _Planner) -> None:
    """Arm what is new around the tokens of a scope."""
    were = {planner.name(old.element(name)) for name in old.listeners}
    for name in scope.spec.listeners:
        if name not in were:
            token = scope.task_tree.spawn(scope.spec.element(name), WAITING, standing=True)
            token.past = {}
            token.element.arm(token)
    known = {planner.name(element): element for element in old.elements()}
    for token in list(scope.live.values()):
        if token.internal_data.keys() & {"host", "standing", "back"} or not token.element.boundaries:
            continue
        before = known.get(token.element.name)
        had = {planner.name(before.other(name)) for name in before.boundaries} if before is not None else set()
        for name in token.element.boundaries:
            if name not in had and before is not None:
                listener = token.spawn(token.element.other(name), WAITING, host=token.number)
                listener.element.arm(listener)


def _time_afresh(scope: Scope) -> None:
    """Compute armed timers again from the moment they were armed at."""
    for token in list(scope.live.values()):
        if "timer" in token.internal_data and isinstance(token.element, Catch):
            if "cycle" in token.internal_data and token.internal_data["fired"]:
                continue  # a cycle that has fired goes on as it is
            scope.instance.disarm_timer(token)
            token.element.arm_timer(token)


def begin(definition: Definition, state: bytes, command: Migrate, context: Context) -> Instance:
    """Load a state for a Migrate command; its old definition must be the state's."""
    old = command.old
    if not isinstance(old, Definition):
        raise EngineError("state_definition", text="the old definition is missing")
    return migrate(old, definition, state, command, context)
