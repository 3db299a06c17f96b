"""Printed forms: what was handed in, as Word and PDF, for who may read it."""

from __future__ import annotations

import io
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import select

from audits import group_sheets, printed_forms
from audits.models import Panel
from forms import shipped
from tests.audits.office import Office, application
from tests.audits.pdf import words_of
from workflows.db import make_engine, make_sessions
from workflows.errors import NotAllowed, NotFound
from workflows.models import Submission, Task
from workflows.settings import Settings

FORMS = ("disclosure", "start_filing", "evaluation_application", "acceptance_application", "evaluation_score_sheet")


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Play a case up to its acceptance panel once; every test of this file on SQLite gets a copy of it."""
    path = tmp_path_factory.mktemp("printed") / "world.db"
    shutil.copyfile(sqlite_template, path)
    settings = Settings(database_url=f"sqlite:///{path}", secret_key="only-for-tests", fast_and_unsafe=True)
    engine = make_engine(settings)
    played(Office(make_sessions(engine), application(settings)))
    engine.dispose()
    return path


def played(office: Office) -> str:
    """Give a case whose acceptance panel is about to score."""
    case_id = office.open()
    office.until(case_id, "implement_options")
    office.now += timedelta(days=30)
    office.until(case_id, "score_acceptance")
    return case_id


@pytest.fixture
def judged(office: Office) -> str:
    """Give the case that waits for its acceptance panel."""
    with office.looking() as session:
        query = select(Task).where(Task.element == "score_acceptance", Task.status == "open")
        found = session.scalars(query.limit(1)).one_or_none()
    if found is None:
        return played(office)
    office.now = max(office.now, found.opened_at)
    return found.instance_id


def submitted(office: Office, case_id: str, form: str) -> Submission:
    """Give the first submission of a form."""
    with office.looking() as session:
        query = select(Submission).where(Submission.instance_id == case_id, Submission.form == form)
        return session.scalars(query.order_by(Submission.submitted_at)).first()  # type: ignore[return-value]


def printed(office: Office, task_id: str, suffix: str, by: str = "li") -> bytes:
    """Print what was submitted for a task."""
    with office.looking() as session:
        return printed_forms.file(session, office.actor(session, by), task_id, suffix)[1]


def words_in(data: bytes) -> str:
    """Read a Word file back: every paragraph and every cell."""
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_every_printed_form_is_a_form_that_ships() -> None:
    assert set(printed_forms.kinds()) <= set(shipped())
    for key, one in printed_forms.kinds().items():
        known = {str(field.get("key") or field.get("path")) for field in _fields(shipped()[key])}
        assert one.leave_out - {"enterprise_name", "truth_statement"} <= known, key


def _fields(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for part in node.get("components", []) for one in (part, *_fields(part))]


@pytest.mark.parametrize("form", FORMS)
def test_a_printed_form_says_what_was_handed_in_in_both_files(office: Office, judged: str, form: str) -> None:
    one = submitted(office, judged, form)
    word = words_in(printed(office, one.task_id, "docx"))
    pdf = words_of(printed(office, one.task_id, "pdf"))
    told = {
        "disclosure": ("legal_representative", "disclosed_on"),
        "start_filing": ("contract_no", "plan_end"),
        "evaluation_application": ("contact", "count_low"),
        "acceptance_application": ("laboratory", "after_on"),
        "evaluation_score_sheet": ("total", "comments"),
    }[form]
    for name in told:
        value = f"{one.answers[name]:g}" if isinstance(one.answers[name], float) else str(one.answers[name])
        assert value in word
        assert "".join(value.split()) in pdf
    for always in (printed_forms.kinds()[form].names[0], *printed_forms.kinds()[form].signatures, "依据"):
        assert always in word
        assert always in pdf


def test_a_consultancy_and_choices_are_named_not_coded(office: Office, judged: str) -> None:
    word = words_in(printed(office, submitted(office, judged, "start_filing").task_id, "docx"))
    assert "consultancy" not in word.replace("other_consultancy", "")
    assert "组织方式代码" not in word
    results = words_in(printed(office, submitted(office, judged, "acceptance_application").task_id, "docx"))
    assert "yes" not in results.split("\n")


def test_files_are_listed_by_what_they_are_with_their_hash(office: Office, judged: str) -> None:
    word = words_in(printed(office, submitted(office, judged, "acceptance_application").task_id, "docx"))
    for name in ("清洁生产审核验收报告", "实施前监测报告（排放与能耗）", "实施后监测报告（排放与能耗）"):
        assert name in word


def test_a_form_is_printed_for_who_may_read_it_alone(office: Office, judged: str) -> None:
    task_id = submitted(office, judged, "disclosure").task_id
    assert printed(office, task_id, "pdf", by="wang").startswith(b"%PDF")
    with pytest.raises(NotFound, match="printed_form_not_found"):
        printed(office, task_id, "pdf", by="chen")
    sheet = submitted(office, judged, "evaluation_score_sheet").task_id
    with pytest.raises(NotFound):
        printed(office, sheet, "pdf", by="wang")
    with pytest.raises(NotFound):
        printed(office, submitted(office, judged, "audit_preparation").task_id, "pdf")


def test_a_group_sheet_holds_every_expert_and_the_result(office: Office, judged: str) -> None:
    with office.looking() as session:
        panels = {one.purpose: one for one in session.scalars(select(Panel).where(Panel.case_id == judged))}
        li = office.actor(session, "li")
        _name, data = group_sheets.file(session, li, panels["evaluation"].id, "pdf")
        _name, word = group_sheets.file(session, li, panels["evaluation"].id, "docx")
        assert [one.id for one in group_sheets.of_case(session, li, judged)] == [panels["evaluation"].id]
        totals = [
            one.answers["total"]
            for one in session.scalars(
                select(Submission).where(Submission.instance_id == judged, Submission.form == "evaluation_score_sheet")
            )
        ]
        with pytest.raises(NotFound, match="printed_form_not_found"):
            group_sheets.document(session, li, panels["acceptance"].id)
        with pytest.raises(NotAllowed):
            group_sheets.document(session, office.actor(session, "wang"), panels["evaluation"].id)
        assert group_sheets.of_case(session, office.actor(session, "wang"), judged) == []
    assert len(totals) >= 3
    text = words_of(data)
    for total in totals:
        assert f"{total:g}" in text
        assert f"{total:g}" in words_in(word)
    assert "专家组得分" in text
