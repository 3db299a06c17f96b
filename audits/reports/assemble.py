"""Put a report together: from the material, by the outline, to a document of chapters, tables and drawings.

The document is JSON. Word and PDF are both made of it and of nothing else, so that they say the same; and what is
missing is found on the way. Blocks: ``text`` (paragraphs), ``table`` (number, caption, head, rows, widths),
``drawing`` (number, caption, svg).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from audits.letters.wording import printable
from audits.options import CLASSES
from audits.reports import computed, figures, sheets
from audits.reports.material import SELF_AUDIT, Material
from audits.reports.outline import Block, Chapter, Outline, Section
from audits.reports.sheets import HIDDEN, NOTHING, written
from forms.components import fetch

Json = Any


@dataclass(frozen=True, slots=True)
class Missing:
    """What a report lacks. ``kind``: text, phase. ``task_id`` is where a phase's form is filled in, "" where nowhere."""

    kind: str
    chapter: str
    section: str
    names: tuple[str, str]
    task_id: str = ""
    key: str = ""


@dataclass(slots=True)
class _Numbers:
    """Counts tables and drawings by chapter: 表2-1."""

    chapter: str = "0"
    counts: dict[str, int] = field(default_factory=dict)

    def enter(self, chapter: str) -> None:
        """Begin a chapter."""
        self.chapter, self.counts = chapter, {}

    def next(self, word: str) -> str:
        """Give the next number of a kind."""
        self.counts[word] = self.counts.get(word, 0) + 1
        return f"{word}{self.chapter}-{self.counts[word]}"


def assemble(material: Material, outline: Outline, *, after: bool) -> dict[str, Json]:
    """Give the document. ``after``: with the chapters that are written after the evaluation."""
    numbers, chapters, count = _Numbers(), [], 0
    for chapter in outline.chapters:
        if chapter.after and not after:
            continue
        count += chapter.numbered
        numbers.enter(str(count) if chapter.numbered else {"annex": "附"}.get(chapter.key, "0"))
        chapters.append(_chapter(material, chapter, str(count) if chapter.numbered else "", numbers))
    document = {
        "title": outline.names[0],
        "enterprise": material.enterprise,
        "facts": [[name, text] for name, text in (("案号", material.number), *_cover(material))],
        "seals": [f"{name}（盖章）" for name in _sealing(material)],
        "chapters": chapters,
    }
    cleaned: dict[str, Json] = _printable(document)
    return cleaned


def _printable(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _printable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_printable(one) for one in value]
    return printable(value) if isinstance(value, str) else value


def missing(material: Material, outline: Outline, *, after: bool) -> list[Missing]:
    """List what the report still lacks, in its order, each form once."""
    found: dict[tuple[str, str], Missing] = {}
    for chapter in outline.chapters:
        if chapter.after and not after:
            continue
        for section in chapter.sections:
            for block in section.blocks:
                if not block.required:
                    continue
                if block.kind == "text" and not material.texts.get(block.of, "").strip():
                    found["text", block.of] = Missing("text", chapter.key, section.key, section.names, key=block.of)
                elif block.form and block.form not in material.answers:
                    task = material.tasks.get(block.form, "")
                    one = Missing("phase", chapter.key, section.key, chapter.names, task, block.form)
                    found.setdefault(("phase", block.form), one)
    return list(found.values())


def _sealing(material: Material) -> list[str]:
    """Name who seals the report: the enterprise, and its consultancy where it has one (domain: section 8)."""
    firm = material.profile["consultancy"][1]
    return ["企业", *(["咨询服务机构"] if firm and firm != SELF_AUDIT else [])]


def _cover(material: Material) -> list[tuple[str, str]]:
    kept = ("uscc", "industry", "types", "consultancy")
    return [material.profile[key] for key in kept if material.profile[key][1]]


def _chapter(material: Material, chapter: Chapter, number: str, numbers: _Numbers) -> dict[str, Json]:
    sections: list[dict[str, Json]] = []
    for section in chapter.sections:
        blocks = [made for block in section.blocks for made in _block(material, section, block, numbers)]
        if blocks:
            at = len(sections) + 1
            one = {"key": section.key, "number": f"{number}.{at}" if number else "", "title": section.names[0]}
            sections.append({**one, "blocks": blocks})
    return {"key": chapter.key, "number": number, "title": chapter.names[0], "sections": sections}


def _block(material: Material, section: Section, block: Block, numbers: _Numbers) -> Iterator[dict[str, Json]]:
    if block.kind == "text":
        words = material.texts.get(block.of, "").strip()
        if words:
            yield {"type": "text", "paragraphs": [line for line in words.split("\n") if line.strip()]}
        elif block.required:
            yield {"type": "text", "paragraphs": [f"（{section.names[0]}：待编写）"]}
        return
    if block.kind == "drawing":
        svg = figures.draw(material, block)
        if svg:
            yield {"type": "drawing", "number": numbers.next("图"), "caption": block.names[0], "svg": svg}
        return
    for caption, head, rows, svg in _tables(material, block):
        if not rows:
            continue
        given = block.detail.get("widths")
        shares = given if given and len(given) == len(head) else widths(head, rows)
        yield {
            "type": "table", "number": numbers.next("表"), "caption": caption, "head": head, "rows": rows,
            "widths": shares, "source": f"{block.kind}:{block.of}",
        }  # fmt: skip
        if svg:
            yield {"type": "drawing", "number": numbers.next("图"), "caption": f"{caption}图", "svg": svg}


Made = tuple[str, list[str], list[list[str]], str]


def _tables(material: Material, block: Block) -> Iterator[Made]:
    makers = {
        "fields": _fields,
        "table": _table,
        "each": _each,
        "profile": _profile,
        "register": _register,
        "performance": _performance,
        "files": _files,
        "letters": _letters,
        "effects": computed.effects,
        "sums": computed.sums,
        "level": computed.level,
        "economics": computed.money,
        "energy": computed.years,
    }
    return makers[block.kind](material, block)


def _fields(material: Material, block: Block) -> Iterator[Made]:
    form, answers = material.forms.get(block.form), material.answers.get(block.form)
    if form is None or answers is None:
        return
    rows = []
    for name in block.detail["keys"]:
        one = sheets.find(form.root, name)
        if one is not None and (value := fetch(answers, one.path)) not in (None, "", []):
            rows.append([sheets.heading(one), sheets.cell(one, value)])
    yield block.names[0], ["项目", "内容"], rows, ""


def _table(material: Material, block: Block) -> Iterator[Made]:
    form, answers = material.forms.get(block.form), material.answers.get(block.form)
    parent = sheets.find(form.root, block.list) if form else None
    if parent is None or answers is None:
        return
    rows = [row for row in fetch(answers, parent.path) or [] if isinstance(row, Mapping)]
    for key, values in block.detail.get("where", {}).items():
        rows = [row for row in rows if row.get(key) in values]
    columns = sheets.fields(parent, block.detail.get("columns"))
    turn = block.detail.get("turn")
    if turn is None:
        head, cells = sheets.listed(columns, rows)
        short = block.detail.get("heads") or {}
        yield (
            block.names[0],
            [short.get(one.path[-1], name) for one, name in zip(columns, head, strict=True)],
            cells,
            "",
        )
        return
    parts = sheets.turned(columns, rows, turn)
    for at, (head, cells) in enumerate(parts):
        yield block.names[0] + ("（续）" if at else ""), head, cells, ""


def _each(material: Material, block: Block) -> Iterator[Made]:
    """Give one table for every row of a list (a balance), with its totals as the last lines."""
    form, answers = material.forms.get(block.form), material.answers.get(block.form)
    parent = sheets.find(form.root, block.list) if form else None
    if parent is None or answers is None:
        return
    inner = next((one for one in parent.children if one.path == (block.detail["inner"],)), None)
    if inner is None:
        return
    columns = sheets.fields(inner)
    foot = sheets.fields(parent, block.detail["foot"])
    for row in fetch(answers, parent.path) or []:
        head, cells = sheets.listed(columns, row.get(block.detail["inner"]) or [])
        shown = str(row.get(block.detail["unit"]) or "")
        cells += [[name, *[""] * (len(head) - 2), text] for name, text in computed.balance(material, row)]
        for one in foot:
            value = fetch(row, one.path)
            if value not in (None, "", []):
                cells.append([sheets.heading(one), *[""] * (len(head) - 2), sheets.cell(one, value)])
        name = str(row.get(block.detail["name"]) or block.names[0])
        caption = f"{name}（单位：{shown}）" if shown else name
        yield caption, head, cells, figures.balance(row) if block.detail.get("drawn") else ""


def _profile(material: Material, block: Block) -> Iterator[Made]:
    rows = [[name, text or NOTHING] for name, text in material.profile.values()]
    yield block.names[0], ["项目", "内容"], rows, ""


def _register(material: Material, block: Block) -> Iterator[Made]:
    """Count the options of the register by class, with their money."""
    rows = []
    for key, names in CLASSES.items():
        of = [one for one in material.register if one["cost_class"] == key]
        if of:
            done = sum(one["status"] == "done" for one in of)
            rows.append([names[0], str(len(of)), str(done), *(_total(of, column) for column in MONEY)])
    if len(rows) > 1:
        every = list(material.register)
        done = sum(one["status"] == "done" for one in every)
        rows.append(["合计", str(len(every)), str(done), *(_total(every, column) for column in MONEY)])
    head = [
        "类别", "方案数（个）", "已完成（个）", "计划投资（万元）", "实际投资（万元）", "预计年效益（万元/a）", "实际年效益（万元/a）",
    ]  # fmt: skip
    yield block.names[0], head, rows, ""


MONEY: Final = ("planned_investment", "actual_investment", "planned_benefit", "actual_benefit")


def _total(rows: list[Mapping[str, Json]], column: str) -> str:
    values = [row[column] for row in rows if row["status"] == "done" or not column.startswith("actual_")]
    if HIDDEN in values:
        return HIDDEN
    known = [value for value in values if value is not None]
    return written(sum(known, Decimal(0))) if known else NOTHING


def _performance(material: Material, block: Block) -> Iterator[Made]:
    form, answers = material.forms.get(block.form), material.answers.get(block.form)
    if form is None or answers is None:
        return
    first, second = block.detail["before"], block.detail["after"]
    heads = [one[0] for one in block.detail.get("heads", (("实施前",), ("实施后",)))]
    rows = []
    for name, unit, before, after in sheets.paired(form.root, first, second):
        values = [fetch(answers, one.path) for one in (before, after)]
        if values == [None, None]:
            continue
        row = [
            name,
            unit or NOTHING,
            *(sheets.cell(one, value) for one, value in zip((before, after), values, strict=True)),
        ]
        if block.detail.get("difference"):
            row.append(_difference(*values))
        rows.append(row)
    yield (
        block.names[0],
        ["指标", "单位", *heads, *(["削减（节约）量"] if block.detail.get("difference") else [])],
        rows,
        "",
    )


def _difference(before: Json, after: Json) -> str:
    if HIDDEN in (before, after):
        return HIDDEN
    left, right = sheets.number(before), sheets.number(after)
    return written(left - right) if left is not None and right is not None else NOTHING


def _files(material: Material, block: Block) -> Iterator[Made]:
    rows = [[str(at), one["name"], one["sha256"]] for at, one in enumerate(material.files, 1)]
    yield block.names[0], ["序号", "文件", "摘要值（SHA-256）"], rows, ""


def _letters(material: Material, block: Block) -> Iterator[Made]:
    rows = [[one["number"], one["kind"], one["issued_on"]] for one in material.letters]
    yield block.names[0], ["文号", "文书", "日期"], rows, ""


def widths(head: list[str], rows: list[list[str]]) -> list[int]:
    """Share the width by what the columns hold: in percent, none below 7."""
    longest = [max(len(head[at]) * 0.7, *(min(len(row[at]), 40) for row in rows), 4) for at in range(len(head))]
    total = sum(longest)
    shares = [max(7, round(100 * one / total)) for one in longest]
    return [round(100 * one / sum(shares)) for one in shares]
