"""The draw (抽取) of a panel: the record that anybody can repeat, and the invitations it led to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class PanelDraw(Base):
    """All that was drawn for one task that appoints a panel.

    ``records`` holds one record a drawing, the panel's first and then each substitute's, in the format of
    docs/reference/draw.md; ``status`` is waiting (for answers), complete, short (nobody is left to substitute).
    """

    __tablename__ = "panel_draws"
    __table_args__ = (UniqueConstraint("task_id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"))
    gate: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    meeting_on: Mapped[date]
    place: Mapped[str] = mapped_column(String(200), default="")
    leader_id: Mapped[str | None] = mapped_column(ForeignKey("experts.id"))
    records: Mapped[list[Any]]
    drawn_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    drawn_at: Mapped[datetime]


class PanelSeat(Base):
    """An expert who was drawn and invited.

    ``status``: invited, accepted, declined, recused (declared an interest), absent (did not answer or appear), cancelled
    (the panel came about without them). ``reminded_on`` is the day of the last reminder.
    """

    __tablename__ = "panel_seats"
    __table_args__ = (UniqueConstraint("draw_id", "expert_id"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    draw_id: Mapped[str] = mapped_column(ForeignKey("panel_draws.id"), index=True)
    expert_id: Mapped[str] = mapped_column(ForeignKey("experts.id"), index=True)
    place: Mapped[int]
    replaces_id: Mapped[str | None] = mapped_column(ForeignKey("panel_seats.id"))
    status: Mapped[str] = mapped_column(String(12), default="invited")
    reason: Mapped[str] = mapped_column(String(500), default="")
    invited_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    reminded_on: Mapped[date | None]
