"""Downloads. A file always leaves as an attachment, so that a browser never runs what somebody uploaded."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, send_file
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from server.house import application, looking
from workflows import files

blueprint = Blueprint("files", __name__, url_prefix="/files")


@blueprint.get("/<file_id>")
@login_required
def download(file_id: str) -> BaseResponse:
    """Give a file that the person may see."""
    with looking() as (session, actor):
        row, content = files.open_(session, application(), actor, file_id)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)
