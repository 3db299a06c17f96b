"""Corrections of what is published: a list as it stands now beside the earlier publication; what any correction changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, calendars, publications
from audits.models import AuditList, Publication, PublicationEntry
from workflows import trail
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid, NotFound

COMPARED: Final = ("name", "region", "industry", "types", "reason", "outcome")


@dataclass(frozen=True, slots=True)
class Change:
    """A line that both publications have and that reads differently; ``fields`` names what differs."""

    before: dict[str, Any]
    after: dict[str, Any]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a correction changed against the publication that it replaces.

    Lines of a list are matched by credit code, results by the number of their case.
    """

    removed: tuple[dict[str, Any], ...]
    added: tuple[dict[str, Any], ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.changed)


def current(session: Session, list_id: str) -> Publication | None:
    """Give the publication of a list that nothing has replaced; None for a draft. The caller has fetched the list."""
    replaced = select(Publication.replaces_id).where(Publication.replaces_id.is_not(None))
    return session.scalar(
        select(Publication).where(Publication.list_id == list_id, Publication.id.not_in(replaced)).limit(1)
    )


def correct_list(
    session: Session, actor: Actor, publication_id: str, *, reason: str, published_on: date, now: datetime
) -> Publication:
    """Publish a list as it stands now in the place of a publication, which stays readable and names its successor.

    Lines whose case was removed are left out, enterprises stand under their present names. The statutory clocks do
    not move: they run from the first publication. Raises NotFound, NotAllowed, Invalid, Conflict
    ``publication_replaced``, ``nothing_to_correct``.
    """
    old = session.scalar(select(Publication).where(Publication.id == publication_id).with_for_update())
    if old is None or old.kind != "list" or old.list_id is None:
        raise NotFound("publication_not_found")
    audit_list = access.audit_list(session, actor, old.list_id)
    require(actor, "lists.publish", audit_list.region_path)
    if session.scalar(select(Publication.id).where(Publication.replaces_id == old.id)):
        raise Conflict("publication_replaced")
    _check(old, reason, published_on, now)
    row = publications.publish_list(
        session, actor, audit_list, now, replaces=old.id, reason=reason.strip()[:500], published_on=published_on
    )
    found = difference(session, row)
    if not found:
        raise Conflict("nothing_to_correct")
    _record(session, actor, audit_list, row, found, now)
    return row


def _check(old: Publication, reason: str, published_on: date, now: datetime) -> None:
    errors = {}
    if not reason.strip():
        errors["reason"] = ["required"]
    if published_on > calendars.local_day(now):
        errors["published_on"] = ["in_future"]
    elif published_on < old.published_on:
        errors["published_on"] = ["before_publication"]
    if errors:
        raise Invalid(fields=errors)


def difference(session: Session, row: Publication) -> Difference:
    """Compare a publication with the one that it replaces; empty for a first publication. Needs no actor."""
    if row.replaces_id is None:
        return Difference((), (), ())
    before, after = _lines(session, row.replaces_id), _lines(session, row.id)
    changed = []
    for code in (code for code in after if code in before):
        fields = tuple(key for key in COMPARED if before[code].get(key) != after[code].get(key))
        if fields:
            changed.append(Change(before[code], after[code], fields))
    return Difference(
        removed=tuple(line for code, line in before.items() if code not in after),
        added=tuple(line for code, line in after.items() if code not in before),
        changed=tuple(changed),
    )


def _lines(session: Session, publication_id: str) -> dict[str, dict[str, Any]]:
    rows = session.scalars(
        select(PublicationEntry)
        .where(PublicationEntry.publication_id == publication_id)
        .order_by(PublicationEntry.number)
    )
    return {str(row.content.get("number") or row.content["uscc"]): {**row.content, "line": row.number} for row in rows}


def _record(
    session: Session, actor: Actor, audit_list: AuditList, row: Publication, found: Difference, now: datetime
) -> None:
    trail.append(
        session,
        chain=f"list:{audit_list.id}",
        actor=actor,
        action="list.corrected",
        subject_type="list",
        subject_id=audit_list.id,
        payload={
            "publication": row.id,
            "replaces": row.replaces_id,
            "reason": row.reason,
            "published_on": row.published_on.isoformat(),
            "removed": [line["name"] for line in found.removed],
            "added": [line["name"] for line in found.added],
            "changed": [change.after["name"] for change in found.changed],
        },
        now=now,
    )
