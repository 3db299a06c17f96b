"""Two models of who sees what, asked the same: the product over HTTP, and loops written from the rules alone.

``QINGSHEN_SEED`` repeats a run; the seed is part of every message.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import or_, true

from tests.conftest import _fill
from tests.server import stage
from tests.server.conftest import House, Template, put_down, put_up
from tests.server.random_world import (
    READS_STATISTICS,
    World,
    below,
    build,
    by_id,
    held,
    is_offered,
    reads_file,
    reads_submission,
    sees_case,
    sees_enterprise,
    sees_list,
    sees_task,
)
from workflows import access, people
from workflows.db import make_engine, make_sessions
from workflows.settings import Settings
from workflows.store import FileStore

PUSH, NIGHT = 300, 5000


class Difference(AssertionError):
    """The two models disagree."""


class Both:
    """The product and the naive model of the same world."""

    def __init__(self, house: House, world: World, seed: int) -> None:
        self.house, self.world, self.seed = house, world, seed
        self.rng = random.Random(seed)
        self.asked: Counter[str] = Counter()
        self.shown: Counter[str] = Counter()

    def request(self) -> None:
        """Send one random request and compare."""
        kind = self.rng.choice(list(KINDS))
        self.asked[kind] += 1
        active = [person for person in self.world.people if held(self.world, person)]
        KINDS[kind](self, self.rng.choice(active if self.rng.random() < 0.8 else self.world.people))

    def pick(self, rows: list[dict[str, Any]], sees: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Draw a thing, every other time one that is seen."""
        seen = [row for row in rows if sees(row)] if self.rng.random() < 0.5 else []
        return self.rng.choice(seen or rows)

    def get(self, person: str, path: str, **query: Any) -> Any:
        """Ask the API."""
        return self.house.api(person, "GET", path, query_string=query)

    def all_ids(self, person: str, path: str, **query: Any) -> list[str]:
        """Turn every page of a list, with pages of a random length."""
        limit, found, cursor = self.rng.choice((1, 3, 7, 50, 200)), [], None
        while True:
            page = {**query, "limit": limit, **({"cursor": cursor} if cursor else {})}
            answer = self.get(person, path, **page)
            assert answer.status_code == 200, (self.seed, path, query, answer.text)
            found += [item["id"] for item in answer.json["items"]]
            cursor = answer.json["next"]
            if cursor is None:
                return found

    def same(self, kind: str, person: str, told: list[Any], naive: list[Any], **about: Any) -> None:
        """Compare what both give, one by one; neither may repeat a thing."""
        self.shown[kind] += len(told)
        if Counter(told) != Counter(naive):
            more, less = sorted(map(str, set(told) - set(naive))), sorted(map(str, set(naive) - set(told)))
            raise Difference(f"seed {self.seed}: {kind} of {person} {about}: shows too much {more}, too little {less}")

    def one(self, kind: str, person: str, path: str, visible: bool, *, ok: int = 200) -> None:
        """Compare the status of one thing."""
        answer = self.get(person, path)
        status = answer.status_code
        answer.close()
        self.shown[kind] += status == ok
        if status != (ok if visible else 404):
            raise Difference(f"seed {self.seed}: {kind} {path} for {person}: {status}, visible {visible}")


# ---- lists ---------------------------------------------------------------------------------------------------------


def case_list(both: Both, person: str) -> None:
    world, rng, query = both.world, both.rng, {}
    rows = [case for case in world.cases if sees_case(world, person, case)]
    if rng.random() < 0.4:
        query["region"] = rng.choice(list(world.parents))
        rows = [case for case in rows if below(world, case["region"], query["region"])]
    if rng.random() < 0.3:
        query["text"] = rng.choice(("QS-0", "厂1", "厂", "%", rng.choice(world.cases)["number"]))
        rows = [
            case for case in rows
            if query["text"] in case["number"] or query["text"] in by_id(world.enterprises, case["enterprise"])["name"]
        ]  # fmt: skip
    if rng.random() < 0.3:
        query["outcome"] = rng.choice(("open", "qualified", "removed"))
        rows = [case for case in rows if (case["outcome"] or "open") == query["outcome"]]
    if rng.random() < 0.2:
        query["enterprise_id"] = rng.choice(world.enterprises)["id"]
        rows = [case for case in rows if case["enterprise"] == query["enterprise_id"]]
    both.same("case list", person, both.all_ids(person, "/cases", **query), [case["id"] for case in rows], **query)


def case_page(both: Both, person: str) -> None:
    """The page of cases links to what the API lists, and to nothing else."""
    world = both.world
    client = both.house.browser()
    client.set_cookie("qingshen_session", both.house.doors[person])
    answer = client.get("/cases")
    told = set(re.findall(r'href="/cases/(case-\d+)"', answer.text))
    rows = {case["id"] for case in world.cases if sees_case(world, person, case)}
    both.same("case page", person, sorted(told), sorted(rows))


def todo(both: Both, person: str) -> None:
    world, rng, query = both.world, both.rng, {}
    rows = [
        task for task in world.tasks
        if task["status"] == "open" and task["assignee"] in (None, person) and is_offered(world, person, task)
    ]  # fmt: skip
    if rng.random() < 0.4:
        query["due"] = rng.choice(("overdue", "soon", "ok", "none"))
        soon = world.now + timedelta(days=7)
        rows = [task for task in rows if _due(task["due"], world.now, soon) == query["due"]]
    if rng.random() < 0.3:
        query["region"] = rng.choice(list(world.parents))
        rows = [task for task in rows if below(world, task["region"], query["region"])]
    if rng.random() < 0.3:
        query["process"] = "audit"
        rows = [task for task in rows if task["process"] == "audit"]
    both.same("todo", person, both.all_ids(person, "/tasks", **query), [task["id"] for task in rows], **query)


def _due(due: Any, now: Any, soon: Any) -> str:
    if due is None:
        return "none"
    return "overdue" if due < now else "soon" if due < soon else "ok"


def todo_count(both: Both, person: str) -> None:
    """The number beside the inbox is the length of the list."""
    world = both.world
    rows = [
        task for task in world.tasks
        if task["status"] == "open" and task["assignee"] in (None, person) and is_offered(world, person, task)
    ]  # fmt: skip
    client = both.house.browser()
    client.set_cookie("qingshen_session", both.house.doors[person])
    text = client.get("/inbox").text
    told = set(re.findall(r'href="/tasks/(case-[^"]+)"', text))
    both.same("inbox page", person, sorted(told), sorted(task["id"] for task in rows))


def done(both: Both, person: str) -> None:
    rows = [task["id"] for task in both.world.tasks if task["status"] == "completed" and task["closed_by"] == person]
    both.same("done", person, both.all_ids(person, "/tasks", view="done"), rows)


def drafts(both: Both, person: str) -> None:
    rows = [task["id"] for task in both.world.tasks if person in task["drafts"]]
    both.same("drafts", person, both.all_ids(person, "/tasks", view="drafts"), rows)


def started(both: Both, person: str) -> None:
    mine = [case for case in both.world.cases if case["starter"] == person]
    rows = [case["id"] for case in mine if sees_case(both.world, person, case)]
    both.same("started", person, both.all_ids(person, "/cases/started"), rows)


def enterprise_list(both: Both, person: str) -> None:
    world, rng, query = both.world, both.rng, {}
    rows = [one for one in world.enterprises if sees_enterprise(world, person, one)]
    if rng.random() < 0.4:
        query["text"] = rng.choice(("厂0", "厂1", "_", "厂07"))
        rows = [one for one in rows if query["text"] in one["name"]]
    if rng.random() < 0.4:
        query["region"] = rng.choice(list(world.parents))
        rows = [one for one in rows if below(world, one["region"], query["region"])]
    told = both.all_ids(person, "/enterprises", **query)
    both.same("enterprise list", person, told, [one["id"] for one in rows], **query)


def annual_lists(both: Both, person: str) -> None:
    rows = [one["id"] for one in both.world.lists if sees_list(both.world, person, one)]
    both.same("annual lists", person, both.all_ids(person, "/lists"), rows)


def list_entries(both: Both, person: str) -> None:
    world, where = both.world, both.rng.choice(both.world.lists)
    if not sees_list(world, person, where):
        both.one("entries", person, f"/lists/{where['id']}/entries", visible=False)
        return
    rows = [
        one["id"] for one in world.entries
        if one["list"] == where["id"] and sees_enterprise(world, person, by_id(world.enterprises, one["enterprise"]))
    ]  # fmt: skip
    both.same("entries", person, both.all_ids(person, f"/lists/{where['id']}/entries"), rows)


def deadline_board(both: Both, person: str) -> None:
    world = both.world
    rows = [
        one["case"] for one in world.deadlines
        if sees_case(world, person, by_id(world.cases, one["case"])) and not by_id(world.cases, one["case"])["outcome"]
    ]  # fmt: skip
    found: list[str] = []
    cursor = None
    while True:
        answer = both.get(person, "/deadlines", limit=11, **({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        found += [line["case_id"] for line in answer.json["items"]]
        cursor = answer.json["next"]
        if cursor is None:
            break
    both.same("deadlines", person, found, rows)


# ---- numbers -------------------------------------------------------------------------------------------------------


def statistics(both: Both, person: str) -> None:
    """The sums are over what the person sees, and nothing else."""
    world, rng = both.world, both.rng
    query = {"region": rng.choice(list(world.parents))} if rng.random() < 0.4 else {}
    answer = both.get(person, "/statistics/completion", **query)
    if not any(one["role"] in READS_STATISTICS for one in held(world, person)):
        both.same("statistics", person, [answer.status_code], [403])
        return
    rows = []
    for one in world.entries:
        where, enterprise = by_id(world.lists, one["list"]), by_id(world.enterprises, one["enterprise"])
        if where["status"] != "published" or not sees_list(world, person, where):
            continue
        if sees_enterprise(world, person, enterprise) and below(
            world, enterprise["region"], query.get("region", enterprise["region"])
        ):
            rows.append(one)
    count = Counter(one["outcome"] for one in rows)
    told = {key: answer.json["whole"][key] for key in ("listed", "qualified", "unqualified", "removed", "deferred")}
    naive = {"listed": len(rows)} | {key: count[key] for key in ("qualified", "unqualified", "removed", "deferred")}
    both.same("statistics", person, sorted(told.items()), sorted(naive.items()), **query)


def consultancy_counts(both: Both, person: str) -> None:
    """The number of cases beside a consultancy counts only what the person sees."""
    world = both.world
    answer = both.get(person, "/consultancies", limit=200)
    if not any(one["role"] in READS_STATISTICS for one in held(world, person)):
        both.same("consultancies", person, [answer.status_code], [403])
        return
    told = {row["id"]: row["cases"] for row in answer.json["items"] if row["id"] in world.consultancies}
    naive = {
        key: sum(case["consultancy"] == key and sees_case(world, person, case) for case in world.cases)
        for key in world.consultancies
    }
    both.same("consultancies", person, sorted(told.items()), sorted(naive.items()))


# ---- single things -------------------------------------------------------------------------------------------------


def one_case(both: Both, person: str) -> None:
    case = both.pick(both.world.cases, lambda one: sees_case(both.world, person, one))
    visible = sees_case(both.world, person, case)
    answer = both.get(person, f"/cases/{case['id']}")
    both.same("case", person, [answer.status_code], [200 if visible else 404], case=case["id"])
    if visible:
        told = [one["task_id"] for one in answer.json["submissions"]]
        naive = [
            one["task"] for one in both.world.submissions
            if one["case"] == case["id"] and reads_submission(both.world, person, one)
        ]  # fmt: skip
        both.same("submissions", person, told, naive, case=case["id"])
        letters = [one["id"] for one in answer.json["letters"]]
        both.same("letters of", person, letters, [one["id"] for one in both.world.letters if one["case"] == case["id"]])


def one_task(both: Both, person: str) -> None:
    task = both.pick(both.world.tasks, lambda one: sees_task(both.world, person, one))
    visible = sees_task(both.world, person, task)
    answer = both.get(person, f"/tasks/{task['id']}")
    both.same("task", person, [answer.status_code], [200 if visible else 404], task=task["id"], said=answer.text[:300])
    if visible and task["status"] == "completed":
        given = next(one for one in both.world.submissions if one["task"] == task["id"])
        may_read = reads_submission(both.world, person, given)
        both.same("answers", person, [answer.json["answers"] != {}], [may_read], task=task["id"])


def one_file(both: Both, person: str) -> None:
    file = both.pick(both.world.files, lambda one: reads_file(both.world, person, one))
    both.one("file", person, f"/files/{file['id']}", reads_file(both.world, person, file))


def one_preview(both: Both, person: str) -> None:
    """Nobody has opened a file yet: who sees it is told to, and nobody else knows of it."""
    file = both.pick(both.world.files, lambda one: reads_file(both.world, person, one))
    both.one("preview", person, f"/files/{file['id']}/pages/1", reads_file(both.world, person, file), ok=403)


def one_letter(both: Both, person: str) -> None:
    world = both.world
    letter = both.pick(world.letters, lambda one: sees_case(world, person, by_id(world.cases, one["case"])))
    visible = sees_case(world, person, by_id(world.cases, letter["case"]))
    both.one("letter", person, f"/letters/{letter['id']}", visible)


def one_enterprise(both: Both, person: str) -> None:
    one = both.pick(both.world.enterprises, lambda row: sees_enterprise(both.world, person, row))
    both.one("enterprise", person, f"/enterprises/{one['id']}", sees_enterprise(both.world, person, one))


KINDS: dict[str, Callable[[Both, str], None]] = {
    kind.__name__: kind
    for kind in (
        case_list, case_page, todo, todo_count, done, drafts, started, enterprise_list, annual_lists, list_entries, deadline_board,
        statistics, consultancy_counts, one_case, one_task, one_file, one_preview, one_letter, one_enterprise,
    )
}  # fmt: skip


# ---- running -------------------------------------------------------------------------------------------------------


BY_DAY = 867521


def world_of(folder: Path, seed: int) -> tuple[House, World]:
    """Put the product up on a random world."""
    url = f"sqlite:///{folder / 'random.db'}"
    settings = Settings(database_url=url, fast_and_unsafe=True, mode="test")
    engine = make_engine(settings)
    _fill(engine)
    store = FileStore("memory://")
    sha256 = store.put(b"hello")
    told = stage.Stage()
    with make_sessions(engine).begin() as session:
        world = build(session, random.Random(seed), stage.NOW, sha256)
        for person in world.people:
            row = session.get(people.Person, person)
            assert row is not None
            told.sessions[person] = people.open_session(session, row, now=stage.NOW)
            told.tokens[person] = people.issue_token(
                session, stage.world.Somebody(person, person), label="x", now=stage.NOW
            )[1]
    engine.dispose()
    return put_up(url, folder, Template(folder, store, told), own=True), world


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Draw the seed of a night's run, unless the environment names one; by day it is the same for everybody."""
    drawn = random.SystemRandom().randrange(10**6) if "night" in request.config.getoption("markexpr") else BY_DAY
    return int(os.environ.get("QINGSHEN_SEED") or drawn)


@pytest.fixture(scope="session")
def two(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Give both models of one random world."""
    house, world = world_of(tmp_path_factory.mktemp("random"), seed)
    yield Both(house, world, seed)
    put_down(house)


def test_both_models_say_the_same(two: Both) -> None:
    sys.stdout.write(f"seed {two.seed}\n")
    for _ in range(PUSH):
        two.request()
    assert set(two.asked) == set(KINDS)
    assert sum(two.shown.values()) > PUSH, "a world in which nobody sees anything compares nothing"


@pytest.mark.night
@pytest.mark.parametrize("turn", range(4))
def test_both_models_say_the_same_all_night(turn: int, seed: int, tmp_path: Path) -> None:
    house, world = world_of(tmp_path, seed + turn + 1)
    both = Both(house, world, seed + turn + 1)
    sys.stdout.write(f"seed {both.seed}\n")
    for _ in range(NIGHT):
        both.request()
    put_down(house)
    shutil.rmtree(tmp_path, ignore_errors=True)


def _no_time(_actor: Any) -> Any:
    return true()


def _everything_offered(_actor: Any) -> Any:
    return true()


def _files_of_visible_cases(actor: Any) -> Any:
    model = access.Attachment
    return or_(model.uploaded_by == actor.person_id, access._of_instances(actor, model.instance_id))


def _cases_for_all(_actor: Any) -> Any:
    return true()


def _scores_for_all(actor: Any) -> Any:
    return access._of_instances(actor, access.Submission.instance_id)


def _the_parties(actor: Any, instance_id: Any) -> Any:
    return instance_id.in_(access._instances_as_party(actor))


BROKEN = {
    "the confidential is every party's": ("_confided", _the_parties),
    "a party is one for ever": ("_in_force", _no_time),
    "every task is offered": ("offered", _everything_offered),
}
BROKEN_RULES = {
    "files lie open in a case": (access.Attachment, _files_of_visible_cases),
    "every case is seen": (access.Instance, _cases_for_all),
    "scores lie open in a case": (access.Submission, _scores_for_all),
}


def _finds(both: Both) -> None:
    both.rng = random.Random(both.seed)  # the same requests in whatever order the tests run
    with pytest.raises(Difference):
        for _ in range(PUSH * 20):
            both.request()


@pytest.mark.parametrize("name", BROKEN)
def test_a_condition_that_is_missing_is_found(two: Both, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(access, *BROKEN[name])
    _finds(two)


@pytest.mark.parametrize("name", BROKEN_RULES)
def test_a_rule_that_is_too_wide_is_found(two: Both, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    model, rule = BROKEN_RULES[name]
    monkeypatch.setitem(access._RULES, model, rule)  # type: ignore[arg-type]
    _finds(two)
