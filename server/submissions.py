"""Versions of what was submitted, side by side; and what was submitted as a file, whose hash a receipt carries."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, send_file
from flask_login import login_required
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from audits import access, gaps, submissions, supplements
from server.house import looking
from server.language import language
from server.pages import argument, page
from workflows.access import Actor
from workflows.errors import Invalid
from workflows.models import Task

blueprint = Blueprint("submissions", __name__)
CHECKED = frozenset(check for check, _key in gaps.CHECKS.values())


@blueprint.get("/cases/<case_id>/versions/<form>")
@login_required
def versions(case_id: str, form: str) -> BaseResponse:
    """Show two versions of a form side by side, what differs first."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        found = submissions.compare(
            session, actor, case_id, form, old=number("old"), new=number("new"), language=language()
        )
        everything = argument("show") == "all"
        rows = found.rows if everything else found.changes
        return page(
            "cases/versions.html", session, actor, case=case, form=form, found=found, rows=rows, everything=everything
        )


@blueprint.get("/cases/<case_id>/supplements")
@login_required
def required(case_id: str) -> BaseResponse:
    """Show what the evaluations required, each to its closure."""
    with looking() as (session, actor):
        case = access.case(session, actor, case_id)
        lines = supplements.of_case(session, actor, case_id)
        return page("supplements/index.html", session, actor, case=case, lines=lines)


@blueprint.get("/tasks/<task_id>/submission.json")
@login_required
def document(task_id: str) -> BaseResponse:
    """Give what was submitted for a task, byte for byte as it is hashed."""
    with looking() as (session, actor):
        content = submissions.document(session, actor, task_id)
    return send_file(BytesIO(content), "application/json", as_attachment=True, download_name=f"{task_id}.json")


def number(name: str) -> int:
    """Read the number of a version from the address; 0 where there is none."""
    given = argument(name)
    if given and not (given.isascii() and given.isdigit() and len(given) < 6):
        raise Invalid(fields={name: ["unknown"]})
    return int(given or 0)


def beside(session: Session, actor: Actor, task: Task) -> submissions.Comparison | None:
    """Give the changes that an officer checks: from the last version to this one; None where there is one alone."""
    form = submissions.checked_form(session, actor, task) if task.form in CHECKED else ""
    if not form or len(submissions.versions(session, actor, task.instance_id, form)) < 2:
        return None
    return submissions.compare(session, actor, task.instance_id, form, language=language())


def version_json(one: submissions.Version | None) -> dict[str, Any] | None:
    """Write a version for the API."""
    if one is None:
        return None
    told = {"task_id": one.task_id, "number": one.number, "label": one.label, "by": one.by, "sha256": one.sha256}
    return {**told, "at": one.at.isoformat()}
