"""Visits to the site: planned by the bureau, reported once by each member, with what was seen and photographs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from audits import notices, site_visits
from audits.models import Panel, SiteVisit
from tests.audits.office import Office
from workflows import files
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Attachment

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)
PLAN = {"planned_on": "2026-03-09", "place": "厂区正门", "plan": "查看镀槽和废水站"}


@pytest.fixture
def visit(office: Office, case_id: str) -> SiteVisit:
    """Give the planned visit of a panel of three."""
    office.do(office.task(case_id, "propose_evaluation_panel"), experts=["sun", "e1", "e3"], panel_leader="sun")
    with office.as_("li") as (session, actor):
        panel = session.scalars(select(Panel)).one()
        row = site_visits.plan(session, actor, panel.id, PLAN, now=office.now)
        session.flush()
        session.expunge_all()
        return row


def fields(office: Office, visit: SiteVisit, **more: Any) -> dict[str, Any]:
    answers = {item["key"]: {"result": "yes"} for item in visit.items}
    told = {"key": "device-1", "signed_in_at": office.now.isoformat(), "answers": answers, "findings": "现场整洁"}
    return told | more


def report(office: Office, visit: SiteVisit, who: str, **more: Any) -> str:
    with office.as_(who) as (session, actor):
        return site_visits.report(session, actor, visit.id, fields(office, visit, **more), now=office.now).id


def test_the_bureau_plans_and_the_members_are_told(office: Office, case_id: str, visit: SiteVisit) -> None:
    assert (visit.planned_on, len(visit.items)) == (date(2026, 3, 9), 7)
    for who in ("e1", "e3", "sun"):
        with office.as_(who) as (session, actor):
            assert "visit_planned" in [row.kind for row in notices.mine(session, actor).items]
            assert [row.id for row in site_visits.mine(session, actor)] == [visit.id]
    for who, error in (("wang", NotAllowed), ("he", NotAllowed), ("chen", NotFound), ("e1", NotAllowed)):
        with office.as_(who) as (session, actor), pytest.raises(error):
            site_visits.plan(session, actor, visit.panel_id, PLAN, now=office.now)
    for wrong in ({"planned_on": "2026-03-01"}, {"planned_on": "?"}, {"place": " "}):
        with office.as_("li") as (session, actor), pytest.raises(Invalid) as caught:
            site_visits.plan(session, actor, visit.panel_id, PLAN | wrong, now=office.now)
        assert set(caught.value.fields) == set(wrong)


def test_a_report_sent_twice_arrives_once_with_its_photographs(office: Office, case_id: str, visit: SiteVisit) -> None:
    with office.as_("e1") as (session, actor):
        photo = files.upload(session, office.app, actor, name="镀槽.png", content=PNG, now=office.now)
        key = photo.id
    first = report(office, visit, "e1", photos=[key])
    assert report(office, visit, "e1", photos=[key]) == first
    with pytest.raises(Conflict):
        report(office, visit, "e1", key="another")
    with office.looking() as session:
        row = session.get_one(Attachment, key)
        assert (row.instance_id, row.record_class) == (case_id, "restricted")
    assert [one["photos"] for one in office.told(case_id, "visit.reported")] == [1]
    with office.as_("li") as (session, actor):
        seen = site_visits.get(session, actor, visit.id)
        assert [(one.findings, one.photos[0]["name"], name) for one, name in seen.reports] == [
            ("现场整洁", "镀槽.png", "专家e1")
        ]
        with pytest.raises(Conflict):
            site_visits.plan(session, actor, visit.panel_id, PLAN, now=office.now)
    with office.as_("e3") as (session, actor):
        assert site_visits.get(session, actor, visit.id).reports == ()  # the others' stay hidden
    for who in ("wang", "e5", "zhao"):
        with office.as_(who) as (session, actor), pytest.raises(NotFound):
            site_visits.get(session, actor, visit.id)


def test_what_is_wrong_in_a_report_is_told_by_its_place(office: Office, case_id: str, visit: SiteVisit) -> None:
    answers = fields(office, visit)["answers"]
    later = (office.now + timedelta(hours=2)).isoformat()
    wrong: list[tuple[set[str], dict[str, Any]]] = [
        ({"waste"}, {"answers": answers | {"waste": {"result": "no"}}}),
        ({"system"}, {"answers": answers | {"system": {"result": "maybe"}}}),
        ({"options"}, {"answers": {key: one for key, one in answers.items() if key != "options"}}),
        ({"signed_in_at"}, {"signed_in_at": later}),
        ({"signed_in_at"}, {"signed_in_at": "2026-03-02T09:00:00"}),
        ({"photos"}, {"photos": ["nothing"]}),
        ({"findings"}, {"findings": "长" * 4001}),
        ({"key"}, {"key": ""}),
    ]
    for named, more in wrong:
        with pytest.raises(Invalid) as caught:
            report(office, visit, "e1", **more)
        assert set(caught.value.fields) == named
    with office.as_("li") as (session, actor), pytest.raises(NotAllowed):
        site_visits.report(session, actor, visit.id, fields(office, visit), now=office.now)
    report(office, visit, "e1", answers=answers | {"waste": {"result": "no", "note": "台账缺两页"}})
