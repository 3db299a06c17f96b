"""What many at once cost those who hand in tasks: ``python -m benchmarks.tasks [--database both|sqlite|postgresql]``.

The product's own server in a process of its own, asked over HTTP as programs do; the clients' threads are here. Every
case has eight reviewers whose tasks are open at the same time, and the clients take the tasks case by case, so that they
meet on the same row. With 1, 8 and 32 clients in turns; it prints the median rate of each, its ratio to the rate of one
client, and every answer that is no success, and fails when a ratio is under its budget or anything was refused.
"""

from __future__ import annotations

import argparse
import http.client
import json
import logging
import multiprocessing
import secrets
import socket
import statistics
import sys
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import waitress
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session, sessionmaker

import audits.models  # noqa: F401  (adds the field's tables)
from audits.application import build_application
from server.app import create_app
from tests import postgres
from workflows import definitions, instances, people, trail
from workflows.access import SYSTEM, load_actor
from workflows.application import Application
from workflows.db import make_engine, make_sessions
from workflows.models import Base, Definition, Membership, Organisation, Person, Region, Task
from workflows.settings import Settings

CLIENTS = (1, 8, 32)
BUDGET = 0.9
CASES, REVIEWERS, RUNS = 30, 8, 7
THREADS = 16  # those of `qingshen serve`
REVIEW = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:qs="https://qingshen.org/bpmn/1">
<process id="review" name="review"><startEvent id="s"/><endEvent id="e"/><exclusiveGateway id="into"/>
<exclusiveGateway id="enough" default="again"/>
<userTask id="judge" name="judge"><extensionElements><qs:assignment person="=expert"/><qs:form key="opinion"/>
</extensionElements><multiInstanceLoopCharacteristics><loopDataInputRef>panel</loopDataInputRef>
<inputDataItem id="it" name="expert"/></multiInstanceLoopCharacteristics></userTask>
<sequenceFlow id="f1" sourceRef="s" targetRef="into"/><sequenceFlow id="f2" sourceRef="into" targetRef="judge"/>
<sequenceFlow id="f3" sourceRef="judge" targetRef="enough"/><sequenceFlow id="again" sourceRef="enough" targetRef="into"/>
<sequenceFlow id="f4" sourceRef="enough" targetRef="e"><conditionExpression>stop=true</conditionExpression></sequenceFlow>
</process></definitions>"""
OPINION = {
    "type": "default",
    "id": "f",
    "schemaVersion": 19,
    "components": [
        {
            "type": "textfield",
            "id": "field_words",
            "key": "words",
            "label": "意见",
            "validate": {"required": True},
            "properties": {"label_en": "Words"},
        }
    ],
}


@dataclass
class Line:
    """The rates of one number of clients, tasks a second, and what was no success."""

    clients: int
    rates: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The rate that counts."""
        return statistics.median(self.rates)


# ---- the house


def build(settings: Settings, sessions: sessionmaker[Session], app: Application) -> dict[str, str]:
    """Write the reviewers and open the cases; gives each reviewer's token."""
    now = datetime.now(UTC) - timedelta(days=2)
    tokens = {}
    with sessions.begin() as session:
        session.add(Region(code="100000", name="全国", name_en="China", level="country", path="/"))
        session.flush()
        session.add(Organisation(id="house", kind="institute", name="院", region_code="100000", staff_role="expert"))
        session.flush()
        for number in range(REVIEWERS):
            who = f"reviewer{number}"
            session.add(Person(id=who, username=who, name=who, created_at=now))
            session.flush()
            role = Membership(person_id=who, organisation_id="house", role="expert", region_code="100000", since=now)
            session.add(role)
            session.flush()
            actor = load_actor(session, app.roles, who, now)
            tokens[who] = people.issue_token(session, actor, label="benchmark", now=now)[1]
        one = definitions.deploy(
            session, app, SYSTEM, family="reviews", files={"review.bpmn": REVIEW}, forms={"opinion": OPINION},
            valid_from=date(2020, 1, 1), root="review", names=("评审", "Review"), now=now,
        )  # fmt: skip
        definitions.activate(session, SYSTEM, one.id, now=now)
        for number in range(CASES):
            instances.start(
                session, app, SYSTEM, definition=session.get_one(Definition, one.id), instance_id=str(uuid.uuid4()),
                business_key=f"R-{number}", subject="企业", region_code="100000",
                variables={"panel": list(tokens), "stop": False}, parties=[], now=now,
            )  # fmt: skip
    return tokens


def serve(settings: Settings) -> None:
    """Be the server, as ``qingshen serve`` is one."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app = create_app(settings, build_application(settings), make_sessions(make_engine(settings)))
    waitress.serve(app, host=settings.host, port=settings.port, threads=THREADS, _quiet=True)


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """Run the server beside us."""
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(settings,), daemon=True)
    process.start()
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex((settings.host, settings.port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.join()


# ---- the clients


def waiting(sessions: sessionmaker[Session]) -> deque[tuple[str, str]]:
    """Give the open tasks with their reviewers, case by case."""
    with sessions() as session:
        query = select(Task.id, Task.item).where(Task.status == "open").order_by(Task.instance_id, Task.id)
        return deque((row.id, str(row.item["value"])) for row in session.execute(query))


def run(settings: Settings, tokens: dict[str, str], todo: deque[tuple[str, str]], line: Line) -> None:
    """Let the clients hand in all that waits, each the next as soon as it has its answer."""
    total = len(todo)

    def client(_number: int) -> None:
        wire = http.client.HTTPConnection(settings.host, settings.port, timeout=60)
        while True:
            try:
                task, who = todo.popleft()
            except IndexError:
                return wire.close()
            headers = {"Authorization": f"Bearer {tokens[who]}", "Content-Type": "application/json"}
            headers["Idempotency-Key"] = secrets.token_hex(16)
            body = json.dumps({"answers": {"words": "同意"}})
            wire.request("POST", f"/api/v1/tasks/{task}/complete", body.encode(), headers)
            answer = wire.getresponse()
            said = answer.read()
            if answer.status != 200:
                line.refused.append(f"{answer.status} {said[:200]!r}")

    with ThreadPoolExecutor(line.clients) as pool:
        began = time.perf_counter()
        list(pool.map(client, range(line.clients)))
        line.rates.append(total / (time.perf_counter() - began))


def measure(url: str, folder: Path, runs: int) -> list[Line]:
    """Measure on one database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(
        database_url=url, files_url=str(folder / "files"), signing_key_file=str(folder / "trail.pem"),
        secret_key=secrets.token_hex(32), mode="test", port=port,
    )  # fmt: skip
    engine = make_engine(settings)
    Base.metadata.create_all(engine)
    trail.install_triggers(engine)
    sessions = make_sessions(engine)
    tokens = build(settings, sessions, build_application(settings))
    lines = [Line(clients) for clients in CLIENTS]
    with serving(settings):
        run(settings, tokens, waiting(sessions), Line(8))  # everything is warm then
        for number in range(runs):
            for line in lines if number % 2 else reversed(lines):
                run(settings, tokens, waiting(sessions), line)
    engine.dispose()
    return lines


def on_sqlite(runs: int) -> list[Line]:
    """Measure on an embedded database, with the product's own safe settings."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(f"sqlite:///{folder}/tasks.db", Path(folder), runs)


def on_postgres(runs: int) -> list[Line]:
    """Measure on a database of the tests' server."""
    base, name = postgres.base_url(), f"qs_tasks_{uuid.uuid4().hex[:12]}"
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as wire:
        wire.execute(text(f"CREATE DATABASE {name}"))
    try:
        with tempfile.TemporaryDirectory() as folder:
            return measure(f"{base.rsplit('/', 1)[0]}/{name}", Path(folder), runs)
    finally:
        with admin.connect() as wire:
            wire.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


DATABASES: dict[str, Callable[[int], list[Line]]] = {"sqlite": on_sqlite, "postgresql": on_postgres}


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("both", *DATABASES), default="both")
    parser.add_argument("--runs", type=int, default=RUNS)
    asked = parser.parse_args()
    bad = False
    for name in DATABASES if asked.database == "both" else (asked.database,):
        lines = DATABASES[name](asked.runs)
        print(f"{name}: {CASES * REVIEWERS} tasks a run, {asked.runs} runs of each, interleaved")
        for line in lines:
            ratio = line.median / lines[0].median
            wrong = ratio < BUDGET or bool(line.refused)
            bad = bad or wrong
            spread = f"{min(line.rates):.0f} to {max(line.rates):.0f}"
            print(
                f"  {line.clients:3} clients  {line.median:7.1f} tasks/s ({spread})  ratio {ratio:.2f} (at least {BUDGET})"
                f"  refused {len(line.refused)}{'  NOT KEPT' if wrong else ''}"
            )
            for said in line.refused[:3]:
                print(f"      {said}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
