"""What may come in as a file: judged by its name, its size and, above all, its content."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from pathlib import PurePosixPath

import filetype

from workflows import pdf
from workflows.errors import Invalid

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {
    "pdf": PDF,
    "docx": DOCX,
    "xlsx": XLSX,
    "jpg": JPEG,
    "jpeg": JPEG,
    "png": PNG,
    "txt": "text/plain",
    "csv": "text/csv",
}
_MAIN_PART = {DOCX: b"wordprocessingml.document.main+xml", XLSX: b"spreadsheetml.sheet.main+xml"}
_ZIP = "application/zip"
_ACTIVE = ("vbaproject.bin", "/activex/", "/embeddings/")
MAX_PARTS = 2_000
MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 100
_SMALL = 1024 * 1024  # below this a high ratio harms nobody
_MAX_NAME = 120
_HEAD = 64 * 1024


def clean_name(name: str) -> str:
    """Give a name that is safe in a header, a log and a folder: no path, no control or direction characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    path = PurePosixPath(name or "file")
    return path.stem[: _MAX_NAME - len(path.suffix)] + path.suffix


def judge(name: str, content: bytes, max_bytes: int) -> str:
    """Give the media type of an acceptable file.

    Raises Invalid with one code at ``file``: ``empty``, ``too_large``, ``type_not_allowed``, ``content_mismatch``,
    ``active_content``, ``archive_unsafe``, ``cannot_look``.
    """
    if not content:
        raise _refused(name, "empty")
    if len(content) > max_bytes:
        raise _refused(name, "too_large")
    media_type = TYPES.get(PurePosixPath(name).suffix.lower().lstrip("."))
    if media_type is None:
        raise _refused(name, "type_not_allowed")
    seen = filetype.guess_mime(content)
    if media_type in _MAIN_PART:
        if seen not in {DOCX, XLSX, _ZIP}:
            raise _refused(name, "content_mismatch")
        _judge_office(name, content, _MAIN_PART[media_type])
    elif media_type.startswith("text/"):
        if seen is not None or not _is_text(content):
            raise _refused(name, "content_mismatch")
    elif seen != media_type:
        raise _refused(name, "content_mismatch")
    if media_type == PDF:
        _judge_pdf(name, content)
    return media_type


def _judge_pdf(name: str, content: bytes) -> None:
    """Look into a PDF's objects, packed ones too."""
    try:
        found = pdf.acts(content)
    except pdf.CannotLook:
        raise _refused(name, "cannot_look") from None
    if found:
        raise _refused(name, "active_content")


def _judge_office(name: str, content: bytes, main_part: bytes) -> None:
    """Look into an Office Open XML package without unpacking it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if _is_bomb(parts, len(content)) or any(_escapes(part.filename) for part in parts):
                raise _refused(name, "archive_unsafe")
            names = ["/" + part.filename.lower() for part in parts]
            if any(mark in part for part in names for mark in _ACTIVE):
                raise _refused(name, "active_content")
            types = package.read("[Content_Types].xml")
            if any(_declares(package, part) for part in parts):
                raise _refused(name, "content_mismatch")
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, NotImplementedError, EOFError):
        raise _refused(name, "content_mismatch") from None
    if b"macroenabled" in types.lower():
        raise _refused(name, "active_content")
    if main_part not in types:
        raise _refused(name, "content_mismatch")


def _declares(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Say whether an XML part declares a document type: entities that grow, or that read a file of who opens it."""
    if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
        return False
    with package.open(part) as file:
        head = file.read(_HEAD)
    return b"<!DOCTYPE" in head.replace(b"\x00", b"") or b"<!ENTITY" in head.replace(b"\x00", b"")


def _is_bomb(parts: list[zipfile.ZipInfo], packed: int) -> bool:
    if len(parts) > MAX_PARTS:
        return True
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or (unpacked > _SMALL and unpacked > MAX_RATIO * packed):
        return True
    return any(part.file_size > _SMALL and part.file_size > MAX_RATIO * max(part.compress_size, 1) for part in parts)


def _escapes(name: str) -> bool:
    return name.startswith(("/", "\\")) or ":" in name or ".." in re.split(r"[/\\]", name)


def _is_text(content: bytes) -> bool:
    if b"\x00" in content or content.lstrip()[:1] == b"<":
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _refused(name: str, code: str) -> Invalid:
    return Invalid("file_refused", {"file": [code]}, name=name)
