"""An expression reaches nothing and can be stopped; the next one is right again."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from feel import Feel, FeelError, for_thread

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def feel(text: str, **variables: Any) -> Any:
    return for_thread().evaluate(text, variables, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "x.constructor",
        'x.constructor.constructor("return 1")()',
        "x.__proto__",
        "x.toString",
        "name.constructor",
        "rows.constructor[1]",
        "sum.constructor",
        "sum.fn",
        "today.call",
        "globalThis",
        "this",
        "Date.now()",
        "Function",
        'eval("1")',
        'require("fs")',
        "std.open",
        "qsEvaluate",
        "console.log(1)",
        'get value(x, "constructor")',
        'get value(x, "__proto__")',
        'date("2026-01-01").unwrap',
        'date("2026-01-01").constructor',
        "x instance of Function",
    ],
)
def test_nothing_of_the_host_can_be_named(text: str) -> None:
    assert feel(text, x={"a": 1}, name="n", rows=[1]) in (None, False, [])


@pytest.mark.parametrize(
    "text",
    [
        '{"__proto__": {polluted: true}}',
        'context put({}, ["__proto__", "polluted"], true)',
        'context put({}, ["constructor", "prototype", "polluted"], true)',
        'context([{key: "__proto__", value: {polluted: true}}])',
        "context merge({__proto__: {polluted: true}}, {})",
    ],
)
def test_no_expression_changes_what_the_next_one_sees(text: str) -> None:
    with suppress(FeelError):  # what has a strange prototype cannot come out
        feel(text)
    assert feel("polluted") is None
    assert feel("{}.polluted") is None
    assert feel("{a: 1}") == {"a": 1}
    assert feel("x.polluted", x={}) is None


def test_a_key_named_proto_stays_a_key() -> None:
    assert feel("x.polluted", x={"__proto__": {"polluted": True}}) is None
    assert feel("x", x={"__proto__": 1, "constructor": 2}) == {"__proto__": 1, "constructor": 2}


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..90000, j in 1..90000 return i",
        "count(for i in 1..30000, j in 1..30000 return i * j)",
        "some i in 1..90000, j in 1..90000 satisfies i < 0",
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
        'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|a)*$", "b")',
        "(function(f) f(f))(function(f) f(f))",
        '(function(f, x) f(f, x + x))(function(f, x) f(f, x + x), "aaaaaaaa")',
        "{a: for i in 1..50000 return i, b: for x in a, y in a return 1}.b",
    ],
)
def test_a_bomb_is_cut_within_the_budget_and_the_next_evaluation_is_right(text: str) -> None:
    feel("1 + 1")
    before = time.thread_time()
    with pytest.raises(FeelError) as caught:
        feel(text)
    assert caught.value.rule == "limit"
    assert time.thread_time() - before < 2.0
    assert feel("1 + 1") == 2
    assert feel("today()") == "2026-01-31"


def test_a_result_above_64_kilobytes_is_refused() -> None:
    assert len(feel('string join(for i in 1..3000 return "0123456789", "")')) == 30_000
    with pytest.raises(FeelError, match="size"):
        feel('string join(for i in 1..8000 return "0123456789", "")')
    with pytest.raises(FeelError, match="size"):
        feel('string join(for i in 1..3000 return "清洁生产审核报告书稿", "")')


def test_a_text_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(FeelError, match="length"):
        feel("1 + " * 10_000 + "1")


def test_a_deeply_nested_text_is_refused_or_evaluated_but_never_crashes() -> None:
    text = "(" * 3_900 + "1" + ")" * 3_900
    with suppress(FeelError):
        assert feel(text) == 1
    assert feel("1 + 1") == 2


def test_endless_recursion_on_another_thread_ends_with_an_error_too() -> None:
    def recurse(_: int) -> str:
        try:
            return str(for_thread().evaluate("(function(f) f(f))(function(f) f(f))", {}, NOW))
        except FeelError as error:
            return error.rule

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(recurse, range(4))) == {"limit"}


@pytest.mark.parametrize("text", ["sum", "[1..3]", "function(x) x", "{a: [1..3]}"])
def test_a_function_or_a_range_is_no_result(text: str) -> None:
    with pytest.raises(FeelError, match="kind"):
        feel(text)


def test_thousands_of_different_expressions_do_not_fill_the_memory() -> None:
    own = Feel()
    wide = " + ".join("(if a_{0} = null then {0} else b_{0})" for _ in range(20))
    for number in range(80):
        assert own.evaluate(wide.format(number), {}, NOW) == 20 * number
    assert own._context.memory()["memory_used_size"] < 24 * 1024 * 1024


def test_a_feel_of_another_thread_is_refused() -> None:
    mine = for_thread()
    caught: list[BaseException] = []

    def use() -> None:
        try:
            mine.evaluate("1", {}, NOW)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_threads_evaluate_beside_each_other_each_with_its_own_clock_and_context() -> None:
    def work(number: int) -> tuple[int, str, int]:
        moment = datetime(2026, 1, 1 + number % 28, tzinfo=UTC)
        own = for_thread()
        total = own.evaluate("sum(for i in 1..n return i)", {"n": number}, moment)
        return total, own.evaluate("today()", {}, moment), id(own)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(work, range(1, 200)))
    assert [total for total, _, _ in answers] == [n * (n + 1) // 2 for n in range(1, 200)]
    assert [day for _, day, _ in answers] == [f"2026-01-{1 + n % 28:02d}" for n in range(1, 200)]
    assert 1 <= len({context for _, _, context in answers}) <= 4


def test_a_busy_neighbour_does_not_cut_an_innocent_expression() -> None:
    stop = threading.Event()

    def burn() -> None:
        own = Feel()
        while not stop.is_set():
            own.evaluate("count(for i in 1..40000 return i)", {}, NOW)

    neighbours = [threading.Thread(target=burn) for _ in range(2)]
    for thread in neighbours:
        thread.start()
    try:
        for _ in range(2):
            assert feel("count(for i in 1..40000 return i * 2)") == 40_000
    finally:
        stop.set()
        for thread in neighbours:
            thread.join()
