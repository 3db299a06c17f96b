"""Open formats: what a page of a publication shows, anybody takes as CSV and as JSON, corrected ones too."""

from __future__ import annotations

import csv
from io import StringIO

from tests.server.conftest import House


def test_a_publication_is_the_same_in_every_format_and_keeps_its_corrections(house: House) -> None:
    first = house.ids["publication"]
    anybody = house.flask.test_client()
    lines = house.api(None, "GET", f"/publications/{first}/lines").json["items"]
    table = list(csv.DictReader(StringIO(anybody.get(f"/public/{first}.csv").text.removeprefix("\ufeff"))))
    document = anybody.get(f"/public/{first}.json").json
    assert document["lines"] == [{"number": line["number"], **line["content"]} for line in lines]
    assert [row["uscc"] for row in table] == [line["content"]["uscc"] for line in lines]
    assert (document["replaces"], document["replaced_by"]) == (None, None)
    corrected = house.api(
        "ma",
        "POST",
        f"/publications/{first}/correction",
        json={"case_ids": [house.ids["case_glass"]], "published_on": "2026-03-02", "reason": "更正笔误"},
    )
    assert corrected.status_code == 201, corrected.text
    second = corrected.json["id"]
    assert anybody.get(f"/public/{first}.json").json["replaced_by"] == second
    present = anybody.get(f"/public/{second}.json").json
    assert (present["replaces"], present["reason"]) == (first, "更正笔误")
    assert f'href="/public/{second}"' in anybody.get(f"/public/{first}").text
    again = house.api(
        "ma",
        "POST",
        f"/publications/{first}/correction",
        json={"case_ids": [house.ids["case_glass"]], "published_on": "2026-03-02", "reason": "再次更正"},
    )
    assert (again.status_code, again.json["code"]) == (409, "publication_replaced")
