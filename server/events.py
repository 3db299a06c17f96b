"""Events of the trail as a table shows them."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.history import action_text
from workflows import access, paging
from workflows.access import Actor
from workflows.models import Event, EventPayload

LIMIT = 100


def events(
    session: Session, actor: Actor, chain: str | None, cursor: str | None, limit: int = LIMIT
) -> tuple[list[tuple[Event, str | None]], str | None]:
    """Give the latest events that the actor may read, with their payloads, and the cursor of the next ones."""
    query = (
        select(Event, EventPayload.body)
        .outerjoin(EventPayload, EventPayload.event_id == Event.id)
        .where(access.visible(actor, Event))
    )
    if chain:
        query = query.where(Event.chain == chain)
    newest = paging.Sort("at", Event.at, Event.id, descending=True)
    rows, next_cursor = paging.read(session, query, newest, cursor, limit)
    return [(row[0], row[1]) for row in rows], next_cursor


def event_line(event: Event, body: str | None) -> dict[str, Any]:
    """Put an event into words, with its payload and its place in the chain."""
    values = payload_of(body)
    return {
        "id": event.id,
        "chain": event.chain,
        "seq": event.seq,
        "at": event.at,
        "actor": event.actor_name,
        "action": event.action,
        "text": action_text(event.action, {**values, "task": values.get("name", "")}),
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "payload": json.dumps(values, ensure_ascii=False, indent=1),
        "values": values,
        "hash": event.hash,
        "prev_hash": event.prev_hash,
    }


def payload_of(body: str | None) -> dict[str, Any]:
    """Read a payload; one that retention has taken away is empty."""
    found = json.loads(body) if body else {}
    return found if isinstance(found, dict) else {}
