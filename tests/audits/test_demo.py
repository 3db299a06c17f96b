"""The demo world: small in the usual run, whole at night."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session, sessionmaker

from audits import calendar_alarm
from audits.application import build_application
from audits.demo import world
from audits.demo.plans import COHORT, Plan
from audits.models import Case, ListEntry
from tests.audits.office import Office
from workflows import access, trail
from workflows.application import Application
from workflows.db import make_engine, make_sessions
from workflows.jobs import InlineJobs
from workflows.models import Base, Event, Incident, Instance, Person, Task
from workflows.settings import Settings

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
USER_TASK = "{http://www.omg.org/spec/BPMN/20100524/MODEL}userTask"
SMALL = (
    Plan(),
    Plan(scores=(65.0, 82.0)),
    Plan(acceptance=(55.0,)),
    Plan(acceptance=(90.0,), vetoes=("V1",)),
    Plan(removal=(40, "removed")),
)


@pytest.fixture
def empty(tmp_path: Path) -> tuple[Engine, sessionmaker[Session], Application]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'demo.db'}",
        files_url=str(tmp_path / "files"),
        signing_key_file=str(tmp_path / "key.pem"),
        secret_key="only-for-tests-only-for-tests-only",
        mode="test",
        fast_and_unsafe=True,
    )
    engine = make_engine(settings)
    Base.metadata.create_all(engine)
    trail.install_triggers(engine)
    return engine, make_sessions(engine), build_application(settings, jobs=InlineJobs())


def check(sessions: sessionmaker[Session], app: Application) -> None:
    """Hold a played world to what must be so in any."""
    assert Office(sessions, app).stalled() == []
    with sessions() as session:
        told = session.scalars(select(Incident.kind).where(Incident.kind != calendar_alarm.KIND)).all()
        assert told == []  # days beyond the last published year sound the alarm, as they must
        assert app.signer is not None
        report = trail.verify(session, public_key=app.signer.public_key)
        assert report.ok, report.problems[:3]
        assert report.checkpoints > 0
        open_cases = select(Instance.id).where(Instance.status == "running")
        idle = set(session.scalars(open_cases)) - set(
            session.scalars(select(Task.instance_id).where(Task.status == "open"))
        )
        assert idle == set()
        for username, password, zh, en in world.logins():
            person = session.scalars(select(Person).where(Person.username == username)).one()
            assert password
            assert zh
            assert en
            assert access.load_actor(session, app.roles, person.id, NOW).memberships


@pytest.mark.timeout(300)
def test_a_small_cohort_is_played_to_its_end(empty: tuple[Engine, sessionmaker[Session], Application]) -> None:
    _, sessions, app = empty
    with sessions() as session:
        assert world.is_empty(session)
    outcome = world.play(sessions, app, now=NOW, progress=lambda _text: None, cohort=SMALL, current=False)
    assert (outcome.listed, outcome.qualified, outcome.removed, outcome.unqualified) == (5, 2, 1, 2)
    check(sessions, app)
    with sessions() as session:
        assert not world.is_empty(session)
        assert len(session.scalars(select(Case.id).where(Case.parent_id.is_not(None))).all()) == 2
        rounds = select(Case.round).join(ListEntry, ListEntry.id == Case.entry_id).where(ListEntry.number == 2)
        assert session.scalar(rounds.where(Case.parent_id.is_(None))) == 2


@pytest.mark.night
@pytest.mark.timeout(1200)
def test_the_whole_world_is_as_the_city_was_and_waits_at_every_task(
    empty: tuple[Engine, sessionmaker[Session], Application],
) -> None:
    engine, sessions, app = empty
    outcome = world.play(sessions, app, now=NOW, progress=lambda _text: None)
    assert len(COHORT) == 49
    assert (outcome.listed, outcome.qualified, outcome.removed, outcome.unqualified) == (49, 36, 7, 6)
    check(sessions, app)
    with sessions() as session:
        waiting = set(session.scalars(select(Task.element).where(Task.status == "open").distinct()))
        cohort = session.scalars(select(ListEntry.list_id).order_by(ListEntry.number)).first()
        current = select(Case.id).join(ListEntry, ListEntry.id == Case.entry_id)
        assert cohort is not None
        open_cases = session.scalars(current.where(Case.outcome == "", Case.parent_id.is_(None))).all()
        assert len(open_cases) == 41  # and one accepted on its commitment
    assert _user_tasks() - waiting == set()
    engine.dispose()


def _user_tasks() -> set[str]:
    folder = Path(__file__).parents[2] / "bpmn"
    trees: Any = (etree.parse(str(path)) for path in folder.rglob("*.bpmn"))
    return {str(task.get("id")) for tree in trees for task in tree.iter(USER_TASK)}


def test_the_trail_of_a_played_world_names_a_row_that_is_gone(
    empty: tuple[Engine, sessionmaker[Session], Application],
) -> None:
    engine, sessions, app = empty
    world.play(
        sessions, app, now=NOW, progress=lambda _text: None, cohort=(Plan(removal=(20, "removed")),), current=False
    )
    with sessions() as session:
        event = session.scalars(select(Event).where(Event.action == "case.opened")).first()
        assert event is not None
        with pytest.raises(Exception, match="trail"):
            session.execute(delete(Event).where(Event.id == event.id))
    engine.dispose()
