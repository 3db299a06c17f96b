"""Letters (文书) and their numbers (文号)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class LetterNumber(Base):
    """The last number that an issuer has used in a year."""

    __tablename__ = "letter_numbers"

    issuer_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Letter(Base):
    """An issued letter, of a case or of a region.

    What it said (``data``), its Word and PDF files, how it was served, how it is verified.
    """

    __tablename__ = "letters"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    addressee_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))  # of a letter without a case
    kind: Mapped[str] = mapped_column(String(30))
    number: Mapped[str] = mapped_column(String(60))
    issuer_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    issued_on: Mapped[date]
    legal_basis: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]]
    docx_id: Mapped[str | None] = mapped_column(ForeignKey("attachments.id"))
    pdf_id: Mapped[str | None] = mapped_column(ForeignKey("attachments.id"))
    code: Mapped[str] = mapped_column(String(32), unique=True)  # in the QR code of the public verification page
    status: Mapped[str] = mapped_column(String(10), default="valid")  # valid, replaced, revoked
    served_on: Mapped[date | None]
    served_by: Mapped[str] = mapped_column(String(40), default="")  # method of service
    signer: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime]
