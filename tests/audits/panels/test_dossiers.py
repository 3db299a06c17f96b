"""The dossier of a panel stays as it was when the panel was appointed."""

from __future__ import annotations

import copy

import pytest
from sqlalchemy import select

from audits import dossiers
from audits.models import Panel
from server.casefile import handed_in
from tests.audits.office import Office
from tests.workflows.test_previews import THREE
from workflows import previews, uploads
from workflows.errors import NotFound
from workflows.models import Submission, Task


def dossier(office: Office, who: str, panel_id: str) -> dossiers.Dossier:
    with office.as_(who) as (session, actor):
        return dossiers.of_panel(session, actor, panel_id)


def test_a_later_submission_does_not_change_what_the_panel_judges(office: Office, case_id: str) -> None:
    office.do(office.task(case_id, "propose_evaluation_panel"))
    with office.looking() as session:
        panel_id = session.scalars(select(Panel.id)).one()
    before = dossier(office, "sun", panel_id)
    forms = {one.task.form for one in before.documents}
    assert {"audit_report", "evaluation_application", "option_generation"} <= forms
    assert not forms & {"panel_appointment", "evaluation_score_sheet"}
    assert [(one.holds, one.newer) for one in before.documents] == [(True, False)] * len(forms)
    assert any(one.files for one in before.documents)
    office.wait(days=1)
    report = next(one for one in before.documents if one.task.form == "audit_report")
    sheet = next(task for task in office.waiting(case_id) if task.assignee_id == "sun")
    with office.as_("li") as (session, _actor):
        old = session.get_one(Submission, report.task.id)
        task = session.get_one(Task, sheet.id)
        again = Task(**{key: getattr(task, key) for key in ("instance_id", "element", "process", "name", "role", "actions", "item", "business_key", "subject", "region_path", "opened_at")}, id="again", form="audit_report", status="completed")  # fmt: skip  # noqa: E501
        session.add(again)
        session.flush()
        session.add(Submission(task_id="again", instance_id=case_id, element="submit_report", form="audit_report", answers=copy.deepcopy(old.answers) | {"focus": "改了"}, shown={}, submitted_at=office.now, submitted_by="wang"))  # fmt: skip  # noqa: E501
    after = dossier(office, "sun", panel_id)
    assert after.sha256 == before.sha256
    assert {one.task.form: one.newer for one in after.documents if one.newer} == {"audit_report": True}
    with office.as_("sun") as (session, actor):
        seen = {one.task_id for one in handed_in(session, actor, session.get_one(Task, sheet.id))}
        assert report.task.id in seen
        assert "again" not in seen
    with office.as_("li") as (session, _actor):
        row = session.get_one(Submission, report.task.id)
        row.answers = row.answers | {"focus": "动过手脚"}
    assert [one.task.form for one in dossier(office, "li", panel_id).documents if not one.holds] == ["audit_report"]
    for stranger in ("chen", "kong", "e1"):
        with pytest.raises(NotFound):
            dossier(office, stranger, panel_id)


def test_a_page_is_drawn_with_the_mark_of_its_reader() -> None:
    plain, marked = (previews.draw(THREE, uploads.PDF, 1, mark) for mark in ("", "sun 2026-03-02 09:30"))
    assert plain[:8] == marked[:8] == b"\x89PNG\r\n\x1a\n"
    assert plain != marked
