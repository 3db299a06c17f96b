"""Working days, and legal days counted as the law counts them.

Source: 民法典 Arts 200-203 by analogy (domain: deadlines). The day of the trigger does not count; a period of months or
years ends on the corresponding day, or on the month's last day where there is none; a last day that is a statutory
rest day rolls to the first working day after it. Chinese weekends may be working days (调休).
"""

from __future__ import annotations

import calendar as months
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import chinese_calendar
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from audits.models import CalendarDay
from workflows import access, trail
from workflows.access import Actor
from workflows.errors import Invalid, NotFound

ZONE: Final = ZoneInfo("Asia/Shanghai")
KINDS: Final = frozenset({"holiday", "workday", "published"})
_PERIOD: Final = re.compile(r"^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$")
_SATURDAY: Final = 5
_NAMES: Final = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}


def local_day(now: datetime) -> date:
    """Give the day that it is in China."""
    return now.astimezone(ZONE).date()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that differ from Monday to Friday, and the years for which that is known."""

    holidays: frozenset[date]
    workdays: frozenset[date]
    published: frozenset[int]

    def is_workday(self, day: date) -> bool:
        """Say whether offices work; an unpublished year counts Monday to Friday only."""
        if day in self.workdays:
            return True
        return day not in self.holidays and day.weekday() < _SATURDAY

    def roll(self, day: date) -> date:
        """Give the day itself, or the first working day after a rest day."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def missing(self, *days: date) -> frozenset[int]:
        """Give the years of some days whose calendar is not published."""
        return frozenset(day.year for day in days) - self.published

    def working_days(self, start: date, end: date) -> int:
        """Count the working days after ``start`` up to and including ``end``; negative when ``end`` is past."""
        if end < start:
            return -self.working_days(end, start)
        days = (end - start).days
        return sum(self.is_workday(start + timedelta(days=offset)) for offset in range(1, days + 1))


@dataclass(frozen=True, slots=True)
class LegalDay:
    """The end of a period.

    ``nominal`` is the corresponding day, ``due`` the working day that counts; ``provisional`` while a calendar that it
    depends on is not published.
    """

    nominal: date
    due: date
    provisional: bool


def add_period(start: date, period: str) -> date:
    """Add an ISO 8601 period of years, months, weeks and days; months end on the corresponding or the last day.

    Raises Invalid ``bad_period``.
    """
    found = _PERIOD.match(period)
    if not found or period == "P":
        raise Invalid("bad_period", period=period)
    years, add_months, weeks, days = (int(part or 0) for part in found.groups())
    count = start.month - 1 + add_months + 12 * years
    year, month = start.year + count // 12, count % 12 + 1
    day = min(start.day, months.monthrange(year, month)[1])
    return date(year, month, day) + timedelta(days=days, weeks=weeks)


def legal_day(start: date, period: str, calendar: Calendar) -> LegalDay:
    """Count a period from its trigger as the law does."""
    nominal = add_period(start, period)
    due = calendar.roll(nominal)
    return LegalDay(nominal=nominal, due=due, provisional=bool(calendar.missing(nominal, due)))


def load(session: Session, first: int, last: int, region: str = "") -> Calendar:
    """Read the calendar of some years, national days and those of a region."""
    rows = session.execute(
        select(CalendarDay.day, CalendarDay.kind).where(
            CalendarDay.day.between(date(first, 1, 1), date(last, 12, 31)), CalendarDay.region.in_(["", region])
        )
    ).all()
    return Calendar(
        holidays=frozenset(day for day, kind in rows if kind == "holiday"),
        workdays=frozenset(day for day, kind in rows if kind == "workday"),
        published=frozenset(day.year for day, kind in rows if kind == "published"),
    )


def seed(session: Session, years: Iterable[int]) -> int:
    """Add the State Council's days of the years that the library knows and the table does not; give how many days."""
    known = published_years(session)
    count = 0
    for year in years:
        if year in known:
            continue
        rows = _library_days(year)
        session.add_all(rows)
        count += len(rows)
    session.flush()
    return count


def _library_days(year: int) -> list[CalendarDay]:
    source = "国务院办公厅关于节假日安排的通知"
    days = [
        CalendarDay(region="", day=day, kind=kind, name=_NAMES.get(str(name), str(name)), source=source)
        for kind, known in (
            ("holiday", chinese_calendar.constants.holidays),
            ("workday", chinese_calendar.constants.workdays),
        )
        for day, name in known.items()
        if day.year == year
    ]
    if days:
        days.append(CalendarDay(region="", day=date(year, 1, 1), kind="published", name="", source=source))
    return days


def published_years(session: Session) -> list[int]:
    """Give the years whose calendar is published, in order."""
    days = session.scalars(select(CalendarDay.day).where(CalendarDay.kind == "published", CalendarDay.region == ""))
    return sorted(day.year for day in days)


def year_days(session: Session, year: int) -> list[CalendarDay]:
    """Give what differs from Monday to Friday in a year, in order."""
    return list(
        session.scalars(
            select(CalendarDay)
            .where(CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)), CalendarDay.kind != "published")
            .order_by(CalendarDay.day)
        )
    )


def set_day(session: Session, actor: Actor, day: date, kind: str, name: str, now: datetime) -> CalendarDay:
    """Make a day a holiday or a working day. Raises NotAllowed, Invalid."""
    access.require(actor, "calendars.edit", access.NATION)
    if kind not in {"holiday", "workday"}:
        raise Invalid(fields={"kind": ["unknown"]})
    session.execute(
        delete(CalendarDay).where(
            CalendarDay.region == "", CalendarDay.day == day, CalendarDay.kind.in_(["holiday", "workday"])
        )
    )
    row = CalendarDay(region="", day=day, kind=kind, name=name.strip()[:60], source=actor.name)
    session.add(row)
    _record(session, actor, "calendar.day_set", day.isoformat(), {"kind": kind, "name": name}, now)
    return row


def remove_day(session: Session, actor: Actor, day: date, now: datetime) -> None:
    """Let a day follow its weekday again. Raises NotAllowed, NotFound where it does already."""
    access.require(actor, "calendars.edit", access.NATION)
    removed = session.scalars(
        delete(CalendarDay)
        .where(CalendarDay.region == "", CalendarDay.day == day, CalendarDay.kind.in_(["holiday", "workday"]))
        .returning(CalendarDay.day)
    ).all()
    if not removed:
        raise NotFound("calendar_day", day=day)
    _record(session, actor, "calendar.day_removed", day.isoformat(), {}, now)


def mark_published(session: Session, actor: Actor, year: int, now: datetime) -> None:
    """Say that a year's calendar is complete. ``clocks.publish_year`` recomputes what was provisional."""
    access.require(actor, "calendars.edit", access.NATION)
    if year in published_years(session):
        raise Invalid("year_is_published", year=year)
    session.add(CalendarDay(region="", day=date(year, 1, 1), kind="published", name="", source=actor.name))
    session.flush()
    _record(session, actor, "calendar.year_published", str(year), {}, now)


def _record(session: Session, actor: Actor, action: str, subject: str, payload: dict[str, str], now: datetime) -> None:
    trail.append(
        session,
        chain="calendar",
        actor=actor,
        action=action,
        subject_type="calendar",
        subject_id=subject,
        payload=payload,
        now=now,
    )
