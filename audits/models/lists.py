"""Annual lists, their imports from Excel, and their entries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class AuditList(Base):
    """The list (名单) of a year and batch. Its publication date starts the clocks.

    ``kind``: mandatory, or voluntary: of enterprises whose applications were accepted.
    ``status``: draft, published; between them proposed and decided where ``approver_id`` names the superior who
    approves it line by line. ``due_on`` is the day by which it has to be proposed, None where the region sets none.
    """

    __tablename__ = "audit_lists"
    __table_args__ = (UniqueConstraint("region_code", "year", "batch"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10), default="mandatory")
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    year: Mapped[int]
    batch: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    issuer_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    status: Mapped[str] = mapped_column(String(10))
    approver_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    due_on: Mapped[date | None]
    due_basis: Mapped[str] = mapped_column(String(200), default="")
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    decided_on: Mapped[date | None]
    published_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class ListEntry(Base):
    """One enterprise on a list: why, by which audit types, and what became of it.

    ``proposer_id`` is the bureau that put it there. ``decision``: "" until the superior approved or refused it.
    ``outcome``: "" while open, then qualified, unqualified, removed, deferred (the first case's result decides).
    """

    __tablename__ = "list_entries"
    __table_args__ = (UniqueConstraint("list_id", "enterprise_id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    list_id: Mapped[str] = mapped_column(ForeignKey("audit_lists.id"), index=True)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    number: Mapped[int]
    types: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(String(500), default="")
    proposer_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    decision: Mapped[str] = mapped_column(String(10), default="")
    decision_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    outcome: Mapped[str] = mapped_column(String(12), default="")

    @classmethod
    def kept(cls) -> ColumnElement[bool]:
        """Give the condition for lines that no superior has refused."""
        return cls.decision != "refused"


class ListImport(Base):
    """An uploaded workbook and the report about it. ``status``: read, applied, refused."""

    __tablename__ = "list_imports"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    list_id: Mapped[str] = mapped_column(ForeignKey("audit_lists.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10))
    rows: Mapped[int]
    errors: Mapped[int]
    warnings: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class ImportRow(Base):
    """One row of an import: the values as read, and what is wrong with which cell."""

    __tablename__ = "import_rows"

    import_id: Mapped[str] = mapped_column(ForeignKey("list_imports.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    values: Mapped[dict[str, Any]]
    problems: Mapped[list[Any]]  # [{"cell": "C7", "severity": "error", "code": ..., "values": {...}}]
