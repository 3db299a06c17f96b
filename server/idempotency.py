"""A state-changing call of the API: one transaction, one effect, and the same answer for a repeat with the same key."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.fernet import Fernet
from flask import request
from flask_login import login_required
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from audits import access as field_access
from server.house import acting, house
from workflows import access
from workflows.access import Actor
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import IdempotencyKey

LONGEST = 100
SUBJECTS: dict[str, Callable[[Session, Actor, str], object]] = {
    "case_id": access.instance,
    "letter_id": field_access.letter,
    "task_id": access.task,
}
"""What the address of a call names and one may see no more by a change that is none of one's own roles."""
Answer = tuple[dict[str, Any], int]
Command = Callable[..., Answer]


def command(view: Command) -> Callable[..., Answer]:
    """Make a view of a function ``(session, actor, ...) -> (answer, status)`` that changes something.

    The first answer under a header ``Idempotency-Key`` is kept in the same transaction as the effect, until the worker
    forgets it after seven days; a repeat gets it again, the same key with another call or body is Invalid
    ``key_reused``. Who has lost a role since, or sees the subject no more, gets it no more.
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
            kept = take(session, actor, key, kwargs)
            if kept is not None:
                return kept
            answer, status = view(session, actor, *args, **kwargs)
            keep(session, actor, key, answer, status)
            return answer, status

    return run


def take(session: Session, actor: Actor, key: str, subjects: Mapping[str, Any]) -> Answer | None:
    """Reserve a key; give the answer that is kept under it, if there is one.

    Raises Invalid ``key_reused``, Conflict ``busy``, and what the caller may not have any more: NotAllowed
    ``rights_lost``, NotFound for a subject that they no longer see.

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
        "answer": b"",
        "principals": sorted(actor.principals),
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
    if not actor.principals.issuperset(row.principals):
        raise NotAllowed("rights_lost")
    for name, fetch in SUBJECTS.items():
        if name in subjects:
            fetch(session, actor, subjects[name])
    return json.loads(seal().decrypt(row.answer)), row.status


def keep(session: Session, actor: Actor, key: str, answer: dict[str, Any], status: int) -> None:
    """Keep the answer under the key."""
    reserved = update(IdempotencyKey).where(IdempotencyKey.person_id == actor.person_id, IdempotencyKey.key == key)
    sealed = seal().encrypt(json.dumps(answer).encode())
    session.execute(reserved.values(answer=sealed, status=status).execution_options(synchronize_session=False))


def seal() -> Fernet:
    """Give the lock of kept answers: one may hold a text that is shown once, which the database must not know."""
    secret = hmac.digest(house().settings.secret_key.encode(), b"kept answers", "sha256")
    return Fernet(base64.urlsafe_b64encode(secret))


def body_hash() -> str:
    """Hash what was sent; of a multipart body the fields and files, since its boundary differs at each repeat.

    With the secret key, since a password may be among it that nobody shall guess from the table: under another secret
    key no repeat is known again.
    """
    digest = hmac.new(house().settings.secret_key.encode(), request.query_string, "sha256")
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
