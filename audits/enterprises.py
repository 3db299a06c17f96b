"""Enterprises: the unified social credit code, the profile, the plants."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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
BUREAU_ONLY: Final = frozenset({"uscc", "region_code", "key_discharger", "yellow_river_basin", "status"})
FLAGS: Final = ("key_discharger", "yellow_river_basin")
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
    if len(text) != 18 or any(character not in ALPHABET for character in text):
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
    if bureau:
        _check_move(session, actor, row, clean)
    else:
        clean = {key: value for key, value in clean.items() if key not in BUREAU_ONLY}
    changes: dict[str, Any] = {}
    for key, value in clean.items():
        old = getattr(row, key)
        if old != value:
            changes[key] = [str(old), str(value)]
            setattr(row, key, value)
    if "name" in changes:
        row.former_names = [*row.former_names, changes["name"][0]]
    organisation = session.get_one(Organisation, row.id)
    organisation.name, organisation.code, organisation.region_code = row.name, row.uscc, row.region_code
    session.flush()
    if changes:
        _record(session, actor, "enterprise.changed", row.id, changes, now)
    return row


def _check_move(session: Session, actor: Actor, row: Enterprise, clean: Mapping[str, Any]) -> None:
    """Check that a new region is the actor's too, and that a new code is nobody else's."""
    region = clean.get("region_code", row.region_code)
    if region != row.region_code:
        require(actor, "enterprises.edit", session.get_one(Region, region).path)
    uscc = clean.get("uscc", row.uscc)
    if uscc != row.uscc and session.scalar(select(Enterprise.id).where(Enterprise.uscc == uscc)):
        raise Conflict("enterprise_exists", uscc=uscc)


def flag(session: Session, actor: Actor, row: Enterprise, flags: Mapping[str, bool], now: datetime) -> None:
    """Set what a bureau says of an enterprise (key discharger, basin). The caller has judged whether the actor may."""
    changes = {key: [str(getattr(row, key)), str(value)] for key, value in flags.items() if getattr(row, key) != value}
    for key in changes:
        setattr(row, key, flags[key])
    if changes:
        _record(session, actor, "enterprise.changed", row.id, changes, now)


def _clean(session: Session, fields: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """Give the fields that were given, clean; raises Invalid by field. A new enterprise needs the telling ones."""
    errors: dict[str, list[str]] = {}
    clean = _texts(fields, errors) | _choices(fields, errors)
    if not clean.get("name", "" if new else "kept"):
        errors["name"] = ["required"]
    if clean.get("permit_no") and not _PERMIT.match(clean["permit_no"]):
        errors["permit_no"] = ["bad_permit"]
    for key, take in _TELLING.items():
        if key in fields or new:
            clean |= take(str(fields.get(key) or ""))
            fault = _fault(session, key, clean[key])
            if fault:
                errors[key] = [fault]
    if errors:
        raise Invalid(fields=errors)
    return clean


def _texts(fields: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    clean = {key: str(fields[key] or "").strip() for key in _TEXTS if key in fields}
    errors |= {key: ["too_long"] for key, text in clean.items() if len(text) > _TEXTS[key]}
    return clean


def _choices(fields: Mapping[str, Any], errors: dict[str, list[str]]) -> dict[str, Any]:
    clean: dict[str, Any] = {key: fields[key] in {True, "true", "on", "1", "yes"} for key in FLAGS if key in fields}
    for key, allowed in (("scale", SCALES), ("status", STATUSES)):
        if fields.get(key):
            clean[key] = str(fields[key])
            if clean[key] not in allowed:
                errors[key] = ["unknown"]
    return clean


def _industry(text: str) -> dict[str, Any]:
    code = industries.normalise(text)
    return {"industry": code, "industry_tags": industries.tags_of(code)}


_TELLING: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "uscc": lambda text: {"uscc": normalise_uscc(text)},
    "industry": _industry,
    "region_code": lambda text: {"region_code": text},
}


def _fault(session: Session, key: str, value: str) -> str | None:
    """Say what is wrong with a code."""
    if key == "uscc":
        return None if uscc_valid(value) else "bad_uscc"
    if key == "industry":
        return None if industries.valid(value) else "bad_industry"
    return None if session.get(Region, value) is not None else "bad_region"


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
            or_(
                Enterprise.name.contains(text, autoescape=True),
                Enterprise.uscc.startswith(text.upper(), autoescape=True),
            )
        )
    if region:
        path = session.scalar(select(Region.path).where(Region.code == region)) or "/none/"
        inside = select(Region.code).where(Region.path.startswith(path, autoescape=True))
        query = query.where(Enterprise.region_code.in_(inside))
    return keyset(session, query, [Enterprise.name, Enterprise.id], cursor, limit)


def by_code(session: Session, actor: Actor, uscc: str) -> Enterprise | None:
    """Give the enterprise of a credit code; None where there is none that the actor may know of."""
    query = select(Enterprise).where(Enterprise.uscc == normalise_uscc(uscc), access.visible(actor, Enterprise))
    return session.scalar(query)


def registered(session: Session, uscc: str) -> bool:
    """Say whether an enterprise of a credit code is registered anywhere."""
    return session.scalar(select(Enterprise.id).where(Enterprise.uscc == normalise_uscc(uscc))) is not None


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
