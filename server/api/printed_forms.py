"""Printed forms: submissions and group score sheets as Word and PDF."""

from __future__ import annotations

from flask_login import login_required
from flask_smorest import Blueprint
from werkzeug.wrappers import Response as BaseResponse

from audits import group_sheets, printed_forms
from server.house import looking
from server.printed_forms import sent

blueprint = Blueprint("api-printed-forms", __name__, description="Forms of a case as documents")


@blueprint.route("/tasks/<task_id>/printed/<any(docx, pdf):suffix>", methods=["GET"])
@blueprint.response(200, content_type="application/octet-stream")
@login_required
def of_task(task_id: str, suffix: str) -> BaseResponse:
    """Get what was submitted for a task as a document."""
    with looking() as (session, actor):
        name, content = printed_forms.file(session, actor, task_id, suffix)
    return sent(name, content, suffix)


@blueprint.route("/panels/<panel_id>/scores/<any(docx, pdf):suffix>", methods=["GET"])
@blueprint.response(200, content_type="application/octet-stream")
@login_required
def of_panel(panel_id: str, suffix: str) -> BaseResponse:
    """Get the group score sheet of a closed panel as a document."""
    with looking() as (session, actor):
        name, content = group_sheets.file(session, actor, panel_id, suffix)
    return sent(name, content, suffix)
