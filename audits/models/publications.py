"""What a bureau has made public: lists and results. Corrections are new publications; nothing is overwritten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Publication(Base):
    """A public list: of enterprises to be audited (``list``) or of acceptance results (``results``).

    ``reason`` says why it replaces an earlier one.
    """

    __tablename__ = "publications"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    list_id: Mapped[str | None] = mapped_column(ForeignKey("audit_lists.id"), index=True)
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(String(200))
    published_on: Mapped[date]
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("publications.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class PublicationEntry(Base):
    """A line of a publication, as published."""

    __tablename__ = "publication_entries"

    publication_id: Mapped[str] = mapped_column(ForeignKey("publications.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    content: Mapped[dict[str, Any]]  # name, uscc, region, industry, types, outcome
