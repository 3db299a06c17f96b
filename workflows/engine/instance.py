"""``advance``: saved state and one command in, a Step out. One function a command; nothing is kept on an exception."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from workflows.engine import migration, moves
from workflows.engine.budget import Budget
from workflows.engine.definition import Definition
from workflows.engine.expressions import Context, Evaluator
from workflows.engine.saved import load, save
from workflows.engine.signers import add_signer, remove_signer
from workflows.engine.specs.activities import ServiceTask, UserTask
from workflows.engine.specs.events import StartEvent
from workflows.engine.specs.gateways import EventGateway
from workflows.engine.step import (
    AddSigner,
    Cancel,
    Change,
    Command,
    Complete,
    Deliver,
    Fire,
    JobDone,
    JobFailed,
    Migrate,
    Move,
    RemoveSigner,
    Resume,
    Retry,
    Return,
    Signal,
    Skip,
    Start,
    Step,
    Suspend,
    Withdraw,
)
from workflows.engine.token import READY, STARTED, WAITING, Token
from workflows.engine.values import clean
from workflows.engine.withdrawal import withdraw
from workflows.engine.workflow import Instance
from workflows.errors import Conflict, EngineError

_QUIET = (Fire, JobDone, JobFailed)


def advance(definition: Definition, state: bytes | None, command: Command, now: datetime, feel: Evaluator) -> Step:
    """Apply one command. The same input gives the same Step.

    Raises Conflict when what the command names waits no longer, Invalid for variables that are not JSON, and
    EngineError when an operator must look.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    context = Context(Budget(feel), now.astimezone(UTC), definition.zone)
    if isinstance(command, Start):
        if state is not None:
            raise Conflict("already_started")
        instance = _start(definition, command, context)
    else:
        if state is None:
            raise Conflict("not_started")
        if isinstance(command, Migrate):
            instance = migration.begin(definition, state, command, context)
            instance.ending = "cancelled"
        else:
            instance = load(definition, state, context)
            _apply(instance, command)
    instance.do_engine_steps()
    if definition.watching:
        _watch(instance)
    return _step(instance)


def _apply(instance: Instance, command: Command) -> None:
    """Run a command where the instance's status allows it."""
    if instance.status in ("completed", "cancelled"):
        if isinstance(command, _QUIET):
            return
        raise Conflict("instance_ended", status=instance.status)
    if instance.status == "suspended" and not isinstance(command, Resume | Cancel | Change):
        if isinstance(command, _QUIET):
            instance.held.append(command)
            return
        raise Conflict("suspended")
    COMMANDS[type(command)](instance, command)
    instance.ending = "cancelled"


def _start(definition: Definition, command: Start, context: Context) -> Instance:
    instance = Instance(definition, command.instance, context)
    root = instance.plant()
    root.write(clean(command.variables))
    instance.trail("instance.started")
    if command.element is not None:
        _start_at(instance, root, command.element)
        return instance
    if not instance.spec.starts:
        raise EngineError("no_start", definition.root, "the process has no start event without a trigger")
    instance.begin(root)
    return instance


def _start_at(instance: Instance, root: Token, name: str) -> None:
    """Begin where something has come: at a start event, or past what begins the process by waiting for it."""
    element = instance.spec.element(name) if name in instance.spec.task_specs else None
    if isinstance(element, StartEvent):
        condition = element.trigger_on.condition if not element.several else None
        if condition is not None and not instance.context.condition(condition, root.data, name):
            raise Conflict("condition_false", element=name)
        instance.begin(root, name)
        return
    gateways = [element.other(flow.source) for flow in element.incoming] if element is not None else []
    able = [element, *(one for one in gateways if isinstance(one, EventGateway))]
    first = next((one for one in able if one is not None and one.instantiates), None)
    if first is None or (first.name == name and isinstance(first, EventGateway)):
        raise EngineError("no_start", name, "nothing of that id begins the process")
    instance.begin(root, first.name)
    instance.do_engine_steps()
    token = next(token for token in instance.live.values() if token.element.meta.id == name)
    token.element.fire(token, {})


def _complete(instance: Instance, command: Complete) -> None:
    token = instance.find(command.task, READY)
    if token is None or not isinstance(token.element, UserTask):
        raise Conflict("task_done", task=command.task)
    reads = instance.definition.reads
    token.element.completed(token, clean({key: value for key, value in command.answers.items() if key in reads}))


def _deliver(instance: Instance, command: Deliver) -> None:
    token = instance.find(command.subscription, WAITING)
    if token is None or "listens" not in token.internal_data:
        raise Conflict("not_waiting", subscription=command.subscription)
    token.element.fire(token, clean(command.payload))


def _signal(instance: Instance, command: Signal) -> None:
    instance.trail("signal.sent", name=command.name)
    instance.signal(command.name, clean(command.payload))


def _fire(instance: Instance, command: Fire) -> None:
    for token in instance.waiting():
        number = token.internal_data.get("timer")
        if number is not None and instance.public(number) == command.timer:
            token.element.fire(token, {})
            return


def _job(instance: Instance, key: str) -> Token | None:
    token = instance.find(key, STARTED)
    if token is None or "job" not in token.internal_data:
        instance.trail("job.dropped", job=key)
        return None
    return token


def _job_done(instance: Instance, command: JobDone) -> None:
    outputs = clean(command.outputs)
    token = _job(instance, command.job)
    if token is not None and isinstance(token.element, ServiceTask):
        token.element.done(token, outputs)


def _job_failed(instance: Instance, command: JobFailed) -> None:
    token = _job(instance, command.job)
    if token is not None:
        del token.internal_data["job"]
        instance.throw_error(token, command.code, command.text)


def _change(instance: Instance, command: Change) -> None:
    """Set variables in every token, then compute the timers and due times that read one of them again."""
    values = clean(command.variables)
    moment = instance.next()
    instance.trail("variables.changed", variables=sorted(values))
    for scope in instance.scopes():
        for token in (scope.task_tree, *scope.live.values()):
            _set(token, values, moment)
    for scope in instance.scopes():
        for token in list(scope.live.values()):
            token.element.rearm(token, frozenset(values))


def _watch(instance: Instance) -> None:
    """Compute the timers again that read what has been written within their activity or scope."""
    for token in list(instance.waiting()):
        if "timer" in token.internal_data:
            token.element.watch(token)


def _set(token: Token, values: Mapping[str, Any], moment: int) -> None:
    """Set variables in one token; what is local there (a multi-instance's item) hides the instance's."""
    hidden = token.data.keys() - token.writes.keys()
    for key, value in values.items():
        if key not in hidden:
            token.data[key], token.writes[key] = value, moment


def _suspend(instance: Instance, command: Suspend) -> None:
    instance.status = "suspended"
    instance.trail("instance.suspended")


def _resume(instance: Instance, command: Resume) -> None:
    """Go on, and apply what came meanwhile."""
    if instance.status != "suspended":
        raise Conflict("not_suspended")
    instance.status = "running"
    instance.trail("instance.resumed")
    held, instance.held = instance.held, []
    for one in held:
        if instance.status == "running":
            COMMANDS[type(one)](instance, one)
            instance.do_engine_steps()


def _cancel(instance: Instance, command: Cancel) -> None:
    instance.result, instance.result_writes = instance.view(instance)
    instance.cancel_all()
    instance.completed = True
    instance.held = []
    instance.status = "cancelled"
    instance.trail("instance.cancelled", reason=command.reason)


COMMANDS: dict[type, Callable[[Instance, Any], None]] = {
    Complete: _complete,
    Deliver: _deliver,
    Signal: _signal,
    Fire: _fire,
    JobDone: _job_done,
    JobFailed: _job_failed,
    Change: _change,
    Suspend: _suspend,
    Resume: _resume,
    Cancel: _cancel,
    Return: moves.go_back,
    Withdraw: withdraw,
    Move: moves.move,
    Skip: moves.skip,
    Retry: moves.retry,
    AddSigner: add_signer,
    RemoveSigner: remove_signer,
}


def _step(instance: Instance) -> Step:
    """Close the books."""
    ended = instance.status in ("completed", "cancelled")
    if not ended and instance.stuck():
        instance.trail("instance.stuck")
    variables = dict(instance.result) if ended else instance.view(instance)[0]
    ledger = instance.ledger
    return Step(
        state=save(instance),
        status=instance.status,
        opened=tuple(ledger.opened.values()),
        closed=tuple(ledger.closed),
        moved=tuple(ledger.moved),
        jobs=ledger.jobs.changes(),
        timers=ledger.timers.changes(),
        subscriptions=ledger.subscriptions.changes(),
        thrown=tuple(ledger.thrown),
        events=tuple(ledger.events),
        variables=variables,
    )
