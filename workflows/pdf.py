"""Whether a PDF holds active content: in its objects, and in the object streams into which they may be packed.

This is no virus scanner (``scanner`` asks one): it refuses what no report needs, under every spelling of its name.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

MAX_UNPACKED = 64 * 1024 * 1024
"""The most that the object streams of one file may hold together."""
MAX_STREAMS = 200_000


class CannotLook(Exception):
    """An object stream is encrypted, too large, or packed in a way that no ordinary program packs it."""


def _names(*names: str) -> re.Pattern[bytes]:
    """Make what finds names, each letter as it is or escaped: ``/JS`` is ``/J#53`` too."""
    spelt = ("".join(f"(?:{letter}|#{ord(letter) >> 4}(?i:{ord(letter) & 15:x}))" for letter in name) for name in names)
    return re.compile(f"/(?:{'|'.join(spelt)})(?![A-Za-z0-9#])".encode())


_LONG = _names("JavaScript", "Launch", "RichMedia", "EmbeddedFile", "EmbeddedFiles", "SubmitForm", "ImportData")
_SHORT = _names("JS")  # chance spells this one in any packed stream
_PACKED = _names("ObjStm")
_PREDICTED = _names("Predictor")
_STREAM = re.compile(rb"(?<!end)stream(?:\r\n|\r|\n)")
_END = b"endstream"
_HEADER = re.compile(rb"(?:\s|%[^\r\n]*[\r\n])*\d+\s+\d+")  # an object stream begins with numbers and places
_NEAR = 4096
_BEGIN = 2048
_CHUNK = 16 * 1024


def acts(content: bytes) -> bool:
    """Say whether a PDF holds a script, a program to start, a file within it, or a form that sends itself.

    ``/OpenAction`` alone is no sign, since most documents open at a page by it; what it may start is looked for by name.
    Raises CannotLook.
    """
    if _LONG.search(content) or _SHORT.search(_outside(content)):
        return True
    packed, left = _packed(content), MAX_UNPACKED
    for begin, end in _streams(content):
        data = memoryview(content)[begin:end]
        if begin not in packed and not _HEADER.match(_unpacked(data[:_BEGIN], _BEGIN)[0]):
            continue
        text, whole = _unpacked(data, left)
        if begin in packed and not (text and whole):
            raise CannotLook
        left -= len(text)
        if _LONG.search(text) or (begin in packed and _SHORT.search(text)):
            return True
    return False


def _packed(content: bytes) -> set[int]:
    """Give where the data of the object streams begins, which must be read to judge the file. Raises CannotLook."""
    found = set()
    for count, name in enumerate(_PACKED.finditer(content)):
        data = _STREAM.search(content, name.end(), name.end() + _NEAR)
        if data is None or count > MAX_STREAMS:
            raise CannotLook
        if _PREDICTED.search(content, max(name.start() - _NEAR, 0), data.start()):
            raise CannotLook
        found.add(data.end())
    return found


def _streams(content: bytes) -> Iterator[tuple[int, int]]:
    """Give where the data of streams begins and ends, of streams within streams too. Raises CannotLook for too many."""
    end = 0
    for count, found in enumerate(_STREAM.finditer(content)):
        if count > MAX_STREAMS:
            raise CannotLook
        if end < found.end():
            end = content.find(_END, found.end())
            end = len(content) if end < 0 else end
        yield found.end(), end


def _outside(content: bytes) -> bytes:
    """Give what is in no stream."""
    parts, at = [], 0
    for begin, end in _streams(content):
        if begin >= at:
            parts.append(content[at:begin])
            at = end
    return b"".join([*parts, content[at:]])


def _unpacked(data: memoryview, most: int) -> tuple[bytes, bool]:
    """Unpack what is packed as by zip, up to a number of bytes; say whether that was all. Nothing, where it is not."""
    unpacker, parts, left = zlib.decompressobj(), [], most
    try:
        for at in range(0, len(data), _CHUNK):
            waiting = bytes(data[at : at + _CHUNK])
            while waiting and left > 0 and not unpacker.eof:
                parts.append(unpacker.decompress(waiting, left))
                left -= len(parts[-1])
                waiting = unpacker.unconsumed_tail
            if unpacker.eof or left <= 0:
                break
    except zlib.error:
        return b"", False
    return b"".join(parts), unpacker.eof
