"""What was submitted: its versions, what changed from one to the next, and the document whose hash a receipt carries.

The document of a submission is canonical JSON (sorted keys, no spaces, UTF-8) of all its answers and of the SHA-256 of
every file in it. Whoever holds it computes the hash of the receipt with any tool.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access
from audits.models import Letter
from forms import compile_form, named_files
from workflows import access as rows
from workflows import trail
from workflows.access import SYSTEM, Actor
from workflows.errors import NotFound
from workflows.models import Attachment, Form, Instance, Person, Submission, Task

Json = Any
Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Version:
    """One submission of a form in a case; ``number`` counts from 1."""

    task_id: str
    form: str
    number: int
    label: str
    at: datetime
    by: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in two versions. ``change`` is added, removed, changed or same; files carry their SHA-256."""

    section: str
    label: str
    old: str
    new: str
    change: str
    old_files: tuple[dict[str, Json], ...] = ()
    new_files: tuple[dict[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions side by side; ``versions`` are all there are, ``rows`` in the order of the form."""

    versions: tuple[Version, ...]
    old: Version | None
    new: Version
    rows: tuple[Difference, ...]

    @property
    def changes(self) -> tuple[Difference, ...]:
        """Give the rows that differ."""
        return tuple(row for row in self.rows if row.change != "same")


# ---- the document and its hash ---------------------------------------------------------------------------------


def document(session: Session, actor: Actor, task_id: str) -> bytes:
    """Write what was submitted for a task as canonical JSON; NotFound where the actor may not read it."""
    found = session.execute(
        select(Submission.answers, Submission, Instance.business_key)
        .join(Instance, Instance.id == Submission.instance_id)
        .where(Submission.task_id == task_id, rows.visible(actor, Submission))
    ).one_or_none()
    if found is None:
        raise NotFound("submission_not_found")
    answers, submission, number = found
    return trail.canonical(
        {
            "format": "qingshen-submission-1",
            "case": number,
            "task": submission.task_id,
            "element": submission.element,
            "form": submission.form,
            "submitted_at": submission.submitted_at,
            "submitted_by": submission.submitted_by,
            "opinion": submission.opinion,
            "answers": answers,
            "files": _files(session, submission.instance_id, answers),
        }
    )


def digest(content: bytes) -> str:
    """Compute the hash that a receipt carries."""
    return hashlib.sha256(content).hexdigest()


def receipt(session: Session, case_id: str, form: str) -> dict[str, Json]:
    """Say of the last submission of a form what a receipt says: hash, version, time, files. NotFound without one."""
    found = _submissions(session, SYSTEM, case_id, form)
    if not found:
        raise NotFound("submission_not_found", form=form)
    last = found[-1]
    content = document(session, SYSTEM, last.task_id)
    return {
        "task": last.task_id,
        "form": form,
        "number": len(found),
        "version": str(last.answers.get("version") or ""),
        "submitted_at": last.submitted_at.isoformat(),
        "files": len(_files(session, case_id, last.answers)),
        "sha256": digest(content),
    }


def holds(session: Session, letter: Letter) -> bool | None:
    """Say whether what is stored still has the hash that a letter carries; None for a letter that carries none."""
    told = letter.data.get("submission")
    if not told:
        return None
    try:
        return digest(document(session, SYSTEM, str(told["task"]))) == str(told["sha256"])
    except NotFound:
        return False


def _files(session: Session, instance_id: str, answers: Mapping[str, Json]) -> list[dict[str, Json]]:
    ids = sorted(set(named_files(answers)))
    query = select(Attachment).where(Attachment.id.in_(ids), Attachment.instance_id == instance_id)
    return [
        {"id": row.id, "name": row.name, "size": row.size, "sha256": row.sha256}
        for row in session.scalars(query.order_by(Attachment.id))
    ]


# ---- versions --------------------------------------------------------------------------------------------------


def _submissions(session: Session, actor: Actor, case_id: str, form: str) -> list[Submission]:
    query = (
        select(Submission)
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.instance_id == case_id, Submission.form == form, rows.visible(actor, Submission))
    )
    ordered = query.order_by(Submission.submitted_at, Task.opened_at, Task.visit, Task.id)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def versions(session: Session, actor: Actor, case_id: str, form: str) -> tuple[Version, ...]:
    """Give the versions of a form in a case that the actor may read, the first one first. Raises NotFound."""
    access.case(session, actor, case_id)
    return _versions(session, _submissions(session, actor, case_id, form))


def checked_form(session: Session, actor: Actor, task: Task) -> str:
    """Give the form that a checking task is about: the one last handed in within its diagram; "" where there is none."""
    query = (
        select(Submission.form)
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.instance_id == task.instance_id, Task.process == task.process)
        .where(Submission.form.not_in(["", task.form]), rows.visible(actor, Submission))
        .order_by(Submission.submitted_at.desc(), Submission.task_id)
    )
    return session.scalars(query.limit(1)).first() or ""


def _versions(session: Session, found: Iterable[Submission]) -> tuple[Version, ...]:
    listed = list(found)
    people = select(Person.id, Person.name).where(Person.id.in_({one.submitted_by for one in listed}))
    names: dict[str, str] = {row.id: row.name for row in session.execute(people)}
    return tuple(
        Version(
            task_id=one.task_id,
            form=one.form,
            number=number,
            label=str(one.answers.get("version") or ""),
            at=one.submitted_at,
            by=names.get(one.submitted_by, ""),
            sha256=digest(document(session, SYSTEM, one.task_id)),
        )
        for number, one in enumerate(listed, 1)
    )


def compare(
    session: Session, actor: Actor, case_id: str, form: str, *, old: int = 0, new: int = 0, language: str = "zh"
) -> Comparison:
    """Set two versions of a form side by side, field by field and file by file; without numbers the last two.

    A first version is compared with nothing. Raises NotFound where the case, or a version, is not to be seen.
    """
    access.case(session, actor, case_id)
    found = _submissions(session, actor, case_id, form)
    new = new or len(found)
    old = old or new - 1
    if not 0 < new <= len(found) or not 0 <= old <= len(found):
        raise NotFound("submission_not_found", form=form)
    listed = _versions(session, found)
    instance = session.get_one(Instance, case_id)
    schema = session.get(Form, (instance.definition_id, form))
    before = found[old - 1].answers if old else {}
    after = found[new - 1].answers
    shas = {one["id"]: one["sha256"] for answers in (before, after) for one in _files(session, case_id, answers)}
    rows_ = _differences(schema.content if schema else {}, before, after, shas, language)
    return Comparison(listed, listed[old - 1] if old else None, listed[new - 1], tuple(rows_))


def _differences(
    schema: dict[str, Json],
    before: Mapping[str, Json],
    after: Mapping[str, Json],
    shas: Mapping[str, str],
    language: str,
) -> Iterator[Difference]:
    """Go through the lines of both versions in the order of the form; what only one of them has keeps its place."""
    form = compile_form(schema)
    left, right = (_keyed(form.display(answers, language)) for answers in (before, after))
    files = {
        (english[0], english[1]) if language == "en" else (field.section, field.label): field.path
        for field in form.fields
        if field.type == "attachment" and not field.lists
        for english in [(field.section_en, field.label_en)]
    }
    for key in _merged(list(left), list(right)):
        old, new = left.get(key, ""), right.get(key, "")
        if not old and not new:
            continue
        old_files, new_files = (_named(answers, files.get(key[:2]), shas) for answers in (before, after))
        same = old == new and [one["sha256"] for one in old_files] == [one["sha256"] for one in new_files]
        change = "same" if same else "added" if not old else "removed" if not new else "changed"
        yield Difference(*key[:2], old, new, change, old_files, new_files)


def side_by_side(before: Iterable[tuple[str, str, str]], after: Iterable[tuple[str, str, str]]) -> list[Difference]:
    """Compare two documents line by line: section, label, text. What only one has keeps its place."""
    left, right = _keyed(before), _keyed(after)
    found = []
    for key in _merged(list(left), list(right)):
        old, new = left.get(key, ""), right.get(key, "")
        if old or new:
            change = "same" if old == new else "added" if not old else "removed" if not new else "changed"
            found.append(Difference(*key[:2], old, new, change))
    return found


def _keyed(lines: Iterable[tuple[str, str, str]]) -> dict[Place, str]:
    """Give the text of each line by section, label, and how often both stood there before."""
    found: dict[Place, str] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for section, label, text in lines:
        found[section, label, seen[section, label]] = text
        seen[section, label] += 1
    return found


def _named(
    answers: Mapping[str, Json], path: tuple[str, ...] | None, shas: Mapping[str, str]
) -> tuple[dict[str, Json], ...]:
    value: Json = answers if path else None
    for step in path or ():
        value = value.get(step) if isinstance(value, Mapping) else None
    listed = [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
    return tuple(
        {"id": one["id"], "name": one.get("name", ""), "sha256": shas.get(str(one["id"]), "")} for one in listed
    )


def _merged(left: list[Place], right: list[Place]) -> list[Place]:
    """Put two orders together: what is only in one stands behind what it followed there."""
    merged = list(right)
    for place, key in enumerate(left):
        if key not in merged:
            ahead = next((merged.index(one) + 1 for one in reversed(left[:place]) if one in merged), 0)
            merged.insert(ahead, key)
    return merged
