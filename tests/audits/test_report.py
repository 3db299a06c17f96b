"""The audit report: what is missing before it is submitted, its receipt, its correction, and its versions side by side."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import select, update

from audits import gaps, letters, submissions
from audits.demo.player import PDF
from audits.models import Letter
from forms import shipped
from tests.audits.office import Office
from workflows import files, tasks
from workflows.errors import Invalid, NotFound
from workflows.models import Attachment, Submission

SELF = {"start_filing": {"mode": "self"}}
FORM = "audit_report"


def listed(office: Office, case_id: str, by: str = "wang", element: str = "submit_report") -> list[gaps.Gap]:
    """Give the gaps of a waiting task."""
    task = office.task(case_id, element)
    with office.looking() as session:
        return gaps.gaps(session, office.app, office.actor(session, by), task.id, now=office.now)


def receipts(office: Office, case_id: str) -> list[Letter]:
    """Give the receipts of a case in order."""
    with office.looking() as session:
        return [row for row in letters.for_case(session, case_id) if row.kind == "report_receipt"]


def checked(office: Office, receipt: Letter) -> letters.PublicLetter:
    """Ask what anybody may ask who holds a receipt's code."""
    with office.looking() as session:
        found = letters.by_code(session, receipt.code)
    assert found is not None
    return found


def report_of(office: Office, case_id: str) -> str:
    """Give the task of the first report of a case."""
    with office.looking() as session:
        query = select(Submission.task_id).where(Submission.instance_id == case_id, Submission.form == FORM)
        return session.scalars(query).one()


def compared(office: Office, case_id: str, by: str = "li", new: int = 0) -> submissions.Comparison:
    """Set two versions side by side."""
    with office.looking() as session:
        return submissions.compare(session, office.actor(session, by), case_id, FORM, new=new)


# ---- gaps


def test_every_gap_of_a_report_is_listed_with_its_place(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    task = office.task(case_id, "submit_report")
    found = listed(office, case_id)
    places = {gap.field: gap for gap in found}
    assert places["report_file"].kind == "attachment"
    assert places["report_title"].kind == "field"
    assert places["report_title"].label == "报告名称"
    assert all(gap.task_id == task.id and gap.text for gap in found)
    assert "count_low" not in places, "the phases have filled it in"


def test_a_gap_closes_once_the_draft_fills_it(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    task = office.task(case_id, "submit_report")
    with office.as_("wang") as (session, actor):
        view = tasks.view(session, office.app, actor, task.id, now=office.now)
        made = files.upload(session, office.app, actor, name="报告.pdf", content=PDF, task_id=task.id, now=office.now)
        entry = {"id": made.id, "name": made.name, "size": made.size, "type": made.media_type}
        typed = {**view.data, "report_title": "审核报告", "report_file": [entry]}
        tasks.save_draft(session, actor, task.id, typed, "", 0, office.now)
    left = {gap.field for gap in listed(office, case_id)}
    assert {"report_title", "report_file"}.isdisjoint(left)
    assert "version" in left


def test_a_phase_that_is_not_handed_in_is_a_gap_with_the_way_to_it(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    with office.sessions.begin() as session:
        session.execute(
            update(Submission).where(Submission.instance_id == case_id, Submission.form == "option_generation")
            .values(form="somewhere_else")
        )  # fmt: skip
    missing = [gap for gap in listed(office, case_id) if gap.kind == "phase"]
    assert len(missing) == 1
    assert missing[0].label


def test_a_figure_that_is_not_that_of_its_phase_is_listed_with_both(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    task = office.task(case_id, "submit_report")
    with office.as_("wang") as (session, actor):
        view = tasks.view(session, office.app, actor, task.id, now=office.now)
        real = view.data["count_low"]
        tasks.save_draft(session, actor, task.id, {**view.data, "count_low": real + 3}, "", 0, office.now)
    figure = next(gap for gap in listed(office, case_id) if gap.kind == "figure")
    assert (figure.field, figure.says, figure.expected) == ("count_low", f"{real + 3:g}", f"{real:g}")


def test_what_the_bureau_asks_for_is_listed_where_it_is_mended(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    office.do(
        office.task(case_id, "check_report_receipt"),
        decision="supplement",
        missing_codes=["balance", "annex"],
        reason="水平衡缺少补测",
    )
    asked = [gap for gap in listed(office, case_id) if gap.kind == "correction"]
    with office.looking() as session:
        measured = session.scalar(
            select(Submission.task_id).where(Submission.instance_id == case_id, Submission.form == "audit_measurement")
        )
    assert [(gap.label, gap.field, gap.task_id) for gap in asked] == [
        ("平衡测试不足", "balances", measured),
        ("附件不全", "report_annexes", office.task(case_id, "submit_report").id),
    ]
    assert {gap.text for gap in asked} == {"水平衡缺少补测"}


@pytest.mark.parametrize(
    ("element", "fields"),
    [
        ("apply_for_evaluation", {"report_file", "evidence_files", "capability_proof"}),
        (
            "apply_for_acceptance",
            {
                "evaluation_opinion_file",
                "acceptance_report",
                "monitoring_before",
                "monitoring_after",
                "before_on",
                "after_on",
            },
        ),
    ],
)
def test_an_application_lists_its_attachments_and_its_monitoring_as_gaps(
    office: Office, element: str, fields: set[str]
) -> None:
    case_id = office.open()
    office.until(case_id, element, **SELF)
    task = office.task(case_id, element)
    found = {gap.field: gap for gap in listed(office, case_id, element=element)}
    assert fields <= set(found)
    files_ = fields - {"before_on", "after_on"}
    assert {found[name].kind for name in files_} == {"attachment"}
    assert {found[name].task_id for name in fields} == {task.id}
    with office.as_("wang") as (session, actor), pytest.raises(Invalid) as caught:
        tasks.complete(session, office.app, actor, task.id, {"contact": "王工"}, now=office.now)
    assert fields <= set(caught.value.fields)


def test_a_phase_behind_an_application_is_a_gap_with_the_way_to_it(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "apply_for_acceptance", **SELF)
    with office.sessions.begin() as session:
        session.execute(
            update(Submission).where(Submission.instance_id == case_id, Submission.form == "continuous_plan")
            .values(form="somewhere_else")
        )  # fmt: skip
    missing = [gap for gap in listed(office, case_id, element="apply_for_acceptance") if gap.kind == "phase"]
    assert len(missing) == 1
    assert missing[0].label


def test_who_may_not_submit_sees_no_gaps_and_a_stranger_no_task(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    assert listed(office, case_id, by="li") == []
    with pytest.raises(NotFound):
        listed(office, case_id, by="chen")


@pytest.mark.parametrize("form", sorted(gaps.PLACES))
def test_every_place_that_a_bureau_may_name_is_a_field_and_every_thing_it_may_ask_for_has_a_place(form: str) -> None:
    def ids(components: list[dict[str, Any]]) -> set[str]:
        inner = [ids(one.get("components", [])) for one in components]
        return {one.get("id", "") for one in components}.union(*inner)

    for holder, field in gaps.PLACES[form].values():
        assert field in ids(shipped()[holder]["components"]), (holder, field)
    check, key = gaps.CHECKS[form]
    found = [
        one for group in shipped()[check]["components"] for one in group.get("components", []) if one.get("key") == key
    ]
    assert {choice["value"] for choice in found[0]["values"]} == set(gaps.PLACES[form])


# ---- the receipt


@pytest.mark.database
def test_the_receipt_carries_the_hash_of_what_was_submitted(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    (receipt,) = receipts(office, case_id)
    task_id = report_of(office, case_id)
    with office.looking() as session:
        content = submissions.document(session, office.actor(session, "wang"), task_id)
        file = session.scalars(select(Attachment).where(Attachment.task_id == task_id)).one()
    public = checked(office, receipt)
    expected = hashlib.sha256(content).hexdigest()
    assert receipt.data["submission"]["sha256"] == expected
    assert any(expected in paragraph for paragraph in receipt.data["paragraphs"])
    assert (public.submission, public.submission_holds) == (expected, True)
    told = json.loads(content)
    assert file.sha256 in {one["sha256"] for one in told["files"]}
    assert office.told(case_id, "letter.issued")[-1]["submission"] == expected


def test_a_receipt_no_longer_holds_when_a_single_answer_was_changed_behind_it(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    (receipt,) = receipts(office, case_id)
    with office.sessions.begin() as session:
        row = session.scalars(
            select(Submission).where(Submission.instance_id == case_id, Submission.form == FORM)
        ).one()
        row.answers = {**row.answers, "count_low": row.answers["count_low"] + 1}
    assert checked(office, receipt).submission_holds is False


def test_a_file_that_was_exchanged_behind_the_receipt_is_found_too(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    (receipt,) = receipts(office, case_id)
    with office.sessions.begin() as session:
        other = session.scalars(select(Attachment).where(Attachment.name.endswith(".docx"))).first()
        assert other is not None
        session.execute(
            update(Attachment).where(Attachment.instance_id == case_id, Attachment.name == "附件.pdf")
            .values(sha256=other.sha256)
        )  # fmt: skip
    assert checked(office, receipt).submission_holds is False


def test_accepting_and_refusing_have_letters_of_their_own(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    office.do(office.task(case_id, "check_report_receipt"), decision="refuse", reason="不属于本批名单")
    assert office.told(case_id, "letter.issued")[-1]["kind"] == "refusal"
    assert office.deadline(case_id, "report").met_on is None, "the clock runs again"
    office.wait(days=3)
    office.do(office.task(case_id, "submit_report"))
    office.do(office.task(case_id, "check_report_receipt"), decision="accept")
    last = office.told(case_id, "letter.issued")[-1]
    assert last["kind"] == "report_acceptance"
    assert last["submission"] == receipts(office, case_id)[-1].data["submission"]["sha256"]
    assert office.deadline(case_id, "report").met_on is not None


# ---- versions


@pytest.mark.database
def test_versions_are_compared_field_by_field_and_file_by_file(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    office.do(office.task(case_id, "submit_report"), version="V1.0", report_title="第一版")
    office.do(office.task(case_id, "check_report_receipt"), decision="supplement", missing_codes=["annex"])
    office.wait(days=3)
    office.do(office.task(case_id, "submit_report"), version="V2.0", report_title="第二版", changes="补充附件")
    found = compared(office, case_id)
    assert [one.label for one in found.versions] == ["V1.0", "V2.0"]
    rows = {row.label: row for row in found.changes}
    assert (rows["报告名称"].old, rows["报告名称"].new, rows["报告名称"].change) == ("第一版", "第二版", "changed")
    assert rows["与上一版的差异（补正提交时填写）"].new == "补充附件"
    same = {row.label for row in found.rows if row.change == "same"}
    assert "审核报告（加盖企业与咨询机构公章）" in same, "the same bytes under another id are the same file"
    first, second = receipts(office, case_id)
    assert [one.sha256 for one in found.versions] == [one.data["submission"]["sha256"] for one in (first, second)]
    assert second.data["submission"]["number"] == 2


def test_a_file_with_other_bytes_under_the_same_name_has_changed(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "submit_report", **SELF)
    office.do(office.task(case_id, "submit_report"))
    office.do(office.task(case_id, "check_report_receipt"), decision="supplement", missing_codes=["report"])
    task = office.task(case_id, "submit_report")
    with office.as_("wang") as (session, actor):
        made = files.upload(
            session, office.app, actor, name="附件.pdf", content=PDF + b"%2", task_id=task.id, now=office.now
        )
        entry = {"id": made.id, "name": made.name, "size": made.size, "type": made.media_type}
    office.do(task, report_file=[entry])
    row = next(row for row in compared(office, case_id).changes if row.new_files)
    assert row.label == "审核报告（加盖企业与咨询机构公章）"
    assert row.old == row.new == "附件.pdf"
    assert row.old_files[0]["sha256"] != row.new_files[0]["sha256"]


def test_a_first_version_is_compared_with_nothing_and_a_missing_one_is_not_found(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "check_report_receipt", **SELF)
    found = compared(office, case_id)
    assert found.old is None
    assert {row.change for row in found.rows} == {"added"}
    with pytest.raises(NotFound):
        compared(office, case_id, new=2)
    with pytest.raises(NotFound):
        compared(office, case_id, by="chen")
