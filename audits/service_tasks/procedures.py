"""The operations that only some procedures of the family ask for: which procedure, and self-commitments."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from audits import cases, commitments, parks
from audits.models import Case
from audits.service_tasks.cleaner_production_audit import Outputs
from workflows import definitions
from workflows.access import SYSTEM
from workflows.application import Handler, OperationJob


def enter_procedure(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Note which procedure the case follows from now on. Inputs: procedure, its key."""
    _enter(session, session.get_one(Case, job.instance_id), str(job.inputs["procedure"]), now)
    return {}


def _enter(session: Session, case: Case, key: str, now: datetime) -> None:
    if case.procedure != key:
        told = {"old": case.procedure, "procedure": key}
        case.procedure = key
        cases.record(session, SYSTEM, case.id, "case.procedure_entered", told, now)


def accept_commitment(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Record a commitment accepted on paper. Outputs: commitment, with the end of its period."""
    row = commitments.accept(session, session.get_one(Case, job.instance_id), now)
    return {"commitment": commitments.variables(row)}


def keep_commitment(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """End a commitment well. Inputs: status, kept or lapsed. Outputs: commitment."""
    row = commitments.end(session, session.get_one(Case, job.instance_id), job.inputs["status"], now)
    return {"commitment": commitments.variables(row)}


def revoke_commitment(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Revoke a false commitment: no result, a credit entry, the full procedure.

    Inputs: reason. Outputs: commitment, procedure, commitment_wanted.
    """
    case = session.get_one(Case, job.instance_id)
    row = commitments.revoke(session, case, str(job.inputs["reason"]), now)
    asked = {
        "case": job.variables["case"],
        "publication_date": case.publication_date.isoformat(),
        "commitment_wanted": "no",
    }
    rule = definitions.decide(session, job.app, job.definition_id, "procedure", asked, now)
    _enter(session, case, rule["key"], now)
    return {"commitment": commitments.variables(row), "procedure": rule, "commitment_wanted": "no"}


def deem_members(session: Session, job: OperationJob, now: datetime) -> Outputs:
    """Deem the members of a park that took part audited. Inputs: participants. Outputs: deemed, their ids."""
    case = session.get_one(Case, job.instance_id)
    return {"deemed": parks.deem_members(session, job.app, case, job.inputs["participants"] or [], now)}


HANDLERS: Final[dict[str, Handler]] = {
    "cases.enter_procedure": enter_procedure,
    "parks.deem_members": deem_members,
    "commitments.accept": accept_commitment,
    "commitments.keep": keep_commitment,
    "commitments.revoke": revoke_commitment,
}
