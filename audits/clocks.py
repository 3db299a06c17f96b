"""Clocks of deadlines: days that do not count, extensions by decision, and counting anew when a calendar is published.

A day that was once statutory stays readable: ``due_on`` never moves but with the calendar, ``runs_to`` is what counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendar_alarm, calendars, deadlines
from audits.models import Case, Deadline, Pause
from workflows import instances
from workflows.access import SYSTEM, Actor
from workflows.application import Application
from workflows.errors import Invalid
from workflows.models import Instance

ENDED: Final = ("completed", "cancelled")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a clock stops: names (zh, en), the kinds of deadline that stop (empty: all), how long at most, the source."""

    names: tuple[str, str]
    deadlines: tuple[str, ...]
    longest: str
    source: str


@cache
def reasons() -> dict[str, Reason]:
    """Read the reasons for which a clock stops, by key."""
    raw = json.loads(resources.files("audits").joinpath("data/suspensions.json").read_text(encoding="utf-8"))
    return {
        key: Reason(tuple(one["names"]), tuple(one["deadlines"]), one["longest"], one["source"])
        for key, one in raw.items()
    }


def stop(
    session: Session,
    app: Application,
    actor: Actor,
    case: Case,
    *,
    reason: str,
    since: date,
    until: date | None = None,
    kinds: Iterable[str] = (),
    matter_id: str | None = None,
    now: datetime,
) -> list[Deadline]:
    """Let the open clocks of a case stand still from a day on; give those that do.

    A clock that had run out by then stays so. ``until``: the day from which they run again by themselves; without one,
    after the longest time of the reason, or when ``start`` is called. The caller has judged whether the actor may.
    Raises Invalid ``until`` where the end is not after the beginning.
    """
    rule = reasons()[reason]
    if until is not None and until <= since:
        raise Invalid(fields={"until": ["before_since"]})
    if until is None and rule.longest:
        until = calendars.add_period(calendars.local_day(now), rule.longest)
    wanted = set(kinds) or set(rule.deadlines)
    rows = [
        row
        for row in _open(session, case.id)
        if (not wanted or row.kind in wanted) and row.runs_to >= since and not _stands(session, row, reason)
    ]
    for row in rows:
        session.add(
            Pause(
                deadline_id=row.id, case_id=case.id, reason=reason, since=since, until=until, matter_id=matter_id
            )
        )  # fmt: skip
        session.flush()
        _recount(session, case, row)
        told = {"reason": reason, "since": since, "until": until}
        deadlines.record(session, actor, case.id, "deadline.paused", row, told, now)
    if rows:
        follow(session, app, case, now)
    return rows


def start(
    session: Session,
    app: Application,
    actor: Actor,
    case: Case,
    *,
    reason: str,
    on: date,
    kinds: Iterable[str] = (),
    now: datetime,
) -> list[Deadline]:
    """Let the clocks that stand still for a reason run again from a day on; give those that do."""
    wanted = set(kinds)
    query = (
        select(Pause, Deadline)
        .join(Deadline, Deadline.id == Pause.deadline_id)
        .where(Pause.case_id == case.id, Pause.reason == reason, ~Pause.ended)
        .order_by(Pause.since, Pause.id)
    )
    rows = []
    for pause, row in session.execute(query).all():
        if wanted and row.kind not in wanted:
            continue
        pause.until = max(pause.since, on if pause.until is None else min(on, pause.until))
        pause.ended = True
        session.flush()
        _recount(session, case, row)
        told = {"reason": reason, "since": pause.since, "until": pause.until, "days": row.suspended_days}
        deadlines.record(session, actor, case.id, "deadline.resumed", row, told, now)
        rows.append(row)
    if rows:
        follow(session, app, case, now)
    return rows


def hand_in(session: Session, app: Application, case: Case, kind: str, *, reason: str, now: datetime) -> None:
    """Let a correction end with what is handed in today, and the timers of the duty ring no more."""
    if not start(session, app, SYSTEM, case, reason=reason, on=calendars.local_day(now), kinds=[kind], now=now):
        follow(session, app, case, now)


def extend(
    session: Session, app: Application, actor: Actor, case: Case, row: Deadline, *, until: date, now: datetime
) -> Deadline:
    """Extend a deadline to a working day by decision; the statutory day stays beside it.

    Pauses before the decision are part of what it grants; later ones add up. Raises Invalid ``until`` where that day
    is not later than the one that counts now, or is no working day.
    """
    calendar = calendars.load(session, until.year, until.year, case.region_code)
    if until <= row.runs_to:
        raise Invalid(fields={"until": ["not_after_deadline"]})
    if not calendar.is_workday(until):
        raise Invalid(fields={"until": ["no_workday"]})
    old = row.runs_to
    row.extended_to, row.extended_on, row.extensions = until, calendars.local_day(now), row.extensions + 1
    _recount(session, case, row)
    told = {"old": old, "extended_to": until, "extensions": row.extensions}
    deadlines.record(session, actor, case.id, "deadline.extended", row, told, now)
    row.escalated_at = row.reminded_at = None
    follow(session, app, case, now)
    return row


def pauses_of(session: Session, case_id: str) -> dict[str, list[Pause]]:
    """Give a case's pauses by deadline, in order. The caller has fetched the case through access."""
    found: dict[str, list[Pause]] = {}
    for row in session.scalars(select(Pause).where(Pause.case_id == case_id).order_by(Pause.since, Pause.id)):
        found.setdefault(row.deadline_id, []).append(row)
    return found


def publish_year(session: Session, app: Application, actor: Actor, year: int, now: datetime) -> int:
    """Declare a year's calendar complete and count anew every open deadline that waited for it; give how many moved.

    Each one that moves gets an audit event with the old and the new day, and its running timers follow.
    """
    calendars.mark_published(session, actor, year, now)
    calendar_alarm.settle(session, year, now)
    moved = 0
    rows = session.execute(
        select(Deadline, Case)
        .join(Case, Case.id == Deadline.case_id)
        .join(Instance, Instance.id == Case.id)
        .where(Deadline.provisional, Deadline.met_on.is_(None), Instance.status.not_in(ENDED))
    ).all()
    for row, case in rows:
        old = row.due_on, row.runs_to
        _recount(session, case, row)
        if old != (row.due_on, row.runs_to):
            moved += 1
            deadlines.record(session, actor, case.id, "deadline.recomputed", row, {"old": old[0]}, now)
            follow(session, app, case, now)
    return moved


def _open(session: Session, case_id: str) -> list[Deadline]:
    """Give the unmet deadlines of the latest round of each kind."""
    return [row for row in deadlines.by_kind(session, case_id).values() if row.met_on is None]


def _stands(session: Session, row: Deadline, reason: str) -> bool:
    query = select(Pause.id).where(Pause.deadline_id == row.id, Pause.reason == reason, ~Pause.ended)
    return session.scalar(query.limit(1)) is not None


def _recount(session: Session, case: Case, row: Deadline) -> None:
    """Work out every day of a deadline from its period, its extension and its pauses."""
    pauses = session.scalars(select(Pause).where(Pause.deadline_id == row.id)).all()
    away = {day for day in not_counted(pauses) if day > row.trigger_on}  # the clock did not run before
    last = max([row.nominal_on, row.extended_to or row.nominal_on], default=row.nominal_on) + timedelta(days=len(away))
    calendar = calendars.load(session, row.trigger_on.year, last.year + 1, case.region_code)
    legal = calendars.legal_day(row.trigger_on, row.period, calendar)
    row.due_on, row.suspended_days = legal.due, len(away)
    base = row.extended_to or legal.nominal
    later = [day for day in away if row.extended_on is None or day > row.extended_on]
    row.runs_to = calendar.roll(base + timedelta(days=len(later)))
    row.provisional = bool(calendar.missing(legal.nominal, legal.due, row.runs_to))
    row.paused_since = min((one.since for one in pauses if one.until is None), default=None)
    session.flush()


def not_counted(pauses: Iterable[Pause]) -> set[date]:
    """Give the days that do not count. A day that two pauses share is one day."""
    return {
        one.since + timedelta(days=offset)
        for one in pauses
        if one.until is not None
        for offset in range(1, (one.until - one.since).days + 1)
    }


def follow(session: Session, app: Application, case: Case, now: datetime) -> None:
    """Let the running timers of a case follow its days."""
    instance = session.get_one(Instance, case.id)
    if instance.status not in ENDED:
        variables: Mapping[str, Any] = {"deadlines": deadlines.variables(session, case)}
        instances.change_variables(session, app, SYSTEM, case.id, variables, now)
