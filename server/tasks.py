"""The page of a task: form left, diagram and timeline right, and the buttons that need no form."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import access, dossiers, gaps, score_sheets, submissions
from server.casefile import handed_in
from server.countdown import chip_for
from server.filters import iso, local_name
from server.history import history
from server.house import acting, application, looking, now
from server.inbox import people_names
from server.labels import role_name
from server.language import language, say
from server.pages import back_to, page
from server.reports import OF_FORM
from server.stages import stage_name
from server.submissions import beside
from server.watermark import watermark
from workflows import delegations, phrases, returns, tasks, urges

blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")


@blueprint.get("/<task_id>")
@login_required
def one(task_id: str) -> BaseResponse:
    """Show a task: to be done by those who may, else to be read."""
    with looking() as (session, actor):
        view = tasks.view(session, application(), actor, task_id, language=language(), now=now())
        task = view.task
        names = people_names(session, [task.assignee_id, task.closed_by, task.owner_id])
        return page(
            "tasks/one.html",
            session,
            actor,
            entries=("task", "diagram"),
            view=view,
            task=task,
            name=local_name(task),
            stage=stage_name(task.process),
            chip=chip_for(session, task.due_at, now()) if task.status == "open" else None,
            holder=names.get(task.assignee_id or "", ""),
            closed_by=names.get(task.closed_by or "", ""),
            role=role_name(application().roles, task.role),
            form={**form_attributes(view), "data-draft-owner": actor.person_id},
            withdrawable=task.id in returns.withdrawable(session, application(), actor, [task], now=now()),
            mark=watermark(actor),
            panel=dossiers.panel_of(session, task) if task.form in score_sheets.FORMS and view.sees_case else None,
            said=delegations.of_task(session, actor, task.id),
            traces=(traces := urges.of_task(session, actor, task.id)),
            urged=[one for one in traces if one.row in urges.unseen(session, actor, [task.id]).get(task.id, ())],
            owner=names.get(task.owner_id or "", ""),
            sentences=phrases.offered(session, actor) if "complete" in view.allowed else [],
            gaps=gaps.listed(session, actor, view, language=language(), now=now()),
            material=handed_in(session, actor, task) if view.sees_case and "complete" in view.allowed else [],
            beside=beside(session, actor, task) if "complete" in view.allowed else None,
            report=OF_FORM.get(task.form, "") if access.works_on(session, actor, task.instance_id) else "",
            proof=submissions.digest(submissions.document(session, actor, task.id)) if view.submission else "",
            history=history(session, actor, task.instance_id, limit=12) if view.sees_case else [],
        )


@blueprint.post("/<task_id>/claim")
@login_required
def claim(task_id: str) -> BaseResponse:
    """Take a task for oneself."""
    with acting() as (session, actor):
        tasks.claim(session, actor, task_id, now=now())
    return back_to("tasks.one", say("The task is yours."), task_id=task_id)


@blueprint.post("/<task_id>/release")
@login_required
def release(task_id: str) -> BaseResponse:
    """Give a task back to those who may take it."""
    with acting() as (session, actor):
        tasks.release(session, actor, task_id, now=now())
    return back_to("inbox.todo", say("The task is open to your colleagues again."))


def form_attributes(view: Any) -> dict[str, Any]:
    """Give the data attributes of the form's element: where the page saves, submits and uploads."""
    can = "complete" in view.allowed
    task_id = view.task.id
    draft = view.draft
    return {
        "data-draft-url": url_for("api-tasks.save_draft", task_id=task_id) if can else None,
        "data-complete-url": url_for("api-tasks.complete", task_id=task_id) if can else None,
        "data-table-url": url_for("api-tasks.read_table", task_id=task_id, list_id="__list__") if can else None,
        "data-template-url": url_for("api-tasks.table", task_id=task_id, list_id="__list__"),
        "data-upload-url": url_for("api-tasks.upload", task_id=task_id) if can else None,
        "data-draft-version": draft.version if draft else 0,
        "data-draft-saved": iso(draft.saved_at) if draft else None,
        "data-idempotency-key": str(uuid.uuid4()),
        "data-file-url": "/files/__id__",
        "data-preview-url": "/files/__id__/preview",
        "data-form-error": say("The form cannot be shown. Please reload the page."),
        "data-readonly": None if can else "",
    }
