"""The working-day calendar that an administrator maintains."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base


class CalendarDay(Base):
    """A day that differs from Monday to Friday: ``holiday`` or ``workday`` (调休).

    A published year also has a row of
    kind ``published`` on its 1 January; a year without one makes dates provisional. ``region`` "" = nationwide.
    """

    __tablename__ = "calendar_days"

    region: Mapped[str] = mapped_column(String(12), primary_key=True, default="")
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str] = mapped_column(String(200), default="")
