"""The record of an expert (记分考核): points, measures, and appeals against them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class ExpertMark(Base):
    """One entry in the record of an expert; ``key`` makes what is noted by itself arrive once.

    ``kind``: absence, late, outlier, overturned, conduct (with points), or a measure: warning, suspension (to ``until``),
    dismissal. ``appeal_status``: blank, open, upheld (the entry is ``struck``), rejected.
    """

    __tablename__ = "expert_marks"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(120))
    expert_id: Mapped[str] = mapped_column(ForeignKey("experts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    points: Mapped[int]
    on: Mapped[date]
    until: Mapped[date | None]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    rule: Mapped[str] = mapped_column(String(60), default="")
    recorded_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    recorded_at: Mapped[datetime]
    struck: Mapped[bool] = mapped_column(default=False)
    appeal: Mapped[str] = mapped_column(String(1000), default="")
    appeal_status: Mapped[str] = mapped_column(String(10), default="")
    appealed_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(String(500), default="")
