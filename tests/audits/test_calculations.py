"""How the focus, the goals and the sums of the report came about is told figure by figure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from audits import goal_figures, report_figures
from audits.computed import Figure, Sheet
from workflows.models import Submission, Task

TASK = Task(name="预审核", name_en="Survey")


def said(form: str, **answers: Any) -> Submission:
    return Submission(task_id="task", form=form, answers=answers)


def named(sheet: Sheet, name: str) -> Figure:
    return next(one for one in sheet.figures if one.name[0] == name)


def test_the_focus_is_ranked_by_weighted_points_and_a_goal_by_its_distance() -> None:
    candidates = [
        {"candidate": "电镀线", "score_waste": 9, "score_staff": 6, "weighted": 102, "rank": 1},
        {"candidate": "前处理", "score_waste": 5, "score_staff": 8, "weighted": 66, "rank": 1},
    ]
    goal = {"indicator": "单位产品水耗", "goal_unit": "m³/m²", "baseline": 0.4, "near_value": 0.3, "near_change": -25}
    answers = {"weight_waste": 10, "weight_staff": 2, "candidates": candidates, "goals": [goal]}
    focus, goals = goal_figures.survey(said("pre_audit_survey", **answers), TASK)
    first, second = named(focus, "电镀线"), named(focus, "前处理：名次")
    assert (first.result, first.agrees, len(first.inputs)) == (Decimal(102), True, 4)
    assert (second.result, second.agrees) == (Decimal(2), False), "the form says another rank than its own points do"
    assert (goals.figures[0].result, goals.figures[0].agrees) == (Decimal("-25.00"), True)


def test_a_goal_is_met_when_what_was_measured_is_beyond_it_whatever_the_form_says() -> None:
    lower = {"indicator": "水耗", "baseline": 0.4, "near_value": 0.3}
    higher = {"indicator": "回用率", "baseline": 40, "near_value": 60}
    goals = [
        lower | {"actual_value": 0.28, "reached": "yes"},
        lower | {"actual_value": 0.32, "reached": "no"},
        higher | {"actual_value": 55, "reached": "yes"},
    ]
    (sheet,) = goal_figures.reached(said("option_implementation", goals=goals), TASK)
    assert [one.result for one in sheet.figures] == [Decimal("120.00"), Decimal("80.00"), Decimal("75.00")]
    assert [one.flag for one in sheet.figures] == ["", "goal_missed", "goal_said_otherwise"]


def test_the_sums_of_the_report_are_those_of_its_options() -> None:
    options = [
        {"code": "WD1", "option_class": "low", "investment": 2.5, "expected_benefit": 1, "progress": "done"},
        {"code": "WD2", "option_class": "none", "investment": 0, "expected_benefit": 0.5},
        {"code": "WD3", "option_class": "low", "investment": 9, "screening": "rejected"},
        {"code": "ZG1", "option_class": "high", "investment": 140},
    ]
    effects = [{"code": code, "indicator": "cod", "planned": 1.2} for code in ("WD1", "WD3", "ZG1", "ZG2")]
    study = [
        {"code": "ZG1", "recommended": "yes", "investment": 150, "annual_saving": 32.5},
        {"code": "ZG2", "recommended": "no", "investment": 70, "annual_saving": 9},
    ]
    before = {
        "option_generation": {"options": options, "effects": effects},
        "option_feasibility": {"options": study},
    }
    report = said("audit_report", count_low=2, count_high=1, investment_high=150, planned_cod=3.6)
    sums, saved = report_figures.sums(report, TASK, before)
    assert {one.name[0]: one.result for one in sums.figures} == {
        "无/低费方案数": 2,
        "已实施无/低费方案": 1,
        "中/高费方案数": 1,
        "无/低费方案投资": Decimal("2.5"),
        "中/高费方案投资": 150,
        "无/低费方案年效益": Decimal("1.5"),
        "中/高费方案预计年效益": Decimal("32.5"),
    }
    (cod,) = saved.figures
    assert ([one.name[0] for one in cod.inputs], cod.result) == (["WD1", "ZG1"], Decimal("2.4"))
    assert not cod.agrees, "the report says 3.6"
