"""Cases: list, one, remove or defer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from audits import cases, letters, submissions
from server.api import schemas, shapes
from server.filters import iso
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.language import language
from server.submissions import version_json
from workflows import instances, timeline
from workflows.access import Actor
from workflows.models import Instance

blueprint = Blueprint("api-cases", __name__, description="One enterprise's audit, from the list to acceptance")


@blueprint.route("/cases", methods=["GET"])
@blueprint.arguments(schemas.CaseQuery, location="query")
@blueprint.response(200, schemas.page_of(schemas.Case))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the cases that the caller may see, the newest first."""
    with looking() as (session, actor):
        found = cases.list_(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, shapes.case)


class Started(Schema):
    """A case that the caller has started."""

    id = fields.String()
    number = fields.String()
    enterprise = fields.String()
    stage = fields.String()
    status = fields.String()
    started_at = fields.String(metadata=schemas.TIME)


@blueprint.route("/cases/started", methods=["GET"])
@blueprint.arguments(schemas.Query, location="query")
@blueprint.response(200, schemas.page_of(Started))
@login_required
def started(query: dict[str, Any]) -> dict[str, Any]:
    """List the cases that the caller has started and still sees, the latest first."""
    with looking() as (session, actor):
        found = instances.started_by_me(session, actor, **query)
        return shapes.paged(found.items, found.next_cursor, _started)


def _started(row: Instance) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.business_key,
        "enterprise": row.subject,
        "stage": row.stage,
        "status": row.status,
        "started_at": iso(row.started_at),
    }


@blueprint.route("/cases/<case_id>", methods=["GET"])
@blueprint.response(200, schemas.CaseDetail)
@login_required
def one(case_id: str) -> dict[str, Any]:
    """Get a case with its deadlines, letters, open tasks, submissions and timeline."""
    with looking() as (session, actor):
        return detail(session, actor, case_id)


def detail(session: Session, actor: Actor, case_id: str) -> dict[str, Any]:
    """Write a case with what stands beside it."""
    view = cases.get(session, actor, case_id)
    line = cases.CaseLine(view.case, view.instance, view.enterprise, None, [])
    acts = timeline.for_instance(session, actor, case_id, language=language(), limit=100)
    return {
        **shapes.case(line),
        "deadlines": [shapes.deadline(row) for row in view.deadlines],
        "letters": [shapes.letter(session, row) for row in letters.for_case(session, case_id)],
        "open_tasks": [shapes.task(row) for row in view.open_tasks],
        "submissions": [
            {
                "task_id": one.submission.task_id,
                "form": one.submission.form,
                "by": one.name,
                "at": iso(one.submission.submitted_at),
                "answers": one.submission.answers,
                "opinion": one.submission.opinion,
            }
            for one in instances.submissions(session, actor, case_id)
        ],
        "timeline": [
            {"at": iso(act.at), "actor": act.actor, "action": act.action, "task": act.task, "opinion": act.opinion}
            for act in acts.items
        ],
        "parent": view.case.parent_id,
        "children": [child.id for child in view.children],
    }


class Version(Schema):
    """A version of a form."""

    task_id = fields.String()
    number = fields.Integer()
    label = fields.String()
    by = fields.String()
    at = fields.String()
    sha256 = fields.String(metadata={"description": "Of the document that `/tasks/<task_id>/submission` gives"})


class NamedFile(Schema):
    """A file in an answer."""

    id = fields.String()
    name = fields.String()
    sha256 = fields.String()


class Difference(Schema):
    """A field in two versions."""

    section = fields.String()
    label = fields.String()
    old = fields.String()
    new = fields.String()
    change = fields.String(metadata={"description": "added, removed, changed or same"})
    old_files = fields.List(fields.Nested(NamedFile))
    new_files = fields.List(fields.Nested(NamedFile))


class Comparison(Schema):
    """Two versions side by side, field by field and file by file."""

    versions = fields.List(fields.Nested(Version))
    old = fields.Nested(Version, allow_none=True)
    new = fields.Nested(Version)
    rows = fields.List(fields.Nested(Difference))


class VersionQuery(schemas.Asked):
    """Which versions; 0 for the last two."""

    old = fields.Integer(load_default=0, validate=validate.Range(0, 99999))
    new = fields.Integer(load_default=0, validate=validate.Range(0, 99999))


@blueprint.route("/cases/<case_id>/versions/<form>", methods=["GET"])
@blueprint.arguments(VersionQuery, location="query")
@blueprint.response(200, Comparison)
@login_required
def versions(query: dict[str, Any], case_id: str, form: str) -> dict[str, Any]:
    """Compare two versions of what was submitted with a form."""
    with looking() as (session, actor):
        found = submissions.compare(session, actor, case_id, form, **query, language=language())
        return {
            "versions": [version_json(one) for one in found.versions],
            "old": version_json(found.old),
            "new": version_json(found.new),
            "rows": [asdict(row) for row in found.rows],
        }


@blueprint.route("/cases/<case_id>/removal", methods=["POST"])
@blueprint.arguments(schemas.RemovalIn)
@blueprint.response(200, schemas.CaseDetail)
@command
def remove(session: Session, actor: Actor, body: dict[str, Any], case_id: str) -> Answer:
    """Remove a running case from its list, or defer it."""
    cases.decide_removal(
        session, application(), actor, case_id, decision=body["decision"], reason=body["reason"], now=now()
    )
    session.flush()
    return detail(session, actor, case_id), 200
