"""Joining an enterprise that is registered already: somebody asks by its credit code, and who is in charge decides.

In charge is the enterprise's own administrator, or, where it has none, the bureau of its region.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from audits import enterprises, grants, notices, regions, unjoined
from audits.models import Enterprise, JoinRequest
from workflows import people, trail
from workflows.access import Actor, may, name_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Membership, Person, Region
from workflows.paging import Page, keyset

ROLES: Final = ("enterprise", "enterprise_administrator")
ADMINISTRATOR: Final = "enterprise_administrator"


def ask(session: Session, actor: Actor, *, uscc: str, note: str = "", now: datetime) -> JoinRequest:
    """Ask to work for the enterprise of a credit code; who decides is told.

    Officers do not ask: nobody supervises their own work. Raises NotAllowed, Invalid by field (``bad_uscc``,
    ``not_registered``), Conflict ``joined_already``, ``join_asked``.
    """
    if actor.regions:
        raise NotAllowed("not_for_officers")
    code = enterprises.normalise_uscc(uscc)
    if not enterprises.uscc_valid(code):
        raise Invalid(fields={"uscc": ["bad_uscc"]})
    enterprise = session.scalar(select(Enterprise).where(Enterprise.uscc == code))
    if enterprise is None:
        raise Invalid(fields={"uscc": ["not_registered"]})
    if any(fact.organisation_id == enterprise.id and fact.role == "enterprise" for fact in actor.memberships):
        raise Conflict("joined_already", enterprise=enterprise.name)
    key = f"{actor.person_id}:{enterprise.id}"
    if session.scalar(select(JoinRequest.id).where(JoinRequest.open_key == key)):
        raise Conflict("join_asked", enterprise=enterprise.name)
    row = JoinRequest(
        person_id=actor.person_id, enterprise_id=enterprise.id, open_key=key, note=note.strip()[:500], asked_at=now
    )
    session.add(row)
    session.flush()
    _record(session, actor, row, "join.asked", {"person": actor.name, "note": row.note}, now)
    notices.send(
        session,
        key=f"join_asked:{row.id}",
        organisation_id=_in_charge(session, enterprise, now),
        instance_id=None,
        kind="join_asked",
        values={"person": actor.name, "enterprise": enterprise.name, "join": row.id},
        now=now,
    )
    return row


def mine(session: Session, actor: Actor) -> list[tuple[JoinRequest, Enterprise]]:
    """Give the actor's own requests, the latest first."""
    rows = session.execute(
        select(JoinRequest, Enterprise)
        .join(Enterprise, Enterprise.id == JoinRequest.enterprise_id)
        .where(JoinRequest.person_id == actor.person_id)
        .order_by(JoinRequest.asked_at.desc(), JoinRequest.id)
        .limit(50)
    )
    return [(row[0], row[1]) for row in rows]


def waiting(
    session: Session, actor: Actor, *, now: datetime, cursor: str | None = None, limit: int = 50
) -> Page[tuple[JoinRequest, Enterprise, Person]]:
    """Give the open requests that the actor decides, the oldest first."""
    query = (
        select(JoinRequest, Enterprise, Person)
        .join(Enterprise, Enterprise.id == JoinRequest.enterprise_id)
        .join(Person, Person.id == JoinRequest.person_id)
        .join(Region, Region.code == Enterprise.region_code)
        .where(JoinRequest.status == "open", JoinRequest.person_id != actor.person_id, _decides(actor, now))
    )
    page = keyset(session, query, [JoinRequest.asked_at, JoinRequest.id], cursor, limit)
    return page.map(lambda row: (row[0], row[1], row[2]))


def decides(actor: Actor) -> bool:
    """Say whether the actor is in charge of anybody's requests."""
    return may(actor, "enterprises.edit") or may(actor, "enterprises.manage_users")


def decide(
    session: Session, actor: Actor, request_id: str, *, decision: str, role: str = "", reason: str = "", now: datetime
) -> JoinRequest:
    """Approve or refuse a request. Approved means a membership from now on; the enterprise's tasks are reached by it.

    ``role``: enterprise, or enterprise_administrator, who works for the enterprise as well; the first to join an
    enterprise without an administrator becomes it. A refusal says why. Raises NotFound, Invalid, NotAllowed
    ``own_request``, Conflict ``join_decided`` (by, at), ``roles_apart``.
    """
    row = session.scalar(
        select(JoinRequest)
        .where(JoinRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or not _sees(session, actor, row, now):
        raise NotFound("join_request_not_found")
    if row.person_id == actor.person_id:
        raise NotAllowed("own_request")
    _check(decision, role, reason)
    if row.status != "open":
        raise Conflict("join_decided", by=name_of(session, row.decided_by), at=row.decided_at, status=row.status)
    if not session.get_one(Person, row.person_id).active:
        raise Conflict("person_inactive")
    roles = _admit(session, actor, row, role, now) if decision == "approved" else []
    _close(row, actor, decision, reason, now)
    told = {"person": row.person_id, "roles": roles, "reason": row.decision_reason}
    _record(session, actor, row, f"join.{decision}", told, now)
    return row


def withdraw(session: Session, actor: Actor, request_id: str, *, now: datetime) -> JoinRequest:
    """Take back one's own open request. Raises NotFound, Conflict ``join_decided``."""
    row = session.scalar(select(JoinRequest).where(JoinRequest.id == request_id).with_for_update())
    if row is None or row.person_id != actor.person_id:
        raise NotFound("join_request_not_found")
    if row.status != "open":
        raise Conflict("join_decided", by=name_of(session, row.decided_by), at=row.decided_at, status=row.status)
    _close(row, actor, "withdrawn", "", now)
    _record(session, actor, row, "join.withdrawn", {"person": actor.name}, now)
    return row


def _admit(session: Session, actor: Actor, row: JoinRequest, role: str, now: datetime) -> list[str]:
    """Give the memberships that are missing; give their roles."""
    has_administrator = session.scalar(select(unjoined.has_people(row.enterprise_id, now, ADMINISTRATOR)))
    wanted = {"enterprise"} | ({ADMINISTRATOR} if role == ADMINISTRATOR or not has_administrator else set())
    held = set(
        session.scalars(
            select(Membership.role).where(
                Membership.person_id == row.person_id,
                Membership.organisation_id == row.enterprise_id,
                or_(Membership.until.is_(None), Membership.until > now),
            )
        )
    )
    missing = sorted(wanted - held)
    for one in missing:
        grants.require_apart(session, actor, row.person_id, one)
        people.add_membership(
            session, actor, person_id=row.person_id, organisation_id=row.enterprise_id, role=one, now=now
        )
    return missing


def _close(row: JoinRequest, actor: Actor, status: str, reason: str, now: datetime) -> None:
    row.status, row.open_key, row.decision_reason = status, None, reason.strip()[:500]
    row.decided_at, row.decided_by = now, actor.person_id


def _check(decision: str, role: str, reason: str) -> None:
    errors = {}
    if decision not in {"approved", "refused"}:
        errors["decision"] = ["unknown"]
    if decision == "approved" and role not in {"", *ROLES}:
        errors["role"] = ["unknown"]
    if decision == "refused" and not reason.strip():
        errors["reason"] = ["required"]
    if errors:
        raise Invalid(fields=errors)


def _reached(actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Give two conditions: the actor's own enterprises, and those of the actor's regions. The query reads the region."""
    own = [
        fact.organisation_id
        for fact in actor.memberships
        if fact.role == ADMINISTRATOR and may(actor, "enterprises.manage_users")
    ]
    paths = sorted({path for action, path in actor.grants if action == "enterprises.edit"})
    inside = or_(false(), *(Region.path.startswith(path, autoescape=True) for path in paths))
    return Enterprise.id.in_(own), inside


def _decides(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Give the condition for enterprises that the actor admits people to."""
    own, inside = _reached(actor)
    return or_(own, and_(inside, ~unjoined.has_people(Enterprise.id, now, ADMINISTRATOR)))


def _sees(session: Session, actor: Actor, row: JoinRequest, now: datetime) -> bool:
    """Say whether the actor decides the request; of one that is decided, whether they might have."""
    condition = _decides(actor, now) if row.status == "open" else or_(*_reached(actor))
    query = select(Enterprise.id).join(Region, Region.code == Enterprise.region_code)
    return session.scalar(query.where(Enterprise.id == row.enterprise_id, condition)) is not None


def _in_charge(session: Session, enterprise: Enterprise, now: datetime) -> str:
    """Give the organisation whose people decide: the enterprise, or the nearest bureau over it."""
    if session.scalar(select(unjoined.has_people(enterprise.id, now, ADMINISTRATOR))):
        return enterprise.id
    return regions.bureau_over(session, enterprise.region_code, "county").id


def _record(
    session: Session, actor: Actor, row: JoinRequest, action: str, payload: dict[str, Any], now: datetime
) -> None:
    trail.append(
        session,
        chain=f"org:{row.enterprise_id}",
        actor=actor,
        action=action,
        subject_type="join",
        subject_id=row.id,
        payload=payload,
        now=now,
    )
