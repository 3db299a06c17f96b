"""What an expression means, through the package's own door."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from feel import FeelError, for_thread

NOW = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)  # already the first of February in Shanghai


def feel(text: str, **variables: Any) -> Any:
    return for_thread().evaluate(text, variables, NOW)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 1", 2),
        ('evaluation.band = "again"', True),
        ("if score >= 70 then 1 else 2", 2),
        ("sum(for r in rows return r.q * r.p)", 32),
        ("rows[q > 1].p", [8]),
        ("some r in rows satisfies r.q = 3", True),
        ("missing", None),
        ("missing.deeper", None),
        ("sum(missing)", None),
        ('substring("清洁生产审核", 1, 4)', "清洁生产"),
        ("项目.名称", "锅炉"),
        ('matches("913701", "^\\d{6}$")', True),
        ('{a: 1, b: [true, null, "x"]}', {"a": 1, "b": [True, None, "x"]}),
        ("// only a remark\n 3", 3),
    ],
)
def test_an_expression_gives_its_value(text: str, value: Any) -> None:
    rows = [{"q": 1, "p": 8}, {"q": 3, "p": 8}]
    variables = {"evaluation": {"band": "again"}, "score": 69.99, "rows": rows, "项目": {"名称": "锅炉"}}
    assert feel(text, **variables) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('date and time("2011-12-31T10:15:30@Europe/Paris")', "2011-12-31T10:15:30+01:00"),
        ('date and time("2011-07-31T10:15:30@Europe/Paris")', "2011-07-31T10:15:30+02:00"),
        ("date and time(moment)", "2018-12-08T10:30:11+11:00"),
        ('date and time("2011-07-31T10:15:30@Nowhere/City")', None),
        ('date and time(moment) = date and time("2018-12-07T23:30:11Z")', True),
    ],
)
def test_a_named_zone_has_its_own_offset_in_each_season(text: str, value: Any) -> None:
    assert feel(text, moment="2018-12-08T10:30:11@Australia/Melbourne") == value


def test_whole_numbers_come_out_as_int_and_others_as_float() -> None:
    assert type(feel("140 / 2")) is int
    assert type(feel("1 / 4")) is float


def test_a_decimal_is_compared_exactly_as_far_as_doubles_go() -> None:
    assert feel("score < 70", score=Decimal("69.9999")) is True
    assert feel("score >= 70", score=Decimal("70.0000")) is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("today()", "2026-02-01"),
        ("now()", "2026-02-01T00:30:00+08:00"),
        ('date("2026-01-31") + duration("P1M")', "2026-02-28"),
        ('duration("P1Y2M")', "P1Y2M"),
        ('time("10:00:00")', "10:00:00"),
        ('date and time("2026-01-01T10:00:00@Asia/Shanghai")', "2026-01-01T10:00:00+08:00"),
        ('now() > date and time("2026-01-31T16:29:59Z")', True),
        ('[date("2026-01-01")]', ["2026-01-01"]),
    ],
)
def test_dates_and_durations_come_out_as_iso_text(text: str, value: Any) -> None:
    assert feel(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "word > 1",
        "word >= 1",
        "1 < word",
        "word in [1..3]",
        "word between 1 and 3",
        "yes > 1",
        "[2] > 1",
        '"2026-01-01" < date("2026-01-02")',
        'duration("P1Y") = duration("P365D")',
        'now() - date and time("2026-01-01T00:00:00")',
        'time("10:00:00") + duration("P1M")',
        "round up(5.5, 7000)",
        "list replace([1, 2], 3, 4)",
        'range("[1..word]")',
        "starts(1, 2)",
    ],
)
def test_what_cannot_be_compared_or_reckoned_with_is_null(text: str) -> None:
    assert feel(text, word="abc", yes=True) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('duration("P1Y2M") * 2', "P2Y4M"),
        ('3 * duration("PT40M")', "PT2H"),
        ('duration("P1D") / 2', "PT12H"),
        ('duration("P2Y") / duration("P6M")', 4),
        ('-duration("P1D")', "-P1D"),
        ('date("2026-01-01") + duration("PT36H")', "2026-01-02"),
        ('now() - date and time("2026-01-31T16:30:00Z")', "PT0S"),
        ('years and months duration(date("2011-12-22"), date("2013-08-24"))', "P1Y8M"),
        ('@"2026-01-01T24:00:00"', "2026-01-02T00:00:00"),
        ("list replace([1, 2, 3], -1, 4)", [1, 2, 4]),
        ('2 in range("[1..3)")', True),
        ('3 in range("[1..3)")', False),
        ("coincides([1..5], [1..5])", True),
        ("overlaps before([1..5], [3..8])", True),
        ("overlaps before([1..5], [6..8])", False),
        ("overlaps after([3..8], [1..5])", True),
        ("finishes(10, [1..10))", False),
        ("started by([1..10], [1..5])", True),
        ("during([2..3], [1..10])", True),
    ],
)
def test_durations_and_ranges_are_reckoned_with_as_dmn_says(text: str, value: Any) -> None:
    assert feel(text) == value


def test_today_is_the_date_in_the_zone_that_was_asked() -> None:
    assert for_thread().evaluate("today()", {}, NOW, "UTC") == "2026-01-31"


def test_the_clock_of_one_evaluation_does_not_stay_for_the_next() -> None:
    later = datetime(2027, 6, 1, tzinfo=UTC)
    assert feel("today()") == "2026-02-01"
    assert for_thread().evaluate("today()", {}, later) == "2027-06-01"


def test_a_variable_that_the_text_does_not_read_is_not_handed_in() -> None:
    assert for_thread().evaluate("1", {"huge": object()}, NOW) == 1
    with pytest.raises(FeelError, match="variables"):
        for_thread().evaluate("huge", {"huge": object()}, NOW)


def test_a_variable_named_like_a_function_does_not_break_the_call() -> None:
    assert feel("count(rows)", rows=[1, 2], count=7) == 2


def test_a_text_that_does_not_parse_says_where() -> None:
    with pytest.raises(FeelError) as caught:
        feel("1 + ")
    assert caught.value.rule == "syntax"
    assert caught.value.position == 4


@pytest.mark.parametrize(
    ("text", "value", "passes"),
    [
        ("> 5", 6, True),
        ("> 5", 5, False),
        ("[70..90]", 90, True),
        ("[70..90)", 90, False),
        ('"SHUANGCHAO", "GAOHAONENG"', "GAOHAONENG", True),
        ('not("SHUANGYOU")', "SHUANGYOU", False),
        ("-", None, True),
        ("true", False, False),
        ("false", False, True),
        ("> limit", 8, True),
        ("? > 5 and ready", 6, True),
        ('starts with(?, "44")', "4411", True),
        ("> 5", None, False),
    ],
)
def test_a_cell_of_a_decision_table_is_a_unary_test(text: str, value: Any, passes: bool) -> None:
    assert for_thread().unary(text, value, {"limit": 7, "ready": True}, NOW) is passes


def test_the_same_text_may_be_an_expression_and_a_cell() -> None:
    assert feel("3") == 3
    assert for_thread().unary("3", 3, {}, NOW) is True
    assert feel("3") == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("for i in 1..2.5 return i", [1, 2]),
        ("for i in 3..1.5 return i", [3, 2]),
        ("for i in [1..3) return i", [1, 2]),
        ("count(for i in 1..1000.5 return 1)", 1000),
    ],
)
def test_a_range_ends_before_it_passes_its_end(text: str, found: object) -> None:
    assert for_thread().evaluate(text, {}, NOW) == found


def test_a_range_of_more_than_a_hundred_thousand_is_refused() -> None:
    with pytest.raises(FeelError):
        for_thread().evaluate("for i in 1..n return i", {"n": 1_000_000_000}, NOW)
