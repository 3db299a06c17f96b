"""Who is asking, and what they may see: an actor and an id become a row, and one filter stands behind every list.

The rules, in one place: officers see what lies in the subtree of their region; everybody sees the instances in which
an organisation they work for, or they themselves, are a party in force; a task is also seen by whom it is offered to.
A role without part in the organisation's affairs (``sees_organisation``) opens none of them.
What is invisible raises NotFound; what is visible but forbidden raises NotAllowed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session, undefer

from workflows import covers
from workflows.actors import NATION, SYSTEM, Actor, MembershipFact, actor_of, may, require
from workflows.application import Role
from workflows.errors import Conflict, NotAllowed, NotFound
from workflows.models import (
    Attachment,
    Copy,
    Delegation,
    Draft,
    Event,
    Incident,
    Instance,
    Membership,
    Organisation,
    Party,
    Person,
    Phrase,
    Region,
    StepRecord,
    Submission,
    Task,
    TaskCandidate,
    Timer,
)

__all__ = [
    "NATION",
    "SYSTEM",
    "Actor",
    "MembershipFact",
    "ToComplete",
    "acts_as",
    "attachment",
    "in_scope",
    "instance",
    "load_actor",
    "locked",
    "may",
    "name_of",
    "offered",
    "require",
    "seen_instances",
    "task",
    "task_to_complete",
    "visible",
]

T = TypeVar("T")
Column = InstrumentedAttribute[Any] | ColumnElement[Any]


def load_actor(session: Session, roles: Mapping[str, Role], person_id: str, now: datetime) -> Actor:
    """Load a person with the memberships in force; raises NotFound for nobody, NotAllowed for a closed account."""
    query = (
        select(
            Person,
            Membership.role,
            Membership.organisation_id,
            Region.code,
            Region.path,
            covers.stands_in(person_id, now),
        )
        .outerjoin(
            Membership,
            and_(
                Membership.person_id == Person.id,
                Membership.since <= now,
                or_(Membership.until.is_(None), Membership.until > now),
            ),
        )
        .outerjoin(Region, Region.code == Membership.region_code)
        .where(Person.id == person_id)
    )
    rows = session.execute(query).all()
    if not rows:
        raise NotFound
    person: Person = rows[0][0]
    if not person.active:
        raise NotAllowed("inactive")
    found = actor_of(person, [MembershipFact(*row[1:5]) for row in rows if row[1]], roles, now)
    return replace(found, covers=covers.load(session, roles, person_id, now)) if rows[0][5] else found


# ---- the filter ------------------------------------------------------------------------------------------------


def in_scope(
    actor: Actor,
    path_column: Column | None = None,
    org_column: Column | None = None,
    instance_column: Column | None = None,
) -> ColumnElement[bool]:
    """Give the condition for a table of the field: in the actor's region, of their organisation, of their instance."""
    if actor.everything:
        return true()
    clauses: list[ColumnElement[bool]] = []
    if path_column is not None:
        clauses += [path_column.startswith(path, autoescape=True) for path in actor.regions]
    if org_column is not None:
        clauses.append(org_column.in_(actor.organisations))
    if instance_column is not None:
        clauses.append(instance_column.in_(_instances_as_party(actor)))
    return or_(false(), *clauses)


def visible(actor: Actor, model: type[Any]) -> ColumnElement[bool]:
    """Give the condition under which the actor sees a row of ``model``. KeyError for a table without a rule."""
    if actor.everything:
        return true()
    return _RULES[model](actor)


def _in_force(actor: Actor) -> ColumnElement[bool]:
    return and_(Party.since <= actor.at, or_(Party.until.is_(None), Party.until > actor.at))


def _instances_as_party(actor: Actor) -> Select[Any]:
    me = or_(Party.organisation_id.in_(actor.organisations), Party.person_id == actor.person_id)
    return select(Party.instance_id).where(_in_force(actor), me)


def _of_instances(actor: Actor, column: Column) -> ColumnElement[bool]:
    return column.in_(select(Instance.id).where(_instance(actor)))


def _of_region(actor: Actor, column: Column) -> ColumnElement[bool]:
    return column.in_(select(Instance.id).where(in_scope(actor, Instance.region_path)))


def _instance(actor: Actor) -> ColumnElement[bool]:
    return in_scope(actor, Instance.region_path, instance_column=Instance.id)


def offered(actor: Actor) -> ColumnElement[bool]:
    """Give the condition under which a task is offered to the actor, by what they are and have done until now."""
    return or_(by_oneself(actor), *(covers.offered_for(actor.person_id, one) for one in actor.covers))


def by_oneself(actor: Actor) -> ColumnElement[bool]:
    """Give the condition under which a task is offered to the actor without their standing in for anybody."""
    return and_(_asked(actor), ~covers.own_work(actor.person_id))


def acts_as(session: Session, actor: Actor, task: Task) -> Actor | None:
    """Give the actor as they act on a task that they may take: by themselves, or for somebody absent; else None."""
    return covers.acts_as(session, actor, task, by_oneself(actor))


def _asked(actor: Actor) -> ColumnElement[bool]:
    return Task.id.in_(select(TaskCandidate.task_id).where(TaskCandidate.principal.in_(sorted(actor.principals))))


def _task(actor: Actor) -> ColumnElement[bool]:
    return or_(
        in_scope(actor, Task.region_path, instance_column=Task.instance_id),
        offered(actor),
        Task.closed_by == actor.person_id,
    )


def _recorded(
    actor: Actor, record_class: Column, instance_id: Column, author: Column, made_at: Column
) -> ColumnElement[bool]:
    """Judge by record class: scores stay with their author until the panel closes, restricted ones with the parties.

    Withheld ones stay with their author for good: the scores of a panel that broke off.

    The panel is closed when the author's seat, the party in force when the record was made, has ended. Confidential
    ones stay with the parties whose role is confided in, and with their superiors while these have a task there.
    """
    seat = exists().where(Party.instance_id == instance_id, Party.person_id == author, Party.since <= made_at)
    panel_closed = and_(
        seat.where(Party.until >= made_at, Party.until <= actor.at),
        ~seat.where(or_(Party.until.is_(None), Party.until > actor.at)),
    )
    return or_(
        author == actor.person_id,
        and_(
            record_class.not_in(("score", "restricted", "confidential", "withheld")), _of_instances(actor, instance_id)
        ),
        and_(record_class == "restricted", instance_id.in_(_instances_as_party(actor))),
        and_(record_class == "confidential", _confided(actor, instance_id)),
        and_(record_class == "score", panel_closed, _of_region(actor, instance_id)),
    )


def _confided(actor: Actor, instance_id: Column) -> ColumnElement[bool]:
    parties = _instances_as_party(actor).where(Party.role.in_(sorted(actor.confidants)))
    duties = select(Task.instance_id).where(
        Task.status == "open",
        offered(actor),
        or_(false(), *(Task.region_path.startswith(path, autoescape=True) for path in actor.confided_regions)),
    )
    return or_(instance_id.in_(parties), instance_id.in_(duties))


def _submission(actor: Actor) -> ColumnElement[bool]:
    return _recorded(
        actor, Submission.record_class, Submission.instance_id, Submission.submitted_by, Submission.submitted_at
    )


def _delegation(actor: Actor) -> ColumnElement[bool]:
    """Leave the words on a task to the two who exchange them, and to who may read such a record."""
    return or_(
        Delegation.owner_id == actor.person_id,
        _recorded(actor, Delegation.record_class, Delegation.instance_id, Delegation.delegate_id, Delegation.asked_at),
    )


def _attachment(actor: Actor) -> ColumnElement[bool]:
    """Leave the file of a task to its uploader alone until the task is submitted; then it is as secret as the answers.

    That holds for a file the answers do not name, too: it was uploaded beside them. A file that is more secret than
    the answers stays so.
    """
    submitted = or_(Attachment.task_id.is_(None), Attachment.task_id.in_(select(Submission.task_id)))
    beside = select(Submission.record_class).where(Submission.task_id == Attachment.task_id).correlate(Attachment)
    record_class = func.coalesce(beside.scalar_subquery(), Attachment.record_class)
    others = and_(
        submitted,
        _recorded(actor, record_class, Attachment.instance_id, Attachment.uploaded_by, Attachment.uploaded_at),
        _recorded(
            actor, Attachment.record_class, Attachment.instance_id, Attachment.uploaded_by, Attachment.uploaded_at
        ),
    )
    return and_(Attachment.removed_at.is_(None), or_(Attachment.uploaded_by == actor.person_id, others))


def _event(actor: Actor) -> ColumnElement[bool]:
    clauses = [Event.actor_id == actor.person_id, _of_instances(actor, Event.chain)]
    clauses.append(Event.chain.in_([f"org:{organisation}" for organisation in actor.organisations]))
    if may(actor, "trail.verify"):
        clauses.append(Event.chain.not_in(select(Instance.id)))
    return or_(*clauses)


def _incident(actor: Actor) -> ColumnElement[bool]:
    if not may(actor, "incidents.manage"):
        return false()
    return or_(Incident.instance_id.is_(None), _of_region(actor, Incident.instance_id))


def _organisation(actor: Actor) -> ColumnElement[bool]:
    theirs = select(Party.organisation_id).where(_of_instances(actor, Party.instance_id))
    region = select(Region.code).where(in_scope(actor, Region.path))
    return or_(
        Organisation.id.in_(sorted({fact.organisation_id for fact in actor.memberships})),
        Organisation.region_code.in_(region),
        Organisation.id.in_(theirs),
    )


def _phrase(actor: Actor) -> ColumnElement[bool]:
    """Leave a sentence to its person, those of an organisation to its people and to who sees its region."""
    region = select(Organisation.id).join(Region, Region.code == Organisation.region_code)
    houses = {fact.organisation_id for fact in actor.memberships}
    shared = or_(Organisation.id.in_(sorted(houses)), in_scope(actor, Region.path))
    return or_(Phrase.person_id == actor.person_id, Phrase.organisation_id.in_(region.where(shared)))


_RULES: Mapping[type[Any], Callable[[Actor], ColumnElement[bool]]] = {
    Instance: _instance,
    Task: _task,
    Submission: _submission,
    Attachment: _attachment,
    Event: _event,
    Incident: _incident,
    Organisation: _organisation,
    Copy: lambda actor: Copy.person_id == actor.person_id,
    Delegation: _delegation,
    Draft: lambda actor: Draft.person_id == actor.person_id,
    Phrase: _phrase,
    Party: lambda actor: _of_instances(actor, Party.instance_id),
    Timer: lambda actor: _of_instances(actor, Timer.instance_id),
    StepRecord: lambda actor: _of_instances(actor, StepRecord.instance_id),
}


# ---- rows ------------------------------------------------------------------------------------------------------


def locked(session: Session, query: Select[Instance]) -> Instance | None:
    """Read an instance with its state, fresh, and hold it until the transaction ends; Conflict ``busy`` in vain."""
    query = query.options(undefer(Instance.state), undefer(Instance.variables)).with_for_update(of=Instance)
    try:
        return session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") == "55P03":
            raise Conflict("busy") from error
        raise


def instance(session: Session, actor: Actor, instance_id: str) -> Instance:
    """Give an instance the actor sees; raises NotFound."""
    return _found(session, select(Instance).where(Instance.id == instance_id, visible(actor, Instance)))


def seen_instances(session: Session, actor: Actor, ids: Iterable[str]) -> frozenset[str]:
    """Give those of some instances that the actor sees."""
    query = select(Instance.id).where(Instance.id.in_(sorted(set(ids))), visible(actor, Instance))
    return frozenset(session.scalars(query))


def task(session: Session, actor: Actor, task_id: str) -> Task:
    """Give a task the actor sees; raises NotFound."""
    return _found(session, select(Task).where(Task.id == task_id, visible(actor, Task)))


def attachment(session: Session, actor: Actor, attachment_id: str) -> Attachment:
    """Give a file's row the actor sees; raises NotFound."""
    return _found(session, select(Attachment).where(Attachment.id == attachment_id, visible(actor, Attachment)))


class ToComplete(NamedTuple):
    """An open task that the actor may complete; ``draft`` is the version of their draft, 0 if they have none.

    ``actor`` is the actor, with the one for whom they act, if they do (``acts_for``).
    """

    instance: Instance
    task: Task
    draft: int
    actor: Actor


def task_to_complete(session: Session, actor: Actor, task_id: str, *, lock: bool = True) -> ToComplete:
    """Give an open task that the actor may complete, and its instance, locked unless ``lock`` is off.

    Raises NotFound, NotAllowed (``not_candidate``, ``own_work``, ``delegated``: name), and Conflict:
    ``task_done`` (by, at), ``task_closed`` (status, by,
    at), ``held_by`` (name), ``suspended``. The instance comes first, so that the task is read behind the lock.
    """
    holder = select(Instance).where(Instance.id == select(Task.instance_id).where(Task.id == task_id).scalar_subquery())
    owner = locked(session, holder) if lock else session.scalars(holder).one_or_none()
    mine = select(Draft.version).where(Draft.task_id == Task.id, Draft.person_id == actor.person_id).scalar_subquery()
    query = select(Task, offered(actor), visible(actor, Task), mine).where(Task.id == task_id)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if owner is None or row is None or not (row[1] or row[2]):
        raise NotFound
    found: Task = row[0]
    if not row[1]:
        raise NotAllowed("own_work" if _asked_before(session, actor, found) else "not_candidate")
    acting = acts_as(session, actor, found) if actor.covers and found.status == "open" else actor
    _still_open(session, actor, owner, found, held=acting is None or acting.acts_for is None)
    return ToComplete(owner, found, row[3] or 0, acting or actor)


def _asked_before(session: Session, actor: Actor, found: Task) -> bool:
    """Say whether a task would be offered to the actor, had they not done what it judges."""
    return session.scalar(select(Task.id).where(Task.id == found.id, covers.own_work(actor.person_id))) is not None


def _still_open(session: Session, actor: Actor, owner: Instance, found: Task, *, held: bool) -> None:
    if found.status == "completed":
        raise Conflict("task_done", by=name_of(session, found.closed_by), at=found.closed_at)
    if found.status != "open":
        gone = {"status": found.status, "at": found.closed_at, "reason": found.opinion}
        raise Conflict("task_closed", by=name_of(session, found.closed_by), **gone)
    if held and found.assignee_id not in {None, actor.person_id}:
        raise Conflict("held_by", name=name_of(session, found.assignee_id), at=found.claimed_at)
    if found.owner_id is not None:
        raise NotAllowed("delegated", name=name_of(session, found.owner_id))
    if owner.status == "suspended":
        raise Conflict("suspended")


def name_of(session: Session, person_id: str | None) -> str:
    """Give a person's name, the system's for nobody."""
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else SYSTEM.name


def _found(session: Session, query: Select[T]) -> T:
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row
