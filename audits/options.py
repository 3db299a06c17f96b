"""The option register (方案): fed by what is submitted, so that nothing is typed twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import cases, economics
from audits.models import Case, Option
from workflows.access import SYSTEM
from workflows.models import Submission

CLASSES: Final[dict[str, tuple[str, str]]] = {
    "none": ("无费", "No cost"),
    "low": ("低费", "Low cost"),
    "medium": ("中费", "Medium cost"),
    "high": ("高费", "High cost"),
}
ASPECTS: Final[dict[str, tuple[str, str]]] = {
    "materials": ("原辅材料和能源", "Raw materials and energy"),
    "technology": ("技术工艺", "Technology"),
    "equipment": ("设备", "Equipment"),
    "control": ("过程控制", "Process control"),
    "management": ("管理", "Management"),
    "staff": ("员工", "Staff"),
    "product": ("产品", "Product"),
    "waste": ("废弃物", "Waste"),
}
STATUSES: Final[dict[str, tuple[str, str]]] = {
    "proposed": ("提出", "Proposed"),
    "rejected": ("筛除", "Rejected"),
    "study": ("待研究", "Under study"),
    "feasible": ("可行", "Feasible"),
    "planned": ("拟实施", "Planned"),
    "running": ("实施中", "In progress"),
    "done": ("完成", "Done"),
    "dropped": ("未实施", "Not implemented"),
    "replaced": ("替换", "Replaced"),
}
FORMS: Final = ("option_generation", "option_feasibility", "option_implementation")


def record(session: Session, case: Case, now: datetime) -> int:
    """Write the register from the last submission of each form, in the order of the phases; give its length.

    A later phase adds to what an earlier one said. A repeat writes the same.
    """
    known = {row.code: row for row in session.scalars(select(Option).where(Option.case_id == case.id))}
    for form in FORMS:
        for line in _lines(session, case.id, form):
            code = str(line.get("code") or "").strip()
            if code:
                row = known.get(code) or Option(
                    case_id=case.id, code=code, name="", cost_class="", aspect="", detail={}
                )
                known[code] = row
                session.add(row)
                _WRITERS[form](row, line)
    session.flush()
    cases.record(session, SYSTEM, case.id, "options.recorded", {"count": len(known)}, now)
    return len(known)


def of_case(session: Session, case_id: str) -> list[Option]:
    """Give a case's options by code. The caller has fetched the case through access."""
    return list(session.scalars(select(Option).where(Option.case_id == case_id).order_by(Option.code)))


def _lines(session: Session, case_id: str, form: str) -> list[Mapping[str, Any]]:
    answers = session.scalar(
        select(Submission.answers)
        .where(Submission.instance_id == case_id, Submission.form == form)
        .order_by(Submission.submitted_at.desc())
        .limit(1)
    )
    return list((answers or {}).get("options") or [])


def _money(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def _name(row: Option, line: Mapping[str, Any]) -> None:
    row.name = str(line.get("name") or row.name)[:200]
    row.cost_class = str(line.get("option_class") or row.cost_class)


def _generated(row: Option, line: Mapping[str, Any]) -> None:
    _name(row, line)
    row.aspect = str(line.get("aspect") or "")
    row.description = str(line.get("description") or "")[:2000]
    row.planned_investment = _money(line.get("investment"))
    row.planned_benefit = _money(line.get("expected_benefit"))
    screening, progress = str(line.get("screening") or ""), str(line.get("progress") or "")
    row.status = progress if screening == "feasible" and progress else (screening or "proposed")
    row.detail = {**row.detail, "owner": line.get("owner"), "workshop": line.get("workshop")}


def _studied(row: Option, line: Mapping[str, Any]) -> None:
    _name(row, line)
    row.planned_investment = _money(line.get("investment")) or row.planned_investment
    row.planned_benefit = _money(line.get("annual_saving")) or row.planned_benefit
    row.status = "planned" if line.get("recommended") == "yes" else "rejected"
    keep = (*economics.FIGURES, "economic_ok", "override_reason")
    row.detail = {**row.detail, **{key: line[key] for key in keep if line.get(key) is not None}}


def _implemented(row: Option, line: Mapping[str, Any]) -> None:
    _name(row, line)
    row.actual_investment = _money(line.get("investment_actual"))
    row.actual_benefit = _money(line.get("benefit_actual"))
    row.status = str(line.get("progress") or row.status)
    row.finished_on = date.fromisoformat(line["finished_on"]) if line.get("finished_on") else None
    row.detail = {**row.detail, "effect": line.get("effect"), "undone_reason": line.get("undone_reason")}


_WRITERS: Final = {
    "option_generation": _generated,
    "option_feasibility": _studied,
    "option_implementation": _implemented,
}
