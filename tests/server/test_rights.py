"""What an enterprise may do against a letter stands on its page, on the page of the case, and in the API."""

from __future__ import annotations

from datetime import date, timedelta

from audits import calendars
from audits.models import Letter
from tests.server.conftest import House


def test_an_enterprise_reads_its_rights_and_a_correction_moves_them(house: House) -> None:
    letter, case = house.ids["letter_bakery"], house.ids["case_bakery"]
    page = house.browser("wang").get(f"/letters/{letter}").text
    assert "行政复议" in page
    assert "尚未送达" in page
    with house.sessions.begin() as session:
        row = session.get_one(Letter, letter)
        row.issued_on -= timedelta(days=20)
        at_first, corrected = row.issued_on, row.issued_on + timedelta(days=9)
    served = {"method": "mail", "served_on": at_first.isoformat(), "signer": "门卫"}
    assert house.api("li", "POST", f"/letters/{letter}/service", json=served).status_code == 200
    assert shown(house, letter, case) == counted(house, at_first)
    answer = house.browser("li").post(
        f"/letters/{letter}/service/correction",
        data=served | {"served_on": corrected.isoformat(), "reason": "回执日期录错", "csrf_token": house.token()},
    )
    assert answer.status_code == 303
    assert shown(house, letter, case) == counted(house, corrected) != counted(house, at_first)
    assert "送达回证已更正" in house.browser("li").get(f"/cases/{case}?history=all").text
    wrong = house.browser("li").post(
        f"/letters/{letter}/service/correction", data=served | {"reason": "", "csrf_token": house.token()}
    )
    assert wrong.status_code == 422
    assert "更正送达回证" not in house.browser("wang").get(f"/letters/{letter}").text
    void = {"reason": "文号有误"}
    assert house.api("li", "POST", f"/letters/{letter}/revocation", json=void).json["rights"] == []
    assert "行政复议</td>" not in house.browser("wang").get(f"/cases/{case}").text


def counted(house: House, served_on: date) -> dict[str, str | None]:
    """Count the days from a service by the calendar."""
    with house.looking() as session:
        calendar = calendars.load(session, served_on.year, served_on.year + 1, "620100")
    return {
        "objection": None,
        "reconsideration": calendars.legal_day(served_on, "P60D", calendar).due.isoformat(),
        "litigation": calendars.legal_day(served_on, "P6M", calendar).due.isoformat(),
    }


def shown(house: House, letter: str, case: str) -> dict[str, str | None]:
    """Give the last days that the API tells, which stand on the pages of the letter and of the case, too."""
    rights = house.api("wang", "GET", f"/letters/{letter}").json["rights"]
    found = {one["kind"]: one["until"] for one in rights}
    for path in (f"/letters/{letter}", f"/cases/{case}"):
        page = house.browser("wang").get(path).text
        assert all(day in page for day in found.values() if day), path
        assert all(one["basis"][0] in page for one in rights), path
    (listed,) = [one for one in house.api("li", "GET", f"/cases/{case}").json["letters"] if one["id"] == letter]
    assert listed["rights"] == rights
    return found
