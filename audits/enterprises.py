"""Enterprises: the unified social credit code, the profile, the plants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from audits import access, industries
from audits.models import Enterprise, Plant
from workflows import trail
from workflows.access import Actor, may, require
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Organisation, Region
from workflows.paging import Page, keyset

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
SCALES: Final = ("large", "medium", "small", "micro")
STATUSES: Final = ("normal", "suspended", "closed", "relocated", "merged", "deregistered")
_PERMIT: Final = re.compile(r"^.{18}\d{3}[A-Z]$")
_TEXTS: Final = {
    "name": 200,
    "legal_representative": 100,
    "registered_address": 300,
    "production_address": 300,
    "contact_name": 100,
    "contact_phone": 40,
    "permit_no": 24,
}
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def normalise_uscc(text: str) -> str:
    """Write a code in half width and upper case, without spaces."""
    return "".join(text.translate(_WIDE).upper().split())


def uscc_check(first17: str) -> str:
    """Compute the check character of a code's first 17 (GB 32100-2015). Raises ValueError on another alphabet."""
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(first17, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def uscc_valid(text: str) -> bool:
    """Say whether a normalised text is a unified social credit code with a right check character."""
    if len(text) != 18 or any(character not in ALPHABET for character in text):  # noqa: PLR2004
        return False
    return uscc_check(text[:17]) == text[17]


def register(session: Session, actor: Actor, fields: Mapping[str, Any], *, now: datetime) -> Enterprise:
    """Add an enterprise and its organisation. Raises NotAllowed, Invalid by field, Conflict ``enterprise_exists``."""
    clean = _clean(session, fields, new=True)
    require(actor, "enterprises.edit", session.get_one(Region, clean["region_code"]).path)
    if session.scalar(select(Enterprise.id).where(Enterprise.uscc == clean["uscc"])):
        raise Conflict("enterprise_exists", uscc=clean["uscc"])
    organisation = Organisation(
        kind="enterprise",
        name=clean["name"],
        code=clean["uscc"],
        region_code=clean["region_code"],
        staff_role="enterprise",
        contact=clean.get("contact_phone", ""),
    )
    session.add(organisation)
    session.flush()
    row = Enterprise(id=organisation.id, former_names=[], **clean)
    session.add(row)
    session.flush()
    _record(session, actor, "enterprise.registered", row.id, {"uscc": row.uscc, "name": row.name}, now)
    return row


def update(session: Session, actor: Actor, enterprise_id: str, fields: Mapping[str, Any], now: datetime) -> Enterprise:
    """Change a profile: its own people all but the code, region and flags; the bureau of the region everything.

    A new name keeps the old one among the former names. Raises NotFound, NotAllowed, Invalid.
    """
    row = access.enterprise(session, actor, enterprise_id)
    path = session.get_one(Region, row.region_code).path
    bureau = may(actor, "enterprises.edit", path)
    if not bureau and enterprise_id not in actor.organisations:
        raise NotAllowed("not_your_enterprise")
    clean = _clean(session, fields, new=False)
    if not bureau:
        for key in ("uscc", "region_code", "key_discharger", "yellow_river_basin", "status"):
            clean.pop(key, None)
    changes: dict[str, Any] = {}
    for key, value in clean.items():
        old = getattr(row, key)
        if old != value:
            changes[key] = [str(old), str(value)]
            setattr(row, key, value)
    if "name" in changes:
        row.former_names = [*row.former_names, changes["name"][0]]
        session.get_one(Organisation, row.id).name = row.name
    session.flush()
    if changes:
        _record(session, actor, "enterprise.changed", row.id, changes, now)
    return row


def _clean(session: Session, fields: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    errors: dict[str, list[str]] = {}
    clean: dict[str, Any] = {}
    for key, limit in _TEXTS.items():
        if key in fields:
            clean[key] = str(fields[key] or "").strip()
            if len(clean[key]) > limit:
                errors[key] = ["too_long"]
    if "uscc" in fields or new:
        clean["uscc"] = normalise_uscc(str(fields.get("uscc") or ""))
        if not uscc_valid(clean["uscc"]):
            errors["uscc"] = ["bad_uscc"]
    if "industry" in fields or new:
        clean["industry"] = industries.normalise(str(fields.get("industry") or ""))
        clean["industry_tags"] = industries.tags_of(clean["industry"])
        if not industries.valid(clean["industry"]):
            errors["industry"] = ["bad_industry"]
    if "region_code" in fields or new:
        clean["region_code"] = str(fields.get("region_code") or "")
        if session.get(Region, clean["region_code"]) is None:
            errors["region_code"] = ["bad_region"]
    for key in ("key_discharger", "yellow_river_basin"):
        if key in fields:
            clean[key] = fields[key] in {True, "true", "on", "1", "yes"}
    for key, allowed in (("scale", SCALES), ("status", STATUSES)):
        if fields.get(key):
            clean[key] = str(fields[key])
            if clean[key] not in allowed:
                errors[key] = ["unknown"]
    if "name" in clean and not clean["name"] or new and not clean.get("name"):
        errors["name"] = ["required"]
    if clean.get("permit_no") and not _PERMIT.match(clean["permit_no"]):
        errors["permit_no"] = ["bad_permit"]
    if errors:
        raise Invalid(fields=errors)
    return clean


def list_(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    region: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Enterprise]:
    """Give the enterprises that the actor sees, by name; ``text`` looks in name and code."""
    query = select(Enterprise).where(access.visible(actor, Enterprise))
    if text:
        query = query.where(
            or_(Enterprise.name.contains(text, autoescape=True), Enterprise.uscc.startswith(text.upper(), autoescape=True))
        )
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region)) or "/none/"
        inside = select(Region.code).where(Region.path.startswith(path, autoescape=True))
        query = query.where(Enterprise.region_code.in_(inside))
    return keyset(session, query, [Enterprise.name, Enterprise.id], cursor, limit)


def get(session: Session, actor: Actor, enterprise_id: str) -> Enterprise:
    """Give an enterprise; NotFound where the actor may not know of it."""
    return access.enterprise(session, actor, enterprise_id)


def plants(session: Session, actor: Actor, enterprise_id: str) -> list[Plant]:
    """Give the plants of an enterprise."""
    access.enterprise(session, actor, enterprise_id)
    return list(session.scalars(select(Plant).where(Plant.enterprise_id == enterprise_id).order_by(Plant.name)))


def add_plant(
    session: Session, actor: Actor, enterprise_id: str, *, name: str, address: str, region_code: str, now: datetime
) -> Plant:
    """Add a production site. Raises NotFound, NotAllowed, Invalid."""
    row = access.enterprise(session, actor, enterprise_id)
    path = session.get_one(Region, row.region_code).path
    if not may(actor, "enterprises.edit", path) and enterprise_id not in actor.organisations:
        raise NotAllowed("not_your_enterprise")
    if not name.strip():
        raise Invalid(fields={"name": ["required"]})
    if session.get(Region, region_code) is None:
        raise Invalid(fields={"region_code": ["bad_region"]})
    plant = Plant(enterprise_id=enterprise_id, name=name.strip(), address=address.strip(), region_code=region_code)
    session.add(plant)
    session.flush()
    _record(session, actor, "plant.added", plant.id, {"enterprise": enterprise_id, "name": plant.name}, now)
    return plant


def _record(session: Session, actor: Actor, action: str, subject: str, payload: dict[str, Any], now: datetime) -> None:
    trail.append(
        session,
        chain=f"org:{payload.get('enterprise', subject)}",
        actor=actor,
        action=action,
        subject_type=action.split(".", maxsplit=1)[0],
        subject_id=subject,
        payload=payload,
        now=now,
    )
