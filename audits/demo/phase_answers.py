"""Invented answers to the forms of the first three phases: preparation, pre-audit, audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from audits.demo.draw import Answers, Draw
from audits.demo.profiles import Profile

_SCORES: Final = {"waste": 9, "consumption": 9, "cost": 8, "toxicity": 7, "market": 6, "staff": 8}
_WEIGHTS: Final = {
    "weight_waste": 10,
    "weight_consumption": 9,
    "weight_cost": 8,
    "weight_toxicity": 7,
    "weight_market": 5,
    "weight_staff": 2,
}


def audit_preparation(draw: Draw) -> Answers:
    """Phase 1: team, plan, training."""
    people = (
        ("leader", "top", "厂部", "production", "senior", "审核领导与资源保障", 60),
        ("deputy", "middle", "生产部", "technology", "senior", "工艺分析、方案汇总", 180),
        ("member", "middle", "环保部", "environment", "middle", "污染物数据与监测", 220),
        ("member", "staff", "财务部", "finance", "middle", "经济分析与资金核算", 90),
        ("advisor", "external", "咨询机构", "energy", "senior", "平衡测试与技术指导", 200),
    )
    team = [
        {
            "member": draw.person(),
            "team_role": role,
            "post_level": level,
            "department": unit,
            "field": field,
            "title": title,
            "task": task,
            "hours": hours,
        }
        for role, level, unit, field, title, task, hours in people
    ]
    plan = _plan(draw)
    found: Answers = {
        "team": team,
        "plan": plan,
        "training": [
            {
                "topic": "清洁生产审核知识与方法",
                "held_on": draw.day(-2),
                "attendees": draw.rng.randint(30, 160),
                "training_hours": 4,
            },
            {
                "topic": "合理化建议征集动员",
                "held_on": draw.day(-1),
                "attendees": draw.rng.randint(30, 160),
                "training_hours": 2,
            },
        ],
        "obstacles": ["idea", "money"],
        "solutions": "通过专题培训和效益案例转变观念，改造资金列入年度预算。",
        "appointment_file": draw.report(),
        "training_file": [],
    }
    if any(row["phase"] not in {"p6", "p7"} and draw.late("report", row["ends_on"]) for row in plan):
        found["plan_late_reason"] = "本轮审核重新开展，按主管部门要求的新计划执行。"
    return found


def _plan(draw: Draw) -> list[Answers]:
    due = draw.due("report")
    left = (due - draw.today).days if due is not None else 280
    step = max(5, min(45, left // 6))
    outputs = ("小组与计划", "审核重点与目标", "平衡测试与原因", "方案清单", "可行性分析", "实施与核实", "持续计划")
    return [
        {
            "phase": f"p{n}",
            "owner": draw.person(),
            "begins_on": draw.day(step * (n - 1)),
            "ends_on": draw.day(step * n),
            "output": output,
        }
        for n, output in enumerate(outputs, 1)
    ]


def pre_audit_survey(draw: Draw) -> Answers:
    """Phase 2: three years, the focus, the goals."""
    plant, last = draw.profile, draw.today.year - 1
    years = [_year(draw, last - back) for back in (2, 1, 0)]
    energy, water = years[-1]["energy"], years[-1]["water"]
    share = (0.62, 0.28, 0.10)
    places = (plant.focus, *plant.others)
    candidates = [
        {"candidate": place, **{f"score_{name}": score - index * 2 for name, score in _SCORES.items()}}
        for index, place in enumerate(places)
    ]
    return {
        "years": years,
        "workshops": [
            {
                "workshop": place,
                "workshop_year": year["year"],
                "workshop_output": None if index else year["output"],
                "workshop_energy": round(year["energy"] * part, 4),
                "workshop_water": round(year["water"] * part, 4),
                "workshop_waste": draw.near(60 * part),
            }
            for index, (place, part) in enumerate(zip(places, share, strict=True))
            for year in years
        ],
        "materials": [
            {"material": name, "material_unit": unit, "toxic": name == plant.toxic[0], **_three(draw, amount)}
            for name, unit, amount in plant.materials
        ],
        "equipment": [
            {
                "device": f"{plant.focus}主机",
                "device_count": draw.rng.randint(1, 6),
                "commissioned": last - draw.rng.randint(4, 15),
                "obsolete": False,
            }
        ],
        "emissions": [
            {
                "pollutant": item.name,
                "medium": item.medium,
                "emission_unit": "t",
                "permit_limit": round(item.yearly * 1.3, 4),
                **_three(draw, item.yearly),
            }
            for item in plant.pollutants
        ],
        "wastes": [_waste(draw, name, kind, amount) for name, kind, amount in _wastes(plant)],
        "monitoring": [
            {
                "point": "总排口" if item.medium == "water" else "排气筒",
                "item": item.name,
                "limit_value": item.limit,
                "measured": round(item.limit * draw.rng.uniform(0.3, 0.8), 4),
                "item_unit": item.unit,
                "limit_basis": item.standard,
            }
            for item in plant.pollutants
        ],
        "permit_no": "",
        "compliance": "环评与竣工环保验收手续齐全，近三年无行政处罚，排污许可执行报告按期提交。",
        "problem_aspects": ["technology", "equipment", "management"],
        "problems": f"{plant.focus}能耗偏高，部分设备效率低；计量器具配备不全，管理台账不完整。",
        "level_before": "III",
        "indicator_system": "本行业清洁生产评价指标体系",
        "index_1": 41.5,
        "index_2": 68.2,
        "index_3": 100,
        **_WEIGHTS,
        "candidates": candidates,
        "focus": plant.focus,
        "goals": goals(draw, energy, water),
        "monitoring_files": draw.files(),
        "flow_chart": draw.picture(),
    }


def _year(draw: Draw, year: int) -> Answers:
    plant = draw.profile
    return {
        "year": year,
        "product_name": plant.product,
        "output": draw.near(plant.output),
        "output_unit": plant.product_unit,
        "output_value": draw.near(plant.value),
        "electricity": draw.near(plant.electricity),
        "gas": draw.near(plant.gas),
        "coal": draw.near(plant.coal),
        "energy": draw.near(plant.energy),
        "water": draw.near(plant.water),
    }


def _wastes(plant: Profile) -> tuple[tuple[str, str, float], ...]:
    return ((plant.waste[0], "hazardous", plant.waste[2]), ("一般工业固体废物", "general", 120.0))


def _waste(draw: Draw, name: str, kind: str, amount: float) -> Answers:
    years = {f"waste_{n}": draw.near(amount, digits=4) for n in (1, 2, 3)}
    where = "委托有资质单位处置" if kind == "hazardous" else "综合利用"
    return {"waste_name": name, "waste_kind": kind, **years, "disposal": where}


def _three(draw: Draw, amount: float) -> Answers:
    return {f"year_{n}": draw.near(amount, digits=4) for n in (1, 2, 3)}


def goals(draw: Draw, energy: float, water: float) -> list[Answers]:
    """Set goals for energy, water and the first pollutant."""
    first = draw.profile.pollutants[0]
    rows = (("综合能耗", "tce", energy), ("新鲜水用量", "m³", water), (f"{first.name}排放量", "t", first.yearly))
    return [
        {
            "indicator": name,
            "goal_unit": unit,
            "baseline": round(base, 4),
            "near_value": round(base * 0.95, 4),
            "long_value": round(base * 0.9, 4),
            "near_date": draw.day(300),
            "long_date": draw.day(1100),
        }
        for name, unit, base in rows
    ]


def audit_measurement(draw: Draw) -> Answers:
    """Phase 3: measured streams and balances; one balance is above 5 % and explained."""
    plant = draw.profile
    material = plant.materials[0]
    fed = draw.near(material[2] / 300, digits=2)
    water = draw.near(plant.water / 300, digits=2)
    return {
        "focus": plant.focus,
        "unit_operations": [
            {"operation": name, "operation_function": what, "inputs_text": inputs, "outputs_text": outputs}
            for name, what, inputs, outputs in plant.units
        ],
        "process_kind": "continuous",
        "measured_from": draw.day(-12),
        "measured_to": draw.day(-8),
        "duration_hours": 96,
        "streams": [
            {
                "point": f"{plant.focus}进料口",
                "stream": material[0],
                "direction": "in",
                "quantity": fed,
                "stream_unit": material[1],
                "medium": "material",
                "sampling": "皮带秤计量",
                "frequency": "每班一次",
            },
            {
                "point": f"{plant.focus}出料口",
                "stream": plant.product,
                "direction": "out",
                "quantity": round(fed * 0.93, 2),
                "stream_unit": material[1],
                "medium": "material",
                "sampling": "地磅计量",
                "frequency": "每班一次",
            },
        ],
        "balances": [
            _balance(
                "material",
                "主要物料平衡",
                material[1],
                ((material[0], fed),),
                ((plant.product, round(fed * 0.93, 2)), ("废物与损失", round(fed * 0.055, 2))),
            ),
            _balance(
                "water",
                "水平衡",
                "m³",
                (("新鲜水", water),),
                (("产品与蒸发", round(water * 0.41, 2)), ("外排废水", round(water * 0.51, 2))),
            )
            | {
                "remeasured": "yes",
                "deviation_reason": "循环水蒸发损失未能全部计量，复测后偏差仍在 8% 左右，已按估算修正。",
            },
        ],
        "causes": [
            {"waste": "物料损失", "aspect": "equipment", "cause": "输送设备密封老化，存在撒漏。"},
            {"waste": "能量损失", "aspect": "control", "cause": "关键参数人工调节，波动较大。"},
        ],
        "measurement_files": draw.files(),
        "balance_charts": [],
    }


def _balance(
    kind: str, name: str, unit: str, into: tuple[tuple[str, float], ...], out: tuple[tuple[str, float], ...]
) -> Answers:
    sides = [(entry, "in", amount) for entry, amount in into] + [(entry, "out", amount) for entry, amount in out]
    entries = [{"entry": entry, "side": side, "amount": amount} for entry, side, amount in sides]
    return {
        "balance_kind": kind,
        "balance_name": name,
        "balance_unit": unit,
        "grade": "ordinary",
        "entries": entries,
    }


FORMS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    form.__name__: form for form in (audit_preparation, pre_audit_survey, audit_measurement)
}
