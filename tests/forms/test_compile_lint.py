"""A malformed or hostile form definition is named place by place, and never an accident."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from forms import compile_form, lint_form, localise, shipped
from forms.messages import catalogue
from forms.patterns import PatternError, compile_pattern, matches
from tests.forms.submissions import SYNTHETIC, field, form, rows

UI = Path(__file__).parents[2] / "server/ui/src"


def _places(definition: Any) -> set[tuple[str, str]]:
    return {(found.component, found.property) for found in lint_form(definition)}


@pytest.mark.parametrize("key", sorted(SYNTHETIC))
def test_forms_of_every_component_have_no_problem(key: str) -> None:
    assert lint_form(SYNTHETIC[key]) == []


@pytest.mark.parametrize(
    ("component", "property"),
    [
        (field("textfield", "a", validate={"pattern": "("}), "validate.pattern"),
        (field("textfield", "a", validate={"pattern": "(a+)+$"}), "validate.pattern"),
        (field("textfield", "a", validate={"pattern": 5}), "validate.pattern"),
        (field("number", "a", validate={"min": "three"}), "validate.min"),
        (field("textfield", "a", validate={"min": 3}), "validate.min"),
        (field("number", "a", validate={"maxLength": 3}), "validate.maxLength"),
        (field("number", "a", validate={"min": "=1 +"}), "validate.min"),
        (field("textfield", "a", validate={"required": "yes"}), "validate.required"),
        (field("textfield", "a", validate={"validationType": "iban"}), "validate.validationType"),
        (field("textfield", "a", validate=[]), "validate"),
        (field("textfield", "a", conditional={"hide": "=a =="}), "conditional.hide"),
        (field("textfield", "a", conditional={"hide": "always"}), "conditional.hide"),
        (field("textfield", "a", conditional={"hide": '=a = "x"'}), "conditional.hide"),
        (field("textfield", "a", readonly="yes"), "readonly"),
        (field("expression", "a", expression="1 + 1"), "expression"),
        (field("expression", "a", expression="=if x then"), "expression"),
        (field("number", "a", decimalDigits=-1), "decimalDigits"),
        (field("number", "a", increment="0"), "increment"),
        (field("datetime", "a", subtype="year"), "subtype"),
        (field("select", "a"), "values"),
        (field("select", "a", values=[]), "values"),
        (field("select", "a", values=["x", "x"]), "values"),
        (field("select", "a", values=[{"label": "x"}]), "values"),
        (field("select", "a", values=["x"], valuesKey="k"), "values"),
        (field("attachment", "a", properties={"maxMb": -1}), "properties.maxMb"),
        (field("attachment", "a", properties={"accept": 5}), "properties.accept"),
        (field("html", "a"), "type"),
        (field("iframe", "a"), "type"),
        (field("filepicker", "a"), "type"),
        (field("wizard", "a"), "type"),
        ({"type": "textfield", "id": "id_a"}, "key"),
        ({"type": "dynamiclist", "id": "id_a", "components": []}, "path"),
        ({"type": "textfield", "id": "id_a", "key": "__proto__.x"}, "key"),
        ({"type": "textfield", "id": "id_a", "key": "a..b"}, "key"),
        ({"type": "dynamiclist", "id": "id_a", "path": "l", "defaultRepetitions": 10**9}, "defaultRepetitions"),
        ({"type": "textfield", "id": "id_a", "key": 5}, "key"),
        ({"type": "group", "id": "id_a", "components": "x"}, "components"),
    ],
)
def test_a_fault_is_named_at_its_component_and_property(component: dict[str, Any], property: str) -> None:
    assert ("id_a", property) in _places(form(component))


def test_names_that_collide_are_refused() -> None:
    assert ("id_a_b", "key") in _places(form(field("textfield", "a"), field("textfield", "a.b")))
    assert ("id_a", "key") in _places(form(field("textfield", "a.b"), field("textfield", "a")))
    assert ("id_l_x", "key") in _places(form(rows("l", field("textfield", "a")), field("textfield", "l.x")))
    assert lint_form(form(rows("l", field("textfield", "a")), {**field("textfield", "a"), "id": "other"})) == []


def test_an_id_used_twice_is_refused() -> None:
    assert ("id_a", "id") in _places(form(field("textfield", "a"), {**field("textfield", "b"), "id": "id_a"}))


def test_conditions_in_a_circle_are_refused() -> None:
    definition = form(
        field("textfield", "a", conditional={"hide": "=b = null"}),
        field("textfield", "b", conditional={"hide": "=a != null"}),
    )
    assert {("id_a", "conditional.hide"), ("id_b", "conditional.hide")} <= _places(definition)


@pytest.mark.parametrize("definition", [None, [], "text", 5, {}, {"type": "default"}, {"components": [None]}])
def test_what_is_no_form_has_a_problem(definition: Any) -> None:
    assert lint_form(definition)


def test_a_form_that_is_too_deep_is_refused() -> None:
    definition = field("textfield", "a")
    for number in range(100):
        definition = {"type": "group", "id": f"g{number}", "components": [definition]}
    assert any(found.property == "components" for found in lint_form(form(definition)))


def test_a_form_that_is_too_large_is_refused_once() -> None:
    definition = form(*(field("textfield", f"f{number}") for number in range(5000)))
    assert [found.property for found in lint_form(definition)] == ["components"]


def test_a_faulty_definition_does_not_compile() -> None:
    with pytest.raises(ValidationError) as caught:
        compile_form(form(field("wizard", "a")))
    assert caught.value.messages == {"id_a.type": ["unknown component type 'wizard'"]}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just("=a + "),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def _corrupt(value: Any, data: st.DataObject) -> Any:
    """Replace one thing somewhere in a definition."""
    if isinstance(value, dict) and value and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _corrupt(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 3)):
        index = data.draw(st.integers(0, len(value) - 1))
        return [*value[:index], _corrupt(value[index], data), *value[index + 1 :]]
    return data.draw(JUNK)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SYNTHETIC)), st.data())
def test_no_corruption_of_a_form_is_an_accident(key: str, data: st.DataObject) -> None:
    definition = _corrupt(SYNTHETIC[key], data)
    problems = lint_form(definition)
    assert all(found.component and found.text and found.text_zh for found in problems)
    if problems:
        with pytest.raises(ValidationError):
            compile_form(definition)
    else:
        assert compile_form(definition).display({}) == []
        assert localise(definition, "en")["type"] == "default"


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (r"^a$", "a\n", False),
        (r"a.b", "a\u2028b", False),
        (r"\d", "٣", False),
        (r"\w", "é", False),
        (r"\s", "\u3000", True),
        (r"[\s]", "\ufeff", True),
        (r"^\S+$", "a\u00a0", False),
        (r"(?<y>\d{4})-\k<y>", "2026-2026", True),
        (r"^[^\]]+$", "ab", True),
        (r"[[]", "[", True),
        (r"\/x", "/x", True),
        (r"[^]", "\n", True),
        (r"^(\d+,)*\d+$", "1,22,333", True),
        (r"^[0-9A-HJ-NPQRTUWXY]{18}$", "91620100MA71ABCD0X", True),
    ],
)
def test_a_pattern_means_what_it_means_in_a_browser(pattern: str, value: str, expected: bool) -> None:
    assert matches(pattern, value) is expected


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a*)*b", "((a|b)+)+c", "(.*.*)*x", r"(\d+\w*)+!", "\\", r"\p{L}", "a" * 2000, "(a|b|ab)*c", ".*.*.*x"],
)
def test_a_pattern_that_could_run_for_ever_or_mean_something_else_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_matching_a_long_text_is_quick() -> None:
    begun = time.perf_counter()
    assert not matches(r"^.*a.*b.*c$", "a" * 100_000)
    assert not matches(r".*a.*b.*c$", "ab" * 250)
    assert not matches(r"\w+\d*x", "1" * 500)
    assert time.perf_counter() - begun < 2


def test_page_and_server_say_the_same_in_chinese() -> None:
    page = json.loads((UI / "common/zh.json").read_text("utf-8"))
    common = {text: chinese for text, chinese in catalogue().items() if text in page}
    assert len(common) >= 20
    assert {text: page[text] for text in common} == common


@pytest.mark.parametrize("key", sorted(shipped()))
def test_a_shipped_form_has_no_problem(key: str) -> None:
    assert lint_form(shipped()[key]) == []
