"""Copies (抄送): what somebody was told to read, and when they did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Copy(Base):
    """An instance that a person is to take note of. It gives nobody a right: its receiver sees the instance anyway."""

    __tablename__ = "copies"
    __table_args__ = (Index("ix_copies_person", "person_id", "sent_at"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    sent_by: Mapped[str] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str] = mapped_column(String(500), default="")
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
