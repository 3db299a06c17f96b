"""What happens to each case of the demo world: how it is judged, where it waits. Data.

The first list ends as the published 2019 batch of a real city did (domain: section 6): of 49 enterprises 36 accepted,
7 removed or deferred, 6 failed and sent to re-audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Plan:
    """One case's fate.

    ``scores``: what the panel of each evaluation gives, in order (the last repeats); ``acceptance`` and ``vetoes``
    what the acceptance panels give, in order; ``returns``: elements whose check sends the work back once; ``late``: forms that
    take many days more; ``removal``: (days after publication, decision); ``hold``: elements at which nobody acts;
    ``park``: the enterprise stands for a park or a cluster; ``pace``: less than 1 is faster than usual.
    """

    scores: tuple[float, ...] = (92.0,)
    acceptance: tuple[float, ...] = (84.0,)
    vetoes: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    removal: tuple[int, str] | None = None
    hold: frozenset[str] = frozenset()
    self_audit: bool = False
    scale: str = "large"
    commitment: bool = False
    park: str = ""
    pace: float = 1.0


def _hold(*elements: str, **more: object) -> Plan:
    return Plan(hold=frozenset(elements), **more)  # type: ignore[arg-type]


COHORT: Final[tuple[Plan, ...]] = (
    *(Plan(scores=(90.5 + place % 8,), acceptance=(78.0 + place % 15,)) for place in range(18)),
    *(Plan(scores=(71.0 + place * 2,), acceptance=(70.0 + place,)) for place in range(9)),
    *(Plan(scores=(65.0, 82.0), acceptance=(75.0 + place,)) for place in range(3)),
    Plan(returns=("check_disclosure",), scores=(95.0,)),
    Plan(returns=("check_filing",), self_audit=True),
    Plan(late=("disclosure",), acceptance=(66.0,)),
    Plan(late=("start_filing",), scores=(88.0,)),
    Plan(returns=("check_report_receipt", "review_supplement"), scores=(82.0,)),
    Plan(late=("notice_receipt",), acceptance=(60.0,)),
    *(Plan(removal=(days, "removed")) for days in (35, 80, 140, 200)),
    *(Plan(removal=(days, "deferred")) for days in (60, 110, 180)),
    *(Plan(acceptance=(score,)) for score in (59.0, 52.5, 47.0)),
    *(Plan(acceptance=(86.0,), vetoes=(veto,)) for veto in ("V2", "V4", "V5")),
)

GANSU: Final[tuple[Plan, ...]] = (
    _hold("submit_disclosure", "file_start", "follow_up_disclosure", "follow_up_start"),
    _hold("correct_disclosure", "check_filing", returns=("check_disclosure",)),
    _hold("check_disclosure", "correct_filing", returns=("check_filing",)),
    _hold("prepare_audit"),
    _hold("survey_enterprise"),
    _hold("measure_focus", "follow_up_report"),
    _hold("submit_report", "follow_up_report"),
    _hold("propose_evaluation_panel", pace=0.6),
    _hold("score_evaluation", pace=0.6),
    _hold("write_evaluation_opinion", scores=(82.0,), pace=0.6),
    _hold("submit_supplement", scores=(76.5,), pace=0.6),
    _hold("review_supplement", scores=(88.0,), pace=0.6),
    _hold("implement_options", pace=0.6),
    _hold("plan_continuous_production", pace=0.55),
    _hold("apply_for_acceptance", pace=0.5),
    _hold("propose_acceptance_panel", pace=0.5),
    _hold("score_acceptance", pace=0.5),
    _hold("write_acceptance_opinion", pace=0.5),
    _hold("draft_re_audit_order", acceptance=(48.0,), pace=0.5),
    _hold("hand_over_repeated_failure", scores=(61.0,), pace=0.25),
    _hold("submit_short_report", scale="small", pace=0.6),
    _hold("check_acceptance_receipt", pace=0.5),
    _hold("prepare_audit"),
    _hold("sign_commitment", commitment=True, pace=0.5),
    _hold("check_commitment", commitment=True, pace=0.5),
    _hold("inspect_commitment", commitment=True, pace=0.3),
    _hold("write_park_plan", park="park", pace=0.6),
    _hold("check_park_plan", park="cluster", pace=0.6),
)
SHANDONG: Final[tuple[Plan, ...]] = (
    _hold("apply_for_merged_review", pace=0.5),
    _hold("check_merged_review_receipt", pace=0.5),
    _hold("propose_merged_review_panel", pace=0.5),
    _hold("score_merged_review", pace=0.5),
    _hold("write_merged_review_opinion", pace=0.5),
    _hold("rectify", acceptance=(55.0,), pace=0.5),
    _hold("check_rectification", acceptance=(57.5,), pace=0.5),
)
GUANGDONG: Final[tuple[Plan, ...]] = (
    _hold("check_merged_review_receipt", pace=0.5),
    _hold("record_service", late=("notice_receipt",)),
)
RECENT: Final[tuple[Plan, ...]] = (_hold("confirm_notice_receipt"),)
SHANGHAI: Final[tuple[Plan, ...]] = (
    _hold("apply_for_pre_evaluation", pace=0.5),
    _hold("propose_pre_evaluation_panel", pace=0.5),
    _hold("judge_pre_evaluation", pace=0.5),
    _hold("write_pre_evaluation_opinion", pace=0.5),
)

REAUDITS: Final[tuple[Plan, ...]] = (
    _hold("generate_options"),
    _hold("determine_options"),
    _hold("check_report_receipt", pace=0.5),
    _hold("apply_for_evaluation", pace=0.5),
    _hold("check_evaluation_receipt", pace=0.5),
    _hold("survey_enterprise"),
)
"""The linked cases of the six that failed, in the order in which they are opened."""
