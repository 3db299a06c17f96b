"""Annual lists (名单): drafted by a bureau, published on a day that starts every clock, one case for each enterprise."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from audits import access, calendars, cases, notices, publications, regions, unjoined, voluntary_rules
from audits.models import AuditList, Case, Enterprise, ListEntry, ListingFact
from workflows import definitions, trail
from workflows.access import SYSTEM, Actor, load_actor, may, require
from workflows.application import Application
from workflows.db import transaction
from workflows.errors import Conflict, EngineError, Invalid, NotAllowed, NotFound
from workflows.jobs import Progress, begin_run
from workflows.models import JobRun, Organisation, Region
from workflows.paging import Page, keyset

TYPES: Final[dict[str, tuple[str, str]]] = {
    "SHUANGCHAO": ("双超", "Exceeding standards or totals"),
    "GAOHAONENG": ("高耗能", "Exceeding energy limits"),
    "SHUANGYOU": ("双有", "Using or discharging toxic matter"),
    "STATE_OTHER": ("国家规定的其他情形", "Other cases set by the State"),
    "VOLUNTARY": ("自愿", "Voluntary"),
}
OPEN_CASES: Final = "lists.open_cases"
_YEARS: Final = range(2003, 2101)
_BATCH: Final = 20


def create(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    year: int,
    batch: int,
    title: str,
    region_code: str,
    now: datetime,
) -> AuditList:
    """Draft a list for a region; its bureau is the issuer.

    Who must approve it and by when it has to be proposed says the region's decision table ``list_approval`` of this
    day. Raises NotAllowed, Invalid, Conflict ``list_exists``.
    """
    region = session.get(Region, region_code)
    errors = {}
    if region is None:
        errors["region_code"] = ["bad_region"]
    if year not in _YEARS:
        errors["year"] = ["bad_year"]
    if batch < 1:
        errors["batch"] = ["bad_number"]
    if not title.strip():
        errors["title"] = ["required"]
    if errors or region is None:
        raise Invalid(fields=errors)
    require(actor, "lists.import", region.path)
    issuer = session.scalar(
        select(Organisation).where(Organisation.kind == "bureau", Organisation.region_code == region_code)
    )
    if issuer is None:
        raise Invalid("no_bureau", region=region_code)
    taken = select(AuditList.id).where(
        AuditList.region_code == region_code, AuditList.year == year, AuditList.batch == batch
    )
    if session.scalar(taken):
        raise Conflict("list_exists", year=year, batch=batch)
    row = AuditList(
        region_code=region_code,
        region_path=region.path,
        year=year,
        batch=batch,
        title=title.strip()[:200],
        issuer_id=issuer.id,
        status="draft",
        **_approval(session, app, region, issuer, year, batch, now),
        created_at=now,
        created_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    record(session, actor, row, "list.created", {"title": row.title, "year": year, "batch": batch}, now)
    return row


def _approval(
    session: Session, app: Application, region: Region, issuer: Organisation, year: int, batch: int, now: datetime
) -> dict[str, Any]:
    definition = definitions.applicable(session, cases.FAMILY, region.code, on=calendars.local_day(now))
    draft = {"level": region.level, "region": region.code, "year": year, "batch": batch}
    rule = definitions.decide(session, app, definition.id, "list_approval", {"draft": draft}, now)
    approver = regions.bureau_over(session, region.code, rule["approver"]).id if rule["approver"] else None
    return {
        "approver_id": approver if approver != issuer.id else None,
        "due_on": date.fromisoformat(rule["due_on"]) if rule["due_on"] else None,
        "due_basis": rule["basis"] or "",
    }


def list_(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[AuditList]:
    """Give the lists that the actor sees, the newest first."""
    query = select(AuditList).where(access.visible(actor, AuditList))
    columns = [AuditList.year, AuditList.created_at, AuditList.id]
    return keyset(session, query, columns, cursor, limit, descending=True)


def get(session: Session, actor: Actor, list_id: str) -> AuditList:
    """Give a list; NotFound where the actor may not know of it."""
    return access.audit_list(session, actor, list_id)


def entries(
    session: Session, actor: Actor, list_id: str, *, cursor: str | None = None, limit: int = 50
) -> Page[tuple[ListEntry, Enterprise, Case | None]]:
    """Give a list's lines with their first cases, in the order of their numbers."""
    access.audit_list(session, actor, list_id)
    query = (
        select(ListEntry, Enterprise, Case)
        .join(Enterprise, Enterprise.id == ListEntry.enterprise_id)
        .outerjoin(Case, (Case.entry_id == ListEntry.id) & Case.parent_id.is_(None))
        .where(ListEntry.list_id == list_id, access.visible(actor, ListEntry))
    )
    page = keyset(session, query, [ListEntry.number, ListEntry.id], cursor, limit)
    return page.map(lambda row: (row[0], row[1], row[2]))


def count(session: Session, actor: Actor, list_id: str) -> int:
    """Count the lines of a list that the actor sees."""
    query = select(func.count()).select_from(ListEntry)
    return session.scalar(query.where(ListEntry.list_id == list_id, access.visible(actor, ListEntry))) or 0


def add_entry(
    session: Session,
    actor: Actor,
    list_id: str,
    *,
    enterprise_id: str,
    types: Collection[str],
    reason: str,
    now: datetime,
) -> ListEntry:
    """Put an enterprise on a draft list: the list's bureau, or a bureau below with one of its own region.

    What a recognised voluntary audit exempts is refused, unless it exceeds standards or totals.
    Raises NotFound, NotAllowed, Invalid, Conflict ``exempt_voluntary``.
    """
    row = access.audit_list(session, actor, list_id)
    if not may(actor, "lists.import", row.region_path):
        require(actor, "lists.propose")
    enterprise = access.enterprise(session, actor, enterprise_id)
    path = session.get_one(Region, enterprise.region_code).path
    proposer = _proposer(actor, row, path)
    hold_draft(session, row)
    if not types or not set(types) <= set(TYPES):
        raise Invalid(fields={"types": ["bad_types"]})
    if not path.startswith(row.region_path):
        raise Invalid(fields={"enterprise_id": ["outside_region"]})
    if row.kind != "mandatory":
        raise Conflict("voluntary_list", title=row.title)
    until = voluntary_rules.exempt_until(session, enterprise, types, calendars.local_day(now))
    if until is not None:
        raise Conflict("exempt_voluntary", enterprise=enterprise.name, day=until)
    if session.scalar(
        select(ListEntry.id).where(ListEntry.list_id == list_id, ListEntry.enterprise_id == enterprise_id)
    ):
        raise Conflict("on_list_already", name=enterprise.name)
    last = session.scalar(select(func.max(ListEntry.number)).where(ListEntry.list_id == row.id)) or 0
    entry = put(session, row, last + 1, enterprise_id, types, reason, proposer)
    session.flush()
    record(session, actor, row, "list.entry_added", {"enterprise": enterprise.name, "types": sorted(types)}, now)
    return entry


def _proposer(actor: Actor, row: AuditList, path: str) -> str:
    """Give the bureau that the actor proposes a line of a region for. Raises NotAllowed."""
    if may(actor, "lists.import", row.region_path):
        return row.issuer_id
    require(actor, "lists.propose", path)
    return next(fact.organisation_id for fact in actor.memberships if path.startswith(fact.region_path))


def put(
    session: Session,
    row: AuditList,
    number: int,
    enterprise_id: str,
    types: Collection[str],
    reason: str,
    proposer_id: str | None = None,
) -> ListEntry:
    """Add a line; the caller has checked everything."""
    order = list(TYPES)
    entry = ListEntry(
        list_id=row.id,
        enterprise_id=enterprise_id,
        number=number,
        types=sorted(types, key=order.index),
        reason=reason[:500],
        proposer_id=proposer_id or row.issuer_id,
    )
    session.add(entry)
    return entry


def remove_entry(session: Session, actor: Actor, list_id: str, entry_id: str, now: datetime) -> None:
    """Take a line off a draft list: the list's bureau any, a bureau below those that it proposed itself."""
    row = access.audit_list(session, actor, list_id)
    if not may(actor, "lists.import", row.region_path):
        require(actor, "lists.propose")
    hold_draft(session, row)
    entry = session.get(ListEntry, entry_id)
    if entry is None or entry.list_id != list_id:
        raise NotFound("entry_not_found")
    if entry.proposer_id not in actor.organisations:
        require(actor, "lists.import", row.region_path)
    freed = update(ListingFact).where(ListingFact.entry_id == entry_id)  # what it was listed for waits again
    session.execute(freed.values(status="open", entry_id=None))
    session.delete(entry)
    record(session, actor, row, "list.entry_removed", {"enterprise": entry.enterprise_id}, now)


def hold(session: Session, row: AuditList) -> None:
    """Read a list anew and keep others from changing it until the transaction ends."""
    session.refresh(row, with_for_update=True)


def hold_draft(session: Session, row: AuditList) -> None:
    """Hold a list that may still be changed. Raises Conflict ``list_is_published``, ``list_is_proposed``."""
    hold(session, row)
    if row.status == "published":
        raise Conflict("list_is_published", title=row.title)
    if row.status != "draft":
        raise Conflict("list_is_proposed", title=row.title)


def publish(
    session: Session,
    app: Application,
    actor: Actor,
    list_id: str,
    *,
    published_on: date,
    decided_on: date | None = None,
    now: datetime,
) -> JobRun:
    """Publish a list: it becomes public at once, and the worker opens a case for each line.

    Where a superior approves, only what was approved is published, once every line is decided.

    ``published_on`` (not in the future) starts the national clocks, ``decided_on`` those that run from the audit
    decision. Raises NotFound, NotAllowed, Conflict, Invalid.
    """
    row = access.audit_list(session, actor, list_id)
    if not may_publish(actor, row):
        raise NotAllowed("not_allowed", action=_right(row))
    hold(session, row)
    if row.status == "published":
        raise Conflict("list_is_published", title=row.title)
    if published_on > calendars.local_day(now):
        raise Invalid(fields={"published_on": ["in_future"]})
    if decided_on is not None and decided_on > published_on:
        raise Invalid(fields={"decided_on": ["after_publication"]})
    kept = select(func.count()).select_from(ListEntry).where(ListEntry.list_id == list_id, ListEntry.kept())
    total = session.scalar(kept) or 0
    if total == 0:
        raise Invalid("list_is_empty")
    if row.status != ("decided" if row.approver_id else "draft"):
        raise Conflict("list_not_approved", title=row.title)
    row.status, row.published_on, row.decided_on = "published", published_on, decided_on or published_on
    publications.publish_list(session, actor, row, now)
    run = begin_run(
        session, app.jobs, name=OPEN_CASES, key=f"{OPEN_CASES}:{list_id}", args={"list": list_id, "by": actor.person_id},
        total=total, person_id=actor.person_id, now=now,
    )  # fmt: skip
    record(session, actor, row, "list.published", {"published_on": published_on.isoformat(), "lines": total}, now)
    return run


def may_publish(actor: Actor, row: AuditList) -> bool:
    """Say whether publishing a list is the actor's part: of a voluntary one, of the authority that drafted it."""
    own = row.kind == "mandatory" or row.issuer_id in actor.organisations
    return own and may(actor, _right(row), row.region_path)


def _right(row: AuditList) -> str:
    return "lists.publish" if row.kind == "mandatory" else "voluntary.decide"


def open_cases(
    sessions: sessionmaker[Session], app: Application, args: Mapping[str, Any], progress: Progress, now: datetime
) -> dict[str, Any]:
    """Open a case for every line that has none, some in a transaction; a repeat goes on where it stopped."""
    list_id = str(args["list"])
    done, problems = 0, []
    with sessions() as session:
        query = select(ListEntry.id).where(ListEntry.list_id == list_id, ListEntry.kept()).order_by(ListEntry.number)
        waiting = list(session.scalars(query))
    for start in range(0, len(waiting), _BATCH):
        batch = waiting[start : start + _BATCH]
        try:
            with transaction(sessions) as session:
                for entry_id in batch:
                    _open_one(session, app, args, entry_id, now)
        except (Invalid, NotFound, EngineError):
            problems += _one_by_one(sessions, app, args, batch, now)
        done += len(batch)
        progress(done, len(waiting))
    with transaction(sessions) as session:
        _tell_unjoined(session, session.get_one(AuditList, list_id), now)
    return {"cases": len(waiting) - len(problems), "problems": problems}


def _tell_unjoined(session: Session, row: AuditList, now: datetime) -> None:
    """Tell the list's bureau once how many of its enterprises have nobody to do their tasks."""
    number = unjoined.count_of_list(session, SYSTEM, row.id, now=now)
    if number:
        notices.send(
            session,
            key=f"unjoined:{row.id}",
            organisation_id=row.issuer_id,
            instance_id=None,
            kind="enterprises_unjoined",
            values={"title": row.title, "count": number, "unjoined": row.id},
            now=now,
        )


def _one_by_one(
    sessions: sessionmaker[Session], app: Application, args: Mapping[str, Any], batch: list[str], now: datetime
) -> list[dict[str, Any]]:
    problems = []
    for entry_id in batch:
        try:
            with transaction(sessions) as session:
                _open_one(session, app, args, entry_id, now)
        except (Invalid, NotFound, EngineError) as error:
            problems.append({"entry": entry_id, "code": error.code, "values": dict(error.values)})
    return problems


def _open_one(session: Session, app: Application, args: Mapping[str, Any], entry_id: str, now: datetime) -> None:
    """Open the case of a line, started by who published the list, as long as they have an account."""
    entry = session.get_one(ListEntry, entry_id)
    if session.scalar(select(Case.id).where(Case.entry_id == entry_id, Case.parent_id.is_(None))) is None:
        try:
            starter = load_actor(session, app.roles, str(args.get("by")), now)
        except (NotFound, NotAllowed):
            starter = SYSTEM
        cases.open_case(session, app, starter, entry, now)


def record(
    session: Session, actor: Actor, row: AuditList, action: str, payload: Mapping[str, Any], now: datetime
) -> None:
    """Append an act to the list's chain."""
    trail.append(
        session,
        chain=f"list:{row.id}",
        actor=actor,
        action=action,
        subject_type="list",
        subject_id=row.id,
        payload=payload,
        now=now,
    )
