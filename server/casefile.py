"""What stands on the page of a case beside the case itself: stages, parties, letters, submissions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import dossiers, letters, score_sheets
from audits.models import Letter
from forms import localise
from server.answers import Fact, facts
from server.filters import local_name
from server.house import application
from server.labels import role_name
from server.language import language, pick
from server.stages import stage_name
from server.submissions import CHECKED
from workflows import access
from workflows.access import Actor
from workflows.models import (
    DefinitionFile,
    Form,
    Instance,
    Organisation,
    Party,
    Person,
    StepRecord,
    Submission,
    Task,
)


@dataclass(frozen=True, slots=True)
class Submitted:
    """One submission as the page of a case shows it."""

    task_id: str
    form: str
    name: str
    stage: str
    by: str
    at: datetime
    opinion: str
    facts: list[Fact]
    record_class: str


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A party in words."""

    role: str
    name: str
    since: datetime
    until: datetime | None
    is_over: bool


def visited(session: Session, actor: Actor, case_id: str) -> set[str]:
    """Give the ids of the processes that a case has entered."""
    query = select(StepRecord.process).where(StepRecord.instance_id == case_id, access.visible(actor, StepRecord))
    return set(session.scalars(query.distinct()))


def known_processes(session: Session, definition_id: str) -> set[str]:
    """Give the ids of the processes of a definition: one a diagram, named like it."""
    names = session.scalars(select(DefinitionFile.name).where(DefinitionFile.definition_id == definition_id))
    return {PurePath(name).stem for name in names if name.endswith(".bpmn")}


def parties_shown(session: Session, rows: Iterable[Party], now: datetime) -> list[PartyLine]:
    """Put parties into words."""
    parties = list(rows)
    organisations = {
        row.id: local_name(row)
        for row in session.scalars(
            select(Organisation).where(Organisation.id.in_({row.organisation_id for row in parties}))
        )
    }
    people = person_names(session, {row.person_id for row in parties if row.person_id})
    roles = application().roles
    return [
        PartyLine(
            role=role_name(roles, row.role),
            name=people.get(row.person_id or "") or organisations.get(row.organisation_id or "", ""),
            since=row.since,
            until=row.until,
            is_over=row.until is not None and row.until <= now,
        )
        for row in parties
    ]


def person_names(session: Session, ids: set[str]) -> dict[str, str]:
    """Give the names of people."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def documents(session: Session, case_id: str) -> list[Letter]:
    """Give the letters of a case that was fetched through ``access``, the newest first."""
    return sorted(letters.for_case(session, case_id), key=lambda row: row.created_at, reverse=True)


@dataclass(frozen=True, slots=True)
class RightLine:
    """A right against a letter, as a page shows it."""

    letter: Letter
    name: str
    since: date | None
    until: date | None
    provisional: bool
    is_over: bool
    basis: str


def rights_shown(session: Session, rows: Iterable[Letter], today: date) -> list[RightLine]:
    """Put the rights against some letters into words."""
    return [
        RightLine(
            letter=row,
            name=pick(*one.names),
            since=one.since,
            until=one.until,
            provisional=one.provisional,
            is_over=one.until is not None and one.until < today,
            basis=pick(*one.basis),
        )
        for row in rows
        for one in letters.rights_of(session, row)
    ]


def openers(session: Session, tasks: Iterable[Task]) -> dict[str, str]:
    """Say who has each open task: a name, or the role that may take it."""
    rows = list(tasks)
    names = person_names(session, {row.assignee_id for row in rows if row.assignee_id})
    roles = application().roles
    return {row.id: names.get(row.assignee_id or "") or role_name(roles, row.role) for row in rows}


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed in earlier in a case, as the page of a later task names it."""

    task_id: str
    name: str
    by: str
    at: datetime
    is_checked: bool


def handed_in(session: Session, actor: Actor, task: Task) -> list[Handed]:
    """Give the last submission of every form of a task's case that the actor may read, the newest first.

    What a checking task is about, the last one of its own diagram, is marked and comes before the others. Who scores
    is given what their panel began with, whatever was submitted since.
    """
    query = (
        select(Submission.form, Submission.submitted_at, Task, Person.name)
        .join(Task, Task.id == Submission.task_id)
        .outerjoin(Person, Person.id == Submission.submitted_by)
        .where(Submission.instance_id == task.instance_id, Submission.task_id != task.id)
        .where(Submission.form != "", access.visible(actor, Submission))
        .order_by(Submission.submitted_at.desc(), Submission.task_id)
    )
    kept = dossiers.tasks_of(session, task) if task.form in score_sheets.FORMS else None
    if kept is not None:
        query = query.where(Submission.task_id.in_(sorted(kept)))
    last: dict[str, Handed] = {}
    for form, at, done, name in session.execute(query):
        checked = (
            task.form in CHECKED and done.process == task.process and not any(one.is_checked for one in last.values())
        )
        last.setdefault(form, Handed(done.id, local_name(done), name or "", at, checked))
    return sorted(last.values(), key=lambda one: not one.is_checked)


def answers_shown(session: Session, actor: Actor, case_id: str) -> list[Submitted]:
    """Give the submissions of a case that the actor may read, the newest first."""
    query = (
        select(Submission, Task, Person.name)
        .join(Task, Task.id == Submission.task_id)
        .outerjoin(Person, Person.id == Submission.submitted_by)
        .where(Submission.instance_id == case_id, access.visible(actor, Submission))
        .order_by(Submission.submitted_at.desc())
    )
    found = session.execute(query).all()
    if not found:
        return []
    instance = session.get_one(Instance, case_id)
    schemas = {
        row.key: row.content
        for row in session.scalars(select(Form).where(Form.definition_id == instance.definition_id))
    }
    names = _names_in(session, [submission.answers for submission, _task, _name in found])
    return [
        Submitted(
            task_id=task.id,
            form=submission.form,
            name=local_name(task),
            stage=stage_name(task.process),
            by=name or "",
            at=submission.submitted_at,
            opinion=submission.opinion,
            facts=facts(_form_of(session, task, schemas), submission.answers, names),
            record_class=submission.record_class,
        )
        for submission, task, name in found
    ]


def _form_of(session: Session, task: Task, schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Give the form that a task was answered by; {} for one without."""
    form = schemas.get(task.form)
    if form is None:
        return {}
    maker = application().task_forms.get(task.form)
    return localise(maker(session, task, form) if maker else form, language())


def _names_in(session: Session, answers: list[dict[str, object]]) -> dict[str, str]:
    ids = {item for one in answers for value in one.values() for item in _texts(value)}
    wanted = {item for item in ids if len(item) == len("00000000-0000-0000-0000-000000000000")}
    if not wanted:
        return {}
    organisations = session.scalars(select(Organisation).where(Organisation.id.in_(wanted)))
    return person_names(session, wanted) | {row.id: local_name(row) for row in organisations}


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
