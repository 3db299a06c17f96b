"""Legal days: the law's counting against an independent, naive counter, on hundreds of dated examples."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import calendars, clocks, deadlines
from audits.models import CalendarDay, Deadline
from tests.audits.office import Office
from workflows.errors import Invalid, NotAllowed
from workflows.models import Incident, Timer

PERIODS = ("P1M", "P2M", "P6M", "P12M", "P1Y", "P15D", "P30D", "P2W", "P1Y1M")
STARTS = [date(2019, 1, 31) + timedelta(days=17 * step) for step in range(150)]


def naive_end(start: date, period: str) -> date:
    """Walk day by day: a month ends on the day of the same number, or on the last day before the next month."""
    found = re.findall(r"(\d+)([YMWD])", period)
    months = sum(int(count) * (12 if unit == "Y" else 1) for count, unit in found if unit in "YM")
    days = sum(int(count) * (7 if unit == "W" else 1) for count, unit in found if unit in "WD")
    day, crossed = start, 0
    if months:
        while True:
            tomorrow = day + timedelta(days=1)
            crossed += tomorrow.day == 1
            if crossed > months:
                break
            day = tomorrow
            if crossed == months and day.day == start.day:
                break
    for _ in range(days):
        day += timedelta(days=1)
    return day


def naive_due(start: date, period: str) -> date:
    day = naive_end(start, period)
    while not chinese_calendar.is_workday(day):
        day += timedelta(days=1)
    return day


@pytest.fixture
def calendar(session: Session) -> calendars.Calendar:
    return calendars.load(session, 2019, 2026)


def test_hundreds_of_dated_examples_agree_with_a_naive_counter(calendar: calendars.Calendar) -> None:
    examined = 0
    for start in STARTS:
        for period in PERIODS:
            end = naive_end(start, period)
            if end.year > 2025:
                continue
            day = calendars.legal_day(start, period, calendar)
            assert (day.nominal, day.due, day.provisional) == (end, naive_due(start, period), False), (start, period)
            examined += 1
    assert examined >= 1000


def examples() -> list[dict[str, str]]:
    """Read the dated examples of 2024 to 2026: trigger, period, corresponding day, day that counts, and why it is there."""
    with (Path(__file__).parent / "data" / "legal_days.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_dated_example_of_three_years_comes_out(calendar: calendars.Calendar) -> None:
    known = examples()
    assert len(known) >= 200
    assert sum(one["nominal"] != one["due"] for one in known) >= 100, "most of them roll"
    wrong = []
    for one in known:
        day = calendars.legal_day(date.fromisoformat(one["trigger"]), one["period"], calendar)
        if (day.nominal.isoformat(), day.due.isoformat(), day.provisional) != (one["nominal"], one["due"], False):
            wrong.append((one, day))
    assert wrong == []


@pytest.mark.parametrize(
    ("start", "period", "due"),
    [
        ((2026, 1, 31), "P1M", (2026, 2, 28)),  # a Saturday, but a working one
        ((2025, 9, 2), "P1M", (2025, 10, 9)),  # 2 October is a holiday; the week ends on the 8th
        ((2028, 2, 29), "P12M", (2029, 2, 28)),
        ((2024, 2, 29), "P1Y", (2025, 2, 28)),
        ((2025, 12, 31), "P2M", (2026, 2, 28)),
        ((2025, 1, 30), "P1M", (2025, 2, 28)),
        ((2025, 1, 1), "P15D", (2025, 1, 16)),
        ((2024, 12, 31), "P1D", (2025, 1, 2)),  # New Year's Day
        ((2025, 1, 27), "P1D", (2025, 2, 5)),  # Spring Festival, to 4 February
        ((2025, 4, 27), "P3D", (2025, 4, 30)),
        ((2025, 4, 30), "P1D", (2025, 5, 6)),  # Labour Day, to 5 May
        ((2025, 9, 27), "P1D", (2025, 9, 28)),  # a Sunday, but a working one
    ],
)
def test_the_examples_of_the_law_come_out(
    calendar: calendars.Calendar, start: tuple[int, int, int], period: str, due: tuple[int, int, int]
) -> None:
    assert calendars.legal_day(date(*start), period, calendar).due == date(*due)


def test_a_year_without_a_published_calendar_makes_the_day_provisional(calendar: calendars.Calendar) -> None:
    assert calendars.legal_day(date(2026, 3, 2), "P1Y", calendar).provisional
    assert calendars.legal_day(date(2026, 3, 2), "P1M", calendar).provisional is False


def test_working_days_count_forwards_and_backwards(calendar: calendars.Calendar) -> None:
    assert calendar.working_days(date(2025, 9, 30), date(2025, 10, 9)) == 1
    assert calendar.working_days(date(2025, 10, 9), date(2025, 9, 30)) == -1
    assert calendar.working_days(date(2026, 3, 2), date(2026, 3, 2)) == 0


@pytest.mark.parametrize("text", ["", "P", "1M", "PT1H", "P1.5M", "P-1M"])
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        calendars.add_period(date(2026, 1, 1), text)


def test_the_countdown_says_soon_and_overdue(calendar: calendars.Calendar) -> None:
    friday, monday = date(2026, 3, 6), date(2026, 3, 9)
    assert deadlines.countdown(calendar, monday, friday) == deadlines.Countdown(3, 1, "soon")
    assert deadlines.countdown(calendar, friday, monday) == deadlines.Countdown(-3, -1, "overdue")
    assert deadlines.countdown(calendar, friday, friday).state == "soon"
    assert deadlines.countdown(calendar, date(2026, 3, 31), friday).state == "ok"


def test_only_who_may_edit_the_calendar_does(office: Office) -> None:
    with office.as_("li") as (session, actor), pytest.raises(NotAllowed):
        calendars.set_day(session, actor, date(2027, 1, 1), "holiday", "元旦", office.now)
    with office.as_("zong") as (session, actor):
        with pytest.raises(Invalid):
            calendars.set_day(session, actor, date(2027, 1, 1), "feast", "元旦", office.now)
        calendars.set_day(session, actor, date(2027, 1, 1), "holiday", "元旦", office.now)
        calendars.set_day(session, actor, date(2027, 1, 1), "workday", "", office.now)
        assert [row.kind for row in calendars.year_days(session, 2027)] == ["workday"]
        calendars.remove_day(session, actor, date(2027, 1, 1), office.now)
        assert calendars.year_days(session, 2027) == []


@pytest.mark.database
def test_publishing_a_year_counts_provisional_days_anew_and_the_timers_follow(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "measure_focus")
    before = office.deadline(case_id, "report")
    assert (before.due_on, before.provisional) == (date(2027, 3, 2), True)
    untouched = office.deadline(case_id, "disclosure")
    with office.as_("zong") as (session, actor):
        for day in (2, 3, 4, 5):
            calendars.set_day(session, actor, date(2027, 3, day), "holiday", "试验", office.now)
        moved = clocks.publish_year(session, office.app, actor, 2027, office.now)
    assert moved == 1
    after = office.deadline(case_id, "report")
    assert (after.due_on, after.nominal_on, after.provisional) == (date(2027, 3, 8), date(2027, 3, 2), False)
    assert office.deadline(case_id, "disclosure").due_on == untouched.due_on
    with office.looking() as session:
        timers = session.scalars(
            select(Timer).where(
                Timer.instance_id == case_id, Timer.status == "armed", Timer.element == "report_overdue"
            )
        ).all()
        assert [timer.due_at.astimezone(calendars.ZONE).date() for timer in timers] == [date(2027, 3, 9)]
    assert [event["old"] for event in office.told(case_id, "deadline.recomputed")] == ["2027-03-02"]
    with office.as_("zong") as (session, actor), pytest.raises(Invalid):
        clocks.publish_year(session, office.app, actor, 2027, office.now)


def test_seeding_again_adds_nothing(session: Session) -> None:
    assert calendars.published_years(session) == list(range(2019, 2027))
    assert calendars.seed(session, range(2019, 2027)) == 0
    assert session.scalar(select(CalendarDay.kind).where(CalendarDay.day == date(2026, 2, 28))) == "workday"
    assert session.scalar(select(Deadline.id)) is None


def test_a_year_without_a_calendar_alarms_the_administrators_once_until_it_is_published(office: Office) -> None:
    office.publish({"steelworks": ["SHUANGYOU"], "bakery": ["SHUANGYOU"]})
    with office.looking() as session:
        (alarm,) = session.scalars(select(Incident).where(Incident.kind == "calendar"))
    assert (alarm.detail, alarm.instance_id, alarm.resolved_at) == ({"year": 2027}, None, None)
    with office.as_("zong") as (session, actor):
        clocks.publish_year(session, office.app, actor, 2027, office.now)
    with office.looking() as session:
        (alarm,) = session.scalars(select(Incident).where(Incident.kind == "calendar"))
    assert alarm.resolved_at is not None
