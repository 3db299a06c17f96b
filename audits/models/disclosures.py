"""What enterprises disclosed (信息公示), as recorded."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Disclosure(Base):
    """One disclosure of a case: channel, address, day, and the answers with their evidence files.

    ``key`` is that of the job that recorded it, so that a repeat leaves one row.
    """

    __tablename__ = "disclosures"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    channel: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(1000))
    disclosed_on: Mapped[date]
    content: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
