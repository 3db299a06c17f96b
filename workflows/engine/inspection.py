"""What a saved state holds, told as plain values: all that waits, and where an operator may put it. Nothing changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

from workflows.engine.definition import Definition
from workflows.engine.expressions import Context, Evaluator
from workflows.engine.moves import bases, enterable
from workflows.engine.saved import load, save
from workflows.engine.specs.activities import UserTask
from workflows.engine.token import READY, STARTED, WAITING, Token
from workflows.engine.workflow import Instance
from workflows.errors import Conflict

Kind = Literal["task", "job", "event", "armed", "join", "scope"]
_ARMED = frozenset({"host", "standing"})


@dataclass(frozen=True, slots=True)
class Wait:
    """A live token: what stands under which id, and what it has armed.

    ``kind``: a task of a person, a job, an event on the way, an event that only listens beside its activity (``armed``),
    an arrival at a join, or a scope that runs. ``timer`` is the id of its timer, ``due`` when that is due;
    ``listens`` the kind and name of what it is subscribed to, under its own id.
    """

    id: str
    kind: Kind
    element: str
    process: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    timer: str | None = None
    due: datetime | None = None
    listens: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """An element that a token can be put on."""

    element: str
    process: str
    name: str
    kind: str
    labels: Mapping[str, str] = field(default_factory=dict)


def waits(definition: Definition, state: bytes) -> tuple[Wait, ...]:
    """Give every live token of a state; none of an instance that has ended."""
    instance = _load(definition, state)
    if instance.status in ("completed", "cancelled"):
        return ()
    return tuple(_wait(token) for scope in instance.scopes() for token in scope.live.values())


def places(definition: Definition, state: bytes, token: str) -> tuple[Place, ...]:
    """Give the elements that what waits under an id can be moved to; Conflict ``not_waiting``."""
    found = _load(definition, state).find(token, READY | STARTED | WAITING)
    if found is None or found.internal_data.keys() & _ARMED:
        raise Conflict("not_waiting", token=token)
    places: dict[str, Place] = {}
    for base in bases(found):
        for element in base.scope.spec.elements():
            meta = element.meta
            if meta.shown and enterable(element):
                place = Place(meta.id, meta.process, meta.name, meta.kind, meta.labels)
                places.setdefault(meta.id, place)
    return tuple(places.values())


@dataclass(frozen=True, slots=True)
class Restored:
    """An older state of an instance, with what the row says of it."""

    state: bytes
    status: str
    variables: Mapping[str, Any]


def restored(definition: Definition, state: bytes, newer_definition: Definition, newer: bytes) -> Restored:
    """Give an older state of an instance again, with the numbers going on behind the newer one's: no id comes twice."""
    instance = _load(definition, state)
    instance.sequence = max(instance.sequence, _load(newer_definition, newer).sequence)
    variables = instance.view(instance)[0]
    return Restored(save(instance), instance.status, variables)


def _load(definition: Definition, state: bytes) -> Instance:
    nothing = cast(Evaluator, None)  # no expression is evaluated
    return load(definition, state, Context(nothing, datetime.fromtimestamp(0, UTC), definition.zone))


def _wait(token: Token) -> Wait:
    notes, instance, element = token.internal_data, token.scope.instance, token.element
    meta = element.meta
    timer = notes.get("timer")
    trigger = getattr(element, "trigger_on", None)
    return Wait(
        id=instance.public(token.number),
        kind=_kind(token),
        element=meta.id,
        process=meta.process,
        name=meta.name,
        labels=meta.labels,
        timer=None if timer is None else instance.public(timer),
        due=datetime.fromisoformat(notes["due"]) if "due" in notes else None,
        listens=(trigger.kind, trigger.name) if trigger is not None and notes.get("listens") else None,
    )


def _kind(token: Token) -> Kind:
    notes, element = token.internal_data, token.element
    if notes.keys() & _ARMED:
        return "armed"
    if isinstance(element, UserTask) and token.has_state(READY):
        return "task"
    if "job" in notes:
        return "job"
    if element.joins:
        return "join"
    return "event" if token.has_state(WAITING) else "scope"
