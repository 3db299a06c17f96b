"""An office at work: the named world with enterprises, experts, calendars and procedures, and verbs to move a case."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from audits import (
    calendars,
    deadlines,
    enterprises,
    industries,
    list_approval,
    lists,
    proofs,
    reference_data,
    score_sheets,
)
from audits.application import BULK
from audits.demo.answers import answers_for
from audits.demo.player import PDF
from audits.form_context import form_context
from audits.form_data import form_data
from audits.models import AuditList, Case, Deadline, Enterprise, Expert, ListEntry
from audits.roles import ROLES
from audits.service_tasks import HANDLERS
from tests import world
from workflows import definitions, files, tasks, worker
from workflows.access import SYSTEM, Actor, load_actor
from workflows.application import Application
from workflows.db import reading
from workflows.jobs import InlineJobs
from workflows.models import (
    Event,
    EventPayload,
    Incident,
    Instance,
    Membership,
    Organisation,
    Person,
    Subscription,
    Task,
    TaskCandidate,
    Timer,
)
from workflows.settings import Settings
from workflows.store import FileStore

FIRMS = {
    # organisation: industry, listed as a key discharger, first 17 of the code
    "steelworks": ("3120", True, "91620102MA1ABCD01"),
    "bakery": ("1411", False, "91620102MA1ABCD02"),
    "jinan_paper": ("2221", False, "91370102MA1ABCD05"),
}
EXPERTS = {"sun": "兰州大学", "qian": "甘肃省环境科学设计研究院", "zhou": "兰州理工大学"}
SUPERIORS = {"gansu_bureau": "ma", "shandong_bureau": "kong"}
PUBLISHED = date(2026, 3, 2)


def application(settings: Settings) -> Application:
    """Give the product's own application with jobs in this process and files in memory."""
    return Application(
        settings=settings,
        roles=ROLES,
        handlers=HANDLERS,
        jobs=InlineJobs(),
        store=FileStore("memory://"),
        form_context=form_context,
        form_data=form_data,
        task_forms=score_sheets.TASK_FORMS,
        bulk=BULK,
    )


def fill(session: Session, settings: Settings) -> None:
    """Add to the named world what the field needs."""
    calendars.seed(session, range(2019, 2027))
    reference_data.seed(session, world.FOUNDED)
    for key, (industry, listed, code) in FIRMS.items():
        organisation = session.get_one(Organisation, key)
        organisation.code = code + enterprises.uscc_check(code)
        session.add(
            Enterprise(
                id=key,
                uscc=organisation.code,
                name=organisation.name,
                former_names=[],
                region_code=organisation.region_code,
                industry=industry,
                industry_tags=industries.tags_of(industry),
                key_discharger=listed,
            )
        )
    session.flush()
    for firm in ("consultancy", "other_consultancy"):
        proofs.prove_all(session, SYSTEM, firm, document="能力证明", until=date(2035, 12, 31), now=world.FOUNDED)
    for key, employer in EXPERTS.items():
        session.add(
            Expert(
                id=key,
                employer=employer,
                title="教授",
                fields=["process", "environment"],
                region_code="620000",
                valid_until=date(2035, 12, 31),
            )
        )
    session.add(
        Membership(
            id="m-chen-admin",
            person_id="chen",
            organisation_id="steelworks",
            role="enterprise_administrator",
            region_code="620102",
            since=world.FOUNDED,
        )
    )
    session.flush()
    definitions.deploy_shipped(session, application(settings), world.FOUNDED)


class Office:
    """Moves cases by the product's verbs, as the people of the named world, at a time that stands until it is set."""

    def __init__(self, sessions: sessionmaker[Session], app: Application) -> None:
        self.sessions, self.app = sessions, app
        self.now = world.NOW
        self.rng = random.Random(7)

    # ---- acting

    @contextmanager
    def as_(self, username: str) -> Iterator[tuple[Session, Actor]]:
        """Act as somebody in one transaction; what it enqueued is done when it has committed."""
        with self.sessions.begin() as session:
            yield session, self.actor(session, username)
        self.work()

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """Look without locking anybody out; what was read may be used afterwards."""
        with reading(self.sessions) as session:
            yield session
            session.expunge_all()

    def actor(self, session: Session, username: str) -> Actor:
        """Load somebody with the rights of this moment."""
        return load_actor(session, self.app.roles, username, self.now)

    def work(self) -> None:
        """Do every job that waits."""
        worker.run_pending(self.sessions, self.app, self.now)

    def wait(self, **span: float) -> None:
        """Let time pass, with the timers that fall due on the way."""
        end = self.now + timedelta(**span)
        while True:
            with self.looking() as session:
                due = worker.next_due(session)
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            with self.sessions.begin() as session:
                worker.enqueue_due(session, self.app, self.now)
            self.work()
        self.now = end

    # ---- lists and cases

    def publish(
        self,
        firms: Mapping[str, list[str]],
        *,
        by: str = "li",
        region: str = "620100",
        on: date = PUBLISHED,
        batch: int = 1,
    ) -> str:
        """Draft a list, have it approved where the region asks for it, publish it and let its cases open; give its id."""
        with self.as_(by) as (session, actor):
            row = lists.create(
                session,
                self.app,
                actor,
                year=on.year,
                batch=batch,
                title="测试名单",
                region_code=region,
                now=self.now,
            )
            for firm, types in firms.items():
                lists.add_entry(session, actor, row.id, enterprise_id=firm, types=types, reason="测试", now=self.now)
            list_id = row.id
        self.approve(list_id, by=by)
        with self.as_(by) as (session, actor):
            lists.publish(session, self.app, actor, list_id, published_on=on, now=self.now)
        return list_id

    def approve(self, list_id: str, *, by: str = "li") -> None:
        """Propose a list and have every line approved; nothing where no superior is asked."""
        with self.looking() as session:
            approver = session.get_one(AuditList, list_id).approver_id
        if approver is None:
            return
        with self.as_(by) as (session, actor):
            list_approval.propose(session, actor, list_id, self.now)
        with self.as_(SUPERIORS[approver]) as (session, actor):
            list_approval.decide(session, actor, list_id, decision="approved", now=self.now)

    def open(self, firm: str = "bakery", types: tuple[str, ...] = ("SHUANGYOU",), **more: Any) -> str:
        """Publish a list of one enterprise and give the id of its case."""
        list_id = self.publish({firm: list(types)}, **more)
        with self.looking() as session:
            case_id = session.scalar(
                select(Case.id).join(ListEntry, ListEntry.id == Case.entry_id).where(ListEntry.list_id == list_id)
            )
        assert case_id is not None
        return case_id

    def case(self, case_id: str) -> Case:
        """Read a case."""
        with self.looking() as session:
            return session.get_one(Case, case_id)

    def deadline(self, case_id: str, kind: str) -> Deadline:
        """Read the deadline of a kind in the latest round."""
        with self.looking() as session:
            return deadlines.by_kind(session, case_id)[kind]

    # ---- tasks

    def waiting(self, case_id: str) -> list[Task]:
        """Give a case's open tasks in the order in which they were opened."""
        with self.looking() as session:
            query = select(Task).where(Task.instance_id == case_id, Task.status == "open")
            return list(session.scalars(query.order_by(Task.opened_at, Task.id)))

    def task(self, case_id: str, element: str) -> Task:
        """Give an open task of a case."""
        found = next((task for task in self.waiting(case_id) if task.element == element), None)
        assert found is not None, f"{element} does not wait: {[task.element for task in self.waiting(case_id)]}"
        return found

    def do(self, task: Task, **wanted: Any) -> None:
        """Complete a task as somebody whom it waits for, with complete answers."""
        with self.looking() as session:
            username = self.person(session, task)
        with self.as_(username) as (session, actor):
            row = session.get_one(Task, task.id)
            facts = tasks.view(session, self.app, actor, row.id, now=self.now).context
            facts["today"] = calendars.local_day(self.now)
            made = files.upload(session, self.app, actor, name="附件.pdf", content=PDF, task_id=task.id, now=self.now)
            facts["files"] = [{"id": made.id, "name": made.name, "size": made.size, "type": made.media_type}]
            if task.form == "panel_appointment":
                wanted = {"experts": list(EXPERTS)} | wanted
            answers = answers_for(task.form, facts, self.rng, **wanted)
            tasks.complete(session, self.app, actor, task.id, answers, now=self.now)

    def person(self, session: Session, task: Task) -> str:
        """Give somebody of the named world whom a task waits for."""
        if task.assignee_id:
            return task.assignee_id
        offered = set(session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id)))
        for username in world.PEOPLE:
            if self.actor(session, username).principals & offered:
                return username
        raise AssertionError(f"nobody may do {task.element}: {offered}")

    def person_of(self, case_id: str, element: str) -> set[str]:
        """Give everybody of the named world to whom an open task is offered."""
        task = self.task(case_id, element)
        with self.looking() as session:
            offered = set(session.scalars(select(TaskCandidate.principal).where(TaskCandidate.task_id == task.id)))
            return {username for username in world.PEOPLE if self.actor(session, username).principals & offered}

    def until(self, case_id: str, element: str = "", **wanted: Mapping[str, Any]) -> None:
        """Do a case's tasks until one of an element waits, or the case has ended. ``wanted`` steers by form."""
        for _ in range(200):
            waiting = self.waiting(case_id)
            if not waiting or any(task.element == element for task in waiting):
                assert not element or waiting, f"the case has ended before {element}"
                return
            task = waiting[0]
            self.do(task, **wanted.get(task.form, {}))
        raise AssertionError("the case does not end")

    # ---- questions

    def incidents(self) -> list[str]:
        """Give what an operator would have to look at, but for the year whose calendar is still to come."""
        with self.looking() as session:
            found = session.scalars(select(Incident).where(Incident.kind != "calendar"))
            return [f"{row.kind} {row.element} {row.message}" for row in found]

    def told(self, chain: str, action: str) -> list[dict[str, Any]]:
        """Give what the trail says of a kind of act, in order."""
        with self.looking() as session:
            query = (
                select(EventPayload.body)
                .join(Event, Event.id == EventPayload.event_id)
                .where(Event.chain == chain, Event.action == action)
                .order_by(Event.seq)
            )
            return [json.loads(body) for body in session.scalars(query)]

    def stalled(self) -> list[str]:
        """Give the running cases in which nothing waits for anybody or anything."""
        found = []
        with self.looking() as session:
            for instance in session.scalars(select(Instance).where(Instance.status == "running")):
                held = [
                    session.scalar(
                        select(Task.id).where(Task.instance_id == instance.id, Task.status == "open").limit(1)
                    ),
                    session.scalar(
                        select(Timer.id).where(Timer.instance_id == instance.id, Timer.status == "armed").limit(1)
                    ),
                    session.scalar(select(Incident.id).where(Incident.instance_id == instance.id).limit(1)),
                ]
                waits = select(Subscription.id).where(
                    Subscription.instance_id == instance.id, Subscription.name != "list_removal"
                )
                if not any(held) and session.scalar(waits.limit(1)) is None:
                    found.append(instance.business_key)
        return found

    def name(self, username: str) -> str:
        """Give a person's name."""
        with self.looking() as session:
            return session.get_one(Person, username).name


def at(text: str) -> datetime:
    """Give a moment of a day in China: "2026-03-02 09:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=calendars.ZONE)
