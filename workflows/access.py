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
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, undefer

from workflows import covers, db
from workflows.actors import NATION, SYSTEM, Actor, MembershipFact, may, require
from workflows.application import Role
from workflows.covers import StandIns
from workflows.errors import NotAllowed, NotFound
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
    SavedView,
    StepRecord,
    Submission,
    Substitution,
    Task,
    TaskCandidate,
    TaskSeparation,
    Timer,
)

__all__ = [
    "NATION",
    "SYSTEM",
    "Actor",
    "MembershipFact",
    "ToComplete",
    "attachment",
    "by_oneself",
    "in_scope",
    "instance",
    "load_actor",
    "locked",
    "may",
    "name_of",
    "offered",
    "require",
    "seen_instances",
    "stand_ins",
    "task",
    "task_to_complete",
    "visible",
]
from workflows.standing import ToComplete, name_of, still_open

T = TypeVar("T")
Column = InstrumentedAttribute[Any] | ColumnElement[Any]
CLASSED = ("score", "restricted", "confidential", "withheld", "office")


def load_actor(session: Session, roles: Mapping[str, Role], person_id: str, now: datetime) -> Actor:
    """Load a person with the memberships in force; raises NotFound for nobody, NotAllowed for a closed account."""
    query = (
        select(
            Person,
            Membership.role,
            Membership.organisation_id,
            Region.code,
            Region.path,
            _stands_in(person_id, now),
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
    found = _actor(person, [MembershipFact(*row[1:5]) for row in rows if row[1]], roles, now)
    return replace(found, covers=covers.load(session, roles, person_id, now)) if rows[0][5] else found


def _stands_in(person_id: str, now: datetime) -> ColumnElement[bool]:
    return exists().where(Substitution.substitute_id == person_id, Substitution.until > now)


def _actor(person: Person, facts: list[MembershipFact], roles: Mapping[str, Role], now: datetime) -> Actor:
    known = [(fact, roles[fact.role]) for fact in facts if fact.role in roles]
    return Actor(
        person_id=person.id,
        name=person.name,
        username=person.username,
        at=now,
        memberships=tuple(facts),
        principals=frozenset(
            {f"person:{person.id}"}
            | {f"{fact.role}@org:{fact.organisation_id}" for fact in facts}
            | {f"{fact.role}@region:{fact.region_code}" for fact in facts}
        ),
        actions=frozenset(action for _, role in known for action in role.actions),
        grants=frozenset((action, fact.region_path) for fact, role in known for action in role.actions),
        regions=tuple(sorted({fact.region_path for fact, role in known if role.sees_region})),
        organisations=tuple(sorted({fact.organisation_id for fact, role in known if role.sees_organisation})),
        confidants=frozenset(key for key, role in roles.items() if role.confided),
        confided_regions=tuple(
            sorted({fact.region_path for fact, role in known if role.sees_region and role.confided})
        ),
    )


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
    return or_(by_oneself(actor), *(condition for _, condition in stand_ins(actor)))


def by_oneself(actor: Actor) -> ColumnElement[bool]:
    """Give the condition under which a task is offered to the actor without their standing in for anybody."""
    return and_(_asked(actor), ~own_work(actor.person_id))


def stand_ins(actor: Actor) -> StandIns:
    """Give those for whom the actor stands in, each with when a task is offered for them."""
    mine = ~own_work(actor.person_id)
    return [(one, and_(covers.covered(actor.person_id, one), mine, ~own_work(one.person_id))) for one in actor.covers]


def _asked(actor: Actor) -> ColumnElement[bool]:
    return Task.id.in_(select(TaskCandidate.task_id).where(TaskCandidate.principal.in_(sorted(actor.principals))))


def own_work(person_id: str | None) -> ColumnElement[bool]:
    """Say that a person completed an element that the designer keeps apart from the task, or had it done or gave words."""
    apart = aliased(Task)
    words = exists().where(Delegation.task_id == apart.id, Delegation.delegate_id == person_id, Delegation.words != "")
    done = or_(apart.closed_by == person_id, apart.acted_for == person_id)
    return exists().where(
        TaskSeparation.task_id == Task.id,
        TaskSeparation.element == apart.element,
        apart.instance_id == Task.instance_id,
        or_(and_(apart.status == "completed", done), words),
    )


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

    Withheld ones stay with their author for good: the scores of a panel that broke off. The panel is closed when the
    author's seat, the party in force when the record was made, has ended. Confidential ones stay with the parties whose
    role is confided in, and with their superiors while these have a task there; the office's with who sees the region.
    """
    seat = exists().where(Party.instance_id == instance_id, Party.person_id == author, Party.since <= made_at)
    panel_closed = and_(
        seat.where(Party.until >= made_at, Party.until <= actor.at),
        ~seat.where(or_(Party.until.is_(None), Party.until > actor.at)),
    )
    return or_(
        author == actor.person_id,
        and_(record_class.not_in(CLASSED), _of_instances(actor, instance_id)),
        and_(record_class == "restricted", instance_id.in_(_instances_as_party(actor))),
        and_(record_class == "confidential", _confided(actor, instance_id)),
        and_(record_class == "office", _of_region(actor, instance_id)),
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
    Submission: lambda actor: _recorded(
        actor, Submission.record_class, Submission.instance_id, Submission.submitted_by, Submission.submitted_at
    ),
    Attachment: _attachment,
    Event: _event,
    Incident: _incident,
    Organisation: _organisation,
    Copy: lambda actor: Copy.person_id == actor.person_id,
    Delegation: _delegation,
    Draft: lambda actor: Draft.person_id == actor.person_id,
    Phrase: _phrase,
    SavedView: lambda actor: or_(SavedView.person_id == actor.person_id, SavedView.organisation_id.in_(actor.houses)),
    Party: lambda actor: _of_instances(actor, Party.instance_id),
    Timer: lambda actor: _of_instances(actor, Timer.instance_id),
    StepRecord: lambda actor: _of_instances(actor, StepRecord.instance_id),
}


def locked(session: Session, query: Select[Instance]) -> Instance | None:
    """Read an instance with its state, fresh, and hold it until the transaction ends; Conflict ``busy`` in vain."""
    query = query.options(undefer(Instance.state), undefer(Instance.variables))
    return db.held(session, query.with_for_update(of=Instance))


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
        judged = session.scalar(select(Task.id).where(Task.id == found.id, own_work(actor.person_id)))
        raise NotAllowed("own_work" if judged else "not_candidate")
    acting: Actor | None = actor
    if actor.covers and found.status == "open":
        acting = covers.acts_as(session, actor, found, by_oneself(actor), stand_ins(actor))
    held = (acting is None or acting.acts_for is None) and found.assignee_id not in {None, actor.person_id}
    if held or found.status != "open" or found.owner_id is not None or owner.status == "suspended":
        still_open(session, owner, found, held=held)
    return ToComplete(owner, found, row[3] or 0, acting or actor)


def _found(session: Session, query: Select[T]) -> T:
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row
