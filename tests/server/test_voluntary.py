"""The pages of voluntary audits, from the application to the opened case, and an agreement signed by both."""

from __future__ import annotations

from sqlalchemy import select

from audits.models import ListEntry
from tests.server.conftest import House


def test_a_bakery_applies_and_its_case_opens_when_the_department_publishes(house: House) -> None:
    wang, lead = house.browser("wang"), house.browser("xietiao")
    ask = {"enterprise_id": "bakery", "reason": "节能降耗", "stated": "policy"}
    missing = house.post(wang, "/voluntary", {"enterprise_id": "bakery", "reason": "节能降耗"})
    assert missing.status_code == 422
    assert "节能降耗" in missing.text
    assert house.post(wang, "/voluntary", ask).status_code == 303
    assert house.post(wang, "/voluntary", ask).status_code == 409
    listed = house.api("xietiao", "GET", "/voluntary").json["items"]
    application = next(one for one in listed if one["enterprise_id"] == "bakery")
    assert [one["key"] for one in application["checks"] if not one["met"]] == ["not_listed"]
    path = f"/voluntary/{application['id']}/decision"
    refused = house.post(lead, path, {"decision": "accepted"})
    assert refused.status_code == 409
    assert "未列入强制性审核名单" in refused.text
    with house.sessions.begin() as session:
        for entry in session.scalars(select(ListEntry).where(ListEntry.enterprise_id == "bakery")):
            entry.outcome = "qualified"
    assert house.post(lead, path, {"decision": "accepted"}).status_code == 303
    lists = house.api("xietiao", "GET", "/lists").json["items"]
    draft = next(one for one in lists if "自愿性" in one["title"])
    page = lead.get(f"/lists/{draft['id']}").text
    assert "黄河食品有限公司" in page
    day = house.clock.at.date().isoformat()
    assert house.post(house.browser("li"), f"/lists/{draft['id']}/publish", {"published_on": day}).status_code == 403
    assert house.post(lead, f"/lists/{draft['id']}/publish", {"published_on": day}).status_code == 303
    house.work()
    cases = house.api("wang", "GET", "/cases?procedure=voluntary").json["items"]
    assert [one["enterprise"] for one in cases] == ["黄河食品有限公司"]
    assert "自愿性审核" in wang.get(f"/cases/{cases[0]['id']}").text


def test_an_agreement_is_signed_on_the_page_by_both_sides(house: House) -> None:
    lead = house.browser("xietiao")
    agreement = house.ids["agreement"]
    assert "吨钢水耗下降百分之五" in lead.get("/voluntary").text
    assert house.post(lead, f"/voluntary/agreements/{agreement}/signature").status_code == 303
    chen = house.browser("chen")
    assert "履行中" in chen.get("/voluntary").text
    assert house.post(chen, f"/voluntary/agreements/{agreement}/end").status_code == 422
    assert house.post(chen, f"/voluntary/agreements/{agreement}/end", {"reason": "停产"}).status_code == 303
    assert house.api("chen", "GET", "/voluntary/agreements").json["items"][0]["end_reason"] == "停产"
