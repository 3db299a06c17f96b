"""The supplements (补充完善) that an evaluation asked for, each from the requirement to its closure.

Read from what was submitted: the opinion asks, the enterprise answers, the bureau checks. Nothing is typed twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access
from forms import named_files
from workflows import access as rows
from workflows.access import Actor, name_of
from workflows.models import Attachment, Submission

FORMS: Final = ("evaluation_opinion", "supplement", "supplement_review")


@dataclass(frozen=True, slots=True)
class Supplement:
    """A requirement: when it is due, what was answered where and with which files, who closed it when (None: open)."""

    number: str
    requirement: str
    asked_at: datetime
    due_on: date | None
    answer: str
    place: str
    files: tuple[Attachment, ...]
    closed_at: datetime | None
    checked_by: str


def of_case(session: Session, actor: Actor, case_id: str) -> tuple[Supplement, ...]:
    """Give the supplements of a case that the actor may read, in the order in which they were asked. Raises NotFound."""
    access.case(session, actor, case_id)
    query = select(Submission).where(
        Submission.instance_id == case_id, Submission.form.in_(FORMS), rows.visible(actor, Submission)
    )
    found = list(session.scalars(query.order_by(Submission.submitted_at, Submission.task_id)))
    asked = [place for place, one in enumerate(found) if one.form == "evaluation_opinion"]
    lines: list[Supplement] = []
    for place, following in pairwise([*asked, len(found)]):
        lines += _of_opinion(session, actor, found[place], found[place + 1 : following])
    return tuple(lines)


def _of_opinion(
    session: Session, actor: Actor, opinion: Submission, later: Sequence[Submission]
) -> Iterator[Supplement]:
    answers = [one for one in later if one.form == "supplement"]
    reviews = [one for one in later if one.form == "supplement_review"]
    due = opinion.answers.get("supplement_by")
    for required in opinion.answers.get("required_supplements") or ():
        text = str(required.get("requirement") or "")
        answer, row = _last(answers, "responses", text)
        closing, checked = _last(reviews, "checked", text)
        closed = closing is not None and checked.get("closed") == "yes"
        yield Supplement(
            number=str(required.get("item_no") or ""),
            requirement=text,
            asked_at=opinion.submitted_at,
            due_on=date.fromisoformat(str(due)[:10]) if due else None,
            answer=str(row.get("response") or ""),
            place=str(row.get("chapter") or ""),
            files=_files(session, actor, answer.answers) if answer else (),
            closed_at=closing.submitted_at if closing is not None and closed else None,
            checked_by=name_of(session, closing.submitted_by) if closing is not None else "",
        )


def _last(found: Sequence[Submission], key: str, requirement: str) -> tuple[Submission | None, dict[str, Any]]:
    """Give the last submission that speaks of a requirement, and its row."""
    for one in reversed(found):
        for row in one.answers.get(key) or ():
            if row.get("requirement") == requirement:
                return one, row
    return None, {}


def _files(session: Session, actor: Actor, answers: dict[str, Any]) -> tuple[Attachment, ...]:
    ids = sorted(set(named_files(answers)))
    query = select(Attachment).where(Attachment.id.in_(ids), rows.visible(actor, Attachment))
    return tuple(session.scalars(query.order_by(Attachment.name, Attachment.id)))
