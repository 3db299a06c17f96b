"""What enterprises have published of their audits' results (审核结果), apart from disclosure, list and acceptance results."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class ResultPublication(Base):
    """One publication of a case's audit result by the enterprise; a later number corrects the earlier ones."""

    __tablename__ = "result_publications"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    number: Mapped[int]
    channel: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(1000))
    published_on: Mapped[date]
    due_on: Mapped[date | None]
    summary: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(500), default="")
    evidence: Mapped[list[Any]]  # id, name and SHA-256 of each file
    report_file_id: Mapped[str | None] = mapped_column(ForeignKey("attachments.id"))  # a redacted version of the report
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[datetime]
