"""Tasks: to do and done, one with its form, claim, release, draft, files, complete."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from typing import Any, Final

from flask import Response, g, request, send_file
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from audits import gaps, submissions, table_files
from server.api import schemas, shapes
from server.filters import iso
from server.house import acting, application, language, looking, now
from server.idempotency import Answer, command
from server.inbox import FILTERS, book
from workflows import files, incidents, tasks
from workflows.access import Actor
from workflows.errors import Conflict, EngineError, Invalid

blueprint = Blueprint("api-tasks", __name__, description="What waits for a person")
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.route("/tasks", methods=["GET"])
@blueprint.arguments(schemas.TaskQuery, location="query")
@blueprint.response(200, schemas.page_of(schemas.Task))
@login_required
def index(query: dict[str, Any]) -> dict[str, Any]:
    """List the tasks that wait for the caller, those done, or those with a draft."""
    filters = {key: query[key] for key in FILTERS}
    cursor, limit = query.get("cursor"), query["limit"]
    with looking() as (session, actor):
        if query["view"] == "drafts":
            found = tasks.my_drafts(session, actor, cursor=cursor, limit=limit)
        elif query["view"] == "done":
            found = tasks.done(session, actor, filters=filters, cursor=cursor, limit=limit, now=now())
        else:
            sort = query["sort"]
            found = tasks.todo(session, actor, filters=filters, sort=sort, cursor=cursor, limit=limit, now=now())
        return shapes.paged(found.items, found.next_cursor, shapes.task)


@blueprint.route("/tasks.xlsx", methods=["GET"])
@blueprint.arguments(schemas.TaskQuery, location="query")
@blueprint.response(200, content_type=SHEET)
@login_required
def workbook(query: dict[str, Any]) -> Response:
    """Get what waits for the caller as a workbook, as their inbox shows it; 422 `too_many_tasks` above 10,000."""
    filters = {key: query[key] for key in FILTERS}
    with looking() as (session, actor):
        content = book(session, actor, filters, query["sort"])
    return send_file(BytesIO(content), SHEET, as_attachment=True, download_name="inbox.xlsx")


@blueprint.route("/tasks/<task_id>", methods=["GET"])
@blueprint.response(200, schemas.TaskDetail)
@login_required
def one(task_id: str) -> dict[str, Any]:
    """Get a task with its form, the data that the form reads, and the draft or the submitted answers."""
    with looking() as (session, actor):
        view = tasks.view(session, application(), actor, task_id, language=language(), now=now())
        return {
            **shapes.task(view.task),
            "form_schema": view.form,
            "context": view.context,
            "answers": view.data,
            "draft_version": view.draft.version if view.draft else 0,
            "allowed": sorted(view.allowed),
            "returned": view.task.actions.get("returned"),
        }


class Gap(Schema):
    """What still stands in the way of a submission, with the place where it is mended."""

    kind = fields.String(metadata={"description": "correction, field, attachment, phase or figure"})
    label = fields.String()
    text = fields.String()
    task_id = fields.String()
    field = fields.String()
    says = fields.String()
    expected = fields.String()


class Gaps(Schema):
    """Every gap of a task."""

    items = fields.List(fields.Nested(Gap))


@blueprint.route("/tasks/<task_id>/gaps", methods=["GET"])
@blueprint.response(200, Gaps)
@login_required
def list_gaps(task_id: str) -> dict[str, Any]:
    """List what is still missing by the saved draft; nothing for who may not complete the task."""
    with looking() as (session, actor):
        found = gaps.gaps(session, application(), actor, task_id, language=language(), now=now())
        return {"items": [asdict(one) for one in found]}


@blueprint.route("/tasks/<task_id>/submission", methods=["GET"])
@blueprint.response(200, content_type="application/json")
@login_required
def submission(task_id: str) -> Response:
    """Get what was submitted, byte for byte as the hash of its receipt was computed."""
    with looking() as (session, actor):
        return Response(submissions.document(session, actor, task_id), mimetype="application/json")


@blueprint.route("/tasks/<task_id>/claim", methods=["POST"])
@blueprint.response(200, schemas.Task)
@command
def claim(session: Session, actor: Actor, task_id: str) -> Answer:
    """Take a task. 409 `held_by` where somebody else has it."""
    return shapes.task(tasks.claim(session, actor, task_id, now=now())), 200


@blueprint.route("/tasks/<task_id>/release", methods=["POST"])
@blueprint.response(200, schemas.Task)
@command
def release(session: Session, actor: Actor, task_id: str) -> Answer:
    """Give a task back to those who may take it."""
    return shapes.task(tasks.release(session, actor, task_id, now=now())), 200


@blueprint.route("/tasks/<task_id>/draft", methods=["PUT"])
@blueprint.arguments(schemas.DraftIn)
@blueprint.response(200, schemas.DraftOut)
@command
def save_draft(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Keep typed answers, unvalidated. 409 `draft_changed` with the other draft where it changed elsewhere."""
    draft = tasks.save_draft(session, actor, task_id, body["answers"], body["opinion"], body["version"], now())
    return {"version": draft.version, "saved_at": iso(draft.saved_at)}, 200


@blueprint.route("/tasks/<task_id>/complete", methods=["POST"])
@blueprint.arguments(schemas.CompleteIn)
@blueprint.response(200, schemas.Completed)
def complete(body: dict[str, Any], task_id: str) -> Answer:
    """Submit a task. 422 with messages by field, 409 with what happened; the answers are kept as a draft then."""
    try:
        answer: Answer = submit(body, task_id)
    except (Invalid, Conflict, EngineError) as error:
        keep(body, task_id, error)
        raise
    return answer


@command
def submit(session: Session, actor: Actor, body: dict[str, Any], task_id: str) -> Answer:
    """Complete the task in one transaction."""
    spoken = language()
    done = tasks.complete(
        session,
        application(),
        actor,
        task_id,
        body["answers"],
        opinion=body["opinion"],
        draft_version=body["version"],
        language=spoken,
        now=now(),
    )
    return shapes.completed(done, spoken), 200


def keep(body: dict[str, Any], task_id: str, error: Invalid | Conflict | EngineError) -> None:
    """Keep the answers of a submission that failed as a draft; a fault of the diagram is an incident besides.

    The problem document tells the draft's version, so that the page goes on from there.
    """
    if error.code in {"draft_changed", "key_reused"}:
        return
    with acting() as (session, actor):
        draft = tasks.keep_as_draft(session, actor, task_id, body["answers"], body["opinion"], now())
        if draft is not None:
            g.problem_more = {"draft_version": draft.version}
        if isinstance(error, EngineError):
            incidents.open_for_task(session, actor, task_id, error, now())


@blueprint.route("/tasks/<task_id>/files", methods=["POST"])
@blueprint.arguments(schemas.UploadIn, location="files")
@blueprint.response(201, schemas.File)
@command
def upload(session: Session, actor: Actor, _parts: dict[str, Any], task_id: str) -> Answer:
    """Add a file to a task that the caller may complete."""
    file = request.files["file"]
    row = files.upload(
        session, application(), actor, name=file.filename or "", content=file.read(), task_id=task_id, now=now()
    )
    return shapes.file(row), 201


class CellFault(Schema):
    """A text of a file that does not fit its cell, or found none."""

    row = fields.Integer(metadata={"description": "line below the headings, from 1"})
    column = fields.String()
    text = fields.String()
    reason = fields.String()


class TableRead(Schema):
    """What a file says for a table; the rows go into the answers of the draft or the submission."""

    rows = fields.List(fields.Dict())
    problems = fields.List(fields.Nested(CellFault), metadata={"description": "the text stands in its row"})
    unplaced = fields.List(fields.Nested(CellFault), metadata={"description": "the text stands in no row"})


@blueprint.route("/tasks/<task_id>/tables/<list_id>", methods=["GET"])
@blueprint.response(200, content_type=SHEET)
@login_required
def table(task_id: str, list_id: str) -> Response:
    """Get a table of a task's form as a workbook to fill, with the rows that are there."""
    spoken = language()
    with looking() as (session, actor):
        name, content = table_files.write(session, application(), actor, task_id, list_id, language=spoken, now=now())
    return send_file(BytesIO(content), SHEET, as_attachment=True, download_name=f"{name}.xlsx")


@blueprint.route("/tasks/<task_id>/tables/<list_id>", methods=["POST"])
@blueprint.arguments(schemas.UploadIn, location="files")
@blueprint.response(200, TableRead)
@login_required
def read_table(_parts: dict[str, Any], task_id: str, list_id: str) -> dict[str, Any]:
    """Read a workbook or a text file (.csv) for a table of a task; it changes nothing.

    Every cell is checked by itself; one that does not fit keeps its text. Formulas are refused.
    """
    content = request.files["file"].read()
    with looking() as (session, actor):
        found = table_files.read(
            session, application(), actor, task_id, list_id, content, language=language(), now=now()
        )
        return asdict(found)
