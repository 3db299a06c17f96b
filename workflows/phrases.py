"""Ready sentences (常用语): a person keeps their own, an organisation's administrator those that its people share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from workflows import access, trail
from workflows.access import Actor
from workflows.application import Application, Role
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Organisation, Phrase, Region

LENGTH = 200
MOST = 100
"""How many sentences a person or an organisation keeps: a list that is read, not searched."""


@dataclass(frozen=True, slots=True)
class Shared:
    """An organisation with its sentences; ``editable`` says whether the actor keeps them."""

    organisation: Organisation
    phrases: tuple[Phrase, ...]
    editable: bool


def own(session: Session, actor: Actor) -> Sequence[Phrase]:
    """Give one's own sentences, the oldest first."""
    return session.scalars(_ordered().where(Phrase.person_id == actor.person_id)).all()


def shared(session: Session, app: Application, actor: Actor) -> list[Shared]:
    """Give the sentences of the organisations one works for, and of the offices whose sentences one keeps."""
    houses = {fact.organisation_id for fact in actor.memberships}
    offices = [key for key, role in app.roles.items() if role.sees_region]
    kept = Organisation.active & Organisation.staff_role.in_(offices)
    query = (
        select(Organisation, Region.path)
        .join(Region, Region.code == Organisation.region_code)
        .where(or_(Organisation.id.in_(sorted(houses)), kept & access.in_scope(actor, Region.path)))
        .order_by(Region.path, Organisation.name, Organisation.id)
    )
    found = [(row[0], _keeps(app.roles, actor, row[0].id, row[1])) for row in session.execute(query)]
    found = [(one, editable) for one, editable in found if editable or one.id in houses]
    rows = session.scalars(_ordered().where(Phrase.organisation_id.in_([one.id for one, _ in found]))).all()
    return [
        Shared(one, tuple(row for row in rows if row.organisation_id == one.id), editable) for one, editable in found
    ]


def offered(session: Session, actor: Actor) -> list[str]:
    """Give the sentences to put into an opinion: one's own, then those of one's organisations."""
    houses = sorted({fact.organisation_id for fact in actor.memberships})
    mine = or_(Phrase.person_id == actor.person_id, Phrase.organisation_id.in_(houses))
    rows = session.scalars(_ordered().where(mine)).all()
    return list(dict.fromkeys(row.text for row in sorted(rows, key=lambda row: row.person_id is None)))


def add(
    session: Session, app: Application, actor: Actor, text: str, *, organisation_id: str | None = None, now: datetime
) -> Phrase:
    """Keep a sentence: one's own, or that of an organisation whose sentences one keeps.

    Raises NotFound for an organisation one does not see, NotAllowed ``phrases_are_kept``, Invalid ``text``, Conflict
    (``phrase_known``, ``phrases_full``).
    """
    owner = Phrase.person_id == actor.person_id
    if organisation_id is not None:
        _keep(session, app, actor, organisation_id)
        owner = Phrase.organisation_id == organisation_id
    text = _text(text)
    if (session.scalar(select(func.count()).select_from(Phrase).where(owner)) or 0) >= MOST:
        raise Conflict("phrases_full", count=MOST)
    if session.scalar(select(Phrase.id).where(owner, Phrase.text == text)) is not None:
        raise Conflict("phrase_known")
    row = Phrase(person_id=None if organisation_id else actor.person_id, organisation_id=organisation_id)
    row.text, row.added_at = text, now
    session.add(row)
    session.flush()
    _note(session, actor, row, "phrase.added", {"text": text}, now)
    return row


def change(session: Session, app: Application, actor: Actor, phrase_id: str, text: str, *, now: datetime) -> Phrase:
    """Word a sentence anew; raises NotFound and as ``add``."""
    row = _kept(session, app, actor, phrase_id)
    old, row.text = row.text, _text(text)
    if old != row.text:
        session.flush()
        _note(session, actor, row, "phrase.changed", {"old": old, "text": row.text}, now)
    return row


def remove(session: Session, app: Application, actor: Actor, phrase_id: str, *, now: datetime) -> None:
    """Keep a sentence no more; raises NotFound, NotAllowed ``phrases_are_kept``."""
    row = _kept(session, app, actor, phrase_id)
    _note(session, actor, row, "phrase.removed", {"text": row.text}, now)
    session.delete(row)
    session.flush()


def _ordered() -> Select[Phrase]:
    return select(Phrase).order_by(Phrase.added_at, Phrase.id)


def _text(text: str) -> str:
    text = " ".join(storable(text).split())
    if not text or len(text) > LENGTH:
        raise Invalid(fields={"text": ["too_long" if text else "required"]})
    return text


def _kept(session: Session, app: Application, actor: Actor, phrase_id: str) -> Phrase:
    row = session.scalars(
        select(Phrase).where(Phrase.id == phrase_id, access.visible(actor, Phrase)).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.organisation_id is not None:
        _keep(session, app, actor, row.organisation_id)
    return row


def _keep(session: Session, app: Application, actor: Actor, organisation_id: str) -> None:
    query = (
        select(Region.path)
        .join(Organisation, Organisation.region_code == Region.code)
        .where(Organisation.id == organisation_id, access.visible(actor, Organisation))
    )
    path = session.scalar(query)
    if path is None:
        raise NotFound
    if not _keeps(app.roles, actor, organisation_id, path):
        raise NotAllowed("phrases_are_kept")


def _keeps(roles: Mapping[str, Role], actor: Actor, organisation_id: str, path: str) -> bool:
    """Say whether one keeps the sentences of an organisation: as its administrator, or that of its region."""
    return any(
        "phrases.share" in roles[fact.role].actions
        and (
            fact.organisation_id == organisation_id
            or (roles[fact.role].sees_region and path.startswith(fact.region_path))
        )
        for fact in actor.memberships
        if fact.role in roles
    )


def _note(session: Session, actor: Actor, row: Phrase, action: str, payload: Mapping[str, str], now: datetime) -> None:
    chain = f"org:{row.organisation_id}" if row.organisation_id else f"person:{row.person_id}"
    trail.append(
        session,
        chain=chain,
        actor=actor,
        action=action,
        subject_type="phrase",
        subject_id=row.id,
        payload=payload,
        now=now,
    )
