"""Consultancies: four proofs or not listed, one agency for each certificate, the ladder of measures and the way out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from audits import consultancies
from audits.calendars import local_day
from audits.models import Case, Deadline, Matter
from tests.server import stage
from tests.server.conftest import House
from tests.server.test_matters import decide, proof

PATH = "/consultancies/consultancy"


def choices(house: House) -> set[str]:
    """Give the consultancies that may be chosen today, in any region."""
    with house.looking() as session:
        return {one["value"] for one in consultancies.choices(session, local_day(house.clock.at))}


def page(house: House, who: str = "li") -> dict[str, Any]:
    found: dict[str, Any] = house.api(who, "GET", PATH).json
    return found


def take(house: House, step: str, status: int = 201, who: str = "li", **more: str) -> dict[str, Any]:
    answer = house.api(who, "POST", f"{PATH}/measures", json={"step": step, "reason": "报告数据失实", **more})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_who_lacks_one_of_the_four_proofs_is_not_listed(house: House) -> None:
    firm = house.api(
        "li", "POST", "/consultancies", json={"name": "新咨询公司", "code": stage.uscc(31), "region_code": "620100"}
    )
    key = firm.json["id"]
    for item in ("legal_person", "instruments", "technicians"):
        body = {"item": item, "document": "证明", "valid_until": "2026-12-31"}
        assert house.api("li", "POST", f"/consultancies/{key}/proofs", json=body).status_code == 204
    assert key not in choices(house)
    states = {one["item"]: one["state"] for one in house.api("li", "GET", f"/consultancies/{key}").json["proofs"]}
    assert states["auditors"] == "missing"
    body = {"item": "auditors", "document": "证明", "valid_until": "2026-12-31"}
    assert house.api("li", "POST", f"/consultancies/{key}/proofs", json=body).status_code == 204
    assert key in choices(house)


def test_a_proof_that_expires_is_warned_of_and_then_takes_the_consultancy_off(house: House) -> None:
    soon = (stage.NOW.date() + timedelta(days=30)).isoformat()
    body = {"item": "instruments", "document": "检定证书", "valid_until": soon}
    assert house.api("li", "POST", f"{PATH}/proofs", json=body).status_code == 204
    assert {one["item"]: one["state"] for one in page(house)["proofs"]}["instruments"] == "soon"
    assert "即将到期" in house.browser("zhao").get(PATH).text
    assert "consultancy" in choices(house)
    house.clock.at += timedelta(days=31)
    assert "consultancy" not in choices(house)
    assert "other_consultancy" in choices(house)


def test_a_certificate_is_in_use_at_one_agency_on_a_day(house: House) -> None:
    body = {"name": "郑工", "certificate": "qs-2024-001", "since": "2026-03-01"}
    other = "/consultancies/other_consultancy/staff"
    refused = house.api("li", "POST", other, json=body)
    assert (refused.status_code, refused.json["code"]) == (409, "staff_elsewhere")
    staff = house.ids["staff"]
    assert house.api("zhao", "POST", f"/consultancy-staff/{staff}/end", json={"until": "2026-03-01"}).status_code == 200
    assert house.api("li", "POST", other, json=body).status_code == 409, "the last day is still a day"
    assert house.api("li", "POST", other, json={**body, "since": "2026-03-02"}).status_code == 201


def test_training_that_has_ended_is_shown(house: House) -> None:
    body = {"name": "孙工", "certificate": "QS-9", "since": "2025-01-01", "trained_until": "2026-01-31"}
    assert house.api("zhao", "POST", f"{PATH}/staff", json=body).status_code == 201
    assert "已过期" in house.browser("li").get(PATH).text


def test_the_ladder_goes_from_an_order_to_the_published_name_to_refusal(house: House) -> None:
    assert "due_on" in take(house, "order", 422)["fields"]
    take(house, "order", due_on="2026-04-30")
    assert take(house, "order", 409, due_on="2026-05-30")["code"] == "measure_stands"
    assert house.api(None, "GET", "/restricted-consultancies").json["items"] == [], "an order is not public"
    assert "consultancy" in choices(house)
    take(house, "list")
    (shown,) = house.api(None, "GET", "/restricted-consultancies").json["items"]
    assert (shown["step"], shown["reason"]) == ("list", "报告数据失实")
    assert "consultancy" in choices(house)
    take(house, "refuse")
    assert "consultancy" not in choices(house)
    assert [one["status"] for one in page(house)["measures"]] == ["open", "raised", "raised"]


def test_from_the_day_of_a_refusal_every_region_refuses_and_open_cases_wait_for_a_decision(house: House) -> None:
    day = (stage.NOW.date() + timedelta(days=10)).isoformat()
    take(house, "refuse", since=day)
    assert "consultancy" in choices(house), "not in force yet"
    with house.looking() as session:
        (row,) = session.scalars(select(Matter).where(Matter.kind == "consultancy_restricted"))
        days = {
            one.kind: one.runs_to for one in session.scalars(select(Deadline).where(Deadline.case_id == row.case_id))
        }
    assert row.case_id == house.ids["case"]
    assert house.ids["case"] in {one["id"] for one in page(house)["open_cases"]}
    house.clock.at += timedelta(days=10)
    assert "consultancy" not in choices(house)
    decide(house, "li", {"id": row.id}, handling="replace")
    assert house.api("zhao", "GET", f"/cases/{house.ids['case']}").status_code == 404
    with house.looking() as session:
        assert session.get_one(Case, house.ids["case"]).consultancy_id is None
        rows = session.scalars(select(Deadline).where(Deadline.case_id == house.ids["case"]))
        assert {one.kind: one.runs_to for one in rows} == days, "no deadline moves"


def test_an_open_case_may_be_finished_by_a_restricted_consultancy(house: House) -> None:
    take(house, "refuse")
    with house.looking() as session:
        (row,) = session.scalars(select(Matter).where(Matter.kind == "consultancy_restricted"))
    decide(house, "li", {"id": row.id}, handling="continue")
    assert house.api("zhao", "GET", f"/cases/{house.ids['case']}").status_code == 200


def test_the_way_out_needs_evidence_and_holds_the_same_day(house: House) -> None:
    assert (
        house.api("zhao", "POST", f"{PATH}/exit", json={"note": "已整改", "evidence": ["x"]}).json["code"]
        == "no_measure"
    )
    take(house, "refuse")
    assert house.api("zhao", "POST", f"{PATH}/exit", json={"note": "已整改", "evidence": []}).status_code == 422
    body = {"note": "已整改并复核", "evidence": [proof(house, "zhao")]}
    assert house.api("zhao", "POST", f"{PATH}/exit", json=body).status_code == 200
    assert "已整改并复核" in house.browser("li").get(PATH).text
    answer = house.api("li", "POST", f"{PATH}/lifting", json={"reason": "经复核符合要求"})
    assert answer.status_code == 200, answer.text
    assert "consultancy" in choices(house)
    assert house.api(None, "GET", "/restricted-consultancies").json["items"] == []
    (kept,) = house.api(None, "GET", "/restricted-consultancies?show=all").json["items"]
    assert (kept["status"], kept["end_reason"]) == ("lifted", "经复核符合要求")
    assert kept["ended_on"] == local_day(house.clock.at).isoformat()


def test_the_page_takes_proofs_staff_and_measures(house: House) -> None:
    browser = house.browser("li")
    for path, form in (
        ("proofs", {"item": "auditors", "document": "审核师证书", "valid_until": "2028-01-01"}),
        ("staff", {"name": "吴工", "certificate": "QS-77", "since": "2026-01-01"}),
        ("measures", {"step": "order", "reason": "未按程序审核", "due_on": "2026-04-30"}),
        ("lifting", {"reason": "已改正"}),
    ):
        assert house.post(browser, f"{PATH}/{path}", form).status_code == 303, path
    text = browser.get(PATH).text
    assert all(word in text for word in ("审核师证书", "吴工", "未按程序审核", "已解除"))
    wrong = house.post(browser, f"{PATH}/staff", {"name": "吴工二", "certificate": "QS-77", "since": "2026-01-01"})
    assert wrong.status_code == 409
    assert "吴工二" in wrong.text
    assert date(2026, 1, 1).isoformat() in wrong.text
