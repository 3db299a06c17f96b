"""Reports put together from a case: the texts people write, what is a trade secret, and the versions made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class ReportText(Base):
    """One version of a text of a case's reports. Nothing is overwritten: the highest number counts."""

    __tablename__ = "report_texts"
    __table_args__ = (UniqueConstraint("case_id", "key", "number"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    key: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    written_at: Mapped[datetime]


class ReportSecret(Base):
    """A place of a report that the enterprise keeps secret (商业秘密), and on what ground."""

    __tablename__ = "report_secrets"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(200), primary_key=True)
    reason: Mapped[str] = mapped_column(String(500))
    marked_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    marked_at: Mapped[datetime]


class ReportVersion(Base):
    """A report as it was made: the document, the hash of the data behind it, and its files, the public ones redacted.

    ``status``: making, made. The files belong to no instance: they are handed out by the verbs of the report alone.
    """

    __tablename__ = "report_versions"
    __table_args__ = (UniqueConstraint("case_id", "kind", "number"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(20))  # audit, acceptance
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default="making")
    note: Mapped[str] = mapped_column(String(500), default="")
    document: Mapped[dict[str, Any]]
    public_document: Mapped[dict[str, Any]]
    data_sha256: Mapped[str] = mapped_column(String(64))
    files: Mapped[dict[str, Any]]  # docx, pdf, public_docx, public_pdf -> attachment id
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime]
