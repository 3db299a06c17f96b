"""Enterprises and their plants (domain: data dictionary)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Enterprise(Base):
    """The profile of an organisation of kind enterprise.

    ``industry`` is a GB/T 4754-2017 class (2 to 4 digits);
    ``industry_tags`` the audit industries of the decision tables (thermal_power, steel ...).
    """

    __tablename__ = "enterprises"

    id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    former_names: Mapped[list[Any]]
    legal_representative: Mapped[str] = mapped_column(String(100), default="")
    registered_address: Mapped[str] = mapped_column(String(300), default="")
    production_address: Mapped[str] = mapped_column(String(300), default="")
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"), index=True)
    industry: Mapped[str] = mapped_column(String(5), default="")
    industry_tags: Mapped[list[Any]]
    scale: Mapped[str] = mapped_column(String(10), default="")  # large, medium, small, micro
    permit_no: Mapped[str] = mapped_column(String(24), default="")
    key_discharger: Mapped[bool] = mapped_column(Boolean, default=False)
    yellow_river_basin: Mapped[bool] = mapped_column(Boolean, default=False)
    output_value: Mapped[Any] = mapped_column(Numeric(18, 4), nullable=True)  # 10,000 yuan a year
    contact_name: Mapped[str] = mapped_column(String(100), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    status: Mapped[str] = mapped_column(String(20), default="normal")


class Plant(Base):
    """A production site; several may stand under one USCC."""

    __tablename__ = "plants"

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprises.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(300), default="")
    region_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
