"""Views of the inbox: filters, order and columns that somebody keeps under a name, alone or for their organisation.

A view says what is asked for, never what is answered: whoever uses a shared one sees their own tasks through it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflows import access, inbox, trail
from workflows.access import Actor
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import ChosenColumns, SavedView

NAME_LENGTH = 60
MOST = 50
"""How many views a person keeps: a list that is read, not searched."""


def listed(session: Session, actor: Actor) -> Sequence[SavedView]:
    """Give one's own views and those shared with one's organisations, by name."""
    query = select(SavedView).where(access.visible(actor, SavedView)).order_by(SavedView.name, SavedView.id)
    return session.scalars(query).all()


def get(session: Session, actor: Actor, view_id: str) -> SavedView:
    """Give a view that the actor may use; raises NotFound."""
    query = select(SavedView).where(SavedView.id == view_id, access.visible(actor, SavedView))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def save(
    session: Session,
    actor: Actor,
    name: str,
    *,
    filters: Mapping[str, str],
    sort: str = "due",
    columns: Collection[str],
    organisation_id: str | None = None,
    now: datetime,
) -> SavedView:
    """Keep a view; one of the same name and owner is replaced. With an organisation all of its people may use it.

    Raises Invalid (``name``; ``filter``, ``sort`` as the inbox does), NotAllowed ``not_your_organisation``, Conflict
    ``views_full``.
    """
    name = " ".join(storable(name).split())
    if not name or len(name) > NAME_LENGTH:
        raise Invalid(fields={"name": ["too_long" if name else "required"]})
    if organisation_id and organisation_id not in actor.houses:
        raise NotAllowed("not_your_organisation")
    kept = {key: storable(value) for key, value in filters.items() if value}
    inbox.todo(session, actor, filters=kept, sort=sort, limit=1, now=now)
    mine = SavedView.person_id == actor.person_id
    row = session.scalars(select(SavedView).where(mine, SavedView.name == name)).one_or_none()
    if row is None:
        if (session.scalar(select(func.count()).select_from(SavedView).where(mine)) or 0) >= MOST:
            raise Conflict("views_full", count=MOST)
        row = SavedView(person_id=actor.person_id, name=name)
        session.add(row)
    row.filters, row.sort, row.columns = kept, sort, list(columns)
    row.organisation_id, row.saved_at = organisation_id or None, now
    session.flush()
    _note(session, actor, "view.saved", row.id, {"name": name, "organisation": organisation_id or ""}, now)
    return row


def remove(session: Session, actor: Actor, view_id: str, *, now: datetime) -> None:
    """Keep a view no more; raises NotFound, NotAllowed ``not_your_view``."""
    row = get(session, actor, view_id)
    if row.person_id != actor.person_id:
        raise NotAllowed("not_your_view")
    _note(session, actor, "view.removed", row.id, {"name": row.name}, now)
    session.delete(row)
    session.flush()


def columns(session: Session, actor: Actor) -> tuple[str, ...]:
    """Give the columns that the actor chose; nothing where they never did."""
    row = session.get(ChosenColumns, actor.person_id)
    return tuple(row.columns) if row else ()


def choose(
    session: Session, actor: Actor, keys: Collection[str], *, known: Collection[str], now: datetime
) -> tuple[str, ...]:
    """Choose the columns that one's inbox shows, in the order of ``known``; raises Invalid ``columns``."""
    if not keys or not set(keys) <= set(known):
        raise Invalid(fields={"columns": ["unknown" if keys else "required"]})
    chosen = [key for key in known if key in keys]
    row = session.get(ChosenColumns, actor.person_id)
    if row is None:
        row = ChosenColumns(person_id=actor.person_id, columns=[])
        session.add(row)
    if row.columns != chosen:
        row.columns = chosen
        _note(session, actor, "view.columns_chosen", str(actor.person_id), {"columns": chosen}, now)
        session.flush()
    return tuple(chosen)


def _note(
    session: Session, actor: Actor, action: str, subject: str, payload: Mapping[str, str | list[str]], now: datetime
) -> None:
    trail.append(
        session,
        chain=f"person:{actor.person_id}",
        actor=actor,
        action=action,
        subject_type="view",
        subject_id=subject,
        payload=payload,
        now=now,
    )
