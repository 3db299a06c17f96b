"""Plays the script of a process test on one instance, operation by operation, each from saved bytes to saved bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from feel import for_thread
from workflows import engine
from workflows.engine import rehearsal
from workflows.engine import step as steps
from workflows.errors import Conflict, EngineError, Invalid, Refused
from workflows.stage import Departed, Stage, fault

Json = Any

INSTANCE = "11111111-2222-3333-4444-555555555555"
#: How many jobs, timers and messages one operation may lead to.
MAX_STEPS = 10_000


@dataclass(slots=True)
class _Message:
    """A message on its way: sent from outside, or thrown by the instance."""

    name: str
    payload: Mapping[str, Json]
    key: str | None = None


class Player:
    """Plays one variant: what an instance waits for is known from its steps alone, as tables would know it."""

    def __init__(self, stage: Stage, script: Sequence[Sequence[Json]]) -> None:
        self.stage = stage
        self.case = stage.case
        self.script = script
        self.at = 0
        self.begin()

    def begin(self) -> None:
        """Forget everything: before a start there is nothing."""
        self.now = self.case.clock
        self.state: bytes | None = None
        self.status = ""
        self.variables: Mapping[str, Json] | None = None
        self.given: Mapping[str, Json] = {}
        self.tasks: dict[str, steps.OpenedTask] = {}
        self.jobs: dict[str, steps.Job] = {}
        self.timers: dict[str, steps.Timer] = {}
        self.subscriptions: dict[str, steps.Subscription] = {}
        self.messages: list[_Message] = []

    def perform(self, position: int) -> None:
        """Do or check what the script says at a place; raises Departed, and whatever the engine raises."""
        self.at = position
        operation = self.script[position]
        OPERATIONS[operation[0]](self, *operation[1:])

    # ---- the instance

    def definition(self) -> engine.Definition:
        """Give the definition; raises Refused."""
        if self.stage.refused is not None:
            raise self.stage.refused
        return self.stage.definition()

    def send(self, command: steps.Command) -> None:
        """Apply a command to the saved state, and keep what it changed."""
        step = engine.advance(self.definition(), self.state, command, self.now, for_thread())
        self.state, self.status = step.state, step.status
        self.tasks.update({task.id: task for task in step.opened})
        for closed in step.closed:
            self.tasks.pop(closed.id, None)
        _keep(self.timers, step.timers)
        _keep(self.subscriptions, step.subscriptions)
        _keep(self.jobs, step.jobs)
        for thrown in step.thrown:
            if thrown.kind == "message" and thrown.element not in self.stage.prepared.outward:
                self.messages.append(_Message(thrown.name, thrown.payload, thrown.correlation))

    def settle(self) -> None:
        """Do what needs nobody: jobs, messages that somebody waits for, timers that are due."""
        for _ in range(MAX_STEPS):
            command = self._job() or self._message() or self._timer(self.now)
            if command is None:
                return
            self.send(command)
        raise EngineError("automatic", self._next_element(), f"more than {MAX_STEPS} steps at once")

    def _next_element(self) -> str:
        """Name the element that something was just about to come to."""
        waits: list[steps.Job | steps.Timer | steps.Subscription]
        waits = [*self.jobs.values(), *self.timers.values(), *self.subscriptions.values()]
        return next(one.element for one in waits)

    def _job(self) -> steps.Command | None:
        for job in self.jobs.values():
            del self.jobs[job.id]
            if job.operation in self.case.errors:
                return steps.JobFailed(job.id, self.case.errors[job.operation])
            return steps.JobDone(job.id, self.case.operations[job.operation])
        return None

    def _message(self) -> steps.Command | None:
        for message in self.messages:
            for one in self.subscriptions.values():
                fits = message.key is None or one.correlation in (None, message.key)
                if one.kind == "message" and one.name == message.name and fits:
                    self.messages.remove(message)
                    return steps.Deliver(one.id, message.payload)
        return None

    def _timer(self, until: datetime) -> steps.Command | None:
        first = min(self.timers.values(), key=lambda timer: timer.due, default=None)
        if first is None or first.due > until:
            return None
        del self.timers[first.id]
        self.now = max(self.now, first.due)
        return steps.Fire(first.id)

    # ---- operations that do

    def start(self, variables: Mapping[str, Json] | None = None, element: str | None = None) -> None:
        """Begin a new instance: at its start event without trigger, else when the trigger of one comes."""
        early = self.messages
        self.begin()
        self.messages = early
        self.variables = self.given = dict(variables or {})
        if element is not None or rehearsal.begins_by_itself(self.definition()):
            self._start(element)
        elif any(self._begun_by("message", message.name) for message in self.messages):
            self._received()
        elif not self._awaited():
            self._start_at_once()

    def _start(self, element: str | None, payload: Mapping[str, Json] | None = None) -> None:
        variables, self.variables = {**(self.variables or {}), **(payload or {})}, {}
        self.send(steps.Start(INSTANCE, variables, element))
        self.settle()

    def _start_at_once(self) -> None:
        """Begin where the first trigger stands; a condition that does not hold is still awaited."""
        found = self._beginnings()
        try:
            self._start(found[0].element if found else None)
        except Conflict:
            self.variables = self.given

    def _beginnings(self) -> list[rehearsal.Beginning]:
        return rehearsal.beginnings(self.definition(), self.case.clock, for_thread())

    def _awaited(self) -> bool:
        """Say whether the script goes on to let a trigger that begins the process come."""
        for name, *rest in self.script[self.at + 1 :]:
            if name == "msg" and self._begun_by("message", self._name("message", rest[0])):
                return True
            if name == "sig" and self._begun_by("signal", self._name("signal", rest[0])):
                return True
            if name == "time" and any(one.due for one in self._beginnings()):
                return True
            if name in ("start", "fails"):
                return False
        return False

    def _begun_by(self, kind: str, name: str) -> str | None:
        """Give the element that a message or a signal of that name begins the process at."""
        return next((one.element for one in self._beginnings() if (one.kind, one.name) == (kind, name)), None)

    def _received(self) -> None:
        """Start the instance by the first message that can."""
        for message in self.messages:
            element = self._begun_by("message", message.name)
            if element is not None:
                self.messages.remove(message)
                self._start(element, message.payload)
                return

    def fails(self, variables: Mapping[str, Json] | None = None) -> None:
        """Expect that the deployment or the start raises an error that names its place."""
        try:
            self.start(variables)
        except Refused as refused:
            errors = [one for one in refused.findings if one.severity == "error"]
            if not any(one.element or one.line for one in errors):
                raise Departed(f"The refusal names no place: {fault(refused)}") from refused
        except EngineError as error:
            if not error.element:
                raise Departed(f"The error names no element: {fault(error)}") from error
        except Invalid as error:
            if not error.fields:
                raise Departed(f"The error names no variable: {error}") from error
        else:
            raise Departed("It was deployed and started.")

    def do(self, name: str, answers: Mapping[str, Json] | None = None) -> None:
        """Complete the oldest open task of that name or id."""
        wanted = _plain(name)
        found = next((one for one in self.open_tasks() if wanted in (_named(one), one.element)), None)
        if found is None:
            raise Departed(f"{name!r} is not open; open: {self._names()}")
        self._complete(found, answers)

    def do_nth(self, number: Json, answers: Mapping[str, Json] | None = None) -> None:
        """Complete the open task of that number, from 0, in the order of names and then of age."""
        found = sorted(self.open_tasks(), key=_named)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(found):
            raise Departed(f"There is no task number {number}; open: {self._names()}")
        self._complete(found[number], answers)

    def do_all(self, answers: Mapping[str, Json] | None = None) -> None:
        """Complete every task that is open now and stays so until its turn."""
        for task in list(self.open_tasks()):
            if task.id in self.tasks:
                self._complete(task, answers)

    def _complete(self, task: steps.OpenedTask, answers: Mapping[str, Json] | None) -> None:
        self.send(steps.Complete(task.id, dict(answers or {})))
        self.settle()

    def message(self, name: str, payload: Mapping[str, Json] | None = None, key: str | None = None) -> None:
        """Send a message: to one receiver, and without one it is kept until there is."""
        self.messages.append(_Message(self._name("message", name), dict(payload or {}), key))
        if self.state is not None:
            self.settle()
        elif self._begun_by("message", self.messages[-1].name) and (
            self.variables is not None or not self._started_later()
        ):
            self._received()

    def _started_later(self) -> bool:
        return any(operation[0] in ("start", "fails") for operation in self.script[self.at + 1 :])

    def signal(self, name: str, payload: Mapping[str, Json] | None = None) -> None:
        """Broadcast a signal; whoever does not wait for it then never hears it."""
        wanted = self._name("signal", name)
        if self.state is None:
            element = self._begun_by("signal", wanted)
            if element is not None:
                self._start(element, payload)
        elif self.status == "running":
            self.send(steps.Signal(wanted, dict(payload or {})))
            self.settle()

    def _name(self, kind: str, given: str) -> str:
        """Give the name of a message or signal that may be named by its id."""
        by_id = self.stage.prepared.messages if kind == "message" else self.stage.prepared.signals
        return given if given in by_id.values() else by_id.get(given, given)

    def time(self, seconds: float) -> None:
        """Move the clock to so many seconds after the start; what becomes due fires in order, each when it is due."""
        until = self.case.clock + timedelta(seconds=seconds)
        if until < self.now:
            raise Departed("The clock never goes back.")
        if self.state is None and self.variables is not None:
            found = [(one.due, one.element) for one in self._beginnings() if one.due is not None and one.due <= until]
            if found:
                due, element = min(found)
                self.now = max(self.now, due)
                self._start(element)
        for _ in range(MAX_STEPS):
            command = self._timer(until)
            if command is None:
                self.now = until
                return
            self.send(command)
            self.settle()
        raise EngineError("automatic", self._next_element(), f"more than {MAX_STEPS} timers")

    # ---- operations that check

    def open_tasks(self) -> list[steps.OpenedTask]:
        """Give the open user and manual tasks, the oldest first."""
        return list(self.tasks.values())

    def _names(self) -> list[str]:
        return sorted(_named(task) for task in self.open_tasks())

    def check_tasks(self, names: list[str]) -> None:
        """Expect the names of the open tasks."""
        _expect(sorted(_plain(name) for name in names), self._names())

    def check_ids(self, ids: list[str]) -> None:
        """Expect the elements of the open tasks."""
        _expect(sorted(ids), sorted(task.element for task in self.open_tasks()))

    def check_count(self, number: int) -> None:
        """Expect how many tasks are open."""
        _expect(number, len(self.tasks))

    def check_waiting(self, number: int) -> None:
        """Expect how many boundary and intermediate events are armed."""
        armed = [one for one in self._standing() if one.kind in ("boundaryEvent", "intermediateCatchEvent")]
        _expect(number, len(armed), sorted(one.element for one in armed))

    def check_active(self, ids: list[str]) -> None:
        """Expect the elements where something is open or waits; what lies around them may be named as well."""
        there = self._standing()
        gateways = {one.gateway for one in there if one.gateway} & set(ids)
        needed = {one.element for one in there if not one.around and one.gateway not in gateways}
        around = {one.element for one in there if one.around or one.gateway in gateways} | gateways
        _expect(sorted(set(ids) - (around - needed)), sorted(needed))

    def _standing(self) -> list[rehearsal.Standing]:
        if self.state is None:
            return []
        return rehearsal.standing(self.definition(), self.state, self.now, for_thread())

    def check_open(self) -> None:
        """Expect that the instance has not ended."""
        if self._ended():
            raise Departed("It has ended.")

    def check_end(self) -> None:
        """Expect that the instance has ended."""
        if not self._ended():
            raise Departed(
                f"It has not ended; open: {self._names()}, waiting: {[one.element for one in self._standing()]}"
            )

    def _ended(self) -> bool:
        if self.state is None and self.variables is None:
            raise Departed("Nothing was started.")
        return self.status in ("completed", "cancelled")

    def check_nothing(self, *_: Json) -> None:
        """Expect nothing."""


def _keep(rows: dict[str, Any], changes: steps.Changes[Any]) -> None:
    for key in changes.removed:
        rows.pop(key, None)
    rows.update({one.id: one for one in changes.added})


def _plain(name: str) -> str:
    return " ".join(name.split())


def _named(task: steps.OpenedTask) -> str:
    return _plain(task.name) if task.name.strip() else task.element


def _expect(wanted: Json, found: Json, told: Json = None) -> None:
    if wanted != found:
        raise Departed(f"expected {wanted!r}, found {found!r}" + (f": {told!r}" if told else ""))


OPERATIONS: Mapping[str, Callable[..., None]] = {
    "start": Player.start,
    "fails": Player.fails,
    "do": Player.do,
    "donth": Player.do_nth,
    "doall": Player.do_all,
    "msg": Player.message,
    "sig": Player.signal,
    "time": Player.time,
    "tasks": Player.check_tasks,
    "ids": Player.check_ids,
    "count": Player.check_count,
    "waiting": Player.check_waiting,
    "active": Player.check_active,
    "open": Player.check_open,
    "end": Player.check_end,
    "any": Player.check_nothing,
}
