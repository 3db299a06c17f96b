"""The audit result that the enterprise publishes itself: its own clock, its own evidence, its own place in public."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from audits import duties, reports, result_publications
from audits.demo.player import PDF
from audits.models import Disclosure, Notice, Publication
from tests.audits.office import Office
from workflows import files
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

SELF = {"start_filing": {"mode": "self"}}
GIVEN = {"channel": "本市日报", "url": "https://news.example.org/a", "summary": "完成方案十项", "reason": ""}


def record(office: Office, case_id: str, by: str = "wang", **more: Any) -> str:
    """Record a publication of today."""
    values: dict[str, Any] = {"published_on": office.now.date(), "evidence": [("截图.pdf", PDF)], **GIVEN, **more}
    with office.as_(by) as (session, actor):
        return result_publications.record(session, office.app, actor, case_id, **values, now=office.now).id


def clock(office: Office, case_id: str) -> result_publications.Clock:
    with office.looking() as session:
        return result_publications.clock(session, office.case(case_id), office.now.date())


@pytest.fixture
def submitted(office: Office) -> str:
    """Give a case whose report was handed in today."""
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    return case_id


@pytest.mark.database
def test_the_clock_runs_from_the_report_and_stops_with_the_publication(office: Office, submitted: str) -> None:
    running = clock(office, submitted)
    assert (running.state, running.since, running.due_on) == ("running", date(2026, 3, 2), date(2026, 4, 2))
    assert "第二十七条第四款" in running.basis[0]
    record(office, submitted)
    assert clock(office, submitted).state == "done"
    assert office.told(submitted, "result.published_by_enterprise")[0]["number"] == 1


def test_a_missed_day_is_shown_and_a_late_publication_too(office: Office, submitted: str) -> None:
    office.wait(days=40)
    assert clock(office, submitted).state == "overdue"
    record(office, submitted)
    assert clock(office, submitted).state == "done_late"


def test_a_report_after_the_code_is_published_under_the_code(office: Office) -> None:
    case_id = office.open()
    office.wait(days=180)
    office.until(case_id, "check_report_receipt", **SELF)
    assert "第九百六十七条第三款" in clock(office, case_id).basis[0]


def test_it_is_kept_apart_from_the_other_three_publications(office: Office, submitted: str) -> None:
    def others() -> tuple[int | None, int | None]:
        with office.looking() as session:
            count = select(func.count())
            return session.scalar(count.select_from(Publication)), session.scalar(count.select_from(Disclosure))

    before = others()
    record(office, submitted)
    assert others() == before
    with office.looking() as session:
        (public,) = result_publications.public_list(session).items
    assert (public.enterprise.name, public.row.summary) == ("黄河食品有限公司", "完成方案十项")


def test_a_correction_needs_a_reason_and_the_public_reads_the_last_one(office: Office, submitted: str) -> None:
    record(office, submitted)
    with pytest.raises(Invalid) as caught:
        record(office, submitted, summary="完成方案九项")
    assert caught.value.fields == {"reason": ["required"]}
    record(office, submitted, summary="完成方案九项", reason="计数有误")
    with office.looking() as session:
        (public,) = result_publications.public_list(session).items
        assert public.row.summary == "完成方案九项"
        rows = result_publications.of_case(session, office.actor(session, "li"), submitted)
    assert [row.number for row in rows] == [2, 1]


def test_evidence_and_a_proper_address_are_asked_for(office: Office, submitted: str) -> None:
    for wrong, field in (
        ({"evidence": []}, "evidence"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://[bad"}, "url"),
        ({"published_on": date(2026, 3, 1)}, "published_on"),
        ({"published_on": date(2027, 3, 1)}, "published_on"),
        ({"summary": " "}, "summary"),
        ({"report_version": 7}, "report_version"),
    ):
        with pytest.raises(Invalid) as caught:
            record(office, submitted, **wrong)
        assert set(caught.value.fields) == {field}
    row_id = record(office, submitted)
    with office.looking() as session:
        (row,) = result_publications.of_case(session, office.actor(session, "li"), submitted)
        assert row.id == row_id
        assert files.open_(session, office.app, office.actor(session, "li"), row.evidence[0]["id"])[1] == PDF


def test_only_the_enterprise_records_and_not_before_the_report(office: Office, submitted: str) -> None:
    with pytest.raises(NotAllowed):
        record(office, submitted, by="li")
    with pytest.raises(NotFound):
        record(office, submitted, by="chen")
    early = office.open("steelworks", batch=2)
    assert clock(office, early).state == "waiting"
    with pytest.raises(Conflict, match="report_not_submitted"):
        record(office, early, by="chen")


def test_anybody_reads_the_redacted_report_and_never_the_whole_one(office: Office, submitted: str) -> None:
    with office.as_("wang") as (session, actor):
        reports.make(session, office.app, actor, submitted, "audit", now=office.now)
    shown = record(office, submitted, report_version=1)
    with office.looking() as session:
        wang = office.actor(session, "wang")
        public = reports.open_(session, office.app, wang, submitted, "audit", 1, "public_pdf")[1]
        assert result_publications.public_report(session, office.app, shown)[1] == public
    hidden = record(office, submitted, reason="撤下报告")
    with office.looking() as session:
        for row_id in (shown, hidden):
            with pytest.raises(NotFound):
                result_publications.public_report(session, office.app, row_id)


def test_a_report_made_before_a_secret_was_marked_is_not_shown(office: Office, submitted: str) -> None:
    with office.as_("wang") as (session, actor):
        reports.make(session, office.app, actor, submitted, "audit", now=office.now)
    office.wait(days=1)
    with office.as_("wang") as (session, actor):
        place = "table:pre_audit_survey.materials"
        reports.mark(session, actor, submitted, place, reason="配方保密", now=office.now)
        assert result_publications.report_choices(session, actor, submitted) == []
    with pytest.raises(Invalid) as caught:
        record(office, submitted, report_version=1)
    assert caught.value.fields == {"report_version": ["before_mark"]}


def told_to(office: Office, case_id: str) -> list[tuple[str, str]]:
    """Give the notices of a case's result: kind and whom it was sent to, in order."""
    with office.looking() as session:
        query = select(Notice).where(Notice.instance_id == case_id, Notice.kind.like("result%"))
        return [(row.kind, row.organisation_id) for row in session.scalars(query.order_by(Notice.at, Notice.key))]


def chase(office: Office) -> None:
    """Let the worker's chore run."""
    with office.sessions.begin() as session:
        result_publications.follow_up(session, office.app, office.now)


@pytest.mark.database
def test_who_has_not_published_is_reminded_then_told_with_the_bureau_and_each_once(
    office: Office, submitted: str
) -> None:
    chase(office)
    assert told_to(office, submitted) == []
    office.now += timedelta(days=25)
    chase(office)
    chase(office)
    case = office.case(submitted)
    assert told_to(office, submitted) == [("result_soon", case.enterprise_id)]
    office.now += timedelta(days=10)
    chase(office)
    chase(office)
    assert told_to(office, submitted)[1:] == [
        ("result_overdue", case.enterprise_id), ("result_overdue", case.competent_id),
    ]  # fmt: skip
    assert [len(office.told(submitted, f"result.{act}")) for act in ("reminded", "escalated")] == [1, 1]


def test_who_has_published_is_left_alone_and_the_duty_goes(office: Office, submitted: str) -> None:
    def duty() -> Any:
        with office.looking() as session:
            (one,) = duties.mine(session, office.actor(session, "wang")).items
            return one.result

    assert duty().due_on == date(2026, 4, 2)
    record(office, submitted)
    office.now += timedelta(days=60)
    chase(office)
    assert told_to(office, submitted) == []
    assert duty() is None
