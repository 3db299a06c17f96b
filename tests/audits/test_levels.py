"""The level by an indicator system: cumulative, exact, explained; systems are data with located faults."""

from __future__ import annotations

import copy
import json
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from audits import indicator_systems, levels
from audits.indicator_format import parse
from audits.levels import Product, evaluate

NAMES = {level: {"zh": level, "en": level} for level in ("I", "II", "III", "below")}


def title(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def indicator(key: str, weight: float, **more: Any) -> dict[str, Any]:
    base = {"key": key, "title": title(key), "weight": weight, "kind": "at_most", "levels": {"I": 1, "II": 2, "III": 3}}
    return base | more


def system(*groups: tuple[float, list[dict[str, Any]]], **rules: Any) -> dict[str, Any]:
    return {
        "format": "qingshen-indicator-system-1", "key": "test", "version": "1", "title": title("t"), "source": "s",
        "verified": False, "industries": ["3360"], "from": "2020-01-01", "until": None, "level_names": NAMES,
        "verdict": {"thresholds": {"I": 85, "II": 85, "III": 100}} | rules,
        "groups": [
            {"key": f"group_{place}", "title": title("g"), "weight": weight, "indicators": indicators}
            for place, (weight, indicators) in enumerate(groups)
        ],
    }  # fmt: skip


def judge(made: dict[str, Any], *, inapplicable: tuple[str, ...] = (), **values: Any) -> levels.Verdict:
    return evaluate(made, [Product("", Decimal(1), values, frozenset(inapplicable))])


PAIR = system((1, [indicator("a", 0.5), indicator("b", 0.5)]))


def test_one_at_level_one_and_one_at_level_three_make_level_three() -> None:
    found = judge(PAIR, a=1, b=3)
    assert found.indices == {"I": 50, "II": 50, "III": 100}
    assert found.level == "III"
    assert [(step.level, step.index, step.met) for step in found.steps] == [
        ("I", 50, False), ("II", 50, False), ("III", 100, True),
    ]  # fmt: skip


def test_a_limiting_indicator_holds_the_level_down_whatever_the_index() -> None:
    made = system((1, [indicator("a", 0.9), indicator("b", 0.1, limiting=True)]))
    found = judge(made, a=1, b=2)
    assert (found.indices["I"], found.level) == (90, "II")
    assert found.steps[0].limiting_missed == ("b",)
    assert judge(made, a=1, b=4).level == "below"


@pytest.mark.parametrize(("weight", "level"), [(0.85, "I"), (0.8499, "II")])
def test_the_threshold_itself_is_enough(weight: float, level: str) -> None:
    rest = round(1 - weight, 4)
    assert judge(system((1, [indicator("a", weight), indicator("b", rest)])), a=1, b=2).level == level


def test_weights_of_inapplicable_indicators_go_to_the_others_of_their_group() -> None:
    made = system((0.6, [indicator("a", 0.3), indicator("b", 0.3), indicator("c", 0.4)]), (0.4, [indicator("d", 1)]))
    found = judge(made, inapplicable=("c",), a=1, b=2, d=1)
    assert {line.key: line.share for line in found.lines} == {
        "a": Fraction(3, 10), "b": Fraction(3, 10), "c": 0, "d": Fraction(2, 5),
    }  # fmt: skip
    assert found.indices == {"I": 70, "II": 100, "III": 100}
    assert found.level == "II"


def test_thirds_make_a_hundred_exactly() -> None:
    parts = [indicator("a", 0.3), indicator("b", 0.3), indicator("c", 0.3), indicator("d", 0.1)]
    found = judge(system((1, parts)), inapplicable=("d",), a=3, b=3, c=3)
    assert (found.indices["III"], found.level) == (100, "III")


def test_a_group_without_anything_applicable_leaves_its_weight_to_the_others() -> None:
    made = system((0.5, [indicator("a", 1)]), (0.5, [indicator("b", 1)]))
    assert judge(made, inapplicable=("b",), a=1).indices["I"] == 100
    assert judge(made, inapplicable=("a", "b")).level == "na"


def test_products_are_weighed_by_their_share_and_limiting_ones_count_for_each() -> None:
    two = [Product("x", Decimal(3), {"a": 1, "b": 1}), Product("y", Decimal(1), {"a": 3, "b": 3})]
    found = evaluate(PAIR, two)
    assert found.indices == {"I": 75, "II": 75, "III": 100}
    assert found.level == "III"
    strict = system((1, [indicator("a", 0.5, limiting=True), indicator("b", 0.5)]))
    nearly = [Product("x", Decimal(99), {"a": 1, "b": 1}), Product("y", Decimal(1), {"a": 3, "b": 1})]
    assert evaluate(strict, nearly).level == "III"


def test_a_system_may_ask_the_other_indicators_for_level_two() -> None:
    parts = (1, [indicator("a", 0.9), indicator("b", 0.1)])
    assert judge(system(parts), a=1, b=3).level == "I"
    strict = judge(system(parts, others_at_least={"I": "II"}), a=1, b=3)
    assert strict.steps[0].others_missed == ("b",)
    assert strict.level == "II"


def test_a_new_project_is_judged_to_level_two_where_the_system_says_so() -> None:
    made = system((1, [indicator("a", 1)]), new_projects_until="II")
    assert evaluate(made, [Product("", Decimal(1), {"a": 3})]).level == "III"
    assert evaluate(made, [Product("", Decimal(1), {"a": 3})], new_project=True).level == "below"


def test_a_missing_value_gives_no_level_and_is_named() -> None:
    found = judge(PAIR, a=1)
    assert (found.level, found.missing) == (None, (("", "b"),))


def test_an_index_is_cut_off_and_never_shown_as_a_threshold_that_it_misses() -> None:
    assert levels.shown(Fraction(849999999, 10**7)) == Decimal("84.9999")


def test_membership_never_shrinks_from_level_one_to_three() -> None:
    rng = random.Random(4)
    kinds = [
        {"kind": "at_most", "levels": {"I": 10, "II": 20, "III": 30}},
        {"kind": "at_least", "levels": {"I": 30, "II": 20, "III": 10}},
        {"kind": "range", "levels": {"I": [14, 16], "II": [12, 18], "III": [10, 20]}},
    ]
    for _ in range(300):
        count = rng.randint(1, 6)
        parts = [indicator(f"k{n}", 1, **rng.choice(kinds)) for n in range(count)]
        for part in parts:
            part["weight"] = Fraction(1, count)
        values = {part["key"]: rng.choice((0, 9.9, 10, 15, 20, 25, 30, 31)) for part in parts}
        found = judge(system((1, parts)), **values)
        assert found.indices["I"] <= found.indices["II"] <= found.indices["III"] <= 100
        for line in found.lines:
            assert line.points["I"] <= line.points["II"] <= line.points["III"]


# --- definitions


def test_what_ships_is_sound_and_says_that_it_is_not_verified() -> None:
    made = {name: parse(content) for name, content in indicator_systems.shipped().items()}
    assert len(made) >= 2
    assert {name: faults for name, (_made, faults) in made.items() if faults} == {}
    assert all(one["source"] and one["verified"] is False for one, _faults in made.values())
    assert {one.get("sector") for one, _faults in made.values()} >= {"industry", "services"}


def test_a_farming_system_is_possible() -> None:
    made = system((1, [indicator("manure", 1, kind="at_least", levels={"I": 95, "II": 90, "III": 80})]))
    made |= {"sector": "farming", "industries": ["0313"]}
    assert parse(json.dumps(made).encode())[1] == []
    assert judge(made, manure=91).level == "II"


def broken(change: Any) -> list[tuple[str, str]]:
    made = copy.deepcopy(PAIR)
    change(made)
    return [(one.place, one.code) for one in parse(json.dumps(made).encode())[1]]


def first(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = made["groups"][0]["indicators"][0]
    return found


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (lambda made: made.update(format="x"), "format", "unknown_format"),
        (lambda made: made.update(key="A b"), "key", "bad_key"),
        (lambda made: made.update(source=""), "source", "required"),
        (lambda made: made.update(industries=["C33"]), "industries[0]", "bad_industry"),
        (lambda made: made.update(until="2019-01-01"), "until", "before_since"),
        (lambda made: made["groups"][0].update(weight=0.9), "groups", "weights_are_not_one"),
        (lambda made: first(made).update(weight=0.4), "groups[0].indicators", "weights_are_not_one"),
        (lambda made: first(made).update(key="b"), "groups[0].indicators[1].key", "twice"),
        (lambda made: first(made).update(kind="equal"), "groups[0].indicators[0].kind", "unknown_kind"),
        (
            lambda made: first(made)["levels"].update(II=0.5),
            "groups[0].indicators[0].levels.II",
            "stricter_than_better",
        ),
        (lambda made: first(made)["levels"].update(I="x"), "groups[0].indicators[0].levels.I", "bad_number"),
        (lambda made: made["verdict"]["thresholds"].update(I=101), "verdict.thresholds.I", "not_a_percentage"),
        (lambda made: made["level_names"].pop("I"), "level_names.I.zh", "required"),
        (lambda made: made.update(sector=["industry"]), "sector", "unknown"),
        (lambda made: made["verdict"].update(new_projects_until={}), "verdict.new_projects_until", "unknown_level"),
        (lambda made: first(made).update(kind=[]), "groups[0].indicators[0].kind", "unknown_kind"),
        (lambda made: first(made).update(weight="1e-999999999"), "groups[0].indicators[0].weight", "not_a_weight"),
        (lambda made: made.update(industries=["0000"]), "industries[0]", "bad_industry"),
    ],
)
def test_a_fault_of_a_definition_is_located(change: Any, place: str, code: str) -> None:
    assert (place, code) in broken(change)


def test_what_is_no_json_says_where() -> None:
    assert parse(b'{"format": ')[1][0].place == "line 1, column 12"
    assert parse(b"[]")[1][0].code == "not_an_object"
    assert parse(b"x" * 2_000_000)[1][0].code == "too_large"
