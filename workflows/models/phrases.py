"""Ready sentences (常用语) for opinions: a person's own, and those of an organisation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Phrase(Base):
    """A sentence of one person, or of everybody who works for one organisation."""

    __tablename__ = "phrases"
    __table_args__ = (CheckConstraint("(person_id IS NULL) <> (organisation_id IS NULL)", name="one_owner"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    text: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
