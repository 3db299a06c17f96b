"""Parks and clusters (园区整体、产业集群审核): members by date, and what a passed park means for each of them (视同).

Source: 环办科财〔2020〕27号; each enterprise inside a passed pilot is deemed to have done one audit (domain: section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from audits import access, calendars, cases
from audits.models import AuditList, Case, Enterprise, ListEntry, Park, ParkMember
from workflows import instances, trail
from workflows.access import SYSTEM, Actor, require
from workflows.application import Application
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Region

KINDS: Final = ("park", "cluster")
EDIT: Final = "enterprises.edit"
Member = tuple[ParkMember, Enterprise]


def mark(session: Session, actor: Actor, *, enterprise_id: str, kind: str, benchmark: str = "", now: datetime) -> Park:
    """Let an enterprise stand for a park or cluster, with the benchmark that a cluster shares.

    Raises NotFound, NotAllowed, Invalid, Conflict ``park_known``.
    """
    enterprise = _editable(session, actor, enterprise_id)
    if kind not in KINDS:
        raise Invalid(fields={"kind": ["unknown"]})
    if session.get(Park, enterprise_id) is not None:
        raise Conflict("park_known", enterprise=enterprise.name)
    row = Park(id=enterprise_id, kind=kind, benchmark=benchmark.strip()[:500])
    session.add(row)
    session.flush()
    _record(session, actor, enterprise_id, "park.marked", {"enterprise": enterprise.name, "kind": kind}, now)
    return row


def add_member(
    session: Session, actor: Actor, park_id: str, *, enterprise_id: str, since: date, now: datetime
) -> ParkMember:
    """Let an enterprise belong to a park from a day on. Raises NotFound, NotAllowed, Invalid, Conflict ``member_known``."""
    park = _park(session, actor, park_id)
    _editable(session, actor, park.id)
    enterprise = _editable(session, actor, enterprise_id)  # what the park passes closes its line: not a stranger's
    if enterprise_id == park_id or session.get(Park, enterprise_id) is not None:
        raise Invalid(fields={"enterprise_id": ["not_allowed_value"]})
    standing = select(ParkMember.id).where(
        ParkMember.park_id == park_id,
        ParkMember.enterprise_id == enterprise_id,
        or_(ParkMember.until.is_(None), ParkMember.until > since),
    )
    if session.scalar(standing) is not None:
        raise Conflict("member_known", enterprise=enterprise.name)
    row = ParkMember(park_id=park_id, enterprise_id=enterprise_id, since=since)
    session.add(row)
    session.flush()
    told = {"enterprise": enterprise.name, "since": since.isoformat()}
    _record(session, actor, park_id, "park.member_added", told, now)
    return row


def end_member(
    session: Session, actor: Actor, park_id: str, member_id: str, *, until: date, now: datetime
) -> ParkMember:
    """Let an enterprise belong to a park no more from a day on. Raises NotFound, NotAllowed, Invalid."""
    park = _park(session, actor, park_id)
    _editable(session, actor, park.id)
    row = session.get(ParkMember, member_id)
    if row is None or row.park_id != park_id:
        raise NotFound("park_members_not_found", id=member_id)
    if until < row.since:
        raise Invalid(fields={"until": ["before_start"]})
    row.until = until
    enterprise = session.get_one(Enterprise, row.enterprise_id)
    told = {"enterprise": enterprise.name, "until": until.isoformat()}
    _record(session, actor, park_id, "park.member_ended", told, now)
    return row


def list_(session: Session, actor: Actor) -> list[tuple[Park, Enterprise, list[Member]]]:
    """Give the parks that the actor sees with all their members, at most a hundred, by name."""
    query = (
        select(Park, Enterprise)
        .join(Enterprise, Enterprise.id == Park.id)
        .where(access.visible(actor, Park))
        .order_by(Enterprise.name, Park.id)
        .limit(100)
    )
    return [(row[0], row[1], _members(session, row[0].id)) for row in session.execute(query)]


def members_on(session: Session, park_id: str, on: date) -> list[Member]:
    """Give the members of a park on a day, by name."""
    return [
        one for one in _members(session, park_id) if one[0].since <= on and (one[0].until is None or on < one[0].until)
    ]


def _members(session: Session, park_id: str) -> list[Member]:
    query = (
        select(ParkMember, Enterprise)
        .join(Enterprise, Enterprise.id == ParkMember.enterprise_id)
        .where(ParkMember.park_id == park_id)
        .order_by(Enterprise.name, ParkMember.since)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def deem_members(
    session: Session, app: Application, case: Case, participants: Sequence[str], now: datetime
) -> list[str]:
    """Deem each member that took part audited by the park's case; its open mandatory lines close by reference.

    A running case of such a line is ended with the decision ``deemed``, which issues its letter and records the
    outcome; nothing is deleted. Gives the ids of the enterprises. A repeat changes nothing.
    """
    today = calendars.local_day(now)
    done = []
    for row, enterprise in members_on(session, case.enterprise_id, today):
        if enterprise.id not in participants or row.deemed_case_id == case.id:
            continue
        row.deemed_case_id, row.deemed_on = case.id, today
        done.append(enterprise.id)
        _close_lines(session, app, case, enterprise, now)
        _record(session, SYSTEM, enterprise.id, "park.member_deemed", {"case": case.number}, now)
    cases.record(session, SYSTEM, case.id, "park.members_deemed", {"count": len(done), "members": done}, now)
    return done


def _close_lines(session: Session, app: Application, park: Case, enterprise: Enterprise, now: datetime) -> None:
    query = (
        select(Case)
        .join(ListEntry, ListEntry.id == Case.entry_id)
        .join(AuditList, AuditList.id == ListEntry.list_id)
        .where(Case.enterprise_id == enterprise.id, Case.outcome == "", AuditList.kind == "mandatory")
        .order_by(Case.opened_at)
    )
    for case in session.scalars(query).all():
        case.deemed_by_id = park.id
        payload = {"decision": "deemed", "reason": f"已随园区（集群）整体审核（案号：{park.number}）完成审核，视同完成"}
        instances.deliver_message(session, app, SYSTEM, case.id, "list_removal", payload, now)


def deemed_on(session: Session, ids: Sequence[str]) -> dict[str, date]:
    """Give the last day on which some enterprises were deemed audited: an anchor of their interval."""
    query = (
        select(ParkMember.enterprise_id, func.max(ParkMember.deemed_on))
        .where(ParkMember.enterprise_id.in_(ids), ParkMember.deemed_on.is_not(None))
        .group_by(ParkMember.enterprise_id)
    )
    return {row[0]: row[1] for row in session.execute(query) if row[1] is not None}


def _park(session: Session, actor: Actor, park_id: str) -> Park:
    return access.fetch(session, actor, Park, park_id)


def _editable(session: Session, actor: Actor, enterprise_id: str) -> Enterprise:
    enterprise = access.enterprise(session, actor, enterprise_id)
    require(actor, EDIT, session.get_one(Region, enterprise.region_code).path)
    return enterprise


def _record(
    session: Session, actor: Actor, enterprise_id: str, action: str, payload: dict[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain=f"org:{enterprise_id}",
        actor=actor,
        action=action,
        subject_type="park",
        subject_id=enterprise_id,
        payload=payload,
        now=now,
    )
