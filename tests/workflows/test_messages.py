"""Messages between instances: one receiver each; one that comes early waits, and is received once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from tests.workflows.permit import PARTIES, Office, office
from workflows import definitions, instances, worker
from workflows.access import SYSTEM
from workflows.jobs import InlineJobs
from workflows.models import Definition, EarlyMessage, Instance, Subscription
from workflows.settings import Settings
from workflows.work import run_job

Sessions = sessionmaker[Session]

POST = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:qs="https://qingshen.org/bpmn/1">
<message id="m" name="letter"/>
<process id="post">
  <startEvent id="s"/><sequenceFlow id="f0" sourceRef="s" targetRef="x"/>
  <exclusiveGateway id="x" default="f2"/>
  <sequenceFlow id="f1" sourceRef="x" targetRef="send"><conditionExpression>sends</conditionExpression></sequenceFlow>
  <sequenceFlow id="f2" sourceRef="x" targetRef="wait"/>
  <endEvent id="send"><extensionElements><qs:correlation key="=to"><qs:in name="text" value="=words"/></qs:correlation>
    </extensionElements><messageEventDefinition messageRef="m"/></endEvent>
  <receiveTask id="wait" messageRef="m"><extensionElements><qs:correlation key="=to"/></extensionElements></receiveTask>
</process></definitions>"""


class Post:
    """Instances that send letters and instances that wait for one."""

    def __init__(self, house: Office) -> None:
        self.house, self.count = house, 0
        with house.sessions.begin() as session:
            definition = definitions.deploy(
                session,
                house.app,
                SYSTEM,
                family="post",
                files={"post.bpmn": POST},
                forms={},
                valid_from=date(2020, 1, 1),
                root="post",
                names=("信件", "Post"),
                now=house.now - timedelta(days=30),
            )
            definitions.activate(session, SYSTEM, definition.id, now=house.now - timedelta(days=30))
            self.definition_id = definition.id

    def start(self, **variables: Any) -> str:
        self.count += 1
        with self.house.sessions.begin() as session:
            return instances.start(
                session,
                self.house.app,
                SYSTEM,
                definition=session.get_one(Definition, self.definition_id),
                instance_id=f"00000000-0000-4000-8000-{self.count:012}",
                business_key=f"L-{self.count}",
                subject="兰州钢铁有限公司",
                region_code="620102",
                variables={"words": "", **variables},
                parties=PARTIES,
                now=self.house.now + timedelta(seconds=self.count),
            ).id

    def send(self, to: str | None, words: str) -> str:
        return self.start(sends=True, to=to, words=words)

    def wait(self, to: str | None) -> str:
        return self.start(sends=False, to=to)

    def run(self) -> None:
        self.count += 1
        worker.run_pending(self.house.sessions, self.house.app, self.house.now + timedelta(seconds=self.count))

    def read(self, instance: str) -> tuple[str, Any]:
        with self.house.sessions() as session:
            row = session.get_one(Instance, instance)
            return row.status, row.variables.get("text")

    def kept(self) -> int:
        with self.house.sessions() as session:
            return session.scalar(select(func.count()).select_from(EarlyMessage)) or 0


@pytest.fixture
def post(sessions: Sessions, settings: Settings, now: datetime) -> Callable[[], Post]:
    return lambda: Post(office(sessions, settings, now))


@pytest.mark.database
def test_a_message_goes_to_one_of_those_who_wait_with_its_key(post: Callable[[], Post]) -> None:
    mail = post()
    other, one, two = mail.wait("li"), mail.wait("chen"), mail.wait("chen")
    mail.send("chen", "hello")
    mail.run()
    assert mail.read(other) == ("running", None)
    assert sorted([mail.read(one), mail.read(two)], key=str) == [("completed", "hello"), ("running", None)]
    assert mail.kept() == 0


@pytest.mark.database
def test_early_messages_wait_and_are_received_in_their_order_each_once(post: Callable[[], Post]) -> None:
    mail = post()
    for to, words in (("chen", "first"), ("li", "for li"), ("chen", "second")):
        mail.send(to, words)
        mail.run()
    assert mail.kept() == 3
    one = mail.wait("chen")
    mail.run()
    assert mail.read(one) == ("completed", "first")
    two, three = mail.wait("chen"), mail.wait("chen")
    mail.run()
    assert sorted([mail.read(two), mail.read(three)], key=str) == [("completed", "second"), ("running", None)]
    assert mail.kept() == 1


@pytest.mark.database
def test_a_message_without_a_key_is_for_anybody(post: Callable[[], Post]) -> None:
    mail = post()
    mail.send(None, "to whom it may concern")
    mail.run()
    one = mail.wait("li")
    mail.run()
    assert mail.read(one) == ("completed", "to whom it may concern")


@pytest.mark.database
def test_who_began_to_wait_at_the_very_same_time_is_found_a_little_later(post: Callable[[], Post]) -> None:
    mail = post()
    mail.send("chen", "hello")
    jobs = mail.house.app.jobs
    assert isinstance(jobs, InlineJobs)
    run_job(mail.house.sessions, mail.house.app, jobs.take(), mail.house.now)  # type: ignore[arg-type]
    one = mail.wait("chen")
    while (job := jobs.take()) is not None:  # what that wait has brought about is lost
        assert job.name == "deliver"
    mail.run()
    assert mail.read(one) == ("completed", "hello")


@pytest.mark.database
def test_a_message_job_delivered_twice_is_received_once(post: Callable[[], Post]) -> None:
    mail = post()
    mail.send("chen", "hello")
    mail.run()
    one = mail.wait("chen")
    jobs = mail.house.app.jobs
    assert isinstance(jobs, InlineJobs)
    job = jobs.take()
    assert job is not None
    two = mail.wait("chen")
    for _ in range(3):
        run_job(mail.house.sessions, mail.house.app, job, mail.house.now)
    mail.run()
    assert sorted([mail.read(one), mail.read(two)], key=str) == [("completed", "hello"), ("running", None)]


@pytest.mark.database
def test_a_message_that_nobody_wants_is_forgotten_after_a_month(
    post: Callable[[], Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.jobs, "dead", list)  # no queue runs here
    mail = post()
    mail.send("chen", "hello")
    mail.run()
    worker.minute(mail.house.sessions, mail.house.app, mail.house.now + timedelta(days=29))
    assert mail.kept() == 1
    worker.minute(mail.house.sessions, mail.house.app, mail.house.now + timedelta(days=31))
    assert mail.kept() == 0
    with mail.house.sessions() as session:
        assert session.scalar(select(Subscription.id)) is None
