"""What still stands in the way of a submission, each with the place where it is mended.

Three kinds of gap: a field or an attachment that the form does not take yet; a phase of the audit that is not handed in,
or whose figures the report does not repeat; and what the bureau asked to be corrected when it sent the last version back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from audits.form_data import SAVED, form_data
from feel import for_thread
from forms import FileInfo, compile_form, localise
from workflows import access, tasks
from workflows.access import Actor
from workflows.application import Application
from workflows.models import Attachment, Form, Instance, Submission, Task

Json = Any
PHASES: Final[dict[str, tuple[str, ...]]] = {
    "audit_report": (
        "audit_preparation",
        "pre_audit_survey",
        "audit_measurement",
        "option_generation",
        "option_feasibility",
    ),
    "evaluation_application": ("audit_report",),
    "acceptance_application": ("option_implementation", "continuous_plan"),
}
"""Which phases' forms stand behind a form (HJ 469: the first five are needed for the evaluation), and behind an application."""

CHECKS: Final[dict[str, tuple[str, str]]] = {
    "audit_report": ("receipt_check", "missing_codes"),
    "short_report": ("receipt_check", "missing_codes"),
    "evaluation_application": ("receipt_check", "missing_codes"),
    "acceptance_application": ("receipt_check", "missing_codes"),
    "pre_evaluation_application": ("pre_evaluation_opinion", ""),
    "disclosure": ("disclosure_check", "gaps"),
    "start_filing": ("filing_check", ""),
    "supplement": ("supplement_review", ""),
    "rectification": ("rectification_check", ""),
}
"""Which form sends a form back, and which of its answers names what to correct."""

PLACES: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "audit_report": {
        "report": ("audit_report", "report_file"),
        "data": ("pre_audit_survey", "years"),
        "balance": ("audit_measurement", "balances"),
        "options": ("option_generation", "options"),
        "level": ("audit_report", "level_before"),
        "performance": ("audit_report", "planned_so2"),
        "annex": ("audit_report", "report_annexes"),
        "seal": ("audit_report", "report_file"),
    },
    "short_report": {
        "report": ("short_report", "report_file"),
        "data": ("pre_audit_survey", "years"),
        "balance": ("audit_measurement", "balances"),
        "options": ("option_generation", "options"),
        "level": ("pre_audit_survey", "level_before"),
        "performance": ("short_report", "saved_electricity"),
        "annex": ("short_report", "report_annexes"),
        "seal": ("short_report", "report_file"),
    },
    "evaluation_application": {
        "report": ("evaluation_application", "report_file"),
        "data": ("audit_report", "report_file"),
        "balance": ("audit_measurement", "balances"),
        "options": ("option_generation", "options"),
        "level": ("pre_audit_survey", "level_before"),
        "performance": ("evaluation_application", "performance_file"),
        "annex": ("evaluation_application", "evidence_files"),
        "seal": ("evaluation_application", "report_file"),
    },
    "acceptance_application": {
        "report": ("acceptance_application", "acceptance_report"),
        "data": ("acceptance_application", "results"),
        "balance": ("audit_measurement", "balances"),
        "options": ("option_implementation", "options"),
        "level": ("option_implementation", "level_after"),
        "performance": ("option_implementation", "effects"),
        "annex": ("acceptance_application", "other_files"),
        "seal": ("acceptance_application", "acceptance_report"),
    },
    "disclosure": {
        "pollutant": ("disclosure", "pollutants"),
        "energy": ("disclosure", "energy"),
        "toxic": ("disclosure", "toxic_materials"),
        "waste": ("disclosure", "hazardous_wastes"),
        "risk": ("disclosure", "risk_controls"),
        "channel": ("disclosure", "channel"),
        "evidence": ("disclosure", "evidence"),
    },
}
"""Where each thing that a bureau may ask for is mended: a form and the id of its field."""

FIGURES: Final = (
    *("count_low", "count_low_done", "count_high", "investment_low", "benefit_low", "benefit_high"),
    *(f"planned_{key}" for key in SAVED),
)
_NEAR: Final = 0.01


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap. ``kind``: correction, field, attachment, phase, figure.

    ``label`` names the field or the phase, ``text`` says what is wrong; ``task_id`` and ``field`` are the place, the
    latter "" where a whole form is meant, the former "" where no task of the case holds it.
    """

    kind: str
    label: str
    text: str
    task_id: str = ""
    field: str = ""
    says: str = ""
    expected: str = ""


def gaps(
    session: Session, app: Application, actor: Actor, task_id: str, *, language: str = "zh", now: datetime
) -> list[Gap]:
    """List every gap of a task that the actor may complete, by their draft; nothing for others. Raises NotFound."""
    view = tasks.view(session, app, actor, task_id, language=language, now=now)
    return listed(session, actor, view, language=language, now=now)


def listed(session: Session, actor: Actor, view: tasks.TaskView, *, language: str = "zh", now: datetime) -> list[Gap]:
    """Do what ``gaps`` does for a task that has been read already. Only forms that a bureau checks have gaps."""
    if view.form is None or "complete" not in view.allowed or view.task.form not in CHECKS:
        return []
    found = list(_corrections(session, actor, view.task, language))
    found += _fields(session, actor, view, view.form, language, now)
    found += _phases(session, view.task, language)
    found += _figures(session, view, view.form)
    return found


# ---- what the bureau asked for -----------------------------------------------------------------------------------


def _corrections(session: Session, actor: Actor, task: Task, language: str) -> Iterator[Gap]:
    """Give what the last check asked for, unless a newer version has been handed in since."""
    form, key = CHECKS.get(task.form, ("", ""))
    check = _last(session, actor, task, form) if form else None
    own = _last(session, actor, task, task.form)
    if check is None or check.answers.get("decision") == "accept" or (own and own.submitted_at > check.submitted_at):
        return
    reason = str(check.answers.get("reason") or "")
    codes = check.answers.get(key) or [] if key else []
    words = _choices(session, task, form, key, language)
    for code in codes:
        place_form, field = PLACES[task.form].get(code, (task.form, ""))
        yield Gap("correction", words.get(code, code), reason, _holder(session, task, place_form), field)
    if not codes:
        yield Gap("correction", "", reason, task.id)


def _last(session: Session, actor: Actor, task: Task, form: str) -> Submission | None:
    """Give what was handed in last under a form within the diagram of the task; other diagrams have checks of theirs."""
    query = (
        select(Submission)
        .join(Task, Task.id == Submission.task_id)
        .where(
            Submission.instance_id == task.instance_id,
            Submission.form == form,
            Task.process == task.process,
            access.visible(actor, Submission),
        )
    )
    return session.scalars(query.order_by(Submission.submitted_at.desc()).limit(1)).one_or_none()


def _choices(session: Session, task: Task, form: str, key: str, language: str) -> dict[str, str]:
    schema = _schema(session, task, form)
    for component in _components(localise(schema, language)) if schema else ():
        if component.get("key") == key:
            return {str(one["value"]): str(one["label"]) for one in component.get("values", [])}
    return {}


def _components(node: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    for one in node.get("components", []):
        yield one
        yield from _components(one)


def _schema(session: Session, task: Task, form: str) -> dict[str, Json] | None:
    definition = select(Instance.definition_id).where(Instance.id == task.instance_id).scalar_subquery()
    return session.scalar(select(Form.content).where(Form.definition_id == definition, Form.key == form))


def _holder(session: Session, task: Task, form: str) -> str:
    """Give the task in which a form of the case is filled in: this one, an open one, else the last one."""
    if form == task.form:
        return task.id
    query = select(Task.id).where(Task.instance_id == task.instance_id, Task.form == form)
    return session.scalar(query.order_by(Task.status != "open", Task.opened_at.desc()).limit(1)) or ""


# ---- what the form says ------------------------------------------------------------------------------------------


def _fields(
    session: Session, actor: Actor, view: tasks.TaskView, schema: dict[str, Json], language: str, now: datetime
) -> Iterator[Gap]:
    form = compile_form(schema)
    query = select(Attachment).where(access.visible(actor, Attachment), Attachment.removed_at.is_(None))
    own = (Attachment.instance_id == view.task.instance_id) | (Attachment.uploaded_by == actor.person_id)
    files = {row.id: FileInfo(row.id, row.name, row.size, row.media_type) for row in session.scalars(query.where(own))}
    try:
        form.load(
            view.data,
            context=view.context,
            stored=view.data,
            files=files.get,
            feel=for_thread(),
            now=now,
            language=language,
        )
    except ValidationError as error:
        faults: dict[str, Json] = error.normalized_messages()  # type: ignore[no-untyped-call]
        known = {str(one["id"]): one for one in _components(schema) if one.get("id")}
        for key, messages in faults.items():
            field = known.get(key, {})
            kind = "attachment" if field.get("type") == "attachment" else "field"
            label = str(field.get("label") or field.get("dateLabel") or key)
            yield Gap(kind, label, "；".join(dict.fromkeys(_flat(messages))), view.task.id, key)


def _flat(messages: Json) -> Iterator[str]:
    if isinstance(messages, str):
        yield messages
    elif isinstance(messages, Mapping):
        for inner in messages.values():
            yield from _flat(inner)
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flat(inner)


# ---- what the phases say -----------------------------------------------------------------------------------------


def _phases(session: Session, task: Task, language: str) -> Iterator[Gap]:
    """Give the phases without a submission, and those that are open again."""
    wanted = PHASES.get(task.form, ())
    done = set(session.scalars(select(Submission.form).where(Submission.instance_id == task.instance_id)))
    query = select(Task).where(Task.instance_id == task.instance_id, Task.form.in_(wanted), Task.status == "open")
    open_ = {row.form: row for row in session.scalars(query)}
    for form in wanted:
        if form in done and form not in open_:
            continue
        row = open_.get(form)
        name = ((language == "en" and row.name_en) or row.name) if row else _title(session, task, form, language)
        yield Gap("phase", name or form, "", row.id if row else "")


def _title(session: Session, task: Task, form: str, language: str) -> str:
    """Give the heading of a form: the label of its first group."""
    schema = _schema(session, task, form)
    groups = localise(schema, language).get("components", []) if schema else []
    return str(next((one.get("label") for one in groups if one.get("type") == "group"), ""))


def _figures(session: Session, view: tasks.TaskView, schema: dict[str, Json]) -> Iterator[Gap]:
    """Give the figures of a report that are not those of the phases they come from."""
    if view.task.form != "audit_report":
        return
    labels = {str(one.get("key")): str(one.get("label")) for one in _components(schema)}
    expected = form_data(session, view.task, {})
    for key in FIGURES:
        says, phase = view.data.get(key), expected.get(key)
        if isinstance(says, (int, float)) and isinstance(phase, (int, float)) and abs(says - phase) > _NEAR:
            yield Gap("figure", labels.get(key, key), "", view.task.id, key, says=f"{says:g}", expected=f"{phase:g}")
