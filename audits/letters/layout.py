"""A letter's Word and PDF files. Both layouts take the same JSON; neither evaluates what it is given."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

import docx
import segno
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from audits import typesetting, wordtables
from audits.letters import retype

MARK: Final = "\ue000tables\ue000"
"""Stands where a letter's tables come; no text of a letter holds it (``wording.printable``)."""
ROOM: Final = Mm(156)


@lru_cache(maxsize=8)
def _code(address: str) -> segno.QRCode:
    """Make the QR picture. The mask is given: any is readable, and choosing the best one takes most of the time."""
    return segno.make_qr(address, error="m", mask=4)


def _svg(address: str) -> str:
    target = io.BytesIO()
    _code(address).save(target, kind="svg", border=1, scale=4)
    return target.getvalue().decode()


def _png(address: str) -> io.BytesIO:
    target = io.BytesIO()
    _code(address).save(target, kind="png", border=1, scale=6)
    target.seek(0)
    return target


def pdf(content: Mapping[str, Any], number: str, address: str) -> bytes:
    """Set a letter as PDF."""
    whole = {"tables": [], **content, "number": number}
    return typesetting.pdf("letters/letter.typ", whole, qr=_svg(address))


def pdf_of(word: bytes) -> bytes:
    """Set the PDF of a letter from its Word file: with a bureau's own template both say the same."""
    return typesetting.pdf("letters/word.typ", retype.read(word))


class _Compiled(ImmutableSandboxedEnvironment):
    """Compiles each text of a template once; the library would do so for every letter.

    A sandbox that changes nothing, though what is uploaded has been checked: the check and the sandbox may each fail.
    """

    def __init__(self) -> None:
        super().__init__(autoescape=True)
        self._made: dict[str, Template] = {}

    def from_string(self, source: Any, *_: Any, **__: Any) -> Template:
        """Give the compiled text."""
        if source not in self._made:
            if len(self._made) > 200:
                self._made.clear()
            self._made[source] = super().from_string(source)
        return self._made[source]


_ENVIRONMENT: Final = _Compiled()


@cache
def shipped() -> bytes:
    """Give the shipped Word template."""
    return resources.files("audits").joinpath("letters/letter.docx").read_bytes()


def word(content: Mapping[str, Any], number: str, address: str, template: bytes = b"") -> bytes:
    """Set a letter as a Word file from a template, the shipped one where none is given."""
    made = DocxTemplate(io.BytesIO(template or shipped()))
    picture = InlineImage(made, _png(address), width=Mm(22))
    made.render(context(content, number) | {"qr": picture}, _ENVIRONMENT, autoescape=True)
    target = io.BytesIO()
    made.save(target)
    return _with_tables(target.getvalue(), content.get("tables") or [])


def context(content: Mapping[str, Any], number: str) -> dict[str, Any]:
    """Give what a Word template may name: texts, and the lists ``paragraphs`` and ``rows`` (what, until, basis)."""
    values = dict(content.get("values") or {})
    rows = [{"what": row[0], "until": row[1], "basis": row[2]} for row in content["rows"]]
    texts = {name: content[name] for name in ("title", "issuer", "addressee", "date", "case_no")}
    return {**values, **texts, "number": number, "paragraphs": content["paragraphs"], "rows": rows, "tables": MARK}


def _with_tables(data: bytes, tables: list[Mapping[str, Any]]) -> bytes:
    """Put the tables where the template has their mark; without tables the mark's paragraph goes."""
    document = docx.Document(io.BytesIO(data))
    marked = [one for one in document.paragraphs if MARK in one.text]
    if not marked:
        return data
    place = marked[0]._p  # noqa: SLF001  the library inserts no table before a paragraph
    for one in tables:
        size = 18 if len(one["head"]) > 6 else 21
        place.addprevious(wordtables.heading(one["caption"], 24))
        place.addprevious(wordtables.table(one["head"], one["rows"], one["widths"], ROOM.twips, size))
    for paragraph in marked:
        document.element.body.remove(paragraph._p)  # noqa: SLF001
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
