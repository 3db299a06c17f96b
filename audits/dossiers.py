"""The dossier of a panel (评审卷宗): the submissions and files as they stood when it was appointed, by hash.

A later submission does not change it: what was submitted is never rewritten, and the list names what the panel judges.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audits import access, submissions
from audits.models import Case, Panel
from forms import named_files
from workflows import access as rows
from workflows.access import SYSTEM, Actor
from workflows.models import Attachment, Submission, Task
from workflows.trail import canonical

Json = Any


@dataclass(frozen=True, slots=True)
class Document:
    """A submission of a dossier. ``holds``: what is stored has the hash noted; ``newer``: submitted anew since."""

    task: Task
    submitted_at: datetime
    sha256: str
    files: tuple[dict[str, Json], ...]
    holds: bool
    newer: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """What a panel judges, as far as the actor may read it; ``sha256`` is over the whole list."""

    panel: Panel
    case: Case
    sha256: str
    documents: tuple[Document, ...]


def freeze(session: Session, case: Case) -> list[dict[str, Json]]:
    """Note the last submission of every form of a case with its hash and its files; no scores, no appointments."""
    query = select(Submission).where(
        Submission.instance_id == case.id, Submission.form.notin_(("", "panel_appointment")),
        Submission.record_class.not_in(("score", "withheld")),
    )  # fmt: skip
    last: dict[str, Submission] = {}
    for row in session.scalars(query.order_by(Submission.submitted_at, Submission.task_id)):
        last[row.form] = row
    return [
        {
            "task": row.task_id,
            "form": form,
            "submitted_at": row.submitted_at.isoformat(),
            "sha256": submissions.digest(submissions.document(session, SYSTEM, row.task_id)),
            "files": _files(session, case.id, row.answers),
        }
        for form, row in sorted(last.items())
    ]


def _files(session: Session, case_id: str, answers: Json) -> list[dict[str, Json]]:
    query = select(Attachment).where(Attachment.id.in_(sorted(set(named_files(answers)))))
    found = session.scalars(query.where(Attachment.instance_id == case_id).order_by(Attachment.id))
    return [{"id": one.id, "name": one.name, "size": one.size, "sha256": one.sha256} for one in found]


def panel_of(session: Session, task: Task) -> Panel | None:
    """Give the panel that a scoring task belongs to: the last one appointed before the task was opened."""
    query = select(Panel).where(Panel.case_id == task.instance_id, Panel.appointed_at <= task.opened_at)
    return session.scalar(query.order_by(Panel.appointed_at.desc()).limit(1))


def tasks_of(session: Session, task: Task) -> frozenset[str] | None:
    """Give the submissions that the panel of a scoring task judges; None where none were noted."""
    panel = panel_of(session, task)
    noted = panel.detail.get("dossier") if panel else None
    return frozenset(str(one["task"]) for one in noted) if noted else None


def of_panel(session: Session, actor: Actor, panel_id: str) -> Dossier:
    """Give the dossier of a panel; each document only to who may read it. Raises NotFound."""
    panel = access.fetch(session, actor, Panel, panel_id)
    noted: list[dict[str, Json]] = panel.detail.get("dossier") or []
    ids = [str(one["task"]) for one in noted]
    query = (
        select(Task)
        .join(Submission, Submission.task_id == Task.id)
        .where(Submission.task_id.in_(ids), rows.visible(actor, Submission))
    )
    readable = {task.id: task for task in session.scalars(query)}
    files = set(session.scalars(select(Attachment.id).where(_named(noted), rows.visible(actor, Attachment))))
    latest = _latest(session, panel.case_id, (str(one["form"]) for one in noted))
    documents = tuple(
        Document(
            task=readable[one["task"]],
            submitted_at=datetime.fromisoformat(one["submitted_at"]),
            sha256=one["sha256"],
            files=tuple(file for file in one["files"] if file["id"] in files),
            holds=submissions.digest(submissions.document(session, SYSTEM, one["task"])) == one["sha256"],
            newer=latest[one["form"]] > datetime.fromisoformat(one["submitted_at"]),
        )
        for one in noted
        if one["task"] in readable
    )
    whole = hashlib.sha256(canonical(noted)).hexdigest()
    return Dossier(panel, session.get_one(Case, panel.case_id), whole, documents)


def _named(noted: list[dict[str, Json]]) -> Any:
    return Attachment.id.in_(sorted({str(file["id"]) for one in noted for file in one["files"]}))


def _latest(session: Session, case_id: str, forms: Iterable[str]) -> dict[str, datetime]:
    query = select(Submission.form, func.max(Submission.submitted_at)).where(
        Submission.instance_id == case_id, Submission.form.in_(sorted(set(forms)))
    )
    return {form: at for form, at in session.execute(query.group_by(Submission.form))}  # noqa: C416  a row is no pair
