"""The database of names: dated facts, one for each finding, put onto a draft; the interval between two audits."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from audits import intervals
from audits.models import Case, Deadline, ListEntry, ListingFact
from tests.server.conftest import House
from tests.server.test_matters import ask, decide

FACT = {
    "enterprise_id": "bakery", "source": "monitoring", "type": "SHUANGCHAO", "found_on": "2026-02-10",
    "document": "兰环监〔2026〕12号", "note": "COD 超标 1.3 倍",
}  # fmt: skip


def record(house: House, status: int = 201, **changes: Any) -> dict[str, Any]:
    answer = house.api("he", "POST", "/listing-facts", json={**FACT, **changes})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json
    return found


def facts(house: House, status: str = "open") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.api("li", "GET", f"/listing-facts?status={status}").json["items"]
    return found


def test_a_finding_is_one_fact_however_often_it_is_recorded(house: House) -> None:
    record(house)
    assert record(house, 409)["code"] == "fact_known"
    record(house, document="兰环监〔2026〕13号")
    assert {"source", "found_on"} == set(record(house, 422, source="hearsay", found_on="2030-01-01")["fields"])
    known = {one["document"] for one in facts(house) if one["enterprise_id"] == "bakery"}
    assert known == {"兰环监〔2026〕12号", "兰环监〔2026〕13号"}
    page = house.browser("li").get("/name-list").text
    assert "兰环监〔2026〕12号" in page
    assert "在审" in page


def test_facts_of_one_enterprise_become_one_line_with_their_types_and_reasons(house: House) -> None:
    first = house.ids["fact"]
    second = house.api("li", "POST", "/listing-facts", json={**FACT, "enterprise_id": "glass"}).json["id"]
    body = {"list_id": house.ids["draft_list"], "fact_ids": [first, second]}
    answer = house.api("li", "POST", "/listing-facts/proposal", json=body)
    assert answer.status_code == 201, answer.text
    with house.looking() as session:
        (entry,) = [session.get_one(ListEntry, key) for key in answer.json["entries"]]
    assert set(entry.types) == {"SHUANGYOU", "SHUANGCHAO"}
    assert "污染源普查" in entry.reason
    assert "兰环监〔2026〕12号" in entry.reason
    assert house.api("li", "POST", "/listing-facts/proposal", json=body).json["code"] == "fact_settled"
    assert house.api("li", "DELETE", f"/lists/{house.ids['draft_list']}/entries/{entry.id}").status_code == 204
    assert {first, second} <= {one["id"] for one in facts(house)}, "what is off the list waits again"


def test_a_fact_is_dismissed_with_its_reason_which_stays(house: House) -> None:
    key = record(house)["id"]
    assert house.api("he", "POST", f"/listing-facts/{key}/dismissal", json={"reason": " "}).status_code == 422
    assert (
        house.api("he", "POST", f"/listing-facts/{key}/dismissal", json={"reason": "监测仪器故障"}).status_code == 200
    )
    (one,) = [one for one in facts(house, "dismissed") if one["id"] == key]
    assert one["status_reason"] == "监测仪器故障"


def test_what_is_deferred_goes_to_the_next_list_by_itself(house: House) -> None:
    decide(house, "li", ask(house, "wang", "case_bakery", "deferral", since="2026-02-28"))
    (one,) = [one for one in facts(house) if one["enterprise_id"] == "bakery"]
    assert (one["source"], one["type"]) == ("deferred", "SHUANGYOU")


def test_the_interval_counts_from_the_report_and_is_warned_of_a_year_before(house: House) -> None:
    def near() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = house.api("li", "GET", "/audit-intervals").json["items"]
        return [one for one in found if one["enterprise_id"] == "glass"]

    assert near() == []
    with house.sessions.begin() as session:
        case = session.get_one(Case, house.ids["case_glass"])
        case.publication_date = date(2021, 3, 10)
        report = session.scalars(select(Deadline).where(Deadline.case_id == case.id, Deadline.kind == "report")).one()
        report.met_on = date(2022, 2, 20)
    (one,) = near()
    assert (one["anchor"], one["due_on"], one["state"]) == ("report", "2027-02-20", "soon")
    assert "临近届满" in house.browser("li").get("/name-list").text
    with house.sessions.begin() as session:
        session.get_one(Deadline, report.id).met_on = None
    (one,) = near()
    assert (one["anchor"], one["due_on"], one["state"]) == ("publication", "2026-03-10", "soon")


def test_the_anchor_is_the_regions_choice() -> None:
    rule = intervals.rule_of("/620000/620100/", date(2026, 3, 2))
    assert (rule.anchor, rule.period, rule.warn) == ("report", "P5Y", "P12M")
    assert rule.anchor in intervals.ANCHORS


def test_another_region_sees_no_fact(house: House) -> None:
    record(house)
    assert house.api("meng", "GET", "/listing-facts").json["items"] == []
    assert house.api("chen", "GET", "/listing-facts").status_code == 403
    with house.looking() as session:
        assert session.scalars(select(ListingFact.id)).all()
