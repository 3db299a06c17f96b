"""Running processes: the engine's state, who takes part, and what was submitted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Instance(Base):
    """One running process. ``state`` is opaque bytes of the engine; the other columns are what lists need.

    ``business_key`` (the case number), ``subject`` (the enterprise) and ``region_path`` are written by the field that
    runs on us; ``stage`` is the id of the process (diagram) whose tasks are open.
    """

    __tablename__ = "instances"
    __table_args__ = (Index("ix_instances_region", "region_path", "status"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    family_key: Mapped[str] = mapped_column(ForeignKey("families.key"))
    definition_id: Mapped[str] = mapped_column(ForeignKey("definitions.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))  # running, suspended, completed, cancelled
    stage: Mapped[str] = mapped_column(String(64), default="")
    business_key: Mapped[str] = mapped_column(String(64), unique=True)
    subject: Mapped[str] = mapped_column(String(200))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    region_path: Mapped[str] = mapped_column(String(80))
    state: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    variables: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    version: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    started_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"), index=True)
    ended_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Party(Base):
    """An organisation or a person takes part in an instance, from one time to another.

    ``role``: enterprise, consultancy, competent_bureau, expert ... Counts while ``since <= now < until``.
    """

    __tablename__ = "parties"
    __table_args__ = (
        Index("ix_parties_organisation", "organisation_id", "instance_id"),
        Index("ix_parties_person", "person_id", "instance_id"),
    )

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class Submission(Base):
    """The answers given to one task, as they were cleaned by the form's schema. Never changed.

    ``shown`` names what the person saw: hashes of definition, form, data and files. ``record_class`` says who may
    read it: ``internal`` (whoever sees the case), ``score`` (its author, until the panel closes), ``restricted``,
    ``confidential`` (``workflows.access`` judges).
    """

    __tablename__ = "submissions"

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), index=True)
    element: Mapped[str] = mapped_column(String(64))
    form: Mapped[str] = mapped_column(String(64))
    answers: Mapped[dict[str, Any]]
    opinion: Mapped[str] = mapped_column(Text, default="")
    record_class: Mapped[str] = mapped_column(String(20), default="internal")
    shown: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)


class StepRecord(Base):
    """Which element was entered, left or cancelled, and which flow was taken, in order: the live diagram's source."""

    __tablename__ = "step_records"

    instance_id: Mapped[str] = mapped_column(ForeignKey("instances.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    process: Mapped[str] = mapped_column(String(64))
    element: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
