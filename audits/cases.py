"""Cases: opened from a list, led by their diagram, ended with an outcome."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from audits import access, agreements, calendars, case_facts, deadlines, legal_basis, procedures, regions
from audits.models import AuditList, Case, Deadline, Enterprise, ListEntry, Park
from audits.roles import BUREAU_OF_LEVEL
from workflows import definitions, instances, runtime, trail
from workflows.access import SYSTEM, Actor, require
from workflows.application import Application
from workflows.errors import Conflict, Invalid
from workflows.models import Instance, Organisation, Party, Region, Task
from workflows.paging import Page, keyset

FAMILY: Final = "cleaner_production_audit"
ENERGY: Final = "GAOHAONENG"
NAMESPACE: Final = uuid.UUID("6f0d3a0e-5f1b-4f0e-9f5e-2f8f0c1d7a11")
OUTCOMES: Final[dict[str, tuple[str, str]]] = {
    "": ("办理中", "In progress"),
    "qualified": ("验收合格", "Qualified"),
    "unqualified": ("验收不合格", "Unqualified"),
    "removed": ("移出名单", "Removed from the list"),
    "deferred": ("暂缓", "Deferred"),
    "terminated": ("终止", "Terminated"),
    "deemed": ("视同完成", "Deemed audited"),
    "revoked": ("验收结论已撤销", "Acceptance revoked"),
}
STAGES: Final[dict[str, tuple[str, str]]] = {
    "notification": ("书面通知", "Notification"),
    "disclosure": ("信息公示", "Disclosure"),
    "voluntary_start": ("自愿审核受理", "Admission"),
    "pre_audit": ("审核启动与预审核", "Start and pre-audit"),
    "park_plan": ("园区（集群）方案", "Plan of the park or cluster"),
    "pre_evaluation": ("预评估", "Pre-evaluation"),
    "audit": ("审核", "Audit"),
    "report_submission": ("报告提交", "Report submission"),
    "evaluation": ("评估", "Evaluation"),
    "plan_implementation": ("方案实施", "Implementation"),
    "merged_review": ("评估验收", "Evaluation and acceptance"),
    "commitment": ("告知承诺", "Self-commitment"),
    "acceptance": ("验收", "Acceptance"),
    "rectification": ("限期整改", "Rectification"),
    "re_audit": ("重新审核", "Re-audit"),
}


def open_case(
    session: Session, app: Application, actor: Actor, entry: ListEntry, now: datetime, *, parent: Case | None = None
) -> Case:
    """Open the case of a list's line, or the linked case of a re-audit order, and start its process.

    The procedure comes from the decision table ``procedure``, the competent body from ``jurisdiction``; the legal
    basis is the one in force on the day that starts the clocks: the list's publication, or today for a re-audit.
    Raises Invalid ``no_bureau``, ``no_procedure``.
    """
    audit_list = session.get_one(AuditList, entry.list_id)
    enterprise = session.get_one(Enterprise, entry.enterprise_id)
    region = session.get_one(Region, enterprise.region_code)
    today = calendars.local_day(now)
    published = today if parent else (audit_list.published_on or today)
    definition = definitions.applicable(session, FAMILY, region.code, on=today)
    stands_for = session.get(Park, enterprise.id)
    facts = case_facts.facts(audit_list, entry, enterprise, region, parent, stands_for.kind if stands_for else "")
    procedure = procedures.choose(session, app, definition.id, facts, published, now)
    level = definitions.decide(session, app, definition.id, "jurisdiction", {"case": facts}, now)
    competent = _competent(session, region.code, level, procedure.lead)
    basis = legal_basis.on(published)
    case_id = str(uuid.uuid5(NAMESPACE, f"{entry.id}:{facts['parent'] or ''}"))
    case = Case(
        id=case_id,
        number=facts["no"],
        entry_id=entry.id,
        enterprise_id=enterprise.id,
        parent_id=parent.id if parent else None,
        region_code=region.code,
        region_path=region.path,
        types=list(entry.types),
        procedure=procedure.key,
        competent_id=competent.id,
        legal_basis=basis.key,
        publication_date=published,
        decision_date=today if parent else audit_list.decided_on,
        opened_at=now,
    )
    started = {
        "case": facts,
        "publication_date": case.publication_date.isoformat(),
        "decision_date": (case.decision_date or case.publication_date).isoformat(),
    }
    instances.start(
        session,
        app,
        actor,
        definition=definition,
        instance_id=case_id,
        business_key=case.number,
        subject=enterprise.name,
        region_code=region.code,
        variables=started,
        parties=_parties(session, entry, enterprise, competent),
        now=now,
    )
    session.add(case)
    session.flush()
    agreements.end_by_trigger(session, enterprise.id, case.types, case.number, now)
    payload = {
        "number": case.number,
        "competent": competent.name,
        "legal_basis": basis.key,
        "level": level,
        "procedure": procedure.key,
    }
    record(session, actor, case.id, "case.opened", payload, now)
    return case


def _competent(session: Session, region_code: str, level: str, lead: str) -> Organisation:
    """Give who leads a case: the bureau of a level, or the department where the procedure says so and there is one."""
    department = regions.department_over(session, region_code) if lead == "department" else None
    return department or regions.bureau_over(session, region_code, level)


def _parties(
    session: Session, entry: ListEntry, enterprise: Enterprise, competent: Organisation
) -> list[tuple[str, str | None, str | None]]:
    """Name who takes part from the first day. High energy use has a second lead: the energy department (domain: 1.2)."""
    parties: list[tuple[str, str | None, str | None]] = [
        ("enterprise", enterprise.id, None),
        ("competent_bureau", competent.id, None),
    ]
    department = regions.department_over(session, enterprise.region_code) if ENERGY in entry.types else None
    if department is not None and department.id != competent.id:
        parties.append(("coordinating_department", department.id, None))
    return parties


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as lists show it."""

    case: Case
    instance: Instance
    enterprise: Enterprise
    next_deadline: Deadline | None
    holders: list[str]


def procedures_followed(session: Session, actor: Actor) -> list[str]:
    """Give the keys of the procedures that the cases which the actor sees follow."""
    return list(session.scalars(select(Case.procedure).where(access.visible(actor, Case)).distinct()))


def list_(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    stage: str | None = None,
    outcome: str | None = None,
    procedure: str | None = None,
    list_id: str | None = None,
    region: str | None = None,
    enterprise_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CaseLine]:
    """Give the cases that the actor sees, the newest first. ``outcome`` "open" means still running."""
    query = (
        select(Case, Instance, Enterprise)
        .join(Instance, Instance.id == Case.id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .where(access.visible(actor, Case), *_filters(session, text, stage, outcome, region))
    )
    if procedure:
        query = query.where(Case.procedure == procedure)
    if list_id:
        query = query.where(Case.entry_id.in_(select(ListEntry.id).where(ListEntry.list_id == list_id)))
    if enterprise_id:
        query = query.where(Case.enterprise_id == enterprise_id)
    page = keyset(session, query, [Case.opened_at, Case.id], cursor, limit, descending=True)
    ids = [row[0].id for row in page.items]
    due, holders = deadlines.next_of(session, ids), open_tasks(session, ids)
    return page.map(lambda row: CaseLine(row[0], row[1], row[2], due.get(row[0].id), holders.get(row[0].id, [])))


def _filters(
    session: Session, text: str, stage: str | None, outcome: str | None, region: str | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if text:
        found.append(
            or_(
                Case.number.contains(text.strip(), autoescape=True),
                Enterprise.name.contains(text.strip(), autoescape=True),
                Enterprise.uscc == text.strip().upper(),
            )
        )
    if stage:
        found.append(Instance.stage == stage)
    if outcome:
        found.append(Case.outcome == ("" if outcome == "open" else outcome))
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region)) or "/none/"
        found.append(Case.region_path.startswith(path, autoescape=True))
    return found


def open_tasks(session: Session, case_ids: list[str]) -> dict[str, list[str]]:
    """Give the names of the open tasks of some cases."""
    rows = session.execute(
        select(Task.instance_id, Task.name).where(Task.instance_id.in_(case_ids), Task.status == "open").distinct()
    )
    found: dict[str, list[str]] = {}
    for case_id, name in rows:
        found.setdefault(case_id, []).append(name)
    return found


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with what stands beside it on its page."""

    case: Case
    instance: Instance
    enterprise: Enterprise
    entry: ListEntry
    audit_list: AuditList
    parent: Case | None
    children: list[Case]
    deadlines: list[Deadline]
    parties: list[Party]
    open_tasks: list[Task] = field(default_factory=list)


def get(session: Session, actor: Actor, case_id: str) -> CaseView:
    """Give a case for its page; NotFound where the actor may not know of it."""
    case = access.case(session, actor, case_id)
    entry = session.get_one(ListEntry, case.entry_id)
    children = select(Case).where(Case.parent_id == case.id, access.visible(actor, Case)).order_by(Case.opened_at)
    tasks = select(Task).where(Task.instance_id == case_id, Task.status == "open").order_by(Task.opened_at)
    return CaseView(
        case=case,
        instance=session.get_one(Instance, case_id),
        enterprise=session.get_one(Enterprise, case.enterprise_id),
        entry=entry,
        audit_list=session.get_one(AuditList, entry.list_id),
        parent=session.scalar(select(Case).where(Case.id == case.parent_id, access.visible(actor, Case))),
        children=list(session.scalars(children)),
        deadlines=deadlines.for_case(session, case_id),
        parties=list(session.scalars(select(Party).where(Party.instance_id == case_id).order_by(Party.since))),
        open_tasks=list(session.scalars(tasks)),
    )


def decide_removal(
    session: Session, app: Application, actor: Actor, case_id: str, *, decision: str, reason: str, now: datetime
) -> None:
    """Remove a running case from the list or defer it, with a reason: the message that ends it is delivered.

    Raises NotFound, NotAllowed, Invalid, Conflict ``case_is_closed``.
    """
    case = access.case(session, actor, case_id)
    require(actor, "cases.remove", case.region_path)
    runtime.lock(session, case_id)  # first, as whoever completes a task does: else two could wait for each other
    session.refresh(case)
    if decision not in {"removed", "deferred"}:
        raise Invalid(fields={"decision": ["unknown"]})
    if not reason.strip():
        raise Invalid(fields={"reason": ["required"]})
    if case.outcome:
        raise Conflict("case_is_closed", outcome=case.outcome)
    payload = {"decision": decision, "reason": reason.strip()}
    record(session, actor, case_id, "case.removal_decided", payload, now)
    instances.deliver_message(session, app, actor, case_id, "list_removal", payload, now)


def record_outcome(session: Session, case: Case, outcome: str, now: datetime) -> None:
    """Write how a case ended. The first case of a line decides the line's outcome. A repeat changes nothing."""
    if case.outcome:
        return
    case.outcome, case.outcome_on = outcome, calendars.local_day(now)
    entry = session.get_one(ListEntry, case.entry_id)
    if case.parent_id is None:
        entry.outcome = outcome
    record(session, SYSTEM, case.id, "case.outcome_recorded", {"outcome": outcome}, now)


def bureau_role(level: str) -> str:
    """Give the role of the officers of a level."""
    return BUREAU_OF_LEVEL[level]


def record(
    session: Session, actor: Actor, case_id: str, action: str, payload: Mapping[str, Any], now: datetime
) -> None:
    """Append an act to the case's chain."""
    trail.append(
        session,
        chain=case_id,
        actor=actor,
        action=action,
        subject_type=action.split(".", maxsplit=1)[0],
        subject_id=case_id,
        payload=payload,
        now=now,
    )
