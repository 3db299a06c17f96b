"""A report as a Word file that people go on editing: headings, contents, captions and page numbers are Word's own."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from audits import typesetting, wordtables

Json = Any
BODY: Final = "仿宋_GB2312"
HEAD: Final = "黑体"
ROOM: Final = Mm(158)
_MANY: Final = 6


def word(document: Mapping[str, Json], now: datetime) -> bytes:
    """Set a document (``assemble``) as a Word file. ``now`` is written into its properties, nothing else is."""
    made = docx.Document()
    _properties(made, document, now)
    _styles(made)
    _page(made)
    _cover(made, document)
    _contents(made, document)
    _running(made, document)
    for chapter in document["chapters"]:
        _chapter(made, chapter)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def form_word(document: Mapping[str, Json], now: datetime) -> bytes:
    """Set a form (``audits.printed_forms``) as a Word file: title, facts, groups, statement, places for signatures."""
    made = docx.Document()
    _properties(made, document, now)
    _styles(made)
    _page(made)
    _titled_form(made, document)
    for section in document["sections"]:
        made.add_heading(section["title"], 2)
        for block in section["blocks"]:
            _SETTERS[block["type"]](made, block)
    _signatures(made, document)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def _titled_form(made: Document, document: Mapping[str, Json]) -> None:
    title = made.add_paragraph()
    title.alignment, title.paragraph_format.line_spacing = WD_ALIGN_PARAGRAPH.CENTER, 1.2
    run = title.add_run(document["title"])
    run.font.size = Pt(20)
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEAD)
    _plain(made, {"head": ["项目", "内容"], "rows": document["facts"], "widths": [30, 70]})


def _signatures(made: Document, document: Mapping[str, Json]) -> None:
    if document["statement"]:
        one = made.add_paragraph(document["statement"])
        one.paragraph_format.first_line_indent, one.paragraph_format.space_before = Pt(28), Pt(14)
    for words in document["signatures"]:
        one = made.add_paragraph(f"{words}：")
        one.paragraph_format.space_before, one.paragraph_format.keep_with_next = Pt(12), True
    if document["sha256"]:
        foot = made.add_paragraph()
        foot.add_run(f"本表由提交内容生成，提交内容的摘要值（SHA-256）：{document['sha256']}").font.size = Pt(8)


def _properties(made: Document, document: Mapping[str, Json], now: datetime) -> None:
    core = made.core_properties
    core.title, core.author, core.last_modified_by = document["title"], document["enterprise"], document["enterprise"]
    core.comments, core.keywords, core.subject = "", "", document["edition"]
    core.created = core.modified = now.replace(tzinfo=None)


def _styles(made: Document) -> None:
    for name, face, size in (
        ("Normal", BODY, 14), ("Heading 1", HEAD, 18), ("Heading 2", HEAD, 15), ("Caption", HEAD, 11), ("Title", HEAD, 28),
    ):  # fmt: skip
        style = made.styles[name]
        if isinstance(style, ParagraphStyle):
            _font(style, face, size)
    normal = made.styles["Normal"]
    if isinstance(normal, ParagraphStyle):
        normal.paragraph_format.line_spacing = Pt(26)
        normal.paragraph_format.space_after = Pt(0)


def _font(style: ParagraphStyle, face: str, size: int) -> None:
    style.font.name, style.font.size, style.font.bold, style.font.italic = "Times New Roman", Pt(size), False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)
    fonts.set(qn("w:eastAsia"), face)
    borders = style.element.get_or_add_pPr().find(qn("w:pBdr"))
    if borders is not None:
        style.element.get_or_add_pPr().remove(borders)


def _page(made: Document) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(30), Mm(26)
    section.left_margin, section.right_margin = Mm(28), Mm(24)


def _cover(made: Document, document: Mapping[str, Json]) -> None:
    for words, size, before in (
        (document["enterprise"], 24, 90),
        (document["title"], 30, 40),
        (document["edition"], 14, 14),
    ):
        one = made.add_paragraph()
        one.alignment, one.paragraph_format.space_before = WD_ALIGN_PARAGRAPH.CENTER, Pt(before)
        one.paragraph_format.line_spacing = 1.2
        run = one.add_run(words)
        run.font.size = Pt(size)
        run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEAD)
    made.add_paragraph().paragraph_format.space_before = Pt(90)
    table = made.add_table(rows=0, cols=2)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for name, words in document["facts"]:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = Mm(42), Mm(88)
        cells[0].text, cells[1].text = f"{name}：", words
        cells[0].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if document.get("seals"):
        seals = made.add_paragraph("　　　".join(document["seals"]))
        seals.alignment, seals.paragraph_format.space_before = WD_ALIGN_PARAGRAPH.CENTER, Pt(40)
    day = made.add_paragraph(document["date"])
    day.alignment, day.paragraph_format.space_before = WD_ALIGN_PARAGRAPH.CENTER, Pt(60)
    made.add_section(WD_SECTION.NEW_PAGE)


def _contents(made: Document, document: Mapping[str, Json]) -> None:
    title = made.add_paragraph("目　录")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph = made.add_paragraph()
    _field(paragraph, ' TOC \\o "1-2" \\h \\z \\u ', "", dirty=True, close=False)
    lines = [_titled(one) for chapter in document["chapters"] for one in (chapter, *_shown(chapter))]
    for at, line in enumerate(lines):
        if at:
            paragraph = made.add_paragraph()
        paragraph.add_run(line)
    _close(paragraph)


def _titled(one: Mapping[str, Json]) -> str:
    return f"{one['number']}　{one['title']}" if one["number"] else str(one["title"])


def _shown(chapter: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """Give the sections that have a heading of their own: all but one that is called as its chapter is."""
    return [one for one in chapter["sections"] if one["number"] or one["title"] != chapter["title"]]


def _running(made: Document, document: Mapping[str, Json]) -> None:
    """Write header and page number from the contents on; the cover has none."""
    section = made.sections[-1]
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    head = section.header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    head.add_run(f"{document['enterprise']}　{document['title']}　{document['edition']}").font.size = Pt(9)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("第 ")
    _field(foot, " PAGE ", "1")
    foot.add_run(" 页")
    for run in foot.runs:
        run.font.size = Pt(9)
    number = OxmlElement("w:pgNumType")
    number.set(qn("w:start"), "1")
    section._sectPr.append(number)  # noqa: SLF001  the library has no word for it


def _chapter(made: Document, chapter: Mapping[str, Json]) -> None:
    heading = made.add_heading(_titled(chapter), 1)
    heading.paragraph_format.page_break_before = True
    headed = _shown(chapter)
    for section in chapter["sections"]:
        if section in headed:
            made.add_heading(_titled(section), 2)
        for block in section["blocks"]:
            _SETTERS[block["type"]](made, block)


def _text(made: Document, block: Mapping[str, Json]) -> None:
    for words in block["paragraphs"]:
        one = made.add_paragraph(words)
        one.paragraph_format.first_line_indent = Pt(28)


def _caption(made: Document, block: Mapping[str, Json], *, above: bool) -> None:
    """Write the caption with Word's own counter, so that it counts on when a table is added."""
    one = made.add_paragraph(style="Caption")
    one.alignment, one.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, above
    one.paragraph_format.space_before = Pt(8 if above else 2)
    one.paragraph_format.line_spacing = 1.0
    stem, _, last = str(block["number"]).rpartition("-")
    one.add_run(f"{stem}-")
    _field(one, f" SEQ {stem} \\* ARABIC ", last)
    one.add_run(f"　{block['caption']}")


def _table(made: Document, block: Mapping[str, Json]) -> None:
    if block["number"]:
        _caption(made, block, above=True)
    _plain(made, block, "" if block["number"] else block["caption"])


def _plain(made: Document, block: Mapping[str, Json], caption: str = "") -> None:
    size = 18 if len(block["head"]) > _MANY else 21
    after = made.add_paragraph()
    after.paragraph_format.line_spacing = Pt(10)
    table = wordtables.table(block["head"], block["rows"], block["widths"], ROOM.twips, size)
    if caption:
        after._p.addprevious(wordtables.heading(caption, 22))  # noqa: SLF001
    after._p.addprevious(table)  # noqa: SLF001


def _drawing(made: Document, block: Mapping[str, Json]) -> None:
    paragraph = made.add_paragraph()
    paragraph.alignment, paragraph.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, True
    paragraph.paragraph_format.line_spacing = 1.0
    paragraph.add_run().add_picture(io.BytesIO(typesetting.png(block["svg"])), width=Mm(150))
    _caption(made, block, above=False)


_SETTERS: Final = {"text": _text, "table": _table, "drawing": _drawing}


def _field(paragraph: Paragraph, code: str, shown: str, *, dirty: bool = False, close: bool = True) -> None:
    """Write a field of Word with what it shows until Word counts anew."""
    begin = OxmlElement("w:fldChar")
    begin.set(qn("w:fldCharType"), "begin")
    if dirty:
        begin.set(qn("w:dirty"), "true")
    paragraph.add_run().element.append(begin)
    instruction = OxmlElement("w:instrText")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = code
    paragraph.add_run().element.append(instruction)
    between = OxmlElement("w:fldChar")
    between.set(qn("w:fldCharType"), "separate")
    paragraph.add_run().element.append(between)
    if shown:
        paragraph.add_run(shown)
    if close:
        _close(paragraph)


def _close(paragraph: Paragraph) -> None:
    end = OxmlElement("w:fldChar")
    end.set(qn("w:fldCharType"), "end")
    paragraph.add_run().element.append(end)
