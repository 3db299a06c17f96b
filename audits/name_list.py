"""The database of names (名单库): facts from six sources and from earlier lists, one for each finding, put onto drafts.

Every change says why. What came from an earlier list (deferred, failed) is written by the case itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from audits import access, calendars, lists
from audits.models import Case, Enterprise, ListEntry, ListingFact
from workflows import trail
from workflows.access import Actor, require
from workflows.db import storable
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Attachment, Region
from workflows.paging import Page, keyset

STATUSES: Final = ("open", "used", "dismissed")
EDIT: Final = "enterprises.edit"


@cache
def sources() -> dict[str, tuple[str, str]]:
    """Give the names (zh, en) of every source by key."""
    return {key: (names[0], names[1]) for key, names in _data()["sources"].items()}


@cache
def recorded_sources() -> tuple[str, ...]:
    """Give the sources that a bureau records by hand; the others are written by the product."""
    return tuple(_data()["recorded"])


def _data() -> dict[str, Any]:
    text = resources.files("audits").joinpath("data/name_list.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact with its enterprise; ``is_audited``: a case of the enterprise runs already."""

    fact: ListingFact
    enterprise: Enterprise
    is_audited: bool


def record(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> ListingFact:
    """Record a fact: enterprise_id, source, type, found_on, document, note, evidence (ids of the actor's files).

    Raises NotFound, NotAllowed, Invalid by field, Conflict ``fact_known`` where the same finding is recorded already.
    """
    enterprise = access.enterprise(session, actor, str(fields.get("enterprise_id") or ""))
    require(actor, EDIT, session.get_one(Region, enterprise.region_code).path)
    found_on, errors = _day(fields.get("found_on")), {}
    if fields.get("source") not in recorded_sources():
        errors["source"] = ["unknown"]
    if fields.get("type") not in lists.TYPES:
        errors["type"] = ["unknown"]
    if found_on is None:
        errors["found_on"] = ["bad_date"]
    elif found_on > calendars.local_day(now):
        errors["found_on"] = ["in_future"]
    document = storable(str(fields.get("document") or "")).strip()
    if not document:
        errors["document"] = ["required"]
    if errors or found_on is None:
        raise Invalid(fields=errors)
    return _add(
        session, actor, enterprise.id, source=str(fields["source"]), type_=str(fields["type"]), found_on=found_on,
        document=document[:200], note=storable(str(fields.get("note") or "")).strip()[:500],
        evidence=_files(session, actor, fields.get("evidence") or ()), now=now,
    )  # fmt: skip


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value or ""))
    except ValueError:
        return None


def _files(session: Session, actor: Actor, ids: Iterable[str]) -> list[dict[str, Any]]:
    rows = [session.get(Attachment, key) for key in dict.fromkeys(ids)]
    if any(row is None or row.uploaded_by != actor.person_id for row in rows):
        raise Invalid(fields={"evidence": ["unknown"]})
    return [{"id": row.id, "name": row.name, "sha256": row.sha256} for row in rows if row is not None]


def roll_over(session: Session, actor: Actor, case: Case, source: str, now: datetime) -> None:
    """Write down that an enterprise goes from an ended case to the next list, for each of its types. A repeat adds none."""
    for type_ in case.types:
        try:
            _add(
                session, actor, case.enterprise_id, source=source, type_=type_, found_on=calendars.local_day(now),
                document=case.number, note="", evidence=[], now=now,
            )  # fmt: skip
        except Conflict:
            continue


def _add(
    session: Session,
    actor: Actor,
    enterprise_id: str,
    *,
    source: str,
    type_: str,
    found_on: date,
    document: str,
    note: str,
    evidence: list[dict[str, Any]],
    now: datetime,
) -> ListingFact:
    key = f"{enterprise_id}:{source}:{type_}:{document}"[:200]
    if session.scalar(select(ListingFact.id).where(ListingFact.key == key)):
        raise Conflict("fact_known", document=document)
    row = ListingFact(
        key=key, enterprise_id=enterprise_id, source=source, type=type_, found_on=found_on, document=document,
        note=note, evidence=evidence, recorded_at=now, recorded_by=actor.person_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    told = {"source": source, "type": type_, "found_on": found_on.isoformat(), "document": document, "note": note}
    _record(session, actor, row, "fact.recorded", told, now)
    return row


def dismiss(session: Session, actor: Actor, fact_id: str, *, reason: str, now: datetime) -> ListingFact:
    """Say that a fact no longer counts, and why. Raises NotFound, NotAllowed, Invalid ``reason``, Conflict ``fact_settled``."""
    row = _open_fact(session, actor, fact_id)
    text = storable(reason).strip()
    if not text:
        raise Invalid(fields={"reason": ["required"]})
    row.status, row.status_reason = "dismissed", text[:500]
    _record(session, actor, row, "fact.dismissed", {"document": row.document, "reason": row.status_reason}, now)
    return row


def propose(session: Session, actor: Actor, list_id: str, fact_ids: Iterable[str], now: datetime) -> list[ListEntry]:
    """Put the enterprises of some open facts onto a draft list, one line each, with the union of their types.

    The reason of a line names every fact. Raises NotFound, NotAllowed, Invalid ``fact_ids``, Conflict ``fact_settled``,
    ``on_list_already``.
    """
    facts = [_open_fact(session, actor, key) for key in dict.fromkeys(fact_ids)]
    if not facts:
        raise Invalid(fields={"fact_ids": ["nothing_chosen"]})
    by_enterprise: dict[str, list[ListingFact]] = {}
    for row in facts:
        by_enterprise.setdefault(row.enterprise_id, []).append(row)
    entries = []
    for enterprise_id, rows in by_enterprise.items():
        reason = "；".join(f"{sources()[row.source][0]}（{row.found_on.isoformat()}，{row.document}）" for row in rows)
        types = list(dict.fromkeys(row.type for row in rows))
        entry = lists.add_entry(
            session, actor, list_id, enterprise_id=enterprise_id, types=types, reason=reason[:500], now=now
        )
        for row in rows:
            row.status, row.entry_id = "used", entry.id
            _record(session, actor, row, "fact.used", {"document": row.document, "list": list_id}, now)
        entries.append(entry)
    return entries


def _open_fact(session: Session, actor: Actor, fact_id: str) -> ListingFact:
    row = session.scalar(
        select(ListingFact)
        .where(ListingFact.id == fact_id, access.visible(actor, ListingFact))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("fact_not_found")
    enterprise = session.get_one(Enterprise, row.enterprise_id)
    require(actor, EDIT, session.get_one(Region, enterprise.region_code).path)
    if row.status != "open":
        raise Conflict("fact_settled", document=row.document)
    return row


def list_(
    session: Session,
    actor: Actor,
    *,
    status: str = "open",
    source: str | None = None,
    region: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[FactLine]:
    """Give the facts about enterprises that the actor sees, the newest first. Bureaus read it; raises NotAllowed."""
    require(actor, "statistics.read")
    running = exists().where(Case.enterprise_id == Enterprise.id, Case.outcome == "").correlate(Enterprise)
    query = (
        select(ListingFact, Enterprise, running)
        .join(Enterprise, Enterprise.id == ListingFact.enterprise_id)
        .where(access.visible(actor, ListingFact))
    )
    if status:
        query = query.where(ListingFact.status == status)
    if source:
        query = query.where(ListingFact.source == source)
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region)) or "/none/"
        inside = select(Region.code).where(Region.path.startswith(path, autoescape=True))
        query = query.where(Enterprise.region_code.in_(inside))
    page = keyset(session, query, [ListingFact.found_on, ListingFact.id], cursor, limit, descending=True)
    return page.map(lambda row: FactLine(row[0], row[1], bool(row[2])))


def _record(
    session: Session, actor: Actor, row: ListingFact, action: str, payload: dict[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain=f"org:{row.enterprise_id}",
        actor=actor,
        action=action,
        subject_type="fact",
        subject_id=row.id,
        payload=payload,
        now=now,
    )
