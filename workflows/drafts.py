"""Drafts (草稿): what somebody has typed and not submitted, unvalidated, their own alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workflows import access, trail
from workflows.access import Actor
from workflows.db import storable, to_json
from workflows.errors import Conflict, Invalid
from workflows.models import Attachment, Draft, Person, Task, TaskCandidate

Json = Any
OPINION_LENGTH = 4000
DRAFT_BYTES = 1_000_000


def save_draft(
    session: Session,
    actor: Actor,
    task_id: str,
    answers: Mapping[str, Json],
    opinion: str,
    version: int | None,
    now: datetime,
) -> Draft:
    """Keep what was typed, unvalidated. ``version`` is the draft's the page knows (None or 0: none yet).

    Raises Conflict ``draft_changed`` (version, answers, opinion, saved_at: the present content) when another tab was
    faster, Invalid ``too_large``, and as ``complete`` does.
    """
    task = access.task_to_complete(session, actor, task_id, lock=False).task
    values = _draft_values(answers, opinion, now)
    if not version:
        return _new_draft(session, actor, task.id, values)
    result = session.execute(
        update(Draft)
        .where(Draft.task_id == task.id, Draft.person_id == actor.person_id, Draft.version == version)
        .values(**values, version=version + 1)
        .returning(Draft)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    return result or draft_changed(session, actor, task.id)


def keep_as_draft(
    session: Session, actor: Actor, task_id: str, answers: Mapping[str, Json], opinion: str, now: datetime
) -> Draft | None:
    """Keep the answers of a submission that failed, whatever version the draft has, even of a task closed since.

    Gives None for a task the actor does not see or is not offered, or for more than a draft may hold.
    """
    query = select(Task.id).where(Task.id == task_id, or_(access.offered(actor), Task.assignee_id == actor.person_id))
    if session.scalar(query) is None:
        return None
    try:
        values = _draft_values(answers, opinion, now)
    except Invalid:
        return None
    draft = draft_of(session, actor, task_id)
    if draft is None:
        return _new_draft(session, actor, task_id, values)
    draft.answers, draft.opinion, draft.saved_at = values["answers"], values["opinion"], now
    draft.version += 1
    session.flush()
    return draft


def draft_of(session: Session, actor: Actor, task_id: str) -> Draft | None:
    """Give the actor's own draft, or None."""
    query = select(Draft).where(Draft.task_id == task_id, Draft.person_id == actor.person_id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def pass_on(session: Session, heir: Actor, leaver: Person, organisation_id: str, now: datetime) -> list[str]:
    """Hand what somebody who leaves an organisation had begun there to a colleague; give the ids of the tasks.

    Their claims are released, their drafts and the files beside these become the heir's. Where the heir has typed
    something too, that stands, and the leaver's answers fill what it leaves open.
    """
    offered = select(TaskCandidate.task_id).where(TaskCandidate.principal.endswith(f"@org:{organisation_id}"))
    query = (
        select(Task)
        .outerjoin(Draft, and_(Draft.task_id == Task.id, Draft.person_id == leaver.id))
        .where(Task.status == "open", Task.id.in_(offered))
        .where(or_(Task.assignee_id == leaver.id, Draft.task_id.is_not(None)))
    )
    passed = list(session.scalars(query.order_by(Task.id)))
    for task in passed:
        if task.assignee_id == leaver.id:
            task.assignee_id = task.claimed_at = task.owner_id = None
        hand_on(session, heir, leaver.id, task.id)
        trail.append(
            session,
            chain=task.instance_id,
            actor=heir,
            action="task.passed_on",
            subject_type="task",
            subject_id=task.id,
            payload={"task": task.id, "name": task.name, "name_en": task.name_en, "old": leaver.name, "new": heir.name},
            now=now,
        )
    return [task.id for task in passed]


def hand_on(session: Session, heir: Actor, leaver_id: str, task_id: str) -> None:
    """Make what somebody has typed and uploaded for a task the heir's; what the heir has typed already stands."""
    session.execute(
        update(Attachment)
        .where(Attachment.task_id == task_id, Attachment.uploaded_by == leaver_id)
        .values(uploaded_by=heir.person_id)
    )
    left = session.get(Draft, (task_id, leaver_id))
    if left is None:
        return
    own = draft_of(session, heir, task_id)
    if own is None:
        kept = Draft(task_id=task_id, person_id=heir.person_id, answers=left.answers, opinion=left.opinion)
        kept.version, kept.saved_at = left.version, left.saved_at
        session.add(kept)
    else:
        own.answers = {**left.answers, **own.answers}
        own.opinion = own.opinion or left.opinion
        own.version += 1
    session.delete(left)
    session.flush()


def _draft_values(answers: Mapping[str, Json], opinion: str, now: datetime) -> dict[str, Json]:
    kept = storable(dict(answers))
    if len(to_json(kept)) > DRAFT_BYTES:
        raise Invalid("too_large")
    return {"answers": kept, "opinion": storable(opinion)[:OPINION_LENGTH], "saved_at": now}


def _new_draft(session: Session, actor: Actor, task_id: str, values: Mapping[str, Json]) -> Draft:
    draft = Draft(task_id=task_id, person_id=actor.person_id, version=1, **values)
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        return draft_changed(session, actor, task_id)
    return draft


def draft_changed(session: Session, actor: Actor, task_id: str) -> NoReturn:
    """Raise Conflict ``draft_changed`` with the present content."""
    now_kept = draft_of(session, actor, task_id)
    if now_kept is None:
        raise Conflict("draft_changed", version=0, answers={}, opinion="", saved_at=None)
    raise Conflict(
        "draft_changed",
        version=now_kept.version,
        answers=now_kept.answers,
        opinion=now_kept.opinion,
        saved_at=now_kept.saved_at,
    )
