"""Word templates of letters that a bureau has made its own."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class LetterTemplate(Base):
    """One version of the Word template of a kind of letter, for a region and all below it.

    ``status``: draft, published, retired. Without a file it puts the shipped template back.
    """

    __tablename__ = "letter_templates"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(30), index=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_path: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(10), default="draft")
    valid_from: Mapped[date]
    note: Mapped[str] = mapped_column(String(500), default="")
    file_id: Mapped[str | None] = mapped_column(ForeignKey("attachments.id"))
    uploaded_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    uploaded_at: Mapped[datetime]
    published_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    published_at: Mapped[datetime | None]
