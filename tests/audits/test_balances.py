"""Balances: the deviation is computed anew, whatever was printed, and the form says the same as the program."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from audits import balances
from feel import for_thread
from forms import compile_form, shipped
from tests.forms.samples import context, file_of, valid_answers

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
RULES = balances.rules(date(2026, 3, 2))
TOLERANCE = Decimal(str(RULES["stated_tolerance"]))


def row(amount_in: float, amount_out: float, **more: Any) -> dict[str, Any]:
    entries = [
        {"entry": "投入", "side": "in", "amount": amount_in},
        {"entry": "产出", "side": "out", "amount": amount_out},
    ]
    return {"balance_kind": "material", "balance_name": "物料", "balance_unit": "kg", "entries": entries} | more


def test_the_published_balance_that_contradicts_itself_is_flagged_and_yields_2_10_per_cent() -> None:
    found = balances.read(row(4_746_025, 4_646_377, stated_difference=43_088, stated_deviation=0.91))
    assert (found.difference, found.deviation) == (99_648, Decimal("2.10"))
    assert found.contradicts(TOLERANCE)


@pytest.mark.parametrize("stated", [{"stated_difference": 99_648}, {"stated_deviation": 2.1}, {}])
def test_a_stated_figure_that_follows_from_the_totals_is_not_flagged(stated: dict[str, float]) -> None:
    assert not balances.read(row(4_746_025, 4_646_377, **stated)).contradicts(TOLERANCE)


@pytest.mark.parametrize(
    ("grade", "amount_out", "above"),
    [("ordinary", 950, False), ("ordinary", 949.96, True), ("precious", 980, False), ("toxic", 979.9, True)],
)
def test_precious_and_toxic_materials_have_a_tighter_limit(grade: str, amount_out: float, *, above: bool) -> None:
    found = balances.read(row(1000, amount_out, grade=grade))
    assert found.exceeds(balances.limit_of(found, RULES)) is above


def test_a_balance_without_input_has_no_deviation() -> None:
    found = balances.read(row(0, 5))
    assert found.deviation is None
    assert not found.exceeds(Decimal(5))


def some(count: int, seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        into = round(rng.choice((1, 1000, 10**6)) * rng.random() + 0.01, rng.choice((0, 2, 4))) or 1
        out = round(into * rng.choice((0.95, 0.98, 1, 1.05, 0.9 + 0.2 * rng.random())), 4)
        line = row(
            into, out, grade=rng.choice((None, *balances.GRADES)), remeasured="yes", deviation_reason="蒸发损失未计量"
        )
        line["entries"].append({"entry": "回用", "side": "in", "amount": round(rng.random(), 4)})
        if rng.random() < 0.5:
            line |= {"stated_deviation": round(abs(into - out) / into * 100 + rng.choice((0, 0.04, 0.3)), 2)}
        if rng.random() < 0.5:
            line |= {"stated_difference": round(abs(into - out) * rng.choice((1, 2)), 4)}
        found.append(line)
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_form_and_program_say_the_same_of_any_balance(seed: int) -> None:
    answers = valid_answers("audit_measurement", context=context()) | {"balances": some(60, seed)}
    compiled = compile_form(shipped()["audit_measurement"])
    clean = compiled.load(answers, context=context(), stored=None, files=file_of, feel=for_thread(), now=NOW)
    for line in clean["balances"]:
        found = balances.read(line)
        assert (line["input_total"], line["output_total"]) == (found.total("in"), found.total("out"))
        assert (line["difference"], line["deviation"]) == (found.difference, found.deviation)
        assert line["exceeds"] is found.exceeds(balances.limit_of(found, RULES))
        assert line["contradicts"] is found.contradicts(TOLERANCE)
