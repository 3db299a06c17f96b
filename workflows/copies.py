"""Copies (抄送): let colleagues take note of an instance that they see. A copy gives nobody a right."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import access, paging, trail
from workflows.access import Actor
from workflows.application import Application
from workflows.db import storable
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Copy, Instance, Person
from workflows.paging import Page, Sort

NOTE_LENGTH = 500


def send(
    session: Session,
    app: Application,
    actor: Actor,
    instance_id: str,
    usernames: Iterable[str],
    *,
    note: str = "",
    now: datetime,
) -> list[Copy]:
    """Send an instance to people by their user names; who has it unread already gets no second one.

    Raises NotFound, Invalid: ``usernames`` (nobody, or somebody who does not see the instance), ``note`` (too long).
    """
    instance = access.instance(session, actor, instance_id)
    note = storable(note).strip()
    if len(note) > NOTE_LENGTH:
        raise Invalid(fields={"note": ["too_long"]})
    wanted = list(dict.fromkeys(name.strip().lower() for name in usernames if name.strip()))
    receivers = {row.username: row for row in session.scalars(select(Person).where(Person.username.in_(wanted)))}
    unseen = [name for name in wanted if not _sees(session, app, receivers.get(name), instance_id, now)]
    if not wanted or unseen:
        raise Invalid(fields={"usernames": ["does_not_see_the_case" if unseen else "required"]})
    unread = select(Copy.person_id).where(Copy.instance_id == instance_id, Copy.read_at.is_(None))
    have = set(session.scalars(unread))
    people = [receivers[name] for name in wanted if receivers[name].id not in have]
    made = [
        Copy(instance_id=instance_id, person_id=one.id, sent_by=actor.person_id, note=note, sent_at=now)
        for one in people
    ]
    session.add_all(made)
    session.flush()
    if made:
        _note(
            session, actor, instance, "instance.copied", [one.id for one in people], [one.name for one in people], now
        )
    return made


def _sees(session: Session, app: Application, person: Person | None, instance_id: str, now: datetime) -> bool:
    if person is None:
        return False
    try:
        reader = access.load_actor(session, app.roles, person.id, now)
        access.instance(session, reader, instance_id)
    except (NotFound, NotAllowed):
        return False
    return True


def mine(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50
) -> Page[tuple[Copy, Instance, str]]:
    """List what was sent to the actor and they still see, the latest first, each with its instance and its sender."""
    query = (
        select(Copy, Instance, Person.name)
        .join(Instance, Instance.id == Copy.instance_id)
        .join(Person, Person.id == Copy.sent_by)
        .where(access.visible(actor, Copy), access.visible(actor, Instance))
    )
    rows, following = paging.read(session, query, Sort("sent", Copy.sent_at, Copy.id, descending=True), cursor, limit)
    return Page(tuple((row[0], row[1], row[2]) for row in rows), following)


def read(session: Session, actor: Actor, copy_id: str, *, now: datetime) -> Copy:
    """Note that the actor has read a copy; again changes nothing. Raises NotFound."""
    query = (
        select(Copy, Instance)
        .join(Instance, Instance.id == Copy.instance_id)
        .where(Copy.id == copy_id, access.visible(actor, Copy), access.visible(actor, Instance))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound
    copy: Copy = found[0]
    if copy.read_at is None:
        copy.read_at = now
        _note(session, actor, found[1], "instance.copy_read", [copy.person_id], [actor.name], now)
    return copy


def _note(
    session: Session, actor: Actor, instance: Instance, action: str, ids: list[str], names: list[str], now: datetime
) -> None:
    trail.append(
        session,
        chain=instance.id,
        actor=actor,
        action=action,
        subject_type="instance",
        subject_id=instance.id,
        payload={"people": ids, "names": "、".join(names)},
        now=now,
    )
