"""The operations of the family ``cleaner_production_audit``: each turns a job into verbs of the field.

A handler runs in the worker, in one transaction with the case's instance locked; it never commits. What it returns
becomes variables of the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import (
    calendars,
    cases,
    clocks,
    consultancies,
    deadlines,
    letters,
    matters,
    name_list,
    notices,
    option_record,
    panels,
    submissions,
)
from audits.models import Case, Deadline, Disclosure, Enterprise, Letter, ListEntry
from workflows.access import SYSTEM
from workflows.application import Handler, OperationJob
from workflows.errors import Invalid
from workflows.models import Instance, Submission

Outputs = Mapping[str, Any]
CORRECTION: Final = "correction"


def _case(session: Session, job: OperationJob) -> Case:
    return session.get_one(Case, job.instance_id)


def compute_deadlines(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Set the statutory days of some kinds. Inputs: kinds; on, where the trigger's day is not today."""
    on = date.fromisoformat(job.inputs["on"]) if job.inputs.get("on") else None
    kinds: Sequence[str] = job.inputs["kinds"]
    case = _case(session, job)
    return {
        "deadlines": deadlines.compute(
            session, job.app, case, definition_id=job.definition_id, kinds=kinds, on=on, now=now
        )
    }


def remind(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Tell the enterprise that a statutory day is near. Inputs: deadline."""
    case = _case(session, job)
    row = deadlines.latest(session, case.id, job.inputs["deadline"])
    if row.met_on is None and row.reminded_at is None:
        row.reminded_at = now
        _tell(session, case, row, "deadline_soon", case.enterprise_id, now)
        cases.record(session, SYSTEM, case.id, "deadline.reminded", {"kind": row.kind}, now)
    return {}


def escalate(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Tell the enterprise and the competent bureau that a statutory day has passed. Inputs: deadline.

    Outputs: overdue, which is false when what was asked for is done, so that nobody is pursued who was in time.
    """
    row = deadlines.latest(session, job.instance_id, job.inputs["deadline"])
    if row.met_on is not None:
        return {"overdue": False}
    _escalate(session, _case(session, job), row, now)
    return {"overdue": True}


def _escalate(session: Session, case: Case, row: Deadline, now: datetime) -> None:
    if row.escalated_at is None:
        row.escalated_at = now
        for organisation in (case.enterprise_id, case.competent_id):
            _tell(session, case, row, "deadline_overdue", organisation, now)
        cases.record(session, SYSTEM, case.id, "deadline.escalated", {"kind": row.kind}, now)


def _tell(session: Session, case: Case, row: Deadline, kind: str, organisation: str, now: datetime) -> None:
    notices.send(
        session,
        key=f"{kind}:{row.id}:{organisation}",
        organisation_id=organisation,
        instance_id=case.id,
        kind=kind,
        values={
            "subject": session.get_one(Enterprise, case.enterprise_id).name,
            "deadline": list(deadlines.KINDS.get(row.kind, (row.kind, row.kind))),
            "due_on": row.runs_to.isoformat(),
        },
        now=now,
    )


def meet(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Note that a duty was done. Inputs: deadline.

    A correction ends with it, and its timers no longer ring where what was handed in may still be sent back.
    """
    kind = job.inputs["deadline"]
    deadlines.meet(session, job.instance_id, kind, now)
    if kind in clocks.reasons()[CORRECTION].deadlines:
        clocks.hand_in(session, job.app, _case(session, job), kind, reason=CORRECTION, now=now)
    return {}


def reopen(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Take a duty as not done after all: what was handed in was sent back. Inputs: deadline, corrects.

    Sent back to be corrected (补正), the clock stands still from the day it was handed in. Otherwise the day stays as
    it is; has it passed meanwhile, both sides are told at once.
    """
    case, kind = _case(session, job), job.inputs["deadline"]
    handed_in = deadlines.latest(session, case.id, kind).met_on
    row = deadlines.reopen(session, case.id, kind, now)
    if job.inputs.get("corrects") and handed_in is not None:
        clocks.stop(session, job.app, SYSTEM, case, reason=CORRECTION, since=handed_in, kinds=[kind], now=now)
    else:
        clocks.follow(session, job.app, case, now)
    if row.runs_to < calendars.local_day(now):
        _escalate(session, case, row, now)
    return {}


def issue_letter(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Issue a letter with the next number of the competent body.

    Inputs: kind; data where there is some; submission, a form, whose last answers the letter names with their hash.
    """
    data = {key: value for key, value in (job.inputs.get("data") or {}).items() if value is not None}
    case = _case(session, job)
    if job.inputs.get("submission"):
        data["submission"] = submissions.receipt(session, case.id, job.inputs["submission"])
    letter = letters.issue(session, job.app, case, kind=job.inputs["kind"], data=data, key=job.key, now=now)
    return {"letter": {"id": letter.id, "number": letter.number}}


def serve_notice(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Write the receipt of service onto a letter, from what was answered. Inputs: letter, method, served_on, signer."""
    letter = session.get_one(Letter, job.inputs["letter"])
    letters.write_service(
        session,
        SYSTEM,
        letter,
        method=job.inputs["method"],
        served_on=date.fromisoformat(job.inputs["served_on"]),
        signer=job.inputs.get("signer") or "",
        now=now,
    )
    return {}


def record_disclosure(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Keep what the enterprise disclosed, where, and the evidence."""
    answers = _last_answers(session, job.instance_id, "disclosure")
    row = session.scalar(select(Disclosure).where(Disclosure.key == job.key))
    if row is None:
        session.add(
            Disclosure(
                key=job.key,
                case_id=job.instance_id,
                channel=str(answers.get("channel") or ""),
                url=str(answers.get("url") or ""),
                disclosed_on=date.fromisoformat(answers["disclosed_on"]),
                content=answers,
                recorded_at=now,
            )
        )
        session.flush()
    return {}


def _last_answers(session: Session, instance_id: str, form: str) -> dict[str, Any]:
    found = session.scalar(
        select(Submission.answers)
        .where(Submission.instance_id == instance_id, Submission.form == form)
        .order_by(Submission.submitted_at.desc())
        .limit(1)
    )
    if found is None:
        raise Invalid("no_submission", form=form)
    return dict(found)


def _last_task(session: Session, instance_id: str, form: str) -> str:
    """Give the id of the task that submitted a form last, "" where none did."""
    last = select(Submission.task_id).where(Submission.instance_id == instance_id, Submission.form == form)
    return session.scalar(last.order_by(Submission.submitted_at.desc()).limit(1)) or ""


def engage_consultancy(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Let the chosen consultancy take part. Inputs: consultancy."""
    consultancies.engage(session, job.app, _case(session, job), job.inputs["consultancy"], now)
    return {}


def appoint_panel(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Form the panel. Inputs: experts, purpose. Outputs: panel, the persons' ids, the leader first."""
    case = _case(session, job)
    details = _last_answers(session, case.id, "panel_appointment")
    purpose, chosen = job.inputs["purpose"], job.inputs["experts"]
    panels.appoint(
        session,
        job.app,
        case,
        purpose=purpose,
        expert_ids=chosen,
        detail=details,
        task_id=_last_task(session, case.id, "panel_appointment"),
        now=now,
    )
    return {"panel": list(dict.fromkeys(chosen))}


def close_panel(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """End the panel and keep its result. Inputs: purpose; score and band where there are any."""
    case = _case(session, job)
    score = job.inputs.get("score")
    if score is not None:
        case.score = Decimal(str(score)).quantize(Decimal("0.0001"))
    case.band = str(job.inputs.get("band") or case.band)
    kept = "" if score is None else str(case.score)
    panels.close(session, job.app, case, purpose=job.inputs["purpose"], score=kept, now=now)
    return {}


def enter_round(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Begin the next round of the audit in the same case. The job's key makes a repeat harmless."""
    case = _case(session, job)
    case.round += 1
    cases.record(session, SYSTEM, case.id, "case.round_entered", {"round": case.round}, now)
    return {"case": {**job.variables["case"], "round": case.round}}


def record_outcome(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Write how the case ended and tell the enterprise. Inputs: outcome."""
    case = _case(session, job)
    cases.record_outcome(session, case, job.inputs["outcome"], now)
    _notify(session, case, "case_closed", {"outcome": list(cases.OUTCOMES[case.outcome])}, now)
    if case.outcome == "deferred":
        name_list.roll_over(session, SYSTEM, case, "deferred", now)
    return {}


def queue_result(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Note that the result waits for publication; ``publications.pending_results`` lists it. Inputs: outcome."""
    outcome = job.inputs["outcome"]
    cases.record(session, SYSTEM, job.instance_id, "result.queued", {"outcome": outcome}, now)
    return {}


def open_reaudit(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Open the linked case of a re-audit order, with fresh clocks from today."""
    parent = _case(session, job)
    child = session.scalar(select(Case).where(Case.parent_id == parent.id))
    if child is None:
        entry = session.get_one(ListEntry, parent.entry_id)
        child = cases.open_case(session, job.app, SYSTEM, entry, now, parent=parent)
        _notify(session, parent, "reaudit_opened", {"number": child.number}, now)
    return {"reaudit": {"case_no": child.number}}


def roll_over(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Note that the enterprise belongs on the next list; who fails again and again is handed over to enforcement."""
    case = _case(session, job)
    next_year = calendars.local_day(now).year + 1
    cases.record(session, SYSTEM, case.id, "case.rolled_over", {"year": next_year}, now)
    name_list.roll_over(session, SYSTEM, case, "next_batch", now)
    failures = int(job.variables["case"].get("previous_failures") or 0)
    matters.hand_over(session, job.app, case, failures, now)
    return {"rolled_over": next_year}


def record_options(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Bring the option register up to date with what was submitted last."""
    option_record.record(session, _case(session, job), now)
    return {}


def _notify(session: Session, case: Case, kind: str, values: dict[str, Any], now: datetime) -> None:
    subject = session.get_one(Instance, case.id).subject
    notices.send(
        session,
        key=f"{kind}:{case.id}",
        organisation_id=case.enterprise_id,
        instance_id=case.id,
        kind=kind,
        values={"subject": subject, **values},
        now=now,
    )


HANDLERS: Final[dict[str, Handler]] = {
    "deadlines.compute": compute_deadlines,
    "deadlines.remind": remind,
    "deadlines.escalate": escalate,
    "deadlines.meet": meet,
    "deadlines.reopen": reopen,
    "letters.issue": issue_letter,
    "notices.serve": serve_notice,
    "disclosures.record": record_disclosure,
    "consultancies.engage": engage_consultancy,
    "panels.appoint": appoint_panel,
    "panels.close": close_panel,
    "cases.enter_round": enter_round,
    "cases.record_outcome": record_outcome,
    "cases.open_reaudit": open_reaudit,
    "cases.roll_over": roll_over,
    "options.record": record_options,
    "results.queue": queue_result,
}
