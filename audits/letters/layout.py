"""A letter's Word and PDF files. Both layouts take the same JSON; neither evaluates what it is given."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

import segno
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import Environment, Template

from audits import typesetting


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
    return typesetting.pdf("letters/letter.typ", {**content, "number": number}, qr=_svg(address))


class _Compiled(Environment):
    """Compiles each text of the one template once; the library would do so for every letter."""

    def __init__(self) -> None:
        super().__init__(autoescape=True)
        self._made: dict[str, Template] = {}

    def from_string(self, source: Any, *_: Any, **__: Any) -> Template:
        """Give the compiled text."""
        if source not in self._made:
            self._made[source] = super().from_string(source)
        return self._made[source]


_ENVIRONMENT: Final = _Compiled()


@cache
def _template() -> bytes:
    return resources.files("audits").joinpath("letters/letter.docx").read_bytes()


def word(content: Mapping[str, Any], number: str, address: str) -> bytes:
    """Set a letter as a Word file from the shipped template."""
    template = DocxTemplate(io.BytesIO(_template()))
    picture = InlineImage(template, _png(address), width=Mm(22))
    template.render({**content, "number": number, "qr": picture}, _ENVIRONMENT, autoescape=True)
    target = io.BytesIO()
    template.save(target)
    return target.getvalue()
