"""A case goes its way through the shipped life cycles: the three bands, vetoes, failure, removal, late duties."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from lxml import etree

from feel import for_thread
from tests.bpmn import shipped, walks
from tests.bpmn.driver import STARTED, Answers, Script, Walk, case
from workflows.engine import compile_definition, evaluate_decision

FLOW = "{http://www.omg.org/spec/BPMN/20100524/MODEL}sequenceFlow"


def decide(owner: str, ref: str, **variables: object) -> object:
    return evaluate_decision(shipped.definition(owner), ref, variables, STARTED, for_thread())


# ---- the three bands


def test_an_evaluation_of_95_goes_on_to_the_acceptance_and_the_published_results() -> None:
    walk = walks.proceed()
    assert walk.status == "completed"
    assert walk.variables["evaluation"] == {"band": "proceed", "score": 95}
    assert walk.outcomes() == ["qualified"]
    assert walk.operations("results.queue") == [{"outcome": "qualified"}]
    papers = ["notice", "filing", "report_receipt", "report_acceptance", "evaluation_opinion", "acceptance_opinion"]
    assert walk.letters() == papers
    assert walk.operations("cases.enter_round") == []


def test_an_evaluation_of_82_asks_for_a_supplement_and_then_goes_on() -> None:
    walk = walks.supplement()
    assert walk.variables["evaluation"]["band"] == "supplement"
    assert Counter(walk.answered)["submit_supplement"] == 2
    assert walk.outcomes() == ["qualified"]
    assert Counter(walk.answered)["measure_focus"] == 1


def test_what_is_returned_comes_back_corrected_and_its_clock_stands_still_meanwhile() -> None:
    walk = walks.supplement()
    counted = Counter(walk.answered)
    assert (counted["submit_disclosure"], counted["correct_disclosure"]) == (1, 1)
    assert (counted["file_start"], counted["correct_filing"]) == (1, 1)
    met = Counter(inputs["deadline"] for inputs in walk.operations("deadlines.meet"))
    assert met == {"disclosure": 2, "start": 1, "report": 2, "supplement": 2, "implementation": 1}
    again = [(inputs["deadline"], inputs["corrects"]) for inputs in walk.operations("deadlines.reopen")]
    assert sorted(again) == [("disclosure", True), ("report", True), ("supplement", True)]
    assert walk.operations("consultancies.engage") == [{"consultancy": "org 8"}]
    refused = [i["data"]["decision"] for i in walk.operations("letters.issue") if "missing" in i.get("data", {})]
    assert refused == ["supplement", "refuse", "supplement"]


def test_a_letter_never_repeats_what_an_earlier_one_asked_for() -> None:
    walk = walks.supplement()
    told = [i["data"] for i in walk.operations("letters.issue") if "missing" in i.get("data", {})]
    assert [data["missing"] for data in told] == [["annex"], None, ["annex"]]
    sheets: Script = {"evaluation_opinion": [{"opinion": "补充", "required_supplements": [{"item": "平衡"}]}]}
    later = Walk(shipped.definition(shipped.BASE), sheets, scores=[65, 95]).until()
    opinions = [i["data"] for i in later.operations("letters.issue") if i["kind"] == "evaluation_opinion"]
    assert [data["required_supplements"] for data in opinions] == [None, None]


def test_an_evaluation_of_65_goes_back_to_the_audit_in_the_same_case() -> None:
    walk = Walk(shipped.definition(shipped.BASE), scores=[65, 95]).until()
    assert walk.variables["case"]["round"] == 2
    assert Counter(walk.answered)["measure_focus"] == 2
    assert Counter(walk.answered)["file_start"] == 1
    assert walk.operations("cases.open_reaudit") == []
    assert walk.outcomes() == ["qualified"]


def test_a_later_round_reports_within_half_a_year_of_the_evaluation() -> None:
    walk = Walk(shipped.definition(shipped.BASE), scores=[65, 95]).to("write_evaluation_opinion")
    first = dict(walk.deadlines["report"])
    walk.answer(next(iter(walk.tasks.values())))
    assert first["due"] == "2027-01-31"
    assert walk.deadlines["report"]["due"] == "2026-07-31"
    due = {timer.element: timer.due.isoformat() for timer in walk.timers.values()}
    assert due["report_overdue"] == "2026-07-31T16:00:00+00:00"


def test_beyond_the_limit_of_rounds_the_bureau_decides_before_the_next_one() -> None:
    walk = walks.again()
    assert walk.variables["case"]["round"] == 5
    assert walk.variables["procedure"]["max_rounds"] == 3
    assert Counter(walk.answered)["hand_over_repeated_failure"] == 2
    assert walk.outcomes() == ["qualified"]


@pytest.mark.parametrize(
    ("score", "band"),
    [(0, "again"), (69.9999, "again"), (70, "supplement"), (90, "supplement"), (90.0001, "proceed"), (100, "proceed")],
)
def test_the_bands_of_the_evaluation_part_at_70_and_90(score: float, band: str) -> None:
    assert decide(shipped.BASE, "evaluation_result", score=score) == {"band": band, "score": score}


# ---- the score of the panel


@pytest.mark.parametrize(("method", "score"), [("MEAN", 78.1), ("TRIMMED_MEAN", 80.1667), ("AGREED", 95)])
def test_the_sheets_of_the_panel_become_one_score_of_four_places(method: str, score: float) -> None:
    files = shipped.files_of(shipped.BASE)
    files["procedure.dmn"] = files["procedure.dmn"].replace(b'"MEAN"', f'"{method}"'.encode())
    sheets: list[Answers] = [{"total": total, "comments": ""} for total in (95, 55, 80.5, 80, 80)]
    definition = compile_definition(files, shipped.LIFE_CYCLE, shipped.catalog())
    walk = Walk(definition, {"evaluation_score_sheet": sheets}).to("write_evaluation_opinion")
    assert walk.variables["score"] == score
    assert [sheet["expert"] for sheet in walk.variables["sheets"]] == ["sun", "qian", "zhou", "wu", "zheng"]


# ---- acceptance


def test_a_veto_fails_the_acceptance_whatever_the_score() -> None:
    walk = walks.failing()
    assert walk.variables["acceptance"] == {"result": "unqualified", "score": 90, "vetoes": ["V5"]}
    assert walk.variables["failure"]["policy"] == "REAUDIT"
    assert walk.outcomes() == ["unqualified"]
    assert walk.letters()[-1] == "re_audit_order"
    assert len(walk.operations("cases.open_reaudit")) == 1
    assert walk.status == "completed"


@pytest.mark.parametrize(
    ("score", "vetoes", "result"),
    [(60, [], "qualified"), (59.9999, [], "unqualified"), (100, ["V1"], "unqualified"), (10, ["V1"], "unqualified")],
)
def test_an_acceptance_needs_60_and_no_veto(score: float, vetoes: list[str], result: str) -> None:
    answer = {"result": result, "score": score, "vetoes": vetoes}
    assert decide(shipped.BASE, "acceptance_result", score=score, vetoes=vetoes) == answer


def test_a_second_re_audit_that_fails_moves_to_the_next_batch() -> None:
    walk = walks.failing(previous_failures=2)
    assert walk.variables["failure"]["policy"] == "NEXT_BATCH"
    assert walk.outcomes() == ["unqualified"]
    assert walk.operations("cases.open_reaudit") == []
    assert len(walk.operations("cases.roll_over")) == 1


def test_a_table_that_says_rectify_takes_the_case_back_to_its_acceptance() -> None:
    walk = walks.failing(shipped.SHANDONG)
    assert Counter(walk.answered)["rectify"] == 2
    assert Counter(walk.answered)["apply_for_acceptance"] == 2
    assert walk.outcomes() == ["qualified"]


@pytest.mark.parametrize(
    ("owner", "types", "failures", "rectifications", "policy"),
    [
        (shipped.BASE, ["SHUANGCHAO"], 0, None, "REAUDIT"),
        (shipped.BASE, ["SHUANGCHAO"], 1, None, "REAUDIT"),
        (shipped.BASE, ["SHUANGCHAO"], 2, None, "NEXT_BATCH"),
        (shipped.BASE, ["VOLUNTARY"], 0, None, "NEXT_BATCH"),
        (shipped.BASE, ["VOLUNTARY", "SHUANGYOU"], 0, None, "REAUDIT"),
        (shipped.SHANDONG, ["SHUANGYOU"], 0, None, "RECTIFY"),
        (shipped.SHANDONG, ["SHUANGYOU"], 0, 1, "RECTIFY"),
        (shipped.SHANDONG, ["SHUANGYOU"], 0, 2, "REAUDIT"),
        (shipped.SHANDONG, ["VOLUNTARY"], 0, None, "NEXT_BATCH"),
    ],
)
def test_the_policy_on_failure_is_a_table(
    owner: str, types: list[str], failures: int, rectifications: int | None, policy: str
) -> None:
    answer = decide(
        owner, "fail_policy", case=case(types=types, previous_failures=failures), rectifications=rectifications
    )
    assert isinstance(answer, dict)
    assert answer["policy"] == policy


# ---- removal


@pytest.mark.parametrize(
    ("decision", "letter"), [("removed", "removal"), ("deferred", "deferral"), ("deemed", "deemed")]
)
@pytest.mark.parametrize("at", ["confirm_notice_receipt", "submit_disclosure", "generate_options", "score_acceptance"])
def test_a_removal_ends_the_case_wherever_it_stands(decision: str, letter: str, at: str) -> None:
    walk = walks.removed(decision, at)
    assert walk.status == "completed"
    assert walk.outcomes() == [decision]
    assert walk.letters()[-1] == letter
    assert (walk.tasks, walk.timers, walk.subscriptions) == ({}, {}, {})


# ---- deadlines


def test_the_clocks_run_from_publication_and_months_end_on_the_last_day() -> None:
    walk = Walk(shipped.definition(shipped.BASE)).to("confirm_notice_receipt")
    due = {kind: deadline["due"] for kind, deadline in walk.deadlines.items()}
    assert due == {"disclosure": "2026-02-28", "start": "2026-03-31", "report": "2027-01-31"}
    walk.to("submit_disclosure")
    task = next(item for item in walk.tasks.values() if item.element == "submit_disclosure")
    assert task.due is not None
    assert task.due.isoformat().startswith("2026-02-28T15:59:59")


def test_late_duties_are_reminded_and_escalated_and_the_work_goes_on() -> None:
    walk = walks.late(walks.ORDER)
    kinds = ["disclosure", "start", "report", "implementation"]
    assert [inputs["deadline"] for inputs in walk.operations("deadlines.remind")] == kinds
    assert [inputs["deadline"] for inputs in walk.operations("deadlines.escalate")] == kinds
    assert walk.letters().count("overdue_order") == 3
    assert Counter(walk.answered)["record_service"] == 1
    assert walk.outcomes() == ["qualified"]
    assert walk.status == "completed"


def test_a_late_report_that_is_only_urged_gets_no_order() -> None:
    walk = walks.late({"action": "call", "note": ""})
    assert "overdue_order" not in walk.letters()
    assert len(walk.operations("deadlines.escalate")) == 4


def test_a_report_in_time_is_not_pursued_while_the_bureau_looks_at_it() -> None:
    walk = walks.in_time()
    assert walk.operations("deadlines.escalate") == [{"deadline": "report"}]
    assert "follow_up_report" not in walk.answered
    assert walk.outcomes() == ["qualified"]


def test_the_receipt_of_the_notice_is_written_however_it_was_served() -> None:
    answers = {"received_on": "2026-02-03", "receiver": "陈工"}
    online = Walk(shipped.definition(shipped.BASE), {"notice_receipt": [answers]}).to("submit_disclosure")
    told = {"letter": "letter 2", "method": "online", "served_on": "2026-02-03", "signer": "陈工"}
    assert online.operations("notices.serve") == [told]
    script: Script = {"service_record": [{"method": "lien", "served_on": "2026-02-20", "witness": "居委会"}]}
    left = Walk(shipped.definition(shipped.BASE), script).to("confirm_notice_receipt")
    left.fire("notice_not_confirmed")
    left.to("submit_disclosure")
    assert left.operations("notices.serve")[0] | {"letter": ""} == {
        "letter": "",
        "method": "lien",
        "served_on": "2026-02-20",
        "signer": "居委会",
    }


def test_the_roles_of_the_tasks_are_those_of_their_lanes() -> None:
    roles = walks.failing(shipped.SHANDONG).roles
    assert roles["submit_disclosure"] == "enterprise"
    assert roles["check_disclosure"] == "competent_bureau"
    assert roles["score_acceptance"] == "expert"


def test_phases_are_open_to_the_enterprise_and_its_consultancy() -> None:
    walk = Walk(shipped.definition(shipped.BASE)).to("measure_focus")
    task = next(iter(walk.tasks.values()))
    assert task.assignment["roles"] == "enterprise,consultancy"
    assert task.calls == ("call_audit",)


# ---- Gansu


@pytest.mark.parametrize(
    ("tags", "listed", "level"),
    [
        (["thermal_power"], True, "province"),
        (["steel"], True, "province"),
        (["nonferrous"], True, "province"),
        (["petroleum"], True, "province"),
        (["chemical", "dyeing"], True, "province"),
        (["hazardous_waste"], True, "province"),
        (["thermal_power"], False, "city"),
        (["bakery"], True, "city"),
        (["bakery"], False, "city"),
        ([], True, "city"),
    ],
)
def test_gansu_sends_listed_plants_of_six_industries_to_the_province(tags: list[str], listed: bool, level: str) -> None:
    asked = case(industry_tags=tags, key_discharger=listed)
    assert decide(shipped.GANSU, "jurisdiction", case=asked) == level


def test_a_thermal_power_plant_in_gansu_is_told_that_the_province_decides() -> None:
    plant: dict[str, Any] = {"industry": "4411", "industry_tags": ["thermal_power"], "key_discharger": True}
    gansu = Walk(shipped.definition(shipped.GANSU), **plant).to("confirm_notice_receipt")
    assert gansu.operations("letters.issue")[0]["data"]["level"] == "province"
    nation = Walk(shipped.definition(shipped.BASE), **plant).to("confirm_notice_receipt")
    assert nation.operations("letters.issue")[0]["data"]["level"] == "city"


# ---- Shandong


def test_shandong_reports_within_a_year_of_the_decision() -> None:
    walk = Walk(shipped.definition(shipped.SHANDONG)).to("confirm_notice_receipt")
    assert walk.deadlines["report"]["due"] == "2027-01-20"
    assert walk.deadlines["disclosure"]["due"] == "2026-02-28"


def test_shandong_passes_one_gate_after_the_options_are_done() -> None:
    walk = walks.merged([75])
    assert "score_merged_review" in walk.answered
    assert not {"score_evaluation", "score_acceptance"} & set(walk.answered)
    assert walk.answered.index("implement_options") < walk.answered.index("submit_report")
    assert walk.operations("panels.close") == [{"purpose": "merged_review", "score": 75}]
    assert walk.outcomes() == ["qualified"]


def test_shandong_rectifies_after_a_failed_review_and_reviews_again() -> None:
    walk = walks.merged([55, 75])
    assert Counter(walk.answered)["rectify"] == 1
    assert Counter(walk.answered)["apply_for_merged_review"] == 3
    assert walk.letters().count("rectification") == 1
    assert walk.outcomes() == ["qualified"]


def test_shandong_orders_a_new_audit_after_two_rectifications() -> None:
    walk = walks.merged([50, 50, 50])
    assert Counter(walk.answered)["rectify"] == 2
    assert walk.variables["failure"]["policy"] == "REAUDIT"
    assert walk.outcomes() == ["unqualified"]
    assert len(walk.operations("cases.open_reaudit")) == 1


# ---- the procedures of a region


@pytest.mark.parametrize(
    ("owner", "changes", "key"),
    [
        (shipped.BASE, {}, "standard"),
        (shipped.BASE, {"scale": "small"}, "standard"),
        (shipped.BASE, {"types": ["VOLUNTARY"]}, "voluntary"),
        (shipped.BASE, {"types": ["VOLUNTARY", "SHUANGYOU"]}, "standard"),
        (shipped.GANSU, {"scale": "small"}, "small"),
        (shipped.GANSU, {"scale": "micro"}, "small"),
        (shipped.GANSU, {"scale": "medium"}, "standard"),
        (shipped.GANSU, {"scale": None}, "standard"),
        (shipped.GANSU, {"scale": "small", "types": ["SHUANGCHAO"]}, "standard"),
        (shipped.GANSU, {"scale": "small", "types": ["VOLUNTARY"]}, "voluntary"),
        (shipped.SHANDONG, {"scale": "small"}, "merged"),
        (shipped.GUANGDONG, {}, "merged"),
        (shipped.GUANGDONG, {"scale": "small"}, "simple"),
        (shipped.SHANGHAI, {}, "three_gates"),
    ],
)
def test_a_region_runs_several_procedures_at_once_and_its_table_chooses(
    owner: str, changes: dict[str, Any], key: str
) -> None:
    answer = decide(owner, "procedure", case=case(**changes), publication_date="2026-01-31")
    assert isinstance(answer, dict)
    assert answer["key"] == key
    assert answer["basis"]


def test_a_rule_counts_from_its_day_on() -> None:
    small = case(scale="small")
    before = decide(shipped.GANSU, "procedure", case=small, publication_date="2021-12-07")
    after = decide(shipped.GANSU, "procedure", case=small, publication_date="2021-12-08")
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["key"], after["key"]) == ("standard", "small")


def test_a_small_enterprise_is_judged_once_by_three_at_their_desks_on_a_short_report() -> None:
    walk = walks.small()
    assert Counter(walk.answered)["submit_short_report"] == 2
    assert Counter(walk.answered)["score_merged_review"] == 3
    assert not {"submit_report", "score_evaluation", "score_acceptance"} & set(walk.answered)
    assert {key: walk.variables["procedure"][key] for key in ("review", "panel_size")} == {
        "review": "desk",
        "panel_size": 3,
    }
    receipts = [i for i in walk.operations("letters.issue") if i["kind"] in {"report_receipt", "report_acceptance"}]
    assert {inputs["submission"] for inputs in receipts} == {"short_report"}
    assert walk.deadlines["implementation"]["due"] == walk.deadlines["report"]["due"] == "2027-01-31"
    assert walk.outcomes() == ["qualified"]
    assert walk.letters()[-1] == "acceptance_opinion"


def test_a_voluntary_audit_has_neither_notice_nor_disclosure_and_one_gate() -> None:
    walk = walks.voluntary()
    assert walk.letters()[0] == "voluntary_admission"
    assert not {"notice", "removal"} & set(walk.letters())
    assert not {"submit_disclosure", "confirm_notice_receipt", "score_evaluation"} & set(walk.answered)
    assert set(walk.deadlines) == {"start", "report", "implementation"}
    assert walk.outcomes() == ["qualified"]
    assert walk.letters()[-1] == "acceptance_opinion"


@pytest.mark.parametrize("after", ["lapsed", "kept"])
def test_a_commitment_is_accepted_on_paper_and_ends_with_its_period_or_a_good_check(after: str) -> None:
    walk = walks.committed(after)
    assert Counter(walk.answered)["sign_commitment"] == 2
    assert not {"score_evaluation", "score_acceptance", "score_merged_review"} & set(walk.answered)
    assert walk.variables["commitment"]["status"] == after
    assert walk.outcomes() == ["qualified"]
    assert walk.letters()[-1] == "commitment_acceptance"
    assert walk.operations("cases.enter_procedure") == [{"procedure": "commitment"}]


def test_a_false_commitment_goes_back_to_the_full_procedure_to_its_last_letter() -> None:
    walk = walks.committed("revoked")
    counted = Counter(walk.answered)
    assert (counted["measure_focus"], counted["score_evaluation"], counted["score_acceptance"]) == (2, 5, 5)
    assert walk.variables["procedure"]["key"] == "standard"
    assert "commitment_revocation" in walk.letters()
    assert walk.letters()[-1] == "acceptance_opinion"
    assert walk.outcomes() == ["qualified", "qualified"]


def test_who_exceeds_standards_may_not_commit() -> None:
    asked = case(types=["SHUANGCHAO"])
    answer = decide(shipped.BASE, "procedure", case=asked, publication_date="2026-01-31", commitment_wanted="yes")
    assert isinstance(answer, dict)
    assert answer["key"] == "standard"


@pytest.mark.parametrize(("kind", "owner"), [("park", shipped.BASE), ("cluster", shipped.SHANDONG)])
def test_the_members_of_a_park_are_deemed_audited_when_it_has_passed(kind: str, owner: str) -> None:
    walk = walks.park(kind, owner)
    assert walk.variables["procedure"]["key"] == kind
    assert Counter(walk.answered)["write_park_plan"] == 2
    assert walk.operations("parks.deem_members") == [{"participants": ["a", "b"]}]
    assert walk.outcomes() == ["qualified"]
    assert walk.letters()[-1] == "acceptance_opinion"


def test_a_pre_evaluation_sends_focus_and_goals_back_before_the_audit_begins() -> None:
    walk = walks.three_gates()
    counted = Counter(walk.answered)
    assert (counted["apply_for_pre_evaluation"], counted["judge_pre_evaluation"]) == (2, 10)
    order = [walk.answered.index(one) for one in ("survey_enterprise", "apply_for_pre_evaluation", "measure_focus")]
    assert order == sorted(order)
    assert walk.letters().count("pre_evaluation_opinion") == 2
    assert walk.outcomes() == ["qualified"]
    assert walk.letters()[-1] == "acceptance_opinion"


# ---- all ways


def test_the_walks_take_every_sequence_flow_that_ships() -> None:
    taken: dict[str, set[str]] = {}
    for owner, make in walks.ALL:
        own = shipped.own_files(owner)
        walk = make()
        assert walk.status == "completed"
        for process, flow in walk.taken:
            name = f"{process}.bpmn"
            taken.setdefault(f"{owner if name in own else shipped.BASE}/{name}", set()).add(flow)
    missed = {}
    for owner in (shipped.BASE, *shipped.VARIANTS_OF_REGIONS):
        for name, data in shipped.own_files(owner).items():
            if name.endswith(".bpmn"):
                flows = {flow.get("id", "") for flow in etree.fromstring(data).iter(FLOW)}
                missed[f"{owner}/{name}"] = sorted(flows - taken.get(f"{owner}/{name}", set()))
    assert {name: flows for name, flows in missed.items() if flows} == {}
