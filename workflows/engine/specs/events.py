"""Events: what is caught at a start, on the way and at a boundary, and what is thrown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from workflows.engine import timers
from workflows.engine.expressions import Expression, Fixed, Value
from workflows.engine.specs import compensation
from workflows.engine.specs.base import Element, Meta, Process
from workflows.engine.step import Thrown
from workflows.engine.token import COMPLETED, FINISHED, WAITING, Token
from workflows.errors import EngineError


@dataclass(frozen=True, slots=True)
class Trigger:
    """What an event catches or throws: its kind, its name or code, and the expressions it holds."""

    kind: str = "none"
    name: str = ""
    timer: str = ""
    value: Value | None = None
    condition: Expression | None = None
    correlation: Value | None = None
    payload: tuple[tuple[str, Value], ...] = ()
    waits: bool = True


class StartEvent(Element):
    """Where a scope begins; by the time a token is here its trigger has come, or one of ``several``."""

    def __init__(self, process: Process, name: str, meta: Meta, several: tuple[Trigger, ...]) -> None:
        super().__init__(process, name, meta)
        self.several = several if len(several) > 1 else ()
        self.trigger_on = several[0] if several else Trigger()


class Catch(Element):
    """An event that waits: arms its timer or subscription, fires, and takes back what it armed when cancelled."""

    trigger_on: Trigger

    def seen(self, token: Token) -> Mapping[str, Any]:
        """Give the variables that the event's expressions see."""
        return token.data

    def arm(self, token: Token) -> None:
        """Begin to listen."""
        instance, on = token.scope.instance, self.trigger_on
        if on.kind == "timer":
            self.arm_timer(token)
        elif on.kind in ("message", "signal"):
            key = on.correlation(instance.context, self.seen(token), self.meta.id) if on.correlation else None
            instance.subscribe(token, on.kind, on.name, None if key is None else str(key))
        elif on.kind == "conditional":
            token.internal_data["was"] = False

    def arm_timer(self, token: Token) -> None:
        """Compute when the timer is due."""
        instance, notes = token.scope.instance, token.internal_data
        notes.setdefault("anchor", instance.context.now.isoformat())
        value = self._timer_value(token)
        anchor, fired = datetime.fromisoformat(notes["anchor"]), notes.get("fired", 0)
        try:
            due: datetime | None = timers.due(self.trigger_on.timer, value, anchor, instance.context.zone)
            if fired:  # a cycle that has fired goes on from there
                fired, due = self._next_due(token, value) or (fired, None)
        except (ValueError, OverflowError) as error:
            raise EngineError("timer", self.meta.id, str(error)) from error
        if self.trigger_on.timer == "timeCycle":
            notes["cycle"], notes["fired"] = value, fired
        if due is not None:
            instance.arm_timer(token, due)

    def _timer_value(self, token: Token) -> Any:
        text = self.trigger_on.value or Fixed(None)
        value = text(token.scope.instance.context, self.seen(token), self.meta.id)
        if value is None:
            raise EngineError("timer", self.meta.id, "the timer is null")
        return value

    def rearm(self, token: Token, changed: frozenset[str]) -> None:
        """Compute an armed timer again when its expression reads a changed variable."""
        on, instance = self.trigger_on, token.scope.instance
        if on.kind != "timer" or "timer" not in token.internal_data or on.value is None:
            return
        if on.value.names & changed:
            notes, books = token.internal_data, instance.ledger.timers
            before, number = notes.pop("due"), notes.pop("timer")
            self.arm_timer(token)
            if notes.get("due") == before:
                books.remove(instance.public(notes["timer"]))
                notes["timer"] = number
            else:
                books.remove(instance.public(number))

    def watch(self, token: Token) -> None:
        """Compute an armed timer again when what it sees was written since it was computed."""
        value, notes = self.trigger_on.value, token.internal_data
        if value is None or not value.names:
            return
        self.seen(token)
        since = max(notes["timer"], notes.get("looked", 0))
        if any(token.writes.get(name, 0) > since for name in value.names):
            self.rearm(token, value.names)
            notes["looked"] = token.scope.instance.sequence

    def cycle_on(self, token: Token) -> None:
        """Arm a cycle's next firing; a date or a duration fires once."""
        instance, notes = token.scope.instance, token.internal_data
        instance.disarm_timer(token)
        if "cycle" not in notes:
            return
        notes["fired"] += 1
        found = self._next_due(token, notes["cycle"])
        if found is not None:
            notes["fired"] = found[0]
            instance.arm_timer(token, found[1])

    def _next_due(self, token: Token, cycle: Any) -> tuple[int, datetime] | None:
        """Give the number and the time of a cycle's next firing."""
        notes, context = token.internal_data, token.scope.instance.context
        anchor = datetime.fromisoformat(notes["anchor"])
        return timers.next_due(cycle, anchor, notes["fired"], context.now, context.zone)

    def ask(self, token: Token) -> None:
        """Fire when the condition has changed to true."""
        condition = self.trigger_on.condition
        if condition is None or "was" not in token.internal_data or not token.has_state(WAITING):
            return
        context = token.scope.instance.context
        self.seen(token)
        token.take([token.scope.instance.known(token)])
        holds = context.evaluate(condition, token.data, self.meta.id) is True
        was, token.internal_data["was"] = token.internal_data["was"], holds
        if holds and not was:
            self.fire(token, {})

    def listens_for(self, kind: str, name: str, *, exactly: bool = False) -> bool:
        """Say whether this catches an event of that kind and name; without a name it catches every one."""
        on = self.trigger_on
        return on.kind == kind and (on.name == name or (not on.name and not exactly))

    def note_fired(self, token: Token) -> None:
        """Write what has come."""
        kind = {"timer": "timer.fired", "message": "message.received", "signal": "signal.received"}
        name = kind.get(self.trigger_on.kind, f"{self.trigger_on.kind}.caught")
        token.scope.instance.note(name, token, **({"name": self.trigger_on.name} if self.trigger_on.name else {}))

    def silence(self, token: Token) -> None:
        """Take back what is armed."""
        token.scope.instance.disarm_timer(token)
        token.scope.instance.unsubscribe(token)
        token.internal_data.pop("was", None)

    def withdraw(self, token: Token) -> None:
        """Listen no longer."""
        self.silence(token)


class IntermediateCatch(Catch):
    """An event on the way: the token waits here."""

    def remembered(self) -> bool:
        """One can go back here."""
        return True

    def __init__(self, process: Process, name: str, meta: Meta, trigger: Trigger) -> None:
        super().__init__(process, name, meta)
        self.trigger_on = trigger

    def enter(self, token: Token) -> bool:
        """Wait for the event."""
        if "group" not in token.internal_data:
            self.note_entered(token)
        token._set_state(WAITING)
        self.arm(token)
        return False

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Go on; behind an event gateway the other events are withdrawn."""
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
        """Listen no longer; of several triggers the last that is taken back tells so."""
        super().withdraw(token)
        group = token.internal_data.get("group")
        if "entered" in token.internal_data:
            others = (one for one in token.scope.live.values() if one.internal_data.get("group") == group)
            if next(others, None) is None:
                token.scope.instance.note("element.cancelled", token)


class SeveralCatch(Element):
    """An event on the way with several triggers: the token waits for each of them at an element of its own."""

    def __init__(self, process: Process, name: str, meta: Meta, each: tuple[str, ...]) -> None:
        super().__init__(process, name, meta)
        self.each = each

    def remembered(self) -> bool:
        """One can go back here."""
        return True

    def enter(self, token: Token) -> bool:
        """Wait for the first; behind an event gateway the others there are among them."""
        notes: dict[str, Any] = {"flow": token.internal_data.get("flow"), "group": token.internal_data.get("group")}
        if notes["group"] is None:
            self.note_entered(token)
            notes |= {"group": token.number, "entered": True, "visit": token.internal_data["visit"]}
        waiting = [token.spawn(self.other(name), **notes) for name in self.each]
        token._set_state(COMPLETED)
        for child in waiting:
            child.element._update(child)
        return False


def chosen_by_gateway(token: Token) -> None:
    """Withdraw the other events of the gateway, and show that this one's flow was taken."""
    group = token.internal_data.pop("group", None)
    if group is None:
        return
    entered = token.internal_data.pop("entered", False)
    for other in list(token.scope.live.values()):
        if other.internal_data.get("group") == group:
            other.internal_data.pop("entered", None)
            other.cancel()
    if entered:
        return
    element = token.element
    flow = next(flow for flow in element.incoming if flow.id == token.internal_data["flow"])
    token.scope.instance.note_flow(token, flow)
    element.note_entered(token)


class Boundary(Catch):
    """An event attached to an activity: armed when a token enters the activity, silent when it leaves.

    A non-interrupting one starts a token of its own each time and stays armed; an interrupting one cancels its host
    from the inside out.
    """

    def remembered(self) -> bool:
        """Remember what came of the event and not of its activity."""
        return True

    def __init__(self, process: Process, name: str, meta: Meta, trigger: Trigger, interrupting: bool) -> None:
        super().__init__(process, name, meta)
        self.trigger_on = trigger
        self.interrupting = interrupting

    def host(self, token: Token) -> Token:
        """Give the token of the activity."""
        return token.scope.tasks[token.internal_data["host"]]

    def seen(self, token: Token) -> Mapping[str, Any]:
        """See what the host and everything within it have written."""
        self._refresh(token, self.host(token))
        return token.data

    def _refresh(self, token: Token, host: Token) -> None:
        token.take(token.scope.instance.seen_by(host))

    def fire(self, token: Token, payload: Mapping[str, Any]) -> None:
        """Start the event's branch."""
        host = self.host(token)
        self.note_fired(token)
        if self.interrupting:
            self.silence(token)
            self._go(token, host, payload)
            host.cancel()
            return
        child = token.spawn(self)
        self._go(child, host, payload)
        if self.trigger_on.kind == "timer":
            self.cycle_on(token)

    def _go(self, token: Token, host: Token, payload: Mapping[str, Any]) -> None:
        self._refresh(token, host)
        token.fork = token.scope.instance.next() if not self.interrupting else host.fork
        token.internal_data.pop("host", None)
        if "straight" in host.internal_data and not self.interrupting:  # an errand leaves no trace
            token.mark(host.element.name, host.internal_data["straight"][1])
        token.write(payload)
        self.note_entered(token)
        token._ready()


class Throw(Element):
    """An intermediate or end event that throws; without trigger it passes."""

    def remembered(self) -> bool:
        """One can go back here, and withdraw nothing that has thrown."""
        return bool(self.outgoing)

    def __init__(self, process: Process, name: str, meta: Meta, trigger: Trigger) -> None:
        super().__init__(process, name, meta)
        self.trigger_on = trigger
        self.more: tuple[Trigger, ...] = ()

    def run(self, token: Token) -> bool | None:
        """Throw; an escalation may end the token itself, so that it throws no more."""
        done = self._throw(token, self.trigger_on)
        for on in self.more:
            if not token.has_state(FINISHED):
                done = self._throw(token, on)
        return done

    def _throw(self, token: Token, on: Trigger) -> bool | None:
        instance = token.scope.instance
        if on.kind == "terminate":
            token.scope.cancel_all(keep=token)
        elif on.kind == "error":
            instance.throw_error(token, on.name, "")
        elif on.kind == "escalation":
            instance.throw_escalation(token, on.name)
        elif on.kind in ("message", "signal"):
            send(token, on)
        elif on.kind == "cancel":
            compensation.cancel_transaction(token)
        elif on.kind == "compensation":
            return self._compensate(token)
        return True

    def _compensate(self, token: Token) -> bool | None:
        """Undo an activity or the whole scope, and wait until it is undone unless the event says otherwise."""
        entries = compensation.chosen(token, self.trigger_on.name)
        token.scope.instance.note("compensation.thrown", token, activities=[entry["of"] for entry in entries])
        if self.trigger_on.waits:
            return compensation.begin(token, entries)
        undoing = compensation.driver(token, entries)
        undoing.element._update(undoing)
        return True

    def withdraw(self, token: Token) -> None:
        """Undo no more."""
        if "undo" in token.internal_data:
            compensation.give_back(token)


def send(token: Token, on: Trigger) -> None:
    """Throw a message or a signal out of the instance; a signal is heard inside as well."""
    instance, element = token.scope.instance, token.element.meta.id
    payload = {name: value(instance.context, token.data, element) for name, value in on.payload}
    key = (on.correlation or Fixed(None))(instance.context, token.data, element)
    correlation = None if key is None else str(key)
    kind: Literal["message", "signal"] = "signal" if on.kind == "signal" else "message"
    instance.ledger.thrown.append(Thrown(kind, on.name, payload, correlation, element))
    instance.note(f"{kind}.thrown", token, name=on.name)
    if kind == "signal":
        instance.signal(on.name, payload)
