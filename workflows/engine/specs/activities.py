"""Activities: what a person, the worker or a rule does. Each carries its boundary events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows.engine import timers
from workflows.engine.expressions import Expression, Value
from workflows.engine.specs import compensation
from workflows.engine.specs.base import Element, Meta, Process
from workflows.engine.specs.events import Catch, Trigger, chosen_by_gateway, send
from workflows.engine.step import Job, MovedTask, OpenedTask
from workflows.engine.token import WAITING, Token
from workflows.errors import EngineError


class Activity(Element):
    """Arms its boundary events on entry and silences them when the token goes.

    An item of a multi-instance (``container`` names it) reports there instead of following flows.
    """

    def remembered(self) -> bool:
        """One can go back here."""
        return True

    def enter(self, token: Token) -> bool:
        """Take the token in and arm the boundary events."""
        if self.container is None:
            self.note_entered(token)
        for name in self.boundaries:
            listener = token.spawn(self.other(name), WAITING, host=token.number)
            listener.element.arm(listener)
        self._resume(token)
        return True

    def _resume(self, token: Token) -> None:
        """Give boundary timers the time that they had left."""
        instance, left = token.scope.instance, token.internal_data.pop("left", {})
        for other in list(token.scope.live.values()) if left else ():
            if other.internal_data.get("host") == token.number and other.element.name in left:
                instance.disarm_timer(other)
                instance.arm_timer(other, instance.context.now + timedelta(seconds=left[other.element.name]))

    def leave(self, token: Token) -> list[Token]:
        """Silence the boundary events and go on; what their timers had left, and what can be undone, stays known."""
        if self.boundaries:
            left = self.left(token)
            if left and self.tracked:
                token.mark(self.name, [token.number, {"left": left}])
            self._disarm(token)
        if "for" in token.internal_data:
            compensation.report(token)
            return []
        entries = compensation.completed(token)
        if self.container is None:
            token.scope.entries += entries
            return super().leave(token)
        whole = token.scope.tasks[token.internal_data["of"]]
        if entries:
            whole.internal_data["entries"] = [*whole.internal_data.get("entries", ()), *entries]
        whole.element.item_done(whole, token)
        return []

    def withdraw(self, token: Token) -> None:
        """Silence the boundary events."""
        self._disarm(token)

    def left(self, token: Token) -> dict[str, float]:
        """Give the seconds that each armed boundary timer has left."""
        if not self.boundaries:
            return {}
        now = token.scope.instance.context.now
        return {
            other.element.name: (datetime.fromisoformat(other.internal_data["due"]) - now).total_seconds()
            for other in token.scope.live.values()
            if other.internal_data.get("host") == token.number and "due" in other.internal_data
        }

    def _disarm(self, token: Token) -> None:
        if not self.boundaries:
            return
        for other in list(token.scope.live.values()):
            notes = other.internal_data
            if (notes.get("host") == token.number and other.has_state(WAITING)) or notes.get("cancels") == token.number:
                other.cancel()


class PlainTask(Activity):
    """Passes at once."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a user task says about itself."""

    form: Value | None = None
    due: Value | None = None
    assignment: tuple[tuple[str, Value], ...] = ()
    actions: tuple[tuple[str, Value], ...] = ()
    outputs: tuple[tuple[str, Expression], ...] = ()


class UserTask(Activity):
    """Waits for a person."""

    def __init__(self, process: Process, name: str, meta: Meta, work: Work) -> None:
        super().__init__(process, name, meta)
        self.manual = True
        self.work = work

    def _on_ready(self, my_task: Token) -> None:
        instance = my_task.scope.instance
        key = instance.public(my_task.number)
        instance.ledger.opened[key] = self._opened(my_task, key)

    def _opened(self, token: Token, key: str) -> OpenedTask:
        instance, meta, work = token.scope.instance, self.meta, self.work
        assignment = self._values(work.assignment, token)
        item, index = instance.item(token)
        form = work.form(instance.context, token.data, meta.id) if work.form else None
        return OpenedTask(
            id=key,
            element=meta.id,
            name=meta.name,
            process=meta.process,
            role=meta.role or _first_role(assignment),
            form=None if form is None else str(form),
            labels=dict(meta.labels),
            due=self._due(token),
            assignment=assignment,
            actions=self._values(work.actions, token),
            variables=dict(token.data),
            item=item,
            item_index=index,
            calls=token.scope.calls,
            visit=token.internal_data.get("visit", 1),
        )

    def _values(self, pairs: tuple[tuple[str, Value], ...], token: Token) -> dict[str, Any]:
        """Evaluate what the task says about itself."""
        context = token.scope.instance.context
        return {name: value(context, token.data, self.meta.id) for name, value in pairs}

    def _due(self, token: Token) -> datetime | None:
        if self.work.due is None:
            return None
        context = token.scope.instance.context
        value = self.work.due(context, token.data, self.meta.id)
        if value is None:
            return None
        try:
            return timers.deadline(value, context.now, context.zone)
        except (ValueError, OverflowError) as error:
            raise EngineError("deadline", self.meta.id, str(error)) from error

    def rearm(self, token: Token, changed: frozenset[str]) -> None:
        """Compute the due time again when it reads a changed variable."""
        if self.work.due is not None and self.work.due.names & changed:
            instance = token.scope.instance
            key = instance.public(token.number)
            instance.ledger.moved.append(MovedTask(key, self.meta.id, self._due(token)))

    def completed(self, token: Token, answers: Mapping[str, Any]) -> None:
        """Take the answers in that the definition reads: through qs:output where there is one, else as they are."""
        instance = token.scope.instance
        if self.work.outputs:
            seen = {**token.data, **answers}
            values = {name: value(instance.context, seen, self.meta.id) for name, value in self.work.outputs}
        else:
            values = dict(answers)
        token.write(values)
        instance.close_task(token, "completed")
        token.run()

    def withdraw(self, token: Token) -> None:
        """Close the task."""
        super().withdraw(token)
        token.scope.instance.close_task(token, token.scope.instance.ending)

    def skip(self, token: Token) -> None:
        """Go on without answers."""
        token.scope.instance.close_task(token, "skipped")
        token.run()


def _first_role(assignment: Mapping[str, Any]) -> str:
    named = assignment.get("role") or assignment.get("roles") or ""
    return str(named[0] if isinstance(named, list) and named else named).partition(",")[0].strip()


@dataclass(frozen=True, slots=True)
class Operation:
    """What a service task names: the operation, its inputs, and what becomes of its outputs."""

    name: str
    ins: tuple[tuple[str, Value], ...] = ()
    outs: tuple[tuple[str, Value], ...] = ()


class ServiceTask(Activity):
    """Opens a job and waits for its result."""

    def __init__(self, process: Process, name: str, meta: Meta, operation: Operation) -> None:
        super().__init__(process, name, meta)
        self.operation = operation

    def run(self, token: Token) -> bool | None:
        """Open the job."""
        token.internal_data["job"] = True
        self._ask(token, "")
        return None

    def _ask(self, token: Token, again: str) -> None:
        instance, meta = token.scope.instance, self.meta
        inputs = {name: value(instance.context, token.data, meta.id) for name, value in self.operation.ins}
        key = instance.public(token.number)
        instance.ledger.jobs.add(Job(key, meta.id, self.operation.name, inputs, f"job:{key}{again}", meta.process))

    def retry(self, token: Token) -> None:
        """Open the job again."""
        notes, instance = token.internal_data, token.scope.instance
        notes["retries"] = notes.get("retries", 0) + 1
        instance.ledger.jobs.remove(instance.public(token.number))
        self._ask(token, f":{notes['retries']}")

    def skip(self, token: Token) -> None:
        """Go on without the result."""
        del token.internal_data["job"]
        token.scope.instance.ledger.jobs.remove(token.scope.instance.public(token.number))
        token.complete()

    def done(self, token: Token, outputs: Mapping[str, Any]) -> None:
        """Take the result in and go on."""
        instance = token.scope.instance
        del token.internal_data["job"]
        if self.operation.outs:
            seen = {**token.data, **outputs}
            outputs = {name: value(instance.context, seen, self.meta.id) for name, value in self.operation.outs}
        token.write(outputs)
        token.complete()

    def withdraw(self, token: Token) -> None:
        """Await the job no longer."""
        super().withdraw(token)
        if token.internal_data.pop("job", None):
            token.scope.instance.ledger.jobs.remove(token.scope.instance.public(token.number))


class ScriptTask(Activity):
    """Evaluates FEEL into a variable."""

    def __init__(self, process: Process, name: str, meta: Meta, script: Expression, result: str) -> None:
        super().__init__(process, name, meta)
        self.script = script
        self.result = result

    def run(self, token: Token) -> bool | None:
        """Evaluate and write."""
        token.write({self.result: self.script(token.scope.instance.context, token.data, self.meta.id)})
        return True


class RuleTask(Activity):
    """Asks a decision and writes its answer into a variable."""

    def __init__(self, process: Process, name: str, meta: Meta, decision: str, result: str) -> None:
        super().__init__(process, name, meta)
        self.decision = decision
        self.result = result

    def run(self, token: Token) -> bool | None:
        """Decide and write."""
        instance = token.scope.instance
        answer = instance.definition.decide(self.decision, token.data, instance.context, self.meta.id)
        instance.note(
            "decision.evaluated", token, decision=self.decision, result=answer.value, rules=list(answer.rules)
        )
        token.write({self.result: answer.value})
        return True


class ReceiveTask(Activity, Catch):
    """Waits for a message."""

    def __init__(self, process: Process, name: str, meta: Meta, trigger: Trigger) -> None:
        super().__init__(process, name, meta)
        self.trigger_on = trigger

    def enter(self, token: Token) -> bool:
        """Listen."""
        if "group" not in token.internal_data:
            Activity.enter(self, token)
        token._set_state(WAITING)
        self.arm(token)
        return False

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Take the message in and go on."""
        chosen_by_gateway(token)
        self.silence(token)
        self.note_fired(token)
        token.write(payload)
        token._ready()

    def skip(self, token: Token) -> None:
        """Wait no longer, and go on."""
        chosen_by_gateway(token)
        self.silence(token)
        token._ready()

    def withdraw(self, token: Token) -> None:
        """Listen no longer."""
        self.silence(token)
        Activity.withdraw(self, token)

    def leave(self, token: Token) -> list[Token]:
        """Go on."""
        return Activity.leave(self, token)


class SendTask(Activity):
    """Throws a message and passes."""

    def __init__(self, process: Process, name: str, meta: Meta, trigger: Trigger) -> None:
        super().__init__(process, name, meta)
        self.trigger_on = trigger

    def run(self, token: Token) -> bool | None:
        """Throw."""
        send(token, self.trigger_on)
        return True
