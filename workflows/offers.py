"""Whom a task is for: its roles and persons become principals, and somebody real must stand behind one of them.

A role of an organisation goes to the parties of the instance (``competent_bureau`` -> ``city_bureau@org:<id>``), a role
of a region to the nearest region of the instance where somebody holds it (``city_bureau@region:<code>``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from workflows import candidates
from workflows.access import load_actor
from workflows.application import Application, Role
from workflows.engine.step import OpenedTask
from workflows.errors import NotAllowed
from workflows.models import (
    Incident,
    Instance,
    Membership,
    Organisation,
    Party,
    Person,
    Task,
    TaskCandidate,
    TaskSeparation,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """Who a task is for. ``names`` are what waits are shown with; ``reachable`` says that somebody may take it.

    ``awaited``: it is for an organisation that nobody has joined yet, but that may be joined (``Role.joins``).
    """

    task_id: str
    element: str
    name: str
    roles: tuple[str, ...]
    persons: tuple[str, ...]
    principals: tuple[str, ...] = ()
    assignee: str | None = None
    names: tuple[str, ...] = ()
    reachable: bool = False
    awaited: bool = False
    separation: tuple[str, ...] = ()


def of_opened(
    session: Session, app: Application, instance: Instance, opened: Sequence[OpenedTask], now: datetime
) -> dict[str, Offer]:
    """Work out whom new tasks are for, by task id."""
    asked = [Offer(one.id, one.element, one.name, _roles(one), _persons(one)) for one in opened]
    found = _resolve(session, app.roles, instance, asked, now) if asked else {}
    apart = {one.id: separation for one in opened if (separation := _texts(one.assignment.get("separation")))}
    return {key: replace(offer, separation=apart.get(key, ())) for key, offer in found.items()} if apart else found


def save(session: Session, instance: Instance, offers: Iterable[Offer], now: datetime) -> None:
    """Write the candidates; a task that reaches nobody opens an incident, so that it never waits unseen.

    One that is awaited by an organisation does not: the field shows which organisations nobody has joined.
    """
    offers = list(offers)
    rows = [{"task_id": offer.task_id, "principal": one} for offer in offers for one in offer.principals]
    if rows:
        session.execute(insert(TaskCandidate), rows)
    apart = [{"task_id": offer.task_id, "element": one} for offer in offers for one in dict.fromkeys(offer.separation)]
    if apart:
        session.execute(insert(TaskSeparation), apart)
    for offer in offers:
        left = offer.reachable and not (offer.separation and not candidates.of_task(session, offer.task_id, now))
        if not (left or offer.awaited):
            session.add(_nobody(instance, offer, now))


def nobody_left(session: Session, instance: Instance, tasks: Iterable[Task], now: datetime) -> None:
    """Open an incident for each of some open tasks that nobody may take any more."""
    for task in tasks:
        known = select(Incident.id).where(Incident.key == _key(task.id), Incident.resolved_at.is_(None))
        if not candidates.of_task(session, task.id, now) and session.scalar(known) is None:
            session.add(_nobody(instance, Offer(task.id, task.element, task.name, (task.role,), ()), now))


def renew(session: Session, app: Application, instance: Instance, now: datetime) -> None:
    """Work out anew whom the open tasks of a locked instance are for, after its parties or staff changed.

    A holder who is no candidate any more loses the task. Its incident is resolved once somebody can be reached.
    """
    tasks = session.scalars(select(Task).where(Task.instance_id == instance.id, Task.status == "open")).all()
    if not tasks:
        return
    waiting = [
        Offer(task.id, task.element, task.name, _texts(task.actions.get("roles")), _texts(task.actions.get("persons")))
        for task in tasks
    ]
    offers = _resolve(session, app.roles, instance, waiting, now)
    apart = {task.id: _texts(task.actions.get("separation")) for task in tasks}
    offers = {key: replace(offer, separation=apart[key]) for key, offer in offers.items()}
    session.execute(delete(TaskCandidate).where(TaskCandidate.task_id.in_(offers)))
    session.execute(delete(TaskSeparation).where(TaskSeparation.task_id.in_(offers)))
    session.execute(
        update(Incident)
        .where(Incident.key.in_([_key(task_id) for task_id in offers]), Incident.resolved_at.is_(None))
        .values(resolved_at=now)
    )
    save(session, instance, offers.values(), now)
    for task in tasks:
        offer = offers[task.id]
        if offer.assignee:
            task.assignee_id = offer.assignee
        elif task.assignee_id and not is_asked(session, app.roles, task.assignee_id, offer, now):
            task.assignee_id = task.claimed_at = task.owner_id = None
    session.flush()


def is_asked(session: Session, roles: Mapping[str, Role], person_id: str, offer: Offer, now: datetime) -> bool:
    """Say whether a person is among those whom a task is for; nobody whose account is closed."""
    try:
        return not load_actor(session, roles, person_id, now).principals.isdisjoint(offer.principals)
    except NotAllowed:
        return False


def _texts(given: Any) -> tuple[str, ...]:
    values = given if isinstance(given, (list, tuple)) else str(given or "").split(",")
    return tuple(str(value).strip() for value in values if value and str(value).strip())


def _roles(one: OpenedTask) -> tuple[str, ...]:
    return _texts(one.assignment.get("roles") or one.assignment.get("role") or one.role)


def _persons(one: OpenedTask) -> tuple[str, ...]:
    return _texts(one.assignment.get("person") or one.assignment.get("persons"))


def _key(task_id: str) -> str:
    return f"no_candidate:{task_id}"


def _nobody(instance: Instance, offer: Offer, now: datetime) -> Incident:
    wanted = ", ".join(offer.persons or offer.roles) or "-"
    return Incident(
        instance_id=instance.id,
        kind="no_candidate",
        element=offer.element,
        key=_key(offer.task_id),
        message=f"{offer.name or offer.element}: {wanted}",
        detail={"task": offer.task_id, "roles": list(offer.roles), "persons": list(offer.persons)},
        opened_at=now,
    )


# ---- from roles to principals ----------------------------------------------------------------------------------

_PartyRow = tuple[str, str | None, str | None, str | None, str | None]
_Holder = tuple[str, str, str]


def _resolve(
    session: Session, roles: Mapping[str, Role], instance: Instance, asked: Sequence[Offer], now: datetime
) -> dict[str, Offer]:
    persons = {person for offer in asked for person in offer.persons}
    names = _names(session, persons) if persons else {}
    wanted = {role for offer in asked if not offer.persons for role in offer.roles}
    parties, holders = _parties(session, instance, wanted, now) if wanted else ([], set())
    regional = {role for role in wanted - {party[0] for party in parties} if role in roles and roles[role].sees_region}
    if regional:
        holders |= _holders(session, instance, regional, now)
    found = {}
    for offer in asked:
        if offer.persons:
            found[offer.task_id] = _to_persons(offer, names)
        else:
            found[offer.task_id] = _to_roles(offer, roles, instance, parties, holders)
    return found


def _to_persons(offer: Offer, names: Mapping[str, str]) -> Offer:
    known = [person for person in offer.persons if person in names]
    return Offer(
        offer.task_id,
        offer.element,
        offer.name,
        offer.roles,
        offer.persons,
        principals=tuple(f"person:{person}" for person in known),
        assignee=known[0] if len(offer.persons) == len(known) == 1 else None,
        names=tuple(names[person] for person in known),
        reachable=bool(known),
    )


def _to_roles(
    offer: Offer,
    roles: Mapping[str, Role],
    instance: Instance,
    parties: Sequence[_PartyRow],
    holders: set[_Holder],
) -> Offer:
    principals: dict[str, None] = {}
    names: dict[str, None] = {}
    reachable = awaited = False
    held_in_org = {(role, organisation) for role, organisation, _ in holders}
    held_in_region = {(role, region) for role, _, region in holders}
    for role in offer.roles:
        own = [party for party in parties if party[0] == role]
        for _, organisation, person, staff, name in own:
            if person:
                principals[f"person:{person}"] = None
                reachable = True
            for title in dict.fromkeys((staff or role, role)) if organisation else ():
                principals[f"{title}@org:{organisation}"] = None
                awaited = awaited or (role in roles and roles[role].joins)
                reachable = reachable or (title, str(organisation)) in held_in_org
            if name:
                names[name] = None
        if not own and role in roles and roles[role].sees_region:
            codes = _codes(instance)
            nearest = next((code for code in codes if (role, code) in held_in_region), None)
            reachable = reachable or nearest is not None
            principals.update({f"{role}@region:{code}": None for code in ([nearest] if nearest else codes)})
    return Offer(
        offer.task_id,
        offer.element,
        offer.name,
        offer.roles,
        offer.persons,
        principals=tuple(principals),
        names=tuple(names),
        reachable=reachable,
        awaited=awaited,
    )


def _codes(instance: Instance) -> list[str]:
    """Give the region codes from the instance's own up to the root."""
    return [code for code in reversed(instance.region_path.split("/")) if code]


def _names(session: Session, persons: Iterable[str]) -> dict[str, str]:
    query = select(Person.id, Person.name).where(Person.id.in_(sorted(persons)), Person.active)
    return dict(session.execute(query).all())


def _parties(
    session: Session, instance: Instance, wanted: Iterable[str], now: datetime
) -> tuple[list[_PartyRow], set[_Holder]]:
    """Give the parties in the roles wanted, and who of their staff holds a role by which they would be asked."""
    staff = and_(
        Membership.organisation_id == Party.organisation_id,
        Membership.role.in_([Organisation.staff_role, Party.role]),
        Membership.since <= now,
        or_(Membership.until.is_(None), Membership.until > now),
        Membership.person_id.in_(select(Person.id).where(Person.active)),
    )
    query = (
        select(Party, Organisation.staff_role, Organisation.name, Membership.role, Membership.region_code)
        .outerjoin(Organisation, Organisation.id == Party.organisation_id)
        .outerjoin(Membership, staff)
        .where(
            Party.instance_id == instance.id,
            Party.role.in_(sorted(wanted)),
            Party.since <= now,
            or_(Party.until.is_(None), Party.until > now),
        )
        .order_by(Party.since, Party.id)
    )
    parties: dict[_PartyRow, None] = {}
    holders: set[_Holder] = set()
    for party, title, name, role, region in session.execute(query):
        parties[(party.role, party.organisation_id, party.person_id, title, name)] = None
        if role:
            holders.add((role, party.organisation_id or "", region))
    return list(parties), holders


def _holders(session: Session, instance: Instance, wanted: Iterable[str], now: datetime) -> set[_Holder]:
    """Give who holds one of the roles in a region of the instance."""
    query = (
        select(Membership.role, Membership.organisation_id, Membership.region_code)
        .join(Person, and_(Person.id == Membership.person_id, Person.active))
        .where(
            Membership.role.in_(sorted(wanted)),
            Membership.region_code.in_(_codes(instance)),
            Membership.since <= now,
            or_(Membership.until.is_(None), Membership.until > now),
        )
        .distinct()
    )
    return {(row[0], row[1], row[2]) for row in session.execute(query)}
