"""Pages around notices: choices, channels, rules, and the counters that follow by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from audits.models import NoticeChannel, NoticeChoice
from audits.notices import CHOICES
from server.labels import LABELS
from tests.server.conftest import House
from workflows.models import AuthSession, Event


def test_every_kind_of_notice_has_its_words() -> None:
    assert set(LABELS["notice_kind"]) == set(CHOICES)


def test_a_refused_choice_keeps_what_was_typed(house: House) -> None:
    client = house.browser("li")
    form = {"way_case_closed": "off", "quiet_from": "22:00", "quiet_until": "", "digest_at": "09:15"}
    answer = house.post(client, "/profile/notices", form)
    assert answer.status_code == 422
    assert 'value="22:00"' in answer.text
    assert 'value="09:15"' in answer.text
    assert house.post(client, "/profile/notices", {**form, "quiet_until": "07:00"}).status_code == 303
    with house.looking() as session:
        assert session.get_one(NoticeChoice, ("li", "case_closed")).mail == "off"
        assert (
            session.scalars(select(Event.action).where(Event.chain == "person:li")).all()[-1] == "person.notices_chosen"
        )


def test_a_channel_shows_its_host_and_never_its_address(house: House) -> None:
    client = house.browser("li")
    form = {
        "organisation_id": "lanzhou_bureau", "kind": "dingtalk", "name": "钉钉群",
        "address": "https://93.184.216.34/robot/send?access_token=SECRETTOKEN", "secret": "SECsecret",
    }  # fmt: skip
    assert house.post(client, "/notice-channels", form).status_code == 303
    page = client.get("/notice-channels").text
    assert "93.184.216.34" in page
    assert "SECRETTOKEN" not in page
    assert "SECsecret" not in page
    refused = house.post(client, "/notice-channels", {**form, "address": "https://169.254.169.254/x", "name": "内网"})
    assert refused.status_code == 422
    assert "该地址不可使用" in refused.text
    assert 'value="内网"' in refused.text
    with house.looking() as session:
        assert len(session.scalars(select(NoticeChannel)).all()) == 2


def test_a_channel_that_does_not_take_it_says_why(house_apart: House) -> None:
    """The stage's channel was sealed under another key."""
    client = house_apart.browser("li")
    assert house_apart.post(client, f"/notice-channels/{house_apart.ids['channel']}/trial").status_code == 303
    house_apart.work()
    assert "现有密钥无法解开地址和密钥" in client.get("/notice-channels").text
    assert "通知渠道“值班群”试发" in client.get("/notices").text


def test_a_rule_is_written_and_switched_off(house: House) -> None:
    client = house.browser("li", language="en")
    form = {"region_code": "620100", "days": "2", "side": "after", "unit": "calendar", "tells": "bureau"}
    assert house.post(client, "/reminder-rules", form).status_code == 303
    rules = house.api("li", "GET", "/reminder-rules").json["items"]
    made = next(one for one in rules if one["days"] == -2)
    assert (made["working"], made["tells"]) == (False, "bureau")
    assert house.post(client, f"/reminder-rules/{made['id']}/switch", {"active": ""}).status_code == 303
    assert not next(one for one in house.api("li", "GET", "/reminder-rules").json["items"] if one["id"] == made["id"])[
        "active"
    ]


def test_the_counters_answer_304_while_nothing_has_changed(house: House) -> None:
    client = house.browser("chen")
    first = client.get("/api/v1/pulse")
    assert (first.status_code, set(first.json)) == (200, {"waiting", "unread"})
    again = client.get("/api/v1/pulse", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    read = house.api("chen", "POST", f"/notices/{house.ids['notice']}/read")
    assert read.status_code == 204
    changed = client.get("/api/v1/pulse", headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.json["unread"]) == (200, first.json["unread"] - 1)


@pytest.mark.parametrize(("path", "seen"), [("/api/v1/pulse", False), ("/api/v1/notices", True)])
def test_a_page_that_asks_by_itself_keeps_no_session_alive(house: House, path: str, seen: bool) -> None:
    client = house.browser("chen")
    house.clock.at += timedelta(minutes=5)
    assert client.get(path).status_code == 200
    with house.looking() as session:
        rows = session.scalars(select(AuthSession.seen_at).where(AuthSession.person_id == "chen")).all()
    assert (house.clock.at in rows) is seen
