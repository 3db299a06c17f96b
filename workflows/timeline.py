"""The timeline: what happened to an instance, from its audit events, as far as the actor may read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from workflows import access, paging
from workflows.access import Actor
from workflows.models import Attachment, Event, EventPayload, Submission
from workflows.paging import Page, Sort

Json = Any


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One act. ``task`` is the name of the element concerned, in the reader's language; ``values`` its payload.

    ``actor`` is the name as it was then; ``seq`` counts within the instance. A payload that retention has taken away
    gives empty ``values``.
    """

    seq: int
    at: datetime
    actor: str
    actor_id: str | None
    action: str
    task: str
    task_id: str
    opinion: str
    values: Mapping[str, Json]


def for_instance(
    session: Session,
    actor: Actor,
    instance_id: str,
    *,
    language: str = "zh",
    cursor: str | None = None,
    limit: int = 50,
    oldest_first: bool = False,
    actions: Collection[str] | None = None,
) -> Page[TimelineEntry]:
    """Give the acts on an instance the actor sees, the latest first; raises NotFound, Invalid ``cursor``.

    A file that somebody has uploaded and not yet submitted is their own affair and is left out for others;
    ``actions`` leaves out all other acts.
    """
    access.instance(session, actor, instance_id)
    submitted = select(Attachment.id).where(
        Attachment.instance_id == instance_id,
        or_(Attachment.task_id.is_(None), Attachment.task_id.in_(select(Submission.task_id))),
    )
    query = (
        select(Event, EventPayload.body)
        .outerjoin(EventPayload, EventPayload.event_id == Event.id)
        .where(
            Event.chain == instance_id,
            or_(Event.subject_type != "attachment", Event.actor_id == actor.person_id, Event.subject_id.in_(submitted)),
        )
    )
    if actions is not None:
        query = query.where(Event.action.in_(actions))
    sort = Sort("seq", Event.seq, Event.id, descending=not oldest_first)
    rows, following = paging.read(session, query, sort, cursor, limit)
    return Page(tuple(_entry(row[0], row[1], language) for row in rows), following)


def _entry(event: Event, body: str | None, language: str) -> TimelineEntry:
    values: dict[str, Json] = orjson.loads(body) if body else {}
    names = (values.get("name_en"), values.get("name")) if language == "en" else (values.get("name"),)
    name = next((str(one) for one in names if one), "")
    return TimelineEntry(
        seq=event.seq,
        at=event.at,
        actor=event.actor_name,
        actor_id=event.actor_id,
        action=event.action,
        task=name,
        task_id=event.subject_id if event.subject_type == "task" else "",
        opinion=str(values.get("opinion") or ""),
        values=values,
    )
