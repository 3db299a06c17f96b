"""Approval of annual lists (核定): a bureau proposes its list, the superior approves or refuses it line by line.

Measures on cleaner production audits, articles 9 and 10. Which lists need it, whose decision it is and by when they
have to be proposed says the decision table ``list_approval`` of the region (``audits.lists.create``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import access, calendars, lists, notices
from audits.models import AuditList, Enterprise, ListEntry
from workflows.access import SYSTEM, Actor, may, name_of, require
from workflows.errors import Conflict, Invalid, NotFound
from workflows.models import Organisation, Region

DECISIONS: Final[dict[str, tuple[str, str]]] = {
    "": ("待核定", "Not decided"),
    "approved": ("同意", "Approved"),
    "refused": ("不同意", "Refused"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """The lines of a list by decision."""

    undecided: int
    approved: int
    refused: int


def tally(session: Session, actor: Actor, list_id: str) -> Tally:
    """Count the lines of a list that the actor sees by decision. The caller has fetched the list."""
    rows = session.execute(
        select(ListEntry.decision, func.count())
        .where(ListEntry.list_id == list_id, access.visible(actor, ListEntry))
        .group_by(ListEntry.decision)
    )
    found = {decision: number for decision, number in rows}  # noqa: C416
    return Tally(found.get("", 0), found.get("approved", 0), found.get("refused", 0))


def may_decide(session: Session, actor: Actor, row: AuditList) -> bool:
    """Say whether the actor speaks for the superior that approves a list."""
    return row.approver_id is not None and may(actor, "lists.approve", _approver_path(session, row))


def propose(session: Session, actor: Actor, list_id: str, now: datetime) -> AuditList:
    """Propose a draft to the superior, who is told; the lines stand until it is taken back.

    What was approved before stays so, what was refused is proposed again. Raises NotFound, NotAllowed, Invalid
    ``list_needs_no_approval``, ``list_is_empty``, Conflict ``list_is_proposed``, ``list_is_published``.
    """
    row = access.audit_list(session, actor, list_id)
    require(actor, "lists.import", row.region_path)
    lists.hold_draft(session, row)
    if row.approver_id is None:
        raise Invalid("list_needs_no_approval", title=row.title)
    lines = session.scalars(select(ListEntry).where(ListEntry.list_id == list_id)).all()
    if not lines:
        raise Invalid("list_is_empty")
    for line in lines:
        if line.decision == "refused":
            line.decision, line.decision_reason, line.decided_at, line.decided_by = "", "", None, None
    row.status, row.proposed_at, row.proposed_by = "proposed", now, actor.person_id
    session.flush()
    day = calendars.local_day(now)
    told = {"lines": len(lines), "due_on": row.due_on, "late": row.due_on is not None and day > row.due_on}
    lists.record(session, actor, row, "list.proposed", told, now)
    issuer = session.get_one(Organisation, row.issuer_id)
    values = {"issuer": [issuer.name, issuer.name_en or issuer.name], "title": row.title, "lines": len(lines)}
    _tell(session, row, row.approver_id, "list_proposed", values, now)
    _conclude(session, actor, row, now)
    return row


def withdraw(session: Session, actor: Actor, list_id: str, now: datetime) -> AuditList:
    """Take a proposed or decided list back into the draft, to correct what was refused; approved lines stay approved.

    Raises NotFound, NotAllowed, Conflict ``list_is_published``, ``list_not_proposed``.
    """
    row = access.audit_list(session, actor, list_id)
    require(actor, "lists.import", row.region_path)
    lists.hold(session, row)
    if row.status == "published":
        raise Conflict("list_is_published", title=row.title)
    if row.status == "draft":
        raise Conflict("list_not_proposed", title=row.title)
    row.status, row.proposed_at, row.proposed_by = "draft", None, None
    lists.record(session, actor, row, "list.withdrawn", {}, now)
    return row


def decide(
    session: Session,
    actor: Actor,
    list_id: str,
    *,
    decision: str,
    reason: str = "",
    entry_ids: Collection[str] | None = None,
    now: datetime,
) -> AuditList:
    """Approve or refuse some lines, or all that are undecided. A refusal says why.

    The bureau that proposed is told once every line is decided. Until publication whoever decided a line may think
    again; a line that another officer decided stands. Raises NotFound, NotAllowed, Invalid, Conflict
    ``list_not_proposed``, ``list_is_published``, ``line_is_decided`` (enterprise, by, at).
    """
    row = access.audit_list(session, actor, list_id)
    require(actor, "lists.approve", _approver_path(session, row))
    _check(decision, reason, entry_ids)
    lists.hold(session, row)
    if row.status == "published":
        raise Conflict("list_is_published", title=row.title)
    if row.status == "draft":
        raise Conflict("list_not_proposed", title=row.title)
    chosen = _chosen(session, row, entry_ids)
    if not chosen:
        raise Conflict("nothing_to_decide", title=row.title)
    for line, enterprise in chosen:
        _free(session, actor, line, enterprise)
        line.decision, line.decision_reason = decision, reason.strip()[:500]
        line.decided_at, line.decided_by = now, actor.person_id
    session.flush()
    payload = {"decision": decision, "reason": reason.strip()[:500], "lines": [one.name for _line, one in chosen]}
    lists.record(session, actor, row, f"list.lines_{decision}", payload, now)
    _conclude(session, actor, row, now)
    return row


def _approver_path(session: Session, row: AuditList) -> str:
    """Give the region of the superior; for a list that needs no approval its own, where nothing can be decided."""
    approver = session.get(Organisation, row.approver_id) if row.approver_id else None
    return session.get_one(Region, approver.region_code).path if approver else row.region_path


def _check(decision: str, reason: str, entry_ids: Collection[str] | None) -> None:
    errors = {}
    if decision not in {"approved", "refused"}:
        errors["decision"] = ["unknown"]
    if decision == "refused" and not reason.strip():
        errors["reason"] = ["required"]
    if entry_ids is not None and not entry_ids:
        errors["entry_ids"] = ["nothing_chosen"]
    if errors:
        raise Invalid(fields=errors)


def _chosen(
    session: Session, row: AuditList, entry_ids: Collection[str] | None
) -> Sequence[tuple[ListEntry, Enterprise]]:
    query = (
        select(ListEntry, Enterprise)
        .join(Enterprise, Enterprise.id == ListEntry.enterprise_id)
        .where(ListEntry.list_id == row.id)
        .order_by(ListEntry.number)
        .execution_options(populate_existing=True)
    )
    query = query.where(ListEntry.decision == "" if entry_ids is None else ListEntry.id.in_(set(entry_ids)))
    found = [(line, enterprise) for line, enterprise in session.execute(query)]
    if entry_ids is not None and len(found) != len(set(entry_ids)):
        raise NotFound("entry_not_found")
    return found


def _free(session: Session, actor: Actor, line: ListEntry, enterprise: Enterprise) -> None:
    if line.decision and line.decided_by != actor.person_id:
        by = name_of(session, line.decided_by)
        raise Conflict("line_is_decided", enterprise=enterprise.name, by=by, at=line.decided_at)


def _conclude(session: Session, actor: Actor, row: AuditList, now: datetime) -> None:
    """Note that every line is decided, and tell the bureau."""
    found = tally(session, SYSTEM, row.id)
    if found.undecided or row.status == "decided":
        return
    row.status = "decided"
    counts = {"approved": found.approved, "refused": found.refused}
    lists.record(session, actor, row, "list.decided", counts, now)
    _tell(session, row, row.issuer_id, "list_decided", {"title": row.title} | counts, now)


def _tell(
    session: Session, row: AuditList, organisation_id: str, kind: str, values: dict[str, Any], now: datetime
) -> None:
    notices.send(
        session,
        key=f"{kind}:{row.id}:{now.isoformat()}",
        organisation_id=organisation_id,
        instance_id=None,
        kind=kind,
        values=values | {"list": row.id},
        now=now,
    )
