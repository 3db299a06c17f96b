"""The database of names (名单库): why an enterprise belongs on a list, as dated facts with their evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class ListingFact(Base):
    """A fact for which an enterprise is listed. ``status``: open, used (it stands on a list), dismissed.

    ``source`` is a key of ``audits/data/name_list.json``; ``key`` makes the same finding one fact.
    """

    __tablename__ = "listing_facts"
    __table_args__ = (Index("ix_listing_facts_status", "status", "found_on"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    source: Mapped[str] = mapped_column(String(20))
    type: Mapped[str] = mapped_column(String(20))
    found_on: Mapped[date]
    document: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(500), default="")
    evidence: Mapped[list[Any]]
    status: Mapped[str] = mapped_column(String(10), default="open")
    status_reason: Mapped[str] = mapped_column(String(500), default="")
    entry_id: Mapped[str | None] = mapped_column(ForeignKey("list_entries.id"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
