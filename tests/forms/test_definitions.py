"""The shipped forms: well formed, in two languages, and strict where the measures and the guide are."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest
from marshmallow import ValidationError

from audits import indicators
from audits.demo.answers import answers_for, forms_answered
from feel import check, for_thread
from forms import compile_form, lint_form, localise, shipped
from tests.forms.samples import FILES, context, file_of, valid_answers

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
FORMS = [
    "notice_receipt",
    "service_record",
    "disclosure",
    "disclosure_check",
    "overdue_follow_up",
    "start_filing",
    "filing_check",
    "audit_preparation",
    "pre_audit_survey",
    "audit_measurement",
    "option_generation",
    "option_feasibility",
    "audit_report",
    "short_report",
    "park_plan",
    "park_plan_check",
    "self_commitment",
    "commitment_check",
    "spot_check",
    "pre_evaluation_application",
    "pre_evaluation_sheet",
    "pre_evaluation_opinion",
    "receipt_check",
    "evaluation_application",
    "panel_appointment",
    "evaluation_score_sheet",
    "evaluation_opinion",
    "supplement",
    "supplement_review",
    "option_implementation",
    "continuous_plan",
    "acceptance_application",
    "acceptance_score_sheet",
    "acceptance_opinion",
    "rectification",
    "rectification_check",
    "re_audit_order",
    "merged_score_sheet",
    "merged_opinion",
]
SHEETS = ("evaluation_score_sheet", "acceptance_score_sheet", "merged_score_sheet")
CHECKS = ("disclosure_check", "filing_check", "receipt_check", "supplement_review", "rectification_check")
TYPES = {
    "textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist", "taglist", "group",
    "dynamiclist", "expression", "text", "separator", "table", "attachment",
}  # fmt: skip
CHINESE = re.compile("[\u4e00-\u9fff]")


def walk(component: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for child in component.get("components", []):
        yield child
        yield from walk(child)


def expressions_of(component: Mapping[str, Any]) -> Iterator[str]:
    texts = [
        component.get("expression"),
        component.get("conditional", {}).get("hide"),
        component.get("valuesExpression"),
    ]
    texts += [value for value in component.get("validate", {}).values() if isinstance(value, str)]
    yield from (text[1:] for text in texts if text and text.startswith("="))
    for text in (component.get("text", ""), component.get("properties", {}).get("text_en", "")):
        yield from re.findall(r"\{\{(.*?)\}\}", text)


def load(key: str, answers: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    compiled = compile_form(shipped()[key])
    return compiled.load(answers, context=context(**changes), stored=None, files=file_of, feel=for_thread(), now=NOW)


def refused(key: str, answers: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    with pytest.raises(ValidationError) as caught:
        load(key, answers, **changes)
    assert isinstance(caught.value.messages, dict)
    return caught.value.messages


def sample(key: str, **wanted: Any) -> dict[str, Any]:
    return valid_answers(key, context=context(), **wanted)


def changed(key: str, change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    answers = copy.deepcopy(sample(key))
    change(answers)
    return answers


def test_every_task_has_its_form_and_every_form_has_answers() -> None:
    assert sorted(shipped()) == sorted(FORMS)
    assert forms_answered() == set(FORMS)


@pytest.mark.parametrize("key", FORMS)
def test_a_form_is_pretty_printed_json_under_its_own_name(key: str) -> None:
    written = (resources.files("forms") / "definitions" / f"{key}.json").read_text(encoding="utf-8")
    definition = json.loads(written)
    assert written == json.dumps(definition, ensure_ascii=False, indent=2) + "\n"
    assert (definition["id"], definition["schemaVersion"], definition["type"]) == (key, 19, "default")
    assert definition["properties"]["title"]
    assert definition["properties"]["title_en"]


@pytest.mark.parametrize("key", FORMS)
def test_lint_finds_nothing_wrong_with_a_form(key: str) -> None:
    assert lint_form(shipped()[key]) == []


@pytest.mark.parametrize("key", FORMS)
def test_ids_are_unique_keys_are_snake_case_and_types_are_allowed(key: str) -> None:
    components = list(walk(shipped()[key]))
    identities = [component["id"] for component in components]
    assert len(identities) == len(set(identities))
    assert {component["type"] for component in components} <= TYPES
    names = [component.get("key") or component.get("path") for component in components]
    for name in filter(None, names):
        assert re.fullmatch(r"[a-z][a-z0-9_]*|[A-Z]\d(_[a-z]+)?", name), name
    for component in components:
        if component["type"] == "attachment":
            assert component["properties"]["accept"]
            assert component["properties"]["maxMb"] == 50


@pytest.mark.parametrize("key", FORMS)
def test_every_label_is_chinese_and_no_chinese_is_left_in_english(key: str) -> None:
    for component in walk(shipped()[key]):
        if component["type"] != "text":
            assert component["label"], component["id"]
            assert component["properties"]["label_en"], component["id"]
    for component in walk(localise(shipped()[key], "en")):
        texts = [component.get(name) for name in ("label", "dateLabel", "description", "text")]
        texts += [option["label"] for option in component.get("values", [])]
        texts += [
            component.get("appearance", {}).get("suffixAdorner"),
            component.get("validate", {}).get("patternErrorMessage"),
        ]
        for text in filter(None, texts):
            assert not CHINESE.search(text), (component["id"], text)


@pytest.mark.parametrize("key", FORMS)
def test_every_expression_is_understood_and_survives_missing_values(key: str) -> None:
    for component in walk(shipped()[key]):
        for text in expressions_of(component):
            assert check(text) == [], (component["id"], text)
            value = for_thread().evaluate(text, {}, NOW)
            if text == component.get("conditional", {}).get("hide", "")[1:]:
                assert isinstance(value, bool), (component["id"], text)


@pytest.mark.parametrize("key", FORMS)
def test_no_row_is_wider_than_the_page(key: str) -> None:
    def rows(component: Mapping[str, Any]) -> None:
        widths: dict[str, int] = {}
        for child in component.get("components", []):
            row, columns = child["layout"]["row"], child["layout"]["columns"] or 16
            widths[row] = widths.get(row, 0) + columns
            rows(child)
        assert all(width <= 16 for width in widths.values()), widths

    rows(shipped()[key])


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("key", FORMS)
def test_a_complete_answer_is_accepted(key: str, seed: int) -> None:
    clean = load(key, valid_answers(key, context=context(), seed=seed))
    assert clean


@pytest.mark.parametrize("key", FORMS)
def test_an_empty_answer_is_refused_at_a_required_field(key: str) -> None:
    ids = {component["id"] for component in walk(shipped()[key])}
    found = refused(key, {})
    assert found
    assert set(found) <= ids


@pytest.mark.parametrize("key", FORMS)
def test_the_same_chance_gives_the_same_answers(key: str) -> None:
    assert sample(key) == sample(key)


def test_a_demo_enterprise_of_any_industry_and_type_can_answer() -> None:
    for industry in ("4411", "C3360", "2614", "3110", "1411", "5921"):
        for types in (["SHUANGCHAO"], ["GAOHAONENG", "SHUANGYOU"], ["VOLUNTARY"]):
            changes = {"case": {"industry": industry, "types": types}}
            for key in (
                "disclosure",
                "pre_audit_survey",
                "audit_measurement",
                "option_generation",
                "option_feasibility",
            ):
                assert load(
                    key, valid_answers(key, context=context(**copy.deepcopy(changes))), **copy.deepcopy(changes)
                )


# --- score sheets


@pytest.mark.parametrize("key", SHEETS)
def test_the_items_of_a_sheet_make_a_hundred(key: str) -> None:
    items = [component for component in walk(shipped()[key]) if component["type"] == "number"]
    assert sum(item["validate"]["max"] for item in items) == 100
    assert {item["increment"] for item in items} == {"0.5"}
    assert {item["validate"]["min"] for item in items} == {0}


def test_the_sections_of_the_evaluation_weigh_10_62_and_28() -> None:
    weights = {"A": 0, "B": 0, "C": 0}
    for component in walk(shipped()["evaluation_score_sheet"]):
        if component["type"] == "number":
            weights[component["key"][0]] += component["validate"]["max"]
    assert weights == {"A": 10, "B": 62, "C": 28}


@pytest.mark.parametrize("key", SHEETS)
@pytest.mark.parametrize("score", [0, 59.5, 60, 65, 69.5, 70, 82, 90, 90.5, 95, 100])
def test_a_wanted_total_is_met_exactly_and_computed_by_the_form(key: str, score: float) -> None:
    answers = sample(key, score=score)
    assert load(key, answers | {"total": 1})["total"] == Decimal(str(score))


@pytest.mark.parametrize("score", [69.9, -1, 100.5])
def test_a_total_no_sheet_can_have_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="cannot total"):
        sample("evaluation_score_sheet", score=score)


@pytest.mark.parametrize("value", [3.5, -0.5, 1.25])
def test_points_outside_the_maximum_or_between_the_steps_are_refused(value: float) -> None:
    assert "A1" in refused("evaluation_score_sheet", sample("evaluation_score_sheet") | {"A1": value})


def test_points_below_sixty_per_cent_need_a_comment() -> None:
    answers = sample("evaluation_score_sheet", score=100)
    assert load("evaluation_score_sheet", answers | {"B2": 7})  # 7 of 11 is above 60 per cent
    low = answers | {"B2": 6.5}
    assert set(refused("evaluation_score_sheet", low)) == {"B2_comment"}
    assert load("evaluation_score_sheet", low | {"B2_comment": "数据不完整"})["B2_comment"] == "数据不完整"


@pytest.mark.parametrize("key", SHEETS)
def test_an_expert_with_an_interest_cannot_score(key: str) -> None:
    assert set(refused(key, sample(key) | {"no_conflict": False})) == {"no_conflict"}


@pytest.mark.parametrize("key", ["acceptance_score_sheet", "merged_score_sheet"])
def test_a_veto_needs_evidence_and_is_listed_at_any_total(key: str) -> None:
    answers = sample(key, score=100, vetoes=["V2", "V5"])
    clean = load(key, answers)
    assert (clean["total"], clean["vetoes"], clean["veto_count"]) == (100, ["V2", "V5"], 2)
    answers["V2_evidence"] = ""
    assert set(refused(key, answers)) == {"V2_evidence"}


def test_violations_are_queried_again_on_the_day_of_the_acceptance() -> None:
    answers = sample("acceptance_score_sheet") | {"V5_checked": False}
    assert set(refused("acceptance_score_sheet", answers)) == {"V5_checked"}


def test_a_level_below_three_needs_its_veto() -> None:
    answers = sample("acceptance_score_sheet") | {"level_after": "below"}
    assert set(refused("acceptance_score_sheet", answers)) == {"level_veto"}


# --- disclosure, start


@pytest.mark.parametrize(
    ("types", "lists"),
    [
        (["SHUANGCHAO"], {"pollutants"}),
        (["GAOHAONENG"], {"energy", "unit_energy"}),
        (["SHUANGYOU"], {"toxic_materials", "toxic_discharges", "hazardous_wastes"}),
        (["SHUANGCHAO", "SHUANGYOU"], {"pollutants", "toxic_materials", "toxic_discharges", "hazardous_wastes"}),
        (["VOLUNTARY"], set()),
    ],
)
def test_the_disclosure_is_the_union_of_its_types(types: list[str], lists: set[str]) -> None:
    clean = load("disclosure", sample("disclosure"), case={"types": types})
    assert {key for key, value in clean.items() if isinstance(value, list) and key != "evidence"} == lists
    assert ("output_value" in clean) == ("GAOHAONENG" in types)


def test_an_exceedance_is_computed_from_the_limit() -> None:
    row = sample("disclosure")["pollutants"][0] | {"concentration": 120, "limit_value": 80, "exceedance": 0}
    clean = load("disclosure", sample("disclosure") | {"pollutants": [row]})
    assert clean["pollutants"][0]["exceedance"] == Decimal("0.5")


def test_a_type_without_its_substance_is_refused() -> None:
    assert "pollutants_missing" in refused("disclosure", sample("disclosure") | {"pollutants": []})
    bare = sample("disclosure") | {"toxic_materials": [], "toxic_discharges": [], "hazardous_wastes": []}
    assert "shuangyou_missing" in refused("disclosure", bare)


def test_a_late_disclosure_says_why_and_one_on_the_last_day_does_not() -> None:
    answers = sample("disclosure")
    assert load("disclosure", answers | {"disclosed_on": "2026-04-01"})
    assert set(refused("disclosure", answers | {"disclosed_on": "2026-04-02"})) == {"late_reason"}


def test_an_own_audit_must_prove_its_ability() -> None:
    answers = sample("start_filing", mode="self")
    clean = load("start_filing", answers)
    assert clean["mode"] == "self"
    assert "consultancy" not in clean
    bare = answers | {"instruments": [], "technicians": answers["technicians"][:1], "capability_proof": []}
    assert set(refused("start_filing", bare)) == {"instruments_missing", "technicians_missing", "capability_proof"}


def test_a_consultancy_that_is_not_on_offer_cannot_be_chosen_and_its_contract_is_filed() -> None:
    answers = sample("start_filing")
    clean = load("start_filing", answers)
    assert (clean["mode"], clean["consultancy"]) == ("consultancy", "org-1")
    found = refused("start_filing", answers | {"consultancy": "restricted", "contract_file": []})
    assert set(found) == {"consultancy", "contract_file"}


def test_a_plan_beyond_the_year_says_why() -> None:
    late = sample("start_filing") | {"plan_end": "2027-03-02"}
    assert set(refused("start_filing", late)) == {"plan_late_reason"}
    assert "plan_order" in refused("start_filing", sample("start_filing") | {"plan_end": "2026-01-01"})


@pytest.mark.parametrize("key", CHECKS)
def test_a_decision_not_to_accept_needs_a_reason(key: str) -> None:
    decision = "supplement" if key == "receipt_check" else "return"
    answers = sample(key, decision=decision)
    assert load(key, answers)["decision"] == decision
    assert "reason" in refused(key, answers | {"reason": ""})
    assert load(key, sample(key))["decision"] == "accept"


def test_what_is_missing_from_a_report_is_told_in_words_and_at_once() -> None:
    clean = load("receipt_check", sample("receipt_check", decision="supplement"))
    assert clean["missing"] == ["数据不实或缺失", "签章不全"]
    assert load("receipt_check", sample("receipt_check"))["missing"] == []
    bare = sample("receipt_check", decision="supplement") | {"missing_codes": []}
    assert set(refused("receipt_check", bare)) == {"missing_codes"}


def test_a_filing_that_fails_its_conditions_cannot_be_accepted() -> None:
    assert set(refused("filing_check", sample("filing_check") | {"restricted": "yes"})) == {"accept_conflict"}


# --- the seven phases


def test_the_leader_is_a_senior_manager_and_finance_takes_part() -> None:
    def demote(answers: dict[str, Any]) -> None:
        answers["team"][0]["post_level"] = "middle"
        answers["team"][3]["field"] = "other"

    assert set(refused("audit_preparation", changed("audit_preparation", demote))) == {"leader_rule", "finance_rule"}


def test_the_plan_covers_seven_phases_in_order_and_in_time() -> None:
    without = changed("audit_preparation", lambda answers: answers["plan"].pop(2))
    assert set(refused("audit_preparation", without)) == {"phases_rule"}
    late = changed("audit_preparation", lambda answers: answers["plan"][4].update(ends_on="2027-03-02"))
    assert set(refused("audit_preparation", late)) == {"plan_late_reason"}
    back = changed("audit_preparation", lambda answers: answers["plan"][1].update(ends_on="2025-01-01"))
    assert refused("audit_preparation", back)["plan__phase_order"][0] is None


def test_the_survey_needs_three_consecutive_years_where_nought_is_a_value() -> None:
    gap = changed("pre_audit_survey", lambda answers: answers["years"][0].update(year=2022))
    assert "years_rule" in refused("pre_audit_survey", gap)
    two = changed("pre_audit_survey", lambda answers: answers["years"].pop())
    assert "years_rule" in refused("pre_audit_survey", two)
    assert load("pre_audit_survey", changed("pre_audit_survey", lambda answers: answers["years"][0].update(gas=0)))
    empty = changed("pre_audit_survey", lambda answers: answers["years"][0].update(gas=None))
    assert set(refused("pre_audit_survey", empty)) == {"years__gas"}


def test_unit_use_and_the_sum_of_the_workshops_are_computed() -> None:
    answers = changed(
        "pre_audit_survey", lambda answers: answers["years"][2].update(energy=100, output_value=80, output=50)
    )
    answers["workshops"] = [
        {
            "workshop": name,
            "workshop_year": year["year"],
            "workshop_energy": energy,
            "workshop_water": 1,
            "workshop_waste": 0,
        }
        for name, energy in (("甲", 60), ("乙", 39.5))
        for year in answers["years"]
    ]
    answers["materials"][0]["year_3"] = 25
    clean = load("pre_audit_survey", answers)
    assert clean["years"][2]["energy_per_output"] == Decimal("1.25")
    assert clean["years"][2]["energy_per_unit"] == 2000
    assert clean["workshops_energy"] == Decimal("99.5"), "of the last year alone"
    assert clean["materials"][0]["unit_use"] == Decimal("0.5")
    answers["workshops"][2]["workshop_energy"] = 50
    assert set(refused("pre_audit_survey", answers)) == {"workshops_reason"}


def test_every_workshop_has_a_line_for_each_of_the_three_years() -> None:
    short = changed("pre_audit_survey", lambda answers: answers["workshops"].pop(0))
    assert set(refused("pre_audit_survey", short)) == {"workshops_years"}
    twice = changed(
        "pre_audit_survey",
        lambda answers: answers["workshops"][0].update(workshop_year=answers["workshops"][1]["workshop_year"]),
    )
    assert set(refused("pre_audit_survey", twice)) == {"workshops_years"}


def test_a_result_above_its_limit_is_computed_and_explained() -> None:
    above = changed("pre_audit_survey", lambda answers: answers["monitoring"][0].update(limit_value=50, measured=80))
    assert set(refused("pre_audit_survey", above)) == {"over_reason"}
    clean = load("pre_audit_survey", above | {"over_reason": "设备故障，已修复并复测达标"})
    assert clean["monitoring"][0]["over"] == Decimal("0.6")
    at_limit = changed("pre_audit_survey", lambda answers: answers["monitoring"][0].update(limit_value=50, measured=50))
    assert load("pre_audit_survey", at_limit)["monitoring"][0]["over"] == 0


def test_the_candidates_and_the_options_are_ranked() -> None:
    clean = load("pre_audit_survey", sample("pre_audit_survey"))
    assert [row["rank"] for row in clean["candidates"]] == [1, 2, 3]
    assert clean["goals"][0]["long_change"] < clean["goals"][0]["near_change"] < 0
    answers = sample("option_generation")
    scores = {"score_env": 9, "score_econ": 8, "score_tech": 7, "score_ease": 6}
    answers["ranking"][1].update(scores)
    answers["ranking"][0].update({name: value - 1 for name, value in scores.items()})
    ranked = load("option_generation", answers)["ranking"]
    assert ranked[1]["weighted"] == 9 * 10 + 8 * 8 + 7 * 8 + 6 * 6
    assert [row["rank"] for row in ranked] == [2, 1]
    short = changed("option_generation", lambda answers: answers["ranking"].pop())
    assert set(refused("option_generation", short)) == {"ranking_rule"}
    stray = changed(
        "option_generation", lambda answers: answers["ranking"].append({**answers["ranking"][0], "code": "X9"})
    )
    assert set(refused("option_generation", stray)) == {"ranking_code"}


def test_the_focus_is_ranked_by_weight_and_another_choice_needs_a_reason() -> None:
    answers = sample("pre_audit_survey")
    clean = load("pre_audit_survey", answers)
    first = clean["candidates"][0]
    assert first["weighted"] == 9 * 10 + 9 * 9 + 8 * 8 + 7 * 7 + 6 * 5 + 8 * 2
    assert clean["top_candidate"] == first["candidate"]
    other = answers | {"focus": answers["candidates"][1]["candidate"]}
    assert set(refused("pre_audit_survey", other)) == {"focus_reason"}


def test_a_goal_has_a_unit_a_baseline_and_a_date() -> None:
    bare = changed(
        "pre_audit_survey", lambda answers: answers["goals"][0].update(goal_unit="", baseline=None, near_date=None)
    )
    assert set(refused("pre_audit_survey", bare)) == {"goals__goal_unit", "goals__baseline", "goals__near_date"}


def balance(amount_in: float, amount_out: float, **more: Any) -> dict[str, Any]:
    answers = sample("audit_measurement")
    entries = [
        {"entry": "投入", "side": "in", "amount": amount_in},
        {"entry": "产出", "side": "out", "amount": amount_out},
    ]
    row = {"balance_kind": "material", "balance_name": "物料", "balance_unit": "kg", "entries": entries}
    return answers | {"balances": [row | more]}


def test_the_published_balance_with_a_misprint_deviates_by_2_10_per_cent() -> None:
    clean = load("audit_measurement", balance(4_746_025, 4_646_377, deviation=0.91))
    assert (clean["balances"][0]["difference"], clean["balances"][0]["deviation"]) == (99_648, Decimal("2.1"))


def test_a_deviation_above_five_per_cent_needs_a_measurement_or_a_reason() -> None:
    assert load("audit_measurement", balance(1000, 950))
    assert set(refused("audit_measurement", balance(1000, 949))) == {
        "balances__remeasured",
        "balances__deviation_reason",
    }
    assert load("audit_measurement", balance(1000, 949, remeasured="yes", deviation_reason="蒸发损失未计量"))


def test_totals_show_no_noise_of_binary_fractions() -> None:
    answers = balance(0.1, 0.3)
    answers["balances"][0]["entries"].append({"entry": "回用", "side": "in", "amount": 0.2})
    row = load("audit_measurement", answers)["balances"][0]
    assert (row["input_total"], row["output_total"], row["difference"]) == (Decimal("0.3"), Decimal("0.3"), 0)


def test_a_balance_needs_both_sides() -> None:
    answers = balance(1000, 950)
    answers["balances"][0]["entries"].pop()
    assert set(refused("audit_measurement", answers)) == {"balances__balance_empty"}


def test_batches_are_measured_for_three_cycles_and_others_for_72_hours() -> None:
    answers = sample("audit_measurement")
    assert set(refused("audit_measurement", answers | {"duration_hours": 71.9})) == {"duration_hours"}
    batch = answers | {"process_kind": "batch"}
    assert set(refused("audit_measurement", batch | {"cycles": 2})) == {"cycles"}
    assert load("audit_measurement", batch | {"cycles": 3})["cycles"] == 3


def test_an_option_has_an_aspect_a_class_and_an_owner() -> None:
    bare = changed(
        "option_generation", lambda answers: answers["options"][0].update(aspect=None, option_class=None, owner="")
    )
    assert set(refused("option_generation", bare)) == {"options__aspect", "options__option_class", "options__owner"}


@pytest.mark.parametrize(
    ("option_class", "investment", "fits"),
    [("none", 0, True), ("none", 1, False), ("low", 4.99, True), ("low", 5, False), ("medium", 5, True),
     ("medium", 50, True), ("medium", 50.01, False), ("high", 50.01, True), ("high", 50, False)],
)  # fmt: skip
def test_the_class_of_an_option_agrees_with_the_limits(option_class: str, investment: float, *, fits: bool) -> None:
    row = sample("option_generation")["options"][0] | {
        "option_class": option_class,
        "investment": investment,
        "progress": "done",
    }
    answers = sample("option_generation") | {"options": [row], "effects": [], "ranking": []}
    if fits:
        assert load("option_generation", answers)
    else:
        assert set(refused("option_generation", answers)) == {"options__class_rule"}


@pytest.mark.parametrize("key", ["option_generation", "option_feasibility", "option_implementation"])
def test_two_options_cannot_have_one_code(key: str) -> None:
    twice = changed(key, lambda answers: answers["options"][1].update(code=answers["options"][0]["code"]))
    assert set(refused(key, {**twice, "effects": [], "ranking": []})) - {"ranking_rule", "gaps_reason"} == {
        "codes_rule"
    }


def test_the_schedule_of_an_option_is_in_order() -> None:
    wrong = changed(
        "option_generation",
        lambda answers: answers["options"][0].update(planned_start="2026-05-02", planned_end="2026-05-01"),
    )
    assert set(refused("option_generation", wrong)) == {"planned_order"}
    same_day = changed(
        "option_generation",
        lambda answers: answers["options"][0].update(planned_start="2026-05-01", planned_end="2026-05-01"),
    )
    assert load("option_generation", same_day)


@pytest.mark.parametrize("key", ["option_generation", "option_implementation"])
def test_an_effect_belongs_to_an_option_of_the_list_and_is_said_once(key: str) -> None:
    sums = {"gaps_reason"}  # before and after differ from the sum of what is changed here
    stray = changed(key, lambda answers: answers["effects"][0].update(code="XX9"))
    assert set(refused(key, stray)) - sums == {"effect_code"}
    twice = changed(key, lambda answers: answers["effects"].append(answers["effects"][0]))
    assert set(refused(key, twice)) - sums == {"effects_twice"}
    value = "planned" if key == "option_generation" else "reported"
    empty = changed(key, lambda answers: answers["effects"][0].update({value: None}))
    assert set(refused(key, empty)) - sums == {f"effects__{value}"}
    nought = changed(key, lambda answers: answers["effects"][0].update({value: 0}))
    explained = {"gaps_reason": "监测期间停产。"} if key == "option_implementation" else {}
    assert load(key, nought | explained)["effects"][0][value] == 0


def test_a_replaced_option_names_another_one_of_the_list() -> None:
    replaced = {"progress": "replaced", "undone_reason": "设备停产，改用同类方案"}
    last = sample("option_implementation")["options"][-1]["code"]
    for code, faults in ((last, set()), ("XX9", {"replaced_rule"}), ("", {"options__replaced_by"})):
        answers = changed(
            "option_implementation",
            lambda answers, code=code: answers["options"][0].update(**replaced, replaced_by=code),
        ) | {"gaps_reason": "被替代的方案没有效果。"}
        if faults:
            assert set(refused("option_implementation", answers)) == faults
        else:
            assert load("option_implementation", answers)


@pytest.mark.parametrize("key", ["option_generation", "option_implementation"])
def test_the_forms_offer_the_indicators_of_the_register(key: str) -> None:
    effects = next(one for one in walk(shipped()[key]) if one.get("path") == "effects")
    choice = next(one for one in effects["components"] if one["key"] == "indicator")
    offered = {option["value"]: option["label"] for option in choice["values"]}
    assert offered == {row.key: f"{row.zh}（{row.unit}）" for row in indicators.known().values()}
    english = {row.key: f"{row.en} ({row.unit_en})" for row in indicators.known().values()}
    assert choice["properties"]["values_en"] == english


def economics(**changes: Any) -> dict[str, Any]:
    answers = sample("option_feasibility")
    return answers | {"options": [answers["options"][0] | {"subsidy": 0, "benchmark_rate": None} | changes]}


def test_the_published_economics_are_reproduced() -> None:
    first = economics(investment=150, equipment_cost=0, annual_saving=32.5, tax_rate=0, discount_rate=5, life_years=10)
    row = load("option_feasibility", first)["options"][0]
    assert (row["payback"], row["npv"], row["npvr"]) == (Decimal("4.615"), Decimal("100.96"), Decimal("0.673"))
    assert row["irr"] == Decimal("17.26")
    second = economics(
        option_class="medium", investment=10, equipment_cost=10, annual_saving=1.58, depreciation_years=10, tax_rate=25,
        discount_rate=6, life_years=10, override_reason="环保设施，必须实施",
    )  # fmt: skip
    row = load("option_feasibility", second)["options"][0]
    assert (row["depreciation"], row["net_cash_flow"]) == (1, Decimal("1.435"))
    assert (row["npv"], row["irr"]) == (Decimal("0.56"), Decimal("7.17"))


@pytest.mark.parametrize(("rate", "found"), [(0.005, "0.5"), (0.02, "2"), (0.1234, "12.34"), (0.98, "98")])
def test_the_internal_rate_is_found_from_half_a_per_cent_to_a_hundred(rate: float, found: str) -> None:
    saving = 100 * rate / (1 - (1 + rate) ** -10)
    row = economics(
        investment=100, equipment_cost=0, annual_saving=round(saving, 4), tax_rate=0, life_years=10, recommended="no"
    )
    irr = load("option_feasibility", row)["options"][0]["irr"]
    assert abs(irr - Decimal(found)) <= Decimal("0.01")


def test_an_investment_that_never_comes_back_has_no_internal_rate() -> None:
    poor = economics(investment=100, equipment_cost=0, annual_saving=9, tax_rate=0, life_years=10, recommended="no")
    assert load("option_feasibility", poor)["options"][0]["irr"] is None


def test_an_absurd_number_of_years_is_refused_and_not_looped_over() -> None:
    assert set(refused("option_feasibility", economics(life_years=10**15))) >= {"options__life_years"}


def test_recommending_what_fails_a_criterion_needs_a_reason() -> None:
    poor = economics(investment=500, equipment_cost=400, annual_saving=20, tax_rate=25, discount_rate=6, life_years=10)
    assert set(refused("option_feasibility", poor)) == {"options__override_reason"}
    poor["options"][0]["recommended"] = "no"
    assert load("option_feasibility", poor)["recommended_count"] == 0


@pytest.mark.parametrize("name", ["technical", "technical_ok", "environmental", "environmental_ok", "annual_saving"])
def test_all_three_feasibilities_are_needed(name: str) -> None:
    assert f"options__{name}" in refused("option_feasibility", economics(**{name: None}))


def test_every_medium_or_high_cost_option_of_phase_four_is_studied() -> None:
    answers = sample("option_feasibility")
    listed = {"option_generation": {"options": sample("option_generation")["options"]}}
    assert load("option_feasibility", answers, earlier=listed)
    fewer = answers | {"options": answers["options"][:1]}
    assert set(refused("option_feasibility", fewer, earlier=listed)) == {"coverage_rule"}


def test_the_total_of_the_report_is_that_of_its_options_or_explained() -> None:
    studied = {"option_feasibility": {"recommended_investment": 120.5}}
    answers = valid_answers("audit_report", context=context(earlier=studied))
    assert answers["investment_high"] == 120.5
    assert load("audit_report", answers, earlier=studied)
    assert set(refused("audit_report", answers | {"investment_high": 120}, earlier=studied)) == {"totals_reason"}


def test_an_option_that_is_done_has_dates_in_order_and_evidence() -> None:
    back = changed(
        "option_implementation", lambda answers: answers["options"][0].update(finished_on="2020-01-01", evidence=[])
    )
    assert set(refused("option_implementation", back)) == {"options__option_dates", "options__evidence"}


def test_an_option_that_was_dropped_says_why() -> None:
    dropped = changed("option_implementation", lambda answers: answers["options"][0].update(progress="dropped"))
    assert set(refused("option_implementation", dropped)) == {"options__undone_reason", "gaps_reason"}


def test_continuous_work_has_a_future_action_with_an_owner() -> None:
    assert "actions_missing" in refused("continuous_plan", sample("continuous_plan") | {"actions": []})
    bare = changed("continuous_plan", lambda answers: answers["actions"][0].update(owner=""))
    assert set(refused("continuous_plan", bare)) == {"actions__owner"}


# --- report, evaluation, acceptance


def test_the_report_needs_its_file_and_the_chapters_of_an_evaluation() -> None:
    bare = sample("audit_report") | {"report_file": [], "chapters": ["p1", "p2", "p3", "p4"]}
    assert set(refused("audit_report", bare)) == {"report_file", "chapters_rule"}
    table = sample("audit_report") | {"report_file": [FILES[1]]}
    assert set(refused("audit_report", table)) == {"report_file"}


def test_the_performance_table_has_ten_indicators_with_fixed_units() -> None:
    units = {
        component["key"]: component["appearance"]["suffixAdorner"]
        for component in walk(shipped()["audit_report"])
        if component.get("key", "").startswith("planned_")
    }
    nine = {"so2", "nox", "dust", "co2", "voc", "cod", "nh3n", "tn", "tp"}
    assert {units[f"planned_{name}"] for name in nine} == {"t/a"}
    assert {units[f"planned_{name}"] for name in ("pb", "hg", "cd", "cr", "as")} == {"kg/a"}
    assert len(units) == len(nine) + 5 + 6


def test_totals_of_the_report_are_computed() -> None:
    clean = load(
        "audit_report", sample("audit_report") | {"investment_low": 1.5, "investment_high": 2.25, "investment_total": 9}
    )
    assert clean["investment_total"] == Decimal("3.75")


@pytest.mark.parametrize("name", ["report_file", "evidence_files", "capability_proof"])
def test_an_application_for_evaluation_needs_its_attachments(name: str) -> None:
    assert set(refused("evaluation_application", sample("evaluation_application") | {name: []})) == {name}


@pytest.mark.parametrize(
    "name", ["evaluation_opinion_file", "acceptance_report", "monitoring_before", "monitoring_after"]
)
def test_an_application_for_acceptance_needs_its_attachments(name: str) -> None:
    assert set(refused("acceptance_application", sample("acceptance_application") | {name: []})) == {name}


def test_monitoring_after_the_options_is_later_than_before() -> None:
    answers = sample("acceptance_application")
    assert set(refused("acceptance_application", answers | {"after_on": answers["before_on"]})) == {"monitoring_order"}


def test_a_panel_has_three_experts_and_its_leader_among_them() -> None:
    three = sample("panel_appointment", experts=["expert-1", "expert-2", "expert-3"])
    clean = load("panel_appointment", three | {"panel_leader": "expert-3"})
    assert clean["experts"] == ["expert-3", "expert-1", "expert-2"]
    two = sample("panel_appointment", experts=["expert-1", "expert-2"])
    assert set(refused("panel_appointment", two)) == {"panel_small"}
    outside = sample("panel_appointment") | {"panel_leader": "expert-7"}
    assert set(refused("panel_appointment", outside)) == {"leader_outside"}
    unknown = sample("panel_appointment", experts=["expert-1", "expert-2", "nobody"])
    assert "panel_members" in refused("panel_appointment", unknown)


def test_an_even_panel_says_why() -> None:
    four = sample("panel_appointment", experts=[f"expert-{n}" for n in range(1, 5)])
    assert load("panel_appointment", four)
    assert set(refused("panel_appointment", four | {"even_reason": ""})) == {"even_reason"}


@pytest.mark.parametrize("band", ["again", "supplement", "proceed"])
def test_the_evaluation_opinion_goes_with_its_band(band: str) -> None:
    given = {"evaluation": {"band": band, "score": 65.0}}
    answers = valid_answers("evaluation_opinion", context=context(**given))
    clean = load("evaluation_opinion", answers, **given)
    assert (clean["result_code"], clean["result_score"]) == (band, 65)
    assert ("again_reason" in clean, "required_supplements" in clean) == (band == "again", band == "supplement")


def test_a_supplement_is_demanded_point_by_point() -> None:
    answers = sample("evaluation_opinion") | {"required_supplements": []}
    assert set(refused("evaluation_opinion", answers)) == {"supplements_missing"}


@pytest.mark.parametrize("key", ["acceptance_opinion", "merged_opinion"])
def test_a_failed_acceptance_says_why(key: str) -> None:
    given = {"acceptance": {"result": "unqualified", "score": 91.0, "vetoes": ["V2"]}}
    answers = valid_answers(key, context=context(**given))
    assert load(key, answers, **given)["result_vetoes"] == ["V2"]
    assert set(refused(key, answers | {"failure_reason": ""}, **given)) == {"failure_reason"}


def test_answers_may_be_replaced_by_the_caller() -> None:
    facts = {"today": "2026-03-02", "files": FILES, **context()}
    answers = answers_for("notice_receipt", facts, random.Random(1), receiver="陈工")
    assert answers["receiver"] == "陈工"


@pytest.mark.parametrize("key", ["option_generation", "option_feasibility", "option_implementation"])
def test_rows_without_a_code_yet_are_no_doubles(key: str) -> None:
    def twice(code: str) -> set[str]:
        answers = sample(key)
        return set(refused(key, answers | {"options": [{**row, "code": code} for row in answers["options"]]}))

    assert "codes_rule" not in twice("")
    assert "codes_rule" in twice("WD1")


def test_a_change_that_is_not_the_sum_of_the_options_is_named_and_explained() -> None:
    answers = sample("option_implementation")
    clean = load("option_implementation", answers)
    assert (clean["effect_gaps"], clean["done_codes"]) == (0, [row["code"] for row in answers["options"]])
    answers["after_cod"] = 0
    assert set(refused("option_implementation", answers)) == {"gaps_reason"}
    explained = load("option_implementation", answers | {"gaps_reason": "产量下降所致。"})
    assert explained["effect_gaps"] == 1
    shown = next(one for one in walk(shipped()["option_implementation"]) if one["id"] == "effect_gaps_shown")
    (text,) = re.findall(r"\{\{(.*?)\}\}\Z", shown["text"], re.DOTALL)
    said = for_thread().evaluate(text, {**context(), **answers, **explained}, NOW)
    change = answers["before_cod"]
    assert said.startswith("⚠ 实施前后差与已完成方案实际效果合计不一致：化学需氧量：前后差 ")
    assert f"前后差 {change:g}" in said


def test_what_is_applied_for_is_the_sum_of_the_register() -> None:
    sums = [{"indicator": "cod", "planned": 2, "reported": 1.5, "verified": None}]
    register = {"count_total": 12, "count_done": 11, "investment_total": 200, "benefit_total": 60, "effects": sums}
    answers = valid_answers("acceptance_application", context=context(register=register))
    answers["undone_reason"] = "一项方案因场地限制未实施。"
    assert load("acceptance_application", answers, register=register)["effects"][0]["reported"] == Decimal("1.5")
    other = answers | {"count_done": 12, "effects": [sums[0] | {"reported": 2}]}
    assert set(refused("acceptance_application", other, register=register)) == {"effect_rule", "register_reason"}


@pytest.mark.parametrize(("rows", "name"), [("materials", "material"), ("emissions", "pollutant")])
def test_what_the_workshops_use_and_discharge_makes_the_plant(rows: str, name: str) -> None:
    answers = sample("pre_audit_survey")
    plant = answers[rows][0]
    parts = [{**plant, f"{name if name == 'material' else 'emission'}_workshop": f"{n} 车间"} for n in (1, 2)]
    for part, share in zip(parts, (0.6, 0.4), strict=True):
        part["year_3"] = round(plant["year_3"] * share, 4)
    whole = answers | {rows: [*answers[rows], *parts]}
    assert f"{rows}_reason" not in load("pre_audit_survey", whole)
    parts[1]["year_3"] = plant["year_3"]
    assert set(refused("pre_audit_survey", whole)) == {f"{rows}_reason"}
    assert load("pre_audit_survey", whole | {f"{rows}_reason": "口径不同，见说明。"})
