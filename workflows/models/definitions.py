"""Process families and their deployed, immutable versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Family(Base):
    """A procedure, whatever its versions and local variants: ``cleaner_production_audit``."""

    __tablename__ = "families"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))
    root: Mapped[str] = mapped_column(String(64))


class Definition(Base):
    """One deployed version of a family, for a region and everything below it ("" = everywhere).

    ``hash`` is the content hash of all its files; ``state`` deployed, active or retired. Of the active ones of a
    region the newest whose ``valid_from`` has come counts; the nearest region wins.
    """

    __tablename__ = "definitions"
    __table_args__ = (UniqueConstraint("family_key", "variant", "version"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    family_key: Mapped[str] = mapped_column(ForeignKey("families.key"))
    variant: Mapped[str] = mapped_column(String(12), default="")  # region code
    version: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64), index=True)
    root: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    valid_from: Mapped[date]
    note: Mapped[str] = mapped_column(String(500), default="")
    base_hash: Mapped[str] = mapped_column(String(64), default="")
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))


class DefinitionFile(Base):
    """A diagram or decision table of a definition, byte for byte as deployed."""

    __tablename__ = "definition_files"

    definition_id: Mapped[str] = mapped_column(ForeignKey("definitions.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Form(Base):
    """A form as deployed with a definition (form-js JSON)."""

    __tablename__ = "forms"

    definition_id: Mapped[str] = mapped_column(ForeignKey("definitions.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[dict[str, Any]]
