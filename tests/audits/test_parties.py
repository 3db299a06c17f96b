"""Who takes part in a case now: an engagement that ended leaves nothing to do, a new one finds what waits."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from audits import consultancies, panels
from audits.models import Case
from tests.audits.office import Office
from workflows import tasks
from workflows.errors import NotAllowed, NotFound
from workflows.models import Party, Task, TaskCandidate


@pytest.mark.database
def test_a_replaced_consultancy_can_do_nothing_any_more_and_the_new_one_has_the_task(office: Office) -> None:
    case_id = office.open()
    office.until(case_id, "prepare_audit", start_filing={"mode": "consultancy", "consultancy": "consultancy"})
    task = office.task(case_id, "prepare_audit")
    with office.as_("zhao") as (session, actor):
        tasks.claim(session, actor, task.id, now=office.now)
    with office.as_("li") as (session, _actor):
        consultancies.engage(session, office.app, session.get_one(Case, case_id), "other_consultancy", office.now)
    with office.as_("zhao") as (session, actor):
        assert tasks.todo(session, actor, now=office.now).items == ()
        for attempt in (
            lambda: tasks.view(session, office.app, actor, task.id, now=office.now),
            lambda: tasks.complete(session, office.app, actor, task.id, {}, now=office.now),
            lambda: tasks.claim(session, actor, task.id, now=office.now),
        ):
            with pytest.raises(NotFound):
                attempt()
    with office.as_("wu") as (session, actor):
        assert [row.id for row in tasks.todo(session, actor, now=office.now).items] == [task.id]
        allowed = tasks.view(session, office.app, actor, task.id, now=office.now).allowed
        assert allowed == {"claim", "complete", "transfer", "delegate"}
    assert [told["role"] for told in office.told(case_id, "party.left")] == ["consultancy"]


@pytest.mark.database
def test_a_task_for_experts_is_offered_to_the_panel_while_it_sits(office: Office) -> None:
    case_id = office.open()
    task = office.waiting(case_id)[0]
    with office.as_("li") as (session, _actor):
        row = session.get_one(Task, task.id)
        row.actions = {**row.actions, "roles": ["expert"]}
        case = session.get_one(Case, case_id)
        chosen = ["sun", "qian", "zhou"]
        panels.appoint(session, office.app, case, purpose="evaluation", expert_ids=chosen, detail={}, now=office.now)
    with office.looking() as session:
        offered = set(session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id)))
    assert offered == {"person:sun", "person:qian", "person:zhou"}
    with office.as_("li") as (session, _actor):
        case = session.get_one(Case, case_id)
        panels.close(session, office.app, case, purpose="evaluation", score="82", now=office.now)
    with office.looking() as session:
        assert set(session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id))) == set()
        ends = session.scalars(select(Party.until).where(Party.instance_id == case_id, Party.role == "expert"))
        assert set(ends) == {office.now}
    with office.as_("sun") as (session, actor), pytest.raises((NotFound, NotAllowed)):
        tasks.complete(session, office.app, actor, task.id, {}, now=office.now)
