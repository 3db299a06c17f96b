"""Notices leave the house: mails at once or in a digest, webhooks, robots; once each, and only to who may be told."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from audits import channels, deliveries, notice_channels, notice_choices, notices
from audits.egress import EgressError, judge, post
from audits.models import Notice, NoticeDelivery
from audits.roles import ROLES
from tests.audits import office as offices
from tests.audits.sinks import Listener, Mailbox, listening
from workflows import incidents, worker
from workflows.access import Actor, load_actor
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.models import Incident, Membership, Person
from workflows.settings import Settings

SECRET = "a-secret-of-the-receiver"


class Post:
    """The way out of a house: its sinks, and hands for what a test does."""

    def __init__(self, sessions: sessionmaker[Session], settings: Settings, box: Mailbox, ear: Listener) -> None:
        self.box, self.ear, self.sessions = box, ear, sessions
        ways = {"smtp_address": box.address, "smtp_security": "none", "egress_allow": "127.0.0.0/8"}
        self.settings = replace(settings, base_url="https://qs.example", **ways)
        self.app = offices.application(self.settings)

    def say(
        self, key: str = "1", organisation: str = "lanzhou_bureau", now: datetime | None = None, **more: Any
    ) -> str:
        """Leave a notice."""
        values = {"organisation_id": organisation, "instance_id": None, "kind": "deadline_overdue", **more}
        values.setdefault(
            "values", {"subject": "兰州钢铁", "deadline": ["信息公示", "Disclosure"], "due_on": "2026-03-01"}
        )
        with self.sessions.begin() as session:
            notices.send(session, key=key, now=now or self.now, **values)
            return session.scalars(select(Notice.id).where(Notice.key == key)).one()

    now = offices.world.NOW

    def tick(self, at: datetime | None = None) -> None:
        """Let a minute of the worker pass."""
        with self.sessions.begin() as session:
            deliveries.dispatch(session, self.app, at or self.now)
        worker.run_pending(self.sessions, self.app, at or self.now)

    def as_(self, session: Session, who: str) -> Actor:
        return load_actor(session, ROLES, who, self.now)

    def open_channel(self, kind: str = "webhook", **more: Any) -> str:
        """Add a channel to the city bureau."""
        values = {"name": "值班群", "address": self.ear.url + "/hook?key=1", "secret": SECRET, "kinds": [], **more}
        with self.sessions.begin() as session:
            return notice_channels.add(
                session, self.app, self.as_(session, "li"), organisation_id="lanzhou_bureau", kind=kind, now=self.now,
                **values,
            ).id  # fmt: skip

    def rows(self) -> list[NoticeDelivery]:
        with self.sessions() as session:
            return list(session.scalars(select(NoticeDelivery).order_by(NoticeDelivery.key)))


@pytest.fixture
def out(sessions: sessionmaker[Session], settings: Settings) -> Iterator[Post]:
    with listening(Mailbox()) as box, listening(Listener()) as ear:
        with sessions.begin() as session:
            session.execute(update(Person).where(Person.id == "li").values(email="li@example.org"))
        yield Post(sessions, settings, box, ear)


# ---- mails -----------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_mail_comes_once_with_the_notice_and_where_to_look(out: Post) -> None:
    out.say()
    out.tick()
    out.tick(out.now + timedelta(minutes=1))
    assert [mail["To"] for mail in out.box.mails] == ["li@example.org"], "Liu has no address"
    mail = out.box.mails[0]
    assert mail["Subject"] == "【清审】兰州钢铁：信息公示已于 2026-03-01 逾期"
    assert "https://qs.example/notices" in mail.get_content()
    assert "https://qs.example/profile/notices" in mail.get_content()
    assert [(row.status, row.how) for row in out.rows()] == [("sent", "now")]


def test_a_digest_collects_a_day_in_one_mail(out: Post) -> None:
    for number in range(3):
        out.say(str(number), kind="case_closed", values={"subject": f"企业{number}", "outcome": ["合格", "qualified"]})
    out.tick()
    assert out.box.mails == []
    out.tick(out.now + timedelta(hours=23))
    assert [mail["Subject"] for mail in out.box.mails] == ["【清审】3 条通知"]
    text = out.box.mails[0].get_content()
    assert all(f"企业{number}：案件已办结（合格）" in text for number in range(3))


def test_each_kind_comes_as_its_reader_has_chosen(out: Post) -> None:
    with out.sessions.begin() as session:
        notice_choices.choose(
            session, out.as_(session, "li"), ways={"deadline_overdue": "off", "case_closed": "now"},
            quiet_from="", quiet_until="", digest_at="08:30", now=out.now,
        )  # fmt: skip
        session.execute(update(Person).where(Person.id == "li").values(locale="en"))
    out.say()
    out.say("2", kind="case_closed", values={"subject": "Bakery", "outcome": ["合格", "qualified"]})
    out.tick()
    assert [mail["Subject"] for mail in out.box.mails] == ["[Qingshen] Bakery: the case is closed (qualified)"]


def test_quiet_hours_keep_a_mail_until_they_end(out: Post) -> None:
    with out.sessions.begin() as session:
        notice_choices.choose(
            session, out.as_(session, "li"), ways={}, quiet_from="09:00", quiet_until="10:15", digest_at="08:30",
            now=out.now,
        )  # fmt: skip
    out.say()
    out.tick()  # half past nine in Shanghai
    out.tick(out.now + timedelta(minutes=44))
    assert out.box.mails == []
    out.tick(out.now + timedelta(minutes=45))
    assert len(out.box.mails) == 1
    assert out.rows()[0].tried == 1


@pytest.mark.parametrize(
    ("start", "end", "at", "free"),
    [
        ("22:00", "07:00", "23:30", "07:00"),
        ("22:00", "07:00", "06:59", "07:00"),
        ("22:00", "07:00", "07:00", "07:00"),
        ("22:00", "07:00", "21:59", "21:59"),
        ("12:00", "14:00", "12:00", "14:00"),
        ("12:00", "14:00", "14:00", "14:00"),
    ],
)
def test_quiet_hours_may_lie_around_midnight(start: str, end: str, at: str, free: str) -> None:
    def minutes(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    chosen = notice_choices.Choices({}, minutes(start), minutes(end))
    moment = datetime.fromisoformat(f"2026-03-02T{at}:00+08:00")
    found = chosen.after_quiet(moment).astimezone(moment.tzinfo)
    assert (f"{found:%H:%M}", found >= moment, found - moment < timedelta(hours=24)) == (free, True, True)


def test_a_choice_that_cannot_be_is_refused_by_field(out: Post) -> None:
    with out.sessions() as session, pytest.raises(Invalid) as caught:
        notice_choices.choose(
            session, out.as_(session, "li"), ways={"nothing": "now"}, quiet_from="25:00", quiet_until="",
            digest_at="", now=out.now,
        )  # fmt: skip
    assert caught.value.fields == {"ways": ["unknown"], "quiet_from": ["bad_time"], "digest_at": ["required"]}


def test_what_is_typed_with_a_line_break_becomes_no_header(out: Post) -> None:
    subject = "钢铁\r\nBcc: all@example.org"
    out.say(values={"subject": subject, "deadline": ["公示", "x"], "due_on": "2026-03-01"})
    with out.sessions.begin() as session:
        session.execute(update(Person).where(Person.id == "liu").values(email="liu@example.org\r\nBcc: x@example.org"))
    out.tick()
    assert [mail["To"] for mail in out.box.mails] == ["li@example.org"], "an address that is none takes nobody along"
    assert out.box.mails[0]["Bcc"] is None
    assert "Bcc: all@example.org" in out.box.mails[0]["Subject"]


@pytest.mark.database
def test_with_the_mail_server_down_each_mail_arrives_once(out: Post) -> None:
    out.box.refuses = True
    ids = [out.say(str(number)) for number in range(3)]
    for minute in range(10):
        out.tick(out.now + timedelta(minutes=minute))
    out.box.refuses = False
    for minute in range(10, 60, 5):
        out.tick(out.now + timedelta(minutes=minute))
    assert len(out.box.mails) == 3
    assert len({mail["Message-ID"] for mail in out.box.mails}) == 3
    assert {row.notice_id for row in out.rows() if row.status == "sent"} == set(ids)
    with out.sessions() as session:
        assert session.scalars(select(Incident)).all() == []


def test_after_the_last_try_an_operator_is_told_and_can_try_again(out: Post) -> None:
    out.box.refuses = True
    out.say()
    at = out.now
    for wait in (timedelta(0), *deliveries.WAITS):
        at += wait
        out.tick(at)
    assert [(row.status, row.tried, row.why) for row in out.rows()] == [("failed", 7, "fault:SMTPSenderRefused")]
    with out.sessions.begin() as session:
        incident = session.scalars(select(Incident)).one()
        assert "SMTPSenderRefused" in incident.message
        assert "li@example.org" not in incident.message
        out.box.refuses = False
        incidents.retry(session, out.app, out.as_(session, "zong"), incident.id, now=at)
    worker.run_pending(out.sessions, out.app, at)
    assert len(out.box.mails) == 1


def test_who_may_not_see_it_any_more_when_it_is_sent_is_told_nothing(out: Post) -> None:
    """Li has chosen the digest and leaves the bureau before it is sent; a closed account gets nothing either."""
    out.say(kind="case_closed", values={"subject": "企业", "outcome": ["合格", "qualified"]})
    with out.sessions.begin() as session:
        session.execute(update(Person).where(Person.id == "liu").values(email="liu@example.org"))
    out.tick()
    with out.sessions.begin() as session:
        ended = update(Membership).where(Membership.person_id == "li").values(until=out.now + timedelta(hours=1))
        session.execute(ended)
        session.execute(update(Person).where(Person.id == "liu").values(active=False))
    out.tick(out.now + timedelta(hours=23))
    assert out.box.mails == []
    assert {(row.status, row.why) for row in out.rows()} == {("skipped", "not_theirs")}


def test_what_was_said_long_ago_is_not_sent_when_the_worker_comes_back(out: Post) -> None:
    out.say(now=out.now - timedelta(days=4))
    out.tick()
    assert (out.rows(), out.box.mails) == ([], [])


# ---- channels --------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_webhook_is_signed_over_id_time_nonce_and_body(out: Post) -> None:
    out.open_channel()
    notice = out.say()
    out.tick()
    path, headers, body = out.ear.told[0]
    assert path == "/hook?key=1"
    signed = b".".join(
        [headers[f"Qingshen-{part}"].encode() for part in ("Id", "Timestamp", "Nonce")] + [body]
    )  # fmt: skip
    assert headers["Qingshen-Signature"] == "v1=" + hmac.digest(SECRET.encode(), signed, "sha256").hex()
    assert headers["Qingshen-Timestamp"] == str(int(out.now.timestamp()))
    said = json.loads(body)
    assert (said["kind"], said["text"]) == ("deadline_overdue", "兰州钢铁：信息公示已于 2026-03-01 逾期")
    assert (
        said["id"]
        == headers["Qingshen-Id"]
        == next(row.id for row in out.rows() if row.notice_id == notice and row.channel_id)
    )


def test_a_repeat_has_the_same_id_and_another_nonce(out: Post) -> None:
    out.open_channel()
    out.ear.status = 500
    out.say()
    out.tick()
    out.ear.status = 204
    out.tick(out.now + timedelta(minutes=1))
    (_one, first, _body), (_two, second, _same) = out.ear.told
    assert first["Qingshen-Id"] == second["Qingshen-Id"]
    assert first["Qingshen-Nonce"] != second["Qingshen-Nonce"]
    assert [row.status for row in out.rows() if row.channel_id] == ["sent"]


def test_robots_are_spoken_to_in_their_own_words(out: Post) -> None:
    out.open_channel("wecom", secret="")
    out.open_channel("dingtalk", name="钉钉", address=out.ear.url + "/robot/send?access_token=2")
    out.say()
    out.tick()
    told = {urlsplit(path).path: (parse_qs(urlsplit(path).query), json.loads(body)) for path, _h, body in out.ear.told}
    text = {
        "msgtype": "text",
        "text": {"content": "兰州钢铁：信息公示已于 2026-03-01 逾期\nhttps://qs.example/notices"},
    }
    assert told["/hook"] == ({"key": ["1"]}, text)
    query, body = told["/robot/send"]
    assert body == text
    at = query["timestamp"][0]
    assert at == str(int(out.now.timestamp() * 1000))
    again = channels.dingtalk_address("https://x/?a=1", SECRET, out.now)
    assert parse_qs(urlsplit(again).query)["sign"] == query["sign"]


def test_dingtalk_signs_as_its_documentation_says() -> None:
    """HMAC-SHA-256 of "time, line feed, secret" under the secret, base64, escaped; computed by hand with openssl."""
    url = channels.dingtalk_address(
        "https://x/send?access_token=t", "SECtest", datetime.fromisoformat("2026-03-02T01:30:00+00:00")
    )
    assert (
        url
        == "https://x/send?access_token=t&timestamp=1772415000000&sign=yhuz5N%2F4YaGU4iZnJc6VHvc3CfYWhgK4gWtPo4Fn2Dw%3D"
    )


def test_a_robot_that_refuses_is_tried_again(out: Post) -> None:
    out.open_channel("wecom")
    out.ear.answer = {"errcode": 93000, "errmsg": "invalid webhook url key=1"}
    out.say()
    out.tick()
    row = next(row for row in out.rows() if row.channel_id)
    assert (row.status, row.why) == ("waiting", "robot_refused:93000")


def test_a_channel_is_told_the_kinds_it_names_and_nothing_while_switched_off(out: Post) -> None:
    channel = out.open_channel(kinds=["case_closed"])
    out.say()
    out.tick()
    assert out.ear.told == []
    later = out.now + timedelta(minutes=1)
    out.say("2", kind="case_closed", values={"subject": "企业", "outcome": ["合格", "qualified"]})
    with out.sessions.begin() as session:
        deliveries.dispatch(session, out.app, later)
        values = {"name": "值班群", "address": "", "secret": "", "kinds": [], "active": False}
        notice_channels.change(session, out.app, out.as_(session, "li"), channel, now=out.now, **values)
    worker.run_pending(out.sessions, out.app, later)
    assert out.ear.told == []
    assert [row.why for row in out.rows() if row.channel_id] == ["switched_off"]


def test_a_word_shows_whether_a_channel_works(out: Post) -> None:
    channel = out.open_channel("wecom")
    with out.sessions.begin() as session:
        notice_channels.try_(session, out.app, out.as_(session, "li"), channel, out.now)
    assert out.ear.told == [], "nobody waits for the other side while the database is held"
    worker.run_pending(out.sessions, out.app, out.now)
    assert json.loads(out.ear.told[0][2])["text"]["content"].startswith("通知渠道“值班群”试发")
    assert [row.status for row in out.rows()] == ["sent"]
    assert out.box.mails == []


def test_nobody_reads_a_secret_in_the_database_or_the_trail(out: Post) -> None:
    channel = out.open_channel()
    with out.sessions() as session:
        row = session.get_one(notice_channels.NoticeChannel, channel)
        assert SECRET.encode() not in row.secret
        assert b"key=1" not in row.address
        assert row.host == "127.0.0.1"
        assert channels.unseal(out.settings, row.secret) == SECRET


def test_channels_belong_to_who_manages_those_of_the_house(out: Post) -> None:
    channel = out.open_channel()
    with out.sessions() as session:
        for who, error in (("kong", NotFound), ("chen", NotAllowed)):
            with pytest.raises(error):
                notice_channels.try_(session, out.app, out.as_(session, who), channel, out.now)
    with pytest.raises(Invalid) as caught:
        out.open_channel("webhook", secret="short", address="https://10.0.0.1/x", name="", kinds=["nothing"])
    assert caught.value.fields == {
        "name": ["required"], "address": ["address_not_allowed"], "secret": ["too_short"], "kinds": ["unknown"],
    }  # fmt: skip


# ---- the door --------------------------------------------------------------------------------------------------

PRIVATE = [
    "https://127.0.0.1/", "https://10.1.2.3/", "https://192.168.1.1/", "https://172.16.0.1/", "https://169.254.169.254/latest/meta-data",
    "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/", "https://[fe80::1]/", "https://0.0.0.0/",
    "https://[64:ff9b::a9fe:a9fe]/", "https://[2002:0a00:0001::]/", "https://100.64.0.1/", "https://224.0.0.1/",
    "https://2130706433/", "https://0x7f.1/", "https://localhost/",
]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
def test_no_private_address_is_reached(url: str) -> None:
    with pytest.raises(EgressError):
        judge(Settings(), url)


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "ftp://93.184.216.34/",
        "https://a:b@93.184.216.34/",
        "https://",
        "x",
        "https://93.184.216.34:99999/",
    ],
)
def test_no_other_way_is_taken(url: str) -> None:
    with pytest.raises(EgressError):
        judge(Settings(), url)


def test_a_public_address_is_reached_with_tls_alone() -> None:
    assert judge(Settings(), "https://93.184.216.34/x").address == "93.184.216.34"


def test_a_redirect_is_not_followed(out: Post) -> None:
    out.ear.status, out.ear.location = 302, out.ear.url + "/elsewhere"
    with pytest.raises(EgressError, match="answered:302"):
        post(out.settings, out.ear.url, b"{}", {})
    assert [path for path, _headers, _body in out.ear.told] == ["/"]


def test_a_name_whose_answer_changes_leads_nowhere_else(out: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was judged; the name is asked once."""
    import socket

    asked: list[str] = []
    real = socket.getaddrinfo

    def answer(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(host)
        return real("127.0.0.1" if host == "inside.example" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    url = out.ear.url.replace("127.0.0.1", "inside.example")
    post(out.settings, url, b"{}", {})
    assert asked.count("inside.example") == 1
    assert out.ear.told[0][1]["Host"].startswith("inside.example")
