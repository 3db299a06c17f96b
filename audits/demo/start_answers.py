"""Invented answers to the forms from the notice to the filing of the start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from audits.demo.draw import Answers, Draw, decided


def notice_receipt(draw: Draw) -> Answers:
    """Sign for the notice."""
    phone = draw.phone()
    return {
        "received_on": draw.day(),
        "receiver": draw.person(),
        "receiver_title": "环保部部长",
        "phone": phone,
        "understood": True,
        "electronic_service": True,
        "service_address": phone,
        "receipt_file": [],
        "objection": "",
    }


def service_record(draw: Draw) -> Answers:
    """Record that the notice was served."""
    return {
        "method": "direct",
        "served_on": draw.day(),
        "document_no": "",
        "signer": draw.person(),
        "signer_title": "办公室主任",
        "officer_1": draw.person(),
        "officer_2": draw.person(),
        "evidence": draw.picture(),
        "remarks": "",
    }


def _address(draw: Draw) -> str:
    region = str(draw.case.get("region_name") or "本市")
    return f"{region}工业园区{draw.one(('创新', '兴业', '黄河', '建设'))}路{draw.rng.randint(1, 399)}号"


def _pollutants(draw: Draw) -> list[Answers]:
    rows = []
    for index, pollutant in enumerate(draw.profile.pollutants[:2]):
        over = draw.rng.uniform(1.05, 1.6) if index == 0 else draw.rng.uniform(0.5, 0.9)
        rows.append(
            {
                "pollutant": pollutant.name,
                "medium": pollutant.medium,
                "discharge_mode": "organised" if pollutant.medium == "air" else "indirect",
                "standard_name": pollutant.standard,
                "concentration": round(pollutant.limit * over, 4),
                "limit_value": pollutant.limit,
                "concentration_unit": pollutant.unit,
                "annual_total": draw.near(pollutant.yearly, digits=4),
                "permitted_total": round(pollutant.yearly, 4),
            }
        )
    return rows


def _energy(draw: Draw) -> Answers:
    plant = draw.profile
    number, limit, unit = plant.norm
    rows = [
        {
            "energy_type": "electricity",
            "consumption": plant.electricity,
            "energy_unit": "万kWh",
            "standard_coal": round(plant.electricity * 1.229, 2),
        },
    ]
    if plant.coal:
        rows.append(
            {
                "energy_type": "coal",
                "consumption": plant.coal,
                "energy_unit": "t",
                "standard_coal": round(plant.coal * 0.7143, 2),
            }
        )
    if plant.gas:
        rows.append(
            {
                "energy_type": "gas",
                "consumption": plant.gas,
                "energy_unit": "万m³",
                "standard_coal": round(plant.gas * 13.3, 2),
            }
        )
    return {
        "energy": rows,
        "output_value": plant.value,
        "coefficient_source": "GB/T 2589-2020，电力按当量值",
        "unit_energy": [
            {
                "product_name": plant.product,
                "norm_no": number,
                "unit_consumption": round(limit * 1.06, 2),
                "norm_limit": limit,
                "unit_consumption_unit": unit,
            },
        ],
    }


def _toxic(draw: Draw) -> Answers:
    name, cas, quantity, purpose = draw.profile.toxic
    waste, code, amount = draw.profile.waste
    pollutant = draw.profile.pollutants[0]
    return {
        "toxic_materials": [{"material": name, "cas_no": cas, "quantity": quantity, "purpose": purpose}],
        "toxic_discharges": [
            {
                "substance": pollutant.name,
                "medium": pollutant.medium,
                "concentration": round(pollutant.limit * 0.6, 4),
                "concentration_unit": pollutant.unit,
                "quantity": round(pollutant.yearly * 1000, 2),
            },
        ],
        "hazardous_wastes": [
            {
                "waste": waste,
                "waste_code": code,
                "generated": amount,
                "used": 0,
                "disposed": round(amount * 0.95, 2),
                "stored": round(amount * 0.05, 2),
                "disposer": "甘肃金创绿丰环境技术有限公司，许可证 6201000017",
            },
        ],
        "risk_controls": "储存区设围堰与防渗，安装泄漏报警装置，配备应急物资并每半年演练一次。",
        "emergency_plan_no": f"{draw.case.get('region') or '620100'}-{draw.today.year}-{draw.rng.randint(1, 199)}-M",
    }


def disclosure(draw: Draw) -> Answers:
    """Disclose what the types of the audit require."""
    address = _address(draw)
    found: Answers = {
        "legal_representative": draw.person(),
        "contact_phone": draw.phone(),
        "registered_address": address,
        "production_address": address,
        "permit_no": "",
        "channel": "website",
        "disclosed_on": draw.day(),
        "disclosure_days": 30,
        "url": f"https://www.example.com/qjsc/{draw.today.year}-{draw.rng.randint(100, 999)}",
        "evidence": draw.picture(),
        "has_secret": False,
        "truth_statement": True,
    }
    if "SHUANGCHAO" in draw.types:
        found |= {
            "pollutants": _pollutants(draw),
            "exceedance_reason": "治理设施老化、处理能力不足，已列入本年度技术改造计划。",
        }
    if "GAOHAONENG" in draw.types:
        found |= _energy(draw)
    if "SHUANGYOU" in draw.types:
        found |= _toxic(draw)
    if "STATE_OTHER" in draw.types:
        found["state_requirement"] = "列入国家规定应当实施清洁生产审核的行业，公示主要产品、能耗与污染物排放情况。"
    if draw.late("disclosure", found["disclosed_on"]):
        found["late_reason"] = "公示内容核算耗时较长，已在收到督办后立即公示。"
    return found


def disclosure_check(draw: Draw) -> Answers:
    """Check what was disclosed."""
    return {"checked_on": draw.day(), "check_method": "online"} | decided(
        draw,
        {"complete": ("yes", "no"), "reachable": ("yes", "yes"), "in_time": ("yes", "yes")},
        {"gaps": ["pollutant", "evidence"], "correct_by": draw.day(7)},
        "公示内容缺少排放总量，截图无法辨认，请补充。",
    )


def overdue_follow_up(draw: Draw) -> Answers:
    """Follow up a duty that is overdue."""
    return {
        "overdue_item": draw.wanted.get("overdue_item", "disclosure"),
        "action": "notice",
        "acted_on": draw.day(),
        "contact_person": draw.person(),
        "contact_phone": draw.phone(),
        "correct_by": draw.day(10),
        "cause": "contract",
        "note": "已书面催办，企业承诺在期限内完成。",
        "evidence": [],
    }


def _team(draw: Draw) -> list[Answers]:
    roles = (
        ("leader", "厂部", "总经理"),
        ("deputy", "生产部", "生产副总"),
        ("member", "环保部", "环保部部长"),
        ("member", "财务部", "财务科长"),
    )
    return [
        {"member": draw.person(), "team_role": role, "department": unit, "post": post} for role, unit, post in roles
    ]


def _own_proof(draw: Draw) -> Answers:
    return {
        "instruments": [
            {
                "instrument": "便携式超声波流量计 TUF-2000H",
                "test_scope": "water",
                "serial_no": "LL-01",
                "calibrated_until": draw.day(200),
            },
            {
                "instrument": "电能质量分析仪 HIOKI 3169",
                "test_scope": "energy",
                "serial_no": "DN-03",
                "calibrated_until": draw.day(260),
            },
        ],
        "technicians": [
            {
                "person": draw.person(),
                "title": "senior",
                "specialty": "环境工程",
                "experience": draw.rng.randint(10, 25),
            },
            {
                "person": draw.person(),
                "title": "middle",
                "specialty": "生产工艺",
                "experience": draw.rng.randint(5, 15),
            },
        ],
        "capability_proof": draw.files(".pdf", ".docx"),
    }


def _contract(draw: Draw, consultancy: str) -> Answers:
    return {
        "consultancy": consultancy,
        "contract_no": f"QJ-{draw.today.year}-{draw.rng.randint(1, 200):03d}",
        "contract_signed_on": draw.day(-5),
        "contract_amount": draw.near(12.8),
        "project_leader": draw.person(),
        "project_phone": draw.phone(),
        "contract_file": draw.report(),
        "consultancy_proof": [],
        "no_interest": True,
    }


def start_filing(draw: Draw) -> Answers:
    """File the start: with the consultancy wanted, else the first on offer, else by the enterprise itself."""
    offered = draw.choices("consultancies")
    consultancy = draw.wanted.get("consultancy", offered[0] if offered else None)
    alone = draw.wanted.get("mode") == "self" or consultancy is None
    due = draw.due("report")
    start, end = draw.day(), draw.day(280)
    if due is not None and draw.today < due:
        end = min(end, due.isoformat())
    found: Answers = {
        "audit_mode": "self" if alone else "consultancy",
        "mode": "self" if alone else "consultancy",
        "started_on": start,
        "kick_off_place": "公司会议室",
    }
    found |= _own_proof(draw) if alone else _contract(draw, str(consultancy))
    found |= {"team": _team(draw), "plan_start": start, "plan_end": end, "plan_file": []}
    if draw.late("start", start):
        found["late_reason"] = "咨询合同签订较晚，已在督办后启动。"
    if draw.late("report", end):
        found["plan_late_reason"] = "本轮审核重新开展，按核定的新计划执行。"
    return found


def filing_check(draw: Draw) -> Answers:
    """Check the filing."""
    return decided(
        draw,
        {
            "condition_ok": ("yes", "no"),
            "restricted": ("no", "no"),
            "in_time": ("yes", "yes"),
            "team_ok": ("yes", "no"),
        },
        {"correct_by": draw.day(7)},
        "审核小组未包括财务人员，合同缺少技术要求，请补正。",
    )


FORMS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    form.__name__: form
    for form in (
        notice_receipt,
        service_record,
        disclosure,
        disclosure_check,
        overdue_follow_up,
        start_filing,
        filing_check,
    )
}
