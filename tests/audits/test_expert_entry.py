"""Entry into the expert pool: every demand of the rule refuses somebody, two people approve, terms end and are renewed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest
from sqlalchemy import select

from audits import access, entry_rules, expert_entry, experts, notices
from audits.models import Expert, ExpertApplication
from tests.audits.office import Office
from tests.server.stage import PASSWORD
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Event, Person

FIT = {
    "name": "辛文", "username": "xinwen", "born_on": "1975-05-06", "employer": "兰州交通大学", "title": "高级工程师",
    "years": "12", "fields": ["process"], "exam": "exam", "exam_on": "2025-12-01", "exam_score": "60",
    "region_code": "620100",
}  # fmt: skip


def nominate(office: Office, by: str = "li", **fields: Any) -> str:
    with office.as_(by) as (session, actor):
        return expert_entry.nominate(session, actor, FIT | fields, now=office.now).id


def approve(office: Office, who: str, key: str, password: str = "") -> ExpertApplication:
    with office.as_(who) as (session, actor):
        row = expert_entry.approve(session, actor, key, password=password, now=office.now)
        session.flush()
        session.expunge(row)
        return row


@pytest.mark.parametrize(
    ("demand", "fields"),
    [
        ("age", {"born_on": "1960-03-01"}),
        ("title", {"title": "助理工程师"}),
        ("years", {"years": "4"}),
        ("exam_taken", {"exam_on": "2026-12-01"}),
        ("exam_score", {"exam_score": "59.9"}),
        ("exam_score", {"exam_score": ""}),
        ("exam_recent", {"exam_on": "2023-03-01"}),
    ],
)
def test_every_demand_of_the_rule_refuses_by_its_name(office: Office, demand: str, fields: dict[str, str]) -> None:
    key = nominate(office, **fields)
    with pytest.raises(Invalid) as caught:
        approve(office, "ma", key)
    assert (caught.value.code, set(caught.value.fields)) == ("entry_not_met", {demand})
    with office.looking() as session:
        checked = expert_entry.get(session, office.actor(session, "ma"), key, now=office.now)
        assert [one.demand for one in checked.findings if not one.met] == [demand]


def test_a_rule_that_knows_fewer_fields_and_the_bar_after_a_dismissal_refuse_too() -> None:
    text = resources.files("audits").joinpath("data/expert_entry.json").read_text(encoding="utf-8")
    raw = json.loads(text)["rules"][0]
    rule = entry_rules.read(raw | {"fields": ["energy"], "regions": ["/620000/"], "until": "2026-12-31"})
    row = ExpertApplication(
        born_on=date(1961, 3, 2), title="教授", years=5, fields=["process"], exam="assessment", exam_on=date(2026, 3, 2),
        exam_score=None,
    )  # fmt: skip
    gone = Expert(status="dismissed", dismissed_on=date(2023, 3, 3))
    found = entry_rules.check(rule, row, gone, date(2026, 3, 2))
    assert [one.demand for one in found if not one.met] == ["fields", "dismissed"]  # 65 to the day is not too old
    assert entry_rules.check(rule, row, gone, date(2026, 3, 3))[-1].met
    among = [rule, *entry_rules.rules()]
    at = {"620000": date(2026, 3, 2), "370000": date(2026, 3, 2)}
    assert [entry_rules.applicable(f"/{code}/", day, among).fields for code, day in at.items()] == [
        ("energy",), ("process", "cleaner_production", "environment", "energy"),
    ]  # fmt: skip
    assert entry_rules.applicable("/620000/", date(2027, 1, 1), among).key == "national"
    with pytest.raises(NotFound):
        entry_rules.applicable("/620000/", date(2001, 1, 1))


def test_two_people_who_did_not_hand_it_in_admit_an_expert(office: Office) -> None:
    key = nominate(office)
    for who, error in (("li", NotAllowed), ("meng", NotFound), ("he", NotFound), ("wang", NotFound)):
        with pytest.raises(error):
            approve(office, who, key)
    assert approve(office, "liu", key).status == "agreed"
    with pytest.raises(NotAllowed):
        approve(office, "liu", key)
    with pytest.raises(Invalid) as caught:
        approve(office, "ma", key)
    assert set(caught.value.fields) == {"password"}
    row = approve(office, "ma", key, PASSWORD)
    assert (row.status, row.rule, row.valid_until) == ("admitted", "national", date(2029, 3, 2))
    with office.looking() as session:
        expert, person = experts.get(session, office.actor(session, "ma"), row.person_id or "")
        assert (person.username, expert.valid_until, expert.fields) == ("xinwen", date(2029, 3, 2), ["process"])
        assert "expert" in office.actor(session, expert.id).roles
    with pytest.raises(Conflict):
        approve(office, "ma", key)
    with office.looking() as session:
        query = select(Event.action).where(Event.chain == "experts").order_by(Event.seq.desc()).limit(4)
        chain = list(session.scalars(query))
    assert chain[::-1] == ["expert.applied", "expert.application_agreed", "expert.added", "expert.admitted"]


def test_who_applies_sees_the_own_application_and_reads_why_it_is_refused(office: Office) -> None:
    with office.as_("zhao") as (session, actor):
        row = expert_entry.apply(session, actor, FIT | {"name": "别人"}, now=office.now)
        assert (row.kind, row.name) == ("application", session.get_one(Person, "zhao").name)
        with pytest.raises(Conflict):
            expert_entry.apply(session, actor, FIT, now=office.now)
        key = row.id
    with office.as_("ma") as (session, actor):
        with pytest.raises(Invalid):
            expert_entry.refuse(session, actor, key, reason=" ", now=office.now)
        expert_entry.refuse(session, actor, key, reason="专业不符", now=office.now)
    with office.as_("zhao") as (session, actor):
        (seen,) = expert_entry.list_(session, actor).items
        assert (seen.status, seen.reason) == ("refused", "专业不符")
        again = expert_entry.apply(session, actor, FIT, now=office.now)
        expert_entry.withdraw(session, actor, again.id, now=office.now)
    with office.as_("wang") as (session, actor):
        assert expert_entry.list_(session, actor).items == ()
        with pytest.raises(NotFound):
            access.fetch(session, actor, ExpertApplication, key)


@pytest.mark.parametrize(
    "fields",
    [
        {"born_on": "soon"}, {"years": "-1"}, {"years": "x"}, {"exam": "none"}, {"exam_score": "100.1"}, {"fields": []},
        {"exam_score": "NaN"}, {"region_code": "999999"}, {"employer": " "}, {"title": "师" * 101}, {"username": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_by_field(office: Office, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as caught:
        nominate(office, **fields)
    assert set(caught.value.fields) == set(fields)


def test_a_term_that_ends_is_announced_and_renewed_from_its_end(office: Office) -> None:
    with office.as_("ma") as (session, _actor):
        session.get_one(Expert, "qian").valid_until = date(2026, 6, 1)
    with office.as_("qian") as (session, actor), pytest.raises(Conflict) as caught:
        expert_entry.apply(session, actor, FIT, now=office.now)
    assert caught.value.values == {"day": "2026-03-03"}
    with office.as_("ma") as (session, _actor):
        expert_entry.warn(session, office.app, office.now)
    office.now += timedelta(days=1)
    with office.as_("ma") as (session, _actor):
        for _time in range(2):
            expert_entry.warn(session, office.app, office.now)
    with office.as_("qian") as (session, actor):
        assert [row.kind for row in notices.mine(session, actor).items] == ["expert_expiring"]
        row = expert_entry.apply(session, actor, FIT | {"exam": "assessment", "exam_score": ""}, now=office.now)
        assert row.kind == "renewal"
        key = row.id
    approve(office, "li", key)
    assert approve(office, "ma", key).valid_until == date(2029, 6, 1)
    with office.looking() as session:
        assert session.get_one(Expert, "qian").valid_until == date(2029, 6, 1)
