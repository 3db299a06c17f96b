"""The interval between two audits (两次审核的间隔): counted from an anchor that the region chooses, warned of in time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from audits import access, calendars, parks
from audits.models import Case, Deadline, Enterprise, Notice
from workflows.access import Actor
from workflows.models import Region
from workflows.paging import Page, keyset

BATCH: Final = 200
ANCHORS: Final = ("publication", "report", "acceptance")


@dataclass(frozen=True, slots=True)
class Rule:
    """How a region counts, from a day on: anchor, period, how long before to warn, the audit types it holds for."""

    region: str
    since: date
    anchor: str
    period: str
    warn: str
    types: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Interval:
    """An enterprise whose next audit comes near: the last case, the anchor's day, the last day, and how it stands.

    ``state``: due (the day has passed), soon (within the time of warning). ``anchor`` says which day it was counted from.
    """

    enterprise: Enterprise
    case: Case
    anchor: str
    since: date
    due_on: date
    state: str


@cache
def rules() -> tuple[Rule, ...]:
    """Read the shipped rules."""
    raw = json.loads(resources.files("audits").joinpath("data/name_list.json").read_text(encoding="utf-8"))
    return tuple(
        Rule(
            one["region"], date.fromisoformat(one["from"]), one["anchor"], one["period"], one["warn"],
            tuple(one["types"]), one["source"],
        )
        for one in raw["intervals"]
    )  # fmt: skip


def rule_of(region_path: str, day: date) -> Rule:
    """Give the rule of a region on a day: the nearest region's latest."""
    fitting = [one for one in rules() if one.since <= day and (not one.region or f"/{one.region}/" in region_path)]
    return max(fitting, key=lambda one: (region_path.find(f"/{one.region}/") if one.region else -1, one.since))


def near(session: Session, actor: Actor, *, today: date, cursor: str | None = None, limit: int = 50) -> Page[Interval]:
    """Give the enterprises that the actor sees whose interval ends within the time of warning or has ended.

    Counted from the last round that was published; one whose next case runs already, or whose last one was revoked or
    removed, is left out. One that was deemed audited with its park counts from that day. The one longest ago comes first.
    """
    query = _last_rounds(today).where(access.visible(actor, Enterprise))
    page = keyset(session, query, [Case.publication_date, Case.id], cursor, limit)
    reported = _reported(session, [row[0].id for row in page.items])
    found = [_interval(session, row[0], row[1], row[2], reported.get(row[0].id), today) for row in page.items]
    return Page(tuple(one for one in found if one is not None), page.next_cursor)


def to_warn(session: Session, today: date, *, most: int) -> list[Interval]:
    """Give the intervals of which nobody was told yet that they end soon, or that they have ended; at most so many."""
    found: list[Interval] = []
    cursor: str | None = None
    while len(found) < most:
        page = keyset(session, _last_rounds(today), [Case.publication_date, Case.id], cursor, BATCH)
        reported = _reported(session, [row[0].id for row in page.items])
        near_ = [_interval(session, row[0], row[1], row[2], reported.get(row[0].id), today) for row in page.items]
        keys = {f"interval_{one.state}:{one.case.id}": one for one in near_ if one is not None}
        told = set(session.scalars(select(Notice.key).where(Notice.key.in_(keys))))
        found += [one for key, one in keys.items() if key not in told]
        cursor = page.next_cursor
        if cursor is None:
            break
    return found[:most]


def _last_rounds(today: date) -> Select[Case, Enterprise, str]:
    """Ask for the last finished round of each enterprise that is old enough to matter."""
    last = (
        select(Case.enterprise_id, func.max(Case.publication_date).label("published"))
        .group_by(Case.enterprise_id)
        .subquery()
    )
    earliest = min(_back(today, one) for one in rules())
    return (
        select(Case, Enterprise, Region.path)
        .join(last, (last.c.enterprise_id == Case.enterprise_id) & (last.c.published == Case.publication_date))
        .join(Enterprise, Enterprise.id == Case.enterprise_id)
        .join(Region, Region.code == Enterprise.region_code)
        .where(
            Case.outcome.in_(("qualified", "unqualified", "deemed")),
            Case.publication_date <= earliest,
            Enterprise.status == "normal",
        )
    )


def _back(today: date, rule: Rule) -> date:
    """Give the last day of an anchor whose end is warned of today; a year more is looked at than needed."""
    years = int(rule.period[1:-1]) - 1
    return date(today.year - years, 12, 31)


def _reported(session: Session, ids: list[str]) -> dict[str, date]:
    rows = session.execute(
        select(Deadline.case_id, func.max(Deadline.met_on))
        .where(Deadline.case_id.in_(ids), Deadline.kind == "report", Deadline.met_on.is_not(None))
        .group_by(Deadline.case_id)
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}


def _interval(
    session: Session, case: Case, enterprise: Enterprise, path: str, reported: date | None, today: date
) -> Interval | None:
    rule = rule_of(path, today)
    if not set(rule.types) & set(case.types):
        return None
    deemed = parks.deemed_on(session, [enterprise.id]).get(enterprise.id)
    days = {"publication": case.publication_date, "report": reported, "acceptance": case.outcome_on}
    anchor = rule.anchor if days.get(rule.anchor) else "publication"
    since = max(days[anchor] or case.publication_date, deemed or date.min)
    due = calendars.add_period(since, rule.period)
    if today > due:
        return Interval(enterprise, case, anchor, since, due, "due")
    warned = calendars.add_period(today, rule.warn) >= due
    return Interval(enterprise, case, anchor, since, due, "soon") if warned else None
