"""Where the sums of the audit report come from: the options of phase 4, and what phase 5 recommends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from audits import indicators
from audits.computed import Figure, Input, Names, Sheet, sheet
from audits.rounding import number, rounded
from workflows.models import Submission, Task

Rows = list[Mapping[str, Any]]
COSTLY: Final = frozenset({"medium", "high"})
_SUMS: Final[tuple[tuple[str, Names, str, str], ...]] = (
    ("investment_low", ("无/低费方案投资", "Investment, no and low cost"), "cheap", "investment"),
    ("investment_high", ("中/高费方案投资", "Investment, medium and high cost"), "costly", "investment"),
    ("benefit_low", ("无/低费方案年效益", "Benefit, no and low cost"), "cheap", "expected_benefit"),
    ("benefit_high", ("中/高费方案预计年效益", "Benefit, medium and high cost"), "costly", "annual_saving"),
)


def sums(one: Submission, task: Task, before: Mapping[str, Mapping[str, Any]]) -> list[Sheet]:
    """Give each sum of a report with the options it is made of, held against what the report says.

    ``before``: the last answers to the forms of phases 4 and 5, by form.
    """
    generated = [row for row in _rows(before, "option_generation", "options") if row.get("screening") != "rejected"]
    groups = {
        "cheap": [row for row in generated if row.get("option_class") not in COSTLY],
        "costly": [row for row in _rows(before, "option_feasibility", "options") if row.get("recommended") == "yes"],
    }
    title = ("审核报告：方案合计", "Audit report: sums of the options")
    effects = ("审核报告：预计效果合计", "Audit report: expected effects")
    kept = {row.get("code") for rows in groups.values() for row in rows}
    planned = [row for row in _rows(before, "option_generation", "effects") if row.get("code") in kept]
    made = [
        sheet("report", title, one, task, 1, [*_counts(one.answers, groups), *_money(one.answers, groups)]),
        sheet("report_effects", effects, one, task, 1, _effects(one.answers, planned)),
    ]
    return [each for each in made if each.figures]


def _rows(before: Mapping[str, Mapping[str, Any]], form: str, name: str) -> Rows:
    return list(before.get(form, {}).get(name) or [])


def _counts(answers: Mapping[str, Any], groups: Mapping[str, Rows]) -> Iterator[Figure]:
    done = [row for row in groups["cheap"] if row.get("progress") == "done"]
    counted: tuple[tuple[str, Names, Rows], ...] = (
        ("count_low", ("无/低费方案数", "Options of no and low cost"), groups["cheap"]),
        ("count_low_done", ("已实施无/低费方案", "Of these done"), done),
        ("count_high", ("中/高费方案数", "Options of medium and high cost"), groups["costly"]),
    )
    for key, names, rows in counted:
        inputs = tuple(Input((str(row.get("code") or ""),) * 2, Decimal(1)) for row in rows)
        yield Figure(names, ("方案个数", "Number of options"), inputs, Decimal(len(rows)), "", number(answers.get(key)))


def _money(answers: Mapping[str, Any], groups: Mapping[str, Rows]) -> Iterator[Figure]:
    for key, names, group, column in _SUMS:
        unit = "万元/a" if key.startswith("benefit") else "万元"
        inputs = _inputs(groups[group], column, unit)
        yield Figure(names, ("Σ 方案", "Σ options"), inputs, _total(inputs), unit, number(answers.get(key)))


def _effects(answers: Mapping[str, Any], planned: Rows) -> Iterator[Figure]:
    for key, indicator in indicators.known().items():
        stored = number(answers.get(f"planned_{key}"))
        inputs = _inputs([row for row in planned if row.get("indicator") == key], "planned", indicator.unit)
        if inputs or stored:
            formula = ("Σ 方案预计减少量", "Σ reductions expected of the options")
            yield Figure((indicator.zh, indicator.en), formula, inputs, _total(inputs), indicator.unit, stored)


def _inputs(rows: Iterable[Mapping[str, Any]], column: str, unit: str) -> tuple[Input, ...]:
    pairs = [(str(row.get("code") or ""), number(row.get(column))) for row in rows]
    return tuple(Input((code, code), value, unit) for code, value in pairs if value is not None)


def _total(inputs: Iterable[Input]) -> Decimal:
    return rounded(sum((one.value for one in inputs), Decimal(0)), 6)
