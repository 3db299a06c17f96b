"""Running processes: start, list, look at, hand a message in. The live diagram is in ``diagrams``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from workflows import access, models, offers, paging, runtime, trail
from workflows.access import Actor
from workflows.application import Application
from workflows.diagrams import Diagram, ElementState, diagram
from workflows.engine import step as steps
from workflows.errors import Conflict, Invalid
from workflows.models import Instance, Organisation, Party, Person, Submission, Subscription, Task
from workflows.paging import Page, Query, Sort

__all__ = [
    "Diagram",
    "ElementState",
    "InstanceView",
    "PartyLine",
    "Submitted",
    "add_party",
    "change_variables",
    "count",
    "deliver_message",
    "diagram",
    "end_party",
    "get",
    "list_",
    "next_due",
    "start",
    "started_by_me",
    "submissions",
]

Json = Any


@dataclass(frozen=True, slots=True)
class PartyLine:
    """Who takes part, by name; ``until`` None means still."""

    role: str
    organisation_id: str | None
    person_id: str | None
    name: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An instance with its open tasks and all its parties, past ones too."""

    instance: Instance
    tasks: tuple[Task, ...]
    parties: tuple[PartyLine, ...]


@dataclass(frozen=True, slots=True)
class Submitted:
    """Answers that the actor may read, with the task they were given to and who gave them."""

    submission: Submission
    task: Task
    name: str


# ---- looking ---------------------------------------------------------------------------------------------------


def get(session: Session, actor: Actor, instance_id: str) -> InstanceView:
    """Give an instance the actor sees; raises NotFound."""
    instance = access.instance(session, actor, instance_id)
    tasks = select(Task).where(Task.instance_id == instance_id, Task.status == "open")
    parties = (
        select(Party, Organisation.name, Person.name)
        .outerjoin(Organisation, Organisation.id == Party.organisation_id)
        .outerjoin(Person, Person.id == Party.person_id)
        .where(Party.instance_id == instance_id)
        .order_by(Party.since, Party.id)
    )
    return InstanceView(
        instance,
        tuple(session.scalars(tasks.order_by(Task.opened_at, Task.id))),
        tuple(
            PartyLine(row.role, row.organisation_id, row.person_id, person or firm or "", row.since, row.until)
            for row, firm, person in session.execute(parties)
        ),
    )


def list_(
    session: Session,
    actor: Actor,
    *,
    filters: Mapping[str, str] | None = None,
    sort: str = "-started",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Instance]:
    """List the instances the actor sees.

    ``filters``: ``status``, ``stage``, ``region`` (a code, with all below it), ``text`` (part of subject or business
    key), ``family``. ``sort``: started, -started, key. Raises Invalid (``filter``, ``sort``, ``cursor``).
    """
    return _page(session, _narrow(_visible(actor), filters or {}), sort, cursor, limit)


def count(session: Session, actor: Actor, *, filters: Mapping[str, str] | None = None) -> int:
    """Count what ``list_`` lists; 1001 means "1000+" (``paging.shown``)."""
    return paging.count(session, _narrow(_visible(actor), filters or {}))


def started_by_me(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[Instance]:
    """List the instances that the actor has started and still sees, the latest first (我发起的)."""
    return _page(session, _visible(actor).where(Instance.started_by == actor.person_id), "-started", cursor, limit)


def next_due(session: Session, instance_ids: Iterable[str]) -> dict[str, datetime]:
    """Give for some instances the earliest due time of their open tasks."""
    query = select(Task.instance_id, func.min(Task.due_at)).where(
        Task.instance_id.in_(list(instance_ids)), Task.status == "open", Task.due_at.is_not(None)
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(Task.instance_id)) if row[1]}


def submissions(session: Session, actor: Actor, instance_id: str) -> tuple[Submitted, ...]:
    """Give the answers of an instance that the actor may read, in the order they were given; raises NotFound."""
    access.instance(session, actor, instance_id)
    query = (
        select(Submission, Task, Person.name)
        .join(Task, Task.id == Submission.task_id)
        .join(Person, Person.id == Submission.submitted_by)
        .where(Submission.instance_id == instance_id, access.visible(actor, Submission))
        .order_by(Submission.submitted_at, Submission.task_id)
    )
    return tuple(Submitted(*row) for row in session.execute(query))


def _visible(actor: Actor) -> Query:
    return select(Instance).where(access.visible(actor, Instance))


def _narrow(query: Query, filters: Mapping[str, str]) -> Query:
    for key, value in filters.items():
        if key not in _FILTERS:
            raise Invalid("filter", {key: ["unknown"]})
        if value:
            query = query.where(_FILTERS[key](value))
    return query


def _text(value: str) -> ColumnElement[bool]:
    return or_(*(column.icontains(value, autoescape=True) for column in (Instance.subject, Instance.business_key)))


_FILTERS: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "status": lambda value: Instance.status == value,
    "stage": lambda value: Instance.stage == value,
    "family": lambda value: Instance.family_key == value,
    "region": lambda value: Instance.region_path.contains(f"/{value}/", autoescape=True),
    "text": _text,
}


def _page(session: Session, query: Query, sort: str, cursor: str | None, limit: int) -> Page[Instance]:
    orders = {
        "started": Sort("started", Instance.started_at, Instance.id),
        "-started": Sort("-started", Instance.started_at, Instance.id, descending=True),
        "key": Sort("key", Instance.business_key, Instance.id),
    }
    if sort not in orders:
        raise Invalid("sort", {"sort": [sort]})
    rows, following = paging.read(session, query, orders[sort], cursor, limit)
    return Page(tuple(row[0] for row in rows), following)


# ---- running ---------------------------------------------------------------------------------------------------


def start(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    definition: models.Definition,
    instance_id: str,
    business_key: str,
    subject: str,
    region_code: str,
    variables: Mapping[str, Json],
    parties: Iterable[runtime.PartyFact],
    now: datetime,
) -> Instance:
    """Begin an instance. The caller has judged whether the actor may; ``parties`` are (role, organisation, person).

    Raises NotFound ``region``, EngineError.
    """
    return runtime.start(
        session,
        app,
        actor,
        definition=definition,
        instance_id=instance_id,
        business_key=business_key,
        subject=subject,
        region_code=region_code,
        variables=variables,
        parties=parties,
        now=now,
    )


def deliver_message(
    session: Session,
    app: Application,
    actor: Actor,
    instance_id: str,
    name: str,
    payload: Mapping[str, Json],
    now: datetime,
    *,
    correlation: str | None = None,
) -> Instance:
    """Hand a message to an instance the actor sees. The caller has judged whether the actor may send it.

    Raises NotFound, Conflict ``not_waiting`` (name) when the instance waits for no such message, ``suspended``.
    """
    access.instance(session, actor, instance_id)
    instance = runtime.lock(session, instance_id)
    query = select(Subscription.id).where(
        Subscription.instance_id == instance_id, Subscription.kind == "message", Subscription.name == name
    )
    if correlation is not None:
        query = query.where(Subscription.correlation == correlation)
    waiting = session.scalars(query.order_by(Subscription.id).limit(1)).one_or_none()
    if waiting is None:
        raise Conflict("not_waiting", name=name, status=instance.status)
    command = steps.Deliver(waiting, runtime.plain(payload))
    runtime.run(session, app, instance, command, actor, now, {"message": name, "payload": runtime.plain(payload)})
    return instance


def change_variables(
    session: Session, app: Application, actor: Actor, instance_id: str, variables: Mapping[str, Json], now: datetime
) -> Instance:
    """Set variables of an instance, which also recomputes the timers that read one. The caller has judged the right."""
    instance = runtime.lock(session, instance_id)
    runtime.advance(session, app, instance, steps.Change(runtime.plain(variables)), actor, now)
    return instance


# ---- parties ---------------------------------------------------------------------------------------------------


def add_party(
    session: Session,
    app: Application,
    actor: Actor,
    instance_id: str,
    role: str,
    *,
    organisation_id: str | None = None,
    person_id: str | None = None,
    now: datetime,
) -> Party:
    """Let an organisation or a person take part from now on, and offer the open tasks anew.

    One that takes part in the role already stays as it is. The caller has judged whether the actor may.
    """
    instance = runtime.lock(session, instance_id)
    same = select(Party).where(
        Party.instance_id == instance_id,
        Party.role == role,
        Party.organisation_id == organisation_id,
        Party.person_id == person_id,
        or_(Party.until.is_(None), Party.until > now),
    )
    found = session.scalars(same).first()
    if found is not None:
        return found
    party = Party(instance_id=instance_id, role=role, organisation_id=organisation_id, person_id=person_id, since=now)
    session.add(party)
    session.flush()
    offers.renew(session, app, instance, now)
    _note(session, actor, instance, "party.joined", role, organisation_id, person_id, now)
    return party


def end_party(
    session: Session,
    app: Application,
    actor: Actor,
    instance_id: str,
    role: str,
    *,
    organisation_id: str | None = None,
    person_id: str | None = None,
    now: datetime,
) -> int:
    """End who takes part in a role (all, or the one named) as of now, and offer the open tasks anew. Gives how many."""
    instance = runtime.lock(session, instance_id)
    ending = [Party.instance_id == instance_id, Party.role == role, or_(Party.until.is_(None), Party.until > now)]
    if organisation_id is not None:
        ending.append(Party.organisation_id == organisation_id)
    if person_id is not None:
        ending.append(Party.person_id == person_id)
    ended = session.execute(update(Party).where(*ending).values(until=now).returning(Party.id)).all()
    if ended:
        offers.renew(session, app, instance, now)
        _note(session, actor, instance, "party.left", role, organisation_id, person_id, now)
    return len(ended)


def _note(
    session: Session,
    actor: Actor,
    instance: Instance,
    action: str,
    role: str,
    organisation_id: str | None,
    person_id: str | None,
    now: datetime,
) -> None:
    trail.append(
        session,
        chain=instance.id,
        actor=actor,
        action=action,
        subject_type="instance",
        subject_id=instance.id,
        payload={"role": role, "organisation": organisation_id, "person": person_id},
        now=now,
    )
