"""Invented answers to the forms of evaluation, acceptance, supplement and rectification, and the score sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from audits.demo.draw import Answers, Draw, decided

EVALUATION: Final = {
    "A1": 3, "A2": 7, "B1": 3, "B2": 11, "B3": 11, "B4": 7, "B5": 9, "B6": 4, "B7": 6, "B8": 6, "B9": 5,
    "C1": 5, "C2": 3, "C3": 6, "C4": 8, "C5": 3, "C6": 3,
}  # fmt: skip
ACCEPTANCE: Final = {"D1": 10, "D2": 15, "D3": 20, "D4": 20, "D5": 15, "D6": 10, "D7": 10}
MERGED: Final = {
    "A1": 4, "A2": 6, "B1": 3, "B2": 8, "B3": 8, "B4": 8, "B5": 8, "B6": 5, "C1": 8, "C2": 10, "C3": 12,
    "D1": 8, "D2": 6, "D3": 3, "D4": 3,
}  # fmt: skip
VETOES: Final = {
    "V1": "设备购置发票与实物型号不符，经核对为虚假票据。",
    "V2": "验收监测报告显示总排口污染物浓度超过许可限值。",
    "V3": "仍在使用《产业结构调整指导目录》淘汰类设备。",
    "V4": "评价指标体系核算结果低于Ⅲ级。",
    "V5": "审核期间受到环境行政处罚，至验收日尚未完成整改。",
    "V6": "未完成地方规定的在线监测联网。",
}
_DEFAULT_SCORE: Final = 92.0


def spread(draw: Draw, maxima: Mapping[str, int], score: float) -> dict[str, float]:
    """Spread a total over items in steps of half a point, so that their sum is exactly the total.

    Raises ValueError when the total is no multiple of 0.5 or not reachable.
    """
    halves = Fraction(str(score)) * 2
    if halves.denominator != 1 or not 0 <= halves <= 2 * sum(maxima.values()):
        raise ValueError(f"a sheet cannot total {score}")
    left = int(halves)
    points = {code: left * most // sum(maxima.values()) for code, most in maxima.items()}
    open_items = [code for code, most in maxima.items() if points[code] < 2 * most]
    left -= sum(points.values())
    while left:
        code = draw.rng.choice(open_items)
        if points[code] < 2 * maxima[code]:
            points[code] += 1
            left -= 1
        else:
            open_items.remove(code)
    _shuffle(draw, points, maxima)
    return {code: count / 2 for code, count in points.items()}


def _shuffle(draw: Draw, points: dict[str, int], maxima: Mapping[str, int]) -> None:
    """Move half points between items, as two experts never score alike; the sum stays."""
    codes = list(points)
    for _ in codes:
        giver, taker = draw.rng.sample(codes, 2)
        if points[giver] > 0 and points[taker] < 2 * maxima[taker]:
            points[giver] -= 1
            points[taker] += 1


def _sheet(draw: Draw, maxima: Mapping[str, int]) -> Answers:
    points = spread(draw, maxima, float(draw.wanted.get("score", _DEFAULT_SCORE)))
    total = sum(points.values())
    found: Answers = {"no_conflict": True, **points, "total": total}
    for code, most in maxima.items():
        if points[code] < most * 0.6:
            found[f"{code}_comment"] = draw.one(("内容不完整，缺少支撑数据。", "分析深度不足，需补充。", "佐证材料不充分。"))
    good = "报告编制规范，数据基本可信，方案可行。" if total > 70 else "报告质量不高，主要数据和分析存在明显缺陷。"
    return found | {"comments": good, "dissent": False}


def _vetoes(draw: Draw) -> Answers:
    hit: Sequence[str] = tuple(draw.wanted.get("vetoes") or ())
    found: Answers = {code: code in hit for code in VETOES}
    found |= {f"{code}_evidence": VETOES[code] for code in hit}
    return found | {"V5_checked": True, "vetoes": sorted(hit)}


def evaluation_score_sheet(draw: Draw) -> Answers:
    """Score the evaluation with the total wanted."""
    return _sheet(draw, EVALUATION)


def acceptance_score_sheet(draw: Draw) -> Answers:
    """Score the acceptance with the total and the vetoes wanted."""
    found = _sheet(draw, ACCEPTANCE) | _vetoes(draw)
    return found | {"level_before": "III", "level_after": "below" if found["V4"] else "II"}


def merged_score_sheet(draw: Draw) -> Answers:
    """Score the merged review with the total and the vetoes wanted."""
    return _sheet(draw, MERGED) | _vetoes(draw)


def receipt_check(draw: Draw) -> Answers:
    """Check whether the report can be taken in."""
    decision = draw.wanted.get("decision", "accept")
    missing = {"missing": ["data", "seal"], "correct_by": draw.day(10)} if decision == "supplement" else {}
    checks = {"sealed": ("yes", "no"), "complete": ("yes", "yes"), "consistent": ("yes", "no"), "low_done": ("yes", "yes")}
    return decided(draw, checks, missing, "报告未加盖咨询机构公章，绩效表与正文数据不一致。")


def evaluation_application(draw: Draw) -> Answers:
    """Apply for the evaluation."""
    low = len(draw.profile.low_cost)
    return {
        "applied_on": draw.day(), "contact": draw.person(), "phone": draw.phone(), "evaluation_kind": "standard",
        "count_low": low, "count_low_done": low, "count_high": len(draw.profile.high_cost), "investment_high": draw.near(181.7),
        "high_started": "no", "report_file": draw.report(), "evidence_files": draw.files(), "capability_proof": draw.files(),
        "performance_file": [], "truth_statement": True,
    }  # fmt: skip


def panel_appointment(draw: Draw) -> Answers:
    """Appoint the experts wanted, else the first five (three where there are fewer) on offer."""
    offered = draw.choices("experts")
    experts = list(draw.wanted.get("experts") or offered[: 5 if len(offered) >= 5 else 3])
    found: Answers = {
        "purpose": draw.wanted.get("purpose", "evaluation"), "meeting_on": draw.day(10), "place": f"{draw.case.get('enterprise', '企业')}会议室",
        "review_method": "site", "draw_method": "random", "panel_members": experts, "experts": experts,
        "panel_leader": experts[0] if experts else None, "fields_covered": ["process", "cleaner", "environment", "energy"],
        "recusal_checked": True, "service_method": "online", "documents_by": draw.day(6), "remarks": "",
    }  # fmt: skip
    if len(experts) > 3 and len(experts) % 2 == 0:
        found["even_reason"] = "一名专家回避，已无合适人选补充。"
    return found


def evaluation_opinion(draw: Draw) -> Answers:
    """Write the opinion that goes with the band of the score."""
    band = draw.wanted.get("band") or (draw.facts.get("evaluation") or {}).get("band")
    found: Answers = {
        "reviewed_on": draw.day(), "place": "企业会议室", "process": "专家组听取汇报、查阅资料、勘察现场并质询。",
        "opinion": "审核程序符合要求，审核重点确定合理，数据基本真实，提出的方案具有针对性。", "level_assessed": "III",
        "problems": "计量器具配备不足，部分监测数据周期偏短。", "option_opinion": "中/高费方案技术可行，经济效益测算基本合理。",
        "signed_file": [], "confirmed": True,
    }  # fmt: skip
    if band == "supplement":
        found["required_supplements"] = [
            {"item_no": "1", "requirement": "补充近三年能源消耗的原始凭证。"},
            {"item_no": "2", "requirement": "完善水平衡测试数据及偏差分析。"},
        ]
        found["supplement_by"] = draw.day(30)
    if band == "again":
        found["again_reason"] = "实测数据缺失，审核重点选择不当，平衡分析不可信。"
        found["opinion"] = "报告质量未达到要求，需重新开展清洁生产审核工作。"
    return found


def supplement(draw: Draw) -> Answers:
    """Answer the requirements of the evaluation."""
    return {
        "responses": [
            {"requirement": "补充近三年能源消耗的原始凭证。", "response": "已补充电费、燃气费结算单及汇总表。", "chapter": "第二章 2.3 节"},
            {"requirement": "完善水平衡测试数据及偏差分析。", "response": "已复测并补充偏差说明。", "chapter": "第三章 3.4 节"},
        ],
        "version": f"V{draw.case.get('round') or 1}.1", "finished_on": draw.day(), "report_file": draw.report(), "change_file": [],
        "truth_statement": True,
    }  # fmt: skip


def supplement_review(draw: Draw) -> Answers:
    """Review the supplement."""
    accepted = draw.wanted.get("decision", "accept") == "accept"
    note = "已逐条落实，同意实施中/高费方案。" if accepted else "水平衡数据仍不完整。"
    checks = {"all_answered": ("yes", "no"), "consulted": ("yes", "yes")}
    return {"review_note": note} | decided(draw, checks, {"correct_by": draw.day(15)}, "水平衡测试数据未补充完整。")


def acceptance_application(draw: Draw) -> Answers:
    """Apply for the acceptance with the monitoring before and after."""
    plant = draw.profile
    count = len(plant.low_cost) + len(plant.high_cost)
    return {
        "applied_on": draw.day(), "contact": draw.person(), "phone": draw.phone(), "opinion_response": "评估意见已逐条落实，详见验收报告第二章。",
        "count_total": count, "count_done": count, "investment_total": draw.near(190), "benefit_total": draw.near(66),
        "goals_reached": "yes", "level_before": "III", "level_after": "II", "violations": "no",
        "before_on": draw.day(-240), "after_on": draw.day(-15), "laboratory": "甘肃华检监测有限公司，CMA 172812050183",
        "results": [
            {"pollutant": item.name, "result_unit": item.unit, "medium": item.medium, "value_before": round(item.limit * 0.9, 4),
             "value_after": round(item.limit * draw.rng.uniform(0.4, 0.7), 4), "limit_value": item.limit}
            for item in plant.pollutants
        ],
        "evaluation_opinion_file": draw.files(), "acceptance_report": draw.report(), "monitoring_before": draw.files(),
        "monitoring_after": draw.files(), "other_files": [], "truth_statement": True,
    }  # fmt: skip


def acceptance_opinion(draw: Draw) -> Answers:
    """Write the opinion that goes with the result of the acceptance."""
    result = draw.wanted.get("result") or (draw.facts.get("acceptance") or {}).get("result")
    failed = result == "unqualified"
    found: Answers = {
        "reviewed_on": draw.day(), "place": "企业会议室", "evaluation_response": "评估意见基本落实。", "options_done": "无/低费、中/高费方案均已实施。",
        "benefits": "节能、节水和污染物削减效果经监测核实。", "goals_done": "近期目标全部完成。", "level_before": "III",
        "level_after": "II", "penalty_checked": "none", "suggestions": "继续完善计量与台账管理。", "signed_file": [], "confirmed": True,
        "opinion": "存在重大问题，不同意通过验收。" if failed else "验收资料齐全，绩效真实，同意通过验收。",
    }  # fmt: skip
    if failed:
        found["failure_reason"] = "评分或否定项不满足验收条件，详见专家评分表。"
    return found


def rectification(draw: Draw) -> Answers:
    """Report the rectification."""
    return {
        "items": [
            {"problem": "中/高费方案未全部完成。", "measure": "已完成设备安装调试并投入运行。", "finished_on": draw.day(-3), "owner": draw.person()},
            {"problem": "监测数据不完整。", "measure": "已委托有资质单位补充监测。", "finished_on": draw.day(-2), "owner": draw.person()},
        ],
        "investment": draw.near(24.5), "evidence": draw.picture(), "report_file": draw.report(), "truth_statement": True,
    }  # fmt: skip


def rectification_check(draw: Draw) -> Answers:
    """Check the rectification on site."""
    accepted = draw.wanted.get("decision", "accept") == "accept"
    note = "现场核查，整改事项已全部完成。" if accepted else "现场核查，部分设备尚未投运。"
    base: Answers = {"checked_on": draw.day(), "check_method": "site", "check_note": note, "check_file": []}
    checks = {"all_done": ("yes", "no"), "vetoes_gone": ("yes", "no")}
    return base | decided(draw, checks, {"correct_by": draw.day(30)}, "整改事项未全部完成，请继续整改。")


def re_audit_order(draw: Draw) -> Answers:
    """Order the enterprise to audit again."""
    return {
        "cause": draw.wanted.get("cause", "score"), "facts": "经专家组现场验收，综合得分未达到合格标准，验收结论为不合格。",
        "basis": "《清洁生产审核办法》及《清洁生产审核评估与验收指南》第十八条。", "decided_on": draw.day(), "document_no": "", "publication": "portal",
        "requirements": "自本决定送达之日起重新开展清洁生产审核，并在规定期限内提交审核报告。", "contact": draw.person(), "phone": draw.phone(),
        "rights_told": True,
    }  # fmt: skip


FORMS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    form.__name__: form
    for form in (
        receipt_check, evaluation_application, panel_appointment, evaluation_score_sheet, evaluation_opinion, supplement, supplement_review,
        acceptance_application, acceptance_score_sheet, acceptance_opinion, rectification, rectification_check, re_audit_order, merged_score_sheet,
    )
} | {"merged_opinion": acceptance_opinion}  # fmt: skip
