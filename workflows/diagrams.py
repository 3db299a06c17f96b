"""The live diagram: one process of an instance, what each element's state is, who has it, and the way down and up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import access, engine, runtime
from workflows.access import Actor
from workflows.application import Application
from workflows.errors import NotFound
from workflows.models import DefinitionFile, Instance, Organisation, Person, StepRecord, Task, TaskCandidate

State = Literal["done", "current", "overdue", "returned", "cancelled"]
Titles = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ElementState:
    """An element that was met. ``count`` is how often it was finished, ``open`` how often it stands open now.

    ``tasks`` are its open tasks: id, who holds it ("" if nobody), who may take it, since when, due when.
    """

    state: State
    count: int = 0
    open: int = 0
    tasks: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Diagram:
    """A process of an instance. What is not in ``elements`` was not met; ``drill`` leads down, ``parent`` up."""

    process: str
    title: Titles
    xml: str
    elements: Mapping[str, ElementState]
    flows: Mapping[str, int]
    drill: Mapping[str, str]
    parent: str | None = None
    parent_title: Titles = ("", "")


def diagram(
    session: Session,
    app: Application,
    actor: Actor,
    instance_id: str,
    process: str | None = None,
    now: datetime | None = None,
) -> Diagram:
    """Give the diagram of a process of an instance (default: the one whose tasks are open).

    ``now`` decides what is overdue (default: the actor's time). Raises NotFound also for an unknown process.
    """
    instance = access.instance(session, actor, instance_id)
    definition = runtime.load_definition(session, app, instance.definition_id)
    wanted = process or (instance.stage if instance.stage in definition.processes else definition.root)
    info = definition.processes.get(wanted)
    if info is None:
        raise NotFound("process", process=wanted)
    content = session.get(DefinitionFile, (instance.definition_id, info.file))
    if content is None:
        raise NotFound("process", process=wanted)
    elements, flows = _elements(session, actor, instance, wanted, now or actor.at)
    parent = _parent(definition, wanted)
    return Diagram(
        process=wanted,
        title=_titles(info),
        xml=content.content.decode("utf-8", "replace"),
        elements=elements,
        flows=flows,
        drill={
            key: element.called
            for key, element in info.elements.items()
            if element.called and element.called in definition.processes
        },
        parent=parent,
        parent_title=_titles(definition.processes[parent]) if parent else ("", ""),
    )


def _titles(info: engine.ProcessInfo) -> Titles:
    return info.name or info.id, info.labels.get("en", "")


def _parent(definition: engine.Definition, process: str) -> str | None:
    """Give the process that calls this one; the root first where several do."""
    ids = sorted(definition.processes, key=lambda one: (one != definition.root, one))
    for one in ids:
        if one != process and any(info.called == process for info in definition.processes[one].elements.values()):
            return one
    return None


def _elements(
    session: Session, actor: Actor, instance: Instance, process: str, now: datetime
) -> tuple[dict[str, ElementState], dict[str, int]]:
    """Count what was entered and left, and put the tasks upon it."""
    query = (
        select(StepRecord.element, StepRecord.kind, func.count())
        .where(StepRecord.instance_id == instance.id, StepRecord.process == process)
        .group_by(StepRecord.element, StepRecord.kind)
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    flows: dict[str, int] = {}
    for element, kind, number in session.execute(query):
        if kind == "flow.taken":
            flows[element] = number
        elif kind.startswith("element."):
            counts[element][kind] = number
    tasks = session.scalars(
        select(Task)
        .where(Task.instance_id == instance.id, Task.process == process, Task.status.in_(("open", "returned")))
        .order_by(Task.opened_at, Task.id)
    ).all()
    shown = _shown_tasks(session, instance, [task for task in tasks if task.status == "open"], now)
    returned = {task.element for task in tasks if task.status == "returned"}
    ended = instance.status in {"completed", "cancelled"}
    return {
        element: _state(number, shown.get(element, []), element in returned, ended)
        for element, number in counts.items()
    }, flows


def _state(counts: Mapping[str, int], tasks: list[dict[str, Any]], returned: bool, ended: bool) -> ElementState:
    left, gone = counts.get("element.left", 0), counts.get("element.cancelled", 0)
    standing = 0 if ended else max(0, counts.get("element.entered", 0) - left - gone)
    state: State
    if standing and any(task["overdue"] for task in tasks):
        state = "overdue"
    elif standing:
        state = "current"
    elif returned:
        state = "returned"
    else:
        state = "done" if left else "cancelled"
    return ElementState(state, left, standing, tuple(tasks))


def _shown_tasks(
    session: Session, instance: Instance, tasks: Iterable[Task], now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Say of open tasks who has them: the holder, else the organisations or people they are offered to."""
    rows = list(tasks)
    holders = _names(session, Person, {task.assignee_id for task in rows if task.assignee_id})
    candidates: dict[str, list[str]] = defaultdict(list)
    found = select(TaskCandidate.task_id, TaskCandidate.principal).where(
        TaskCandidate.task_id.in_([task.id for task in rows])
    )
    for task_id, principal in session.execute(found):
        candidates[task_id].append(principal)
    flat = [one for several in candidates.values() for one in several]
    firms = _names(session, Organisation, {one.partition("@org:")[2] for one in flat if "@org:" in one})
    shown: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for task in rows:
        offered = {firms.get(one.partition("@org:")[2], "") for one in candidates[task.id]}
        shown[task.element].append(
            {
                "id": task.id,
                "holder": holders.get(task.assignee_id or "", ""),
                "offered_to": sorted(offered - {""}),
                "role": task.role,
                "opened_at": task.opened_at,
                "due_at": task.due_at,
                "overdue": task.due_at is not None and task.due_at < now,
            }
        )
    return shown


def _names(session: Session, model: type[Person | Organisation], ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    query = select(model.id, model.name).where(model.id.in_(sorted(ids)))
    return {row[0]: row[1] for row in session.execute(query)}
