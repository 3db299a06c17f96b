"""Rows as JSON-ready values: times and days as text, numbers as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from audits import letters
from audits.cases import CaseLine
from audits.corrections import Difference
from audits.models import AuditList, Deadline, Enterprise, Letter, ListEntry, ListImport, Publication
from server.filters import day, iso, local_name
from workflows.models import Attachment, Definition, Incident, Organisation, Person, Task
from workflows.tasks import Completed

Json = dict[str, Any]


def paged(items: Iterable[Any], next_cursor: str | None, shape: Callable[[Any], Json]) -> Json:
    """Write a page of a list."""
    return {"items": [shape(item) for item in items], "next": next_cursor}


def task(row: Task) -> Json:
    """Write a task."""
    return {
        "id": row.id,
        "case_id": row.instance_id,
        "case_number": row.business_key,
        "subject": row.subject,
        "element": row.element,
        "stage": row.process,
        "name": local_name(row),
        "role": row.role,
        "form": row.form,
        "status": row.status,
        "assignee": row.assignee_id,
        "opened_at": iso(row.opened_at),
        "due_at": iso(row.due_at) or None,
        "closed_at": iso(row.closed_at) or None,
        "opinion": row.opinion,
    }


def completed(done: Completed, language: str) -> Json:
    """Write who has it now, after a command on a task."""
    following = done.next_tasks[0] if done.next_tasks else None
    return {
        "next": url_for("tasks.one", task_id=following.id)
        if following
        else url_for("cases.one", case_id=done.instance.id),
        "next_tasks": [task(row) for row in done.next_tasks],
        "waiting_for": [
            {"name": (language == "en" and one.name_en) or one.name, "role": one.role, "names": list(one.names)}
            for one in done.waiting_for
        ],
    }


def case(line: CaseLine) -> Json:
    """Write a case of a list."""
    row = line.case
    return {
        "id": row.id,
        "number": row.number,
        "enterprise": line.enterprise.name,
        "uscc": line.enterprise.uscc,
        "region": row.region_code,
        "types": list(row.types),
        "procedure": row.procedure,
        "stage": line.instance.stage,
        "status": line.instance.status,
        "round": row.round,
        "score": str(row.score) if row.score is not None else None,
        "outcome": row.outcome,
        "opened_at": iso(row.opened_at),
        "next_deadline": deadline(line.next_deadline) if line.next_deadline else None,
    }


def deadline(row: Deadline) -> Json:
    """Write a statutory deadline."""
    return {
        "kind": row.kind,
        "round": row.round,
        "trigger": row.trigger,
        "trigger_on": day(row.trigger_on),
        "due_on": day(row.due_on),
        "provisional": row.provisional,
        "extended_to": day(row.extended_to) or None,
        "suspended_days": row.suspended_days,
        "paused_since": day(row.paused_since) or None,
        "runs_to": day(row.runs_to),
        "met_on": day(row.met_on) or None,
        "basis": row.basis,
    }


def letter(session: Session, row: Letter) -> Json:
    """Write a letter with the rights against it."""
    return {
        "id": row.id,
        "case_id": row.case_id,
        "kind": row.kind,
        "title": list(letters.KINDS.get(row.kind, (row.kind, row.kind))),
        "number": row.number,
        "issued_on": day(row.issued_on),
        "legal_basis": row.legal_basis,
        "status": row.status,
        "served_on": day(row.served_on) or None,
        "served_by": row.served_by,
        "signer": row.signer,
        "rights": [
            {
                "kind": one.kind,
                "title": list(one.names),
                "period": one.period,
                "basis": list(one.basis),
                "since": day(one.since) or None,
                "until": day(one.until) or None,
                "provisional": one.provisional,
            }
            for one in letters.rights_of(session, row)
        ],
        "verify": url_for("letters.verify", code=row.code),
        "docx": url_for("api-letters.download", letter_id=row.id, suffix="docx") if row.docx_id else None,
        "pdf": url_for("api-letters.download", letter_id=row.id, suffix="pdf") if row.pdf_id else None,
    }


def annual_list(row: AuditList) -> Json:
    """Write an annual list."""
    return {
        "id": row.id,
        "title": row.title,
        "region": row.region_code,
        "year": row.year,
        "batch": row.batch,
        "status": row.status,
        "approver": row.approver_id,
        "due_on": day(row.due_on) or None,
        "due_basis": row.due_basis,
        "proposed_at": iso(row.proposed_at) or None,
        "published_on": day(row.published_on) or None,
    }


def list_correction(row: Publication, found: Difference) -> Json:
    """Write a correction of a list with what differs."""
    return {
        "publication": row.id,
        "replaces": row.replaces_id,
        "reason": row.reason,
        "published_on": day(row.published_on),
        "removed": list(found.removed),
        "added": list(found.added),
        "changed": [
            {"uscc": one.after["uscc"], "fields_changed": list(one.fields), "before": one.before, "after": one.after}
            for one in found.changed
        ],
    }


def entry(row: ListEntry, enterprise: Enterprise, case_id: str | None) -> Json:
    """Write a line of a list."""
    return {
        "id": row.id,
        "number": row.number,
        "enterprise_id": enterprise.id,
        "enterprise": enterprise.name,
        "uscc": enterprise.uscc,
        "types": list(row.types),
        "reason": row.reason,
        "proposer": row.proposer_id,
        "decision": row.decision,
        "decision_reason": row.decision_reason,
        "outcome": row.outcome,
        "case_id": case_id,
    }


def list_import(row: ListImport) -> Json:
    """Write an import."""
    return {
        "id": row.id,
        "list_id": row.list_id,
        "file_name": row.file_name,
        "status": row.status,
        "rows": row.rows,
        "errors": row.errors,
        "warnings": row.warnings,
    }


def enterprise(row: Enterprise) -> Json:
    """Write an enterprise."""
    return {
        "id": row.id,
        "uscc": row.uscc,
        "name": row.name,
        "region": row.region_code,
        "industry": row.industry,
        "scale": row.scale,
        "legal_representative": row.legal_representative,
        "registered_address": row.registered_address,
        "production_address": row.production_address,
        "permit_no": row.permit_no,
        "key_discharger": row.key_discharger,
        "yellow_river_basin": row.yellow_river_basin,
        "contact_name": row.contact_name,
        "contact_phone": row.contact_phone,
        "status": row.status,
    }


def definition(row: Definition) -> Json:
    """Write a version of a process family."""
    return {
        "id": row.id,
        "family": row.family_key,
        "variant": row.variant,
        "version": row.version,
        "hash": row.hash,
        "root": row.root,
        "state": row.state,
        "valid_from": day(row.valid_from),
        "note": row.note,
        "base_hash": row.base_hash,
        "deployed_at": iso(row.deployed_at),
    }


def file(row: Attachment) -> Json:
    """Write a file."""
    return {
        "id": row.id,
        "name": row.name,
        "size": row.size,
        "type": row.media_type,
        "sha256": row.sha256,
        "url": url_for("api-files.download", file_id=row.id),
    }


def person(row: Person) -> Json:
    """Write a person, without anything secret."""
    return {
        "id": row.id,
        "username": row.username,
        "name": row.name,
        "title": row.title,
        "email": row.email,
        "phone": row.phone,
        "active": row.active,
    }


def organisation(row: Organisation) -> Json:
    """Write an organisation."""
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "name_en": row.name_en,
        "code": row.code,
        "region": row.region_code,
        "contact": row.contact,
    }


def incident(row: Incident) -> Json:
    """Write an incident."""
    return {
        "id": row.id,
        "case_id": row.instance_id,
        "kind": row.kind,
        "element": row.element,
        "message": row.message,
        "opened_at": iso(row.opened_at),
        "resolved_at": iso(row.resolved_at) or None,
    }
