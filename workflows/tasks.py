"""What waits for a person: complete, claim, release, and the page of one task; with the lists and the drafts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from marshmallow import ValidationError
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from feel import FeelError, for_thread, names_read
from forms import FileInfo, classed_files, compile_form, localise, named_files
from workflows import access, drafts, rights, runtime, trail
from workflows.access import Actor
from workflows.application import Application
from workflows.db import storable
from workflows.drafts import OPINION_LENGTH, draft_of, keep_as_draft, save_draft
from workflows.engine.step import Complete
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.inbox import deadline_state, done, done_count, my_drafts, todo, todo_count
from workflows.models import Attachment, Draft, Instance, Submission, Task

__all__ = [
    "Completed",
    "TaskView",
    "Waiting",
    "claim",
    "complete",
    "deadline_state",
    "done",
    "done_count",
    "draft_of",
    "keep_as_draft",
    "my_drafts",
    "note",
    "outcome",
    "record_class",
    "release",
    "save_draft",
    "todo",
    "todo_count",
    "view",
]

Json = Any
SECRET = ("restricted", "confidential")
"""The record classes that a task or a field may name, the more secret one last."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task that now waits for somebody else: its names, its role, and who may be behind it."""

    task_id: str
    name: str
    name_en: str
    role: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """What came of a completion: the actor's own next tasks, and who has it now otherwise."""

    task: Task
    instance: Instance
    next_tasks: tuple[Task, ...]
    waiting_for: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class TaskView:
    """All that the page of a task shows. ``form`` is None for a task without one; ``data`` fills it.

    ``allowed`` holds what ``rights.allowed`` says. Without ``complete`` the
    form is for reading: ``data`` are the submitted answers, or nothing where the actor may not read them. ``sees_case``
    says whether the case may be shown beside it: one's own done task stays readable after one has left the case.
    ``acts_for`` names the absent colleague for whom the actor would do it, or for whom it was done; "" for none.
    """

    task: Task
    instance: Instance
    form: dict[str, Json] | None
    context: dict[str, Json]
    data: dict[str, Json]
    draft: Draft | None
    submission: Submission | None
    holder: str
    allowed: frozenset[str]
    sees_case: bool
    acts_for: str


# ---- completing ------------------------------------------------------------------------------------------------


def complete(
    session: Session,
    app: Application,
    actor: Actor,
    task_id: str,
    answers: Mapping[str, Json],
    *,
    opinion: str = "",
    draft_version: int | None = None,
    language: str = "zh",
    now: datetime,
) -> Completed:
    """Finish a task with answers; an unclaimed one is claimed by it.

    Raises NotFound, NotAllowed, Conflict (``task_done``, ``task_closed``, ``held_by``, ``suspended``, ``busy``,
    ``draft_changed``), Invalid with ``fields`` and EngineError. On Invalid and EngineError the edge keeps the answers
    with ``keep_as_draft`` in a new transaction.
    """
    instance, task, draft, actor = access.task_to_complete(session, actor, task_id)
    form = _form(session, app, instance, task)
    opinion = storable(opinion).strip()
    if len(opinion) > OPINION_LENGTH:
        raise Invalid("too_large", {"opinion": [f"<= {OPINION_LENGTH}"]})
    if draft_version is not None and draft and draft != draft_version:
        drafts.draft_changed(session, actor, task.id)
    if draft:
        session.execute(delete(Draft).where(Draft.task_id == task.id, Draft.person_id == actor.person_id))
    clean, shown = _check(session, app, actor, instance, task, form, answers, language, now)
    _close(session, actor, instance, task, clean, shown, opinion, now)
    secret = record_class(task) == "score"
    told = {**_named(task), "opinion": "" if secret else opinion, "answers": _digest(clean)}
    ran = runtime.run(session, app, instance, Complete(task.id, runtime.plain(clean)), actor, now, told)
    return outcome(actor, instance, task, ran)


def record_class(task: Task) -> str:
    """Say who may read the answers of a task: ``internal``, ``score``, ``restricted`` or ``confidential``."""
    named = task.actions.get("record")
    if named in {"internal", "score", *SECRET}:
        return str(named)
    return "score" if task.form.endswith("score_sheet") else "internal"


def _check(
    session: Session,
    app: Application,
    actor: Actor,
    instance: Instance,
    task: Task,
    form: dict[str, Json] | None,
    answers: Mapping[str, Json],
    language: str,
    now: datetime,
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Give the clean answers and what the person was shown, as hashes; raises Invalid. Binds the files named."""
    if form is None:
        return {}, {"definition": instance.definition_id, "form": "", "data": "", "files": []}
    context = _named_variables(instance, form) | app.form_context(session, task, language, now)
    stored = app.form_data(session, task, _earlier(session, actor, task)) if _has_readonly(form) else {}
    files = _files(session, actor, task, answers)
    infos = {one.id: FileInfo(one.id, one.name, one.size, one.media_type) for one in files}
    try:
        clean = compile_form(form).load(
            answers, context=context, stored=stored, files=infos.get, feel=for_thread(), now=now, language=language
        )
    except ValidationError as error:
        fields: dict[str, Json] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise Invalid("invalid", fields) from error
    named = set(named_files(clean)) if files else set()
    if named:
        _bind(session, task, [one for one in files if one.id in named], form, clean)
    shown = {
        "definition": instance.definition_id,
        "form": _digest(form),
        "data": _digest({"context": context, "stored": stored}),
        "files": sorted(one.sha256 for one in files if one.id in named),
    }
    return clean, shown


def _close(
    session: Session,
    actor: Actor,
    instance: Instance,
    task: Task,
    clean: dict[str, Json],
    shown: dict[str, Json],
    opinion: str,
    now: datetime,
) -> None:
    task.status, task.closed_at, task.closed_by = "completed", now, actor.person_id
    task.assignee_id, task.claimed_at = actor.person_id, task.claimed_at or now
    task.acted_for = actor.acts_for.person_id if actor.acts_for else None
    task.opinion = "" if record_class(task) == "score" else opinion
    session.add(
        Submission(
            task_id=task.id,
            instance_id=instance.id,
            element=task.element,
            form=task.form,
            answers=clean,
            opinion=opinion,
            record_class=record_class(task),
            shown=shown,
            submitted_at=now,
            submitted_by=actor.person_id,
        )
    )


def outcome(actor: Actor, instance: Instance, task: Task, ran: runtime.Ran) -> Completed:
    """Say who has it now, after a command on a task."""
    own, others = [], []
    for opened in ran.opened:
        offer = ran.offers[opened.id]
        if opened.assignee_id in {None, actor.person_id} and not actor.principals.isdisjoint(offer.principals):
            own.append(opened)
        else:
            others.append(Waiting(opened.id, opened.name, opened.name_en, opened.role, offer.names))
    return Completed(task, instance, tuple(own), tuple(others))


def _named(task: Task) -> dict[str, Json]:
    return {"task": task.id, "element": task.element, "process": task.process, "name": task.name} | {
        "name_en": task.name_en,
        "form": task.form,
        "role": task.role,
    }


def _form(session: Session, app: Application, instance: Instance, task: Task) -> dict[str, Json] | None:
    """Give the form of a task, None for a task without one."""
    form = runtime.loaded(session, app, instance.definition_id).forms.get(task.form)
    maker = app.task_forms.get(task.form)
    return maker(session, task, form) if maker is not None and form is not None else form


# ---- what a form is given --------------------------------------------------------------------------------------


def _named_variables(instance: Instance, form: dict[str, Json]) -> dict[str, Json]:
    """Give the instance's variables that a form's expressions name; what the field hands in comes over them."""
    wanted = _reads(orjson.dumps(form).decode())
    return {name: value for name, value in instance.variables.items() if name in wanted}


@lru_cache(maxsize=256)
def _reads(form: str) -> frozenset[str]:
    """Give the names that the expressions of a form read: the JSON texts that begin with "="."""
    names: set[str] = set()
    for text in re.findall(r'"=(?:[^"\\]|\\.)*"', form):
        with suppress(FeelError):
            names |= names_read(orjson.loads(text)[1:])
    return frozenset(names)


def _earlier(session: Session, actor: Actor, task: Task) -> dict[str, Json]:
    """Give the last answers to the same form in the same instance, for who must correct them.

    An officer judges afresh, and so does an expert: their forms start empty.
    """
    if record_class(task) == "score" or any(task.region_path.startswith(path) for path in actor.regions):
        return {}
    query = (
        select(Submission.answers)
        .where(
            Submission.instance_id == task.instance_id,
            Submission.form == task.form,
            access.visible(actor, Submission),
        )
        .order_by(Submission.submitted_at.desc(), Submission.task_id.desc())
        .limit(1)
    )
    return session.scalar(query) or {}


def _has_readonly(value: Json) -> bool:
    """Say whether a form keeps stored values: only then must they be read to check its answers."""
    if isinstance(value, Mapping):
        return bool(value.get("readonly")) or any(_has_readonly(inner) for inner in value.values())
    return isinstance(value, list) and any(_has_readonly(inner) for inner in value)


def _files(session: Session, actor: Actor, task: Task, answers: Mapping[str, Json]) -> list[Attachment]:
    """Give the files that the answers may name: one's own new ones, and those of the instance one sees."""
    ids = sorted(set(named_files(answers)))[:1000]
    if not ids:
        return []
    own = and_(
        Attachment.uploaded_by == actor.person_id, or_(Attachment.task_id == task.id, Attachment.task_id.is_(None))
    )
    here = or_(Attachment.instance_id == task.instance_id, and_(own, Attachment.instance_id.is_(None)))
    query = select(Attachment).where(Attachment.id.in_(ids), here, access.visible(actor, Attachment))
    return list(session.scalars(query))


def _bind(
    session: Session, task: Task, files: list[Attachment], form: dict[str, Json], answers: dict[str, Json]
) -> None:
    """Make files those of a task and as secret as its answers, or as their field says."""
    ids = [one.id for one in files if one.task_id in {None, task.id}]
    if ids:
        values = {"instance_id": task.instance_id, "task_id": task.id, "record_class": record_class(task)}
        session.execute(update(Attachment).where(Attachment.id.in_(ids)).values(values))
    for secret in SECRET:
        kept = classed_files(form, answers, secret).intersection(ids)
        if kept:
            session.execute(update(Attachment).where(Attachment.id.in_(sorted(kept))).values(record_class=secret))


def _digest(value: Json) -> str:
    return hashlib.sha256(trail.canonical(value)).hexdigest()


# ---- claiming --------------------------------------------------------------------------------------------------


def claim(session: Session, actor: Actor, task_id: str, *, now: datetime) -> Task:
    """Take an offered task (签收). Taking it again changes nothing. Raises as ``complete`` does."""
    _, task, _, actor = access.task_to_complete(session, actor, task_id)
    if task.assignee_id != actor.person_id:
        old = access.name_of(session, task.assignee_id) if task.assignee_id else None
        task.assignee_id, task.claimed_at = actor.person_id, now
        note(session, actor, task, "task.claimed", {"old": old, "new": actor.name}, now)
    return task


def release(session: Session, actor: Actor, task_id: str, *, now: datetime) -> Task:
    """Put a task back (放回), so that every candidate may take it again. One's draft stays one's own.

    Raises Conflict ``not_held``, NotAllowed ``assigned`` for a task that was assigned to this very person.
    """
    task = access.task_to_complete(session, actor, task_id).task
    if task.assignee_id is None:
        raise Conflict("not_held")
    if task.actions.get("persons"):
        raise NotAllowed("assigned")
    task.assignee_id = task.claimed_at = None
    note(session, actor, task, "task.released", {"old": actor.name, "new": None}, now)
    return task


def note(session: Session, actor: Actor, task: Task, action: str, change: Mapping[str, Json], now: datetime) -> None:
    """Write an act on a task into the trail of its instance."""
    behalf = actor.acts_for
    trail.append(
        session,
        chain=task.instance_id,
        actor=actor,
        action=action,
        subject_type="task",
        subject_id=task.id,
        payload={**_named(task), **change, **({"acted_for": behalf.name} if behalf else {})},
        now=now,
        on_behalf_of=behalf.person_id if behalf else None,
    )


# ---- the page --------------------------------------------------------------------------------------------------


def view(
    session: Session, app: Application, actor: Actor, task_id: str, *, language: str = "zh", now: datetime
) -> TaskView:
    """Give all that the page of a task shows; raises NotFound."""
    task = access.task(session, actor, task_id)
    instance = session.get_one(Instance, task.instance_id)
    allowed = rights.allowed(session, actor, instance, task)
    form = _form(session, app, instance, task)
    draft = draft_of(session, actor, task_id)
    submission = session.scalars(
        select(Submission).where(Submission.task_id == task_id, access.visible(actor, Submission))
    ).one_or_none()
    context: dict[str, Json] = {}
    if form is not None and (submission is not None or "complete" in allowed):
        context = _named_variables(instance, form) | app.form_context(session, task, language, now)
    if submission is not None:
        data = submission.answers
    elif "complete" in allowed:
        data = draft.answers if draft else app.form_data(session, task, _earlier(session, actor, task))
    else:
        data = {}
    return TaskView(
        task=task,
        instance=instance,
        form=localise(form, language) if form is not None else None,
        context=context,
        data=dict(data),
        draft=draft,
        submission=submission,
        holder=access.name_of(session, task.assignee_id) if task.assignee_id else "",
        allowed=allowed,
        sees_case=bool(access.seen_instances(session, actor, [instance.id])),
        acts_for=rights.acts_for(session, actor, task),
    )
