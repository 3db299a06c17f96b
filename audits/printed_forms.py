"""Forms as documents (表单文书): disclosure, filings, applications and score sheets as Word and PDF, from what was handed in.

Nothing is stored: what is printed is what was submitted, under the hash by which anybody can hold it against the case.
The document is made of the blocks of a report (``audits.reports.assemble``), and set by the same layouts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendars, legal_basis, score_sheets, submissions, typesetting
from audits.letters.wording import chinese_day, cleaned
from audits.models import Case, Enterprise
from audits.reports import sheets
from audits.reports.assemble import widths
from audits.reports.word import form_word
from forms import compile_form, named_files
from forms.components import Component, fetch
from forms.display import label
from workflows import access
from workflows.access import Actor, name_of
from workflows.errors import NotFound
from workflows.models import Attachment, Form, Instance, Organisation, Submission, Task

Json = Any
Names = tuple[str, str]
MEDIA: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
MANY: Final = 8
"""A list with more columns than this is printed with its rows side by side."""
_COMMENT: Final = "_comment"


@dataclass(frozen=True, slots=True)
class Printed:
    """How a form is printed: names (zh, en), topic of its legal basis, closing statement, who signs, what is left out."""

    names: Names
    topic: str
    statement: str
    signatures: tuple[str, ...]
    leave_out: frozenset[str] = frozenset()


@cache
def kinds(part: str = "forms") -> dict[str, Printed]:
    """Read the printed forms by form key; with ``group`` those of a panel, by its purpose."""
    text = resources.files("audits").joinpath("data/printed_forms.json").read_text(encoding="utf-8")
    return {
        key: Printed(
            (one["names"][0], one["names"][1]),
            one["topic"],
            one.get("statement", ""),
            tuple(one["signatures"]),
            frozenset(one.get("leave_out", ())),
        )
        for key, one in json.loads(text)[part].items()
    }


def file(session: Session, actor: Actor, task_id: str, suffix: str) -> tuple[str, bytes]:
    """Print what was submitted for a task (``docx``, ``pdf``): name and content. Raises NotFound."""
    made = document(session, actor, task_id)
    return made["name"] + f".{suffix}", set_(made, suffix)


def set_(made: Mapping[str, Json], suffix: str) -> bytes:
    """Set a document of a form as Word or PDF. Raises NotFound for another kind of file."""
    if suffix == "pdf":
        return typesetting.pdf("reports/form.typ", made)
    if suffix == "docx":
        return form_word(made, datetime.fromisoformat(made["at"]))
    raise NotFound("printed_form_not_found")


def document(session: Session, actor: Actor, task_id: str) -> dict[str, Json]:
    """Put what was submitted for a task in order. NotFound where the actor may not read it, or it has no printed form."""
    row = session.execute(
        select(Submission, Task, Case, Enterprise, Form)
        .join(Task, Task.id == Submission.task_id)
        .join(Case, Case.id == Submission.instance_id)
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .join(Instance, Instance.id == Case.id)
        .join(Form, (Form.definition_id == Instance.definition_id) & (Form.key == Submission.form))
        .where(Submission.task_id == task_id, access.visible(actor, Submission))
    ).one_or_none()
    if row is None or row[0].form not in kinds():
        raise NotFound("printed_form_not_found")
    submission, task, case, enterprise, form = row
    kind = kinds()[submission.form]
    maker = score_sheets.TASK_FORMS.get(submission.form)
    compiled = compile_form(maker(session, task, form.content) if maker else form.content)
    sections = list(_sections(session, compiled.root, submission.answers, kind))
    sections += _files(session, case.id, compiled.root, submission.answers)
    day = calendars.local_day(submission.submitted_at)
    facts = [
        [
            "填报人" if submission.record_class not in {"score", "withheld"} else "评审专家",
            name_of(session, submission.submitted_by),
        ],
        ["提交日期", chinese_day(day)],
    ]
    digest = submissions.digest(submissions.document(session, actor, task_id))
    made = headed(case, enterprise, kind, facts, submission.submitted_at)
    made |= cleaned({"sections": sections, "sha256": digest, "name": f"{kind.names[0]} {case.number}"})
    return made


def headed(case: Case, enterprise: Enterprise, kind: Printed, facts: list[list[str]], at: datetime) -> dict[str, Json]:
    """Begin a document: title, whom it concerns, the legal basis of its day, who signs."""
    basis = legal_basis.on(calendars.local_day(at)).cite(kind.topic)
    head = [["案号", case.number], ["企业名称", enterprise.name], ["统一社会信用代码", enterprise.uscc]]
    begun: dict[str, Json] = {
        "title": kind.names[0],
        "enterprise": enterprise.name,
        "edition": case.number,
        "facts": [*head, *facts, ["依据", basis]],
        "statement": kind.statement,
        "signatures": list(kind.signatures),
        "at": at.isoformat(),
    }
    found: dict[str, Json] = cleaned(begun)
    return found


def block(caption: str, head: list[str], rows: list[list[str]], shares: list[int] | None = None) -> dict[str, Json]:
    """Make a table as a report has them, without a number."""
    return {
        "type": "table", "number": "", "caption": caption, "head": head, "rows": rows,
        "widths": shares or widths(head, rows),
    }  # fmt: skip


# ---- from a form to tables -----------------------------------------------------------------------------------------


def _sections(
    session: Session, root: Component, answers: Mapping[str, Json], kind: Printed
) -> Iterator[dict[str, Json]]:
    """Give a section for each group of the form that has answers."""
    for group in root.children:
        inner = fetch(answers, group.path) if group.path else answers
        blocks = list(_group(session, group, inner if isinstance(inner, Mapping) else {}, kind))
        if blocks:
            yield {"title": label(group, "zh"), "blocks": blocks}


def _group(session: Session, group: Component, answers: Mapping[str, Json], kind: Printed) -> Iterator[dict[str, Json]]:
    fields = [one for one in group.children if _shown(one, answers, kind)]
    comments = {
        one.path[-1].removesuffix(_COMMENT) for one in group.children if one.keyed and one.path[-1].endswith(_COMMENT)
    }
    scores = [one for one in fields if one.keyed and one.path[-1] in comments]
    told = {one.path[-1] for one in scores} | {one.path[-1] + _COMMENT for one in scores}
    rest = [one for one in fields if one.keyed and one.path[-1] not in told]
    if scores:
        rows = [
            [sheets.heading(one).partition("（/")[0], sheets.cell(one, fetch(answers, one.path)),
             str(answers.get(one.path[-1] + _COMMENT) or sheets.NOTHING)]
            for one in scores
        ]  # fmt: skip
        rows += [[sheets.heading(one), sheets.cell(one, fetch(answers, one.path)), ""] for one in rest if _is_sum(one)]
        yield block("", ["评分项", "得分", "扣分说明"], rows, [46, 12, 42])
        rest = [one for one in rest if not _is_sum(one)]
    if rest:
        rows = [[sheets.heading(one), _words(session, one, fetch(answers, one.path))] for one in rest]
        yield block("", ["项目", "内容"], rows, [32, 68])
    for one in fields:
        if one.repeats:
            yield from _list(one, [row for row in fetch(answers, one.path) if isinstance(row, Mapping)])


def _is_sum(one: Component) -> bool:
    return one.type == "expression"


def _list(one: Component, rows: list[Mapping[str, Json]]) -> Iterator[dict[str, Json]]:
    columns = sheets.fields(one)
    if len(columns) <= MANY:
        yield block(label(one, "zh"), *sheets.listed(columns, rows))
        return
    for at, (head, cells) in enumerate(sheets.turned(columns, rows, columns[0].path[-1], 3)):
        yield block(label(one, "zh") + ("（续）" if at else ""), head, cells)


def _shown(one: Component, answers: Mapping[str, Json], kind: Printed) -> bool:
    """Say whether a field of the form stands in the document: what was answered, and no guard, no file, no code."""
    if sheets.guards(one) or one.type == "attachment" or not (one.keyed or one.repeats):
        return False
    value = fetch(answers, one.path)
    return one.path[-1] not in kind.leave_out and value not in (None, "", [])


def _words(session: Session, one: Component, value: Json) -> str:
    """Write an answer; one that was chosen from a table by its id, by its name."""
    if one.properties.get("valuesKey") == "consultancies":
        firm = session.get(Organisation, str(value))
        return firm.name if firm else str(value)
    return sheets.cell(one, value)


def _files(session: Session, case_id: str, root: Component, answers: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Give the list of what was attached: what it is to be, its name and its hash."""
    asked = [(one, list(named_files(fetch(answers, one.path)))) for one in root.walk() if one.type == "attachment"]
    wanted = sorted({key for _one, keys in asked for key in keys})
    known = {
        one.id: one
        for one in session.scalars(
            select(Attachment).where(Attachment.id.in_(wanted), Attachment.instance_id == case_id)
        )
    }
    rows = [
        [label(one, "zh"), known[key].name, known[key].sha256] for one, keys in asked for key in keys if key in known
    ]
    if rows:
        yield {"title": "附件清单", "blocks": [block("", ["材料", "文件", "摘要值（SHA-256）"], rows, [26, 28, 46])]}
