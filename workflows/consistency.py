"""Whether the rows say what the states hold: each open task, armed timer and subscription on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from workflows import engine, runtime
from workflows.application import Application
from workflows.errors import EngineError
from workflows.models import Instance, Subscription, Task, Timer

_LOT = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """A thing that only the state or only the rows know, or know differently. ``kind``: task, timer, subscription, state."""

    instance_id: str
    kind: str
    id: str
    in_state: str
    in_rows: str

    def __str__(self) -> str:
        """Give one line."""
        return f"{self.instance_id} {self.kind} {self.id}: state {self.in_state or '-'}, rows {self.in_rows or '-'}"


def differences(session: Session, app: Application, instance: Instance) -> list[Difference]:
    """Compare an instance's state with its rows; nothing where they agree."""
    try:
        definition = runtime.load_definition(session, app, instance.definition_id)
        waits = engine.waits(definition, instance.state)
    except EngineError as error:
        return [Difference(instance.id, "state", instance.id, str(error), instance.status)]
    held = {
        "task": {one.id: one.element for one in waits if one.kind == "task"},
        "timer": {one.timer: f"{one.element} {one.due}" for one in waits if one.timer is not None},
        "subscription": {one.id: " ".join((one.element, *one.listens)) for one in waits if one.listens is not None},
    }
    written = _written(session, instance)
    return [
        Difference(instance.id, kind, key, held[kind].get(key, ""), written[kind].get(key, ""))
        for kind in held
        for key in sorted(held[kind].keys() | written[kind].keys())
        if held[kind].get(key) != written[kind].get(key)
    ]


def _written(session: Session, instance: Instance) -> dict[str, dict[str, Any]]:
    tasks = select(Task.id, Task.element).where(Task.instance_id == instance.id, Task.status == "open")
    timers = select(Timer.id, Timer.element, Timer.due_at).where(
        Timer.instance_id == instance.id, Timer.status == "armed"
    )
    waiting = select(Subscription.id, Subscription.element, Subscription.kind, Subscription.name).where(
        Subscription.instance_id == instance.id
    )
    return {
        "task": {row[0]: row[1] for row in session.execute(tasks)},
        "timer": {row[0]: f"{row[1]} {row[2]}" for row in session.execute(timers)},
        "subscription": {row[0]: " ".join(row[1:]) for row in session.execute(waiting)},
    }


def check(session: Session, app: Application) -> Iterator[Difference]:
    """Compare every instance, those that have ended too, lot by lot; nothing is changed."""
    last = ""
    while True:
        query = select(Instance).options(undefer(Instance.state)).where(Instance.id > last)
        lot = session.scalars(query.order_by(Instance.id).limit(_LOT)).all()
        for instance in lot:
            yield from differences(session, app, instance)
        if len(lot) < _LOT:
            return
        last = lot[-1].id
        session.expunge_all()
