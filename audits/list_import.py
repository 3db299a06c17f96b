"""An annual list from Excel: a template to fill, a report per row and cell, and nothing imported silently wrong.

Reading writes the report only; ``apply`` puts the lines on the list, and only when no cell is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import access, calendars, enterprises, list_workbook, lists
from audits.list_checks import PROBLEMS, YES, Checker, problem_text
from audits.list_workbook import COLUMNS, template
from audits.models import Enterprise, ImportRow, ListEntry, ListImport
from workflows import trail
from workflows.access import Actor, require
from workflows.errors import Conflict, Invalid, NotFound
from workflows.paging import Page, keyset

__all__ = ["COLUMNS", "PROBLEMS", "apply", "get", "marked_copy", "problem_text", "read", "report", "template"]


def read(session: Session, actor: Actor, list_id: str, name: str, data: bytes, now: datetime) -> ListImport:
    """Read a workbook into a report. Raises NotFound, NotAllowed, Conflict, Invalid (the file itself is unusable)."""
    audit_list = access.audit_list(session, actor, list_id)
    require(actor, "lists.import", audit_list.region_path)
    lists.hold_draft(session, audit_list)
    rows = list(list_workbook.rows(data))
    checker = Checker(session, audit_list, calendars.local_day(now))
    report = [ImportRow(row=number, values=values, problems=checker.check(number, values)) for number, values in rows]
    errors = sum(problem["severity"] == "error" for row in report for problem in row.problems)
    warnings = sum(problem["severity"] == "warning" for row in report for problem in row.problems)
    done = ListImport(
        list_id=list_id,
        file_name=name[:255],
        sha256=hashlib.sha256(data).hexdigest(),
        status="read",
        rows=len(rows),
        errors=errors,
        warnings=warnings,
        at=now,
        by=actor.person_id,
    )
    session.add(done)
    session.flush()
    for row in report:
        row.import_id = done.id
    session.add_all(report)
    session.flush()
    _record(session, actor, audit_list.id, "list.import_read", done, now)
    return done


def get(session: Session, actor: Actor, import_id: str) -> ListImport:
    """Give an import; only who may import into its list, for the rows may lie in any part of its region.

    Raises NotFound, NotAllowed.
    """
    done = session.get(ListImport, import_id)
    if done is None:
        raise NotFound("import_not_found")
    require(actor, "lists.import", access.audit_list(session, actor, done.list_id).region_path)
    return done


def report(
    session: Session,
    actor: Actor,
    import_id: str,
    *,
    only_problems: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ImportRow]:
    """Give the rows of an import in order; ``only_problems`` leaves the clean ones out."""
    get(session, actor, import_id)
    query = select(ImportRow).where(ImportRow.import_id == import_id)
    if only_problems:
        wrong = [
            row.row
            for row in session.scalars(select(ImportRow).where(ImportRow.import_id == import_id))
            if row.problems
        ]
        query = query.where(ImportRow.row.in_(wrong))
    return keyset(session, query, [ImportRow.row], cursor, limit)


def apply(session: Session, actor: Actor, import_id: str, now: datetime) -> ListImport:
    """Put the rows of a clean import on the list, adding unknown enterprises.

    Raises Conflict ``import_applied`` on a repeat, Invalid ``import_has_errors``.
    """
    done = get(session, actor, import_id)
    audit_list = access.audit_list(session, actor, done.list_id)
    require(actor, "lists.import", audit_list.region_path)
    lists.hold_draft(session, audit_list)
    session.refresh(done)
    if done.status == "applied":
        raise Conflict("import_applied", file=done.file_name)
    if done.errors:
        raise Invalid("import_has_errors", count=done.errors)
    rows = session.scalars(select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.row)).all()
    fresh = Checker(session, audit_list, calendars.local_day(now))
    for row in rows:
        again = [problem for problem in fresh.check(row.row, dict(row.values)) if problem["severity"] == "error"]
        if again:
            raise Conflict("list_changed_since", row=row.row)
    number = session.scalar(select(func.max(ListEntry.number)).where(ListEntry.list_id == audit_list.id)) or 0
    for place, row in enumerate(rows, start=number + 1):
        values = row.values
        known = session.scalar(select(Enterprise).where(Enterprise.uscc == values["uscc"]))
        enterprise = known or _register(session, actor, values, now)
        enterprises.flag(session, actor, enterprise, _flags(values), now)
        lists.put(session, audit_list, place, enterprise.id, values["types"].split(","), values["reason"])
    session.flush()
    done.status = "applied"
    _record(session, actor, audit_list.id, "list.import_applied", done, now)
    return done


def _register(session: Session, actor: Actor, values: Mapping[str, str], now: datetime) -> Enterprise:
    other = {"types", "reason", "key_discharger", "yellow_river_basin"}
    fields: dict[str, object] = {key: value for key, value in values.items() if key not in other}
    return enterprises.register(session, actor, fields | _flags(values), now=now)


def _flags(values: Mapping[str, str]) -> dict[str, bool]:
    """Give the flags that a row sets; an empty cell says nothing."""
    keys = ("key_discharger", "yellow_river_basin")
    return {key: values[key].lower() in YES for key in keys if values.get(key)}


def marked_copy(session: Session, actor: Actor, import_id: str, language: str = "zh") -> bytes:
    """Make a workbook of the rows as read, with red cells and a comment on whatever is wrong."""
    get(session, actor, import_id)
    rows = session.scalars(select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.row))
    told = ((row.row, row.values, _by_column(row, language)) for row in rows)
    return list_workbook.marked(told, english=language == "en")


def _by_column(row: ImportRow, language: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for problem in row.problems:
        severity, text = found.get(problem["column"], ("warning", ""))
        worst = "error" if "error" in {severity, problem["severity"]} else "warning"
        found[problem["column"]] = (worst, f"{text}\n{problem_text(problem, language)}".strip())
    return found


def _record(session: Session, actor: Actor, list_id: str, action: str, done: ListImport, now: datetime) -> None:
    trail.append(
        session,
        chain=f"list:{list_id}",
        actor=actor,
        action=action,
        subject_type="list",
        subject_id=list_id,
        payload={"file": done.file_name, "sha256": done.sha256, "rows": done.rows, "errors": done.errors},
        now=now,
    )
