"""The timeline: the acts on an instance, the latest first, as far as one may read them."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import Office, office
from workflows import files, timeline
from workflows.errors import Invalid, NotFound
from workflows.models import EventPayload
from workflows.settings import Settings

database = pytest.mark.database


@pytest.fixture(name="permits")
def _permits(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> Office:
    return office(sessions, settings, now)


@database
def test_each_act_says_who_when_what_and_the_opinion_in_the_readers_language(permits: Office, now: datetime) -> None:
    case = permits.open()
    permits.do("chen", permits.task(case, "apply").id, {"note": "x"}, opinion="in order")
    with permits.acting("li") as (session, actor):
        for language, name in (("zh", "申请"), ("en", "Apply")):
            entries = timeline.for_instance(session, actor, case, language=language).items
            done = next(one for one in entries if one.action == "task.completed")
            assert (done.actor, done.at, done.task, done.opinion) == ("陈工", now, name, "in order")
            assert [one.seq for one in entries] == [5, 4, 3, 2, 1]


@database
def test_the_timeline_comes_page_by_page_either_way(permits: Office) -> None:
    case = permits.to_check()
    with permits.acting("li") as (session, actor):
        for oldest_first in (False, True):
            found, cursor = [], None
            while True:
                page = timeline.for_instance(session, actor, case, limit=2, cursor=cursor, oldest_first=oldest_first)
                found += [one.seq for one in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert found == sorted([1, 2, 3, 4, 5], reverse=not oldest_first)
        with pytest.raises(Invalid, match="cursor"):
            timeline.for_instance(session, actor, case, cursor="zzz")


def test_who_does_not_see_the_instance_reads_nothing(permits: Office) -> None:
    case = permits.to_check()
    for who in ("wang", "kong", "gao", "sun"):
        with permits.acting(who) as (session, actor), pytest.raises(NotFound):
            timeline.for_instance(session, actor, case)


def test_a_file_not_yet_submitted_shows_to_its_uploader_alone(permits: Office, now: datetime) -> None:
    case = permits.open()
    task = permits.task(case, "apply")
    with permits.acting("chen") as (session, actor):
        paper = files.upload(
            session, permits.app, actor, name="a.txt", content="文字".encode(), task_id=task.id, now=now
        )
        named = {"id": paper.id, "name": paper.name, "size": paper.size, "type": paper.media_type}

    def uploads(who: str) -> int:
        with permits.acting(who) as (session, actor):
            items = timeline.for_instance(session, actor, case).items
            return sum(one.action == "file.uploaded" for one in items)

    assert (uploads("chen"), uploads("li")) == (1, 0)
    permits.do("chen", task.id, {"note": "x", "papers": [named]})
    assert (uploads("chen"), uploads("li")) == (1, 1)


def test_an_act_whose_payload_retention_took_away_still_stands(permits: Office) -> None:
    case = permits.to_check()
    with permits.sessions.begin() as session:
        session.execute(delete(EventPayload))
    with permits.acting("li") as (session, actor):
        entries = timeline.for_instance(session, actor, case).items
    assert [(one.action, one.values, one.task) for one in entries][-1] == ("instance.started", {}, "")
