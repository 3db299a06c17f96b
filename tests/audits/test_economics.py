"""The economics of an option: published figures come out, and the form says the same as the program."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from audits import economics, option_record
from audits.economics import Proposal, appraise
from audits.rounding import rounded
from feel import for_thread
from forms import compile_form, shipped
from tests.forms.samples import context, file_of, valid_answers
from workflows.errors import NotFound

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
RULES = economics.criteria(date(2026, 3, 2))


def proposal(**changes: Any) -> Proposal:
    base = {
        "investment": 150, "equipment": 0, "saving": 32.5, "depreciation_years": 10, "tax_rate": 0, "years": 10,
        "discount_rate": 5,
    }  # fmt: skip
    values = {key: Decimal(str(value)) for key, value in (base | changes).items()}
    return Proposal(**{**values, "years": int(values["years"])})


def test_a_sum_that_somebody_typed_by_mistake_breaks_nothing() -> None:
    assert rounded(Decimal("1e29"), 2) == Decimal("1e29")
    assert option_record.number("1e25") is None
    row = {"investment": "1e25", "equipment_cost": "1e25", "annual_saving": "1", "depreciation_years": 10}
    known = economics.read(row | {"tax_rate": 25, "life_years": 10, "discount_rate": 6})
    assert known is not None
    assert economics.appraise(known).net_investment == Decimal("1e25")


def test_the_published_project_of_150_is_reproduced() -> None:
    found = appraise(proposal())
    assert (found.payback, found.npv, found.npvr) == (Decimal("4.615"), Decimal("100.96"), Decimal("0.673"))
    exact = economics.internal_rate(Decimal("32.5"), Decimal(150), 10)
    assert exact is not None
    assert round(exact * 100, 3) == Decimal("17.257")
    manual = economics.interpolated_rate(Decimal("32.5"), Decimal(150), 10, Decimal("0.17"), Decimal("0.18"))
    assert round(manual * 100, 3) == Decimal("17.263")


def test_depreciation_and_tax_of_the_published_project_of_10_are_reproduced() -> None:
    found = appraise(proposal(investment=10, equipment=10, saving=1.58, tax_rate=25, discount_rate=6))
    assert (found.depreciation, found.taxable_profit) == (1, Decimal("0.58"))
    assert (found.net_profit, found.net_cash_flow) == (Decimal("0.435"), Decimal("1.435"))
    assert (found.npv, found.irr) == (Decimal("0.56"), Decimal("7.17"))
    assert found.payback == Decimal("6.969")


def test_value_and_rate_prefer_different_projects() -> None:
    small = appraise(proposal(investment=31.67, saving=11.30, discount_rate=12))
    large = appraise(proposal(investment=73.82, saving=21.50, discount_rate=12))
    assert (small.npv, large.npv) == (Decimal("32.18"), Decimal("47.66"))
    assert (round(small.irr or 0, 1), round(large.irr or 0, 1)) == (Decimal("33.7"), Decimal("26.3"))
    assert (small.npvr, large.npvr) == (Decimal("1.016"), Decimal("0.646"))


def test_a_subsidy_lessens_the_investment() -> None:
    found = appraise(proposal(investment=200, subsidy=50))
    assert (found.net_investment, found.payback) == (150, Decimal("4.615"))


def test_the_tax_rate_and_the_discount_rate_are_inputs() -> None:
    old = appraise(proposal(equipment=100, tax_rate=33))
    new = appraise(proposal(equipment=100, tax_rate=25))
    assert old.net_cash_flow < new.net_cash_flow
    assert appraise(proposal(discount_rate=12)).npv < appraise(proposal(discount_rate=5)).npv


@pytest.mark.parametrize(("saving", "rate"), [(9.99, None), (10, Decimal("0.00")), (0, None), (-4, None)])
def test_what_never_comes_back_has_no_internal_rate(saving: float, rate: Decimal | None) -> None:
    assert appraise(proposal(investment=100, saving=saving)).irr == rate


def test_the_manual_interpolates_between_close_rates_only() -> None:
    for low, high in (("0.10", "0.18"), ("0.18", "0.19")):
        with pytest.raises(ValueError, match="enclose"):
            economics.interpolated_rate(Decimal("32.5"), Decimal(150), 10, Decimal(low), Decimal(high))


@pytest.mark.parametrize(
    ("cost_class", "saving", "met"), [("medium", 50, False), ("medium", 50.1, True), ("high", 15.1, False)]
)
def test_criteria_depend_on_the_class_of_cost(cost_class: str, saving: float, *, met: bool) -> None:
    figures = appraise(proposal(saving=saving))
    assert all(one.met for one in economics.judge(figures, cost_class, RULES)) is met


def test_a_benchmark_is_held_against_the_internal_rate() -> None:
    figures = appraise(proposal())
    names = [one.name for one in economics.judge(figures, "high", RULES, Decimal(18)) if not one.met]
    assert names == ["irr"]
    fast = appraise(proposal(investment=1, saving=500))
    assert fast.irr is None
    assert all(one.met for one in economics.judge(fast, "medium", RULES, Decimal(18)))


def test_defaults_are_those_of_the_day() -> None:
    assert economics.defaults(date(2007, 12, 31))["tax_rate"] == 33
    assert economics.defaults(date(2008, 1, 1))["tax_rate"] == 25
    with pytest.raises(NotFound):
        economics.defaults(date(1980, 1, 1))


def rows(count: int, seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    first = valid_answers("option_feasibility", context=context())["options"][0]
    found = []
    for number in range(count):
        investment = round(rng.choice((1, 100, 2000)) * rng.random() + 0.01, rng.choice((0, 2, 4))) or 1
        found.append(
            first
            | {
                "code": f"ZG{number + 1}",
                "option_class": rng.choice(("medium", "high")),
                "investment": investment,
                "subsidy": round(investment * rng.choice((0, 0, 0.2)), 2),
                "equipment_cost": round(investment * rng.random(), rng.choice((0, 2, 4))),
                "annual_saving": round(investment * rng.choice((0.05, 0.4, 3, 300)) * rng.random(), 4),
                "depreciation_years": rng.choice((1, 3, 5, 8, 10, 12.5, 16)),
                "tax_rate": rng.choice((0, 15, 25, 33, 12.5, 31.25)),
                "life_years": rng.randint(1, 50),
                "discount_rate": rng.choice((0.01, 5, 6, 8, 12, 7.35)),
                "benchmark_rate": rng.choice((None, 8, 20)),
                "recommended": "no",
            }
        )
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_form_and_program_say_the_same_of_any_option(seed: int) -> None:
    answers = valid_answers("option_feasibility", context=context()) | {"options": rows(40, seed)}
    compiled = compile_form(shipped()["option_feasibility"])
    clean = compiled.load(answers, context=context(), stored=None, files=file_of, feel=for_thread(), now=NOW)
    for row in clean["options"]:
        known = economics.read(row)
        assert known is not None
        figures = appraise(known)
        assert {name: row.get(name) for name in economics.FIGURES} == {
            name: getattr(figures, name) for name in economics.FIGURES
        }
        judged = economics.judge(figures, row["option_class"], RULES, known.benchmark)
        assert row["economic_ok"] is all(one.met for one in judged)


def test_a_row_without_its_numbers_has_no_figures() -> None:
    assert economics.read({"investment": 100}) is None
    assert economics.read(rows(1, 1)[0] | {"subsidy": 10**6}) is None
