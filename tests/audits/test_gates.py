"""A case between its deadlines and its gates, by the product's verbs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from audits import cases, notices, options, publications, statistics
from audits.calendars import local_day
from audits.models import Case, Disclosure, ListEntry, Notice
from audits.statistics import Completion, Rate
from tests.audits.office import Office
from workflows import tasks
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Submission, Task

SELF = {"start_filing": {"mode": "self"}}


def told(office: Office, case_id: str, kind: str) -> list[str]:
    """Give which organisations were sent a kind of notice about a case."""
    with office.looking() as session:
        rows = select(Notice.organisation_id).where(Notice.instance_id == case_id, Notice.kind == kind)
        return sorted(session.scalars(rows))


# ---- duties and their days


def test_who_is_late_is_reminded_then_reported_and_pursued(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_disclosure")
    due = office.deadline(case_id, "disclosure").due_on
    office.wait(days=(due - date(2026, 3, 2)).days - 1)
    assert told(office, case_id, "deadline_soon") == ["bakery"]
    assert told(office, case_id, "deadline_overdue") == []
    office.wait(days=2)
    assert told(office, case_id, "deadline_overdue") == ["bakery", "lanzhou_bureau"]
    office.do(office.task(case_id, "follow_up_disclosure"), action="order")
    assert office.told(case_id, "letter.issued")[-1]["kind"] == "overdue_order"
    office.do(office.task(case_id, "submit_disclosure"))
    row = office.deadline(case_id, "disclosure")
    assert row.met_on is not None
    assert row.met_on > row.due_on
    with office.looking() as session:
        assert session.scalars(select(Disclosure.case_id)).all() == [case_id]


@pytest.mark.database
def test_a_report_in_time_is_met_on_its_day_and_open_again_when_sent_back(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    due = office.deadline(case_id, "report").due_on
    office.wait(days=(due - timedelta(days=3) - date(2026, 3, 2)).days)
    office.do(office.task(case_id, "submit_report"))
    assert office.deadline(case_id, "report").met_on == due - timedelta(days=3)
    office.wait(days=10)  # the bureau is slow: the day passes, and nobody is pursued
    assert told(office, case_id, "deadline_overdue") == []
    assert [task.element for task in office.waiting(case_id)] == ["check_report_receipt"]
    office.do(office.task(case_id, "check_report_receipt"), decision="supplement")
    row = office.deadline(case_id, "report")
    assert (row.met_on, row.due_on, row.runs_to) == (None, due, date(2027, 4, 12)), "10 days of reading, 30 to correct"
    assert told(office, case_id, "deadline_overdue") == []
    assert office.told(case_id, "deadline.reopened")[0]["met_on"] == (due - timedelta(days=3)).isoformat()
    office.do(office.task(case_id, "submit_report"))
    row = office.deadline(case_id, "report")
    assert (row.met_on, row.due_on) == (due + timedelta(days=7), due)
    assert (row.suspended_days, row.runs_to) == (10, date(2027, 3, 12)), "in time: the days at the bureau do not count"
    assert office.incidents() == []


def test_what_is_sent_back_to_be_corrected_stops_the_clock_of_its_own_duty(office: Office) -> None:
    case_id = office.open()
    office.do(office.task(case_id, "confirm_notice_receipt"))
    office.do(office.task(case_id, "submit_disclosure"))
    due = office.deadline(case_id, "disclosure").due_on
    office.wait(days=4)
    office.do(office.task(case_id, "check_disclosure"), decision="return")
    row = office.deadline(case_id, "disclosure")
    assert (row.met_on, row.due_on) == (None, due)
    assert row.runs_to > due, "the days at the bureau and those to correct it"
    office.wait(days=2)
    office.do(office.task(case_id, "correct_disclosure"))
    row = office.deadline(case_id, "disclosure")
    assert (row.met_on, row.due_on, row.suspended_days) == (local_day(office.now), due, 6)
    assert office.incidents() == []


@pytest.mark.night
def test_a_supplement_is_met_when_it_is_handed_in_and_stands_still_while_it_is_sent_back(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_supplement", evaluation_score_sheet={"score": 82.0}, **SELF)
    office.do(office.task(case_id, "submit_supplement"))
    assert office.deadline(case_id, "supplement").met_on == local_day(office.now)
    office.wait(days=3)
    office.do(office.task(case_id, "review_supplement"), decision="return")
    assert office.deadline(case_id, "supplement").met_on is None
    office.do(office.task(case_id, "submit_supplement"))
    row = office.deadline(case_id, "supplement")
    assert (row.met_on, row.suspended_days) == (local_day(office.now), 3)


def test_who_does_not_correct_in_the_time_for_it_is_late_by_the_shifted_day(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    due = office.deadline(case_id, "report").due_on
    office.wait(days=(due - timedelta(days=3) - date(2026, 3, 2)).days)
    office.do(office.task(case_id, "submit_report"))
    office.wait(days=10)
    office.do(office.task(case_id, "check_report_receipt"), decision="supplement")
    shifted = office.deadline(case_id, "report").runs_to
    office.wait(days=(shifted - local_day(office.now)).days)
    assert told(office, case_id, "deadline_overdue") == []
    office.wait(days=1)
    assert told(office, case_id, "deadline_overdue") == ["bakery", "lanzhou_bureau"]


def test_a_report_that_was_late_is_not_saved_by_its_correction(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    due = office.deadline(case_id, "report").due_on
    office.wait(days=(due + timedelta(days=5) - date(2026, 3, 2)).days)
    office.do(office.task(case_id, "submit_report"))
    office.do(office.task(case_id, "check_report_receipt"), decision="supplement")
    row = office.deadline(case_id, "report")
    assert (row.runs_to, row.suspended_days) == (due, 0)


def test_a_refused_report_stops_no_clock(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    office.do(office.task(case_id, "check_report_receipt"), decision="refuse")
    row = office.deadline(case_id, "report")
    assert (row.met_on, row.runs_to, row.suspended_days) == (None, row.due_on, 0)


def test_a_report_sent_back_in_time_is_nobodys_fault(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    office.do(office.task(case_id, "check_report_receipt"), decision="supplement")
    assert office.deadline(case_id, "report").met_on is None
    assert told(office, case_id, "deadline_overdue") == []


# ---- nobody types twice


def begun(office: Office, case_id: str, element: str) -> dict[str, Any]:
    """Give what a form begins with on the page of its task."""
    task = office.task(case_id, element)
    with office.as_("wang") as (session, actor):
        return tasks.view(session, office.app, actor, task.id, now=office.now).data


def submitted(office: Office, case_id: str, form: str) -> dict[str, Any]:

    with office.looking() as session:
        query = select(Submission.answers).where(Submission.instance_id == case_id, Submission.form == form)
        found = session.scalar(query.order_by(Submission.submitted_at.desc()).limit(1))
    assert found is not None
    return found


def test_later_phases_begin_with_the_options_of_the_earlier(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "determine_options", **SELF)
    generated = [
        row for row in submitted(office, case_id, "option_generation")["options"] if row["screening"] != "rejected"
    ]
    costly = [row for row in generated if row["option_class"] in {"medium", "high"}]
    assert costly
    shown = begun(office, case_id, "determine_options")["options"]
    assert [(row["code"], row["name"], row["owner"]) for row in shown] == [
        (row["code"], row["name"], row["owner"]) for row in costly
    ]
    office.until(case_id, "submit_report")
    study = [row for row in submitted(office, case_id, "option_feasibility")["options"] if row["recommended"] == "yes"]
    report = begun(office, case_id, "submit_report")
    assert report["count_high"] == len(study)
    assert report["count_low"] == len(generated) - len(costly)
    assert report["investment_high"] == pytest.approx(float(sum(row["investment"] for row in study)))
    assert report["focus"] == submitted(office, case_id, "pre_audit_survey")["focus"]
    office.until(case_id, "implement_options")
    shown = begun(office, case_id, "implement_options")
    assert {row["code"] for row in shown["options"]} == {row["code"] for row in generated} - (
        {row["code"] for row in costly} - {row["code"] for row in study}
    )
    survey = submitted(office, case_id, "pre_audit_survey")["goals"]
    assert [goal["indicator"] for goal in shown["goals"]] == [goal["indicator"] for goal in survey]
    office.until(case_id, "apply_for_acceptance")
    done = submitted(office, case_id, "option_implementation")["options"]
    assert begun(office, case_id, "apply_for_acceptance")["count_total"] == len(done)


def test_what_was_answered_before_stands_and_only_new_rows_are_added(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    with office.looking() as session:
        task = session.scalars(select(Task).where(Task.element == "determine_options")).one()
        code = submitted(office, case_id, "option_feasibility")["options"][0]["code"]
        stored = {"options": [{"code": code, "name": "我的名称"}], "funding": "自筹"}
        begins = office.app.form_data(session, task, stored)
    assert begins["funding"] == "自筹"
    assert begins["options"][0] == {"code": code, "name": "我的名称"}
    assert len({row["code"] for row in begins["options"]}) == len(begins["options"]) > 1


def test_the_register_of_options_is_fed_by_what_is_submitted(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "apply_for_evaluation", **SELF)
    rows = submitted(office, case_id, "option_generation")["options"]
    with office.looking() as session:
        register = {row.code: row for row in options.of_case(session, case_id)}
    assert set(register) == {row["code"] for row in rows}
    assert all(register[row["code"]].name == row["name"] for row in rows)
    assert {row.status for row in register.values()} <= set(options.STATUSES)
    assert {row.cost_class for row in register.values()} <= set(options.CLASSES)
    assert {row.aspect for row in register.values()} <= set(options.ASPECTS)
    office.until(case_id, "plan_continuous_production")
    office.until(case_id, "apply_for_acceptance")
    done = {
        row["code"]
        for row in submitted(office, case_id, "option_implementation")["options"]
        if row["progress"] == "done"
    }
    with office.looking() as session:
        after = {
            row.code
            for row in options.of_case(session, case_id)
            if row.status == "done" and row.actual_investment is not None
        }
    assert done
    assert done <= after


# ---- results


@pytest.mark.database
def test_a_failed_acceptance_opens_a_linked_case_with_fresh_clocks_and_results_are_published(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "draft_re_audit_order", **SELF, acceptance_score_sheet={"score": 88, "vetoes": ["V2"]})
    office.wait(days=60)
    office.do(office.task(case_id, "draft_re_audit_order"))
    parent = office.case(case_id)
    assert parent.outcome == "unqualified"
    with office.looking() as session:
        child = session.scalars(select(Case).where(Case.parent_id == case_id)).one()
        assert child.number == f"{parent.number}-R1"
        assert child.publication_date == date(2026, 5, 1)
        assert session.get_one(ListEntry, parent.entry_id).outcome == "unqualified"
    assert office.deadline(child.id, "start").trigger_on == date(2026, 5, 1)
    with office.as_("wang") as (session, actor):
        assert [one.id for one in cases.get(session, actor, case_id).children] == [child.id]
        view = cases.get(session, actor, child.id)
        assert view.parent is not None
        assert view.parent.id == case_id
        assert "reaudit_opened" in {notice.kind for notice in notices.mine(session, actor).items}
    assert office.incidents() == []
    assert office.stalled() == []
    _publish(office, case_id, child.id)


def _publish(office: Office, case_id: str, child_id: str) -> None:
    asked = {"title": "公告", "region_code": "620000", "published_on": date(2026, 5, 1), "now": office.now}
    with office.as_("li") as (session, actor), pytest.raises(NotAllowed):
        publications.publish_results(session, actor, case_ids=[case_id], **asked)
    with office.as_("ma") as (session, actor):
        assert [case.id for case, _ in publications.pending_results(session, actor).items] == [case_id]
        for wrong, error in (
            ({"case_ids": [child_id]}, Invalid),
            ({"case_ids": []}, Invalid),
            ({"case_ids": ["nothing"]}, NotFound),
            ({"title": ""}, Invalid),
            ({"published_on": date(2027, 1, 1)}, Invalid),
            ({"region_code": "1"}, Invalid),
        ):
            with pytest.raises(error):
                publications.publish_results(session, actor, **({"case_ids": [case_id]} | asked | wrong))
        first = publications.publish_results(session, actor, case_ids=[case_id], **asked)
        assert publications.pending_results(session, actor).items == ()
        with pytest.raises(Conflict):
            publications.publish_results(session, actor, case_ids=[case_id], **asked)
        second = publications.correct(
            session, actor, first.id, case_ids=[case_id], published_on=date(2026, 5, 1), reason="更正", now=office.now
        )
        with pytest.raises(Conflict):
            publications.correct(
                session,
                actor,
                first.id,
                case_ids=[case_id],
                published_on=date(2026, 5, 1),
                reason="更正",
                now=office.now,
            )
        first_id, second_id = first.id, second.id
    with office.looking() as session:
        old, replaced_by = publications.public_get(session, first_id)
        assert (old.id, replaced_by is not None and replaced_by.id) == (first_id, second_id)
        assert publications.public_get(session, second_id)[1] is None
        line = publications.public_entries(session, first_id).items[0].content
        assert (line["name"], line["outcome"]) == ("黄河食品有限公司", "unqualified")
        assert len(publications.public_list(session, kind="results", region="620000").items) == 2
        assert publications.public_list(session, kind="results", region="370000").items == ()
        with pytest.raises(NotFound):
            publications.public_get(session, "nothing")
    assert [event["title"] for event in office.told(case_id, "result.published")] == ["公告", "公告"]


# ---- statistics


def test_both_rates_show_numerator_and_denominator() -> None:
    cohort = Completion("", "", listed=49, qualified=36, unqualified=6, removed=4, deferred=3)
    assert (cohort.rate_all, str(cohort.rate_all.percent)) == (Rate(36, 49), "73.5")
    assert (cohort.rate_net, str(cohort.rate_net.percent)) == (Rate(36, 42), "85.7")
    assert cohort.running == 0
    assert Rate(0, 0).percent is None


@pytest.mark.database
def test_completion_is_counted_by_listed_enterprise_as_far_as_one_sees(office: Office) -> None:
    office.publish({"bakery": ["SHUANGYOU"], "steelworks": ["SHUANGYOU"]})
    office.publish({"jinan_paper": ["SHUANGYOU"]}, by="meng", region="370100")
    with office.as_("ma") as (session, actor):
        entries = {row.enterprise_id: row for row in session.scalars(select(ListEntry))}
        entries["bakery"].outcome, entries["steelworks"].outcome = "qualified", "deferred"
        entries["jinan_paper"].outcome = "qualified"
    with office.as_("ma") as (session, actor):
        seen = statistics.completion(session, actor)
        assert (seen.listed, seen.qualified, seen.deferred, seen.running) == (2, 1, 1, 0)
        assert (seen.rate_all, seen.rate_net) == (Rate(1, 2), Rate(1, 1))
        assert statistics.completion(session, actor, year=2025).listed == 0
        assert statistics.completion(session, actor, region="620104").listed == 0
        assert [line.listed for line in statistics.by_list(session, actor)] == [2]
        assert [(line.name, line.listed) for line in statistics.by_region(session, actor)] == [("兰州市", 2)]
        assert statistics.by_region(session, actor, language="en")[0].name == "Lanzhou"
    with office.as_("kong") as (session, actor):
        assert statistics.completion(session, actor).listed == 1
    with office.as_("he") as (session, actor):
        assert statistics.completion(session, actor, list_id="none").listed == 0


# ---- notices


def test_a_notice_is_written_in_both_languages_and_read_once(office: Office) -> None:
    case_id = office.open()
    with office.as_("wang") as (session, actor):
        notice = notices.mine(session, actor).items[0]
        assert notices.text(notice) == "黄河食品有限公司：已制发强制性清洁生产审核书面通知书 兰州环清〔2026〕1号"
        assert "Written notice" in notices.text(notice, "en")
        assert notices.unread_count(session, actor) == 1
        notices.mark_read(session, actor, notice.id, office.now)
        notices.mark_read(session, actor, notice.id, office.now + timedelta(days=1))
        assert notices.unread_count(session, actor) == 0
        assert notice.read_at == office.now
        notices.send(
            session,
            key=notice.key,
            organisation_id="bakery",
            instance_id=case_id,
            kind=notice.kind,
            values={},
            now=office.now,
        )
        assert len(notices.mine(session, actor).items) == 1
