"""Tables of Word documents, written as XML at once: cell by cell, the library takes a second for a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml.etree import _Element

_LONG: Final = 60


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float], room: int, size: int
) -> _Element:
    """Make a table as Word would: its head repeats on every page, no row breaks, widths are fixed.

    ``shares`` of the ``room`` (twentieths of a point) go to the columns; ``size`` is in half points.
    """
    whole = sum(shares)
    widths = [round(room * share / whole) for share in shares]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    lines = _row(head, widths, size, "<w:tblHeader/>") + "".join(_row(row, widths, size) for row in rows)
    xml = (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>'
    )
    made: _Element = parse_xml(xml)
    return made


def heading(text: str, size: int) -> _Element:
    """Make a centred line above a table that stays with it."""
    xml = (
        f'<w:p {nsdecls("w")}><w:pPr><w:keepNext/><w:spacing w:before="160" w:after="60"/><w:jc w:val="center"/></w:pPr>'
        f'<w:r><w:rPr><w:sz w:val="{size}"/></w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )
    made: _Element = parse_xml(xml)
    return made


def _row(words: Sequence[str], widths: Sequence[int], size: int, more: str = "") -> str:
    cells = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:spacing w:line="264" w:lineRule="auto"/><w:jc w:val="{"left" if len(text) > _LONG else "center"}"/>'
        f'</w:pPr><w:r><w:rPr><w:sz w:val="{size}"/></w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
        for text, width in zip(words, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{''.join(cells)}</w:tr>"
