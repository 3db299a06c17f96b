from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.engine import timers

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-01-31T09:00", "P1M", "2026-02-28T09:00"),
        ("2028-01-31T09:00", "P1M", "2028-02-29T09:00"),
        ("2028-02-29T09:00", "P1Y", "2029-02-28T09:00"),
        ("2026-01-31T09:00", "P2W", "2026-02-14T09:00"),
        ("2026-01-31T09:00", "P1Y2M3DT4H5M6S", "2027-04-03T13:05:06"),
        ("2026-03-31T09:00", "-P1M", "2026-02-28T09:00"),
        ("2026-01-31T23:30", "PT45M", "2026-02-01T00:15"),
    ],
)
def test_months_clamp_on_the_local_calendar(start: str, text: str, end: str) -> None:
    assert timers.duration(text).after(at(start), ZoneInfo(SHANGHAI)) == at(end)


def test_a_day_is_a_day_on_the_wall_and_an_hour_an_hour_across_summer_time() -> None:
    before = at("2026-03-28T12:00", BERLIN)
    assert timers.duration("P1D").after(before, ZoneInfo(BERLIN)) == at("2026-03-29T12:00", BERLIN)
    assert timers.duration("PT24H").after(before, ZoneInfo(BERLIN)) == at("2026-03-29T13:00", BERLIN)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1D", "P1", "P1H", "PT1D", "P1D2M", "R3", "R/P0D", "Rx/P1D", "R3/-P1D"]
)
def test_what_is_no_duration_or_cycle_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        timers.cycle(text)


def test_a_date_is_its_first_moment_and_as_a_deadline_its_last() -> None:
    assert timers.moment("2026-03-01", SHANGHAI) == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert timers.deadline("2026-03-01", at("2026-01-01T00:00"), SHANGHAI) == datetime(
        2026, 3, 1, 15, 59, 59, tzinfo=UTC
    )
    assert timers.deadline("P1M", at("2026-01-31T09:00"), SHANGHAI) == at("2026-02-28T09:00")


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T09:00:00", "2026-03-01T01:00:00Z", "2026-03-01T09:00:00+08:00", "2026-03-01T02:00:00@Europe/Berlin"],
)
def test_a_naive_time_is_in_the_zone_of_the_definition(text: str) -> None:
    assert timers.moment(text, SHANGHAI) == datetime(2026, 3, 1, 1, tzinfo=UTC)


def test_a_cycle_counts_from_its_anchor_and_never_drifts() -> None:
    anchor = at("2026-01-31T09:00")
    due, fired, seen = timers.due("timeCycle", "R4/P1M", anchor, SHANGHAI), 0, []
    while True:
        seen.append(due)
        found = timers.next_due("R4/P1M", anchor, fired + 1, due, SHANGHAI)
        if found is None:
            break
        fired, due = found
    assert seen == [at(f"2026-{day}T09:00") for day in ("02-28", "03-31", "04-30", "05-31")]


def test_a_cycle_may_name_its_start() -> None:
    text = "R2/2026-03-01T09:00:00/P1D"
    assert timers.due("timeCycle", text, at("2026-01-01T00:00"), SHANGHAI) == at("2026-03-01T09:00")
    assert timers.next_due(text, at("2026-01-01T00:00"), 1, at("2026-03-01T09:00"), SHANGHAI) == (
        1,
        at("2026-03-02T09:00"),
    )
    assert timers.next_due(text, at("2026-01-01T00:00"), 2, at("2026-03-02T09:00"), SHANGHAI) is None


@given(st.integers(1, 400), st.integers(0, 10_000), st.integers(1, 50))
def test_after_a_long_sleep_the_next_firing_is_the_first_in_the_future(hours: int, slept: int, fired: int) -> None:
    from datetime import timedelta

    anchor, period = at("2026-01-01T00:00"), timedelta(hours=hours)
    now = anchor + timedelta(hours=slept)
    found = timers.next_due(f"R/PT{hours}H", anchor, fired, now, SHANGHAI)
    assert found is not None
    number, due = found
    assert due > now
    assert number >= fired
    assert due == anchor + period * (number + 1)
    assert number == fired or due - period <= now
