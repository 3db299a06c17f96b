"""How people arrange their inbox: the columns they want to see, and the views they have saved or share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class SavedView(Base):
    """Filters, order and columns under a name: a person's own, or shared with everybody of one organisation."""

    __tablename__ = "saved_views"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    filters: Mapped[dict[str, Any]]
    sort: Mapped[str] = mapped_column(String(20))
    columns: Mapped[list[Any]]
    saved_at: Mapped[datetime]


class ChosenColumns(Base):
    """The columns that somebody wants beside a task. Who has no row sees the standard ones."""

    __tablename__ = "chosen_columns"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    columns: Mapped[list[Any]]
