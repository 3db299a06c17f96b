"""Invented answers to the forms of evaluation, supplement, acceptance and rectification, without the score sheets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audits.demo.draw import Answers, Draw, decided


def receipt_check(draw: Draw) -> Answers:
    """Check whether the report can be taken in."""
    decision = draw.wanted.get("decision", "accept")
    missing = {"missing_codes": ["data", "seal"], "correct_by": draw.day(10)} if decision == "supplement" else {}
    checks = {
        "sealed": ("yes", "no"),
        "complete": ("yes", "yes"),
        "consistent": ("yes", "no"),
        "low_done": ("yes", "yes"),
    }
    return decided(draw, checks, missing, "报告未加盖咨询机构公章，绩效表与正文数据不一致。")


def evaluation_application(draw: Draw) -> Answers:
    """Apply for the evaluation."""
    low = len(draw.profile.low_cost)
    return {
        "applied_on": draw.day(),
        "contact": draw.person(),
        "phone": draw.phone(),
        "evaluation_kind": "standard",
        "count_low": low,
        "count_low_done": low,
        "count_high": len(draw.profile.high_cost),
        "investment_high": draw.near(181.7),
        "high_started": "no",
        "report_file": draw.report(),
        "evidence_files": draw.files(),
        "capability_proof": draw.files(),
        "performance_file": [],
        "truth_statement": True,
    }


def panel_appointment(draw: Draw) -> Answers:
    """Appoint those drawn; where nobody was, name the experts wanted, else the first five (or three) on offer."""
    offered = draw.choices("expert_choices") or draw.choices("experts")
    result = draw.facts.get("draw") or {}
    drawn = list(result.get("members") or ())
    experts = drawn or list(draw.wanted.get("experts") or offered[: 5 if len(offered) >= 5 else 3])
    found: Answers = {
        "purpose": draw.wanted.get("purpose", "evaluation"),
        "meeting_on": result.get("meeting_on") or draw.day(10),
        "place": result.get("place") or f"{draw.case.get('enterprise', '企业')}会议室",
        "review_method": "site",
        "draw_method": "random" if drawn else "direct",
        "panel_members": experts,
        "experts": experts,
        "panel_leader": experts[0] if experts else None,
        "fields_covered": ["process", "cleaner", "environment", "energy"],
        "recusal_checked": True,
        "service_method": "online",
        "documents_by": draw.day(6),
        "remarks": "",
    }
    if not drawn:
        found["direct_reason"] = "库内符合专业和回避要求的专家人数有限，经集体研究指定。"
    if len(experts) > 3 and len(experts) % 2 == 0:
        found["even_reason"] = "一名专家回避，已无合适人选补充。"
    return found


def evaluation_opinion(draw: Draw) -> Answers:
    """Write the opinion that goes with the band of the score."""
    band = draw.wanted.get("band") or (draw.facts.get("evaluation") or {}).get("band")
    found: Answers = {
        "reviewed_on": draw.day(),
        "place": "企业会议室",
        "process": "专家组听取汇报、查阅资料、勘察现场并质询。",
        "opinion": "审核程序符合要求，审核重点确定合理，数据基本真实，提出的方案具有针对性。",
        "level_assessed": "III",
        "problems": "计量器具配备不足，部分监测数据周期偏短。",
        "option_opinion": "中/高费方案技术可行，经济效益测算基本合理。",
        "signed_file": [],
        "confirmed": True,
    }
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


def _required(draw: Draw) -> list[str]:
    """Give the requirements of the evaluation that the form was handed."""
    opinion = (draw.facts.get("earlier") or {}).get("evaluation_opinion") or {}
    return [str(row["requirement"]) for row in opinion.get("required_supplements") or ()]


def supplement(draw: Draw) -> Answers:
    """Answer the requirements of the evaluation."""
    asked = [
        {"requirement": text, "response": "已补充完善，见修改后的报告。", "chapter": "第二章 2.3 节"}
        for text in _required(draw)
    ]
    return {
        "responses": asked
        or [
            {
                "requirement": "补充近三年能源消耗的原始凭证。",
                "response": "已补充电费、燃气费结算单及汇总表。",
                "chapter": "第二章 2.3 节",
            },
            {
                "requirement": "完善水平衡测试数据及偏差分析。",
                "response": "已复测并补充偏差说明。",
                "chapter": "第三章 3.4 节",
            },
        ],
        "version": f"V{draw.case.get('round') or 1}.1",
        "finished_on": draw.day(),
        "report_file": draw.report(),
        "change_file": [],
        "truth_statement": True,
    }


def supplement_review(draw: Draw) -> Answers:
    """Review the supplement."""
    accepted = draw.wanted.get("decision", "accept") == "accept"
    note = "已逐条落实，同意实施中/高费方案。" if accepted else "水平衡数据仍不完整。"
    checks = {"all_answered": ("yes", "no"), "consulted": ("yes", "yes")}
    settled = "yes" if accepted else "no"
    rows = [{"requirement": text, "answer": "已补充完善。", "closed": settled} for text in _required(draw)]
    return {"review_note": note, "checked": rows} | decided(
        draw, checks, {"correct_by": draw.day(15)}, "水平衡测试数据未补充完整。"
    )


def acceptance_application(draw: Draw) -> Answers:
    """Apply for the acceptance with the monitoring before and after."""
    plant = draw.profile
    count = len(plant.low_cost) + len(plant.high_cost)
    said = draw.facts.get("register") or {}
    undone = said.get("count_done", count) < said.get("count_total", count)
    return {
        "applied_on": draw.day(),
        "contact": draw.person(),
        "phone": draw.phone(),
        "opinion_response": "评估意见已逐条落实，详见验收报告第二章。",
        "count_total": said.get("count_total", count),
        "count_done": said.get("count_done", count),
        "investment_total": said.get("investment_total", draw.near(190)),
        "benefit_total": said.get("benefit_total", draw.near(66)),
        "effects": said.get("effects", []),
        **({"undone_reason": "个别方案因技术条件不成熟未实施，原因见方案台账。"} if undone else {}),
        "goals_reached": "yes",
        "level_before": "III",
        "level_after": "II",
        "violations": "no",
        "before_on": draw.day(-240),
        "after_on": draw.day(-15),
        "laboratory": "甘肃华检监测有限公司，CMA 172812050183",
        "results": [
            {
                "pollutant": item.name,
                "result_unit": item.unit,
                "medium": item.medium,
                "value_before": round(item.limit * 0.9, 4),
                "value_after": round(item.limit * draw.rng.uniform(0.4, 0.7), 4),
                "limit_value": item.limit,
            }
            for item in plant.pollutants
        ],
        "evaluation_opinion_file": draw.files(),
        "acceptance_report": draw.report(),
        "monitoring_before": draw.files(),
        "monitoring_after": draw.files(),
        "other_files": [],
        "truth_statement": True,
    }


def acceptance_opinion(draw: Draw) -> Answers:
    """Write the opinion that goes with the result of the acceptance."""
    result = draw.wanted.get("result") or (draw.facts.get("acceptance") or {}).get("result")
    failed = result == "unqualified"
    found: Answers = {
        "reviewed_on": draw.day(),
        "place": "企业会议室",
        "evaluation_response": "评估意见基本落实。",
        "options_done": "无/低费、中/高费方案均已实施。",
        "benefits": "节能、节水和污染物削减效果经监测核实。",
        "goals_done": "近期目标全部完成。",
        "level_before": "III",
        "level_after": "II",
        "penalty_checked": "none",
        "suggestions": "继续完善计量与台账管理。",
        "signed_file": [],
        "confirmed": True,
        "opinion": "存在重大问题，不同意通过验收。" if failed else "验收资料齐全，绩效真实，同意通过验收。",
    }
    if failed:
        found["failure_reason"] = "评分或否定项不满足验收条件，详见专家评分表。"
    return found


def rectification(draw: Draw) -> Answers:
    """Report the rectification."""
    return {
        "items": [
            {
                "problem": "中/高费方案未全部完成。",
                "measure": "已完成设备安装调试并投入运行。",
                "finished_on": draw.day(-3),
                "owner": draw.person(),
            },
            {
                "problem": "监测数据不完整。",
                "measure": "已委托有资质单位补充监测。",
                "finished_on": draw.day(-2),
                "owner": draw.person(),
            },
        ],
        "investment": draw.near(24.5),
        "evidence": draw.picture(),
        "report_file": draw.report(),
        "truth_statement": True,
    }


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
        "cause": draw.wanted.get("cause", "score"),
        "facts": "经专家组现场验收，综合得分未达到合格标准，验收结论为不合格。",
        "basis": "《清洁生产审核办法》及《清洁生产审核评估与验收指南》第十八条。",
        "decided_on": draw.day(),
        "document_no": "",
        "publication": "portal",
        "requirements": "自本决定送达之日起重新开展清洁生产审核，并在规定期限内提交审核报告。",
        "contact": draw.person(),
        "phone": draw.phone(),
        "rights_told": True,
    }


FORMS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    form.__name__: form
    for form in (
        receipt_check,
        evaluation_application,
        panel_appointment,
        evaluation_opinion,
        supplement,
        supplement_review,
        acceptance_application,
        acceptance_opinion,
        rectification,
        rectification_check,
        re_audit_order,
    )
}
FORMS["merged_opinion"] = acceptance_opinion
