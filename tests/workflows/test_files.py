"""A file comes in by name, size and content, and goes out to whoever may see it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import Office, office
from workflows import files, trail, uploads
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Attachment, Blob, Event
from workflows.settings import Settings
from workflows.store import FileStore

MB = 1024 * 1024
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def docx() -> bytes:
    buffer = io.BytesIO()
    document = Document()
    document.add_paragraph("清洁生产审核报告")
    document.save(buffer)
    return buffer.getvalue()


def xlsx() -> bytes:
    buffer = io.BytesIO()
    book = Workbook()
    book.active["A1"] = "企业名称"
    book.save(buffer)
    return buffer.getvalue()


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")
    )


def with_part(package: bytes, name: str, content: bytes) -> bytes:
    buffer = io.BytesIO(package)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def with_types(package: bytes, old: bytes, new: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(buffer, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            target.writestr(part.filename, content.replace(old, new) if "Content_Types" in part.filename else content)
    return buffer.getvalue()


@pytest.fixture
def permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


# ---- what may come in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("报告.pdf", PDF, uploads.PDF),
        ("报告.docx", docx(), uploads.DOCX),
        ("名单.XLSX", xlsx(), uploads.XLSX),
        ("photo.png", png(), uploads.PNG),
        ("notes.txt", "清洁".encode("gb18030"), "text/plain"),
        ("table.csv", "企业,能耗\n".encode(), "text/csv"),
    ],
)
def test_what_an_audit_needs_comes_in(name: str, content: bytes, media_type: str) -> None:
    assert uploads.judge(name, content, MB) == media_type


def bomb() -> bytes:
    return with_part(docx(), "word/media/zeros.bin", bytes(20 * MB))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", "empty"),
        ("long.pdf", PDF + bytes(MB), "too_large"),
        ("page.html", b"<html>", "type_not_allowed"),
        ("drawing.svg", b"<svg/>", "type_not_allowed"),
        ("run.exe", b"MZ", "type_not_allowed"),
        ("archive.zip", docx(), "type_not_allowed"),
        ("noending", PDF, "type_not_allowed"),
        ("report.pdf.docm", docx(), "type_not_allowed"),
        ("picture.png", PDF, "content_mismatch"),
        ("report.pdf", b"<html><script>", "content_mismatch"),
        ("report.docx", PDF, "content_mismatch"),
        ("report.docx", xlsx(), "content_mismatch"),
        ("report.docx", docx()[:-30], "content_mismatch"),
        ("page.txt", b"  <html>", "content_mismatch"),
        ("binary.txt", b"a\x00b", "content_mismatch"),
        ("picture.txt", png(), "content_mismatch"),
        ("macro.docx", with_part(docx(), "word/vbaProject.bin", b"x"), "active_content"),
        ("control.docx", with_part(docx(), "word/activeX/activeX1.xml", b"x"), "active_content"),
        ("embedded.docx", with_part(docx(), "word/embeddings/oleObject1.bin", b"x"), "active_content"),
        (
            "macro.docx",
            with_types(
                docx(),
                b"vnd.openxmlformats-officedocument.wordprocessingml.document.main",
                b"vnd.ms-word.document.macroEnabled.main",
            ),
            "active_content",
        ),
        ("slip.docx", with_part(docx(), "../../etc/passwd", b"x"), "archive_unsafe"),
        ("slip.docx", with_part(docx(), "/etc/passwd", b"x"), "archive_unsafe"),
        ("entity.docx", with_types(docx(), b"<Types", b"<!DOCTYPE a><Types"), "content_mismatch"),
        *(
            ("entity.docx", with_part(docx(), part, content), "content_mismatch")
            for part in ("word/footnotes.xml", "word/_rels/footnotes.xml.rels", "customXml/item1.XML")
            for content in (
                b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
                b"<!-- " + b"x" * 10_000 + b" --><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
                '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
            )
        ),
        ("entity.xlsx", with_part(xlsx(), "xl/comments1.xml", b"<!DOCTYPE a><a/>"), "content_mismatch"),
    ],
)
def test_what_is_not_what_it_says_or_could_do_harm_stays_out(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        uploads.judge(name, content, MB)
    assert refused.value.fields == {"file": [code]}


def test_a_bomb_is_refused_without_unpacking_it() -> None:
    with pytest.raises(Invalid) as refused:
        uploads.judge("bomb.docx", bomb(), MB)
    assert refused.value.fields == {"file": ["archive_unsafe"]}


def test_a_package_of_ten_thousand_parts_is_refused() -> None:
    buffer = io.BytesIO(docx())
    with zipfile.ZipFile(buffer, "a") as archive:
        for number in range(10_000):
            archive.writestr(f"word/{number}", b"")
    with pytest.raises(Invalid) as refused:
        uploads.judge("many.docx", buffer.getvalue(), 10 * MB)
    assert refused.value.fields == {"file": ["archive_unsafe"]}


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\temp\\报告.pdf", "报告.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (".pdf", "pdf"),
        ("", "file"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_names_are_cleaned(given: str, clean: str) -> None:
    assert uploads.clean_name(given) == clean


@given(st.text())
def test_a_clean_name_stays_clean(name: str) -> None:
    clean = uploads.clean_name(name)
    assert uploads.clean_name(clean) == clean
    assert clean
    assert len(clean) <= 255
    assert not set(clean) & set('/\\\r\n\0"')


# ---- in and out ----------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_file_of_a_task_is_its_uploaders_until_it_is_submitted(permits: Office, now: datetime) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    with permits.acting("chen") as (session, actor):
        made = files.upload(
            session, permits.app, actor, name="plan.pdf", content=io.BytesIO(PDF), task_id=task.id, now=now
        )
    assert (made.instance_id, made.uploaded_by, made.size) == (case, "chen", len(PDF))
    with permits.acting("li") as (session, actor), pytest.raises(NotFound):
        files.open_(session, permits.app, actor, made.id)
    permits.do("chen", task.id, {"note": "please"})
    with permits.acting("li") as (session, actor):
        assert files.open_(session, permits.app, actor, made.id)[1] == PDF
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        files.open_(session, permits.app, actor, made.id)


def test_nobody_uploads_into_what_they_cannot_see_or_do(permits: Office, now: datetime) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    for target in ({"task_id": task.id}, {"instance_id": case}):
        with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
            files.upload(session, permits.app, actor, name="a.pdf", content=PDF, now=now, **target)
    with permits.acting("li") as (session, actor), pytest.raises(NotAllowed):
        files.upload(session, permits.app, actor, name="a.pdf", content=PDF, task_id=task.id, now=now)
    permits.do("chen", task.id, {"note": "please"})
    with permits.acting("chen") as (session, actor), pytest.raises(Conflict, match="task_done"):
        files.upload(session, permits.app, actor, name="a.pdf", content=PDF, task_id=task.id, now=now)


def test_a_file_that_belongs_nowhere_is_its_uploaders(permits: Office, now: datetime) -> None:
    with permits.acting("li") as (session, actor):
        made = files.upload(session, permits.app, actor, name="list.xlsx", content=xlsx(), now=now)
    with permits.acting("liu") as (session, actor), pytest.raises(NotFound):
        files.open_(session, permits.app, actor, made.id)
    with permits.acting("li") as (session, actor):
        assert files.open_(session, permits.app, actor, made.id)[0].name == "list.xlsx"


@pytest.mark.database
def test_the_same_content_is_kept_once_and_the_same_name_gets_a_version(permits: Office, now: datetime) -> None:
    task = permits.task(permits.open(), "apply")
    with permits.acting("chen") as (session, actor):
        versions = [
            files.upload(session, permits.app, actor, name="a.pdf", content=PDF, task_id=task.id, now=now).version
            for _ in range(3)
        ]
        assert versions == [1, 2, 3]
        assert len(session.scalars(select(Blob)).all()) == 1


def test_a_case_holds_so_much_and_no_more(permits: Office, now: datetime) -> None:
    task = permits.task(permits.open(), "apply")
    small = replace(permits.app, settings=replace(permits.app.settings, case_files_mb=0))
    with permits.acting("chen") as (session, actor), pytest.raises(Invalid) as refused:
        files.upload(session, small, actor, name="a.pdf", content=PDF, task_id=task.id, now=now)
    assert refused.value.fields == {"file": ["case_full"]}


def test_a_file_can_be_taken_back_while_its_task_is_open(permits: Office, now: datetime) -> None:
    task = permits.task(permits.open(), "apply")
    with permits.acting("chen") as (session, actor):
        made = [
            files.upload(session, permits.app, actor, name=name, content=PDF, task_id=task.id, now=now)
            for name in ("a.pdf", "b.pdf")
        ]
        session.flush()
        files.remove(session, actor, made[0].id, now=now)
        session.flush()
        with pytest.raises(NotFound):
            files.open_(session, permits.app, actor, made[0].id)
    permits.do("chen", task.id, {"note": "please"})
    with permits.acting("chen") as (session, actor), pytest.raises(NotAllowed, match="file_kept"):
        files.remove(session, actor, made[1].id, now=now)


def test_every_file_leaves_its_hash_in_the_trail(permits: Office, now: datetime) -> None:
    case = permits.open()
    with permits.sessions.begin() as session:
        made = files.store_generated(
            session, permits.app, name="通知.pdf", content=PDF, media_type=uploads.PDF, instance_id=case, now=now
        )
    with permits.sessions() as session:
        event = session.scalars(select(Event).where(Event.action == "file.generated")).one()
        assert (event.chain, event.subject_id) == (case, made.id)
        assert session.get_one(Attachment, made.id).sha256 == made.sha256
    assert trail.verify(permits.sessions).ok


def test_the_store_notices_content_that_was_changed(tmp_path: Path) -> None:
    store = FileStore(str(tmp_path))
    digest = store.put(PDF)
    assert store.put(PDF) == digest
    assert store.get(digest) == PDF
    path = tmp_path / "sha256" / digest[:2] / digest[2:4] / digest
    path.write_bytes(b"forged")
    with pytest.raises(ValueError, match="changed"):
        store.get(digest)
    with pytest.raises(FileNotFoundError):
        store.get("0" * 64)
