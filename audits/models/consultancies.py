"""Restrictions of consultancies (咨询服务机构限制): kept for good, also corrected and lifted ones."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Restriction(Base):
    """A decision that a consultancy is chosen no more. ``status``: open, corrected, lifted.

    ``until`` is the announced last day, None where none was announced; a restriction ends by decision, on
    ``ended_on``. A correction is a new row that ``replaces`` the one that it corrects.
    """

    __tablename__ = "restrictions"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    consultancy_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    status: Mapped[str] = mapped_column(String(10), default="open")
    reason: Mapped[str] = mapped_column(String(500))
    since: Mapped[date]
    until: Mapped[date | None]
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("restrictions.id"))
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(String(500), default="")
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
