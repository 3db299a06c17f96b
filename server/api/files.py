"""Files: upload, download, take back."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Response, request, send_file, url_for
from flask_login import login_required
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from server.api import schemas, shapes
from server.files import next_page, picture
from server.house import application, looking, now
from server.idempotency import Answer, command
from server.watermark import printed_mark
from workflows import files
from workflows.access import Actor

blueprint = Blueprint("api-files", __name__, description="Attachments, stored under their SHA-256")


class Pages(Schema):
    """Where the pages of a file are."""

    page = fields.String(metadata={"description": "The first page; each names the next in its header Link"})


@blueprint.route("/files", methods=["POST"])
@blueprint.arguments(schemas.UploadIn, location="files")
@blueprint.response(201, schemas.File)
@command
def upload(session: Session, actor: Actor, _parts: dict[str, Any]) -> Answer:
    """Upload a file that only the caller sees until an answer names it."""
    file = request.files["file"]
    row = files.upload(session, application(), actor, name=file.filename or "", content=file.read(), now=now())
    return shapes.file(row), 201


@blueprint.route("/files/<file_id>", methods=["GET"])
@blueprint.response(200, content_type="application/octet-stream")
@login_required
def download(file_id: str) -> Response:
    """Download a file, always as an attachment."""
    with looking() as (session, actor):
        row, content = files.open_(session, application(), actor, file_id)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)


@blueprint.route("/files/<file_id>", methods=["DELETE"])
@blueprint.response(204)
@command
def remove(session: Session, actor: Actor, file_id: str) -> Answer:
    """Take one's own file back while it is not submitted."""
    files.remove(session, actor, file_id, now=now())
    return {}, 204


@blueprint.route("/files/<file_id>/preview", methods=["POST"])
@blueprint.response(200, Pages)
@command
def begin_preview(session: Session, actor: Actor, file_id: str) -> Answer:
    """Open a PDF or a picture to look at its pages, which is noted in the trail. 422 `no_preview`."""
    row = files.begin_preview(session, actor, file_id, now=now())
    return {"page": url_for("api-files.page", file_id=row.id, number=1)}, 200


@blueprint.route("/files/<file_id>/pages/<int:number>", methods=["GET"])
@blueprint.response(200, content_type="image/png")
@login_required
def page(file_id: str, number: int) -> Response:
    """Give a page of an opened file as a picture. 403 `not_opened`, 422 `cannot_draw`."""
    with looking() as (session, actor):
        content, media_type = files.to_draw(session, application(), actor, file_id)
        mark = printed_mark(actor)
    answer = picture(content, media_type, number, mark)
    following = next_page(content, media_type, number)
    if following:
        answer.headers["Link"] = f'<{url_for("api-files.page", file_id=file_id, number=following)}>; rel="next"'
    return answer
