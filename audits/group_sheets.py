"""The group score sheet (专家组评分汇总表) of a panel: every item by every expert, totals, vetoes, dissent, and the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, printed_forms, score_sheets
from audits.letters.wording import chinese_day, cleaned
from audits.models import Case, Enterprise, Expert, Panel, PanelMember
from audits.reports import sheets
from audits.rounding import number, rounded
from audits.sheet_forms import VETO
from forms import compile_form
from forms.components import Component
from forms.display import label
from workflows import access as rows
from workflows.access import Actor
from workflows.errors import NotAllowed, NotFound
from workflows.models import Form, Instance, Person, Submission, Task

Json = Any
PLACES = 2


def file(session: Session, actor: Actor, panel_id: str, suffix: str) -> tuple[str, bytes]:
    """Print a panel's group score sheet. Raises NotFound; NotAllowed where its sheets are not the actor's to read."""
    made = document(session, actor, panel_id)
    return made["name"] + f".{suffix}", printed_forms.set_(made, suffix)


def of_case(session: Session, actor: Actor, case_id: str) -> list[Panel]:
    """Give the closed panels of a case whose sheets the actor may read. Raises NotFound."""
    access.case(session, actor, case_id)
    query = select(Panel).where(
        Panel.case_id == case_id, Panel.closed_at.is_not(None), Panel.purpose.in_(list(printed_forms.kinds("group")))
    )
    return [one for one in session.scalars(query.order_by(Panel.appointed_at)) if _signed(session, actor, one)]


def document(session: Session, actor: Actor, panel_id: str) -> dict[str, Json]:
    """Put a closed panel's sheets side by side. Raises NotFound, NotAllowed ``not_your_sheets``."""
    panel = access.fetch(session, actor, Panel, panel_id)
    kind = printed_forms.kinds("group").get(panel.purpose)
    if panel.closed_at is None or kind is None:
        raise NotFound("printed_form_not_found")
    signed = _signed(session, actor, panel)
    if not signed:
        raise NotAllowed("not_your_sheets")
    case = session.get_one(Case, panel.case_id)
    score = number(panel.score)
    facts = [
        ["评审日期", chinese_day(panel.meeting_on) if panel.meeting_on else sheets.NOTHING],
        ["评审地点", panel.place or sheets.NOTHING],
        ["专家组得分", f"{sheets.written(score)} 分" if score is not None else sheets.NOTHING],
    ]
    fields = _fields(session, signed[0])
    blocks = [_items(fields, signed), *_vetoes(fields, signed), *_words(signed)]
    made = printed_forms.headed(case, session.get_one(Enterprise, case.enterprise_id), kind, facts, panel.closed_at)
    sections = [{"title": "专家组成员", "blocks": [_members(session, panel)]}, {"title": "评分汇总", "blocks": blocks}]
    made |= cleaned({"sections": sections, "sha256": "", "name": f"{kind.names[0]} {case.number}"})
    return made


def _signed(session: Session, actor: Actor, panel: Panel) -> list[tuple[Submission, str]]:
    """Give the sheets of a panel that the actor may read, with the names of who signed them."""
    query = (
        select(Submission, Person.name)
        .join(Person, Person.id == Submission.submitted_by)
        .where(
            Submission.instance_id == panel.case_id,
            Submission.record_class == "score",
            Submission.submitted_at >= panel.appointed_at,
            Submission.submitted_at <= panel.closed_at,
        )
        .order_by(Submission.submitted_at, Submission.task_id)
    )
    every = [(row[0], str(row[1])) for row in session.execute(query)]
    seen = set(session.scalars(select(Submission.task_id).where(
        Submission.task_id.in_([one.task_id for one, _name in every]), rows.visible(actor, Submission)
    )))  # fmt: skip
    return every if len(seen) == len(every) else []


def _fields(session: Session, signed: tuple[Submission, str]) -> list[Component]:
    """Give the fields of the sheet as the panel filled it in."""
    one = signed[0]
    form = session.get_one(Form, (session.get_one(Instance, one.instance_id).definition_id, one.form))
    maker = score_sheets.TASK_FORMS.get(one.form)
    task = session.get_one(Task, one.task_id)
    root = compile_form(maker(session, task, form.content) if maker else form.content).root
    return [field for field in root.walk() if field.keyed and not sheets.guards(field)]


def _members(session: Session, panel: Panel) -> dict[str, Json]:
    query = (
        select(PanelMember.leader, Person.name, Expert.employer, Expert.title)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .join(Person, Person.id == Expert.id)
        .where(PanelMember.panel_id == panel.id)
        .order_by(PanelMember.leader.desc(), Person.name)
    )
    lines = [
        [str(at), "组长" if leader else "组员", name, employer, title]
        for at, (leader, name, employer, title) in enumerate(session.execute(query), 1)
    ]
    return printed_forms.block("", ["序号", "职务", "姓名", "工作单位", "职称"], lines, [8, 12, 18, 42, 20])


def _items(fields: Sequence[Component], signed: Sequence[tuple[Submission, str]]) -> dict[str, Json]:
    """Give a line for each item and each sum: what every expert gave, and the mean."""
    head = ["评分项", *(name for _one, name in signed), "平均"]
    lines = []
    for field in fields:
        if field.type not in {"number", "expression"}:
            continue
        values = [number(one.answers.get(field.path[-1])) for one, _name in signed]
        known = [value for value in values if value is not None]
        if not known:
            continue
        mean = rounded(sum(known, Decimal(0)) / len(known), PLACES)
        name = sheets.heading(field).partition("（/")[0]
        lines.append(
            [
                name,
                *(sheets.written(one) if one is not None else sheets.NOTHING for one in values),
                sheets.written(mean),
            ]
        )
    share = 48 // (len(signed) + 1)
    return printed_forms.block(
        "各专家评分（分）", head, lines, [100 - share * (len(signed) + 1), *([share] * (len(signed) + 1))]
    )


def _vetoes(fields: Sequence[Component], signed: Sequence[tuple[Submission, str]]) -> list[dict[str, Json]]:
    """Give the vetoes with the experts who found each."""
    lines = []
    for field in fields:
        key = field.path[-1]
        if VETO.match(key):
            found = [name for one, name in signed if one.answers.get(key) in (True, "yes")]
            lines.append([label(field, "zh"), "、".join(found) or "无"])
    return [printed_forms.block("否定项", ["否定项", "提出的专家"], lines, [70, 30])] if lines else []


def _words(signed: Sequence[tuple[Submission, str]]) -> list[dict[str, Json]]:
    """Give what experts wrote: opinions and dissent."""
    made = []
    for key, caption in (("comments", "评审意见与建议"), ("dissent_text", "保留意见")):
        lines = [[name, text] for one, name in signed if (text := _text(one.answers, key))]
        if lines:
            made.append(printed_forms.block(caption, ["专家", "意见"], lines, [18, 82]))
    return made


def _text(answers: Mapping[str, Json], key: str) -> str:
    return str(answers.get(key) or "").strip()
