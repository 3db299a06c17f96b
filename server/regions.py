"""Regions as choices of a form or filter."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from server.language import pick
from workflows.access import NATION, Actor
from workflows.models import Region

INDENT = {"country": "", "province": "", "city": "　", "county": "　　"}


def as_choices(rows: Iterable[Region]) -> list[tuple[str, str]]:
    """Write regions, given from the top down, as choices."""
    return [(row.code, INDENT.get(row.level, "") + pick(row.name, row.name_en)) for row in rows]


def choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Give the regions that an officer is in charge of, from the top down; none for somebody without a region."""
    paths = actor.regions
    if not paths:
        return []
    inside = or_(*(Region.path.startswith(path, autoescape=True) for path in paths))
    rows = session.scalars(select(Region).where(inside).order_by(Region.path))
    return as_choices(rows)


def held(session: Session, actor: Actor, action: str) -> list[tuple[str, str]]:
    """Give the regions in which one of the actor's roles permits an action, from the top down."""
    paths = sorted({path for held_action, path in actor.grants if held_action == action})
    inside = or_(false(), *(Region.path.startswith(path, autoescape=True) for path in paths))
    return as_choices(session.scalars(select(Region).where(inside).order_by(Region.path)))


def every(session: Session) -> list[tuple[str, str]]:
    """Give all regions of the country from the top down."""
    rows = session.scalars(select(Region).where(Region.path != NATION).order_by(Region.path))
    return as_choices(rows)


def province_of(session: Session, path: str) -> list[tuple[str, str]]:
    """Give the regions of the province that a region lies in, from the top down."""
    province = "/".join(path.split("/")[:2]) + "/"
    rows = session.scalars(
        select(Region).where(Region.path.startswith(province, autoescape=True)).order_by(Region.path)
    )
    return as_choices(rows)


def within(session: Session, actor: Actor, action: str) -> list[tuple[str, str]]:
    """Give the regions of the country in which an actor may do something, from the top down."""
    held = [path for granted, path in actor.grants if granted == action]
    inside = or_(false(), *(Region.path.startswith(path, autoescape=True) for path in held))
    rows = session.scalars(select(Region).where(inside, Region.path != NATION).order_by(Region.path))
    return as_choices(rows)


def names(session: Session, codes: set[str]) -> dict[str, str]:
    """Give the names of some regions."""
    rows = session.scalars(select(Region).where(Region.code.in_(codes)))
    return {row.code: pick(row.name, row.name_en) for row in rows}
