"""My duties: for a hundred random companies the page says what loops over all rows say."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from audits import duties
from audits.models import Case, Deadline
from audits.roles import ROLES
from tests.conftest import _fill
from tests.server import stage
from tests.server.conftest import House
from tests.server.random_world import World, build
from workflows.access import load_actor
from workflows.db import make_engine, make_sessions
from workflows.models import Membership, Organisation, Person, Task, TaskCandidate
from workflows.settings import Settings
from workflows.store import FileStore

COMPANIES = 100


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sessionmaker[Session], World]]:
    """Give a random world of a hundred companies, each with somebody who works there, and more deadlines."""
    path = tmp_path_factory.mktemp("companies") / "companies.db"
    engine = make_engine(Settings(database_url=f"sqlite:///{path}", fast_and_unsafe=True, mode="test"))
    _fill(engine)
    rng = random.Random(99)
    with make_sessions(engine).begin() as session:
        world = build(session, rng, stage.NOW, FileStore("memory://").put(b"hello"), cases=180, firms=COMPANIES)
        for one in world.enterprises:
            who = f"of-{one['id']}"
            session.add(Person(id=who, username=who, name=who, created_at=stage.NOW - timedelta(days=900)))
            session.flush()
            session.add(
                Membership(
                    id=f"m-{who}", person_id=who, organisation_id=one["id"], role="enterprise",
                    region_code=one["region"], since=stage.NOW - timedelta(days=400),
                )
            )  # fmt: skip
        for row in session.scalars(select(Organisation).where(Organisation.kind == "bureau")):
            row.contact = f"0931-{rng.randint(1000000, 9999999)}"
        today = stage.NOW.date()
        for case in world.cases:
            for kind in rng.sample(("start", "report", "implementation"), rng.randint(0, 3)):
                due = today + timedelta(days=rng.randint(-90, 200))
                later = due + timedelta(days=60)
                session.add(
                    Deadline(
                        case_id=case["id"], kind=kind, trigger="publication", trigger_on=date(2025, 9, 1), period="P1Y",
                        nominal_on=due, due_on=due, extended_to=rng.choice((None, None, later)),
                        met_on=rng.choice((None, None, today)),
                    )
                )  # fmt: skip
    yield make_sessions(engine), world
    engine.dispose()


def rows(session: Session, model: type[Any]) -> list[dict[str, Any]]:
    """Read a whole table as plain records."""
    return [
        {column.key: getattr(row, column.key) for column in model.__mapper__.columns}
        for row in session.scalars(select(model))
    ]


def naive(tables: dict[str, list[dict[str, Any]]], company: str) -> dict[str, tuple[Any, ...]]:
    """Work out from all rows what each open case of a company asks for."""
    found = {}
    for case in tables["cases"]:
        if case["enterprise_id"] != company or case["outcome"] != "":
            continue
        steps = sorted(
            (task["opened_at"], task["id"])
            for task in tables["tasks"]
            if task["instance_id"] == case["id"] and task["status"] == "open"
        )
        days = [
            (one["extended_to"] if one["extended_to"] is not None else one["due_on"], one["id"], one["kind"])
            for one in tables["deadlines"]
            if one["case_id"] == case["id"] and one["met_on"] is None
        ]
        who = f"of-{company}"
        own = {
            task["id"]
            for task in tables["tasks"]
            if task["instance_id"] == case["id"] and task["status"] == "open" and task["assignee_id"] in (None, who)
            for candidate in tables["candidates"]
            if candidate["task_id"] == task["id"] and candidate["principal"] == f"enterprise@org:{company}"
        }
        bureau = next(one for one in tables["organisations"] if one["id"] == case["competent_id"])
        duty = min(days) if days else (None, None, None)
        found[case["id"]] = ([key for _at, key in steps], own, duty[2], duty[0], bureau["name"], bureau["contact"])
    return found


def test_each_company_is_told_its_step_duty_day_and_contact(
    companies: tuple[sessionmaker[Session], World],
) -> None:
    sessions, world = companies
    asked = 0
    with sessions() as session:
        models = {
            "cases": Case,
            "tasks": Task,
            "deadlines": Deadline,
            "organisations": Organisation,
            "candidates": TaskCandidate,
        }
        tables = {name: rows(session, model) for name, model in models.items()}
        for one in world.enterprises:
            actor = load_actor(session, ROLES, f"of-{one['id']}", stage.NOW)
            told, cursor, days = {}, None, []
            while True:
                page = duties.mine(session, actor, cursor=cursor, limit=2)
                for duty in page.items:
                    told[duty.case.id] = (
                        [task.id for task in duty.tasks],
                        {task.id for task in duty.own},
                        duty.deadline.kind if duty.deadline else None,
                        duty.due_on,
                        duty.contact.name,
                        duty.contact.contact,
                    )
                    days.append(duty.due_on or date.max)
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert told == naive(tables, one["id"]), one["id"]
            assert days == sorted(days), "the most urgent first"
            asked += len(told)
    assert len(world.enterprises) == COMPANIES
    assert asked > COMPANIES // 2


def duties_of(house: House, username: str) -> list[dict[str, Any]]:
    """Ask the API for somebody's duties."""
    answer = house.api(username, "GET", "/duties").json
    assert answer is not None
    found: list[dict[str, Any]] = answer["items"]
    return found


def test_the_page_says_it_in_words(still: House) -> None:
    page = still.browser("wang").get("/duties").text
    told = duties_of(still, "wang")
    assert told
    for one in told:
        assert one["number"] in page
        assert one["contact"]["name"] in page
        assert all(step["name"] in page for step in one["steps"])
        assert one["due_on"] in page
    assert duties_of(still, "li") == [], "an officer has cases, no duties of a company"
    chen = {one["case_id"] for one in duties_of(still, "chen")}
    assert chen.isdisjoint(one["case_id"] for one in told)
