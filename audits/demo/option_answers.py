"""Invented answers from the options (phase 4) to continuous cleaner production (phase 7), and the audit report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from audits.demo.draw import Answers, Draw
from audits.demo.phase_answers import goals

TEN: Final = {
    "so2": 8.4,
    "nox": 11.2,
    "dust": 2.6,
    "co2": 1860,
    "voc": 1.1,
    "cod": 3.8,
    "nh3n": 0.42,
    "tn": 0.66,
    "tp": 0.05,
}
METALS: Final = {"pb": 0.0, "hg": 0.0, "cd": 0.0, "cr": 1.6, "as": 0.0}
SAVINGS: Final = {"electricity": 42.5, "tce": 210, "water": 8600, "materials": 64, "solid": 120, "hazardous": 3.2}
INDICATORS: Final = {**TEN, **METALS, **SAVINGS}


def option_generation(draw: Draw) -> Answers:
    """Phase 4: the list of options."""
    low = [_option(draw, f"WD{n}", name, aspect) for n, (name, aspect) in enumerate(draw.profile.low_cost, 1)]
    high = [_option(draw, f"ZG{n}", name, aspect) for n, (name, aspect) in enumerate(draw.profile.high_cost, 1)]
    effects = [
        {"code": code, "indicator": key, "planned": draw.near(amount, digits=4)}
        for code, key, amount in _shares([row["code"] for row in low + high])
    ]
    ranking = [
        {"code": row["code"], **{f"score_{name}": draw.rng.randint(5, 9) for name in ("env", "econ", "tech", "ease")}}
        for row in high
    ]
    return {
        "low_limit": 5,
        "high_limit": 50,
        "options": low + high,
        "rank_env": 10,
        "rank_econ": 8,
        "rank_tech": 8,
        "rank_ease": 6,
        "ranking": ranking,
        "effects": effects,
        "option_files": [],
    }


def _shares(codes: list[str]) -> list[tuple[str, str, float]]:
    """Share what all options save out among them: two options for each indicator, the dear ones the most."""
    found = []
    for place, (key, amount) in enumerate((key, amount) for key, amount in INDICATORS.items() if amount):
        dear, cheap = codes[-1 - place % 2], codes[place % max(1, len(codes) - 2)]
        found += [(dear, key, round(amount * 0.8, 4)), (cheap, key, round(amount * 0.2, 4))]
    return found


def _option(draw: Draw, code: str, name: str, aspect: str) -> Answers:
    row: Answers = {"code": code, "name": name, "aspect": aspect}
    if code.startswith("WD"):
        free = aspect in {"management", "staff"}
        row |= {
            "option_class": "none" if free else "low",
            "investment": 0 if free else draw.near(2.4),
            "screening": "feasible",
            "progress": "done",
        }
    else:
        high = code == "ZG1"
        row |= {
            "option_class": "high" if high else "medium",
            "investment": draw.near(150 if high else 31.67),
            "screening": "study",
        }
    return row | {
        "expected_benefit": draw.near(max(1.2, row["investment"] * 0.3)),
        "description": f"{name}，降低能耗与物耗，减少污染物产生。",
        "workshop": draw.profile.focus,
        "owner": draw.person(),
        "planned_start": draw.day(-60 if code.startswith("WD") else 90),
        "planned_end": draw.day(-5 if code.startswith("WD") else 300),
        "source": draw.one(("staff", "team", "expert", "peer")),
    }


def option_feasibility(draw: Draw) -> Answers:
    """Phase 5: the three feasibilities of each medium and high-cost option."""
    rows = []
    for n, (name, _) in enumerate(draw.profile.high_cost, 1):
        invested = draw.near(150 if n == 1 else 31.67)
        rows.append(
            {
                "code": f"ZG{n}",
                "name": name,
                "option_class": "high" if n == 1 else "medium",
                "owner": draw.person(),
                "technical": "技术成熟，同行业已有应用，场地与公用工程满足要求。",
                "technical_ok": "yes",
                "environmental": "实施后能耗与污染物产生量下降，无二次污染。",
                "environmental_ok": "yes",
                "investment": invested,
                "subsidy": 0,
                "equipment_cost": round(invested * 0.8, 2),
                "annual_saving": round(invested * (0.33 if n == 1 else 0.45), 2),
                "depreciation_years": 10,
                "tax_rate": 25,
                "life_years": 10,
                "discount_rate": 6,
                "benchmark_rate": 8,
                "recommended": "yes",
            }
        )
    return {
        "options": rows,
        "planned_start": draw.day(30),
        "planned_finish": draw.day(210),
        "funding": "企业自筹，已列入年度技改预算。",
        "feasibility_files": [],
    }


def _recommended(draw: Draw) -> float:
    """Give what phase 5 recommended to spend, so that the report's total is the sum of its options."""
    studied = (draw.facts.get("earlier") or {}).get("option_feasibility") or {}
    return float(studied.get("recommended_investment") or draw.near(181.7))


def audit_report(draw: Draw) -> Answers:
    """Send the report with its performance table."""
    low, high = len(draw.profile.low_cost), len(draw.profile.high_cost)
    today = draw.day()
    found: Answers = {
        "report_title": f"{draw.case.get('enterprise', '')}清洁生产审核报告",
        "version": f"V{draw.case.get('round') or 1}.0",
        "finished_on": today,
        "baseline_year_end": f"{draw.today.year - 1}-12-31",
        "report_file": draw.report(),
        "report_annexes": [],
        "changes": "",
        "chapters": ["p1", "p2", "p3", "p4", "p5"],
        "summary": f"本轮审核以{draw.profile.focus}为审核重点，提出无/低费方案{low}个、中/高费方案{high}个，"
        "无/低费方案已基本实施完成。",
        "focus": draw.profile.focus,
        "level_before": "III",
        "count_low": low,
        "count_low_done": low,
        "count_high": high,
        "investment_low": draw.near(6.5),
        "investment_high": _recommended(draw),
        "benefit_low": draw.near(9.4),
        "benefit_high": draw.near(58.2),
        "truth_statement": True,
    }
    earlier = (draw.facts.get("earlier") or {}).get("option_generation") or {}
    for name, amount in INDICATORS.items():
        said = [row["planned"] for row in earlier.get("effects") or [] if row["indicator"] == name]
        found[f"planned_{name}"] = round(float(sum(said)), 4) if earlier else draw.near(amount, digits=4)
        found[f"reported_{name}"] = round(amount * 0.2, 4)
    if draw.late("report", today):
        found["late_reason"] = "报告修改完善耗时较长。"
    return found


def option_implementation(draw: Draw) -> Answers:
    """Phase 6: what was done, with its effects."""
    plant = draw.profile
    options = [_done(draw, f"WD{n}", name, "low", 2.4) for n, (name, _) in enumerate(plant.low_cost, 1)]
    options += [
        _done(draw, f"ZG{n}", name, "high" if n == 1 else "medium", 150 if n == 1 else 31.67)
        for n, (name, _) in enumerate(plant.high_cost, 1)
    ]
    found: Answers = {
        "options": options,
        "effects": [
            {"code": code, "indicator": key, "reported": draw.near(amount, digits=4)}
            for code, key, amount in _shares([row["code"] for row in options])
        ],
        "level_after": draw.wanted.get("level_after", "II"),
        "monitoring_after": draw.files(),
    }
    for name, amount in INDICATORS.items():
        found[f"before_{name}"] = round(amount * 10, 4)
        saved = sum(row["reported"] for row in found["effects"] if row["indicator"] == name)
        found[f"after_{name}"] = round(amount * 10 - saved, 4)
    found["goals"] = [
        {
            "indicator": row["indicator"],
            "goal_unit": row["goal_unit"],
            "baseline": row["baseline"],
            "near_value": row["near_value"],
            "actual_value": round(row["near_value"] * 0.99, 4),
            "reached": "yes",
        }
        for row in goals(draw, plant.energy, plant.water)
    ]
    return found


def _done(draw: Draw, code: str, name: str, kind: str, invested: float) -> Answers:
    planned = draw.near(invested)
    return {
        "code": code,
        "name": name,
        "option_class": kind,
        "owner": draw.person(),
        "progress": "done",
        "begun_on": draw.day(-120),
        "finished_on": draw.day(-20),
        "investment_planned": planned,
        "investment_actual": draw.near(planned),
        "benefit_planned": round(planned * 0.32, 2),
        "benefit_actual": draw.near(planned * 0.3),
        "effect": "实施后单位产品能耗与污染物产生量下降，监测数据见附件。",
        "evidence": draw.picture(),
    }


def continuous_plan(draw: Draw) -> Answers:
    """Phase 7: how cleaner production goes on."""
    return {
        "department": "清洁生产办公室",
        "responsible": draw.person(),
        "duties": "组织实施持续清洁生产计划，管理能源资源与污染物台账。",
        "rules": ["manage", "reward", "data"],
        "actions": [
            {"action_text": "完善二级能源计量与在线监控", "owner": draw.person(), "due_on": draw.day(200)},
            {
                "action_text": f"开展{draw.profile.others[0]}节能潜力研究",
                "owner": draw.person(),
                "due_on": draw.day(360),
            },
        ],
        "next_round": draw.day(5 * 365 - 30),
        "research": "与高校合作研究新工艺，每年培训不少于两次。",
        "plan_file": [],
    }


FORMS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    form.__name__: form
    for form in (option_generation, option_feasibility, audit_report, option_implementation, continuous_plan)
}
