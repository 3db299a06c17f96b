"""Every computed figure of a case with its formula, its inputs, where these came from, and its result.

Nothing is stored here: figures are computed anew from what was submitted, and held against what the form stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from audits import access, balances, calendars, economics, energy, goal_figures, performance, report_figures
from audits.computed import Figure, Input, Names, Sheet
from audits.computed import sheet as _sheet
from audits.models import Case
from audits.rounding import number, rounded
from workflows import access as rows
from workflows.access import Actor
from workflows.models import Submission, Task

LATEST: Final = (
    *("pre_audit_survey", "audit_measurement", "option_generation", "option_feasibility"),
    *("audit_report", "option_implementation"),
)


def latest(session: Session, actor: Actor, case_id: str) -> dict[str, tuple[Submission, Task]]:
    """Give the last submission of each form with figures that the actor may read, by form; raises NotFound."""
    access.case(session, actor, case_id)
    query = (
        select(Submission, Task)
        .join(Task, Task.id == Submission.task_id)
        .where(Submission.instance_id == case_id, Submission.form.in_(LATEST), rows.visible(actor, Submission))
        .order_by(Submission.submitted_at, Submission.task_id)
    )
    return {one.form: (one, task) for one, task in session.execute(query)}


def of_case(session: Session, actor: Actor, case_id: str) -> list[Sheet]:
    """Give the figures of a case in the order of its phases; raises NotFound."""
    case = access.case(session, actor, case_id)
    found = latest(session, actor, case_id)
    makers: dict[str, Callable[[Submission, Task], list[Sheet]]] = {
        "pre_audit_survey": lambda one, task: [*_energy(session, case, one, task), *goal_figures.survey(one, task)],
        "audit_measurement": _balances,
        "option_generation": lambda _one, _task: [],
        "option_feasibility": _economics,
        "audit_report": lambda one, task: report_figures.sums(
            one, task, {form: row.answers for form, (row, _) in found.items()}
        ),
        "option_implementation": lambda one, task: [*_performance(one, task), *goal_figures.reached(one, task)],
    }
    return [sheet for form in LATEST if form in found for sheet in makers[form](*found[form])]


def balances_of(session: Session, actor: Actor, case_id: str) -> list[tuple[balances.Balance, Decimal, bool, str]]:
    """Give a case's balances, each with its limit, whether it contradicts itself, and its task; raises NotFound."""
    found = latest(session, actor, case_id).get("audit_measurement")
    if found is None:
        return []
    one, task = found
    rules = balances.rules(calendars.local_day(task.opened_at))
    tolerance = Decimal(str(rules["stated_tolerance"]))
    made = [balances.read(line) for line in one.answers.get("balances") or []]
    return [(each, balances.limit_of(each, rules), each.contradicts(tolerance), one.task_id) for each in made]


def _same(text: str) -> Names:
    return text, text


# ---- energy ----------------------------------------------------------------------------------------------------


def _energy(session: Session, case: Case, one: Submission, task: Task) -> list[Sheet]:
    factors = energy.load(session, case.region_path)
    sheets = []
    for place, line in enumerate(one.answers.get("years") or [], 1):
        year = number(line.get("year"))
        amounts = {key: value for key in energy.ENERGIES if (value := number(line.get(key))) is not None}
        if year is None or not amounts:
            continue
        title = (f"{int(year)} 年能耗与碳排放", f"Energy and carbon of {int(year)}")
        sheets.append(_sheet("energy", title, one, task, place, year_figures(factors, amounts, int(year), line)))
    return sheets


def year_figures(
    factors: Iterable[Any], amounts: Mapping[str, Decimal], year: int, line: Mapping[str, Any]
) -> Iterator[Figure]:
    """Give the energy of a year as coal and as carbon, and its ratios."""
    factors = list(factors)
    for kind, (zh, en) in energy.KINDS.items():
        made = energy.convert(factors, amounts, year, kind)
        inputs = []
        for part in made:
            inputs.append(Input(energy.ENERGIES[part.energy], part.amount, energy.UNITS[part.energy]))
            if part.factor is not None:
                name = (
                    f"{energy.ENERGIES[part.energy][0]}系数",
                    f"Factor of {energy.ENERGIES[part.energy][1].lower()}",
                )
                inputs.append(Input(name, Decimal(part.factor.value), part.factor.unit, part.factor.source))
        names = ("二氧化碳排放", "Carbon dioxide") if kind == "co2" else (f"折标煤（{zh}）", f"Coal equivalent ({en})")
        unit = "tCO2" if kind == "co2" else "tce"
        flag = "" if energy.total(made) is not None else "factor_missing"
        yield Figure(
            names, ("Σ 实物量 × 系数", "Σ amount × factor"), tuple(inputs), energy.total(made), unit, flag=flag
        )
    yield from _ratios(line)


def _ratios(line: Mapping[str, Any]) -> Iterator[Figure]:
    ratios: tuple[tuple[str, Names, str, str, int, str], ...] = (
        ("energy_per_output", ("单位产值能耗", "Energy per output value"), "energy", "output_value", 1, "tce/万元"),
        ("water_per_unit", ("单位产品水耗", "Water per product"), "water", "output", 1, "m³"),
        ("energy_per_unit", ("单位产品能耗", "Energy per product"), "energy", "output", 1000, "kgce"),
    )
    names: dict[str, Names] = {
        "energy": ("综合能耗", "Energy"),
        "water": ("新鲜水", "Water"),
        "output": ("产量", "Output"),
        "output_value": ("产值", "Output value"),
    }
    for key, title, above, under, times, unit in ratios:
        top, base = number(line.get(above)), number(line.get(under))
        if top is None or not base:
            continue
        by = " × 1000" if times != 1 else ""
        formula = (f"{names[above][0]}{by} ÷ {names[under][0]}", f"{names[above][1]}{by} ÷ {names[under][1]}")
        inputs = (Input(names[above], top), Input(names[under], base))
        # The form writes this one with FEEL's `decimal`; a tie of the fifth digit may round to even there.
        stored, result = number(line.get(key)), rounded(top * times / base, 4)
        near = stored is not None and abs(stored - result) <= Decimal("0.0001")
        yield Figure(title, formula, inputs, result, unit, result if near else stored)


# ---- balances --------------------------------------------------------------------------------------------------


def _balances(one: Submission, task: Task) -> list[Sheet]:
    rules = balances.rules(calendars.local_day(task.opened_at))
    sheets = []
    for place, line in enumerate(one.answers.get("balances") or [], 1):
        made = balances.read(line)
        kind = balances.KINDS.get(made.kind, ("", ""))
        title = (f"{kind[0]}：{made.name}", f"{kind[1]}: {made.name}")
        sheets.append(_sheet("balance", title, one, task, place, balance_figures(made, line, rules)))
    return sheets


def balance_figures(made: balances.Balance, line: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[Figure]:
    """Give the totals of a balance, their difference and its deviation."""
    sides: dict[str, Names] = {"in": ("输入合计", "Total in"), "out": ("输出合计", "Total out")}
    stored = {"in": "input_total", "out": "output_total"}
    for side, names in sides.items():
        inputs = tuple(
            Input((part.name, part.name), part.amount, made.unit) for part in made.entries if part.side == side
        )
        yield Figure(names, _same("Σ"), inputs, made.total(side), made.unit, number(line.get(stored[side])))
    both = tuple(Input(names, made.total(side), made.unit) for side, names in sides.items())
    difference = number(line.get("difference"))
    yield Figure(("差值", "Difference"), _same("|ΣIn − ΣOut|"), both, made.difference, made.unit, difference)
    limit = balances.limit_of(made, rules)
    stated = [
        Input(names, value, unit)
        for names, value, unit in (
            (("原载差值", "Difference as stated"), made.stated_difference, made.unit),
            (("原载偏差", "Deviation as stated"), made.stated_deviation, "%"),
        )
        if value is not None
    ]
    inputs = (*both, Input(("限值", "Limit"), limit, "%", str(rules["source"])), *stated)
    flag = "above_limit" if made.exceeds(limit) else ""
    if made.contradicts(Decimal(str(rules["stated_tolerance"]))):
        flag = "contradicts"
    deviation = number(line.get("deviation"))
    yield Figure(("偏差", "Deviation"), _same("|ΣIn − ΣOut| ÷ ΣIn × 100"), inputs, made.deviation, "%", deviation, flag)


# ---- economics -------------------------------------------------------------------------------------------------

_STEPS: Final[tuple[tuple[str, Names, Names, str, tuple[str, ...]], ...]] = (
    ("net_investment", ("I 净投资", "I Net investment"), ("I = 总投资 − 补贴", "I = investment − subsidy"), "万元",
     ("investment", "subsidy")),
    ("depreciation", ("D 年折旧", "D Depreciation"), ("D = 设备投资 ÷ Y", "D = equipment ÷ Y"), "万元/a",
     ("equipment", "depreciation_years")),
    ("taxable_profit", ("T 应税利润", "T Taxable profit"), _same("T = P − D"), "万元/a", ("saving", "depreciation")),
    ("net_profit", ("E 净利润", "E Net profit"), _same("E = T × (1 − t)"), "万元/a", ("taxable_profit", "tax_rate")),
    ("net_cash_flow", ("F 年净现金流量", "F Net cash flow"), _same("F = E + D"), "万元/a", ("net_profit", "depreciation")),
    ("payback", ("N 投资偿还期", "N Payback"), _same("N = I ÷ F"), "a", ("net_investment", "net_cash_flow")),
    ("npv", ("NPV 净现值", "NPV"), _same("NPV = Σ F ÷ (1 + i)^j − I"), "万元",
     ("net_cash_flow", "net_investment", "discount_rate", "years")),
    ("npvr", ("NPVR 净现值率", "NPVR"), _same("NPVR = NPV ÷ I"), "", ("npv", "net_investment")),
    ("irr", ("IRR 内部收益率", "IRR"), _same("NPV(IRR) = 0"), "%", ("net_cash_flow", "net_investment", "years")),
)  # fmt: skip
_GIVEN: Final[dict[str, tuple[Names, str]]] = {
    "investment": (("总投资", "Investment"), "万元"),
    "subsidy": (("补贴", "Subsidy"), "万元"),
    "equipment": (("设备投资", "Equipment"), "万元"),
    "saving": (("P 年节省额", "P Annual saving"), "万元/a"),
    "depreciation_years": (("Y 折旧年限", "Y Depreciation years"), "a"),
    "tax_rate": (("t 所得税率", "t Tax rate"), "%"),
    "years": (("n 计算期", "n Years"), "a"),
    "discount_rate": (("i 贴现率", "i Discount rate"), "%"),
} | {key: (names, unit) for key, names, _formula, unit, _inputs in _STEPS}
_CRITERIA: Final[dict[str, Names]] = {
    "payback": ("N 低于", "N below"), "npv": ("NPV 不低于", "NPV at least"), "irr": ("IRR 不低于", "IRR at least"),
}  # fmt: skip


def _economics(one: Submission, task: Task) -> list[Sheet]:
    rules = economics.criteria(calendars.local_day(task.opened_at))
    sheets = []
    for place, line in enumerate(one.answers.get("options") or [], 1):
        known = economics.read(line)
        if known is not None:
            title = f"{line.get('code') or ''} {line.get('name') or ''}".strip()
            sheets.append(_sheet("economics", (title, title), one, task, place, option_figures(known, line, rules)))
    return sheets


def option_figures(known: economics.Proposal, line: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[Figure]:
    """Give what an option comes to, each figure held against its criterion."""
    figures = economics.appraise(known)
    judged = economics.judge(figures, str(line.get("option_class") or ""), rules, known.benchmark)
    for key, names, formula, unit, needs in _STEPS:
        inputs = []
        for name in needs:
            value = getattr(known, name, None) if hasattr(known, name) else getattr(figures, name)
            if value is not None:
                inputs.append(Input(_GIVEN[name][0], Decimal(value), _GIVEN[name][1]))
        held = next((one for one in judged if one.name == key), None)
        if held is not None:
            inputs.append(Input(_CRITERIA[key], held.limit, unit, "" if key == "irr" else str(rules["source"])))
        flag = "criterion_missed" if held is not None and not held.met else ""
        yield Figure(names, formula, tuple(inputs), getattr(figures, key), unit, number(line.get(key)), flag)


# ---- performance -----------------------------------------------------------------------------------------------


def _performance(one: Submission, task: Task) -> list[Sheet]:
    found = performance.effects(one.answers)
    rules = performance.rules(calendars.local_day(task.opened_at))
    title = ("绩效：实施前后", "Performance: before and after")
    sums = ("绩效：方案效果合计", "Performance: effects of the options")
    return [
        _sheet("performance", title, one, task, 1, _reductions(found)),
        _sheet("effects", sums, one, task, 1, _sums(found, rules)),
    ]


def _reductions(found: list[performance.Effect]) -> Iterator[Figure]:
    for effect in found:
        one = effect.indicator
        inputs = (
            Input(("实施前", "Before"), effect.before, one.unit),
            Input(("实施后", "After"), effect.after, one.unit),
        )
        yield Figure((one.zh, one.en), ("实施前 − 实施后", "Before − after"), inputs, effect.reduction, one.unit)


def _sums(found: list[performance.Effect], rules: Mapping[str, Any]) -> Iterator[Figure]:
    tolerance = Decimal(str(rules["tolerance"]))
    for effect in found:
        one = effect.indicator
        if not effect.options and not effect.reduction:
            continue
        inputs = [Input((code, code), amount, one.unit) for code, amount in effect.options]
        inputs.append(Input(("前后差", "Change"), effect.reduction, one.unit))
        inputs.append(Input(("容许差", "Tolerance"), tolerance, "%", str(rules["source"])))
        formula = ("Σ 已完成方案的实际减少量", "Σ reductions of the options done")
        flag = "effects_differ" if effect.differs(tolerance) else ""
        yield Figure((one.zh, one.en), formula, tuple(inputs), effect.total, one.unit, flag=flag)
