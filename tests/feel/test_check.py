"""What a modeler is told at deployment."""

from __future__ import annotations

import pytest

from feel import Problem, check, names_read

KNOWN = frozenset({"case", "score", "rows", "deadlines"})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("score >= 70", {"score"}),
        ("case.round + 1", {"case"}),
        ("for r in rows return r.q * factor", {"rows", "factor"}),
        ("some x in rows, y in x.items satisfies y > score", {"rows", "score"}),
        ("{a: score, b: a + 1}.b", {"score"}),
        ("(function(x, y) x + y + z)(1, 2)", {"z"}),
        ("rows[amount > 3 and item != null]", {"rows", "amount"}),
        ("for i in 1..n return count(partial)", {"n"}),
        ('date(from: d) + duration("P1M")', {"d"}),
        ("x instance of number", {"x"}),
        ("sum(rows) > today()", {"rows"}),
        ('"case.round"', set()),
        ("1 // score", set()),
    ],
)
def test_the_names_read_are_the_variables_and_nothing_else(text: str, names: set[str]) -> None:
    assert names_read(text) == names


def test_a_cell_reads_names_too() -> None:
    assert names_read("> limit, [low..high]", unary=True) == {"limit", "low", "high"}


@pytest.mark.parametrize(
    "text",
    [
        "score >= 70",
        'if case.round = 1 then "a" else null',
        "count(rows[amount > 3])",
        "today() > date(deadlines.disclosure.due)",
        "sort(rows, function(x, y) x < y)",
        "every r in rows satisfies r.done = true",
        "{date: today(), n: 1}",
    ],
)
def test_a_right_expression_has_no_problem(text: str) -> None:
    assert check(text, KNOWN) == []


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("score == 70", 6, "=="),
        ("score <> 70", 6, "<>"),
        ("score >=", 8, "incomplete"),
        ("", 0, "incomplete"),
        ("score ? 1 : 2", 6, "?"),
        ("score && case", 6, "&&"),
        ("scroe > 3", 0, "scroe"),
        ("case score", 0, "case score"),
        ("1 + fooo(score)", 4, "fooo"),
        ("today > score", 0, "today()"),
        ("for sum in rows return sum", 4, "hide"),
        ("(function(count) count)(1)", 10, "hide"),
        ("function(x) external {java: 1}", 12, "external"),
        ("${score}", 0, "$"),
        ("1 < score < 3", 10, "chained"),
        ("score >> 3", 6, ">>"),
        ("score in (>> 3)", 10, ">>"),
        ("not score", 0, "not(score)"),
    ],
)
def test_a_fault_is_named_with_its_position(text: str, position: int, words: str) -> None:
    first = check(text, KNOWN)[0]
    assert (first.position, words in first.text) == (position, True), first


def test_the_sentence_is_there_in_chinese_too() -> None:
    assert check("score == 70", KNOWN) == [Problem(6, "write = to compare, not ==", "比较请写 =,不要写 ==")]


def test_a_variable_named_like_a_function_is_refused_where_it_is_read() -> None:
    (problem,) = check("count(rows) > 3", KNOWN | {"count"})
    assert "hide" in problem.text


def test_without_known_names_any_variable_may_be_but_functions_are_checked() -> None:
    assert check("anything > 3") == []
    assert len(check("fooo(1)")) == 1


def test_all_faults_are_found_at_once() -> None:
    assert [problem.position for problem in check("scroe == 1 and fooo(rows)", KNOWN)] == [0, 6, 15]


def test_a_cell_is_checked_as_a_cell() -> None:
    assert check("> 5, [1..3]", KNOWN, unary=True) == []
    assert check("? > 5", KNOWN, unary=True) == []
    assert check("> 5 6", KNOWN, unary=True) != []


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        (">> 1", 0, ">>"),
        ("> > 1", 0, ">>"),
        ("=> 3", 0, "=>"),
        ("== 1", 0, "=="),
        ("> 5, <> 6", 5, "<>"),
        ("not(> > 3)", 4, ">>"),
        ("> 1 and < 3", 8, "left side"),
        ("- > 1", 2, "left side"),
        ("1 > > 2", 2, ">>"),
    ],
)
def test_a_cell_that_parses_into_an_odd_tree_is_told(text: str, position: int, words: str) -> None:
    (problem,) = check(text, KNOWN, unary=True)
    assert (problem.position, words in problem.text, bool(problem.text_zh)) == (position, True, True)


@pytest.mark.parametrize("text", ["> -1", "? > 1 and ? < 3", "not(> 3)", "(> 3)", "in_range", "< 3, >= 5"])
def test_a_right_cell_has_no_problem(text: str) -> None:
    assert check(text, KNOWN | {"in_range"}, unary=True) == []


def test_a_long_expression_can_be_checked() -> None:
    text = " + ".join(f"(if item_{number} = null then 0 else other_{number})" for number in range(140))
    assert len(names_read(text)) == 280
    assert check(text) == []
