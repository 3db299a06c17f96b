"""Pages of files are drawn by a program of its own: what is broken or too much harms nobody."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime

import pytest
import typst
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import office
from tests.workflows.test_files import PDF, docx, png
from workflows import files, previews, uploads
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Event
from workflows.settings import Settings

THREE = typst.compile(b"#set page(width: 8cm, height: 5cm)\none #pagebreak() two #pagebreak() three")


def of_size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def wide(width: int, height: int) -> bytes:
    """Give a picture that says it is very large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_each_page_of_a_pdf_is_drawn_and_no_more() -> None:
    assert isinstance(THREE, bytes)
    drawn = [previews.draw(THREE, uploads.PDF, number) for number in (1, 2, 3)]
    assert len(set(drawn)) == 3
    assert {of_size(one) for one in drawn} == {(378, 236)}, "8 cm at 120 points an inch"
    assert [previews.has_page(THREE, uploads.PDF, number) for number in (0, 1, 3, 4)] == [False, True, True, False]
    with pytest.raises(NotFound):
        previews.draw(THREE, uploads.PDF, 4)


def test_a_picture_is_drawn_anew() -> None:
    hidden = png() + b"<script>alert(1)</script>"
    drawn = previews.draw(hidden, uploads.PNG, 1)
    assert of_size(drawn) != (0, 0)
    assert b"script" not in drawn
    assert not previews.has_page(png(), uploads.PNG, 2)


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (PDF, uploads.PDF, "cannot_draw"),
        (b"%PDF-1.7\n" + bytes(10_000), uploads.PDF, "cannot_draw"),
        (png()[:40], uploads.PNG, "cannot_draw"),
        (png(), uploads.JPEG, "cannot_draw"),
        (wide(60_000, 60_000), uploads.PNG, "cannot_draw"),
        (docx(), uploads.DOCX, "no_preview"),
        (b"<script>", "text/html", "no_preview"),
    ],
)
def test_what_is_broken_too_much_or_of_another_kind_is_refused(content: bytes, media_type: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        previews.draw(content, media_type, 1)
    assert refused.value.code == code


def test_who_looks_has_said_so_before_and_the_trail_knows(
    sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    permits = office(sessions, settings, now)
    task = permits.task(permits.open(), "apply")
    assert isinstance(THREE, bytes)
    with permits.acting("chen") as (session, actor):
        made = [
            files.upload(session, permits.app, actor, name=name, content=content, task_id=task.id, now=now)
            for name, content in (("plan.pdf", THREE), ("plan.docx", docx()))
        ]
    permits.do("chen", task.id, {"note": "please"})
    with permits.acting("wang") as (session, actor):
        with pytest.raises(NotFound):
            files.begin_preview(session, actor, made[0].id, now=now)
        with pytest.raises(NotFound):
            files.preview(session, actor, made[0].id)
    with permits.acting("li") as (session, actor):
        assert not files.preview(session, actor, made[0].id).is_begun
        assert not files.preview(session, actor, made[1].id).can_be_drawn
        with pytest.raises(NotAllowed, match="not_opened"):
            files.to_draw(session, permits.app, actor, made[0].id)
        with pytest.raises(Invalid, match="no_preview"):
            files.begin_preview(session, actor, made[1].id, now=now)
    with permits.acting("li") as (session, actor):
        files.begin_preview(session, actor, made[0].id, now=now)
    with permits.acting("li") as (session, actor):
        assert files.to_draw(session, permits.app, actor, made[0].id) == (THREE, uploads.PDF)
    with permits.acting("chen") as (session, actor):
        assert not files.preview(session, actor, made[0].id).is_begun, "each person opens it for themselves"
    with permits.sessions() as session:
        told = session.scalars(select(Event).where(Event.action == "file.opened")).one()
        assert (told.actor_id, told.subject_id, told.chain) == ("li", made[0].id, task.instance_id)
