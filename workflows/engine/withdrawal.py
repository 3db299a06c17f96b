"""Withdraw: take a completion back while nothing that came of it is touched."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.engine.lineage import UNCLEAR, behind, extra_of, joined, number_of
from workflows.engine.moves import begin_at
from workflows.engine.scope import Scope
from workflows.engine.specs.activities import Activity, PlainTask, RuleTask, ScriptTask, UserTask
from workflows.engine.specs.compensation import forget
from workflows.engine.specs.events import Boundary, IntermediateCatch, SeveralCatch, Throw
from workflows.engine.specs.many import MultiInstance
from workflows.engine.step import Withdraw
from workflows.engine.token import READY, STARTED, WAITING, Token
from workflows.engine.workflow import Instance
from workflows.errors import Conflict

_QUIET = (PlainTask, ScriptTask, RuleTask)


def withdraw(instance: Instance, command: Withdraw) -> None:
    """Open a completed task again; raises Conflict with what has happened since."""
    if instance.find(command.task, READY | STARTED | WAITING) is not None:
        raise Conflict("task_open", task=command.task)
    for scope in instance.scopes():
        for token in list(scope.live.values()):
            if isinstance(token.element, MultiInstance) and _item(token, command):
                return
        for name, number in _visits(scope):
            if instance.public(number) == command.task:
                _restart(scope, name, number, command)
                return
    raise Conflict("not_withdrawable", task=command.task, reason="gone")


def _visits(scope: Scope) -> Iterator[tuple[str, int]]:
    """Give the visits to user tasks that lie behind the tokens of a scope."""
    pasts = {id(token.past): token.past for token in scope.live.values()}
    found = {(name, number_of(visit)) for past in pasts.values() for name, visit in past.items()}
    for name, number in sorted(found, key=lambda one: one[1]):
        if isinstance(scope.spec.element(name), UserTask):
            yield name, number


def _restart(scope: Scope, name: str, number: int, command: Withdraw) -> None:
    instance = scope.instance
    after = []
    for token in scope.counting():
        seen = number_of(token.past.get(name))
        if seen > number or seen == UNCLEAR:
            raise Conflict("not_withdrawable", task=command.task, reason="visited", element=name)
        if seen == number and not token.internal_data.keys() & {"host", "of"}:
            after.append(token)
    if scope.ended.get(name, 0) >= number:
        raise Conflict("not_withdrawable", task=command.task, reason="ended", element=name)
    for token in after:
        _untouched(token, number, command)
    element = scope.spec.element(name)
    instance.line("task.withdrawn", scope, element.meta.id, element.meta.process, {"reason": command.reason})
    instance.ending = "withdrawn"
    past = behind(joined(token.past for token in after), name)
    child = begin_at(after[0], element, past, *after[1:])
    for token in reversed(after):
        token.cancel()
    forget(scope, number)
    child.element._update(child)


def _untouched(token: Token, since: int, command: Withdraw) -> None:
    """Raise Conflict when a token, or one nested in it, has gone on or was taken up."""
    instance = token.scope.instance
    if instance.public(token.number) in command.touched:
        _changed(command, "touched", token.element.meta.id)
    _unbegun(token, command)
    for name, visit in token.past.items():
        if number_of(visit) <= since or number_of(visit) == token.number:
            continue
        if number_of(visit) in token.scope.live:
            _changed(command, "event", name)
        _harmless(token, name, visit, command)
    for other in list(token.scope.live.values()):
        if other.internal_data.get("of") == token.number:
            _untouched(other, other.number, command)
    nested = instance.subprocesses.get(token.number)
    if nested is not None:
        if nested.ended:
            _changed(command, "done", token.element.meta.id)
        for inner in nested.counting():
            if "host" not in inner.internal_data:
                _untouched(inner, 0, command)


def _unbegun(token: Token, command: Withdraw) -> None:
    """Raise Conflict when a token has done some of its items or rounds, or begun to compensate."""
    notes = token.internal_data
    if "undo" in notes:
        _changed(command, "thrown", token.element.meta.id)
    if notes.get("done") or notes.get("rounds"):
        _changed(command, "done", token.element.meta.id)


def _harmless(token: Token, name: str, visit: object, command: Withdraw) -> None:
    """Raise Conflict when a token has passed an element that did more than compute."""
    element = token.scope.spec.element(name)
    if "flows" in extra_of(visit):
        _changed(command, "joined", name)
    if isinstance(element, IntermediateCatch | SeveralCatch | Boundary):
        _changed(command, "event", name)
    if isinstance(element, Throw) and element.trigger_on.kind not in ("none", "link"):
        _changed(command, "thrown", name)
    if isinstance(element, Activity) and not isinstance(element, _QUIET):
        _changed(command, "done", name)


def _changed(command: Withdraw, reason: str, element: str) -> None:
    raise Conflict("not_withdrawable", task=command.task, reason=reason, element=element)


def _item(whole: Token, command: Withdraw) -> bool:
    """Open a done item of a running multi-instance again, if it is the one; a sequential one's next must be untouched."""
    instance, element = whole.scope.instance, whole.element
    by = whole.internal_data.get("by", {})
    index = next((int(key) for key, number in by.items() if instance.public(number) == command.task), None)
    if index is None or not isinstance(element, MultiInstance):
        return False
    if not isinstance(element.other(element.inner), UserTask):
        raise Conflict("not_withdrawable", task=command.task, reason="kind", element=element.meta.id)
    items = [token for token in element.items_of(whole) if element.plan.sequential]
    if element.plan.sequential and any(number > by[str(index)] for number in by.values()):
        _changed(command, "done", element.meta.id)
    for token in items:
        _untouched(token, token.number, command)
    instance.note("task.withdrawn", whole, reason=command.reason, item=index)
    instance.ending = "withdrawn"
    for token in items:
        token.cancel()
    element.reopen(whole, index)
    return True
