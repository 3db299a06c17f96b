"""What an audit achieves is counted in one unit each: metals by element in kg, smoke and dust as one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from audits import indicators, performance


def test_smoke_and_dust_are_one_indicator_and_metals_are_counted_by_element_in_kg() -> None:
    known = indicators.known()
    assert [key for key, one in known.items() if "尘" in one.zh] == ["dust"]
    metals = {key: one.unit for key, one in known.items() if one.group == "metal"}
    assert metals == dict.fromkeys(("pb", "hg", "cd", "cr", "as"), "kg/a")


def test_every_indicator_with_both_figures_is_told_in_the_units_of_the_register() -> None:
    answers = {f"{when}_{key}": 2 for key in indicators.known() for when in ("before", "after")}
    told = {one.indicator.key: one.indicator.unit for one in performance.effects(answers)}
    assert told == {key: one.unit for key, one in indicators.known().items()}


def test_a_reduction_is_before_less_after() -> None:
    (found,) = performance.effects({"before_cod": 10, "after_cod": 7.5, "before_tn": 3})
    assert (found.reduction, found.percent, found.indicator.unit) == (Decimal("2.5"), Decimal("25.0"), "t/a")


def test_the_sum_of_the_options_done_is_held_against_before_and_after() -> None:
    options = [{"code": "ZG1", "progress": "done"}, {"code": "ZG2", "progress": "dropped"}]
    effects = [{"code": code, "indicator": "cod", "reported": 2} for code in ("ZG1", "ZG2")]
    (found,) = performance.effects({"before_cod": 10, "after_cod": 7.99, "options": options, "effects": effects})
    assert (found.options, found.total) == ((("ZG1", Decimal(2)),), Decimal(2)), "what was dropped has saved nothing"
    limit = Decimal(str(performance.rules(date(2026, 3, 2))["tolerance"]))
    assert not found.differs(limit)
    assert found.differs(Decimal("0.1"))
