"""Stored content and the attachments that point at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Blob(Base):
    """Bytes in the object store under their SHA-256; written once."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    stored_at: Mapped[datetime]


class Attachment(Base):
    """A file somebody uploaded or the system made. Belongs to an instance, or to its uploader while that is open."""

    __tablename__ = "attachments"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    instance_id: Mapped[str | None] = mapped_column(ForeignKey("instances.id"), index=True)
    task_id: Mapped[str | None] = mapped_column(ForeignKey("tasks.id"), index=True)
    record_class: Mapped[str] = mapped_column(String(20), default="internal")
    version: Mapped[int] = mapped_column(default=1)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    removed_at: Mapped[datetime | None]
