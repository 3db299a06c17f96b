"""What bureaus make public: annual lists and acceptance results. A correction is a new publication beside the old."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import case as sql_case
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import access, calendars, industries
from audits.models import AuditList, Case, Enterprise, ListEntry, Publication, PublicationEntry
from workflows import trail
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Region
from workflows.paging import Page, keyset

KINDS: Final[dict[str, tuple[str, str]]] = {
    "list": ("审核名单", "Audit list"),
    "results": ("验收结果", "Acceptance results"),
}
PUBLIC_OUTCOMES: Final = ("qualified", "unqualified")
REVOKED: Final = "revoked"  # shown only where a result stands in a publication already


def publish_list(
    session: Session,
    actor: Actor,
    audit_list: AuditList,
    now: datetime,
    *,
    published_on: date | None = None,
    replaces: str | None = None,
    reason: str = "",
) -> Publication:
    """Make a list public without refused and removed lines; the caller has checked that it may be."""
    rows = session.execute(
        select(ListEntry, Enterprise)
        .join(Enterprise, Enterprise.id == ListEntry.enterprise_id)
        .where(ListEntry.list_id == audit_list.id, ListEntry.kept(), ListEntry.outcome != "removed")
        .order_by(ListEntry.number)
    ).all()
    row = _new(
        session,
        actor,
        kind="list",
        list_id=audit_list.id,
        region=session.get_one(Region, audit_list.region_code),
        title=audit_list.title,
        published_on=published_on or audit_list.published_on or calendars.local_day(now),
        now=now,
        replaces=replaces,
        reason=reason,
    )
    session.add_all(
        PublicationEntry(
            publication_id=row.id,
            number=entry.number,
            content=_line(enterprise, entry.types) | {"reason": entry.reason},
        )
        for entry, enterprise in rows
    )
    session.flush()
    return row


def pending_results(
    session: Session, actor: Actor, *, list_id: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[tuple[Case, Enterprise]]:
    """Give the cases with a result that no publication shows yet, as far as the actor sees them."""
    shown = select(PublicationEntry.case_id).where(PublicationEntry.case_id.is_not(None))
    query = (
        select(Case, Enterprise)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(Case.outcome.in_(PUBLIC_OUTCOMES), Case.id.not_in(shown), access.visible(actor, Case))
    )
    if list_id:
        query = query.where(Case.entry_id.in_(select(ListEntry.id).where(ListEntry.list_id == list_id)))
    return keyset(session, query, [Case.number, Case.id], cursor, limit).map(lambda row: (row[0], row[1]))


def publish_results(
    session: Session,
    actor: Actor,
    *,
    title: str,
    region_code: str,
    case_ids: Collection[str],
    published_on: date,
    now: datetime,
    replaces: str | None = None,
    reason: str = "",
) -> Publication:
    """Publish the results of some cases, qualified and unqualified. Each case's trail says so.

    Raises NotFound, NotAllowed, Invalid, Conflict ``result_is_published`` (unless the publication ``replaces`` one).
    """
    region = session.get(Region, region_code)
    if region is None:
        raise Invalid(fields={"region_code": ["bad_region"]})
    require(actor, "results.publish", region.path)
    if not title.strip():
        raise Invalid(fields={"title": ["required"]})
    if published_on > calendars.local_day(now):
        raise Invalid(fields={"published_on": ["in_future"]})
    cases = _publishable(session, actor, case_ids, region, replaces)
    row = _new(
        session, actor, kind="results", list_id=None, region=region, title=title.strip(), published_on=published_on,
        now=now, replaces=replaces, reason=reason,
    )  # fmt: skip
    for number, (case, enterprise) in enumerate(cases, start=1):
        outcome = case.outcome or REVOKED  # taken back, and the case runs on
        content = _line(enterprise, case.types) | {"outcome": outcome, "number": case.number}
        session.add(PublicationEntry(publication_id=row.id, number=number, case_id=case.id, content=content))
        _record(session, actor, case.id, "result.published", row, {"outcome": outcome}, now)
    session.flush()
    return row


def _publishable(
    session: Session, actor: Actor, case_ids: Collection[str], region: Region, replaces: str | None
) -> Sequence[Any]:
    if not case_ids:
        raise Invalid(fields={"case_ids": ["required"]})
    rows = session.execute(
        select(Case, Enterprise)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(Case.id.in_(list(case_ids)), access.visible(actor, Case))
        .order_by(Case.number)
        .with_for_update(of=Case)
    ).all()
    if len(rows) != len(set(case_ids)):
        raise NotFound("case_not_found")
    shown = set(_shown(session, replaces)) if replaces else set()
    for case, _ in rows:
        if case.outcome not in (*PUBLIC_OUTCOMES, *((REVOKED, "") if case.id in shown else ())):
            raise Invalid("case_has_no_result", number=case.number)
        if not case.region_path.startswith(region.path):
            raise Invalid("outside_region", number=case.number)
    if replaces is None:
        taken = session.scalar(select(PublicationEntry.case_id).where(PublicationEntry.case_id.in_(list(case_ids))))
        if taken is not None:
            raise Conflict("result_is_published")
    return rows


def _shown(session: Session, publication_id: str) -> Sequence[str]:
    """Give the cases whose results a publication shows."""
    query = select(PublicationEntry.case_id).where(
        PublicationEntry.publication_id == publication_id, PublicationEntry.case_id.is_not(None)
    )
    return [str(key) for key in session.scalars(query)]


def restate(session: Session, actor: Actor, case_id: str, *, published_on: date, reason: str, now: datetime) -> None:
    """Publish every list of results that shows a case anew, as the outcomes are now; none where nothing shows it."""
    replaced = select(Publication.replaces_id).where(Publication.replaces_id.is_not(None))
    query = (
        select(Publication.id)
        .join(PublicationEntry, PublicationEntry.publication_id == Publication.id)
        .where(Publication.kind == "results", PublicationEntry.case_id == case_id, Publication.id.not_in(replaced))
    )
    for key in session.scalars(query).all():
        ids = _shown(session, key)
        correct(session, actor, key, case_ids=ids, published_on=published_on, reason=reason, now=now)


def correct(
    session: Session,
    actor: Actor,
    publication_id: str,
    *,
    case_ids: Collection[str],
    published_on: date,
    reason: str,
    now: datetime,
) -> Publication:
    """Publish results anew, as they are now, in the place of a publication, which stays readable and names its successor.

    Raises NotFound, NotAllowed, Invalid, Conflict ``publication_replaced``.
    """
    old = session.scalar(select(Publication).where(Publication.id == publication_id).with_for_update())
    if old is None or old.kind != "results":
        raise NotFound("publication_not_found")
    require(actor, "results.publish", old.region_path)
    if not reason.strip():
        raise Invalid(fields={"reason": ["required"]})
    if session.scalar(select(Publication.id).where(Publication.replaces_id == old.id)):
        raise Conflict("publication_replaced")
    return publish_results(
        session,
        actor,
        title=old.title,
        region_code=old.region_code,
        case_ids=case_ids,
        published_on=published_on,
        now=now,
        replaces=old.id,
        reason=reason.strip()[:500],
    )


def outdated(session: Session, actor: Actor) -> list[tuple[Publication, int]]:
    """Give the publications of results that no correction replaced and that show another outcome than the case has now.

    Each with the number of such lines, as far as the actor sees the cases; the newest first.
    """
    replaced = select(Publication.replaces_id).where(Publication.replaces_id.is_not(None))
    rows = session.execute(
        select(Publication, func.count())
        .join(PublicationEntry, PublicationEntry.publication_id == Publication.id)
        .join(Case, Case.id == PublicationEntry.case_id)
        .where(
            Publication.kind == "results",
            Publication.id.not_in(replaced),
            PublicationEntry.content["outcome"].as_string()
            != sql_case((Case.outcome == "", REVOKED), else_=Case.outcome),
            access.visible(actor, Case),
        )
        .group_by(Publication.id)
        .order_by(Publication.published_on.desc(), Publication.id)
    )
    return [(row[0], row[1]) for row in rows]


def public_list(
    session: Session, *, kind: str | None = None, region: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Publication]:
    """Give what is public, the newest first. Needs no actor."""
    query = select(Publication)
    if kind:
        query = query.where(Publication.kind == kind)
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region)) or "/none/"
        query = query.where(Publication.region_path.startswith(path, autoescape=True))
    columns = [Publication.published_on, Publication.created_at, Publication.id]
    return keyset(session, query, columns, cursor, limit, descending=True)


def public_regions(session: Session) -> list[Region]:
    """Give the regions in which, or below which, something is public, from the top down. Needs no actor."""
    paths = session.scalars(select(Publication.region_path).distinct())
    codes = {code for path in paths for code in path.split("/") if code}
    return list(session.scalars(select(Region).where(Region.code.in_(codes)).order_by(Region.path)))


def public_get(session: Session, publication_id: str) -> tuple[Publication, Publication | None]:
    """Give a publication and the one that replaced it, if any. Needs no actor."""
    row = session.get(Publication, publication_id)
    if row is None:
        raise NotFound("publication_not_found")
    return row, session.scalar(select(Publication).where(Publication.replaces_id == row.id))


def public_entries(
    session: Session, publication_id: str, *, cursor: str | None = None, limit: int = 100
) -> Page[PublicationEntry]:
    """Give the lines of a publication in order. Needs no actor."""
    public_get(session, publication_id)
    query = select(PublicationEntry).where(PublicationEntry.publication_id == publication_id)
    return keyset(session, query, [PublicationEntry.number], cursor, limit)


def _line(enterprise: Enterprise, types: Sequence[str]) -> dict[str, Any]:
    return {
        "name": enterprise.name,
        "uscc": enterprise.uscc,
        "region": enterprise.region_code,
        "industry": enterprise.industry,
        "industry_name": industries.name(enterprise.industry),
        "industry_name_en": industries.name(enterprise.industry, "en"),
        "types": list(types),
    }


def _new(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    list_id: str | None,
    region: Region,
    title: str,
    published_on: date,
    now: datetime,
    replaces: str | None = None,
    reason: str = "",
) -> Publication:
    row = Publication(
        kind=kind,
        list_id=list_id,
        region_code=region.code,
        region_path=region.path,
        title=title[:200],
        published_on=published_on,
        replaces_id=replaces,
        reason=reason,
        created_at=now,
        created_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    _record(session, actor, f"publication:{row.id}", "publication.made", row, {"kind": kind, "replaces": replaces}, now)
    return row


def _record(
    session: Session, actor: Actor, chain: str, action: str, row: Publication, more: dict[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain=chain,
        actor=actor,
        action=action,
        subject_type="publication",
        subject_id=row.id,
        payload={"title": row.title, "published_on": row.published_on.isoformat(), **more},
        now=now,
    )
