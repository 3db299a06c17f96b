"""The inbox and its counter against loops over plain records; its other pages against what the trail says happened."""

from __future__ import annotations

import io
import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import orjson
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from audits import calendars
from audits.cases import STAGES
from audits.roles import ROLES
from tests.conftest import _fill
from tests.server import stage
from tests.server.conftest import House
from tests.server.random_world import World, build, by_id, held
from workflows import copies, instances, paging, tasks
from workflows.access import load_actor
from workflows.db import make_engine, make_sessions
from workflows.errors import QingshenError
from workflows.inbox import SORTS
from workflows.models import Copy, Draft, Event, EventPayload, Person, Task, TaskCandidate
from workflows.settings import Settings
from workflows.store import FileStore

BY_DAY, CROWD = 60, 1000


# ---- to do, and its counter ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sessionmaker[Session], World]]:
    """Give a random world with a thousand people."""
    folder = tmp_path_factory.mktemp("crowd")
    engine = make_engine(Settings(database_url=f"sqlite:///{folder / 'crowd.db'}", fast_and_unsafe=True, mode="test"))
    _fill(engine)
    seed = int(os.environ.get("QINGSHEN_SEED") or 4711)
    with make_sessions(engine).begin() as session:
        sha256 = FileStore("memory://").put(b"hello")
        world = build(session, random.Random(seed), stage.NOW, sha256, cases=55, crowd=CROWD)
    yield make_sessions(engine), world
    engine.dispose()


def offered(world: World, person: str) -> list[dict[str, Any]]:
    """Give the open tasks that somebody may take or holds, by loops alone."""
    own = {f"person:{person}"}
    for one in held(world, person):
        own |= {f"{one['role']}@org:{one['organisation']}", f"{one['role']}@region:{one['region']}"}
    return [
        task
        for task in world.tasks
        if task["status"] == "open" and task["assignee"] in (None, person) and not own.isdisjoint(task["candidates"])
    ]


def agree(session: Session, world: World, person: str) -> int:
    """Compare counter, list and loops for one person; give how many tasks there were."""
    actor = load_actor(session, ROLES, person, world.now)
    naive = offered(world, person)
    found: list[Task] = []
    cursor = None
    while True:
        page = tasks.todo(session, actor, cursor=cursor, limit=50, now=world.now)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(row.id for row in found) == sorted(task["id"] for task in naive), person
    assert tasks.todo_count(session, actor, now=world.now) == len(naive), person
    due = [row.due_at for row in found if row.due_at]
    assert due == sorted(due), "the most urgent first"
    for row in found:
        task = by_id(world.tasks, row.id)
        assert (row.business_key, row.subject, row.process) == (task["number"], task["subject"], task["process"])
        assert row.region_path.rstrip("/").endswith(task["region"])
        assert row.due_at == task["due"]
    return len(naive)


def test_the_counter_is_the_list_is_what_is_offered(crowd: tuple[sessionmaker[Session], World]) -> None:
    sessions, world = crowd
    with sessions() as session:
        sample = random.Random(5).sample(world.people, BY_DAY)
        assert sum(agree(session, world, person) for person in sample) > BY_DAY // 3


@pytest.mark.night
def test_the_counter_is_the_list_for_a_thousand_people(crowd: tuple[sessionmaker[Session], World]) -> None:
    sessions, world = crowd
    with sessions() as session:
        assert sum(agree(session, world, person) for person in world.people) > CROWD // 3


def test_above_a_thousand_the_counter_says_so(house: House) -> None:
    with house.sessions.begin() as session:
        first = session.get_one(Task, house.ids["task_bakery"])
        columns = {column.key: getattr(first, column.key) for column in Task.__mapper__.columns}
        for number in range(1001):
            session.add(Task(**{**columns, "id": f"more-{number}", "assignee_id": None}))
            session.add(TaskCandidate(task_id=f"more-{number}", principal="person:lone"))
    browser = house.browser("lone")
    assert "1000+" in browser.get("/inbox").text
    with house.sessions.begin() as session:
        for number in (0, 1):
            session.execute(update(Task).where(Task.id == f"more-{number}").values(status="cancelled"))
    page = browser.get("/inbox").text
    assert "1000+" not in page
    assert "999" in page


def test_a_line_shows_case_enterprise_region_step_and_countdown(still: House) -> None:
    page = still.browser("wang").get("/inbox").text
    with still.looking() as session:
        task = session.get_one(Task, still.ids["task_bakery"])
        calendar = calendars.load(session, 2025, 2028)
    row = next(part for part in page.split("<tr>") if f"/tasks/{task.id}" in part)
    for text in (task.business_key, task.subject, "城关区", task.name, STAGES[task.process][0]):
        assert text in row, text
    with_due = [part for part in page.split("<tr>") if 'class="deadline' in part]
    with still.looking() as session:
        mine = {
            one.id: one for one in session.scalars(select(Task).where(Task.status == "open", Task.due_at.is_not(None)))
        }
    for part in with_due:
        key = re.search(r"/tasks/([^/\"]+)\"", part)
        assert key is not None
        due = mine[key[1]].due_at
        assert due is not None
        left = calendar.working_days(calendars.local_day(stage.NOW), calendars.local_day(due))
        assert str(abs(left)) in part or left == 0


# ---- what the trail implies ----------------------------------------------------------------------------------------


@dataclass
class Journal:
    """What the trail and the requests say, replayed without looking at the tables that the pages read."""

    done: dict[str, set[str]] = field(default_factory=dict)
    started: dict[str, set[str]] = field(default_factory=dict)
    copied: dict[str, set[str]] = field(default_factory=dict)
    drafts: dict[str, set[str]] = field(default_factory=dict)

    def replay(self, session: Session) -> Journal:
        """Read every event in order: a completion taken back is none, a copy that was read stays one."""
        query = select(Event, EventPayload.body).join(EventPayload, EventPayload.event_id == Event.id)
        for event, body in session.execute(query.order_by(Event.chain, Event.seq)):
            who = event.actor_id or ""
            if event.action == "task.completed" and event.actor_id:
                self.done.setdefault(who, set()).add(event.subject_id)
                self.drafts.setdefault(who, set()).discard(event.subject_id)
            elif event.action in {"task.withdrawn", "task.returned"}:
                for mine in self.done.values():
                    mine.discard(event.subject_id)
            elif event.action == "instance.started" and event.actor_id:
                self.started.setdefault(who, set()).add(event.subject_id)
            elif event.action == "instance.copied":
                for person in orjson.loads(body)["people"]:
                    self.copied.setdefault(person, set()).add(event.subject_id)
        return self


def every(read: Callable[..., paging.Page[Any]], *known: Any, **more: Any) -> list[Any]:
    """Turn all pages of a list."""
    found: list[Any] = []
    cursor = None
    while True:
        page = read(*known, cursor=cursor, limit=7, **more)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def live(house: House, seed: int, turns: int) -> set[tuple[str, str]]:
    """Let people claim, type, submit and send copies at random; give the drafts that they have left behind."""
    rng, at, typed = random.Random(seed), stage.NOW, set()
    manned = {house.ids[key] for key in ("case", "case_bakery")}
    for _turn in range(turns):
        at += timedelta(minutes=1)
        house.clock.at = at
        with house.looking() as session:
            waiting = list(
                session.scalars(select(Task).where(Task.status == "open").order_by(Task.business_key, Task.element))
            )
            task = rng.choice([one for one in waiting if one.instance_id in manned])
            holder = stage.holder_of(session, task, at).person_id or ""
        act = rng.choice(("claim", "draft", "draft", "complete", "complete", "copy"))
        try:
            _do(house, act, holder, task.id, at, rng)
        except QingshenError:
            continue
        if act == "draft":
            typed.add((holder, task.id))
        house.work()
    return typed


def _do(house: House, act: str, who: str, task_id: str, at: datetime, rng: random.Random) -> None:
    if act == "complete":
        stage.complete(house.sessions, house.application, task_id, at, rng)
        return
    with house.sessions.begin() as session:
        actor = stage.actor_of(session, who, at)
        if act == "claim":
            tasks.claim(session, actor, task_id, now=at)
        elif act == "draft":
            draft = tasks.draft_of(session, actor, task_id)
            tasks.save_draft(session, actor, task_id, {"a": 1}, "", draft.version if draft else 0, at)
        else:
            names = [name for name in ("li", "he", "ma", "admin") if rng.random() < 0.5] or ["li"]
            case = session.get_one(Task, task_id).instance_id
            copies.send(session, house.application, actor, case, names, now=at)


def compare(house: House, typed: set[tuple[str, str]]) -> dict[str, int]:
    """Compare the four pages of everybody with the journal; give how much was on them."""
    shown = dict.fromkeys(("done", "started", "copied", "drafts"), 0)
    with house.looking() as session:
        journal = Journal().replay(session)
        people = list(session.scalars(select(Person.id)))
        before = {(row.person_id, row.task_id) for row in session.scalars(select(Draft))} - typed
        for person in people:
            actor = load_actor(session, ROLES, person, house.clock.at)
            pages = {
                "done": [row.id for row in every(tasks.done, session, actor, now=house.clock.at)],
                "started": [row.id for row in every(instances.started_by_me, session, actor)],
                "copied": [row[1].id for row in every(copies.mine, session, actor)],
                "drafts": [row.id for row in every(tasks.my_drafts, session, actor)],
            }
            left = {task for who, task in typed | before if who == person} - journal.done.get(person, set())
            expected = {"drafts": left}
            for name in ("done", "started", "copied"):
                expected[name] = getattr(journal, name).get(person, set())
            for name, told in pages.items():
                assert set(told) == expected[name], (person, name)
                shown[name] += len(told)
    return shown


def test_done_started_copied_and_drafts_are_what_the_trail_implies(house: House) -> None:
    typed = live(house, seed=20260302, turns=40)
    shown = compare(house, typed)
    assert all(shown.values()), shown


@pytest.mark.night
@pytest.mark.parametrize("seed", range(5))
def test_the_pages_follow_the_trail_through_long_lives(house: House, seed: int) -> None:
    compare(house, live(house, seed, turns=400))


def test_the_pages_show_what_the_lists_hold(house: House) -> None:
    live(house, seed=3, turns=15)
    with house.looking() as session:
        actor = load_actor(session, ROLES, "li", house.clock.at)
        mine = [row[1].business_key for row in copies.mine(session, actor).items]
    page = house.browser("li").get("/inbox/copies").text
    assert mine
    assert all(key in page for key in mine)


def test_a_copy_is_read_once_and_gives_nobody_a_right(house: House) -> None:
    case, at = house.ids["case_bakery"], stage.NOW
    made = house.api("wang", "POST", f"/cases/{case}/copies", json={"usernames": ["li", "li", "ma"], "note": "请阅"})
    assert made.status_code == 201
    assert made.json
    assert len(made.json["items"]) == 2
    again = house.api("wang", "POST", f"/cases/{case}/copies", json={"usernames": ["li"]})
    assert again.json
    assert again.json["items"] == [], "an unread copy is there"
    stranger = house.api("wang", "POST", f"/cases/{case}/copies", json={"usernames": ["li", "chen"]})
    assert stranger.status_code == 422
    assert house.api("chen", "GET", f"/cases/{case}").status_code == 404
    with house.looking() as session:
        key = session.scalars(select(Copy.id).where(Copy.person_id == "li", Copy.instance_id == case)).one()
    assert house.api("ma", "POST", f"/copies/{key}/read").status_code == 404
    first = house.api("li", "POST", f"/copies/{key}/read").json
    assert first
    assert first["read_at"]
    events = house.events()
    assert house.api("li", "POST", f"/copies/{key}/read").status_code == 200
    assert house.events() == events, "reading again is no act"
    answer = house.api("li", "POST", f"/tasks/{house.ids['task_bakery']}/complete", json={"answers": {}, "opinion": ""})
    assert answer.status_code == 403, at


# ---- the list as people arrange it --------------------------------------------------------------------------------


def rows_of(content: bytes) -> list[list[Any]]:
    """Read a workbook."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_workbook_is_the_list_and_none_of_its_cells_is_a_formula(house: House) -> None:
    with house.sessions.begin() as session:
        session.get_one(Task, house.ids["task_bakery"]).subject = '=HYPERLINK("http://evil.example")'
    browser = house.browser("wang")
    page, book = browser.get("/inbox?sort=case"), browser.get("/inbox/tasks.xlsx?sort=case")
    head, *found = rows_of(book.data)
    assert head[:2] == ["任务", "企业"]
    assert [row[0] for row in found] == re.findall(r"data-key-open href=[^>]*>([^<]*)<", page.text)
    sheet = openpyxl.load_workbook(io.BytesIO(book.data)).active
    assert [cell.data_type for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")] == ["s"]
    assert rows_of(house.api("wang", "GET", "/tasks.xlsx?sort=case").data) == [head, *found]
    assert len(rows_of(browser.get("/inbox/tasks.xlsx?enterprise=nothing").data)) == 1


@pytest.mark.parametrize("order", [f"{sign}{key}" for key in SORTS for sign in ("", "-")])
def test_every_order_is_paged_without_a_gap_or_a_repeat(crowd: tuple[sessionmaker[Session], World], order: str) -> None:
    sessions, world = crowd
    with sessions() as session:
        person = max(world.people, key=lambda one: len(offered(world, one)))
        actor = load_actor(session, ROLES, person, world.now)
        found: list[Task] = []
        cursor = None
        while len(found) == 0 or cursor:
            page = tasks.todo(session, actor, sort=order, cursor=cursor, limit=3, now=world.now)
            found += page.items
            cursor = page.next_cursor
        assert sorted(row.id for row in found) == sorted(task["id"] for task in offered(world, person))
        values = [getattr(row, SORTS[order.removeprefix("-")].key) for row in found]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=order.startswith("-"))
        assert None not in values[: len(known)], "what has no day comes last"


def test_an_urged_task_says_so_in_the_list_until_it_was_seen(house: House) -> None:
    task = house.ids["task_bakery"]
    assert "催办</span>" not in house.browser("wang").get("/inbox").text
    assert house.api("ma", "POST", f"/tasks/{task}/urges", json={"note": ""}).status_code == 201
    assert "催办</span>" in house.browser("wang").get("/inbox").text
    house.api("wang", "POST", f"/tasks/{task}/urges/seen")
    assert "催办</span>" not in house.browser("wang").get("/inbox").text
