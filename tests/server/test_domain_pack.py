"""A fresh installation to which only people are added: every procedure runs over the API to its last letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.server.fresh import Fresh, install
from workflows import trail


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    """Give a fresh installation to the module."""
    with pytest.MonkeyPatch.context() as patch:
        made = install(tmp_path_factory.mktemp("fresh"), patch)
    yield made
    made.house.sessions.kw["bind"].dispose()


def _nothing_before(_fresh: Fresh, _way: Way, _enterprise: str) -> None:
    """Do nothing."""


def _nothing_after(_fresh: Fresh, _case_id: str) -> None:
    """Ask nothing more."""


@dataclass(frozen=True)
class Way:
    """A procedure as it is entered, what its tasks must pass, and the letter it ends with."""

    procedure: str
    officer: str
    listed_in: str
    region: str
    passes: tuple[str, ...]
    last: str = "acceptance_opinion"
    never: tuple[str, ...] = ()
    scale: str = "large"
    types: tuple[str, ...] = ("SHUANGYOU",)
    wanted: dict[str, dict[str, Any]] = field(default_factory=dict)
    before: Callable[[Fresh, Way, str], None] = _nothing_before
    after: Callable[[Fresh, str], None] = _nothing_after

    @property
    def name(self) -> str:
        """Name the way by its procedure and province."""
        return f"{self.procedure}-{self.region[:2]}"


def _park(kind: str) -> Callable[[Fresh, Way, str], None]:
    """Let the enterprise stand for a park with two members, one of which is on a list itself."""

    def found(fresh: Fresh, way: Way, enterprise: str) -> None:
        fresh.ask(way.officer, "POST", "/parks", 201, json={"enterprise_id": enterprise, "kind": kind})
        members = [fresh.enterprise(way.officer, way.region, f"{way.name}成员{number}有限公司") for number in (1, 2)]
        for member in members:
            body = {"enterprise_id": member, "since": "2025-01-01"}
            fresh.ask(way.officer, "POST", f"/parks/{enterprise}/members", 201, json=body)
        fresh.publish(way.officer, way.listed_in, {members[0]: ["SHUANGYOU"]})
        fresh.kept["member"] = fresh.case_of(members[0])

    return found


def _deemed(fresh: Fresh, case_id: str) -> None:
    """The member's case is closed by reference to the park's, and told so."""
    member = fresh.case(fresh.kept["member"])
    assert (member.outcome, member.deemed_by_id) == ("deemed", case_id)
    assert fresh.letters(member.id)[-1] == "deemed"


def _inspected(fresh: Fresh, case_id: str) -> None:
    """The commitment is drawn for a spot check, which finds it kept."""
    region = "620100"
    number = fresh.case(case_id).number
    drawn = fresh.ask("li", "POST", "/commitments/draws", 201, json={"region_code": region, "count": 1})
    assert drawn["drawn"] == [number]
    assert fresh.run(case_id) == ["inspect_commitment"]
    listed = fresh.ask("li", "GET", "/commitments", 200)["items"]
    assert [(one["number"], one["status"]) for one in listed] == [(number, "kept")]


BOTH = ("score_evaluation", "score_acceptance")
ONE = ("score_merged_review",)
PARK = ("write_park_plan", "check_park_plan")
LANZHOU, SHANDONG, GUANGDONG, SHANGHAI = (
    ("li", "620100", "620102"),
    ("kong", "370000", "370102"),
    ("huang", "440000", "442000"),
    ("qiu", "310000", "310113"),
)
BY_DAY = (
    Way("simple", *GUANGDONG, ("submit_short_report", *ONE), scale="micro", never=BOTH),
    Way("three_gates", *SHANGHAI, ("judge_pre_evaluation", *BOTH)),
    Way("cluster", *SHANDONG, (*PARK, *ONE), before=_park("cluster"), after=_deemed, types=("STATE_OTHER",)),
    Way(
        "commitment", *LANZHOU, ("sign_commitment", "check_commitment"), last="commitment_acceptance", never=BOTH + ONE,
        wanted={"start_filing": {"commitment_wanted": "yes"}}, after=_inspected,
    ),
)  # fmt: skip
AT_NIGHT = (
    Way("standard", *LANZHOU, BOTH, never=ONE),
    Way("small", *LANZHOU, ("submit_short_report", *ONE), scale="small", never=BOTH),
    Way("merged", *SHANDONG, ONE, never=BOTH),
    Way("merged", *GUANGDONG, ONE, never=BOTH),
    Way("park", *LANZHOU, (*PARK, *BOTH), before=_park("park"), after=_deemed, types=("STATE_OTHER",)),
    Way("park", *SHANDONG, (*PARK, *ONE), before=_park("park"), after=_deemed, types=("STATE_OTHER",)),
    Way("park", *GUANGDONG, (*PARK, *BOTH), before=_park("park"), after=_deemed, types=("STATE_OTHER",)),
    Way("cluster", *SHANGHAI, (*PARK, *BOTH), before=_park("cluster"), after=_deemed, types=("STATE_OTHER",)),
)
WAYS = [*BY_DAY, *(pytest.param(way, marks=pytest.mark.night) for way in AT_NIGHT)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_procedure_runs_to_its_last_letter(fresh: Fresh, way: Way) -> None:
    before = _counted(fresh, way)
    enterprise = fresh.enterprise(way.officer, way.region, f"{way.name}有限公司", scale=way.scale)
    way.before(fresh, way, enterprise)
    fresh.publish(way.officer, way.listed_in, {enterprise: list(way.types)})
    case_id = fresh.case_of(enterprise)
    done = fresh.run(case_id, **way.wanted)
    assert set(way.passes) <= set(done)
    assert not set(way.never) & set(done)
    case = fresh.case(case_id)
    assert (case.procedure, case.outcome) == (way.procedure, "qualified")
    assert fresh.letters(case_id)[0] == "notice"
    assert fresh.letters(case_id)[-1] == way.last
    way.after(fresh, case_id)
    more = 1 if way.before is not _nothing_before else 0
    assert _counted(fresh, way) == (before[0] + 1 + more, before[1] + 1, before[2] + more, 0)
    _left_in_order(fresh)


def test_a_voluntary_audit_runs_from_its_application_to_its_last_letter(fresh: Fresh) -> None:
    enterprise = fresh.enterprise("li", "620102", "自愿审核有限公司", key_discharger=False)
    owner = f"enterprise@org:{enterprise}"
    ask = {"enterprise_id": enterprise, "reason": "节能降耗", "stated": ["policy"]}
    application = fresh.ask(owner, "POST", "/voluntary", 201, json=ask)["id"]
    fresh.ask("fan", "POST", f"/voluntary/{application}/decision", 200, json={"decision": "accepted"})
    drafts = fresh.ask("fan", "GET", "/lists", 200)["items"]
    fresh.publish_draft("fan", next(one["id"] for one in drafts if "自愿性" in one["title"]))
    case_id = fresh.case_of(enterprise)
    done = fresh.run(case_id)
    assert {"submit_report", *ONE} <= set(done)
    case = fresh.case(case_id)
    assert (case.procedure, case.outcome) == ("voluntary", "qualified")
    assert fresh.letters(case_id)[-1] == "acceptance_opinion"
    _left_in_order(fresh)


def _counted(fresh: Fresh, way: Way) -> tuple[int, int, int, int]:
    """Give how many lines of the region's lists there are: all, qualified, deemed, and still under way."""
    seen = fresh.ask(way.officer, "GET", f"/statistics/completion?region={way.listed_in}", 200)["whole"]
    return seen["listed"], seen["qualified"], seen["deemed"], seen["running"]


def _left_in_order(fresh: Fresh) -> None:
    """Nothing is left for an operator, and the trail proves itself."""
    assert fresh.incidents() == []
    assert trail.verify(fresh.house.sessions).ok
