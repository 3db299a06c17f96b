"""What would become of running instances under another version of their process (迁移), told beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from marshmallow import ValidationError
from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session, undefer

from feel import for_thread
from forms import FileInfo, compile_form
from workflows import access, engine, models, runtime
from workflows.access import Actor
from workflows.application import Application
from workflows.engine import PlanItem
from workflows.errors import Conflict, NotFound
from workflows.models import Draft, Instance, Region, Task

Json = Any
MIGRATE: Final = "instances.migrate"
SHOWN: Final = 200  # instances that a dry run tells one by one
_LOT: Final = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. ``mapping`` names the new id of elements that have another one.

    ``branches`` says of each flow that a join has got anew: ``start`` or ``done``. ``timers``: as they are, or computed
    again from when they were armed.
    """

    source_id: str
    target_id: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    timers: Literal["keep", "afresh"] = "keep"


@dataclass(frozen=True, slots=True)
class DraftWarning:
    """A draft whose answers the new form does not take: the fields that it has no more, or refuses."""

    task_id: str
    element: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of one instance; with a refusal among the items, nothing."""

    instance: Instance
    items: tuple[PlanItem, ...]
    drafts: tuple[DraftWarning, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the instance stays as it is."""
        return any(item.outcome == "refused" for item in self.items)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a migration would do: how many instances it is about, how many it refuses, the first ones told in full."""

    source: models.Definition
    target: models.Definition
    total: int
    refused: int
    outlooks: tuple[Outlook, ...]


def dry_run(session: Session, app: Application, actor: Actor, wish: Wish, *, now: datetime) -> DryRun:
    """Say what would become of every running instance of the source; nothing is changed.

    Refused instances come first. Raises NotFound, NotAllowed, Conflict ``not_active``, ``other_family``.
    """
    source, target = pair(session, actor, wish)
    refused: list[Outlook] = []
    fine: list[Outlook] = []
    total = number = 0
    for instance in instances(session, actor, wish.source_id):
        total += 1
        found = outlook(session, app, instance, target, wish, now)
        number += found.refused
        kept = refused if found.refused else fine
        if len(kept) < SHOWN:
            kept.append(found)
    return DryRun(source, target, total, number, tuple([*refused, *fine][:SHOWN]))


def sources(session: Session, actor: Actor, target_id: str) -> list[tuple[models.Definition, int]]:
    """Give the other versions of the target's family that have running instances the actor may migrate, with how many."""
    access.require(actor, MIGRATE)
    target = session.get(models.Definition, target_id)
    if target is None:
        raise NotFound
    counted = (
        select(Instance.definition_id, func.count().label("number"))
        .where(Instance.family_key == target.family_key, Instance.definition_id != target_id, *of_actor(actor))
        .group_by(Instance.definition_id)
        .subquery()
    )
    query = (
        select(models.Definition, counted.c.number)
        .join(counted, counted.c.definition_id == models.Definition.id)
        .order_by(models.Definition.variant, models.Definition.version)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def pair(session: Session, actor: Actor, wish: Wish) -> tuple[models.Definition, models.Definition]:
    """Give source and target of a wish; raises as ``dry_run``."""
    access.require(actor, MIGRATE)
    source, target = (session.get(models.Definition, one) for one in (wish.source_id, wish.target_id))
    if source is None or target is None:
        raise NotFound
    if source.family_key != target.family_key or source.id == target.id:
        raise Conflict("other_family", source=source.id, target=target.id)
    if target.state == "deployed":
        raise Conflict("not_active", state=target.state)
    return source, target


def of_actor(actor: Actor) -> list[Any]:
    """Give the conditions of the running instances that somebody may migrate."""
    here = [path for action, path in actor.grants if action == MIGRATE]
    return [
        Instance.status.in_(("running", "suspended")),
        access.visible(actor, Instance),
        or_(false(), *(Instance.region_path.startswith(path, autoescape=True) for path in here)),
    ]


def instances(session: Session, actor: Actor, source_id: str) -> Iterator[Instance]:
    """Give the running instances of a version that somebody may migrate, with their states."""
    last = ""
    while True:
        query = (
            select(Instance)
            .options(undefer(Instance.state))
            .where(Instance.definition_id == source_id, Instance.id > last, *of_actor(actor))
        )
        lot = session.scalars(query.order_by(Instance.id).limit(_LOT)).all()
        yield from lot
        if len(lot) < _LOT:
            return
        last = lot[-1].id


def outlook(
    session: Session, app: Application, instance: Instance, target: models.Definition, wish: Wish, now: datetime
) -> Outlook:
    """Say what would become of one instance."""
    if target.variant and not _within(session, instance, target.variant):
        item = PlanItem(instance.id, "instance", "", target.variant, "refused", "region")
        return Outlook(instance, (item,))
    old = runtime.load_definition(session, app, instance.definition_id)
    new = runtime.load_definition(session, app, target.id)
    plan = engine.plan(old, new, instance.state, wish.mapping, wish.branches)
    return Outlook(instance, plan.items, tuple(_drafts(session, app, instance, target, plan.items, now)))


def _within(session: Session, instance: Instance, region_code: str) -> bool:
    region = session.get(Region, region_code)
    return region is not None and instance.region_path.startswith(region.path)


def _drafts(
    session: Session,
    app: Application,
    instance: Instance,
    target: models.Definition,
    items: Iterable[PlanItem],
    now: datetime,
) -> Iterator[DraftWarning]:
    """Find the drafts that fit the form of now and not the one to come."""
    tasks = {item.id: item for item in items if item.kind == "task" and item.outcome in {"kept", "moved"}}
    query = select(Draft, Task).join(Task, Task.id == Draft.task_id).where(Draft.task_id.in_(tasks))
    rows = session.execute(query).all() if tasks else []
    old, new = (
        (runtime.loaded(session, app, one) for one in (instance.definition_id, target.id)) if rows else (None, None)
    )
    for draft, task in rows:
        if old is None or new is None:
            return
        before = old.forms.get(task.form)
        after = new.forms.get(form_at(new.engine, tasks[task.id].to, task.form))
        wrong = _wrong(instance, draft, before, after, now)
        if wrong:
            yield DraftWarning(task.id, task.element, tuple(sorted(wrong)))


def _wrong(
    instance: Instance, draft: Draft, before: dict[str, Json] | None, after: dict[str, Json] | None, now: datetime
) -> set[str]:
    typed = {key for key, value in draft.answers.items() if value not in (None, "", [], {})}
    known, known_then = _keys(before), _keys(after)
    wrong = {key for key in typed if known.get(key) and key not in known_then}
    refused = _refused(instance, draft, after, now) - _refused(instance, draft, before, now)
    return wrong | {key for key in typed if known_then.get(key) in refused}


def _refused(instance: Instance, draft: Draft, form: dict[str, Json] | None, now: datetime) -> set[str]:
    """Give the ids of the fields whose answers a form does not take."""
    if form is None:
        return set()
    try:
        compile_form(form).load(
            draft.answers,
            context=instance.variables,
            files=lambda key: FileInfo(key, "", 0, ""),
            feel=for_thread(),
            now=now,
        )
    except ValidationError as error:
        return set(error.messages_dict)
    return set()


def _keys(form: Json) -> dict[str, str]:
    """Give the keys of a form's fields with their ids."""
    if not isinstance(form, dict):
        return {}
    found = {str(form["key"]): str(form.get("id", ""))} if "key" in form else {}
    for component in form.get("components", ()):
        found |= _keys(component)
    return found


def form_at(definition: engine.Definition, element: str, present: str) -> str:
    """Give the form of an element; one that is computed stays as it is."""
    info = next((one.elements[element] for one in definition.processes.values() if element in one.elements), None)
    form = info.form if info is not None else None
    return present if form is not None and form.startswith("=") else form or ""
