"""What the procedure does not draw: each edge case as a journey over HTTP, from the application to its effects."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from audits import matters, proofs
from audits.models import (
    Case,
    CreditEntry,
    Deadline,
    Enterprise,
    Letter,
    ListEntry,
    Matter,
    Option,
    Pause,
    Publication,
    Succession,
)
from tests.server import stage
from tests.server.conftest import House
from workflows import people, trail
from workflows.access import SYSTEM
from workflows.models import Event, Instance, Membership, Party, Person, Task

Json = dict[str, Any]


def proof(house: House, who: str, name: str = "证明材料.pdf") -> str:
    """Upload a file as evidence; give its id."""
    answer = house.api(who, "POST", "/files", data={"file": (BytesIO(stage.PDF), name)})
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def ask(
    house: House, who: str, case: str, kind: str, *, status: int = 201, evidence: bool = True, **facts: str
) -> Json:
    """Raise a matter; give it, or the problem."""
    files = [proof(house, who)] if evidence else []
    body = {"kind": kind, "reason": "情况属实", "facts": facts, "evidence": files}
    answer = house.api(who, "POST", f"/cases/{house.ids[case]}/matters", json=body)
    assert answer.status_code == status, answer.text
    found: Json = answer.json
    return found


def decide(
    house: House, who: str, matter: Json, decision: str = "approved", *, status: int = 200, **values: str
) -> Json:
    """Decide a matter, and let the worker do what follows."""
    body = {"decision": decision, "reason": "经核实", "values": values}
    answer = house.api(who, "POST", f"/matters/{matter['id']}/decision", json=body)
    assert answer.status_code == status, answer.text
    house.work()
    found: Json = answer.json
    return found


def step(house: House, who: str, matter: Json, name: str) -> None:
    """Record a step before the decision."""
    answer = house.api(who, "POST", f"/matters/{matter['id']}/steps", json={"step": name, "note": "现场核实无误"})
    assert answer.status_code == 200, answer.text


def acts(house: House, case: str) -> list[str]:
    """Give the acts on a case in order."""
    with house.looking() as session:
        return list(session.scalars(select(Event.action).where(Event.chain == house.ids[case]).order_by(Event.seq)))


def letters_of(house: House, case: str) -> list[str]:
    """Give the kinds of letters of a case, the oldest first."""
    with house.looking() as session:
        query = select(Letter.kind).where(Letter.case_id == house.ids[case])
        return list(session.scalars(query.order_by(Letter.created_at, Letter.number)))


def people_of(house: House, enterprise: str) -> str:
    """Let somebody sign in for an enterprise that has nobody yet; give the user name."""
    username = f"of-{enterprise}"
    with house.sessions.begin() as session:
        session.add(Person(id=username, username=username, name="企业人员", created_at=stage.BEGUN))
        session.flush()
        session.add(
            Membership(
                id=f"m-{username}", person_id=username, organisation_id=enterprise, role="enterprise",
                region_code=session.get_one(Enterprise, enterprise).region_code, since=stage.BEGUN,
            )
        )  # fmt: skip
        session.flush()
        house.tokens[username] = people.issue_token(
            session, stage.world.Somebody(username, "企业人员"), label="测试", now=house.clock.at
        )[1]
    return username


def row_of(house: House, case: str) -> Case:
    with house.looking() as session:
        return session.get_one(Case, house.ids[case])


def deadline(house: House, case: str, kind: str) -> Deadline:
    with house.looking() as session:
        query = select(Deadline).where(Deadline.case_id == house.ids[case], Deadline.kind == kind)
        return session.scalars(query).one()


def completion(house: House) -> Json:
    """Give the counts of Lanzhou."""
    found: Json = house.api("li", "GET", "/statistics/completion").json
    return dict(found["whole"])


# ---- clocks ----------------------------------------------------------------------------------------------------


def test_an_extension_is_asked_granted_and_stands_beside_the_statutory_day(house: House) -> None:
    before = deadline(house, "case_bakery", "report")
    wanted = (before.due_on + timedelta(days=60)).isoformat()
    refused = ask(
        house, "wang", "case_bakery", "extension", status=422, evidence=False, deadline="report", until=wanted
    )
    assert "evidence" in refused["fields"]
    far = (before.due_on + timedelta(days=400)).isoformat()
    assert "until" in ask(house, "wang", "case_bakery", "extension", status=422, deadline="report", until=far)["fields"]
    matter = ask(house, "wang", "case_bakery", "extension", deadline="report", until=wanted)
    assert ask(house, "wang", "case_bakery", "extension", status=409, deadline="report", until=wanted)["code"] == (
        "matter_open"
    )
    granted = date(2026, 9, 30)
    decide(house, "he", matter, status=403, until=granted.isoformat())
    decide(house, "li", matter, until=granted.isoformat())
    after = deadline(house, "case_bakery", "report")
    assert (after.due_on, after.extended_to, after.runs_to) == (before.due_on, granted, granted)
    with house.looking() as session:
        times = session.get_one(Instance, house.ids["case_bakery"]).variables["deadlines"]["report"]
    assert (times["due"], times["statutory"]) == (granted.isoformat(), before.due_on.isoformat())
    assert letters_of(house, "case_bakery")[-1] == "extension_decision"
    page = house.browser("wang").get(f"/cases/{house.ids['case_bakery']}").text
    assert before.due_on.isoformat() in page
    assert granted.isoformat() in page
    assert "延至 2026-09-30" in house.browser("wang").get("/deadlines?kind=report").text
    assert {"matter.raised", "matter.approved", "deadline.extended", "letter.issued"} <= set(acts(house, "case_bakery"))


def test_a_third_extension_is_refused_and_a_refusal_moves_nothing(house: House) -> None:
    due = deadline(house, "case_bakery", "report").due_on
    matter = ask(house, "wang", "case_bakery", "extension", deadline="report", until="2026-09-30")
    decide(house, "li", matter, "refused")
    assert deadline(house, "case_bakery", "report").runs_to == due
    assert letters_of(house, "case_bakery")[-1] == "matter_refusal"
    for until in ("2026-09-30", "2026-10-30"):
        matter = ask(house, "wang", "case_bakery", "extension", deadline="report", until=until)
        decide(house, "li", matter, until=until)
    third = ask(house, "wang", "case_bakery", "extension", status=422, deadline="report", until="2026-11-30")
    assert "deadline" in third["fields"]


def test_a_stop_of_production_lets_every_clock_stand_still_and_several_add_up(house: House) -> None:
    before = deadline(house, "case_bakery", "report")
    decide(house, "li", ask(house, "wang", "case_bakery", "production_stop", since="2026-03-01"), since="2026-03-01")
    paused = deadline(house, "case_bakery", "report")
    assert paused.paused_since == date(2026, 3, 1)
    with house.looking() as session:
        times = session.get_one(Instance, house.ids["case_bakery"]).variables["deadlines"]["report"]
        assert session.scalars(select(Pause).where(Pause.case_id == house.ids["case_bakery"])).all()
    assert times["overdue_at"].startswith("3000-01-01"), "nobody is reminded while the clock stands"
    assert "自 2026-03-01 起中止" in house.browser("li").get("/deadlines?state=paused").text
    house.clock.at += timedelta(days=30)
    on = house.clock.at.date().isoformat()
    decide(house, "li", ask(house, "wang", "case_bakery", "production_resumed", on=on), on=on)
    first = deadline(house, "case_bakery", "report")
    days = (house.clock.at.date() - date(2026, 3, 1)).days
    assert (first.paused_since, first.suspended_days, first.due_on) == (None, days, before.due_on)
    assert first.runs_to >= before.nominal_on + timedelta(days=days)
    decide(house, "li", ask(house, "wang", "case_bakery", "production_stop", since=on), since=on)
    house.clock.at += timedelta(days=10)
    on = house.clock.at.date().isoformat()
    decide(house, "li", ask(house, "wang", "case_bakery", "production_resumed", on=on), on=on)
    assert deadline(house, "case_bakery", "report").suspended_days == days + 10
    assert letters_of(house, "case_bakery")[-2:] == ["pause_decision", "resumption_decision"]


def test_a_stop_counts_from_the_day_on_which_the_clock_began(house: House) -> None:
    """Production that stood still long before adds nothing, and no clock runs to the year 9999."""
    wrong = ask(house, "wang", "case_bakery", "production_stop", status=422, since="2026-03-01", until="9999-12-31")
    assert set(wrong["fields"]) == {"until"}
    before = deadline(house, "case_bakery", "report")
    decide(house, "li", ask(house, "wang", "case_bakery", "production_stop", since="2020-01-01"), since="2020-01-01")
    on = house.clock.at.date().isoformat()
    decide(house, "li", ask(house, "wang", "case_bakery", "production_resumed", on=on), on=on)
    after = deadline(house, "case_bakery", "report")
    assert after.suspended_days == (house.clock.at.date() - before.trigger_on).days


def test_what_came_too_late_is_refused_and_approved_no_more(house: House) -> None:
    matter = ask(house, "wang", "case_bakery", "extension", deadline="report", until="2026-09-30")
    path = f"/cases/{house.ids['case_bakery']}/removal"
    assert house.api("li", "POST", path, json={"decision": "removed", "reason": "停产"}).status_code == 200
    house.work()
    assert row_of(house, "case_bakery").outcome == "removed"
    assert decide(house, "li", matter, status=409, until="2026-09-30")["code"] == "matter_not_now"
    decide(house, "li", matter, "refused")


# ---- the case ends ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "status"), [("closed", "closed"), ("bankrupt", "closed"), ("deregistered", "deregistered")]
)
def test_a_closed_enterprise_leaves_the_denominator_and_counts_as_neither(
    house: House, cause: str, status: str
) -> None:
    before = completion(house)
    decide(house, "li", ask(house, "wang", "case_bakery", "closure", cause=cause, on="2026-02-28"))
    after = completion(house)
    assert (after["terminated"], after["qualified"]) == (before["terminated"] + 1, before["qualified"])
    assert after["rate_net"]["denominator"] == before["rate_net"]["denominator"] - 1
    assert row_of(house, "case_bakery").outcome == "terminated"
    with house.looking() as session:
        assert session.get_one(Enterprise, "bakery").status == status
        assert not session.scalars(
            select(Task).where(Task.instance_id == house.ids["case_bakery"], Task.status == "open")
        ).all()
    assert letters_of(house, "case_bakery")[-1] == "closure_decision"


def test_a_deferred_enterprise_goes_to_the_next_list(house: House) -> None:
    decide(house, "li", ask(house, "wang", "case_bakery", "deferral", since="2026-02-28"))
    assert row_of(house, "case_bakery").outcome == "deferred"
    assert letters_of(house, "case_bakery")[-1] == "deferral"
    assert "case.rolled_over" in acts(house, "case_bakery")


def test_a_wrong_listing_is_verified_by_the_city_corrected_and_published_by_the_province(house: House) -> None:
    matter = {"id": house.ids["matter_bakery"]}
    assert decide(house, "ma", matter, status=409, clock="runs")["code"] == "matter_step_missing"
    step(house, "li", matter, "verification")
    decide(house, "li", matter, status=403, clock="runs")
    decide(house, "ma", matter, clock="runs")
    assert row_of(house, "case_bakery").outcome == "removed"
    with house.looking() as session:
        rows = session.scalars(
            select(Publication).where(Publication.list_id == house.ids["list"]).order_by(Publication.created_at)
        ).all()
        entry = session.get_one(ListEntry, session.get_one(Case, house.ids["case_bakery"]).entry_id)
    assert [row.replaces_id for row in rows] == [None, rows[0].id]
    assert entry.outcome == "removed"
    shown = [
        [one["content"]["name"] for one in house.api(None, "GET", f"/publications/{row.id}/lines").json["items"]]
        for row in rows
    ]
    assert ["黄河食品有限公司" in names for names in shown] == [True, False]
    assert letters_of(house, "case_bakery")[-1] == "removal"


def test_a_refused_objection_may_spare_the_days_on_which_it_was_examined(house: House) -> None:
    matter, before = {"id": house.ids["matter_bakery"]}, deadline(house, "case_bakery", "start")
    house.clock.at += timedelta(days=12)
    step(house, "li", matter, "verification")
    decide(house, "ma", matter, "refused", status=422)
    decide(house, "ma", matter, "refused", clock="stood")
    after = deadline(house, "case_bakery", "start")
    spared = 12 if before.runs_to >= stage.NOW.date() else 0
    assert (after.due_on, after.suspended_days) == (before.due_on, spared)
    assert letters_of(house, "case_bakery")[-1] == "objection_refusal"


def test_compliance_alone_removes_nobody_before_it_is_verified_and_decided(house: House) -> None:
    matter = ask(house, "wang", "case_bakery", "removal", on="2026-02-28")
    assert row_of(house, "case_bakery").outcome == ""
    step(house, "he", matter, "verification")
    decide(house, "li", matter, "refused")
    assert row_of(house, "case_bakery").outcome == ""
    matter = ask(house, "wang", "case_bakery", "removal", on="2026-02-28")
    step(house, "he", matter, "verification")
    decide(house, "li", matter)
    assert row_of(house, "case_bakery").outcome == "removed"


# ---- the case moves --------------------------------------------------------------------------------------------


def test_the_province_takes_a_case_over_and_its_tasks_follow_at_once(house: House) -> None:
    matter = ask(house, "li", "case", "transfer", evidence=False, level="province")
    decide(house, "li", matter, status=403)
    decide(house, "ma", matter)
    with house.looking() as session:
        case = session.get_one(Case, house.ids["case"])
        now = session.scalars(
            select(Party.organisation_id).where(
                Party.instance_id == case.id, Party.role == "competent_bureau", Party.until.is_(None)
            )
        ).all()
    assert (case.competent_id, now) == ("gansu_bureau", ["gansu_bureau"])
    assert "case.transferred" in acts(house, "case")


def test_a_relocated_enterprise_takes_its_case_to_the_new_region(house: House) -> None:
    assert house.api("meng", "GET", f"/cases/{house.ids['case_bakery']}").status_code == 404
    matter = ask(house, "wang", "case_bakery", "relocation", region="370100", address="济南市新址", on="2026-02-20")
    decide(house, "li", matter, handling="transfer")
    assert house.api("meng", "GET", f"/cases/{house.ids['case_bakery']}").status_code == 200
    assert house.api("li", "GET", f"/cases/{house.ids['case_bakery']}").status_code == 404
    assert house.api("wang", "GET", f"/cases/{house.ids['case_bakery']}").status_code == 200
    with house.looking() as session:
        assert session.get_one(Enterprise, "bakery").region_code == "370100"


def test_a_relocated_enterprise_may_be_closed_here_and_listed_there(house: House) -> None:
    matter = ask(house, "wang", "case_bakery", "relocation", region="370100", address="济南市新址", on="2026-02-20")
    decide(house, "li", matter, handling="close")
    assert row_of(house, "case_bakery").outcome == "terminated"
    with house.looking() as session:
        assert session.get_one(Enterprise, "bakery").status == "relocated"


def test_a_new_name_and_code_keep_the_history(house: House) -> None:
    taken = ask(
        house, "wang", "case_bakery", "succession", status=422, change="renamed", name="新食品厂",
        uscc=stage.COMPANIES["glass"][2], on="2026-02-20",
    )  # fmt: skip
    assert "uscc" in taken["fields"]
    matter = ask(
        house, "wang", "case_bakery", "succession", change="renamed", name="新食品厂", uscc=stage.uscc(77),
        on="2026-02-20",
    )  # fmt: skip
    decide(house, "li", matter)
    with house.looking() as session:
        enterprise = session.get_one(Enterprise, "bakery")
        link = session.scalars(select(Succession)).one()
        assert session.get_one(Instance, house.ids["case_bakery"]).subject == "新食品厂"
    assert (enterprise.name, enterprise.uscc) == ("新食品厂", stage.uscc(77))
    assert (link.enterprise_id, link.successor_id, link.old_name in enterprise.former_names) == (
        "bakery",
        "bakery",
        True,
    )


def test_a_merged_enterprise_hands_its_case_to_its_successor(house: House) -> None:
    matter = ask(
        house, "wang", "case_bakery", "succession", change="merged", name="兰州乳业有限公司",
        uscc=stage.COMPANIES["dairy"][2], on="2026-02-20",
    )  # fmt: skip
    decide(house, "li", matter)
    with house.looking() as session:
        assert session.get_one(Case, house.ids["case_bakery"]).enterprise_id == "dairy"
        assert session.get_one(Enterprise, "bakery").status == "merged"
    (link,) = house.api("li", "GET", "/enterprises/dairy/history").json["changes"]
    assert (link["change"], link["other_id"], link["is_successor"]) == ("merged", "bakery", False)
    assert "查看被承继企业及其案件" in house.browser("li").get("/enterprises/dairy").text
    assert house.api("wang", "GET", f"/cases/{house.ids['case_bakery']}").status_code == 404


def test_a_split_enterprise_hands_its_case_on_and_stays_known_by_its_history(house: House) -> None:
    matter = ask(
        house, "wang", "case_bakery", "succession", change="split", name="兰州乳业有限公司",
        uscc=stage.COMPANIES["dairy"][2], on="2026-02-20",
    )  # fmt: skip
    decide(house, "li", matter)
    with house.looking() as session:
        case = session.get_one(Case, house.ids["case_bakery"])
        assert (case.enterprise_id, case.outcome) == ("dairy", "")
    (before,) = house.api("li", "GET", "/enterprises/bakery/history").json["changes"]
    assert (before["change"], before["other_id"], before["is_successor"]) == ("split", "dairy", True)
    (after,) = house.api("li", "GET", "/enterprises/dairy/history").json["changes"]
    assert (after["change"], after["other_id"], after["is_successor"]) == ("split", "bakery", False)
    assert house.api("wang", "GET", f"/cases/{house.ids['case_bakery']}").status_code == 404
    assert trail.verify(house.sessions).ok


# ---- the work --------------------------------------------------------------------------------------------------


def test_the_old_consultancy_loses_the_case_keeps_what_it_wrote_and_no_deadline_moves(house: House) -> None:
    firm = house.api(
        "li", "POST", "/consultancies", json={"name": "新咨询公司", "code": stage.uscc(31), "region_code": "620100"}
    )
    assert firm.status_code == 201
    with house.sessions.begin() as session:
        until = date(2035, 12, 31)
        proofs.prove_all(session, SYSTEM, firm.json["id"], document="能力证明", until=until, now=stage.NOW)
    with house.looking() as session:
        days = {
            row.kind: row.runs_to
            for row in session.scalars(select(Deadline).where(Deadline.case_id == house.ids["case"]))
        }
        wrote = session.scalars(
            select(Task.id).where(Task.instance_id == house.ids["case"], Task.closed_by == "zhao").limit(1)
        ).first()
    facts = {
        "consultancy": firm.json["id"], "contract": "HT-2026-01", "signed_on": "2026-02-20",
        "handed_over": "三年生产台账\n物料平衡", "resigned": "用水实测\n电耗实测",
    }  # fmt: skip
    missing = ask(house, "chen", "case", "consultancy_change", status=422, **{**facts, "resigned": ""})
    assert "resigned" in missing["fields"]
    decide(house, "li", ask(house, "chen", "case", "consultancy_change", **facts))
    assert house.api("zhao", "GET", f"/cases/{house.ids['case']}").status_code == 404
    if wrote is not None:
        assert house.api("zhao", "GET", f"/tasks/{wrote}").status_code == 200
    with house.looking() as session:
        assert session.get_one(Case, house.ids["case"]).consultancy_id == firm.json["id"]
        rows = session.scalars(select(Deadline).where(Deadline.case_id == house.ids["case"]))
        assert {row.kind: row.runs_to for row in rows} == days
    assert letters_of(house, "case")[-1] == "handover_receipt"


def with_implementation(house: House) -> str:
    """Let the implementation of Steelworks have its day, and one option of medium cost; give its code."""
    with house.sessions.begin() as session:
        session.add(
            Deadline(
                case_id=house.ids["case"], kind="implementation", trigger="evaluation", trigger_on=date(2026, 1, 5),
                period="P1Y", nominal_on=date(2027, 1, 5), due_on=date(2027, 1, 5),
            )
        )  # fmt: skip
        session.add(
            Option(
                case_id=house.ids["case"],
                code="ZG99",
                name="余热回收",
                cost_class="medium",
                aspect="equipment",
                detail={},
            )
        )
    return "ZG99"


def unfinished(house: House, **values: str) -> Json:
    """Report an option that is not done, and have it decided."""
    matter = ask(house, "chen", "case", "partial_implementation", options="ZG99", goals="不影响近期目标")
    return decide(house, "li", matter, **values)


def test_an_option_that_is_not_done_postpones_the_implementation(house: House) -> None:
    with_implementation(house)
    matter = ask(house, "chen", "case", "partial_implementation", options="ZG99", goals="不影响近期目标")
    assert "until" in decide(house, "li", matter, status=422, handling="postpone")["fields"]
    decide(house, "li", matter, handling="postpone", until="2027-03-31")
    row = deadline(house, "case", "implementation")
    assert (row.due_on, row.runs_to) == (date(2027, 1, 5), date(2027, 3, 31))
    assert letters_of(house, "case")[-1] == "partial_decision"


def test_an_option_that_the_register_does_not_know_is_named(house: House) -> None:
    with_implementation(house)
    wrong = ask(house, "chen", "case", "partial_implementation", status=422, options="ZG99\nZG00", goals="不影响")
    assert set(wrong["fields"]) == {"options"}


@pytest.mark.parametrize(
    ("handling", "status", "more"),
    [("replace", "replaced", {"replacement": "高效换热器"}), ("proceed", "dropped", {})],
)
def test_an_option_is_replaced_by_an_equivalent_one_or_goes_to_acceptance_undone(
    house: House, handling: str, status: str, more: dict[str, str]
) -> None:
    code = with_implementation(house)
    unfinished(house, handling=handling, **more)
    with house.looking() as session:
        option = session.scalars(select(Option).where(Option.case_id == house.ids["case"], Option.code == code)).one()
    assert option.status == status
    assert "options.settled" in acts(house, "case")


# ---- judgement -------------------------------------------------------------------------------------------------


def test_fraud_found_later_revokes_the_acceptance_everywhere_together(house: House) -> None:
    before = completion(house)
    matter = ask(house, "li", "case_glass", "revocation", finding="V1", conduct_on="2025-10-01", found_on="2026-02-28")
    assert decide(house, "ma", matter, status=409, consequence="reaudit", credit_until="2029-03-02")["code"] == (
        "matter_step_missing"
    )
    step(house, "li", matter, "hearing_notice")
    assert letters_of(house, "case_glass")[-1] == "hearing_notice"
    step(house, "li", matter, "hearing")
    decide(house, "ma", matter, consequence="reaudit", credit_until="2029-03-02")
    after = completion(house)
    assert (after["qualified"], after["revoked"]) == (before["qualified"] - 1, before["revoked"] + 1)
    with house.looking() as session:
        shown = session.scalars(select(Publication).where(Publication.replaces_id == house.ids["publication"])).one()
        credit = session.scalars(select(CreditEntry)).one()
        child = session.scalars(select(Case).where(Case.parent_id == house.ids["case_glass"])).one()
    assert (credit.enterprise_id, credit.until) == ("glass", date(2029, 3, 2))
    assert child.number.endswith("-R1")
    (entry,) = house.api("li", "GET", "/enterprises/glass/history").json["credit"]
    assert (entry["kind"], entry["until"]) == ("acceptance_revoked", "2029-03-02")
    assert house.api("li", "GET", f"/letters/{entry['letter_id']}").json["kind"] == "revocation_decision"
    assert "信用信息" in house.browser("li").get("/enterprises/glass").text
    public = house.browser().get(f"/public/{shown.id}").text
    assert "验收结论已撤销" in public
    assert letters_of(house, "case_glass")[-1] == "revocation_decision"


def test_a_revocation_is_the_offices_affair_until_the_notice_of_its_hearing(house: House) -> None:
    with house.looking() as session:
        firm = session.get_one(Case, house.ids["case_glass"])
        assert firm.enterprise_id == "glass"
    told = people_of(house, "glass")
    matter = ask(house, "li", "case_glass", "revocation", finding="V1", conduct_on="2025-10-01", found_on="2026-02-28")
    with house.looking() as session:
        (file,) = session.get_one(Matter, matter["id"]).evidence
    for path in (f"/matters/{matter['id']}", f"/files/{file['id']}"):
        assert house.api("li", "GET", path).status_code == 200
        assert house.api("ma", "GET", path).status_code == 200
        assert house.api(told, "GET", path).status_code == 404
    assert house.api(told, "GET", f"/cases/{house.ids['case_glass']}/matters").json["items"] == []
    assert not {"matter.raised", "matter.told"} & set(acts(house, "case_glass"))
    step(house, "li", matter, "hearing_notice")
    assert house.api(told, "GET", f"/matters/{matter['id']}").status_code == 200
    assert house.api(told, "GET", f"/files/{file['id']}").status_code == 200
    assert [act for act in acts(house, "case_glass") if act.startswith("matter.")] == [
        "matter.told",
        "matter.step_recorded",
    ]
    assert "已告知当事人：撤销验收结论" in house.browser("li").get(f"/cases/{house.ids['case_glass']}").text


def test_a_consultancy_learns_of_its_replacement_from_the_decision(house: House) -> None:
    facts = {
        "consultancy": "other_consultancy", "contract": "HT-2026-01", "signed_on": "2026-02-20", "handed_over": "台账",
        "resigned": "用水实测",
    }  # fmt: skip
    matter = ask(house, "chen", "case", "consultancy_change", **facts)
    for username, status in (("chen", 200), ("li", 200), ("zhao", 404)):
        assert house.api(username, "GET", f"/matters/{matter['id']}").status_code == status
    assert house.api("zhao", "GET", f"/cases/{house.ids['case']}").status_code == 200
    assert [act for act in acts(house, "case") if act == "matter.raised"] == ["matter.raised"], "the stop of production"
    decide(house, "li", matter)
    assert acts(house, "case").count("matter.told") == 1


def test_who_fails_again_and_again_is_handed_over_to_enforcement(house: House) -> None:
    with house.sessions.begin() as session:
        case = session.get_one(Case, house.ids["case_cement"])
        case.outcome = "unqualified"
        matters.hand_over(session, house.application, case, 1, house.clock.at)
        assert matters.for_case(session, SYSTEM, case.id) == [], "a first failure is audited again"
        matters.hand_over(session, house.application, case, 2, house.clock.at)
        (row,) = matters.for_case(session, SYSTEM, case.id)
        matter = {"id": row.id}
    decide(house, "li", matter, credit_until="2028-03-02")
    assert letters_of(house, "case_cement")[-1] == "enforcement_notice"
    with house.looking() as session:
        assert session.scalars(select(CreditEntry.kind)).all() == ["repeated_failure"]


def test_an_appeal_holds_nothing_by_default_and_where_it_does_the_case_says_so(house: House) -> None:
    facts = {"path": "reconsideration", "body": "兰州市人民政府", "number": "兰政复〔2026〕3号", "on": "2026-03-01"}
    decide(house, "li", ask(house, "wang", "case_bakery", "appeal", **facts), "refused")
    assert row_of(house, "case_bakery").hold == ""
    assert letters_of(house, "case_bakery")[-1] == "hold_refusal"
    decide(house, "li", ask(house, "wang", "case_bakery", "appeal", **facts))
    assert "兰政复" in row_of(house, "case_bakery").hold
    assert deadline(house, "case_bakery", "report").paused_since is not None
    house.clock.at += timedelta(days=20)
    on = house.clock.at.date().isoformat()
    result = ask(house, "wang", "case_bakery", "appeal_result", result="upheld", number="兰政复决〔2026〕1号", on=on)
    decide(house, "li", result)
    assert row_of(house, "case_bakery").hold == ""
    assert deadline(house, "case_bakery", "report").suspended_days == 20


def test_a_type_that_the_law_no_longer_names_is_marked(house: House) -> None:
    page = f"/cases/{house.ids['case_bakery']}"
    with house.sessions.begin() as session:
        session.get_one(Case, house.ids["case_bakery"]).types = ["GAOHAONENG"]
    assert "列入时的法律未列明" not in house.browser("li").get(page).text
    with house.sessions.begin() as session:
        session.get_one(Case, house.ids["case_bakery"]).legal_basis = "code-2026"
    assert "列入时的法律未列明" in house.browser("li").get(page).text


def test_the_law_of_the_time_of_conduct_is_applied_by_decision(house: House) -> None:
    old = row_of(house, "case_bakery").legal_basis
    other = next(
        value for value, *_ in next(
            field["options"]
            for kind in house.api("li", "GET", f"/cases/{house.ids['case_bakery']}/matters").json["offered"]
            if kind["kind"] == "legal_basis"
            for field in kind["facts"]
            if field["key"] == "basis"
        )
        if value != old
    )  # fmt: skip
    decide(
        house,
        "liu",
        ask(house, "li", "case_bakery", "legal_basis", evidence=False, basis=other, conduct_on="2026-02-01"),
    )
    assert row_of(house, "case_bakery").legal_basis == other
    assert letters_of(house, "case_bakery")[-1] == "basis_decision"


# ---- the pattern -----------------------------------------------------------------------------------------------


def test_nobody_decides_what_they_raised_and_nothing_is_decided_twice(house: House) -> None:
    matter = ask(house, "li", "case_bakery", "closure", cause="closed", on="2026-02-28")
    assert decide(house, "li", matter, status=403)["code"] == "own_matter"
    decide(house, "liu", matter, "refused")
    assert decide(house, "liu", matter, status=409)["code"] == "matter_decided"


def test_what_was_typed_and_the_files_survive_a_mistake_on_the_page(house: House) -> None:
    browser = house.browser("wang")
    address = f"/cases/{house.ids['case_bakery']}/matters"
    page = browser.get(f"{address}/new?kind=extension").text
    assert "申请延至" in page
    form = {"kind": "extension", "deadline": "report", "until": "2020-01-01", "reason": "设备到货延迟"}
    files = {"files": (BytesIO(stage.PDF), "合同.pdf")}
    answer = house.post(browser, address, {**form, **files}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "设备到货延迟" in answer.text
    assert "合同.pdf" in answer.text
    kept = answer.text.split('name="evidence[]" value="')[1].split('"')[0]
    answer = house.post(browser, address, {**form, "until": "2026-09-30", "evidence[]": kept})
    assert answer.status_code == 303, answer.text
    one = browser.get(answer.location).text
    assert "合同.pdf" in one
    assert "待决定" in house.browser("li").get("/matters").text


def test_who_has_no_part_in_the_case_sees_no_matter(house: House) -> None:
    assert house.api("meng", "GET", "/matters").json["items"] == []
    assert house.browser("meng").get(f"/matters/{house.ids['matter']}").status_code == 404
