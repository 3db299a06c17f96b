"""A fresh installation: `qingshen migrate`, people added, and everything else done over the API as they would."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from audits import calendars
from audits.demo import world
from audits.demo.answers import answers_for
from audits.demo.cast import code
from audits.demo.player import PDF, Player, Uploads
from audits.models import AuditList, Case, Letter
from server import commands
from server.app import create_app
from tests.server import stage
from tests.server.conftest import SECRET, Clock, House
from workflows import credentials, people
from workflows.access import SYSTEM, load_actor
from workflows.db import make_engine, make_sessions
from workflows.models import Incident, Organisation, Person, Task
from workflows.settings import Settings
from workflows.store import FileStore

FOUNDED = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
MOST_TASKS = 120


@dataclass
class Fresh:
    """The product as it is after its installation, with people in it and no cases yet."""

    house: House
    player: Player
    rng: random.Random = field(default_factory=lambda: random.Random(20260302))
    batch: int = 0
    kept: dict[str, str] = field(default_factory=dict)

    # ---- asking

    def ask(self, username: str | None, method: str, path: str, expect: int, **more: Any) -> Any:
        """Ask the API as somebody, or as nobody; anything but the expected status fails."""
        known = self._known(username) if username else None
        answer: TestResponse = self.house.api(known, method, path, **more)
        assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:600]}"
        return answer.get_json(silent=True)

    def _known(self, username: str) -> str:
        if username not in self.house.tokens:
            with self.house.sessions.begin() as session:
                person = self.player.people.get(username, username)
                actor = load_actor(session, self.house.application.roles, person, self.house.clock.at)
                _row, text = credentials.issue_token(session, actor, label="a program", now=self.house.clock.at)
            self.house.tokens[username] = text
        return username

    # ---- enterprises and lists

    def enterprise(self, officer: str, region: str, name: str, **more: Any) -> str:
        """Register an enterprise, and let it have somebody who signs in for it."""
        body = {
            "uscc": code(self.rng, region),
            "name": name,
            "region_code": region,
            "industry": "3360",
            "scale": "large",
            "key_discharger": True,
            "legal_representative": "张国强",
            "production_address": f"{name}厂区",
            "contact_name": "环保负责人",
            "contact_phone": "13800000000",
        } | more
        made = self.ask(officer, "POST", "/enterprises", 201, json=body)
        with self.house.sessions.begin() as session:
            person = people.create_person(
                session, SYSTEM, username=f"e{body['uscc'].lower()}", name=f"{name}环保负责人", now=self.house.clock.at
            )
            people.add_membership(
                session,
                SYSTEM,
                person_id=person.id,
                organisation_id=session.get_one(Organisation, made["id"]).id,
                role="enterprise",
                now=self.house.clock.at,
            )
            self.player.people[f"enterprise@org:{made['id']}"] = person.id
        return str(made["id"])

    def publish(self, officer: str, region: str, lines: Mapping[str, list[str]]) -> str:
        """Draft a list, have it approved where the region asks for that, and publish it; give its id."""
        self.batch += 1
        body = {"title": f"名单（第{self.batch}批）", "region": region, "year": 2026, "batch": self.batch}
        made = self.ask(officer, "POST", "/lists", 201, json=body)["id"]
        for enterprise, types in lines.items():
            line = {"enterprise_id": enterprise, "types": types, "reason": "使用有毒有害物质"}
            self.ask(officer, "POST", f"/lists/{made}/entries", 201, json=line)
        return self.publish_draft(officer, made)

    def publish_draft(self, officer: str, list_id: str) -> str:
        """Have a draft approved where its region asks for that, and publish it."""
        with self.house.looking() as session:
            approver = session.get_one(AuditList, list_id).approver_id
            superior = self.player.people[f"province_bureau@org:{approver}"] if approver else ""
        if superior:
            self.ask(officer, "POST", f"/lists/{list_id}/proposal", 200)
            self.ask(superior, "POST", f"/lists/{list_id}/decisions", 200, json={"decision": "approved"})
        day = calendars.local_day(self.house.clock.at).isoformat()
        self.ask(officer, "POST", f"/lists/{list_id}/publish", 202, json={"published_on": day})
        self.house.work()
        return list_id

    def case_of(self, enterprise: str) -> str:
        """Give the id of the latest case of an enterprise."""
        with self.house.looking() as session:
            query = select(Case.id).where(Case.enterprise_id == enterprise).order_by(Case.opened_at.desc())
            return session.scalars(query).first() or ""

    # ---- tasks

    def open_tasks(self, case_id: str) -> list[Task]:
        """Give a case's open tasks, the oldest first."""
        with self.house.looking() as session:
            query = select(Task).where(Task.instance_id == case_id, Task.status == "open")
            found = list(session.scalars(query.order_by(Task.opened_at, Task.id)))
            session.expunge_all()
        return found

    def run(self, case_id: str, **wanted: Mapping[str, Any]) -> list[str]:
        """Complete a case's tasks as the people whom they wait for until none is left; give their elements."""
        done = []
        while waiting := self.open_tasks(case_id):
            assert len(done) < MOST_TASKS, f"the case does not end: {done}"
            self.do(waiting[0], wanted.get(waiting[0].form, {}))
            done.append(waiting[0].element)
        return done

    def do(self, task: Task, wanted: Mapping[str, Any]) -> None:
        """Complete a task a day later over the API, with the answers that its page's facts ask for."""
        self.house.clock.at += timedelta(hours=20)
        with self.house.looking() as session:
            username = self.player.person_for(session, task)
        seen = self.ask(username, "GET", f"/tasks/{task.id}", 200)
        facts = {**seen["context"], "today": calendars.local_day(self.house.clock.at)}
        facts["files"] = Uploads(lambda: [self._upload(username, task.id)])
        if task.form == "panel_appointment":
            wanted = {"experts": [row["value"] for row in facts["experts"][:3]]} | dict(wanted)
        answers = answers_for(task.form, facts, self.rng, **wanted)
        self.ask(username, "POST", f"/tasks/{task.id}/complete", 200, json={"answers": answers})
        self.house.work()

    def _upload(self, username: str, task_id: str) -> dict[str, Any]:
        made = self.ask(username, "POST", f"/tasks/{task_id}/files", 201, data={"file": (BytesIO(PDF), "附件.pdf")})
        return {key: made[key] for key in ("id", "name", "size", "type")}

    # ---- what is left behind

    @property
    def today(self) -> str:
        """Give the day of the clock in China."""
        return calendars.local_day(self.house.clock.at).isoformat()

    def page(self, username: str, path: str) -> str:
        """Give a page as somebody sees it in a browser."""
        with self.house.sessions.begin() as session:
            person = session.get_one(Person, self.player.people.get(username, username))
            self.house.doors[username] = people.open_session(session, person, now=self.house.clock.at)
        return self.house.browser(username).get(path).text

    def outcomes(self, publication: str) -> list[str]:
        """Give what everybody reads of a publication of results, line by line."""
        lines = self.ask(None, "GET", f"/publications/{publication}/lines", 200)["items"]
        return [one["content"]["outcome"] for one in lines]

    def letters(self, case_id: str) -> list[str]:
        """Give the kinds of a case's letters in their order."""
        with self.house.looking() as session:
            query = select(Letter.kind).where(Letter.case_id == case_id).order_by(Letter.created_at, Letter.id)
            return list(session.scalars(query))

    def case(self, case_id: str) -> Case:
        """Read a case."""
        with self.house.looking() as session:
            row = session.get_one(Case, case_id)
            session.expunge_all()
        return row

    def incidents(self) -> list[str]:
        """Give what an operator would have to look at, but for the year whose calendar is still to come."""
        with self.house.looking() as session:
            found = session.scalars(select(Incident).where(Incident.kind != "calendar"))
            return [f"{row.kind} {row.element} {row.message}" for row in found]


def install(folder: Path, patch: pytest.MonkeyPatch) -> Fresh:
    """Install the product as `qingshen migrate` does on the day it was founded, and add people."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'fresh.db'}",
        files_url=str(folder / "files"),
        signing_key_file=str(folder / "keys" / "trail.pem"),
        secret_key=SECRET,
        mode="test",
        fast_and_unsafe=True,
    )
    patch.setattr(commands, "system_clock", lambda: FOUNDED - timedelta(days=60))
    commands.bring_up(commands.Context(settings, print))
    sessions = make_sessions(make_engine(settings))
    application = stage.application(settings, FileStore("memory://"))
    clock = Clock(FOUNDED)
    player = Player(sessions, application, 7)
    with sessions.begin() as session:
        world.settle(session, player, FOUNDED - timedelta(days=30))
    flask = create_app(settings, application, sessions, clock)
    return Fresh(House(settings, flask, application, sessions, clock, {}, {}, {}), player)
