"""A state-changing call of the API: one transaction, one effect, and the same answer for a repeat with the same key."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any

from flask import request
from flask_login import login_required
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.house import acting
from workflows.access import Actor
from workflows.errors import Conflict, Invalid
from workflows.models import IdempotencyKey

LONGEST = 100
Answer = tuple[dict[str, Any], int]
Command = Callable[..., Answer]


def command(view: Command) -> Callable[..., Answer]:
    """Make a view of a function ``(session, actor, ...) -> (answer, status)`` that changes something.

    The first answer under a header ``Idempotency-Key`` is kept in the same transaction as the effect, until the worker
    forgets it after seven days; a repeat gets it again, the same key with another call or body is Invalid
    ``key_reused``.
    """

    @functools.wraps(view)
    @login_required
    def run(*args: Any, **kwargs: Any) -> Answer:
        key = request.headers.get("Idempotency-Key", "").strip()
        if len(key) > LONGEST:
            raise Invalid("key_too_long")
        with acting() as (session, actor):
            if not key:
                return view(session, actor, *args, **kwargs)
            kept = take(session, actor, key)
            if kept is not None:
                return kept
            answer, status = view(session, actor, *args, **kwargs)
            keep(session, actor, key, answer, status)
            return answer, status

    return run


def take(session: Session, actor: Actor, key: str) -> Answer | None:
    """Reserve a key; give the answer that is kept under it, if there is one.

    The row is inserted before the effect, so that of two calls at once the second waits for the first.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    operation, body = f"{request.method} {request.path}"[:120], body_hash()
    values: dict[str, Any] = {
        "person_id": actor.person_id,
        "key": key,
        "operation": operation,
        "body_hash": body,
        "status": 0,
        "answer": {},
        "at": actor.at,
    }
    taken = session.execute(
        dialect.insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.key)
    ).scalar()
    if taken is not None:
        return None
    row = session.scalars(
        select(IdempotencyKey)
        .where(IdempotencyKey.person_id == actor.person_id, IdempotencyKey.key == key)
        .execution_options(populate_existing=True)
    ).one()
    if (row.operation, row.body_hash) != (operation, body):
        raise Invalid("key_reused")
    if row.status == 0:
        raise Conflict("busy")
    return row.answer, row.status


def keep(session: Session, actor: Actor, key: str, answer: dict[str, Any], status: int) -> None:
    """Keep the answer under the key."""
    reserved = update(IdempotencyKey).where(IdempotencyKey.person_id == actor.person_id, IdempotencyKey.key == key)
    session.execute(reserved.values(answer=answer, status=status).execution_options(synchronize_session=False))


def body_hash() -> str:
    """Hash what was sent; of a multipart body the fields and files, since its boundary differs at each repeat."""
    digest = hashlib.sha256(request.query_string)
    if request.mimetype != "multipart/form-data":
        digest.update(request.get_data(cache=True))
        return digest.hexdigest()
    for name in sorted(request.form):
        digest.update(f"{name}={request.form.getlist(name)!r}\n".encode())
    for name in sorted(request.files):
        for file in request.files.getlist(name):
            digest.update(f"{name}:{file.filename}:".encode() + hashlib.sha256(file.read()).digest())
            file.seek(0)
    return digest.hexdigest()
