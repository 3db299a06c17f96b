"""Voluntary audits: an enterprise applies, the leading department accepts or refuses, and accepted ones form a list.

The list is published like any other, by the department; its cases follow the procedure ``voluntary``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import access, calendars, lists, notices, voluntary_rules
from audits.models import AuditList, Enterprise, ListEntry, VoluntaryApplication
from audits.voluntary_rules import DECIDE
from workflows import trail
from workflows.access import Actor, name_of, require
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Organisation, Region
from workflows.paging import Page, keyset

LENGTH: Final = 1000
Line = tuple[VoluntaryApplication, Enterprise]


def apply(
    session: Session, actor: Actor, *, enterprise_id: str, reason: str, stated: Collection[str], now: datetime
) -> VoluntaryApplication:
    """Ask for a voluntary audit, for one's own enterprise; the conditions are checked and kept with the request.

    ``stated`` are the keys of the conditions that the enterprise states to meet. Raises NotFound, NotAllowed
    ``not_your_enterprise``, Invalid by field, Conflict ``voluntary_open``.
    """
    enterprise = access.enterprise(session, actor, enterprise_id)
    if enterprise_id not in actor.organisations:
        raise NotAllowed("not_your_enterprise")
    today = calendars.local_day(now)
    rule = voluntary_rules.rule_for(session, enterprise.region_code, today)
    errors: dict[str, Any] = {}
    if not reason.strip():
        errors["reason"] = ["required"]
    elif len(reason) > LENGTH:
        errors["reason"] = ["too_long"]
    if {key for key, _names in voluntary_rules.statements(rule)} - set(stated):
        errors["stated"] = ["required"]
    if errors:
        raise Invalid(fields=errors)
    if session.scalar(select(VoluntaryApplication.id).where(VoluntaryApplication.open_key == enterprise_id)):
        raise Conflict("voluntary_open", enterprise=enterprise.name)
    row = VoluntaryApplication(
        enterprise_id=enterprise_id,
        decider_id=voluntary_rules.leader_of(session, enterprise.region_code).id,
        open_key=enterprise_id,
        reason=reason.strip(),
        checks=voluntary_rules.found(session, rule, enterprise, stated, today),
        asked_at=now,
        asked_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    told = {"enterprise": enterprise.name, "unmet": [one["key"] for one in row.checks if not one["met"]]}
    _record(session, actor, row, "voluntary.applied", told, now)
    _tell(session, row, row.decider_id, "voluntary_applied", now)
    return row


def withdraw(session: Session, actor: Actor, application_id: str, now: datetime) -> VoluntaryApplication:
    """Take back an open application of one's own enterprise. Raises NotFound, NotAllowed, Conflict."""
    row = _held(session, actor, application_id)
    if row.enterprise_id not in actor.organisations:
        raise NotAllowed("not_your_enterprise")
    _close(row, actor, "withdrawn", "", now)
    _record(session, actor, row, "voluntary.withdrawn", {"enterprise": name_of_enterprise(session, row)}, now)
    return row


def decide(
    session: Session, actor: Actor, application_id: str, *, decision: str, reason: str = "", now: datetime
) -> VoluntaryApplication:
    """Accept an application, which puts it on the department's draft list, or refuse it with a reason.

    The conditions are checked once more. Raises NotFound, NotAllowed, Invalid by field, Conflict ``voluntary_decided``,
    ``not_eligible`` (conditions).
    """
    row = _held(session, actor, application_id)
    if row.decider_id not in actor.organisations:
        raise NotAllowed("not_allowed", action=DECIDE)
    enterprise = session.get_one(Enterprise, row.enterprise_id)
    require(actor, DECIDE, session.get_one(Region, enterprise.region_code).path)
    if decision not in {"accepted", "refused"}:
        raise Invalid(fields={"decision": ["unknown"]})
    if decision == "refused" and not reason.strip():
        raise Invalid(fields={"reason": ["required"]})
    told: dict[str, Any] = {"enterprise": enterprise.name, "reason": reason.strip()[:500]}
    if decision == "accepted":
        today = calendars.local_day(now)
        rule = voluntary_rules.rule_for(session, enterprise.region_code, today)
        stated = {one["key"] for one in row.checks if one["met"]}
        row.checks = voluntary_rules.found(session, rule, enterprise, stated, today)
        unmet = [one["names"][0] for one in row.checks if not one["met"]]
        if unmet:
            raise Conflict("not_eligible", conditions="、".join(unmet))
        told["list"] = _list_it(session, actor, row, enterprise, now).title
    _close(row, actor, decision, reason, now)
    _record(session, actor, row, f"voluntary.{decision}", told, now)
    _tell(session, row, row.enterprise_id, f"voluntary_{decision}", now)
    return row


def list_(
    session: Session, actor: Actor, *, status: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Line]:
    """Give the applications that the actor sees, the latest first."""
    query = (
        select(VoluntaryApplication, Enterprise)
        .join(Enterprise, Enterprise.id == VoluntaryApplication.enterprise_id)
        .where(access.visible(actor, VoluntaryApplication))
    )
    if status:
        query = query.where(VoluntaryApplication.status == status)
    columns = [VoluntaryApplication.asked_at, VoluntaryApplication.id]
    page = keyset(session, query, columns, cursor, limit, descending=True)
    return page.map(lambda row: (row[0], row[1]))


def name_of_enterprise(session: Session, row: VoluntaryApplication) -> str:
    """Give the name of the enterprise of an application."""
    return session.get_one(Enterprise, row.enterprise_id).name


def _list_it(
    session: Session, actor: Actor, row: VoluntaryApplication, enterprise: Enterprise, now: datetime
) -> AuditList:
    """Put an accepted enterprise on the leading department's draft list; one is drafted where there is none."""
    leader = session.get_one(Organisation, row.decider_id)
    draft = select(AuditList).where(
        AuditList.issuer_id == leader.id, AuditList.kind == "voluntary", AuditList.status == "draft"
    )
    found = session.scalar(draft.with_for_update()) or _draft(session, actor, leader, now)
    last = session.scalar(select(func.max(ListEntry.number)).where(ListEntry.list_id == found.id)) or 0
    entry = lists.put(session, found, last + 1, enterprise.id, ["VOLUNTARY"], row.reason)
    session.flush()
    row.entry_id = entry.id
    lists.record(
        session, actor, found, "list.entry_added", {"enterprise": enterprise.name, "types": ["VOLUNTARY"]}, now
    )
    return found


def _draft(session: Session, actor: Actor, leader: Organisation, now: datetime) -> AuditList:
    year = calendars.local_day(now).year
    region = session.get_one(Region, leader.region_code)
    own = (AuditList.region_code == region.code) & (AuditList.year == year)
    batch = 1 + (session.scalar(select(func.max(AuditList.batch)).where(own)) or 0)
    row = AuditList(
        kind="voluntary",
        region_code=region.code,
        region_path=region.path,
        year=year,
        batch=batch,
        title=f"{region.name}{year}年度自愿性清洁生产审核企业名单（第{batch}批）",
        issuer_id=leader.id,
        status="draft",
        created_at=now,
        created_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    lists.record(session, actor, row, "list.created", {"title": row.title, "year": year, "batch": batch}, now)
    return row


def _held(session: Session, actor: Actor, application_id: str) -> VoluntaryApplication:
    row = access.fetch(session, actor, VoluntaryApplication, application_id)
    session.refresh(row, with_for_update=True)
    if row.status != "open":
        raise Conflict("voluntary_decided", by=name_of(session, row.decided_by), at=row.decided_at)
    return row


def _close(row: VoluntaryApplication, actor: Actor, status: str, reason: str, now: datetime) -> None:
    row.status, row.open_key, row.decision_reason = status, None, reason.strip()[:500]
    row.decided_at, row.decided_by = now, actor.person_id


def _tell(session: Session, row: VoluntaryApplication, organisation: str, kind: str, now: datetime) -> None:
    notices.send(
        session,
        key=f"{kind}:{row.id}",
        organisation_id=organisation,
        instance_id=None,
        kind=kind,
        values={"enterprise": name_of_enterprise(session, row), "reason": row.decision_reason},
        now=now,
    )


def _record(
    session: Session, actor: Actor, row: VoluntaryApplication, action: str, payload: dict[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain=f"org:{row.enterprise_id}",
        actor=actor,
        action=action,
        subject_type="voluntary",
        subject_id=row.id,
        payload=payload,
        now=now,
    )
