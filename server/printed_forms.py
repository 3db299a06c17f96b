"""Printed forms: what was submitted for a task, and the group score sheet of a panel, as Word and PDF."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, send_file
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from audits import group_sheets, printed_forms
from server.house import looking

blueprint = Blueprint("printed_forms", __name__)


@blueprint.get("/tasks/<task_id>/printed.<any(docx, pdf):suffix>")
@login_required
def of_task(task_id: str, suffix: str) -> BaseResponse:
    """Give what was submitted for a task as a document."""
    with looking() as (session, actor):
        name, content = printed_forms.file(session, actor, task_id, suffix)
    return sent(name, content, suffix)


@blueprint.get("/panels/<panel_id>/scores.<any(docx, pdf):suffix>")
@login_required
def of_panel(panel_id: str, suffix: str) -> BaseResponse:
    """Give the group score sheet of a closed panel as a document."""
    with looking() as (session, actor):
        name, content = group_sheets.file(session, actor, panel_id, suffix)
    return sent(name, content, suffix)


def sent(name: str, content: bytes, suffix: str) -> BaseResponse:
    """Send a document as a file to keep."""
    return send_file(BytesIO(content), printed_forms.MEDIA[suffix], as_attachment=True, download_name=name)
