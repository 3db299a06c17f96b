"""Completing, claiming, drafts, and the lists of tasks: what a person does to a task, and what two do at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import FORMS, Office, form, office
from workflows import access, incidents, interventions, paging, tasks, worker
from workflows.errors import Conflict, EngineError, Invalid, NotAllowed, NotFound, QingshenError
from workflows.models import (
    Attachment,
    Blob,
    Draft,
    Event,
    EventPayload,
    Incident,
    Membership,
    StepRecord,
    Submission,
    Task,
    TaskCandidate,
    Timer,
)
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run several acts in threads, started together; gives what each gave or raised."""
    ready, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        ready.wait()
        try:
            answers[number] = act()
        except Exception as error:  # noqa: BLE001  (what was raised is the answer)
            answers[number] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


# ---- completing ------------------------------------------------------------------------------------------------


@database
def test_completing_a_task_opens_the_next_ones_and_says_who_has_them(permits: Office, now: datetime) -> None:
    case = permits.open()
    applied = permits.task(case, "apply")
    done = permits.do("chen", applied.id, {"note": "please"}, opinion="in order")
    assert permits.open_elements(case) == ["check", "visit"]
    assert done.next_tasks == ()
    assert {(one.name, one.name_en, one.role) for one in done.waiting_for} == {
        ("审查", "Check", "competent_bureau"),
        ("现场核查", "Visit", "county_bureau"),
    }
    assert next(one.names for one in done.waiting_for if one.name == "审查") == ("兰州市生态环境局",)
    with permits.sessions() as session:
        row = session.get_one(Task, applied.id)
        assert (row.status, row.closed_by, row.assignee_id, row.opinion) == ("completed", "chen", "chen", "in order")
        assert row.closed_at == row.claimed_at == now
        assert row.due_at == now + timedelta(days=5)


def test_the_next_task_of_the_same_person_is_in_the_answer(permits: Office) -> None:
    parties = (("enterprise", "steelworks", None), ("competent_bureau", "steelworks", None))
    case = permits.open(parties=parties)
    done = permits.do("chen", permits.task(case, "apply").id, {"note": "x"})
    assert [task.element for task in done.next_tasks] == ["check"]
    assert [one.name for one in done.waiting_for] == ["现场核查"]


@database
def test_an_answer_is_stored_digit_by_digit_with_what_the_person_was_shown(permits: Office) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    permits.do("chen", task.id, {"note": "x", "amount": "1234567890123456.70", "unknown": 1})
    with permits.sessions() as session:
        raw = session.execute(text("SELECT CAST(answers AS TEXT) FROM submissions")).scalar_one()
        submission = session.get_one(Submission, task.id)
    assert '"amount":1234567890123456.7' in raw.replace(" ", "")
    assert "unknown" not in raw
    assert submission.record_class == "internal"
    assert submission.shown["definition"] == permits.definition_id
    assert len(submission.shown["form"]) == len(submission.shown["data"]) == 64


@database
def test_every_change_is_in_the_trail(permits: Office) -> None:
    case = permits.to_check()
    with permits.sessions() as session:
        query = select(Event, EventPayload.body).join(EventPayload, EventPayload.event_id == Event.id)
        rows = session.execute(query.where(Event.chain == case).order_by(Event.seq)).all()
    acts = [(row[0].action, row[0].actor_name) for row in rows]
    assert acts == [
        ("instance.started", "系统"),
        ("task.opened", "系统"),
        ("task.completed", "陈工"),
        ("task.opened", "陈工"),
        ("task.opened", "陈工"),
    ]
    told = orjson.loads(rows[2][1])
    assert (told["element"], told["name"], told["name_en"], told["process"]) == ("apply", "申请", "Apply", "permit")
    assert len(told["answers"]) == 64


def test_wrong_answers_are_refused_field_by_field_and_change_nothing(permits: Office) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    with pytest.raises(Invalid) as refused:
        permits.do("chen", task.id, {"amount": "many"})
    assert set(refused.value.fields) == {"field_note", "field_amount"}
    assert permits.open_elements(case) == ["apply"]
    with permits.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 0


@pytest.mark.parametrize(
    "answers", [{"note": "\ud800"}, {"note": "a\x00b"}, {"note": {"a": []}}, {"papers": [{"id": "x" * 36}]}]
)
def test_hostile_answers_are_refused_and_kept_as_a_draft(permits: Office, now: datetime, answers: Any) -> None:
    task = permits.task(permits.open(), "apply")
    with pytest.raises(Invalid):
        permits.do("chen", task.id, answers)
    with permits.acting("chen") as (session, actor):
        assert tasks.keep_as_draft(session, actor, task.id, answers, "", now) is not None


@database
def test_a_diagrams_fault_changes_nothing_keeps_the_answers_and_opens_one_incident(
    permits: Office, now: datetime
) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    for _ in range(2):
        with pytest.raises(EngineError) as fault:
            permits.do("chen", task.id, {"note": "break"})
        with permits.acting("chen") as (session, actor):
            tasks.keep_as_draft(session, actor, task.id, {"note": "break"}, "mine", now)
            incidents.open_for_task(session, actor, task.id, fault.value, now)
    assert fault.value.element == "fault"
    assert permits.open_elements(case) == ["apply"]
    with permits.acting("chen") as (session, actor):
        draft = tasks.draft_of(session, actor, task.id)
        assert draft is not None
        assert (draft.answers, draft.opinion, draft.version) == ({"note": "break"}, "mine", 2)
        assert [(one.kind, one.element) for one in session.scalars(select(Incident))] == [("engine", "fault")]
    permits.do("chen", task.id, {"note": "mended"})
    assert permits.open_elements(case) == ["check", "visit"]


def test_who_is_not_offered_a_task_may_not_complete_it(permits: Office) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    with pytest.raises(NotAllowed):
        permits.do("chen", check.id)
    with pytest.raises(NotAllowed):
        permits.do("ma", check.id)
    for stranger in ("wang", "gao", "kong", "wu"):
        with pytest.raises(NotFound):
            permits.do(stranger, check.id)
    with pytest.raises(NotFound):
        permits.do("li", "no such task")


def test_a_membership_that_has_ended_gives_no_right_to_a_task_already_claimed(permits: Office, now: datetime) -> None:
    check = permits.task(permits.to_check(), "check")
    with permits.acting("li") as (session, actor):
        tasks.claim(session, actor, check.id, now=now)
    with permits.sessions.begin() as session:
        session.execute(update(Membership).where(Membership.person_id == "li").values(until=now + timedelta(hours=1)))
    with pytest.raises(NotFound):
        permits.do("li", check.id, at=now + timedelta(hours=1))


@database
def test_the_second_to_complete_a_task_hears_who_was_faster_and_when(permits: Office, now: datetime) -> None:
    check = permits.task(permits.to_check(), "check")
    permits.do("li", check.id)
    with pytest.raises(Conflict) as late:
        permits.do("liu", check.id, at=now + timedelta(minutes=1))
    assert (late.value.code, late.value.values) == ("task_done", {"by": "李科长", "at": now})


@database
def test_of_many_who_complete_a_task_at_once_one_succeeds(permits: Office) -> None:
    check = permits.task(permits.to_check(), "check")
    answers = at_once(*[partial(permits.do, who, check.id) for who in ("li", "liu") * 3])
    assert sum(isinstance(one, tasks.Completed) for one in answers) == 1
    assert [one.code for one in answers if isinstance(one, QingshenError)] == ["task_done"] * 5
    with permits.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Submission).where(Submission.element == "check")) == 1


@database
def test_reviewers_who_submit_at_once_all_succeed(permits: Office) -> None:
    panel = ["sun", "qian", "zhou", "he", "gao"]
    for number in ("1", "2"):
        case = permits.to_check(number, panel=panel)
        permits.do("li", permits.task(case, "check").id)
        permits.do("he", permits.task(case, "visit").id)
        sheets = {
            permits.task(case, "score", index).assignee_id: permits.task(case, "score", index).id for index in range(5)
        }
        answers = at_once(*[partial(permits.do, who, sheets[who], {"points": 80}) for who in panel])
        assert all(isinstance(one, tasks.Completed) for one in answers), answers
        assert worker.run_pending(permits.sessions, permits.app, permits.now) == 1
        assert permits.instance(case).status == "completed"


@database
def test_two_tasks_of_one_case_completed_at_once_both_count(permits: Office) -> None:
    case = permits.to_check(panel=["sun"])
    check, visit = permits.task(case, "check"), permits.task(case, "visit")
    answers = at_once(lambda: permits.do("li", check.id), lambda: permits.do("he", visit.id))
    assert all(isinstance(one, tasks.Completed) for one in answers), answers
    assert permits.open_elements(case) == ["score"]


def test_a_task_of_a_suspended_instance_cannot_be_completed(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    with permits.acting("admin") as (session, actor):
        interventions.suspend(session, permits.app, actor, case, "appeal", now=now)
    with pytest.raises(Conflict, match="suspended"):
        permits.do("li", permits.task(case, "check").id)
    with permits.acting("admin") as (session, actor):
        interventions.resume(session, permits.app, actor, case, now=now)
    permits.do("li", permits.task(case, "check").id)


def test_a_task_that_was_cancelled_says_so(permits: Office, now: datetime) -> None:
    case = permits.to_check()
    check = permits.task(case, "check")
    with permits.acting("admin") as (session, actor):
        interventions.cancel(session, permits.app, actor, case, "mistake", now=now)
    with pytest.raises(Conflict) as late:
        permits.do("li", check.id)
    assert (late.value.code, late.value.values["status"], late.value.values["by"]) == (
        "task_closed",
        "cancelled",
        "管理员",
    )


# ---- files -----------------------------------------------------------------------------------------------------


def _file(session: Session, key: str, owner: str, now: datetime, **more: Any) -> dict[str, Any]:
    if session.get(Blob, "0" * 64) is None:
        session.add(Blob(sha256="0" * 64, size=3, media_type="application/pdf", stored_at=now))
        session.flush()
    row = Attachment(
        id=key.ljust(36, "-"),
        sha256="0" * 64,
        name=f"{key}.pdf",
        size=3,
        media_type="application/pdf",
        uploaded_at=now,
        uploaded_by=owner,
        **more,
    )
    session.add(row)
    return {"id": row.id, "name": row.name, "size": row.size, "type": row.media_type}


def test_a_file_named_in_answers_belongs_to_the_instance_from_then_on(permits: Office, now: datetime) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    with permits.sessions.begin() as session:
        paper = _file(session, "paper", "chen", now, task_id=task.id)
    with permits.acting("li") as (session, actor), pytest.raises(NotFound):
        access.attachment(session, actor, paper["id"])
    permits.do("chen", task.id, {"note": "x", "papers": [paper]})
    with permits.acting("li") as (session, actor):
        assert access.attachment(session, actor, paper["id"]).instance_id == case
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        access.attachment(session, actor, paper["id"])
    with permits.sessions() as session:
        assert session.get_one(Submission, task.id).shown["files"] == ["0" * 64]


def test_a_file_of_somebody_else_or_of_another_case_cannot_be_named(permits: Office, now: datetime) -> None:
    other = permits.task(permits.open("2"), "apply")
    task = permits.task(permits.open(), "apply")
    with permits.sessions.begin() as session:
        named = [_file(session, "theirs", "wang", now), _file(session, "elsewhere", "chen", now, task_id=other.id)]
    for paper in named:
        with pytest.raises(Invalid) as refused:
            permits.do("chen", task.id, {"note": "x", "papers": [paper]})
        assert set(refused.value.fields) == {"field_papers"}


# ---- claiming --------------------------------------------------------------------------------------------------


@database
def test_of_two_who_claim_one_holds_and_the_other_hears_the_name(permits: Office, now: datetime) -> None:
    check = permits.task(permits.to_check(), "check")

    def claim(who: str) -> str:
        with permits.acting(who) as (session, actor):
            return str(tasks.claim(session, actor, check.id, now=now).assignee_id)

    answers = at_once(*[partial(claim, who) for who in ("li", "liu")])
    held = [one for one in answers if isinstance(one, str)]
    lost = [one for one in answers if isinstance(one, Conflict)]
    names = {"li": "李科长", "liu": "刘科员"}
    assert len(held) == len(lost) == 1
    assert (lost[0].code, lost[0].values["name"]) == ("held_by", names[held[0]])


def test_releasing_a_task_offers_it_to_everybody_again(permits: Office, now: datetime) -> None:
    check = permits.task(permits.to_check(), "check")
    with permits.acting("li") as (session, actor):
        tasks.claim(session, actor, check.id, now=now)
        tasks.claim(session, actor, check.id, now=now)
    with permits.acting("liu") as (session, actor):
        assert tasks.todo_count(session, actor, now=now) == 0
        with pytest.raises(Conflict, match="held_by"):
            tasks.release(session, actor, check.id, now=now)
    with permits.acting("li") as (session, actor):
        tasks.release(session, actor, check.id, now=now)
        with pytest.raises(Conflict, match="not_held"):
            tasks.release(session, actor, check.id, now=now)
    with permits.acting("liu") as (session, actor):
        assert tasks.todo_count(session, actor, now=now) == 1
        actions = session.scalars(select(Event.action).where(Event.subject_id == check.id).order_by(Event.seq)).all()
    assert actions == ["task.opened", "task.claimed", "task.released"]


def test_a_task_assigned_to_a_person_is_theirs_alone_and_cannot_be_released(permits: Office, now: datetime) -> None:
    case = permits.to_check(panel=["sun"])
    permits.do("li", permits.task(case, "check").id)
    permits.do("he", permits.task(case, "visit").id)
    score = permits.task(case, "score")
    assert (score.assignee_id, score.item) == ("sun", {"value": "sun", "index": 0})
    with permits.acting("sun") as (session, actor), pytest.raises(NotAllowed, match="assigned"):
        tasks.release(session, actor, score.id, now=now)
    with pytest.raises(NotFound):
        permits.do("qian", score.id, {"points": 1})


# ---- drafts ----------------------------------------------------------------------------------------------------


@database
def test_a_draft_in_two_tabs_is_never_overwritten_unseen(permits: Office, now: datetime) -> None:
    task = permits.task(permits.open(), "apply")

    def save(answers: dict[str, Any], version: int | None) -> int:
        with permits.acting("chen") as (session, actor):
            return tasks.save_draft(session, actor, task.id, answers, "", version, now).version

    assert save({"note": "first"}, None) == 1
    assert save({"note": "second"}, 1) == 2
    for stale in (None, 0, 1, 7):
        with pytest.raises(Conflict) as changed:
            save({"note": "other tab"}, stale)
        assert changed.value.code == "draft_changed"
        assert (changed.value.values["version"], changed.value.values["answers"]) == (2, {"note": "second"})
    answers = at_once(*[partial(save, {"note": letter}, 2) for letter in "abcd"])
    assert sorted(str(one) if isinstance(one, int) else one.code for one in answers) == ["3"] + ["draft_changed"] * 3


def test_a_draft_is_its_authors_alone_and_ends_with_the_task(permits: Office, now: datetime) -> None:
    check = permits.task(permits.to_check(), "check")
    with permits.acting("li") as (session, actor):
        tasks.save_draft(session, actor, check.id, {"remark": "mine"}, "", None, now)
        assert [one.id for one in tasks.my_drafts(session, actor).items] == [check.id]
    with permits.acting("liu") as (session, actor):
        view = tasks.view(session, permits.app, actor, check.id, now=now)
        assert (view.draft, view.data) == (None, {})
        assert session.scalars(select(Draft).where(access.visible(actor, Draft))).all() == []
    with pytest.raises(Conflict, match="draft_changed"):
        permits.do("li", check.id, draft_version=9)
    permits.do("li", check.id, draft_version=1)
    with permits.acting("li") as (session, actor):
        assert tasks.draft_of(session, actor, check.id) is None


def test_what_the_slower_of_two_has_typed_stays_theirs(permits: Office, now: datetime) -> None:
    check = permits.task(permits.to_check(), "check")
    permits.do("li", check.id)
    with pytest.raises(Conflict):
        permits.do("liu", check.id, {"remark": "long text"})
    with permits.acting("liu") as (session, actor):
        assert tasks.keep_as_draft(session, actor, check.id, {"remark": "long text"}, "", now) is not None
    with permits.acting("liu") as (session, actor):
        assert [one.id for one in tasks.my_drafts(session, actor).items] == [check.id]
        view = tasks.view(session, permits.app, actor, check.id, now=now)
        assert view.draft is not None
        assert view.draft.answers == {"remark": "long text"}
    with permits.acting("wang") as (session, actor):
        assert tasks.keep_as_draft(session, actor, check.id, {"remark": "x"}, "", now) is None


def test_a_draft_has_a_bound(permits: Office, now: datetime) -> None:
    task = permits.task(permits.open(), "apply")
    with permits.acting("chen") as (session, actor), pytest.raises(Invalid, match="too_large"):
        tasks.save_draft(session, actor, task.id, {"note": "x" * 1_000_001}, "", None, now)


# ---- the page --------------------------------------------------------------------------------------------------


def test_two_tasks_of_one_case_open_their_own_forms(permits: Office, now: datetime) -> None:
    parties = (("enterprise", "steelworks", None), ("competent_bureau", "chengguan_bureau", None))
    case = permits.to_check(parties=parties)
    ids = {element: permits.task(case, element).id for element in ("check", "visit")}
    with permits.acting("he") as (session, actor):
        shown = {key: tasks.view(session, permits.app, actor, task_id, now=now) for key, task_id in ids.items()}
    assert shown["visit"].form is None
    assert [one["key"] for one in (shown["check"].form or {})["components"]] == ["remark"]
    assert (
        shown["check"].allowed
        == shown["visit"].allowed
        == {"claim", "complete", "return", "transfer", "delegate", "urge"}
    )


def test_the_form_comes_in_the_readers_language(permits: Office, now: datetime) -> None:
    task = permits.task(permits.open(), "apply")
    with permits.acting("chen") as (session, actor):
        for language, label in (("zh", "note"), ("en", "Note")):
            view = tasks.view(session, permits.app, actor, task.id, language=language, now=now)
            assert (view.form or {})["components"][0]["label"] == label


def test_who_sees_a_task_without_being_offered_it_reads_what_was_submitted(permits: Office, now: datetime) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    with permits.acting("chen") as (session, actor):
        tasks.save_draft(session, actor, task.id, {"note": "draft"}, "", None, now)
    with permits.acting("li") as (session, actor):
        view = tasks.view(session, permits.app, actor, task.id, now=now)
        assert (view.data, view.draft, view.allowed) == ({}, None, {"urge"})
    permits.do("chen", task.id, {"note": "sent"})
    with permits.acting("li") as (session, actor):
        assert tasks.view(session, permits.app, actor, task.id, now=now).data["note"] == "sent"
    with permits.acting("wang") as (session, actor), pytest.raises(NotFound):
        tasks.view(session, permits.app, actor, task.id, now=now)


# ---- the lists -------------------------------------------------------------------------------------------------


@database
def test_the_inbox_lists_what_may_be_completed_page_by_page_and_counts_the_same(permits: Office, now: datetime) -> None:
    for number in range(7):
        permits.to_check(str(number + 1), at=now - timedelta(minutes=number % 3))
    for who in ("li", "liu", "he", "chen", "wang", "ma", "sun"):
        with permits.acting(who) as (session, actor):
            for sort in ("due", "-due", "opened", "-opened"):
                found: list[str] = []
                cursor: str | None = None
                while True:
                    page = tasks.todo(session, actor, sort=sort, cursor=cursor, limit=2, now=now)
                    found += [task.id for task in page.items]
                    cursor = page.next_cursor
                    if cursor is None:
                        break
                naive = _offered(session, actor.principals, who)
                assert len(found) == len(set(found))
                assert set(found) == naive
                assert tasks.todo_count(session, actor, now=now) == len(naive)
    assert len(found) == 0
    with permits.acting("li") as (session, actor):
        assert tasks.todo_count(session, actor, now=now) == 7


def _offered(session: Session, principals: frozenset[str], who: str) -> set[str]:
    """Say by looking at every row what somebody may complete."""
    candidates = session.execute(select(TaskCandidate.task_id, TaskCandidate.principal)).all()
    return {
        task.id
        for task in session.scalars(select(Task))
        if task.status == "open"
        and task.assignee_id in {None, who}
        and any(row[0] == task.id and row[1] in principals for row in candidates)
    }


@database
def test_the_inbox_is_narrowed_by_stage_region_text_deadline_family_and_holder(permits: Office, now: datetime) -> None:
    permits.open("1", at=now)
    permits.open("2", at=now - timedelta(days=6))
    permits.open("3", at=now + timedelta(days=20), region="620104")
    expected = {
        ("process", "permit"): 3,
        ("process", "other"): 0,
        ("region", "620102"): 2,
        ("region", "620100"): 3,
        ("region", "6201"): 0,
        ("text", "P-3"): 1,
        ("text", "钢铁"): 3,
        ("text", "%"): 0,
        ("due", "overdue"): 1,
        ("due", "soon"): 1,
        ("due", "ok"): 1,
        ("due", "none"): 0,
        ("family", "permits"): 3,
        ("family", "other"): 0,
        ("holding", "mine"): 0,
        ("holding", "free"): 3,
        ("role", "enterprise"): 3,
    }
    with permits.acting("chen") as (session, actor):
        for (key, value), number in expected.items():
            filters = {key: value}
            assert tasks.todo_count(session, actor, filters=filters, now=now) == number, filters
            assert len(tasks.todo(session, actor, filters=filters, now=now).items) == number, filters
        for wrong in ({"due": "never"}, {"holding": "x"}, {"state": "1"}):
            with pytest.raises(Invalid, match="filter"):
                tasks.todo(session, actor, filters=wrong, now=now)
        with pytest.raises(Invalid, match="sort"):
            tasks.todo(session, actor, sort="name; DROP TABLE tasks", now=now)


@pytest.mark.parametrize(
    "cursor", ["x", "!!!!", "bnVsbA", "WyJkdWUiLCJwbGFpbiIsMSwiYSJd", "WyJvcGVuZWQiLCJwbGFpbiIsIjEiLCJhIl0"]
)
def test_a_cursor_made_elsewhere_is_refused(permits: Office, now: datetime, cursor: str) -> None:
    with permits.acting("chen") as (session, actor), pytest.raises(Invalid, match="cursor"):
        tasks.todo(session, actor, cursor=cursor, now=now)


def test_a_count_stops_at_a_thousand(permits: Office, now: datetime) -> None:
    case = permits.open()
    with permits.sessions.begin() as session:
        for number in range(1005):
            session.add(
                Task(
                    id=f"t{number}",
                    instance_id=case,
                    element="x",
                    process="permit",
                    name="x",
                    role="enterprise",
                    actions={},
                    item={},
                    business_key="k",
                    subject="s",
                    region_path="/620000/",
                    status="open",
                    opened_at=now,
                )
            )
        session.flush()
        session.add_all(TaskCandidate(task_id=f"t{number}", principal="person:chen") for number in range(1005))
    with permits.acting("chen") as (session, actor):
        number = tasks.todo_count(session, actor, now=now)
    assert paging.shown(number) == "1000+"
    assert paging.shown(1000) == "1000"


def test_done_is_what_the_trail_says_i_have_completed(permits: Office, now: datetime) -> None:
    for number in ("1", "2", "3"):
        case = permits.to_check(number)
        permits.do("li" if number == "2" else "liu", permits.task(case, "check").id)
    for who in ("chen", "li", "liu", "he"):
        with permits.acting(who) as (session, actor):
            mine = select(Event.subject_id).where(Event.actor_id == who, Event.action == "task.completed")
            assert {one.id for one in tasks.done(session, actor, now=now).items} == set(session.scalars(mine))
            assert tasks.done_count(session, actor, now=now) == len(session.scalars(mine).all())


# ---- what a step leaves behind ---------------------------------------------------------------------------------


@database
def test_the_rows_beside_the_state_follow_it(permits: Office, now: datetime) -> None:
    case = permits.to_check(panel=["sun"])
    with permits.sessions() as session:
        timer = session.scalars(select(Timer).where(Timer.instance_id == case)).one()
        assert (timer.element, timer.status, timer.due_at) == ("late", "armed", now + timedelta(days=10))
    permits.do("li", permits.task(case, "check").id)
    with permits.sessions() as session:
        assert session.get_one(Timer, timer.id).status == "disarmed"
        kinds = session.execute(select(StepRecord.seq, StepRecord.kind).where(StepRecord.element == "check")).all()
    assert [kind for _, kind in sorted(kinds)] == ["element.entered", "element.left"]


def test_a_score_is_kept_exact_and_out_of_the_trail(permits: Office, now: datetime) -> None:
    case = permits.to_check(panel=["sun", "qian"])
    permits.do("li", permits.task(case, "check").id)
    permits.do("he", permits.task(case, "visit").id)
    sheet = next(
        one for one in (permits.task(case, "score", 0), permits.task(case, "score", 1)) if one.assignee_id == "sun"
    )
    permits.do("sun", sheet.id, {"points": "69.95"}, opinion="secret words")
    with permits.sessions() as session:
        submission = session.get_one(Submission, sheet.id)
        assert (Decimal(str(submission.answers["points"])), submission.record_class) == (Decimal("69.95"), "score")
        bodies = " ".join(session.scalars(select(EventPayload.body)))
        assert "69.95" not in bodies
        assert "secret words" not in bodies
        assert session.get_one(Task, sheet.id).opinion == ""
    for who, sees in (("sun", 1), ("qian", 0), ("li", 0), ("chen", 0), ("ma", 0)):
        with permits.acting(who) as (session, actor):
            seen = session.scalars(
                select(Submission).where(Submission.element == "score", access.visible(actor, Submission))
            )
            assert len(seen.all()) == sees, who


def test_a_form_is_given_the_variables_its_expressions_name_and_no_others(
    sessions: sessionmaker[Session], settings: Settings, now: datetime
) -> None:
    shown = form(
        {
            "type": "expression",
            "id": "e",
            "key": "total",
            "expression": '=count(panel) + (if note = "\\"" then 1 else 0)',
        }
    )
    permits = office(sessions, settings, now, forms={**FORMS, "check": shown})
    check = permits.task(permits.to_check(panel=["sun", "qian"]), "check")
    with permits.acting("li") as (session, actor):
        context = tasks.view(session, permits.app, actor, check.id, now=now).context
    assert context == {"panel": ["sun", "qian"], "note": "please"}
