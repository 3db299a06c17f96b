"""Pages of files as pictures: a browser is given what we have drawn, never what somebody uploaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from workflows.drawing import NOT_THERE, SECONDS
from workflows.errors import Conflict, Invalid, NotFound
from workflows.uploads import JPEG, PDF, PNG

KINDS: Final = {PDF: "pdf", PNG: "png", JPEG: "jpg"}
"""What can be drawn; other files are downloaded and opened by their own program."""
MOST_PAGES: Final = 10_000
_DRAWING: Final = Path(__file__).with_name("drawing.py")
_hands = BoundedSemaphore(2)


def draw(content: bytes, media_type: str, page: int, mark: str = "") -> bytes:
    """Give a page, counted from 1, as a PNG, with a mark across it if one is given; a picture is a single page.

    Raises NotFound for a page that the file does not have, Invalid ``no_preview`` for a kind that is not drawn and
    ``cannot_draw`` for what is broken, locked or too much, Conflict ``busy``.
    """
    return _drawn(content, media_type, page, "finely", *([mark] if mark else []))


def has_page(content: bytes, media_type: str, page: int) -> bool:
    """Say whether a file has a page. Raises as ``draw`` does."""
    try:
        _drawn(content, media_type, page)
    except NotFound:
        return False
    return True


def _drawn(content: bytes, media_type: str, page: int, *finely: str) -> bytes:
    kind = KINDS.get(media_type)
    if kind is None:
        raise Invalid("no_preview")
    if not 1 <= page <= (MOST_PAGES if media_type == PDF else 1):
        raise NotFound
    if not _hands.acquire(timeout=SECONDS):
        raise Conflict("busy")
    try:
        command = [sys.executable, "-I", str(_DRAWING), kind, str(page), *finely]
        done = subprocess.run(  # noqa: S603 - our own program, told a kind, a number and a mark
            command, input=content, capture_output=True, timeout=SECONDS, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        raise Invalid("cannot_draw") from None
    finally:
        _hands.release()
    if done.returncode == NOT_THERE:
        raise NotFound
    if done.returncode or not done.stdout:
        raise Invalid("cannot_draw")
    return done.stdout
