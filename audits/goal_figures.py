"""How the focus of an audit was ranked, and how far its goals reach and were reached (domain: section 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from audits.computed import Figure, Input, Names, Sheet, sheet
from audits.rounding import number, rounded
from workflows.models import Submission, Task

ASPECTS: Final[dict[str, Names]] = {
    "waste": ("废物量", "Waste"),
    "consumption": ("主要消耗", "Consumption"),
    "cost": ("环保费用", "Environmental cost"),
    "toxicity": ("废物毒性", "Toxicity"),
    "market": ("市场发展潜力", "Market potential"),
    "staff": ("车间积极性", "Enthusiasm"),
}
"""What candidates are scored by; the form ``pre_audit_survey`` has a weight and a score for each."""


def survey(one: Submission, task: Task) -> list[Sheet]:
    """Give the ranking of the focus and the reach of the goals, as the survey says them."""
    made = []
    if ranked := list(_ranking(one.answers)):
        title = ("审核重点：权重总和计分排序", "Focus: ranking by weighted scores")
        made.append(sheet("focus", title, one, task, 1, ranked))
    if goals := [figure for line in one.answers.get("goals") or [] for figure in _reach(line)]:
        made.append(sheet("goals", ("清洁生产目标", "Goals"), one, task, 1, goals))
    return made


def reached(one: Submission, task: Task) -> list[Sheet]:
    """Give how far each goal was reached, held against what the form says of it."""
    found = [figure for line in one.answers.get("goals") or [] if (figure := _attained(line)) is not None]
    return [sheet("goals_reached", ("目标完成情况", "Goals reached"), one, task, 1, found)] if found else []


def _ranking(answers: Mapping[str, Any]) -> Iterator[Figure]:
    rows = [(line, _weighted(answers, line)) for line in answers.get("candidates") or []]
    for line, (inputs, total) in rows:
        name = str(line.get("candidate") or "")
        if not inputs:
            continue
        rank = 1 + sum(other > total for _, (known, other) in rows if known)
        yield Figure((name, name), ("Σ R × W", "Σ R × W"), tuple(inputs), total, stored=number(line.get("weighted")))
        formula = ("1 + 得分更高的备选重点数", "1 + candidates with more points")
        points = (Input(("加权总分", "Points"), total),)
        title = (f"{name}：名次", f"{name}: rank")
        yield Figure(title, formula, points, Decimal(rank), stored=number(line.get("rank")))


def _weighted(answers: Mapping[str, Any], line: Mapping[str, Any]) -> tuple[list[Input], Decimal]:
    inputs, total = [], Decimal(0)
    for key, (zh, en) in ASPECTS.items():
        score, weight = number(line.get(f"score_{key}")), number(answers.get(f"weight_{key}"))
        if score is not None and weight is not None:
            inputs += [Input((f"{zh} R", f"{en} R"), score), Input((f"{zh} W", f"{en} W"), weight)]
            total += score * weight
    return inputs, rounded(total, 6)


def _reach(line: Mapping[str, Any]) -> Iterator[Figure]:
    base, name, unit = number(line.get("baseline")), str(line.get("indicator") or ""), str(line.get("goal_unit") or "")
    terms: dict[str, Names] = {"near": ("近期", "near term"), "long": ("远期", "long term")}
    for term, (zh, en) in terms.items():
        goal = number(line.get(f"{term}_value"))
        if base and goal is not None:
            inputs = (Input(("现状值", "Baseline"), base, unit), Input(("目标值", "Target"), goal, unit))
            formula = ("(目标值 − 现状值) ÷ 现状值 × 100", "(target − baseline) ÷ baseline × 100")
            result, stored = rounded((goal - base) / base * 100, 2), number(line.get(f"{term}_change"))
            yield Figure((f"{name}：{zh}", f"{name}: {en}"), formula, inputs, result, "%", stored)


def _attained(line: Mapping[str, Any]) -> Figure | None:
    """Say how much of the way to a goal was gone; a goal below the baseline is reached from above."""
    base, goal, actual = (number(line.get(name)) for name in ("baseline", "near_value", "actual_value"))
    if base is None or goal is None or actual is None:
        return None
    name, unit = str(line.get("indicator") or ""), str(line.get("goal_unit") or "")
    inputs = (
        Input(("现状值", "Baseline"), base, unit),
        Input(("近期目标值", "Target"), goal, unit),
        Input(("实际值", "Actual"), actual, unit),
    )
    met = actual <= goal if goal <= base else actual >= goal
    flag = "" if met else "goal_missed"
    if line.get("reached") in {"yes", "no"} and (line["reached"] == "yes") != met:
        flag = "goal_said_otherwise"
    formula = ("(实际值 − 现状值) ÷ (目标值 − 现状值) × 100", "(actual − baseline) ÷ (target − baseline) × 100")
    result = rounded((actual - base) / (goal - base) * 100, 2) if goal != base else None
    return Figure((name, name), formula, inputs, result, "%", flag=flag)
