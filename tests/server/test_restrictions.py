"""Anybody reads which consultancies are restricted, why and until when; what was corrected or lifted stays readable."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.server.conftest import House


def decide(house: House, **body: Any) -> int:
    """Decide about the consultancy of the named world as an officer of the city."""
    return house.api("li", "PUT", "/consultancies/consultancy/restriction", json=body).status_code


def listed(house: House, show: str = "") -> list[dict[str, Any]]:
    """Give what the API tells anybody."""
    answer = house.api(None, "GET", f"/restricted-consultancies?show={show}")
    assert answer.status_code == 200
    items: list[dict[str, Any]] = (answer.json or {})["items"]
    return items


def test_a_restriction_is_public_until_it_is_lifted_and_its_correction_is_kept(house: House) -> None:
    assert listed(house) == []
    assert decide(house, restricted=True, reason="报告弄虚作假", until="2020-01-01") == 422
    assert decide(house, restricted=True, reason="报告弄虚作假", until="2027-03-01") == 204
    assert decide(house, restricted=True, reason="报告弄虚作假", until="2027-03-01") == 204
    (first,) = listed(house, "all")
    assert (first["status"], first["until"], first["corrects"]) == ("open", "2027-03-01", None)
    assert decide(house, restricted=True, reason="报告数据失实", until="2026-12-31") == 204
    (present,) = listed(house)
    assert (present["reason"], present["until"], present["corrects"]) == ("报告数据失实", "2026-12-31", first["id"])
    assert present["since"] == first["since"]
    page = house.browser().get("/public/consultancies").text
    assert "报告数据失实" in page
    assert "报告弄虚作假" not in page
    assert "报告弄虚作假" in house.browser().get("/public/consultancies?show=all").text
    assert decide(house, restricted=False, reason="整改完成") == 204
    assert listed(house) == []
    assert {one["status"] for one in listed(house, "all")} == {"corrected", "lifted"}
    assert "整改完成" in house.browser().get("/public/consultancies?show=all").text


def test_the_open_formats_hold_every_decision_and_no_formula(house: House) -> None:
    decide(house, restricted=True, reason="=1+1")
    decide(house, restricted=True, reason="报告数据失实")
    found = listed(house, "all")
    document = house.browser().get("/public/consultancies.json")
    assert document.json == {"restrictions": found}
    table = house.browser().get("/public/consultancies.csv")
    rows = list(csv.DictReader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == [one["id"] for one in found]
    assert {row["reason"] for row in rows} == {"'=1+1", "报告数据失实"}
    assert rows[0]["uscc"] == found[0]["uscc"]


def test_an_officer_corrects_a_restriction_on_the_page(house: House) -> None:
    form = {"restricted": "yes", "reason": "报告弄虚作假", "until": "2027-03-01", "csrf_token": house.token()}
    assert house.browser("li").post("/consultancies/consultancy/restriction", data=form).status_code == 303
    assert "更正限制决定" in house.browser("li").get("/consultancies").text
    wrong = form | {"until": "2020-01-01"}
    assert house.browser("li").post("/consultancies/consultancy/restriction", data=wrong).status_code == 422
