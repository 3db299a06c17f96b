"""Regions (province, city, county, functional areas) and organisations."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Region(Base):
    """A node of the region tree.

    ``path`` holds the codes from the root, "/620000/620100/620102/"; a node's subtree is every path that begins with
    its own. Functional areas have codes of their own beside GB/T 2260.
    """

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100))
    level: Mapped[str] = mapped_column(String(10))  # country, province, city, county
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("regions.code"))
    path: Mapped[str] = mapped_column(String(80), unique=True)


class Organisation(Base):
    """A bureau, an enterprise, a consultancy, an institute.

    ``code`` is the unified social credit code (USCC); ``staff_role`` the role that its officers hold (``city_bureau``
    ...), so that a task for "the competent bureau" finds them.
    """

    __tablename__ = "organisations"
    __table_args__ = (UniqueConstraint("kind", "code"),)

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))  # bureau, enterprise, consultancy, institute
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    code: Mapped[str | None] = mapped_column(String(18))
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    staff_role: Mapped[str] = mapped_column(String(40))
    contact: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True)
