"""Return, move, skip, retry: commands that take tokens where the diagram alone would not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from workflows.engine.definition import Definition
from workflows.engine.expressions import Context, Evaluator
from workflows.engine.lineage import UNCLEAR, behind, extra_of, joined, joins_after, number_of, on_flow
from workflows.engine.outlook import ReturnTarget
from workflows.engine.saved import load
from workflows.engine.scope import Scope
from workflows.engine.specs.activities import Activity, UserTask
from workflows.engine.specs.base import Element
from workflows.engine.specs.compensation import UNDO, Entry, came_of, driver, forget, registered, within
from workflows.engine.specs.events import Boundary, IntermediateCatch, SeveralCatch, StartEvent, Throw
from workflows.engine.specs.gateways import EventGateway, ExclusiveGateway, Join
from workflows.engine.specs.scopes import CallActivity, EventScope, SubProcess
from workflows.engine.step import Move, Retry, Return, Skip
from workflows.engine.token import COMPLETED, FUTURE, READY, STARTED, WAITING, Token
from workflows.engine.workflow import Instance
from workflows.errors import Conflict

_ARMED = frozenset({"host", "standing"})


def bases(token: Token) -> Iterator[Token]:
    """Give what stands for a token in its scope and in each around it: an item's whole, a nested scope's host.

    For what undoes an activity stands who has it undone, and for a transaction's undoing the transaction.
    """
    inner: Token | None = token
    while inner is not None:
        notes = inner.internal_data
        outer = notes.get("of") or notes.get("for") or notes.get("cancels")
        if outer is not None:
            inner = inner.scope.instance.live_token(outer)
            continue
        yield inner
        inner = inner.scope.host


def enterable(element: Element) -> bool:
    """Say whether a token can be put on an element: an activity or an event that stands by itself."""
    if element.name != element.meta.id or element.undoes or isinstance(element, EventScope | Boundary | StartEvent):
        return False
    if any(isinstance(element.other(flow.source), EventGateway) for flow in element.incoming):
        return False
    return isinstance(element, Activity | IntermediateCatch | SeveralCatch | Throw)


# ---- return


def returnable(definition: Definition, state: bytes, task: str) -> tuple[ReturnTarget, ...]:
    """Give every element of the task's scope and of those around it, with the reason where one cannot return there."""
    epoch = datetime.fromtimestamp(0, UTC)
    nothing = cast(Evaluator, None)  # no expression is evaluated to find out
    instance = load(definition, state, Context(nothing, epoch, definition.zone))
    return tuple(target for base in bases(_open(instance, task)) for target in _targets(base))


def _targets(base: Token) -> Iterator[ReturnTarget]:
    for element in base.scope.spec.elements():
        meta = element.meta
        if element.name != meta.id:  # the diagram does not show it
            continue
        reason = _refused(base, element)
        met = not reason and bool(joins_after(_known_after(base, element.name), element.name))
        undoes = not reason and _undoes(base, element.name)
        yield ReturnTarget(meta.id, meta.process, meta.name, meta.kind, not reason, reason, met, undoes=undoes)
        if isinstance(element, SubProcess) and not isinstance(element, CallActivity | EventScope):
            inner = base.scope.instance.definition.specs[element.called] if element is not base.element else None
            for one in inner.elements() if inner is not None else ():
                if one.name == one.meta.id:
                    found = one.meta
                    yield ReturnTarget(found.id, found.process, found.name, found.kind, False, "inside", offer=meta.id)


def _undoes(base: Token, name: str) -> bool:
    """Say whether something that came of a visit can be undone, here or in what runs for a token that came of it."""
    number = number_of(base.past.get(name))
    if any(came_of(entry, number) for _, entry in registered(base.scope)):
        return True
    nested = [base.scope.instance.subprocesses.get(token.number) for token in _after(base, name)]
    return any(_holds(scope) for scope in nested if scope is not None)


def _holds(scope: Scope) -> bool:
    """Say whether anything is registered in a scope or within it."""
    inner = [scope.instance.subprocesses.get(token.number) for token in scope.live.values()]
    return any(True for _ in registered(scope)) or any(_holds(one) for one in inner if one is not None)


def _refused(base: Token, element: Element) -> str:
    """Say why one cannot return from a token to an element of its scope; nothing when one can."""
    if not enterable(element) or (not element.outgoing and isinstance(element, Throw)):
        return "kind"
    return _unclear(base, element.name)


def _unclear(base: Token, name: str) -> str:
    """Say why a visit is not one that everything after it can be told by; nothing when it is."""
    number = number_of(base.past.get(name))
    if number <= 0:
        return "not_behind"
    if number == base.number:
        return "here" if isinstance(base.element, UserTask) else ""
    waits_to_begin = any(one.element.name == name and one.has_state(FUTURE) for one in base.scope.live.values())
    away = any(
        one.internal_data.get("straight", ("",))[0] == name for one in base.scope.live.values() if one is not base
    )
    if number in base.scope.live or waits_to_begin or away:
        return "open"
    others = [(number_of(token.past.get(name)), token) for token in base.scope.live.values()]
    if any(other > number or other == UNCLEAR for other, _token in others):
        return "several"
    # what waits at a join for an earlier visit would stay there, and the join would count it for this one
    return "several" if any(0 < other < number and _has_arrived(token) for other, token in others) else ""


def _has_arrived(token: Token) -> bool:
    return isinstance(token.element, Join) and token.has_state(WAITING)


def go_back(instance: Instance, command: Return) -> None:
    """Return from a task to an element that lies behind it."""
    token = _open(instance, command.task)
    base = next((one for one in bases(token) if command.element in one.scope.spec.task_specs), None)
    if base is None:
        raise Conflict("not_returnable", element=command.element, reason="inside")
    element = base.scope.spec.element(command.element)
    reason = _refused(base, element)
    if reason:
        raise Conflict("not_returnable", element=command.element, reason=reason)
    left = extra_of(base.past[element.name]).get("left", {})
    data: dict[str, object] = {"from": token.element.meta.id, "to": element.meta.id}
    data |= {"others": command.others, "then": command.then, **({"compensate": True} if command.compensate else {})}
    instance.note("token.returned", token, task=command.task, reason=command.reason, **data)
    instance.ending = "returned"
    if command.then == "straight":
        begun, gone = _errand(token, base, element)
    elif command.others == "redo" and joins_after(_known_after(base, element.name), element.name):
        begun, gone = _redo(base, element, compensate=command.compensate)
    else:
        begun, gone = _again(base, element, compensate=command.compensate)
    if command.timers == "resume" and begun[0].element is element:
        begun[0].internal_data["left"] = left
    if command.compensate and gone:
        undoing = driver(begun[0], gone, then=[child.number for child in begun])
        undoing.element._update(undoing)
        return
    for child in begun:
        child.element._update(child)


def _open(instance: Instance, task: str) -> Token:
    token = instance.find(task, READY)
    if token is None or not isinstance(token.element, UserTask):
        raise Conflict("task_done", task=task)
    return token


def begin_at(base: Token, element: Element, past: dict[str, object], *others: Token) -> Token:
    """Make a token for an element out of one (or several) that will go, with all that these have written."""
    child = base.spawn(element)
    for one in (base, *others):
        child.take(base.scope.instance.seen_by(one))
    child.past, child.owns = past, True
    return child


def _withdraw_after(base: Token, name: str, keep: Token, *, compensate: bool) -> list[Entry]:
    """Cancel whatever came of a visit, from the inside out; give what of it could be undone."""
    number = number_of(base.past[name])
    after = [token for token in _after(base, name) if token is not keep]
    gone: list[Entry] = []
    for token in after if compensate else ():
        gone += within(token) if not token.internal_data.keys() & {"of", "back"} else []
    for token in reversed(after):
        token.cancel()
    return [*gone, *forget(base.scope, number)]


def _after(base: Token, name: str) -> list[Token]:
    """Give the tokens that came of the visit that lies behind a token."""
    number = number_of(base.past.get(name))
    live = base.scope.live.values()
    return [one for one in live if number_of(one.past.get(name)) == number and not one.internal_data.keys() & _ARMED]


def _known_after(base: Token, name: str) -> dict[str, object]:
    """Give what lies behind all that came of a visit: another branch of it may have met others."""
    return joined(one.past for one in _after(base, name))


Begun = tuple[list[Token], list[Entry]]


def _again(base: Token, element: Element, *, compensate: bool) -> Begun:
    """Begin an element again; where its branch has met others, what those brought counts on."""
    if base.element is element and "straight" in base.internal_data:  # the errand itself begins anew
        child = begin_at(base, element, dict(base.past))
        child.internal_data["straight"] = base.internal_data["straight"]
        base.cancel()
        return [child], []
    pasts = [token.past for token in _after(base, element.name)]
    child = begin_at(base, element, behind(base.past, element.name))
    gone = _withdraw_after(base, element.name, child, compensate=compensate)
    for join, (_, outside) in joins_after(joined(pasts), element.name).items():
        past = max(pasts, key=lambda one: number_of(one.get(join)))
        for flow in outside:
            stand_in = child.spawn(element.other(join), WAITING, flow=flow)
            stand_in.past, stand_in.owns = on_flow(past, join, flow), True
    return [child], gone


def _redo(base: Token, element: Element, *, compensate: bool) -> Begun:
    """Begin again where the branch of an element left those that it has met since."""
    past = _known_after(base, element.name)
    join = list(joins_after(past, element.name))[-1]
    apart = {name for own in extra_of(past[join])["flows"].values() for name in own}
    before = {name: number_of(visit) for name, visit in behind(past, join).items() if name not in apart}
    forks = [name for name in before if _forks(element.other(name))]
    split = max(forks, key=before.__getitem__, default=None)
    reason = _unclear(base, split) if split is not None else "no_split"
    if split is None or reason:
        raise Conflict("not_returnable", element=element.meta.id, reason=reason)
    fork = element.other(split)
    token = begin_at(base, fork, behind(base.past, split))
    token.mark(split, token.number)
    gone = _withdraw_after(base, split, token, compensate=compensate)
    token._set_state(COMPLETED)
    return fork.follow(token, fork.chosen(token)), gone


def _forks(element: Element) -> bool:
    return len(element.outgoing) > 1 and not isinstance(element, ExclusiveGateway | EventGateway)


def _errand(token: Token, base: Token, element: Element) -> Begun:
    """Do an element again and come right back; all other tokens stay where they are."""
    if base.scope is not token.scope or base.element is element or base.element.name == UNDO:
        raise Conflict("not_returnable", element=element.meta.id, reason="straight_out")
    if "straight" in base.internal_data:
        raise Conflict("not_returnable", element=element.meta.id, reason="straight_twice")
    boundaries = [element.other(name) for name in element.boundaries]
    if any(isinstance(one, Boundary) and one.interrupting for one in boundaries):
        number = number_of(base.past[element.name])
        after = [one for one in base.scope.counting() if number_of(one.past.get(element.name)) == number]
        if any(one is not base and not one.internal_data.keys() & {"host", "of"} for one in after):
            raise Conflict("not_returnable", element=element.meta.id, reason="straight_boundary")
    child = begin_at(base, element, dict(base.past))
    child.internal_data["straight"] = [base.element.name, base.past[element.name]]
    visit = number_of(base.past[element.name])
    gone = forget(base.scope, visit, element)
    base.cancel()
    return [child], gone


# ---- by an operator


def move(instance: Instance, command: Move) -> None:
    """Put tokens on another element."""
    found = [_waits(instance, key) for key in dict.fromkeys(command.tokens)]
    if not found:
        raise Conflict("not_waiting", token="")
    here = [
        next((one for one in bases(token) if command.element in one.scope.spec.task_specs), None) for token in found
    ]
    tokens = list(dict.fromkeys(token for token in here if token is not None))
    if None in here or any(token.scope is not tokens[0].scope for token in tokens):
        raise Conflict("not_movable", element=command.element, reason="scope")
    element = tokens[0].scope.spec.element(command.element)
    if not enterable(element):
        raise Conflict("not_movable", element=command.element, reason="kind")
    sources = [token.element.meta.id for token in found]
    instance.note("token.moved", tokens[0], to=element.meta.id, reason=command.reason, **{"from": sources})
    child = begin_at(tokens[0], element, joined(token.past for token in tokens), *tokens[1:])
    for token in tokens:
        _leave_group(token)
        token.cancel()
    child.element._update(child)


def _waits(instance: Instance, key: str) -> Token:
    """Find what waits under an id: a task, a job, an event on the way, an arrival; never what only listens."""
    token = instance.find(key, READY | STARTED | WAITING)
    if token is None or token.internal_data.keys() & _ARMED:
        raise Conflict("not_waiting", token=key)
    return token


def _leave_group(token: Token) -> None:
    group = token.internal_data.get("group")
    for other in list(token.scope.live.values()) if group is not None else ():
        if other is not token and other.internal_data.get("group") == group:
            other.cancel()


def skip(instance: Instance, command: Skip) -> None:
    """Go on without what a token waits for."""
    token = _waits(instance, command.token)
    instance.note("token.skipped", token, reason=command.reason)
    token.internal_data["skipped"] = True
    token.element.skip(token)


def retry(instance: Instance, command: Retry) -> None:
    """Open a job again."""
    token = instance.find(command.job, STARTED)
    if token is None or "job" not in token.internal_data:
        raise Conflict("not_waiting", job=command.job)
    instance.note("job.retried", token, reason=command.reason)
    token.element.retry(token)
