"""What a report is made of: the last answers to each form, the profile, the register, texts, files and letters.

``gather`` reads the database; what it gives is plain and read by ``assemble`` alone, which reads nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import assessments, calendars, energy, industries, levels, lists, options, regions
from audits.letters import KINDS as LETTERS
from audits.models import Case, Enterprise, Factor, IndicatorSystem, Letter, Option, OptionEffect, ReportText
from audits.reports.outline import Outline
from forms import CompiledForm, compile_form, named_files
from workflows import trail
from workflows.models import Attachment, Form, Instance, Organisation, Submission, Task

Json = Any
SELF_AUDIT: Final = "自行审核"
SIDES: Final = ("planned", "reported", "verified")
SCALES: Final = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a report says, before it is put in order.

    ``answers`` and ``forms`` by form key; ``profile`` pairs of label and text; ``register`` rows of the options that count with
    their money in 10,000 yuan and ``effects`` by indicator (planned, reported, verified); ``levels`` what is stated of the
    level before and after; ``opened`` the day on which a form's task was opened, by which rules are chosen; ``factors``
    convert energy; ``tasks`` the task where a form is filled in.
    """

    answers: Mapping[str, Mapping[str, Json]]
    forms: Mapping[str, CompiledForm]
    texts: Mapping[str, str]
    profile: Mapping[str, tuple[str, str]]
    register: tuple[Mapping[str, Json], ...]
    files: tuple[Mapping[str, Json], ...]
    letters: tuple[Mapping[str, Json], ...]
    number: str
    tasks: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    opened: Mapping[str, date] = field(default_factory=dict)
    factors: tuple[Factor, ...] = ()

    @property
    def enterprise(self) -> str:
        """Give the enterprise's name."""
        return self.profile["name"][1]

    def sha256(self) -> str:
        """Compute the hash of the data: the same data give the same report."""
        told = {
            "answers": self.answers,
            "texts": self.texts,
            "profile": self.profile,
            "register": self.register,
            "files": self.files,
            "letters": self.letters,
            "number": self.number,
            "levels": self.levels,
            "factors": [[one.energy, one.kind, str(one.since), str(one.value)] for one in self.factors],
        }
        return hashlib.sha256(trail.canonical(told)).hexdigest()


def gather(session: Session, case: Case, outline: Outline) -> Material:
    """Read what a case's report is made of. The caller has fetched the case through access."""
    wanted = outline.forms()
    query = (
        select(Submission.form, Submission.answers)
        .where(Submission.instance_id == case.id, Submission.record_class.not_in(("score", "withheld")))
        .order_by(Submission.submitted_at)
    )
    answers = {row.form: row.answers for row in session.execute(query)}
    definition = session.get_one(Instance, case.id).definition_id
    schemas = session.scalars(select(Form).where(Form.definition_id == definition, Form.key.in_(wanted)))
    return Material(
        answers={form: answers[form] for form in wanted if form in answers},
        forms={row.key: compile_form(row.content) for row in schemas},
        texts=texts(session, case.id),
        profile=_profile(session, case),
        register=tuple(_register(session, case.id)),
        files=tuple(_files(session, case.id, answers)),
        letters=tuple(_letters(session, case.id)),
        number=case.number,
        tasks=_tasks(session, case.id, wanted),
        levels={stage: made for stage in assessments.STAGES if (made := _level(session, case.id, stage))},
        opened=_opened(session, case.id, wanted),
        factors=tuple(energy.load(session, case.region_path)),
    )


def texts(session: Session, case_id: str) -> dict[str, str]:
    """Give the last version of each text of a case's reports, by key."""
    query = select(ReportText).where(ReportText.case_id == case_id).order_by(ReportText.number)
    return {row.key: row.content for row in session.scalars(query)}


def _profile(session: Session, case: Case) -> dict[str, tuple[str, str]]:
    row = session.get_one(Enterprise, case.enterprise_id)
    above = regions.lineage(session, row.region_code)
    place = "".join(above[level].name for level in regions.LEVELS if level in above)
    firm = session.get(Organisation, case.consultancy_id) if case.consultancy_id else None
    value = f"{row.output_value.normalize():f} 万元" if row.output_value is not None else ""
    return {
        "name": ("企业名称", row.name),
        "uscc": ("统一社会信用代码", row.uscc),
        "legal_representative": ("法定代表人", row.legal_representative),
        "region": ("所属行政区", place),
        "registered_address": ("注册地址", row.registered_address),
        "production_address": ("生产地址", row.production_address),
        "industry": ("行业类别", f"{row.industry} {industries.name(row.industry, 'zh')}".strip()),
        "scale": ("企业规模", SCALES.get(row.scale, "")),
        "output_value": ("年产值", value),
        "permit_no": ("排污许可证编号", row.permit_no),
        "contact": ("联系人及电话", f"{row.contact_name} {row.contact_phone}".strip()),
        "types": ("审核类型", "、".join(lists.TYPES[key][0] for key in case.types)),
        "consultancy": ("咨询服务机构", firm.name if firm else SELF_AUDIT),
    }


def _register(session: Session, case_id: str) -> list[dict[str, Json]]:
    rows = [row for row in options.of_case(session, case_id) if options.counts(row)]
    effects = options.effects_of(session, [row.id for row in rows])
    return [_option(row, effects.get(row.id, {})) for row in rows]


def _option(row: Option, effects: Mapping[str, OptionEffect]) -> dict[str, Json]:
    return {
        "code": row.code,
        "name": row.name,
        "cost_class": row.cost_class,
        "status": row.status,
        "planned_investment": row.planned_investment,
        "actual_investment": row.actual_investment,
        "planned_benefit": row.planned_benefit,
        "actual_benefit": row.actual_benefit,
        "effects": {key: {side: getattr(one, side) for side in SIDES} for key, one in effects.items()},
    }


def _level(session: Session, case_id: str, stage: str) -> dict[str, Json] | None:
    """Give what a case states of its level at a stage as its page shows it: the steps to it, and every indicator."""
    found = assessments.stated(session, case_id, stage)
    if found is None:
        return None
    system, verdict = found
    names = {key: name["zh"] for key, name in system.content["level_names"].items()}
    titles = {one["key"]: one["title"]["zh"] for one in assessments.indicators(system.content)}
    return {
        "system": f"{system.title}（{system.version}）",
        "level": names.get(str(verdict.level), str(verdict.level or "")),
        "steps": [
            [
                names.get(step.level, step.level),
                levels.shown(step.index),
                levels.shown(step.threshold),
                "、".join(titles[key] for key in dict.fromkeys(step.limiting_missed)),
                "是" if step.met else "否",
            ]
            for step in verdict.steps
        ],
        "lines": [_indicator(system, line, names) for line in verdict.lines if line.applies],
    }


def _indicator(system: IndicatorSystem, line: levels.Line, names: Mapping[str, str]) -> list[Json]:
    one = next(one for one in assessments.indicators(system.content) if one["key"] == line.key)
    value = next((each["title"]["zh"] for each in one.get("options", ()) if each["key"] == line.value), line.value)
    name = one["title"]["zh"] + (f"（{one['unit']}）" if one.get("unit") else "")
    return [line.product or "—", name + ("*" if line.limiting else ""), value, names.get(str(line.level), "")]


def _opened(session: Session, case_id: str, forms: tuple[str, ...]) -> dict[str, date]:
    """Give the day on which the task of each form's last answers was opened."""
    query = (
        select(Submission.form, Task.opened_at)
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.instance_id == case_id, Submission.form.in_(forms))
        .order_by(Submission.submitted_at)
    )
    return {row.form: calendars.local_day(row.opened_at) for row in session.execute(query)}


def _files(session: Session, case_id: str, answers: Mapping[str, Mapping[str, Json]]) -> list[dict[str, Json]]:
    """Give the files that the answers to the phases' forms name, each once."""
    ids = {one for form in answers for one in named_files(answers[form])}
    query = select(Attachment).where(Attachment.id.in_(sorted(ids)), Attachment.instance_id == case_id)
    ordered = query.order_by(Attachment.uploaded_at, Attachment.id)
    return [{"id": one.id, "name": one.name, "sha256": one.sha256} for one in session.scalars(ordered)]


def _letters(session: Session, case_id: str) -> list[dict[str, Json]]:
    query = select(Letter).where(Letter.case_id == case_id, Letter.status == "valid").order_by(Letter.created_at)
    return [
        {"number": one.number, "kind": LETTERS[one.kind][0], "issued_on": one.issued_on.isoformat()}
        for one in session.scalars(query)
    ]


def _tasks(session: Session, case_id: str, forms: tuple[str, ...]) -> dict[str, str]:
    """Give the task of each form: an open one, else the last."""
    query = select(Task.form, Task.id).where(Task.instance_id == case_id, Task.form.in_(forms))
    return {row.form: row.id for row in session.execute(query.order_by(Task.status == "open", Task.opened_at))}
