"""A job exists if and only if its transaction committed; a key is one job, however often it is enqueued."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from tests.world import Somebody
from workflows import jobs, trail
from workflows.jobs import DbosJobs, InlineJobs, QueuedJob
from workflows.models import Event, JobRun
from workflows.settings import Settings

Sessions = sessionmaker[Session]


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def queue(settings: Settings) -> Iterator[DbosJobs]:
    jobs.prepare(settings)
    queue = DbosJobs(settings)
    yield queue
    queue.close()


@contextmanager
def worked_off(settings: Settings, run: Callable[[QueuedJob], None] | None = None) -> Iterator[list[QueuedJob]]:
    """Work the queue off in this process, and give the jobs as they come."""
    ran: list[QueuedJob] = []
    guard = threading.Lock()

    def note(job: QueuedJob) -> None:
        with guard:
            ran.append(job)
        if run is not None:
            run(job)

    serving = jobs.serving(settings, note, poll_seconds=0.05)
    with ThreadPoolExecutor(max_workers=1) as apart:  # a browser test leaves an event loop in the main thread
        apart.submit(serving.__enter__).result()
        try:
            yield ran
        finally:
            apart.submit(serving.__exit__, None, None, None).result()


def _dead() -> list[QueuedJob]:
    with ThreadPoolExecutor(max_workers=1) as apart:
        return apart.submit(jobs.dead).result()


@pytest.mark.database
def test_a_job_commits_or_vanishes_with_the_rows_beside_it(
    sessions: Sessions, settings: Settings, queue: DbosJobs, now: datetime
) -> None:
    for number in range(30):
        with sessions() as session:
            queue.enqueue(session, "note", f"note:{number}", {"number": number})
            trail.append(
                session,
                chain="system",
                actor=Somebody("li", "Li"),
                action="thing.done",
                subject_type="thing",
                subject_id=str(number),
                payload={},
                now=now,
            )
            if number % 3:
                session.commit()
            else:
                session.rollback()
    with sessions() as session:
        written = set(session.scalars(select(Event.subject_id)))
    with worked_off(settings) as ran:
        until(lambda: len(ran) >= len(written))
        time.sleep(0.3)
    assert {str(job.args["number"]) for job in ran} == written
    assert len(ran) == len(written) == 20


@pytest.mark.database
def test_a_key_enqueued_twice_runs_once(sessions: Sessions, settings: Settings, queue: DbosJobs) -> None:
    for _ in range(2):
        with sessions.begin() as session:
            queue.enqueue(session, "note", "same", {})
            queue.enqueue(session, "note", "same", {})
    with worked_off(settings) as ran:
        until(lambda: bool(ran))
        with sessions.begin() as session:
            queue.enqueue(session, "note", "same", {})
            queue.enqueue(session, "note", "last", {})
        until(lambda: ran[-1].key == "last")
    assert [job.key for job in ran] == ["same", "last"]


@pytest.mark.database
def test_arguments_arrive_as_they_were(sessions: Sessions, settings: Settings, queue: DbosJobs) -> None:
    args = {"text": "清洁生产", "number": 0.1, "none": None, "deep": [{"a": [1, True]}]}
    with sessions.begin() as session:
        queue.enqueue(session, "note", "one", args)
    with worked_off(settings) as ran:
        until(lambda: bool(ran))
    assert ran == [QueuedJob("note", "one", args)]


def test_a_delayed_job_waits(sessions: Sessions, settings: Settings, queue: DbosJobs) -> None:
    with sessions.begin() as session:
        queue.enqueue(session, "note", "late", {}, delay_seconds=3600)
        queue.enqueue(session, "note", "now", {})
    with worked_off(settings) as ran:
        until(lambda: bool(ran))
        time.sleep(0.3)
    assert [job.key for job in ran] == ["now"]


def test_a_job_that_breaks_for_good_is_found_dead(sessions: Sessions, settings: Settings, queue: DbosJobs) -> None:
    def broken(job: QueuedJob) -> None:
        raise RuntimeError(job.key)

    with sessions.begin() as session:
        queue.enqueue(session, "note", "broken", {"a": 1})
    with worked_off(settings, broken):
        until(lambda: bool(_dead()))
        assert _dead() == [QueuedJob("note", "broken", {"a": 1})]


@pytest.mark.database
def test_the_queue_stores_no_pickle(sessions: Sessions, settings: Settings, queue: DbosJobs) -> None:
    with sessions.begin() as session:
        queue.enqueue(session, "note", "one", {"text": "清洁"})
    table = "workflow_input" if settings.is_sqlite else "dbos.workflow_input"
    with sessions() as session:
        assert "清洁" in session.scalars(text(f"SELECT inputs FROM {table}")).one()


# ---- in this process -----------------------------------------------------------------------------------------


def keys(queue: InlineJobs) -> list[str]:
    return [job.key for job in queue.pending]


def test_inline_jobs_wait_for_the_commit(session: Session) -> None:
    queue = InlineJobs()
    queue.enqueue(session, "note", "one", {})
    assert queue.take() is None
    session.commit()
    assert keys(queue) == ["one"]


def test_inline_jobs_vanish_with_their_transaction_or_savepoint(session: Session) -> None:
    queue = InlineJobs()
    queue.enqueue(session, "note", "gone", {})
    session.rollback()
    queue.enqueue(session, "note", "kept", {})
    savepoint = session.begin_nested()
    queue.enqueue(session, "note", "gone", {})
    savepoint.rollback()
    with session.begin_nested():
        queue.enqueue(session, "note", "kept too", {})
    assert keys(queue) == []
    session.commit()
    assert keys(queue) == ["kept", "kept too"]


def test_an_inline_key_is_one_job(session: Session) -> None:
    queue = InlineJobs()
    for _ in range(2):
        queue.enqueue(session, "note", "same", {})
        queue.enqueue(session, "note", "same", {})
        session.commit()
    assert keys(queue) == ["same"]


def test_a_watched_job_is_begun_once(session: Session, now: datetime) -> None:
    queue = InlineJobs()
    runs = [
        jobs.begin_run(session, queue, name="publish", key="publish:1", args={}, total=3, person_id="li", now=now)
        for _ in range(2)
    ]
    session.commit()
    assert runs[0].id == runs[1].id
    assert session.scalars(select(JobRun.status)).all() == ["queued"]
    assert keys(queue) == ["publish:1"]
