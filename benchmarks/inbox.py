"""What the inbox costs when the house is full: ``python -m benchmarks.inbox``.

Two databases are filled, one with few tasks and one with a hundred times as many (a tenth of them open, shared among
people all over the region tree). In both the same people have the same work of their own. The pages and counts of these
people are read in turns from one and the other; the median of each decides. It prints ratios and fails when one is
over its budget, never on milliseconds: those stand behind the ratio, for information.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session, sessionmaker

from audits import reference_data
from audits.roles import ROLES
from workflows import tasks
from workflows.access import Actor, load_actor
from workflows.db import make_engine, make_sessions, reading
from workflows.models import (
    Base,
    Definition,
    Family,
    Instance,
    Membership,
    Organisation,
    Person,
    Region,
    Task,
    TaskCandidate,
)
from workflows.settings import Settings

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
FEW, MANY, PEOPLE = 10_000, 1_000_000, 1_000
BUDGET, CHUNK = 1.5, 20_000
OWN = {"officer": (300, 2_700), "clerk": (3, 27)}
"""The people who are measured: their open and their closed tasks, in both databases alike."""
HOME = "620100"


@dataclass(frozen=True)
class Side:
    """One of the two databases."""

    engine: Engine
    sessions: sessionmaker[Session]


# ---- filling


def fill(engine: Engine, total: int, people: int) -> None:
    """Fill a database with ``total`` tasks, a tenth of them open, of which some are the measured people's own."""
    Base.metadata.create_all(engine)
    sessions = make_sessions(engine)
    with sessions.begin() as session:
        reference_data.load(session, NOW - timedelta(days=1000))
        _frame(session)
        regions = [(row.code, row.path) for row in session.query(Region).where(Region.level == "county")]
        _settle(session, regions, people)
    own = sum(opened + closed for opened, closed in OWN.values())
    rows = _tasks(total - own, regions, people)
    with engine.begin() as connection:
        lines = _both(rows)
        while chunk := list(islice(lines, CHUNK)):
            connection.execute(insert(Instance), [one[0] for one in chunk if one[0]])
            connection.execute(insert(Task), [one[1] for one in chunk])
            connection.execute(insert(TaskCandidate), [one[2] for one in chunk])
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _frame(session: Session) -> None:
    """Add the one family and version that all instances belong to."""
    session.add(Family(key="audit", name="审核", name_en="Audit", root="audit"))
    session.flush()
    row = Definition(
        id="v1", family_key="audit", version=1, hash="0" * 64, root="audit", state="active", valid_from=NOW.date()
    )
    row.deployed_at = NOW
    session.add(row)
    session.flush()


def _settle(session: Session, regions: Sequence[tuple[str, str]], people: int) -> None:
    """Add the measured people, and many more in organisations all over the region tree."""
    lines = [("officer", "city_bureau", HOME), ("clerk", "enterprise", regions[0][0])]
    lines += [
        (f"p{number}", "enterprise" if number % 5 else "county_bureau", regions[number % len(regions)][0])
        for number in range(people - len(lines))
    ]
    session.execute(
        insert(Organisation),
        [{"id": f"o-{key}", "kind": "bureau" if "bureau" in role else "enterprise", "name": key, "name_en": key,
          "region_code": region, "contact": "", "staff_role": role} for key, role, region in lines],
    )  # fmt: skip
    session.execute(
        insert(Person), [{"id": key, "username": key, "name": key, "created_at": NOW} for key, _, _ in lines]
    )
    session.execute(
        insert(Membership),
        [{"id": f"m-{key}", "person_id": key, "organisation_id": f"o-{key}", "role": role, "region_code": region,
          "since": NOW - timedelta(days=900)} for key, role, region in lines],
    )  # fmt: skip


def _tasks(others: int, regions: Sequence[tuple[str, str]], people: int) -> Iterator[tuple[str, str, bool, str, str]]:
    """Give (region code, path, whether open, principal, who closed it) of every task."""
    home = next(path for code, path in regions if code.startswith(HOME[:4]))
    for (opened, closed), principal, who in zip(
        OWN.values(), (f"city_bureau@region:{HOME}", "enterprise@org:o-clerk"), OWN, strict=True
    ):
        for number in range(opened + closed):
            yield home.rstrip("/").rpartition("/")[2], home, number < opened, principal, who
    for number in range(others):
        code, path = regions[number % len(regions)]
        owner = number % (people - len(OWN))
        yield code, path, number % 10 == 0, f"enterprise@org:o-p{owner}", f"p{owner}"


def _both(rows: Iterator[tuple[str, str, bool, str, str]]) -> Iterator[tuple[Any, dict[str, Any], dict[str, Any]]]:
    """Write an instance for each ten tasks, the tasks, and their candidates."""
    for number, (code, path, is_open, principal, who) in enumerate(rows):
        key, opened = f"i{number // 10:08d}", NOW - timedelta(minutes=number % 400_000)
        instance = None
        if number % 10 == 0:
            instance = {
                "id": key, "family_key": "audit", "definition_id": "v1", "status": "running", "stage": "audit",
                "business_key": f"QS{number // 10:09d}", "subject": f"企业{number // 10}有限公司", "region_code": code,
                "region_path": path, "state": b"", "variables": {}, "version": 1, "started_at": opened,
            }  # fmt: skip
        task = {
            "id": f"t{number:09d}", "instance_id": key, "element": "check", "process": "audit", "name": "审查",
            "role": principal.partition("@")[0], "actions": {}, "item": {}, "business_key": f"QS{number // 10:09d}",
            "subject": f"企业{number // 10}有限公司", "region_path": path, "status": "open" if is_open else "completed",
            "opened_at": opened, "due_at": NOW + timedelta(hours=number % 4_000 - 1_000) if number % 3 else None,
            "closed_at": None if is_open else opened + timedelta(days=1), "closed_by": None if is_open else who,
        }  # fmt: skip
        yield instance, task, {"task_id": task["id"], "principal": principal}


# ---- measuring


def readings() -> dict[str, Callable[[Session, Actor], object]]:
    """Give what is read for a person, by its name in the table."""
    found: dict[str, Callable[[Session, Actor], object]] = {}
    for sort in ("due", "-due", "opened", "-opened"):
        found[f"to do, first page by {sort}"] = lambda session, actor, sort=sort: tasks.todo(  # type: ignore[misc]
            session, actor, sort=sort, now=NOW
        )
    for name, filters in (
        ("overdue", {"due": "overdue"}),
        ("a text", {"text": "企业1"}),
        ("a region", {"region": HOME}),
    ):
        found[f"to do, first page with {name}"] = lambda session, actor, filters=filters: tasks.todo(  # type: ignore[misc]
            session, actor, filters=filters, now=NOW
        )
    found["to do, count"] = lambda session, actor: tasks.todo_count(session, actor, now=NOW)
    found["done, first page"] = lambda session, actor: tasks.done(session, actor, now=NOW)
    found["done, count"] = lambda session, actor: tasks.done_count(session, actor, now=NOW)
    return found


def _timed(side: Side, username: str, read: Callable[[Session, Actor], object]) -> float:
    """Time one reading: SQLite works in this process, so its processor time is what counts, whatever else runs."""
    clock = time.process_time if side.engine.dialect.name == "sqlite" else time.perf_counter
    with reading(side.sessions) as session:
        actor = load_actor(session, ROLES, username, NOW)
        begin = clock()
        read(session, actor)
        return clock() - begin


def measure(few: Side, many: Side, username: str, read: Callable[[Session, Actor], object], runs: int) -> list[float]:
    """Read from both in turns; give the medians in milliseconds, of the small and of the large one."""
    for side in (few, many):
        _timed(side, username, read)
    pairs = [(_timed(few, username, read), _timed(many, username, read)) for _ in range(runs)]
    return [statistics.median(side) * 1000 for side in zip(*pairs, strict=True)]


@contextmanager
def sides(url: str, kept: str, few: int, many: int, people: int) -> Iterator[tuple[Side, Side]]:
    """Fill two databases: two files, or the two empty PostgreSQL databases ``{url}_few`` and ``{url}_many``.

    Files in the folder ``kept`` are filled once and used again.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for name, total in (("few", few), ("many", many)):
            file = Path(kept or folder) / f"{name}_{total}.db"
            is_there = not url and file.exists()
            place = f"{url}_{name}" if url else f"sqlite:///{file}"
            engine = make_engine(Settings(database_url=place, fast_and_unsafe=not url, mode="test"))
            begin = time.perf_counter()
            if not is_there:
                fill(engine, total, people)
                print(f"{total} tasks, {people} people: filled in {time.perf_counter() - begin:.0f} s", file=sys.stderr)
            made.append(Side(engine, make_sessions(engine)))
        yield made[0], made[1]
        for side in made:
            side.engine.dispose()


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 when a budget is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbox", description=__doc__)
    parser.add_argument("--few", type=int, default=FEW, help=f"tasks of the small database (default: {FEW})")
    parser.add_argument("--many", type=int, default=MANY, help=f"tasks of the large one (default: {MANY})")
    parser.add_argument("--runs", type=int, default=31, help="paired runs of each reading")
    parser.add_argument("--url", default="", help="beginning of the URLs of two empty PostgreSQL databases")
    parser.add_argument("--keep", default="", help="a folder in which the filled files stay for the next time")
    options = parser.parse_args(arguments)
    kept = True
    with sides(options.url, options.keep, options.few, options.many, PEOPLE) as (few, many):
        gc.collect()
        gc.freeze()
        for username in OWN:
            for name, read in readings().items():
                small, large = measure(few, many, username, read, options.runs)
                good = large / small <= BUDGET
                kept &= good
                print(
                    f"{'ok  ' if good else 'OVER'} {username:8} {name:32} {large / small:6.2f} <= {BUDGET:g}"
                    f"   ({small:.2f} and {large:.2f} ms)"
                )
        gc.unfreeze()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
