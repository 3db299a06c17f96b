"""Files: taken in after inspection, kept by content, given to whoever may see them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows import access, previews, trail, uploads
from workflows.access import Actor
from workflows.application import Application
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Attachment, Blob, Event, Task
from workflows.models.base import new_id
from workflows.store import FileStore

__all__ = ["FileStore", "begin_preview", "open_", "preview", "remove", "store_generated", "to_draw", "upload"]

_MB = 1024 * 1024


def upload(
    session: Session,
    app: Application,
    actor: Actor,
    *,
    name: str,
    content: bytes | BinaryIO,
    task_id: str | None = None,
    instance_id: str | None = None,
    record_class: str = "internal",
    now: datetime,
) -> Attachment:
    """Take a file in: for a task the actor may complete, for an instance they see, or for nobody but themselves.

    Raises NotFound, NotAllowed, Conflict (the task is done) and Invalid ``file_refused`` (``workflows.uploads.judge``;
    also ``case_full``).
    """
    if task_id is not None:
        instance_id = access.task_to_complete(session, actor, task_id, lock=False)[0].id
    elif instance_id is not None:
        access.instance(session, actor, instance_id)
    limit = app.settings.max_upload_mb * _MB
    if not isinstance(content, bytes):
        content = content.read(limit + 1)
    name = uploads.clean_name(name)
    media_type = uploads.judge(name, content, limit)
    if app.scanner is not None and (found := app.scanner(content)) is not None:
        raise Invalid("file_refused", {"file": ["infected"]}, name=name, found=found)
    if instance_id is not None:
        _check_room(session, app, instance_id, name, len(content))
    attachment = _store(session, app, name, content, media_type, now)
    attachment.instance_id, attachment.task_id, attachment.record_class = instance_id, task_id, record_class
    attachment.uploaded_by = actor.person_id
    attachment.version = _next_version(session, attachment)
    session.add(attachment)
    _note(session, actor, "file.uploaded", attachment, now)
    return attachment


def store_generated(
    session: Session,
    app: Application,
    *,
    actor: Actor = access.SYSTEM,
    name: str,
    content: bytes,
    media_type: str,
    instance_id: str | None,
    record_class: str = "internal",
    now: datetime,
) -> Attachment:
    """Keep a file that the product itself made: a letter, a report."""
    attachment = _store(session, app, uploads.clean_name(name), content, media_type, now)
    attachment.instance_id, attachment.record_class = instance_id, record_class
    attachment.version = _next_version(session, attachment)
    session.add(attachment)
    _note(session, actor, "file.generated", attachment, now)
    return attachment


def open_(session: Session, app: Application, actor: Actor, attachment_id: str) -> tuple[Attachment, bytes]:
    """Give a file the actor may see, with its content; raises NotFound."""
    attachment = access.attachment(session, actor, attachment_id)
    return attachment, app.store.get(attachment.sha256)


@dataclass(frozen=True, slots=True)
class Preview:
    """A file that may be looked at on a page. ``is_begun``: the actor has said that they look, and it is noted."""

    file: Attachment
    uploaded_by: str
    can_be_drawn: bool
    is_begun: bool


def preview(session: Session, actor: Actor, attachment_id: str) -> Preview:
    """Say what the actor may know of a file they see before they open it; raises NotFound."""
    attachment = access.attachment(session, actor, attachment_id)
    who = access.name_of(session, attachment.uploaded_by)
    return Preview(attachment, who, attachment.media_type in previews.KINDS, _has_begun(session, actor, attachment))


def begin_preview(session: Session, actor: Actor, attachment_id: str, *, now: datetime) -> Attachment:
    """Open a file to look at its pages, which is noted in the trail. Raises NotFound, Invalid ``no_preview``."""
    attachment = access.attachment(session, actor, attachment_id)
    if attachment.media_type not in previews.KINDS:
        raise Invalid("no_preview", name=attachment.name)
    _note(session, actor, "file.opened", attachment, now)
    return attachment


def to_draw(session: Session, app: Application, actor: Actor, attachment_id: str) -> tuple[bytes, str]:
    """Give content and media type of a file whose preview the actor has begun, for ``previews``.

    Raises NotFound, NotAllowed ``not_opened``.
    """
    attachment, content = open_(session, app, actor, attachment_id)
    if not _has_begun(session, actor, attachment):
        raise NotAllowed("not_opened", name=attachment.name)
    return content, attachment.media_type


def _has_begun(session: Session, actor: Actor, attachment: Attachment) -> bool:
    query = select(Event.id).where(
        Event.chain == _chain(actor, attachment),
        Event.actor_id == actor.person_id,
        Event.action == "file.opened",
        Event.subject_id == attachment.id,
    )
    return session.scalar(query.limit(1)) is not None


def remove(session: Session, actor: Actor, attachment_id: str, *, now: datetime) -> Attachment:
    """Take one's own file back while its task is open. The content stays until retention; raises NotAllowed later."""
    attachment = access.attachment(session, actor, attachment_id)
    if attachment.removed_at is not None:
        raise NotFound
    if attachment.uploaded_by != actor.person_id or not _still_open(session, attachment):
        raise NotAllowed("file_kept", name=attachment.name)
    attachment.removed_at = now
    _note(session, actor, "file.removed", attachment, now)
    return attachment


def _store(session: Session, app: Application, name: str, content: bytes, media_type: str, now: datetime) -> Attachment:
    digest = hashlib.sha256(content).hexdigest()
    app.store.put(content)
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    values = {"sha256": digest, "size": len(content), "media_type": media_type, "stored_at": now}
    session.execute(dialect.insert(Blob).values(values).on_conflict_do_nothing())
    return Attachment(id=new_id(), sha256=digest, name=name, size=len(content), media_type=media_type, uploaded_at=now)


def _check_room(session: Session, app: Application, instance_id: str, name: str, size: int) -> None:
    query = select(func.coalesce(func.sum(Attachment.size), 0)).where(
        Attachment.instance_id == instance_id, Attachment.removed_at.is_(None)
    )
    if session.scalars(query).one() + size > app.settings.case_files_mb * _MB:
        raise Invalid("file_refused", {"file": ["case_full"]}, name=name)


def _next_version(session: Session, attachment: Attachment) -> int:
    if attachment.instance_id is None:
        return 1
    query = select(func.max(Attachment.version)).where(
        Attachment.instance_id == attachment.instance_id,
        Attachment.task_id == attachment.task_id,
        Attachment.name == attachment.name,
    )
    return (session.scalar(query) or 0) + 1


def _still_open(session: Session, attachment: Attachment) -> bool:
    if attachment.task_id is None:
        return attachment.instance_id is None
    task = session.get(Task, attachment.task_id)
    return task is not None and task.status == "open"


def _chain(actor: Actor, attachment: Attachment) -> str:
    return attachment.instance_id or (f"person:{actor.person_id}" if actor.person_id else "system")


def _note(session: Session, actor: Actor, action: str, attachment: Attachment, now: datetime) -> None:
    trail.append(
        session,
        chain=_chain(actor, attachment),
        actor=actor,
        action=action,
        subject_type="attachment",
        subject_id=attachment.id,
        payload={
            "name": attachment.name,
            "sha256": attachment.sha256,
            "size": attachment.size,
            "task": attachment.task_id,
            "version": attachment.version,
        },
        now=now,
    )
