"""Parks and clusters (园区、产业集群) that are audited as a whole, and their members by date."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Park(Base):
    """A park or cluster; the enterprise is its operator, under whose name the case runs. ``kind``: park, cluster."""

    __tablename__ = "parks"

    id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    benchmark: Mapped[str] = mapped_column(String(500), default="")


class ParkMember(Base):
    """An enterprise of a park from a day until before another; ``deemed_case_id`` is the park's case it was deemed by."""

    __tablename__ = "park_members"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    park_id: Mapped[str] = mapped_column(ForeignKey("parks.id"), index=True)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]
    deemed_case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    deemed_on: Mapped[date | None]
