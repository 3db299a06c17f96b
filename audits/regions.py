"""The region tree: provinces, cities, counties and functional areas, as data."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from workflows.access import NATION
from workflows.errors import Invalid, NotFound
from workflows.models import Organisation, Region

COUNTRY = "country"
LEVELS = ("province", "city", "county")


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A line of a region file: ``code, parent, level, name, name_en``."""

    code: str
    parent: str
    level: str
    name: str
    name_en: str


def shipped() -> Iterator[RegionRow]:
    """Read the tree that comes with the product (GB/T 2260 codes and the functional areas that we know)."""
    with resources.files("audits").joinpath("data/regions.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            yield RegionRow(**line)


def load(session: Session, rows: Iterable[RegionRow]) -> int:
    """Add what is missing and rename what is renamed; give the number of new regions. A parent stands above.

    The country stands beside the provinces, not above them: no case goes up to it, but its path is the top of all.
    """
    known = {region.code: region for region in session.scalars(select(Region))}
    paths = {code: region.path for code, region in known.items()}
    new: list[Region] = []
    waiting = sorted(rows, key=lambda row: (COUNTRY, *LEVELS).index(row.level))
    for row in waiting:
        if row.parent and row.parent not in paths:
            raise Invalid("unknown_parent_region", code_=row.code, parent=row.parent)
        old = known.get(row.code)
        if old is not None:
            old.name, old.name_en = row.name, row.name_en
            continue
        paths[row.code] = NATION if row.level == COUNTRY else f"{paths.get(row.parent, NATION)}{row.code}/"
        new.append(
            Region(
                code=row.code,
                name=row.name,
                name_en=row.name_en,
                level=row.level,
                parent_code=row.parent or None,
                path=paths[row.code],
            )
        )
    for level in (COUNTRY, *LEVELS):
        session.add_all(region for region in new if region.level == level)
        session.flush()
    return len(new)


def lineage(session: Session, code: str) -> dict[str, Region]:
    """Give the regions above and including a code, by level; NotFound where there is none."""
    above, top = aliased(Region), aliased(Region)
    found = session.execute(
        select(Region, above, top)
        .outerjoin(above, above.code == Region.parent_code)
        .outerjoin(top, top.code == above.parent_code)
        .where(Region.code == code)
    ).one_or_none()
    if found is None:
        raise NotFound("region_not_found", code_=code)
    return {region.level: region for region in found if region is not None}


def bureau_over(session: Session, region_code: str, level: str) -> Organisation:
    """Give the bureau of a level that is in charge of a region; the nearest one above where the level has none.

    Raises Invalid ``no_bureau`` when nobody is in charge, so that a case is never opened without a competent bureau.
    """
    above = lineage(session, region_code)
    for candidate in LEVELS[LEVELS.index(level) :: -1]:
        region = above.get(candidate)
        if region is None:
            continue
        bureau = session.scalar(
            select(Organisation)
            .where(Organisation.kind == "bureau", Organisation.region_code == region.code, Organisation.active)
            .order_by(Organisation.name)
        )
        if bureau is not None:
            return bureau
    raise Invalid("no_bureau", region=region_code, level=level)


def department_over(session: Session, region_code: str) -> Organisation | None:
    """Give the coordinating or energy department nearest above a region; None where none is registered."""
    above = lineage(session, region_code)
    codes = [above[level].code for level in reversed(LEVELS) if level in above]
    found = {
        one.region_code: one
        for one in session.scalars(
            select(Organisation)
            .where(Organisation.kind == "department", Organisation.region_code.in_(codes), Organisation.active)
            .order_by(Organisation.name.desc())
        )
    }
    return next((found[code] for code in codes if code in found), None)
