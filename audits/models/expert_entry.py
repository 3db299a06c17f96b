"""Entry into the expert pool (入库): applications and nominations until two people have approved them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class ExpertApplication(Base):
    """Somebody who is to enter the pool, or to stay in it.

    ``kind``: application (of oneself), nomination (by a bureau), renewal (of who is in). ``person_id`` is the account of
    who applies; a nominee without one gets the account ``username`` when admitted. ``exam`` is exam or assessment.
    ``status``: waiting, agreed (by the first), admitted (by the second), refused, withdrawn.
    """

    __tablename__ = "expert_applications"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    username: Mapped[str] = mapped_column(String(100), default="")
    name: Mapped[str] = mapped_column(String(100))
    born_on: Mapped[date]
    phone: Mapped[str] = mapped_column(String(30), default="")
    employer: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(100))
    years: Mapped[int]
    fields: Mapped[list[Any]]
    exam: Mapped[str] = mapped_column(String(12))
    exam_on: Mapped[date | None]
    exam_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))
    note: Mapped[str] = mapped_column(String(1000), default="")
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_path: Mapped[str] = mapped_column(String(80), index=True)
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    submitted_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    submitted_at: Mapped[datetime]
    agreed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    agreed_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    rule: Mapped[str] = mapped_column(String(60), default="")
    valid_until: Mapped[date | None]
