"""Invented answers to the forms that only some procedures ask: pre-evaluation, short report, self-commitment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audits.demo.draw import Answers, Draw, decided


def pre_evaluation_application(draw: Draw) -> Answers:
    """Hand in focus and goals."""
    return {
        "focus_reason": f"{draw.profile.focus}废物产生量和能耗占全厂比重最大，按权重总和计分排序得分最高。",
        "goals": [
            {
                "indicator": "单位产品新鲜水用量",
                "unit": "t/t",
                "baseline": draw.near(4.2),
                "near_target": 3.9,
                "long_target": 3.5,
                "near_on": draw.day(300),
            }
        ],
        "reason_for_listing": "审核重点包含有毒有害物质的使用环节，目标为减少其用量和排放。",
        "pre_audit_file": draw.report(),
        "truth_statement": True,
    }


def pre_evaluation_sheet(draw: Draw) -> Answers:
    """Say whether focus and goals are right; ``decision`` return says no."""
    good = "yes" if draw.wanted.get("decision", "accept") == "accept" else "no"
    return {
        "no_conflict": True,
        "focus_ok": "yes",
        "goals_ok": good,
        "survey_ok": "yes",
        "comments": "审核重点准确，目标可量化。" if good == "yes" else "目标偏低，应与同行先进水平对标。",
    }


def pre_evaluation_opinion(draw: Draw) -> Answers:
    """Agree to focus and goals, or send them back."""
    decision = str(draw.wanted.get("decision", "accept"))
    found: Answers = {"decision": decision, "opinion": "审核重点确定合理，目标明确、可考核。"}
    return found if decision == "accept" else found | {"reason": "提高节水目标，补充与同行先进水平的对比。"}


def short_report(draw: Draw) -> Answers:
    """Send the short report of a small enterprise."""
    low, high = len(draw.profile.low_cost), len(draw.profile.high_cost)
    today = draw.day()
    found: Answers = {
        "report_title": f"{draw.case.get('enterprise', '')}清洁生产审核简化报告",
        "version": f"V{draw.case.get('round') or 1}.0",
        "finished_on": today,
        "report_file": draw.report(),
        "report_annexes": [],
        "changes": "",
        "summary": f"以{draw.profile.focus}为审核重点，提出并实施方案{low + high}个，取得节能、减污效果。",
        "focus": draw.profile.focus,
        "count_low": low,
        "count_low_done": low,
        "count_high": high,
        "count_high_done": high,
        "investment": draw.near(18.0),
        "benefit": draw.near(7.6),
        "saved_electricity": draw.near(2.4),
        "saved_water": draw.near(900.0),
        "saved_cod": draw.near(0.12, digits=4),
        "saved_voc": draw.near(0.05, digits=4),
        "saved_waste": draw.near(0.8),
        "saved_co2": draw.near(14.0),
        "truth_statement": True,
    }
    return found | ({"late_reason": "报告修改完善耗时较长。"} if draw.late("report", today) else {})


def park_plan(draw: Draw) -> Answers:
    """Write the plan of a park, with all members on offer."""
    return {
        "participants": draw.choices("member_choices"),
        "park_goals": [{"indicator": "园区单位产值能耗", "unit": "tce/万元", "baseline": 0.42, "target": 0.38}],
        "infrastructure": [
            {"name": "集中污水处理厂", "scope": "园区全部企业", "plan": "提标改造，回用率提高到百分之四十。"}
        ],
        "benchmark": "同行业清洁生产评价指标体系Ⅱ级基准值。",
        "plan_file": draw.report(),
        "truth_statement": True,
    }


def park_plan_check(draw: Draw) -> Answers:
    """Agree to the plan of a park, or send it back."""
    checks = {"members_ok": ("yes", "yes"), "goals_ok": ("yes", "no")}
    return decided(draw, checks, {}, "园区目标未量化，请修改。")


def self_commitment(draw: Draw) -> Answers:
    """Sign the commitment."""
    return {
        "promises": ["report", "options", "limits", "policy", "inspection"],
        "statement": "",
        "signer": draw.person(),
        "signed_on": draw.day(),
        "commitment_file": draw.report(),
    }


def commitment_check(draw: Draw) -> Answers:
    """Check the commitment on paper."""
    return decided(
        draw, {"papers_complete": ("yes", "no"), "no_penalty": ("yes", "yes")}, {}, "承诺书未加盖公章，请补正。"
    )


def spot_check(draw: Draw) -> Answers:
    """Inspect on site; ``result`` false finds that the commitment was not true."""
    is_false = draw.wanted.get("result") == "false"
    found: Answers = {
        "checked_on": draw.day(),
        "inspectors": f"{draw.person()}、{draw.person()}",
        "checked_items": ["report", "options", "limits"],
        "commitment_true": "no" if is_false else "yes",
        "findings": "所列中/高费方案未建成，报告数据与台账不符。" if is_false else "现场与报告一致，方案均已运行。",
        "evidence": draw.picture(),
    }
    return found | ({"requirements": "按完整程序重新开展审核并提交报告。"} if is_false else {})


FORMS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    form.__name__: form
    for form in (
        pre_evaluation_application,
        pre_evaluation_sheet,
        pre_evaluation_opinion,
        short_report,
        park_plan,
        park_plan_check,
        self_commitment,
        commitment_check,
        spot_check,
    )
}
