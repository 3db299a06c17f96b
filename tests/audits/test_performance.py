"""What an audit achieves is counted in one unit each: metals by element in kg, smoke and dust as one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from audits import performance


def test_smoke_and_dust_are_one_indicator_and_metals_are_counted_by_element_in_kg() -> None:
    lines = [
        ("烟尘", Decimal(2), "t"),
        ("粉尘", Decimal(500), "kg"),
        ("铬", Decimal("0.002"), "t"),
        ("铅", Decimal(3), "kg"),
    ]
    assert performance.collect(lines) == {"dust": Decimal("2.5"), "cr": Decimal(2), "pb": Decimal(3)}


def test_a_unit_that_an_indicator_cannot_have_is_refused() -> None:
    with pytest.raises(ValueError, match="counted in"):
        performance.in_unit("electricity", Decimal(1), "t")


def test_a_reduction_is_before_less_after() -> None:
    (found,) = performance.effects({"before_cod": 10, "after_cod": 7.5, "before_tn": 3})
    assert (found.reduction, found.percent, found.unit) == (Decimal("2.5"), Decimal("25.0"), "t")
