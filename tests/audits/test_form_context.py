"""What the page of a task is given: a score or a sheet only where the form was made to show it."""

from __future__ import annotations

import pytest

from tests.audits.office import Office
from workflows import tasks
from workflows.models import Task

SECRET = {"score", "sheets", "sheet", "evaluation", "acceptance", "panel", "failure", "jurisdiction"}


def context_of(office: Office, task: Task, language: str = "zh") -> dict[str, object]:
    with office.looking() as session:
        actor = office.actor(session, office.person(session, task))
        return tasks.view(session, office.app, actor, task.id, language=language, now=office.now).context


@pytest.fixture
def case_id(office: Office) -> str:
    return office.open()


def test_scores_and_sheets_are_only_on_the_pages_that_show_them(office: Office, case_id: str) -> None:
    given: dict[str, set[str]] = {}
    for _ in range(80):
        waiting = office.waiting(case_id)
        if not waiting:
            break
        for task in waiting:
            given.setdefault(task.form, set()).update(SECRET & set(context_of(office, task)))
        office.do(waiting[0])
    assert office.case(case_id).outcome == "qualified"
    assert {"evaluation_score_sheet", "acceptance_score_sheet", "acceptance_application"} <= set(given)
    assert {form: names for form, names in given.items() if names} == {
        "evaluation_opinion": {"score", "evaluation"},
        "acceptance_opinion": {"score", "acceptance"},
    }


def test_a_form_reads_the_case_its_place_and_its_days(office: Office, case_id: str) -> None:
    task = office.task(case_id, "confirm_notice_receipt")
    context = context_of(office, task)
    case, days = context["case"], context["deadlines"]
    assert isinstance(case, dict)
    assert isinstance(days, dict)
    assert (case["region_name"], case["previous_failures"], case["round"]) == ("甘肃省兰州市城关区", 0, 1)
    english = context_of(office, task, "en")["case"]
    assert isinstance(english, dict)
    assert english["region_name"] == "Chengguan, Lanzhou, Gansu"
    assert context["consultancies"] == []
    office.until(case_id, "file_start")
    context = context_of(office, office.task(case_id, "file_start"))
    days = context["deadlines"]
    assert isinstance(days, dict)
    assert days["start"]["due"] == office.deadline(case_id, "start").due_on.isoformat()
    choices = context["consultancies"]
    assert isinstance(choices, list)
    assert {one["value"] for one in choices} == {"consultancy", "other_consultancy"}
