"""Files: downloads, which always leave as attachments, and pages drawn from them, so that a browser runs no upload."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, redirect, request, send_file, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as BaseResponse

from server.house import acting, application, looking, now
from server.pages import page
from server.watermark import printed_mark, watermark
from workflows import files, previews
from workflows.errors import Invalid, NotFound

blueprint = Blueprint("files", __name__, url_prefix="/files")
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""What an answer may do that is made of somebody's file: nothing."""


@blueprint.get("/<file_id>")
@login_required
def download(file_id: str) -> BaseResponse:
    """Give a file that the person may see."""
    with looking() as (session, actor):
        row, content = files.open_(session, application(), actor, file_id)
        return send_file(BytesIO(content), row.media_type, as_attachment=True, download_name=row.name)


@blueprint.get("/<file_id>/preview")
@login_required
def preview(file_id: str) -> BaseResponse:
    """Show what is known of a file, and, once the person has opened it, one of its pages."""
    number = _page_asked()
    with looking() as (session, actor):
        view = files.preview(session, actor, file_id)
        row, drawn, following = view.file, False, None
        if view.is_begun:
            drawn, following = _pages(*files.to_draw(session, application(), actor, file_id), number)
        if number != 1 and not drawn:
            raise NotFound
        return page(
            "files/preview.html",
            session,
            actor,
            view=view,
            row=row,
            number=number,
            drawn=drawn,
            following=following,
            mark=watermark(actor),
        )


@blueprint.post("/<file_id>/preview")
@login_required
def begin(file_id: str) -> BaseResponse:
    """Open a file to look at its pages."""
    with acting() as (session, actor):
        files.begin_preview(session, actor, file_id, now=now())
    return redirect(url_for("files.preview", file_id=file_id), 303)


@blueprint.get("/<file_id>/pages/<int:number>")
@login_required
def drawn(file_id: str, number: int) -> Response:
    """Give a page of a file as a picture."""
    with looking() as (session, actor):
        content, media_type = files.to_draw(session, application(), actor, file_id)
        mark = printed_mark(actor)
    return picture(content, media_type, number, mark)


def picture(content: bytes, media_type: str, number: int, mark: str) -> Response:
    """Draw a page, with a mark if there is one; nothing in the answer can run."""
    answer = Response(previews.draw(content, media_type, number, mark), mimetype="image/png")
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Content-Disposition"] = "inline"
    return answer


def next_page(content: bytes, media_type: str, number: int) -> int | None:
    """Give the number of the page after one, None after the last."""
    return number + 1 if previews.has_page(content, media_type, number + 1) else None


def _pages(content: bytes, media_type: str, number: int) -> tuple[bool, int | None]:
    """Say whether a page can be drawn, and which comes after it."""
    try:
        if previews.has_page(content, media_type, number):
            return True, next_page(content, media_type, number)
    except Invalid:
        pass
    return False, None


def _page_asked() -> int:
    """Read the page from the address; what is no page is not there."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(previews.MOST_PAGES))):
        raise NotFound
    return int(text)
