"""What was done to each instance when running instances were brought under another version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base


class InstanceMigration(Base):
    """One instance of a run (a ``JobRun``). ``status``: migrated, refused, undone.

    ``state`` is the engine's state before, kept as the way back while the instance's ``version`` is the one noted here;
    ``detail`` holds what was planned, and the subscriptions of that time.
    """

    __tablename__ = "instance_migrations"

    run_id: Mapped[str] = mapped_column(ForeignKey("job_runs.id"), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), primary_key=True, index=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("definitions.id"))
    target_id: Mapped[str] = mapped_column(ForeignKey("definitions.id"))
    status: Mapped[str] = mapped_column(String(12))
    detail: Mapped[dict[str, Any]]
    state: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    version: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
