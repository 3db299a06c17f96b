"""The draw of a panel: whom it may meet, that it is fair and can be repeated, and what follows an answer."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest
from sqlalchemy import select

from audits import (
    conflict_report,
    conflicts,
    consultancies,
    departures,
    draws,
    invitations,
    lottery,
    notices,
    panel_rules,
    pool,
    relations,
)
from audits.models import Case, Enterprise, Expert, Panel, PanelDraw, PanelMember, PanelSeat, Succession
from tests.audits.office import Office
from tests.audits.panels.conftest import FIELDS
from workflows import access, interventions, returns, tasks
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Instance, Membership, Submission, Task

MEETING = {"meeting_on": "2026-03-20", "place": "兰州"}


def proposing(office: Office, case_id: str) -> Task:
    return office.task(case_id, "propose_evaluation_panel")


def draw(office: Office, case_id: str, seed: str = "seed", **fields: Any) -> PanelDraw:
    with office.as_("li") as (session, actor):
        found = draws.make(session, actor, proposing(office, case_id).id, MEETING | fields, seed=seed, now=office.now)
        session.flush()
        session.expunge_all()
        return found


def seats(office: Office, case_id: str) -> dict[str, PanelSeat]:
    with office.looking() as session:
        query = select(PanelSeat).join(PanelDraw, PanelDraw.id == PanelSeat.draw_id).where(PanelDraw.case_id == case_id)
        return {seat.expert_id: seat for seat in session.scalars(query.order_by(PanelSeat.place))}


def answer(office: Office, case_id: str, expert: str, answer: str, reason: str = "") -> None:
    seat = seats(office, case_id)[expert]
    with office.as_(expert) as (session, actor):
        invitations.answer(session, actor, seat.id, answer=answer, reason=reason, seed=f"s-{expert}", now=office.now)


def standing(office: Office, case_id: str) -> list[str]:
    return [key for key, seat in seats(office, case_id).items() if seat.status in draws.STANDING]


def excluded(office: Office, case_id: str) -> dict[str, tuple[str, ...]]:
    with office.looking() as session:
        case = session.get_one(Case, case_id)
        seen = pool.look(session, case, "evaluation", date(2026, 3, 2), date(2026, 3, 20))
        return {one.expert.id: one.reasons for one in seen.excluded}


# ---- who may not judge


def test_every_tie_excludes_with_its_reason_until_its_years_are_over(office: Office, case_id: str) -> None:
    def tie(expert: str, **fields: Any) -> None:
        with office.as_("ma") as (session, actor):
            relations.record(session, actor, expert, fields, now=office.now)

    with office.as_("li") as (session, _actor):
        case = session.get_one(Case, case_id)
        enterprise = session.get_one(Enterprise, case.enterprise_id)
        enterprise.former_names, enterprise.legal_representative = ["老黄河食品厂"], "王 大力"
        consultancies.engage(session, office.app, case, "consultancy", office.now)
    tie("e1", kind="employment", company="老黄河 食品厂", since="2015-01-01", until="2024-06-30")
    tie("e2", kind="employment", company="老黄河食品厂", until="2022-06-30")  # more than three years ago
    tie("e3", kind="contract", company="甘肃清源咨询公司", until="2023-03-02")  # three years to the day
    tie("e4", kind="contract", company="甘肃清源咨询公司", until="2023-03-01")  # and one day more
    tie("e5", kind="kin", person="王大力")
    tie("e6", kind="shares", company="黄河食品有限公司")
    tie("e7", kind="shares", company="黄河食品有限公司", until="2025-12-31")  # sold
    found = excluded(office, case_id)
    assert found == {"e1": ("employment",), "e3": ("contract",), "e5": ("kin",), "e6": ("shares",)}


def test_who_advised_the_enterprise_in_another_case_is_found_there(office: Office, case_id: str) -> None:
    """The consultancy was engaged in an earlier case; a former member of it must not judge the next one."""
    staff_of = {"e1": "other_consultancy", "e2": "consultancy"}
    with office.as_("li") as (session, _actor):
        consultancies.engage(session, office.app, session.get_one(Case, case_id), "other_consultancy", office.now)
        for expert, firm in staff_of.items():
            session.add(Membership(id=f"w-{expert}", person_id=expert, organisation_id=firm, role="consultancy", region_code="620100", since=office.now - timedelta(days=700), until=office.now - timedelta(days=300)))  # fmt: skip  # noqa: E501
    other = office.open(batch=2)
    with office.looking() as session:
        seen = pool.look(session, session.get_one(Case, other), "evaluation", date(2026, 3, 2))
    (one,) = seen.excluded
    assert (one.expert.id, one.reasons) == ("e1", ("contract",))
    assert one.ties[0].case == office.case(case_id).number


def test_the_absent_the_busy_and_the_suspended_are_left_out(office: Office, case_id: str) -> None:
    with office.as_("e1") as (session, actor):
        relations.be_away(session, actor, "e1", {"since": "2026-03-18", "until": "2026-03-20"}, now=office.now)
        away = relations.be_away(session, actor, "e1", {"since": "2026-03-21", "until": "2026-03-22"}, now=office.now)
        relations.be_back(session, actor, "e1", away.id, now=office.now)
        assert [row.until for row in relations.absences(session, actor, "e1")] == [date(2026, 3, 20)]
    with office.as_("ma") as (session, _actor):
        session.get_one(Expert, "e2").status = "suspended"
        session.get_one(Expert, "e3").monthly_cap = 0
    assert excluded(office, case_id) == {"e1": ("away",), "e2": ("suspended",), "e3": ("cap",)}


def test_only_officers_and_the_expert_read_and_write_the_relations(office: Office, case_id: str) -> None:
    with office.as_("e1") as (session, actor):
        row = relations.record(session, actor, "e1", {"kind": "shares", "company": "黄河食品有限公司"}, now=office.now)
        with pytest.raises(NotAllowed):
            relations.strike(session, actor, "e1", row.id, reason="误录", now=office.now)
        with pytest.raises(NotAllowed):
            relations.of_expert(session, actor, "e2")
    for who in ("chen", "he", "zhao"):
        with office.as_(who) as (session, actor), pytest.raises(NotAllowed):
            relations.of_expert(session, actor, "e1")
    with office.as_("ma") as (session, actor):
        session.add(Membership(id="m-e1-bureau", person_id="e1", organisation_id="lanzhou_bureau", role="city_bureau", region_code="620100", since=office.now))  # fmt: skip  # noqa: E501
    with office.as_("e1") as (session, actor), pytest.raises(NotAllowed):  # an officer who is an expert, too
        relations.strike(session, actor, "e1", row.id, reason="误录", now=office.now)
    with office.as_("ma") as (session, actor):
        relations.strike(session, actor, "e1", row.id, reason="误录", now=office.now)
        assert relations.of_expert(session, actor, "e1") == ()
        for fields in (
            {"kind": "magic", "company": "x"},
            {"kind": "kin"},
            {"kind": "shares", "company": "x", "since": "?"},
        ):
            with pytest.raises(Invalid):
                relations.record(session, actor, "e1", fields, now=office.now)


# ---- drawing


def test_a_drawn_panel_meets_the_rule_and_the_record_repeats_it(office: Office, case_id: str) -> None:
    drawn = draw(office, case_id)
    (record,) = drawn.records
    chosen = record["result"]["experts"]
    assert len(set(chosen)) == 5
    assert {"process", "cleaner_production", "environment"} <= {field for key in chosen for field in FIELDS.get(key, ["process", "environment"])}  # fmt: skip  # noqa: E501
    assert drawn.leader_id == record["result"]["leader"]
    assert lottery.agrees(record)
    assert not lottery.agrees(record | {"seed": "another"})
    with pytest.raises(Invalid):
        lottery.replay(record | {"pool": record["pool"][1:]})
    assert office.told(case_id, "panel.drawn")[0]["seed"] == "seed"


def test_drawing_twice_gives_the_same_result_twice(office: Office, case_id: str) -> None:
    first, second = draw(office, case_id, "one"), draw(office, case_id, "two", place="别处")
    assert (first.id, first.records, first.place) == (second.id, second.records, second.place)
    assert len(seats(office, case_id)) == 5
    assert len(office.told(case_id, "panel.drawn")) == 1


def test_only_who_may_appoint_may_draw(office: Office, case_id: str) -> None:
    task = proposing(office, case_id)
    for who, error in (("wang", NotAllowed), ("he", NotAllowed), ("chen", NotFound), ("e1", NotFound)):
        with office.as_(who) as (session, actor), pytest.raises(error):
            draws.make(session, actor, task.id, MEETING, seed="x", now=office.now)
    for fields in ({"meeting_on": "2026-03-01"}, {"meeting_on": ""}, {"meeting_on": "soon"}):
        with pytest.raises(Invalid) as caught:
            draw(office, case_id, **fields)
        assert set(caught.value.fields) == {"meeting_on"}


def test_a_pool_that_is_too_small_says_what_is_missing(office: Office, case_id: str) -> None:
    def without(*keys: str, status: str) -> None:
        with office.as_("ma") as (session, _actor):
            for key in keys:
                session.get_one(Expert, key).status = status

    without("e3", "e4", "e7", status="suspended")
    with pytest.raises(Invalid) as caught:
        draw(office, case_id)
    assert (caught.value.code, caught.value.values) == ("draw_field_missing", {"reason": "cleaner_production"})
    without("e1", "e2", "e5", status="suspended")
    with pytest.raises(Invalid) as caught:
        draw(office, case_id)
    assert (caught.value.code, caught.value.values) == ("draw_too_few", {"wanted": 5, "there": 4})


def test_ten_thousand_draws_are_uniform_and_never_meet_a_conflict(office: Office, case_id: str) -> None:
    """Every permissible panel of three is equally likely; who is excluded is in none of them."""
    barred = ("e2", "e6", "zhou", "qian")
    with office.as_("ma") as (session, actor):
        for key in barred:
            relations.record(session, actor, key, {"kind": "shares", "company": "黄河食品有限公司"}, now=office.now)
    with office.looking() as session:
        seen = pool.look(session, session.get_one(Case, case_id), "evaluation", date(2026, 3, 2))
    candidates = [one.candidate for one in seen.eligible]
    assert {one.id for one in candidates} == FIELDS.keys() - set(barred)
    needs = {"process": 1, "cleaner_production": 1, "environment": 1}
    panels = Counter(
        frozenset(lottery.draw(f"{number:05d}", "pool", candidates, size=3, needs=needs).experts)
        for number in range(10_000)
    )
    permissible = _panels(candidates, needs)
    assert set(panels) == permissible
    assert not {key for panel in panels for key in panel} & set(barred)
    expected = 10_000 / len(permissible)
    chi_square = sum((panels[panel] - expected) ** 2 / expected for panel in permissible)
    assert _p_value(chi_square, len(permissible) - 1) > 0.01


def _panels(candidates: list[lottery.Candidate], needs: dict[str, int]) -> set[frozenset[str]]:
    """List the panels of three that the rule permits, by looking at all of them."""
    found = set()
    for a in candidates:
        for b in candidates:
            for c in candidates:
                fields = a.fields | b.fields | c.fields
                if len({a.id, b.id, c.id}) == 3 and fields >= set(needs) and (a.leads or b.leads or c.leads):
                    found.add(frozenset({a.id, b.id, c.id}))
    return found


def _p_value(chi_square: float, degrees: int) -> float:
    """Give the upper tail of chi-square by Wilson and Hilferty's cube root."""
    cube = (chi_square / degrees) ** (1 / 3)
    spread = 2 / (9 * degrees)
    return 0.5 * math.erfc((cube - (1 - spread)) / math.sqrt(spread) / math.sqrt(2))


@pytest.mark.parametrize("seed", range(6))
def test_fewest_says_exactly_whether_a_panel_is_possible(seed: int) -> None:
    pool_ = [
        lottery.Candidate(f"c{place}", frozenset(f for bit, f in enumerate("abc") if (seed * 7 + place * 3) >> bit & 1), place == seed)
        for place in range(6)
    ]  # fmt: skip
    needs = {"a": 1, "b": 1, "c": 1}
    missing = lottery.lacking(needs, ())
    possible = {size for size in range(1, 7) if _possible(pool_, missing, size)}
    least = lottery.fewest(pool_, missing)
    assert possible == {size for size in range(1, 7) if size >= least}


def _possible(pool_: list[lottery.Candidate], missing: dict[str, int], size: int) -> bool:
    return any(
        not lottery.lacking({mark: n for mark, n in missing.items() if mark != lottery.LEADER}, chosen)
        for number in range(1 << len(pool_))
        if number.bit_count() == size
        for chosen in [[one for place, one in enumerate(pool_) if number >> place & 1]]
    )


# ---- answers


def test_a_panel_is_complete_when_all_have_accepted_and_is_appointed_as_drawn(office: Office, case_id: str) -> None:
    drawn = draw(office, case_id)
    for expert in standing(office, case_id):
        with office.as_(expert) as (session, actor):
            assert invitations.waiting(session, actor) == 1
            (mine,) = invitations.mine(session, actor).items
            assert (mine.enterprise, mine.open) == ("黄河食品有限公司", True)
        answer(office, case_id, expert, "accepted")
        answer(office, case_id, expert, "accepted")
    office.do(proposing(office, case_id))
    with office.looking() as session:
        panel = session.scalars(select(Panel).where(Panel.case_id == case_id)).one()
        assert (panel.detail["draw"], panel.meeting_on) == (drawn.id, date(2026, 3, 20))
    sheets = [task.assignee_id for task in office.waiting(case_id)]
    assert sorted(sheets, key=str) == sorted(standing(office, case_id))
    with office.as_("li") as (session, actor):
        lines = conflict_report.lines(session, actor).items
        assert [line.expert_id for line in lines if line.leader] == [drawn.leader_id]
        assert {(line.expert_id, line.drawn, line.signed_at) for line in lines} == {(key, True, None) for key in sheets}
        assert lines[0].companies == ["黄河食品有限公司"]
        assert conflict_report.workbook(session, actor)[:2] == b"PK"
    with pytest.raises(Conflict):
        answer(office, case_id, str(sheets[0]), "declined", "出差")
    with office.as_("wang") as (session, actor), pytest.raises(NotAllowed):
        conflict_report.lines(session, actor)


def test_who_declines_or_recuses_themselves_is_substituted_from_the_same_fields(office: Office, case_id: str) -> None:
    draw(office, case_id)
    for status in ("declined", "recused"):
        before = standing(office, case_id)
        leaving = before[0]
        with pytest.raises(Invalid):
            answer(office, case_id, leaving, status)
        answer(office, case_id, leaving, status, "与企业有合作")
        after = standing(office, case_id)
        (new,) = set(after) - set(before)
        assert set(FIELDS.get(new, ["process", "environment"])) & set(FIELDS.get(leaving, ["process", "environment"]))
        assert len(after) == 5
        assert new not in before
    with office.looking() as session:
        drawn = session.scalars(select(PanelDraw)).one()
        assert [lottery.agrees(record) for record in drawn.records] == [True, True, True]
    assert [row["status"] for row in office.told(case_id, "panel.seat_left")] == ["declined", "recused"]
    assert office.told(case_id, "panel.seat_left")[1]["reason"] == ""  # the interest itself is nobody else's affair
    with pytest.raises(Conflict):
        answer(office, case_id, next(k for k, s in seats(office, case_id).items() if s.status == "recused"), "accepted")


def test_a_lost_quorum_gets_a_new_day_with_a_reason(office: Office, case_id: str) -> None:
    draw(office, case_id)
    task = proposing(office, case_id)
    with office.as_("ma") as (session, _actor):
        for key in set(FIELDS) | {"qian", "zhou"}:
            if key not in standing(office, case_id):
                session.get_one(Expert, key).status = "suspended"
    first, second = standing(office, case_id)[:2]
    answer(office, case_id, second, "accepted")
    absent = {"reason": "未答复", "seed": "x"}
    for expert, days in ((first, 2), (second, 17)):  # three days for an answer; who accepted, not before the meeting
        with office.as_("li") as (session, actor), pytest.raises(Conflict, match="absent_too_early"):
            seat, then = seats(office, case_id)[expert], office.now + timedelta(days=days)
            invitations.mark_absent(session, actor, task.id, seat.id, **absent, now=then)
    office.wait(days=3)
    with office.as_("li") as (session, actor):
        seat = seats(office, case_id)[first]
        invitations.mark_absent(session, actor, task.id, seat.id, **absent, now=office.now)
        assert session.scalars(select(PanelDraw.status)).one() == "short"
    assert len(office.told(case_id, "panel.quorum_lost")) == 1
    with office.as_("ma") as (session, _actor):
        for key in FIELDS:
            session.get_one(Expert, key).status = "active"
    with office.as_("li") as (session, actor):
        with pytest.raises(Invalid):
            draws.reschedule(session, actor, task.id, {"meeting_on": "2026-04-02"}, seed="y", now=office.now)
        fields = {"meeting_on": "2026-04-02", "reason": "专家人数不足，改期"}
        found = draws.reschedule(session, actor, task.id, fields, seed="y", now=office.now)
        assert (found.status, found.meeting_on) == ("waiting", date(2026, 4, 2))
    assert len(standing(office, case_id)) == 5
    assert {seat.status for seat in seats(office, case_id).values()} == {"invited", "absent"}
    assert office.told(case_id, "panel.rescheduled")[0]["reason"] == "专家人数不足，改期"


def test_a_step_that_is_returned_is_not_drawn_again(office: Office, case_id: str) -> None:
    """Nobody draws until it fits: the draw goes on with the seats as they stand."""
    first = accept_all(office, case_id)
    before = {key: seat.status for key, seat in seats(office, case_id).items()}
    office.do(proposing(office, case_id))
    sheet = office.waiting(case_id)[0]
    with office.as_("li") as (session, actor):
        returns.send_back(
            session, office.app, actor, sheet.id, "propose_evaluation_panel", reason="退回", now=office.now
        )
    again = draw(office, case_id, "another", meeting_on="2026-04-20")
    assert (again.id, again.records, again.meeting_on) == (first.id, first.records, first.meeting_on)
    assert {key: seat.status for key, seat in seats(office, case_id).items()} == before
    assert office.told(case_id, "panel.draw_goes_on")[0]["draw"] == first.id
    office.do(proposing(office, case_id))
    with office.looking() as session:
        assert session.scalars(select(Panel.detail).where(Panel.closed_at.is_(None))).one()["draw"] == first.id


def test_nobody_answers_an_invitation_while_the_case_is_suspended(office: Office, case_id: str) -> None:
    draw(office, case_id)
    with office.as_("ma") as (session, actor):
        interventions.suspend(session, office.app, actor, case_id, "申诉", now=office.now)
    with pytest.raises(Conflict, match="suspended"):
        answer(office, case_id, standing(office, case_id)[0], "declined", "出差")


def test_the_rule_for_small_enterprises_asks_for_three(office: Office) -> None:
    def rule(scale: str) -> panel_rules.Rule:
        return panel_rules.applicable(
            gate="evaluation", region_path="/620000/620100/", scale=scale, day=date(2026, 3, 2)
        )

    assert [rule(scale).size for scale in ("micro", "small", "medium", "")] == [3, 3, 5, 5]
    assert rule("").needs(["GAOHAONENG"]) == {"process": 1, "cleaner_production": 1, "environment": 1, "energy": 1}
    with pytest.raises(NotFound):
        panel_rules.applicable(gate="evaluation", region_path="/", scale="", day=date(2001, 1, 1))


def test_three_years_before_the_last_of_february() -> None:
    assert conflicts.years_before(date(2028, 2, 29), 3) == date(2025, 2, 28)


# ---- what the draw settles, and who leaves afterwards


def accept_all(office: Office, case_id: str) -> PanelDraw:
    """Draw the panel of a case and let everybody who stands accept."""
    draw(office, case_id)
    for expert in standing(office, case_id):
        answer(office, case_id, expert, "accepted")
    with office.looking() as session:
        return session.scalars(select(PanelDraw)).one()


def told(office: Office, expert: str) -> list[str]:
    with office.as_(expert) as (session, actor):
        return [row.kind for row in notices.mine(session, actor).items]


def test_the_form_that_appoints_takes_the_panel_from_the_draw_whatever_is_typed(office: Office, case_id: str) -> None:
    task = proposing(office, case_id)
    with office.as_("li") as (session, actor):
        typed = {"panel_members": ["qian"], "remarks": "保留"}
        tasks.save_draft(session, actor, task.id, typed, "", None, now=office.now)
    drawn = accept_all(office, case_id)
    with office.as_("li") as (session, actor):
        view = tasks.view(session, office.app, actor, task.id, now=office.now)
        assert view.data["remarks"] == "保留"
        assert set(view.data["panel_members"]) == set(standing(office, case_id))
        assert view.data["panel_leader"] == drawn.leader_id
    office.do(task, panel_members=["qian", "zhou", "sun"], panel_leader="qian", meeting_on="2030-01-01")
    with office.looking() as session:
        panel = session.scalars(select(Panel)).one()
        leads = select(PanelMember.expert_id).where(PanelMember.panel_id == panel.id)
        assert (panel.detail["draw"], panel.meeting_on) == (drawn.id, date(2026, 3, 20))
        assert set(session.scalars(leads)) == set(standing(office, case_id))
        assert session.scalars(leads.where(PanelMember.leader)).all() == [drawn.leader_id]


def test_the_procedure_of_the_case_says_how_many_are_drawn(office: Office, case_id: str) -> None:
    with office.as_("ma") as (session, _actor):
        row = session.get_one(Instance, case_id)
        row.variables = {**row.variables, "procedure": {"panel_size": 3, "review": "desk"}}
    with office.as_("li") as (session, actor):
        view = tasks.view(session, office.app, actor, proposing(office, case_id).id, now=office.now)
        assert (view.data["review_method"], view.context["draw"]["least"]) == ("letter", 3)
    (record,) = draw(office, case_id).records
    assert (record["size"], record["rule"]["review"], len(standing(office, case_id))) == (3, "desk", 3)
    small = panel_rules.read({**_raw_rule(), "reviews": ["desk"], "monthly_cap": 2})
    asked = {"gate": "evaluation", "region_path": "/620000/", "scale": "", "day": date(2026, 3, 2)}
    among = [small, *panel_rules.rules()]
    assert panel_rules.applicable(**asked, review="desk", among=among).monthly_cap == 2
    assert panel_rules.applicable(**asked, review="on_site", among=among).monthly_cap == 8


def _raw_rule() -> dict[str, Any]:
    text = resources.files("audits").joinpath("data/panel_rules.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["rules"][1]
    return found


def test_experts_tied_to_what_an_enterprise_was_or_became_are_left_out(office: Office, case_id: str) -> None:
    """The bakery took over the steelworks, which had been called an iron works; Jinan Paper came out of the bakery."""
    links = (
        ("steelworks", "bakery", "merged", "钢铁公司"), ("steelworks", "steelworks", "renamed", "老炼铁厂"),
        ("bakery", "jinan_paper", "split", "黄河食品有限公司"),
    )  # fmt: skip
    with office.as_("ma") as (session, actor):
        for one, other, change, name in links:
            session.add(Succession(enterprise_id=one, successor_id=other, change=change, old_name=name, old_uscc="", new_name="", new_uscc="", on=date(2025, 5, 6)))  # fmt: skip  # noqa: E501
        ties = {"e1": "老炼铁厂", "e2": session.get_one(Enterprise, "jinan_paper").name, "e3": "无关公司"}
        for expert, company in ties.items():
            relations.record(session, actor, expert, {"kind": "employment", "company": company}, now=office.now)
    assert excluded(office, case_id) == {"e1": ("employment",), "e2": ("employment",)}


def test_experts_are_told_of_invitations_reminders_new_days_and_the_end(office: Office, case_id: str) -> None:
    draw(office, case_id)
    first, second, *others = standing(office, case_id)
    assert told(office, first) == ["panel_invited"]
    assert told(office, "qian") == []
    answer(office, case_id, second, "accepted")
    office.now += timedelta(days=2)
    with office.as_("li") as (session, actor):
        for _time in range(2):
            invitations.follow_up(session, office.app, office.now)
        fields = {"meeting_on": "2026-04-02", "reason": "改期"}
        draws.reschedule(session, actor, proposing(office, case_id).id, fields, seed="y", now=office.now)
    assert sorted(told(office, first)) == ["panel_invited", "panel_moved", "panel_reminded"]
    assert sorted(told(office, second)) == ["panel_invited", "panel_moved"]
    office.do(proposing(office, case_id), experts=["sun", first, "zhou"], panel_leader="sun")  # named instead
    assert "panel_cancelled" in told(office, second)
    assert seats(office, case_id)[others[0]].status == ("cancelled" if others[0] != "sun" else "invited")


def test_who_recuses_themselves_after_the_appointment_sends_the_step_back_with_a_substitute(
    office: Office, case_id: str
) -> None:
    accept_all(office, case_id)
    office.do(proposing(office, case_id))
    leaving, signed, *others = standing(office, case_id)
    sheet = next(task for task in office.waiting(case_id) if task.assignee_id == signed)
    office.do(sheet)
    with office.as_("li") as (session, actor):
        fields = {"reason": "未到会", "seed": "z"}
        for member, then, code in (
            (leaving, office.now, "absent_too_early"), (signed, office.now + timedelta(days=18), "member_has_signed"),
        ):  # fmt: skip
            panel = session.scalars(select(Panel)).one()
            with pytest.raises(Conflict, match=code):
                departures.miss(session, office.app, actor, panel.id, member, **fields, now=then)
    with office.as_(leaving) as (session, actor):
        (place,) = departures.mine(session, actor)
        assert (place.open, place.enterprise) == (True, "黄河食品有限公司")
        with pytest.raises(Invalid):
            departures.recuse(session, office.app, actor, place.panel.id, reason=" ", seed="z", now=office.now)
        departures.recuse(session, office.app, actor, place.panel.id, reason="亲属任职", seed="z", now=office.now)
        assert departures.mine(session, actor) == []
    (task,) = office.waiting(case_id)
    assert task.form == draws.FORM
    with office.looking() as session:
        before, after = session.scalars(select(PanelDraw).order_by(PanelDraw.task_id == task.id)).all()
        rows = {row.expert_id: row for row in draws.seats(session, after)}
        assert (after.status, lottery.agrees(after.records[-1])) == ("waiting", True)
        assert [lottery.agrees(one) for one in before.records] == [True]
        assert {key: row.status for key, row in rows.items() if key in (leaving, signed, *others)} == {
            leaving: "recused", **dict.fromkeys((signed, *others), "accepted"),
        }  # fmt: skip
        (new,) = set(rows) - {leaving, signed, *others}
    for who, sees in ((signed, True), ("li", False), ("ma", False)):  # a sheet that counts no more tells nobody a score
        with office.as_(who) as (session, actor):
            assert bool(session.scalars(select(Submission).where(Submission.task_id == sheet.id, access.visible(actor, Submission))).all()) is sees  # fmt: skip  # noqa: E501
    assert "panel_left" in told(office, leaving)
    assert "panel_broken" in told(office, "li")
    assert excluded(office, case_id)[leaving] == ("recused",)
    assert office.told(case_id, "panel.member_left")[0]["reason"] == ""
    office.now += timedelta(hours=3)
    with office.as_(new) as (session, actor):
        invitations.answer(session, actor, rows[new].id, answer="accepted", seed="q", now=office.now)
    office.do(task)
    sheets = {one.assignee_id: one for one in office.waiting(case_id)}
    assert set(sheets) == {new, signed, *others}
    with office.as_("li") as (session, actor):
        last = session.scalars(select(Panel).where(Panel.closed_at.is_(None))).one()
        assert not {one["form"] for one in last.detail["dossier"]} & set(departures.SHEETS)
        lines = conflict_report.lines(session, actor).items
        assert [line.expert_id for line in lines if line.signed_at] == [signed]
    with office.as_(signed) as (session, actor):
        again = tasks.view(session, office.app, actor, sheets[signed].id, now=office.now)
        assert again.data["comments"]  # what was signed before is kept as a beginning


def test_a_named_member_who_does_not_come_is_noted_by_the_bureau_which_names_anew(office: Office, case_id: str) -> None:
    office.do(proposing(office, case_id))
    with office.looking() as session:
        panel = session.scalars(select(Panel)).one()
        member = session.scalars(select(PanelMember.expert_id).where(PanelMember.panel_id == panel.id)).first()
    office.wait(days=60)  # the meeting was long ago
    fields = {"reason": "未到会", "seed": "z", "now": office.now}
    for who, error in (("wang", NotAllowed), ("he", NotAllowed), ("chen", NotFound), (str(member), NotAllowed)):
        with office.as_(who) as (session, actor), pytest.raises(error):
            departures.miss(session, office.app, actor, panel.id, str(member), **fields)
    with office.as_("li") as (session, actor):
        departures.miss(session, office.app, actor, panel.id, str(member), **fields)
        with pytest.raises(NotFound):
            departures.miss(session, office.app, actor, panel.id, str(member), **fields)
    (task,) = office.waiting(case_id)
    assert task.form == draws.FORM
    office.do(task)
    sheets = office.waiting(case_id)
    for sheet in sheets:
        office.do(sheet)
    with office.as_(str(sheets[0].assignee_id)) as (session, actor), pytest.raises(Conflict):
        last = session.scalars(select(Panel).where(Panel.closed_at.is_(None))).one()
        departures.recuse(session, office.app, actor, last.id, reason="迟了", seed="z", now=office.now)
