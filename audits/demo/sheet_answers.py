"""Invented score sheets of experts: the total and the vetoes are those wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from audits.demo.draw import Answers, Draw

EVALUATION: Final = {
    "A1": 3,
    "A2": 7,
    "B1": 3,
    "B2": 11,
    "B3": 11,
    "B4": 7,
    "B5": 9,
    "B6": 4,
    "B7": 6,
    "B8": 6,
    "B9": 5,
    "C1": 5,
    "C2": 3,
    "C3": 6,
    "C4": 8,
    "C5": 3,
    "C6": 3,
}
ACCEPTANCE: Final = {"D1": 10, "D2": 15, "D3": 20, "D4": 20, "D5": 15, "D6": 10, "D7": 10}
MERGED: Final = {
    "A1": 4,
    "A2": 6,
    "B1": 3,
    "B2": 8,
    "B3": 8,
    "B4": 8,
    "B5": 8,
    "B6": 5,
    "C1": 8,
    "C2": 10,
    "C3": 12,
    "D1": 8,
    "D2": 6,
    "D3": 3,
    "D4": 3,
}
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
            found[f"{code}_comment"] = draw.one(
                ("内容不完整，缺少支撑数据。", "分析深度不足，需补充。", "佐证材料不充分。")
            )
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


FORMS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    form.__name__: form for form in (evaluation_score_sheet, acceptance_score_sheet, merged_score_sheet)
}
