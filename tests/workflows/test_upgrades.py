"""Running instances under another version: what is told beforehand is what happens, and there is a way back."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker, undefer

from tests.workflows import permit
from tests.workflows.permit import Office, office
from workflows import consistency, definitions, engine, interventions, outlooks, runtime, tasks, trail, upgrades, worker
from workflows.access import SYSTEM
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.models import Draft, Event, Instance, InstanceMigration, JobRun, Task, TaskCandidate, Timer
from workflows.outlooks import Wish
from workflows.settings import Settings

database = pytest.mark.database
RENAMED = {"check": "examine"}


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now, bulk={upgrades.JOB: upgrades.migrate_all, upgrades.UNDO: upgrades.undo_all})


def deploy_version(permits: Office, *changes: tuple[str, str], forms: Any = permit.FORMS, activate: bool = True) -> str:
    """Deploy another version of the procedure: the diagram of the permit with texts replaced."""
    text = permit.PERMIT.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with permits.sessions.begin() as session:
        row = definitions.deploy(
            session, permits.app, SYSTEM, family="permits", files={**permit.FILES, "permit.bpmn": text.encode()},
            forms=forms, valid_from=date(2020, 1, 1), root="procedure", now=permits.now,
        )  # fmt: skip
        if activate:
            definitions.activate(session, SYSTEM, row.id, now=permits.now)
        return row.id


SOON = (
    '<boundaryEvent id="soon" attachedToRef="visit" cancelActivity="false">'
    "<timerEventDefinition><timeDuration>P3D</timeDuration></timerEventDefinition></boundaryEvent>"
    '<sequenceFlow id="soon_followed" sourceRef="soon" targetRef="followed"/>'
)
RENAMES = (
    *((f'{name}="check"', f'{name}="examine"') for name in ("id", "sourceRef", "targetRef", "attachedToRef", "key")),
    ("审查", "审核"),
)
FORMS = {**permit.FORMS, "examine": permit.FORMS["check"]}


def examined(permits: Office, **more: Any) -> str:
    """Deploy a version that calls the check an examination; its flows keep their ids."""
    return deploy_version(permits, *RENAMES, forms=FORMS, **more)


def told(permits: Office, target: str, who: str = "admin", **more: Any) -> outlooks.DryRun:
    with permits.acting(who) as (session, actor):
        wish = Wish(permits.definition_id, target, **more)
        return outlooks.dry_run(session, permits.app, actor, wish, now=permits.now)


def run(permits: Office, target: str, who: str = "admin", source: str = "", **more: Any) -> upgrades.RunView:
    with permits.acting(who) as (session, actor):
        wish = Wish(source or permits.definition_id, target, **more)
        found = upgrades.begin(session, permits.app, actor, wish, reason="the law has changed", now=permits.now)
        run_id = found.id
    worker.run_pending(permits.sessions, permits.app, permits.now)
    with permits.acting(who) as (session, actor):
        return upgrades.run_of(session, actor, run_id)


def consistent(permits: Office) -> None:
    with permits.sessions() as session:
        assert list(consistency.check(session, permits.app)) == []


@database
def test_what_is_told_is_what_happens_and_tasks_keep_their_holders_drafts_and_clocks(
    permits: Office, now: datetime
) -> None:
    first, second, third = permits.to_check("1"), permits.to_check("2"), permits.open("3")
    check = permits.task(first, "check")
    with permits.acting("li") as (session, actor):
        tasks.claim(session, actor, check.id, now=now)
        tasks.save_draft(session, actor, check.id, {"remark": "half"}, "", None, now)
    with permits.sessions() as session:
        timers = {one.id: one.due_at for one in session.scalars(select(Timer))}
        offered = session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == check.id)).all()
    target = examined(permits)
    plan = told(permits, target, mapping=RENAMED)
    assert (plan.total, plan.refused) == (3, 0)
    expected = {one.instance.id: {item.id: (item.outcome, item.to) for item in one.items} for one in plan.outlooks}
    assert expected[first][check.id] == ("moved", "examine")
    assert permits.instance(first).definition_id == permits.definition_id
    view = run(permits, target, mapping=RENAMED)
    assert (view.run.status, view.run.done, view.run.result["migrated"]) == ("done", 3, 3)
    for line in view.lines:
        assert {i["id"]: (i["outcome"], i["to"]) for i in line.line.detail["items"]} == expected[line.instance.id]
    assert {permits.instance(one).definition_id for one in (first, second, third)} == {target}
    assert permits.open_elements(first) == ["examine", "visit"]
    moved = permits.task(first, "examine")
    assert (moved.id, moved.name, moved.assignee_id, moved.form) == (check.id, "审核", "li", "examine")
    with permits.sessions() as session:
        assert {one.id: one.due_at for one in session.scalars(select(Timer))} == timers
        assert session.scalars(select(Draft.answers)).one() == {"remark": "half"}
        query = select(TaskCandidate.principal).where(TaskCandidate.task_id == check.id)
        assert session.scalars(query).all() == offered
        said = session.scalars(select(Event.action).where(Event.chain == first).order_by(Event.seq)).all()
        assert said[-2:] == ["instance.migrated", "element.migrated"]
        assert trail.verify(session).ok
    consistent(permits)
    permits.do("li", check.id, {"remark": "whole"})
    permits.do("he", permits.task(first, "visit").id)
    worker.run_pending(permits.sessions, permits.app, now)
    assert permits.instance(first).status == "completed"


@database
def test_what_cannot_go_on_stays_and_is_told_why(permits: Office) -> None:
    stuck, fine = permits.to_check("1"), permits.open("2")
    target = examined(permits)
    plan = told(permits, target)
    assert (plan.total, plan.refused) == (2, 1)
    assert [(one.instance.id, one.refused) for one in plan.outlooks] == [(stuck, True), (fine, False)]
    assert ("check", "removed") in {(item.element, item.reason) for item in plan.outlooks[0].items}
    view = run(permits, target)
    assert {one.instance.id: one.line.status for one in view.lines} == {stuck: "refused", fine: "migrated"}
    assert ["check", "removed"] in view.lines[0].line.detail["refused"]
    assert permits.instance(stuck).definition_id == permits.definition_id
    permits.do("li", permits.task(stuck, "check").id)
    consistent(permits)


@database
def test_the_way_back_is_open_until_the_next_step(permits: Office, now: datetime) -> None:
    first, second = permits.to_check("1"), permits.to_check("2")
    target = deploy_version(
        permits, *RENAMES, ('<endEvent id="followed"', f'{SOON}<endEvent id="followed"'), forms=FORMS
    )
    view = run(permits, target, mapping=RENAMED)
    assert [one.reversible for one in view.lines] == [True, True]
    with permits.sessions() as session:
        armed = session.scalars(select(Timer.element).where(Timer.instance_id == first, Timer.status == "armed"))
        assert sorted(armed) == ["late", "soon"]
    permits.do("he", permits.task(second, "visit").id)
    with permits.acting("admin") as (session, actor):
        upgrades.undo(session, permits.app, actor, view.run.id, first, now=now)
    with permits.acting("admin") as (session, actor), pytest.raises(Conflict, match="migration_moved_on"):
        upgrades.undo(session, permits.app, actor, view.run.id, second, now=now)
    with permits.acting("admin") as (session, actor), pytest.raises(Conflict, match="not_migrated"):
        upgrades.undo(session, permits.app, actor, view.run.id, first, now=now)
    assert permits.instance(first).definition_id == permits.definition_id
    assert permits.open_elements(first) == ["check", "visit"]
    assert permits.task(first, "check").name == "审查"
    consistent(permits)
    again = run(permits, target, mapping=RENAMED)
    assert [one.instance.id for one in again.lines] == [first]
    assert permits.open_elements(first) == ["examine", "visit"]
    consistent(permits)
    permits.do("li", permits.task(first, "examine").id)
    permits.do("he", permits.task(first, "visit").id)
    worker.run_pending(permits.sessions, permits.app, now + timedelta(days=1))
    assert permits.instance(first).status == "completed"
    with permits.sessions() as session:
        said = session.scalars(select(Event.action).where(Event.chain == first).order_by(Event.seq)).all()
        assert said.count("instance.migrated") == 2
        assert said.count("instance.migration_undone") == 1


def test_a_whole_run_is_taken_back_but_for_what_has_moved_on(permits: Office, now: datetime) -> None:
    cases = [permits.to_check(str(number)) for number in range(1, 5)]
    target = examined(permits)
    view = run(permits, target, mapping=RENAMED)
    permits.do("he", permits.task(cases[2], "visit").id)
    with permits.acting("admin") as (session, actor):
        upgrades.begin_undo(session, permits.app, actor, view.run.id, now=now)
    with permits.acting("li") as (session, actor), pytest.raises(NotAllowed):
        upgrades.begin_undo(session, permits.app, actor, view.run.id, now=now)
    worker.run_pending(permits.sessions, permits.app, now)
    assert [permits.instance(one).definition_id == target for one in cases] == [False, False, True, False]
    with permits.sessions() as session:
        back = session.scalars(select(JobRun).where(JobRun.name == upgrades.UNDO)).one()
        assert (back.status, back.done, back.result["undone"]) == ("done", 3, 3)
    consistent(permits)


def test_a_draft_that_the_new_form_rejects_is_a_warning_and_is_kept(permits: Office, now: datetime) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    with permits.acting("chen") as (session, actor):
        tasks.save_draft(session, actor, task.id, {"note": "x" * 50, "amount": "7"}, "", None, now)
    shorter = permit.form(
        {"type": "textfield", "id": "field_note", "key": "note", "label": "note", "validate": {"maxLength": 10}}
    )
    target = deploy_version(permits, ("督办", "督促"), forms={**permit.FORMS, "application": shorter})
    (outlook,) = told(permits, target).outlooks
    assert [(one.task_id, one.element, one.fields) for one in outlook.drafts] == [
        (task.id, "apply", ("amount", "note"))
    ]
    assert not outlook.refused
    run(permits, target)
    with permits.sessions() as session:
        assert session.scalars(select(Draft.answers)).one()["note"] == "x" * 50


def test_only_operators_migrate_and_only_what_they_see_to_a_version_that_counts(permits: Office) -> None:
    permits.to_check("1")
    permits.open("2", region="370102")
    waiting = examined(permits, activate=False)
    for who in ("li", "designer", "chen"):
        with pytest.raises(NotAllowed):
            told(permits, waiting, who)
        with pytest.raises(NotAllowed):
            run(permits, waiting, who)
    with pytest.raises(Conflict, match="not_active"):
        told(permits, waiting)
    with pytest.raises(Conflict, match="other_family"):
        told(permits, permits.definition_id)
    with permits.sessions.begin() as session:
        definitions.activate(session, SYSTEM, waiting, now=permits.now)
    assert told(permits, waiting, mapping=RENAMED).total == 1
    with permits.acting("admin") as (session, actor):
        found = outlooks.sources(session, actor, waiting)
        assert [(row.id, number) for row, number in found] == [(permits.definition_id, 1)]
        with pytest.raises(Invalid):
            wish = Wish(permits.definition_id, waiting)
            upgrades.begin(session, permits.app, actor, wish, reason=" ", now=permits.now)


def test_a_run_that_is_delivered_twice_migrates_once_and_goes_on_where_it_stopped(
    permits: Office, now: datetime, sessions: sessionmaker[Session]
) -> None:
    cases = [permits.to_check(str(number)) for number in range(1, 4)]
    view = run(permits, examined(permits), mapping=RENAMED)
    with permits.sessions.begin() as session:
        session.execute(update(JobRun).where(JobRun.id == view.run.id).values(status="running"))
    job = {"wish": {"source_id": permits.definition_id, "target_id": view.lines[0].line.target_id, "mapping": RENAMED}}
    told_: list[tuple[int, int]] = []
    upgrades.migrate_all(
        sessions, permits.app, {**job, "run": view.run.id, "reason": "r", "person": "admin"},
        lambda done, total: told_.append((done, total)), now,
    )  # fmt: skip
    assert told_ == []
    with permits.sessions() as session:
        assert len(session.scalars(select(InstanceMigration)).all()) == len(cases)
        assert session.scalars(select(Instance.definition_id).distinct()).all() == [view.lines[0].line.target_id]


def test_a_suspended_instance_migrates_and_stays_suspended(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    with permits.acting("admin") as (session, actor):
        interventions.suspend(session, permits.app, actor, case, "appeal", now=now)
    run(permits, examined(permits), mapping=RENAMED)
    assert permits.instance(case).status == "suspended"
    with permits.acting("admin") as (session, actor):
        interventions.resume(session, permits.app, actor, case, now=now)
    permits.do("li", permits.task(case, "examine").id)
    with permits.sessions.begin() as session:
        assert consistency.differences(session, permits.app, runtime.lock(session, case)) == []
        assert session.scalars(select(Task.element).where(Task.status == "open")).all() == ["visit"]


def _mixed(permits: Office, count: int, now: datetime) -> dict[str, Any]:
    """Open cases and leave each somewhere: begun, at both branches, half into the join, typed, suspended, ended."""
    rng = random.Random(count)
    left = []
    for number in range(count):
        far = rng.randrange(5)
        case = permits.open(str(number)) if far == 0 else permits.to_check(str(number))
        if far in (2, 4):
            permits.do("li", permits.task(case, "check").id)
        if far in (3, 4):
            permits.do("he", permits.task(case, "visit").id)
        worker.run_pending(permits.sessions, permits.app, now)
        for who, element in (("chen", "apply"), ("li", "check"), ("he", "visit")):
            if element in permits.open_elements(case) and rng.random() < 0.4:
                task_id = permits.task(case, element).id
                with permits.acting(who) as (session, actor):
                    tasks.save_draft(session, actor, task_id, {"remark": "half"}, "", None, now)
        if far < 4 and rng.random() < 0.2:
            with permits.acting("admin") as (session, actor):
                interventions.suspend(session, permits.app, actor, case, "appeal", now=now)
        left.append(case)
    return _states(permits, left)


def _states(permits: Office, cases: Iterable[str]) -> dict[str, Any]:
    """Give what each case waits for by its state; the number of the last event alone goes on when one goes back."""
    with permits.sessions() as session:
        query = select(Instance).options(undefer(Instance.state)).where(Instance.id.in_(list(cases)))
        found = {}
        for one in session.scalars(query):
            definition = runtime.load_definition(session, permits.app, one.definition_id)
            found[one.id] = (one.definition_id, one.status, one.variables, engine.waits(definition, one.state))
        return found


def _rows(permits: Office) -> list[tuple[Any, ...]]:
    """Give what people see of every open case: tasks, who has them, drafts and clocks."""
    with permits.sessions() as session:
        open_tasks = select(Task.id, Task.element, Task.name, Task.form, Task.assignee_id).where(Task.status == "open")
        timers = select(Timer.instance_id, Timer.element, Timer.due_at).where(Timer.status == "armed")
        drafts = select(Draft.task_id, Draft.person_id, Draft.version)
        return sorted(tuple(map(str, row)) for query in (open_tasks, timers, drafts) for row in session.execute(query))


@pytest.mark.parametrize("count", [20, pytest.param(500, marks=[pytest.mark.night, pytest.mark.timeout(3600)])])
def test_cases_in_mixed_states_move_as_foretold_and_undo_restores_them(
    permits: Office, now: datetime, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlooks, "SHOWN", count)
    states, rows = _mixed(permits, count, now), _rows(permits)
    target = examined(permits)
    plan = told(permits, target, mapping=RENAMED)
    expected = {one.instance.id: {item.id: (item.outcome, item.to) for item in one.items} for one in plan.outlooks}
    assert plan.total == len(expected) > count // 2
    view = run(permits, target, mapping=RENAMED)
    assert {one.instance.id: one.line.status for one in view.lines} == {
        one.instance.id: "refused" if one.refused else "migrated" for one in plan.outlooks
    }
    for line in view.lines:
        found = {item["id"]: (item["outcome"], item["to"]) for item in line.line.detail["items"]}
        assert found == expected[line.instance.id]
    consistent(permits)
    with permits.acting("admin") as (session, actor):
        upgrades.begin_undo(session, permits.app, actor, view.run.id, now=now)
    worker.run_pending(permits.sessions, permits.app, now)
    assert _states(permits, states) == states
    assert _rows(permits) == rows
    consistent(permits)
