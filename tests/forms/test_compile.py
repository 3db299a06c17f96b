"""What the server makes of a submission, form by form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from feel import for_thread
from forms import compile_form
from tests.forms.submissions import FILES, field, form, rows

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
MUST = {"required": True}


def _load(definition: dict[str, Any], answers: Any, **given: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"context": {}, "files": FILES.get, "feel": for_thread(), "now": NOW, **given}
    return compile_form(definition).load(answers, **options)


def _refused(definition: dict[str, Any], answers: Any, **given: Any) -> Mapping[str, Any]:
    with pytest.raises(ValidationError) as caught:
        _load(definition, answers, **given)
    messages = caught.value.messages
    assert isinstance(messages, dict)
    return messages


def test_unknown_keys_are_dropped() -> None:
    assert _load(form(field("textfield", "a")), {"a": "x", "b": 1, "__class__": "y"}) == {"a": "x"}


def test_a_definition_is_compiled_once() -> None:
    definition = form(field("textfield", "a"))
    assert compile_form(definition) is compile_form(form(field("textfield", "a")))


def test_a_hidden_field_is_neither_checked_nor_kept() -> None:
    definition = form(field("checkbox", "a"), field("textfield", "b", validate=MUST, conditional={"hide": "=not(a)"}))
    assert _load(definition, {"a": False, "b": "smuggled"}) == {"a": False}
    assert _refused(definition, {"a": True}) == {"id_b": ["此项必填。"]}


def test_a_hidden_field_counts_as_empty_for_other_conditions() -> None:
    definition = form(
        field("select", "a", values=["x", "y"]),
        field("textfield", "b", conditional={"hide": '=a = "x"'}),
        field("textfield", "c", conditional={"hide": '=b = "on"'}),
    )
    assert _load(definition, {"a": "y", "b": "on", "c": "kept?"}) == {"a": "y", "b": "on"}
    assert _load(definition, {"a": "x", "b": "on", "c": "kept?"}) == {"a": "x", "c": "kept?"}


def test_a_condition_that_cannot_be_evaluated_hides_nothing() -> None:
    definition = form(field("textfield", "a", validate=MUST, conditional={"hide": "=1 / 0 > nothing"}))
    assert _refused(definition, {}) == {"id_a": ["此项必填。"]}


def test_a_computed_field_is_computed_again_whatever_was_sent() -> None:
    definition = form(field("number", "a"), field("expression", "b", expression="=a * 2"))
    assert _load(definition, {"a": 21, "b": 1000000}) == {"a": Decimal(21), "b": Decimal(42)}


def test_computed_fields_build_on_one_another_in_any_order() -> None:
    chain = [field("expression", f"e{n}", expression=f"=e{n + 1} + 1") for n in range(5)]
    definition = form(*chain, field("expression", "e5", expression="=a"), field("number", "a"))
    assert _load(definition, {"a": 1})["e0"] == 6


def test_disabled_fields_are_dropped() -> None:
    definition = form(field("textfield", "a", disabled=True), field("textfield", "b"))
    assert _load(definition, {"a": "x", "b": "y"}) == {"b": "y"}


def test_a_read_only_field_keeps_the_stored_value() -> None:
    definition = form(field("textfield", "a", readonly=True), field("number", "n", readonly="=true"))
    assert _load(definition, {"a": "forged", "n": 9}, stored={"a": "stored", "n": 3}) == {
        "a": "stored",
        "n": Decimal(3),
    }


def test_a_read_only_field_without_a_stored_value_shows_what_the_case_says() -> None:
    definition = form(field("textfield", "region_name", readonly=True))
    assert _load(definition, {"region_name": "forged"}, context={"region_name": "兰州市"}) == {"region_name": "兰州市"}


def test_numbers_keep_exactly_their_digits() -> None:
    definition = form(field("number", "a"), field("number", "b"))
    assert _load(definition, {"a": 0.1, "b": "123456789012345678901234567890.125"}) == {
        "a": Decimal("0.1"),
        "b": Decimal("123456789012345678901234567890.125"),
    }


@pytest.mark.parametrize(
    "value", [True, False, "abc", "NaN", "Infinity", float("nan"), float("inf"), [], {}, "1e9999", 10**400, "١٢"]
)
def test_what_is_not_a_number_is_refused(value: Any) -> None:
    assert _refused(form(field("number", "a")), {"a": value}) == {"id_a": ["请填写数字。"]}


@pytest.mark.parametrize("value", [5, True, ["x"], {"a": 1}])
def test_text_must_be_text(value: Any) -> None:
    assert _refused(form(field("textfield", "a")), {"a": value}) == {"id_a": ["请填写文字。"]}


@pytest.mark.parametrize("value", ["\x00", "a\ud800b"])
def test_text_that_cannot_be_stored_is_refused(value: str) -> None:
    assert _refused(form(field("textarea", "a")), {"a": value}) == {"id_a": ["含有无法保存的字符。"]}


def test_lengths_count_as_a_browser_counts() -> None:
    definition = form(field("textfield", "a", validate={"maxLength": 3}))
    assert _load(definition, {"a": "  👍a  "}) == {"a": "  👍a  "}
    assert _refused(definition, {"a": "👍👍"}) == {"id_a": ["最多 3 个字符。"]}


def test_an_option_is_not_its_look_alike() -> None:
    definition = form(field("select", "a", values=[{"label": "one", "value": 1}, {"label": "two", "value": "2"}]))
    others: list[Any] = [True, "1", 2, [1], {"value": 1}]
    for wrong in others:
        assert _refused(definition, {"a": wrong}) == {"id_a": ["请从选项中选择。"]}
    assert _load(definition, {"a": 1}) == {"a": 1}


def test_options_of_the_case_are_the_only_ones() -> None:
    definition = form(field("checklist", "panel", valuesKey="experts", validate=MUST))
    context = {"experts": [{"value": "p1", "label": "张"}, {"value": "p2", "label": "李"}]}
    assert _load(definition, {"panel": ["p2"]}, context=context) == {"panel": ["p2"]}
    assert _refused(definition, {"panel": ["p3"]}, context=context) == {"id_panel": ["请从选项中选择。"]}
    assert _refused(definition, {"panel": []}, context=context) == {"id_panel": ["此项必填。"]}


@pytest.mark.parametrize("day", ["2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01T00:00", "0000-01-01", 20260101])
def test_a_date_must_be_in_the_calendar(day: Any) -> None:
    assert _refused(form(field("datetime", "a", subtype="date")), {"a": day}) == {"id_a": ["请填写有效的日期。"]}


def test_a_past_date_is_refused_by_the_day_in_shanghai() -> None:
    definition = form(field("datetime", "a", subtype="date", disallowPassedDates=True))
    late = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert _refused(definition, {"a": "2026-03-01"}, now=late) == {"id_a": ["日期不得早于今天。"]}
    assert _load(definition, {"a": "2026-03-02"}, now=late) == {"a": "2026-03-02"}


def test_a_file_must_be_known_and_its_facts_are_the_stores() -> None:
    definition = form(field("attachment", "a"))
    forged = [{"id": "f1", "name": "other.exe", "size": 1, "type": "text/html", "more": 1}]
    stored = {"id": "f1", "name": "报告.pdf", "size": 40_000, "type": "application/pdf"}
    assert _load(definition, {"a": forged}) == {"a": [stored]}
    unknown: list[Any] = [[{"id": "nobody"}], [{}], ["f1"], [None], [{"id": 5}]]
    for wrong in unknown:
        assert _refused(definition, {"a": wrong}) == {"id_a": ["文件不存在，请重新上传。"]}


def test_a_file_must_fit_the_field() -> None:
    definition = form(field("attachment", "a", properties={"accept": [".pdf"], "maxMb": 50}))
    assert _refused(definition, {"a": [{"id": "f4"}]}) == {"id_a": ["不接受此类型的文件：tool.exe。"]}
    assert _refused(definition, {"a": [{"id": "f3"}]}) == {"id_a": ["文件超过 50 MB。"]}


def test_messages_of_rows_stand_at_their_rows() -> None:
    definition = form(rows("l", field("textfield", "a", validate=MUST), rows("m", field("number", "b", validate=MUST))))
    answers = {"l": [{"a": "x", "m": []}, {"m": [{"b": 1}, {}]}]}
    assert _refused(definition, answers) == {
        "id_a": [None, ["此项必填。"]],
        "id_b": [None, [None, ["此项必填。"]]],
    }


def test_a_row_sees_itself_its_surroundings_and_its_number() -> None:
    definition = form(
        field("number", "factor"),
        rows(
            "l",
            field("number", "a"),
            field("expression", "e", expression="=this.a * factor + i[1]"),
            rows("m", field("expression", "f", expression="=parent.a + i[2]")),
        ),
    )
    answers = {"factor": 10, "l": [{"a": 1}, {"a": 2, "m": [{}, {}]}]}
    loaded = _load(definition, answers)["l"]
    assert [row["e"] for row in loaded] == [11, 22]
    assert [row["f"] for row in loaded[1]["m"]] == [3, 4]


def test_the_rows_of_a_fixed_list_cannot_be_added_or_removed() -> None:
    definition = form(rows("l", field("textfield", "a"), allowAddRemove=False, defaultRepetitions=2))
    assert _load(definition, {"l": [{"a": "x"}, {"a": "y"}]}) == {"l": [{"a": "x"}, {"a": "y"}]}
    assert _refused(definition, {"l": [{"a": "x"}]}) == {"l": ["行数固定为 2 行。"]}
    assert _refused(definition, {"l": [{}, {}]}, stored={"l": [{}]}) == {"l": ["行数固定为 1 行。"]}


def test_more_rows_than_anyone_types_are_refused() -> None:
    definition = form(rows("l", field("textfield", "a")))
    assert _refused(definition, {"l": [{}] * 201}) == {"l": ["行数过多，最多 200 行。"]}


def test_lists_in_lists_have_a_limit_together() -> None:
    definition = form(rows("l", rows("m", field("textfield", "a"))))
    found = _refused(definition, {"l": [{"m": [{}] * 150}] * 150})
    assert set(found) == {"m"}
    assert found["m"][149] == ["行数过多，最多 200 行。"]


def test_what_is_not_a_list_is_no_list() -> None:
    definition = form(rows("l", field("textfield", "a")))
    assert _refused(definition, {"l": {"0": {"a": "x"}}}) == {"l": ["应为列表。"]}
    assert _load(definition, {"l": [None, 5, {"a": "x"}]}) == {"l": [{"a": ""}, {"a": ""}, {"a": "x"}]}


def test_nested_names_nest_the_answers() -> None:
    group = {"type": "group", "id": "g", "path": "site", "components": [field("textfield", "address.street")]}
    assert _load(form(group), {"site": {"address": {"street": "一号"}}}) == {"site": {"address": {"street": "一号"}}}


def test_messages_come_in_english_too() -> None:
    assert _refused(form(field("textfield", "a", validate=MUST)), {}, language="en") == {"id_a": ["Field is required."]}


@pytest.mark.parametrize("answers", [None, [], "text", 5])
def test_answers_that_are_no_object_count_as_none(answers: Any) -> None:
    assert _load(form(field("textfield", "a"), rows("l", field("number", "b"))), answers) == {"a": "", "l": []}


@pytest.mark.parametrize("answers", [{"a": {"b": {}}}, {"a": [[]]}, {"l": {"a": 1}}, {"l": "x"}, {"l": [{"b": {}}]}])
def test_hostile_answers_are_refused_at_their_field(answers: Any) -> None:
    definition = form(field("textfield", "a"), rows("l", field("number", "b")))
    assert set(_refused(definition, answers)) <= {"id_a", "id_b", "l"}


def test_a_form_tells_its_answers_in_words() -> None:
    definition = form(
        {
            **field("select", "a", values=[{"label": "受理", "value": "x"}]),
            "properties": {"label_en": "Decision", "values_en": {"x": "Accepted"}},
        },
        field("checkbox", "b"),
        field("number", "c", appearance={"suffixAdorner": "吨"}),
        rows("l", field("attachment", "f")),
    )
    answers = {"a": "x", "b": True, "c": Decimal("1.50"), "l": [{"f": [{"id": "f1", "name": "报告.pdf"}]}]}
    compiled = compile_form(definition)
    assert compiled.display(answers) == [
        ("", "a", "受理"),
        ("", "b", "是"),
        ("", "c", "1.5 吨"),
        ("l 第 1 行", "f", "报告.pdf"),
    ]
    assert compiled.display(answers, "en")[:2] == [("", "Decision", "Accepted"), ("", "b", "Yes")]


def test_a_form_lists_its_fields() -> None:
    definition = form(field("textfield", "a", validate=MUST), rows("l", field("number", "b")))
    found = [(info.id, info.path, info.type, info.required, info.lists) for info in compile_form(definition).fields]
    assert found == [
        ("id_a", ("a",), "textfield", True, ()),
        ("id_b", ("l", "b"), "number", False, (("l",),)),
    ]
