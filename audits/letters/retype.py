"""Read a filled Word letter for the PDF: its page, paragraphs, tables and pictures, in order, as JSON.

The PDF of a letter with a bureau's own template is set from the Word file itself, so that it says what that says. Read
are words with size, weight and colour, alignment, indents, distances, rules, page breaks, tables with their widths, PNG and
JPEG pictures, header and footer with page numbers. Not read is what holds no words of its own: shapes, list numbers.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Length, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

Json = Any
PLAIN: Final = 12.0
_ALIGNED: Final = {0: "left", 1: "center", 2: "right", 3: "justify"}
_SANS: Final = ("黑体", "Hei", "Sans", "Arial", "等线")
_PICTURES: Final = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(slots=True)
class _Field:
    """Where the reader stands in a field of Word: its code, and whether its result is being skipped."""

    code: str = ""
    inside: bool = False


def read(data: bytes) -> dict[str, Json]:
    """Give ``page`` (in points), ``blocks``, ``header`` and ``footer`` of a Word file."""
    document = docx.Document(io.BytesIO(data))
    section = document.sections[0]
    margins = {side: (getattr(section, f"{side}_margin") or Pt(72)).pt for side in ("top", "bottom", "left", "right")}
    room = (section.page_width or Pt(595)).pt - margins["left"] - margins["right"]
    return {
        "page": {"width": (section.page_width or Pt(595)).pt, "height": (section.page_height or Pt(842)).pt, **margins},
        "blocks": list(_blocks(document, document.element.body, room)),
        "header": list(_blocks(document, section.header._element, room, section.header.part)),  # noqa: SLF001
        "footer": list(_blocks(document, section.footer._element, room, section.footer.part)),  # noqa: SLF001
    }


def _blocks(document: Document, parent: Any, room: float, part: Any = None) -> Iterator[dict[str, Json]]:
    """Give paragraphs and tables of an element in order, those in content controls too."""
    part = part or document.part
    for one in parent:
        if one.tag == qn("w:p"):
            yield _paragraph(document, one, part)
        elif one.tag == qn("w:tbl"):
            yield _table(document, one, room, part)
        elif one.tag == qn("w:sdt"):
            content = one.find(qn("w:sdtContent"))
            yield from _blocks(document, content if content is not None else [], room, part)


def _paragraph(document: Document, element: Any, part: Any) -> dict[str, Json]:
    paragraph = Paragraph(element, document._body)  # noqa: SLF001  the library gives a paragraph of an element by no other way
    shape, size = paragraph.paragraph_format, _size(paragraph)
    exact = shape.line_spacing if isinstance(shape.line_spacing, Length) else None
    return {
        "type": "paragraph",
        "align": _align(paragraph),
        "indent": _points(shape.first_line_indent),
        "left": _points(shape.left_indent),
        "before": _points(shape.space_before),
        "after": _points(shape.space_after),
        "leading": max(exact.pt - size, 0) if exact else size * 0.6,
        "size": size,
        "rule": element.find(f".//{qn('w:pBdr')}/{qn('w:bottom')}") is not None,
        "keep": bool(shape.keep_with_next),
        "runs": list(_runs(paragraph, part, size)),
    }


def _runs(paragraph: Paragraph, part: Any, size: float) -> Iterator[dict[str, Json]]:
    """Give the words of a paragraph run by run, what was struck out by a reviewer left out; a page number as ``page``."""
    field = _Field()
    element: Any
    for element in paragraph._p.iter(qn("w:r"), qn("w:fldSimple")):  # noqa: SLF001
        if element.tag == qn("w:fldSimple"):
            field.code = str(element.get(qn("w:instr")) or "")
            continue
        if any(one.tag == qn("w:del") for one in element.iterancestors()):
            continue
        run = Run(element, paragraph)
        simple = element.getparent().tag == qn("w:fldSimple")
        for text in _pieces(element, part, field):
            shown = text if isinstance(text, dict) else {"text": text}
            if simple and "PAGE" in field.code and "text" in shown:
                shown = {"page": True}
            yield {
                "text": "", "picture": None, "page": False, "break": False,
                "size": run.font.size.pt if run.font.size else size, "sans": _sans(run), "colour": _colour(run), **shown,
            }  # fmt: skip


def _pieces(element: Any, part: Any, field: _Field) -> Iterator[str | dict[str, Json]]:
    for one in element:
        if one.tag == qn("w:fldChar"):
            kind = one.get(qn("w:fldCharType"))
            if kind == "begin":
                field.code, field.inside = "", False
            elif kind == "separate":
                field.inside = "PAGE" in field.code
                if field.inside:
                    yield {"page": True}
            else:
                field.code, field.inside = "", False
        elif one.tag == qn("w:instrText"):
            field.code += str(one.text or "")
        elif one.tag == qn("w:t") and not field.inside:
            yield str(one.text or "")
        elif one.tag == qn("w:tab"):
            yield "\u3000\u3000"
        elif one.tag == qn("w:br"):
            yield {"break": True} if one.get(qn("w:type")) == "page" else "\n"
        elif one.tag == qn("w:drawing"):
            yield from _pictures(one, part)


def _pictures(drawing: Any, part: Any) -> Iterator[dict[str, Json]]:
    width = next((int(one.get("cx")) for one in drawing.iter(qn("wp:extent"))), 0)
    for one in drawing.iter(qn("a:blip")):
        found = part.related_parts.get(one.get(qn("r:embed")))
        kind = _PICTURES.get(getattr(found, "content_type", ""))
        if found is not None and kind:
            yield {"picture": {"format": kind, "bytes": list(found.blob), "width": Length(width).pt or 60}}


def _table(document: Document, element: Any, room: float, part: Any) -> dict[str, Json]:
    widths = [int(one.get(qn("w:w")) or 0) for one in element.iter(qn("w:gridCol"))] or [1]
    rows: list[Json] = []
    for row in element.iter(qn("w:tr")):
        cells: list[dict[str, Json]] = []
        for cell in row.iter(qn("w:tc")):
            span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            cells.append({
                "span": int(span.get(qn("w:val"))) if span is not None else 1,
                "blocks": [_paragraph(document, one, part) for one in cell.iter(qn("w:p"))],
            })  # fmt: skip
        short = len(widths) - sum(int(cell["span"]) for cell in cells)
        rows.append(cells + [{"span": 1, "blocks": []}] * max(short, 0))
    whole = sum(widths) or 1
    heads = len(
        [row for row in element.iter(qn("w:tr")) if row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None]
    )
    return {
        "type": "table", "widths": [one / whole for one in widths], "width": min(whole / 20, room), "rows": rows,
        "heads": heads if heads < len(rows) else 0,
    }  # fmt: skip


# ---- what a style says where the place itself says nothing ---------------------------------------------------------


def _styles(paragraph: Paragraph) -> Iterator[ParagraphStyle]:
    style = paragraph.style
    while isinstance(style, ParagraphStyle):
        yield style
        style = style.base_style


def _size(paragraph: Paragraph) -> float:
    own = next((run.font.size for run in paragraph.runs if run.font.size), None)
    size = own or next((style.font.size for style in _styles(paragraph) if style.font.size), None)
    return size.pt if size else PLAIN


def _align(paragraph: Paragraph) -> str:
    own = paragraph.alignment
    if own is None:
        known = (style.paragraph_format.alignment for style in _styles(paragraph))
        own = next((one for one in known if one is not None), None)
    return _ALIGNED.get(int(own) if own is not None else 3, "justify")


def _sans(run: Run) -> bool:
    """Say whether a run is set in a face without serifs; bold is, since the shipped face has no bold."""
    fonts = run._r.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")  # noqa: SLF001
    face = str(fonts.get(qn("w:eastAsia")) or "") if fonts is not None else ""
    return bool(run.font.bold) or any(word in face for word in _SANS)


def _colour(run: Run) -> str:
    colour: Any = run.font.color.rgb if run.font.color is not None else None
    return f"#{colour}".lower() if colour is not None else "#000000"


def _points(length: Length | None) -> float:
    return length.pt if length else 0.0
