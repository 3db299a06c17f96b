"""The walks: each takes one way through a life cycle to its end. Together they take every sequence flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.bpmn import shipped
from tests.bpmn.driver import Answers, Script, Walk

RETURN = {"decision": "return", "reason": "补正"}
SUPPLEMENT = {"decision": "supplement", "reason": "缺附件", "missing": ["annex"]}
REFUSE = {"decision": "refuse", "reason": "不属于受理范围"}
ORDER = {"action": "order", "note": "逾期"}


def proceed(name: str = shipped.BASE) -> Walk:
    """Go straight through, evaluated at 95, accepted at 80."""
    return Walk(shipped.definition(name), scores=[95]).until()


def supplement() -> Walk:
    """Be sent back once wherever that is possible; evaluated at 82."""
    script: Script = {
        "disclosure_check": [RETURN],
        "start_filing": [
            {"audit_mode": "consultancy", "consultancy": "org 7"},
            {"audit_mode": "consultancy", "consultancy": "org 8"},
        ],
        "filing_check": [RETURN],
        "receipt_check": [SUPPLEMENT, {"decision": "accept"}, REFUSE, {"decision": "accept"}, SUPPLEMENT],
        "supplement_review": [RETURN],
    }
    return Walk(shipped.definition(shipped.BASE), script, scores=[82]).until()


def again() -> Walk:
    """Fail the evaluation at 65 four times, one beyond the limit of rounds but one, then reach 95."""
    return Walk(shipped.definition(shipped.BASE), scores=[65, 65, 65, 65, 95]).until()


def failing(decisions: str = "", **changes: Any) -> Walk:
    """Fail the acceptance once with a veto, in the middle of high scores."""
    sheets: list[Answers] = [
        {"total": 90, "vetoes": ["V5"] if number == 2 else [], "comments": ""} for number in range(5)
    ]
    script: Script = {"acceptance_score_sheet": sheets, "rectification_check": [RETURN]}
    return Walk(shipped.definition(shipped.BASE, decisions), script, scores=[95], **changes).until()


def removed(decision: str, at: str, name: str = shipped.BASE) -> Walk:
    """Be taken off the list while an element waits."""
    walk = Walk(shipped.definition(name)).to(at)
    walk.remove(decision)
    return walk


def late(answer: dict[str, str], name: str = shipped.BASE) -> Walk:
    """Let every reminder and every deadline pass before doing what is due."""
    walk = Walk(shipped.definition(name), {"overdue_follow_up": [answer] * 9})
    walk.to("confirm_notice_receipt").fire("notice_not_confirmed")
    walk.to("submit_disclosure")
    for element in ("disclosure_reminder", "disclosure_overdue", "start_reminder", "start_overdue"):
        walk.fire(element)
    walk.to("submit_report" if name == shipped.BASE else "implement_options")
    for element in ("report_reminder", "report_overdue"):
        walk.fire(element)
    walk.to("implement_options")
    for element in ("implementation_reminder", "implementation_overdue"):
        walk.fire(element)
    return walk.until()


def in_time(name: str = shipped.BASE) -> Walk:
    """Submit the report in time, and let its deadline pass while the bureau looks at it."""
    walk = Walk(shipped.definition(name)).to("check_report_receipt")
    walk.fire("report_overdue")
    return walk.until()


def merged(scores: list[float], name: str = shipped.SHANDONG, **changes: Any) -> Walk:
    """Go through the one gate of a province with these scores."""
    script: Script = {"receipt_check": [{"decision": "accept"}, SUPPLEMENT]}
    return Walk(shipped.definition(name), script, scores=scores, **changes).until()


def three_gates() -> Walk:
    """Have the focus changed once at the pre-evaluation of Shanghai, then be evaluated and accepted."""
    script: Script = {"pre_evaluation_opinion": [{"decision": "return", "opinion": "目标偏低", "reason": "提高目标"}]}
    return Walk(shipped.definition(shipped.SHANGHAI), script, scores=[95], region="310115").until()


def small(name: str = shipped.GANSU, **changes: Any) -> Walk:
    """Be judged by three at their desks on a short report, which is sent back once."""
    script: Script = {
        "receipt_check": [SUPPLEMENT],
        "panel_appointment": [{"experts": ["sun", "qian", "zhou"]}],
    }
    return Walk(shipped.definition(name), script, scores=[75], scale="small", **changes).until()


def voluntary(name: str = shipped.BASE) -> Walk:
    """Be admitted without notice and disclosure, and pass the one gate."""
    return Walk(shipped.definition(name), scores=[75], types=["VOLUNTARY"]).until()


def committed(after: str, name: str = shipped.BASE) -> Walk:
    """Be accepted on a commitment, returned once; then ``after``: lapsed, kept or revoked."""
    script: Script = {
        "start_filing": [{"audit_mode": "self", "commitment_wanted": "yes"}],
        "commitment_check": [RETURN],
        "spot_check": [
            {"commitment_true": "no" if after == "revoked" else "yes", "findings": "x", "requirements": "y"}
        ],
    }
    walk = Walk(shipped.definition(name), script, scores=[95]).until()
    if after == "lapsed":
        walk.fire("spot_check_over")
    else:
        walk.inspect()
    return walk.until()


def park(kind: str = "park", name: str = shipped.BASE) -> Walk:
    """Have the plan of a park sent back once, and its members deemed audited."""
    return Walk(shipped.definition(name), {"park_plan_check": [RETURN]}, scores=[95], park=kind).until()


#: which files run, and the walk
ALL: tuple[tuple[str, Callable[[], Walk]], ...] = (
    (shipped.BASE, proceed),
    (shipped.BASE, supplement),
    (shipped.BASE, again),
    (shipped.BASE, failing),
    (shipped.BASE, lambda: failing(shipped.SHANDONG)),
    (shipped.BASE, lambda: failing(previous_failures=2)),
    (shipped.BASE, lambda: removed("removed", "submit_disclosure")),
    (shipped.BASE, lambda: late(ORDER)),
    (shipped.BASE, lambda: late({"action": "transfer", "note": ""})),
    (shipped.BASE, in_time),
    (shipped.SHANDONG, lambda: in_time(shipped.SHANDONG)),
    (shipped.GANSU, lambda: proceed(shipped.GANSU)),
    (shipped.SHANDONG, lambda: merged([55, 75])),
    (shipped.SHANDONG, lambda: merged([50, 50, 50])),
    (shipped.SHANDONG, lambda: merged([50], types=["VOLUNTARY"])),
    (shipped.SHANDONG, lambda: removed("deferred", "generate_options", shipped.SHANDONG)),
    (shipped.SHANDONG, lambda: late(ORDER, shipped.SHANDONG)),
    (shipped.SHANDONG, lambda: late({"action": "call", "note": ""}, shipped.SHANDONG)),
    (shipped.SHANGHAI, three_gates),
    (shipped.BASE, voluntary),
    (shipped.BASE, park),
    (shipped.SHANDONG, lambda: park("cluster", shipped.SHANDONG)),
    (shipped.BASE, lambda: committed("lapsed")),
    (shipped.BASE, lambda: committed("kept")),
    (shipped.BASE, lambda: committed("revoked")),
    (shipped.GANSU, small),
    (shipped.GUANGDONG, lambda: small(shipped.GUANGDONG)),
    (shipped.GUANGDONG, lambda: merged([75], shipped.GUANGDONG)),
)
