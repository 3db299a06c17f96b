"""The pages of joining: a code that is registered already leads to a request, and a request to work for the enterprise."""

from __future__ import annotations

from tests.server.conftest import House

BAKERY = "91620102MA1ABCD025"


def test_registering_a_code_again_leads_to_the_enterprise(house: House) -> None:
    li = house.browser("li")
    values = {"uscc": BAKERY, "name": "又一家", "region_code": "620102", "industry": "1411"}
    again = house.post(li, "/enterprises", values)
    assert again.status_code == 409
    assert 'href="/enterprises/bakery"' in again.text
    assert "其人员可申请加入" in again.text


def test_who_belongs_nowhere_asks_on_the_page_and_works_once_the_bureau_agrees(house: House) -> None:
    lone, he = house.browser("lone"), house.browser("he")
    assert 'href="/enterprises/join"' in lone.get("/").text
    wrong = house.post(lone, "/enterprises/join", {"uscc": BAKERY[:-1] + "4"})
    assert wrong.status_code == 422
    assert house.post(lone, "/enterprises/join", {"uscc": BAKERY, "note": "财务部"}).status_code == 303
    assert house.post(lone, "/enterprises/join", {"uscc": BAKERY}).status_code == 409
    assert 'href="/enterprises/joining"' in he.get("/notices").text
    board = he.get("/enterprises/joining")
    assert "财务部" in board.text
    asked = house.api("he", "GET", "/join-requests").json["items"]
    request = next(one["id"] for one in asked if one["person"] == "散客")
    path = f"/enterprises/joining/{request}/decision"
    assert house.post(he, path, {"decision": "refused"}).status_code == 422
    assert house.post(he, path, {"decision": "approved", "role": "enterprise"}).status_code == 303
    assert house.post(he, path, {"decision": "refused", "reason": "重复"}).status_code == 409
    assert house.api("lone", "GET", "/join-requests/mine").json["items"][0]["status"] == "approved"
    assert house.api("lone", "GET", f"/cases/{house.ids['case_bakery']}").status_code == 200
    assert "黄河食品有限公司" in lone.get("/enterprises/bakery").text


def test_the_board_names_who_has_nobody_and_since_when(house: House) -> None:
    lines = house.api("li", "GET", "/enterprises/unjoined").json["items"]
    names = {line["enterprise"] for line in lines}
    assert names == {"兰州乳业有限公司", "兰州制革有限公司"}
    page = house.browser("li").get("/enterprises/joining").text
    assert all(name in page for name in names)
    far = house.api("kong", "GET", "/enterprises/unjoined").json["items"]
    assert {line["enterprise"] for line in far} == {"济南纸业有限公司"}
