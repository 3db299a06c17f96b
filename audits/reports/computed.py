"""Tables of a report whose figures are computed or kept elsewhere: the register's effects, levels, economics, energy, balances.

Every figure comes from what computes it for the pages (``audits.calculations``, ``audits.assessments``, the register): a
report and the pages cannot differ. What is computed from a secret is a secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from audits import balances, calculations, economics, energy, indicators
from audits.reports.material import Material
from audits.reports.outline import Block
from audits.reports.sheets import HIDDEN, NOTHING, written
from audits.rounding import number

Json = Any
Made = tuple[str, list[str], list[list[str]], str]
SIDES: Final = {"planned": "预计", "reported": "自报", "verified": "核定"}
LEFT_OUT: Final = frozenset({"rejected", "dropped", "replaced"})
_FLAGS: Final = {"above_limit": "超过限值", "contradicts": "与原载数字矛盾", "factor_missing": "缺少系数"}


def effects(material: Material, block: Block) -> Iterator[Made]:
    """Give what each option saves by indicator, as the register has it: the sides that the block names."""
    sides = block.detail["sides"]
    rows = [
        [row["code"], row["name"], one.zh, one.unit, *(_figure(effect.get(side)) for side in sides)]
        for row in material.register
        if row["status"] not in LEFT_OUT and not (block.detail.get("done") and row["status"] != "done")
        for key, one in indicators.known().items()
        if any((effect := (row["effects"].get(key) or {})).get(side) is not None for side in sides)
    ]
    yield block.names[0], ["方案编号", "方案名称", "指标", "单位", *(SIDES[side] for side in sides)], rows, ""


def sums(material: Material, block: Block) -> Iterator[Made]:
    """Add up the register by indicator: planned of what stands, reported and verified of what is done."""
    rows = []
    for key, one in indicators.known().items():
        values = [_sum(material, key, side) for side in SIDES]
        if any(value is not None for value in values):
            rows.append([one.zh, one.unit, *(_figure(value) for value in values)])
    yield block.names[0], ["指标", "单位", *(f"{name}削减（节约）量" for name in SIDES.values())], rows, ""


def _sum(material: Material, key: str, side: str) -> Json:
    kept = [row for row in material.register if row["status"] not in LEFT_OUT]
    if side != "planned":
        kept = [row for row in kept if row["status"] == "done"]
    said = [row["effects"][key][side] for row in kept if key in row["effects"]]
    known = [value for value in said if value is not None]
    if HIDDEN in known:
        return HIDDEN
    return sum(known, Decimal(0)) if known else None


def _figure(value: Json) -> str:
    if value == HIDDEN:
        return HIDDEN
    found = number(value)
    return written(found) if found is not None else NOTHING


def level(material: Material, block: Block) -> Iterator[Made]:
    """Give the level that the case states: its system, how each level was tried, and every indicator."""
    stated = material.levels.get(block.of)
    if not stated:
        return
    yield block.names[0], ["项目", "内容"], [["评价指标体系", stated["system"]], ["清洁生产水平", stated["level"]]], ""
    steps = [
        [str(one[0]), *(_figure(part) for part in one[1:3]), str(one[3]) or NOTHING, one[4]] for one in stated["steps"]
    ]
    yield f"{block.names[0]}（判定）", ["级别", "综合指数", "要求", "未达到的限定性指标", "是否达到"], steps, ""
    lines = [[str(part) if number(part) is None else _figure(part) for part in one] for one in stated["lines"]]
    yield f"{block.names[0]}（各项指标，*为限定性指标）", ["产品", "指标", "取值", "达到级别"], lines, ""


def money(material: Material, block: Block) -> Iterator[Made]:
    """Give the economics of the options side by side, with their formulas; what misses its criterion is marked."""
    lines = _rows(material, "option_feasibility", "options")
    if not lines:
        return
    rules = economics.criteria(material.opened["option_feasibility"])
    made = [_appraised(line, rules) for line in lines]
    known = next((one for one in made if one), None)
    if known is None:
        return
    rows = [
        [_unit(name[0], unit), formula, *(one[at][3] if one else HIDDEN if _secret(line) else NOTHING
                                          for one, line in zip(made, lines, strict=True))]
        for at, (name, formula, unit, _value) in enumerate(known)
    ]  # fmt: skip
    yield block.names[0], ["指标", "计算公式", *(str(line.get("code") or NOTHING) for line in lines)], rows, ""


def _appraised(
    line: Mapping[str, Json], rules: Mapping[str, Json]
) -> list[tuple[tuple[str, str], str, str, str]] | None:
    proposal = None if _secret(line) else economics.read(line)
    if proposal is None:
        return None
    return [
        (one.name, one.formula[0], one.unit, _figure(one.result) + ("（不符合）" if one.flag else ""))
        for one in calculations.option_figures(proposal, line, rules)
    ]


def years(material: Material, block: Block) -> Iterator[Made]:
    """Give coal equivalent, carbon and ratios of every year, by the dated factors."""
    columns: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for line in _rows(material, "pre_audit_survey", "years"):
        amounts = {key: value for key in energy.ENERGIES if (value := number(line.get(key))) is not None}
        year = number(line.get("year"))
        if year is None or not (amounts or _secret(line)):
            continue
        hidden = any(line.get(key) == HIDDEN for key in energy.ENERGIES)
        column = columns.setdefault(f"{int(year)}年", {})
        for one in calculations.year_figures(material.factors, amounts, int(year), line):
            name = _unit(one.name[0], one.unit)
            names[name] = one.formula[0]
            column[name] = HIDDEN if hidden else _figure(one.result) + _flag(one.flag)
    rows = [
        [name, formula, *(column.get(name, NOTHING) for column in columns.values())] for name, formula in names.items()
    ]
    yield block.names[0], ["指标", "计算公式", *columns], rows, ""


def balance(material: Material, line: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Give the totals of a balance with their difference and deviation; of a secret one the mark."""
    if _secret(line.get("entries")) or line.get("grade") == HIDDEN:
        return [(name, HIDDEN) for name in ("输入合计", "输出合计", "差值", "偏差（%）")]
    rules = balances.rules(material.opened["audit_measurement"])
    return [
        (_unit(one.name[0], one.unit), _figure(one.result) + _flag(one.flag))
        for one in calculations.balance_figures(balances.read(line), line, rules)
    ]


def _rows(material: Material, form: str, name: str) -> list[Mapping[str, Json]]:
    return [row for row in (material.answers.get(form) or {}).get(name) or [] if isinstance(row, Mapping)]


def _secret(value: Json) -> bool:
    """Say whether something in a row is a secret."""
    if isinstance(value, Mapping):
        return any(_secret(one) for one in value.values())
    if isinstance(value, list):
        return any(_secret(one) for one in value)
    return bool(value == HIDDEN)


def _unit(name: str, unit: str) -> str:
    return f"{name}（{unit}）" if unit else name


def _flag(code: str) -> str:
    return f"（{_FLAGS[code]}）" if code in _FLAGS else ""
