"""A case that waits for its panel, and a pool with experts of every field: played once, copied for every test."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from audits.models import Case, Expert
from tests.audits import office as offices
from tests.audits.office import Office
from tests.conftest import _administer, _database
from workflows.db import make_engine, make_sessions
from workflows.models import Membership, Person
from workflows.settings import Settings

FIELDS = {
    "sun": ["process", "environment"],
    "e1": ["process"],
    "e2": ["process"],
    "e3": ["cleaner_production"],
    "e4": ["cleaner_production", "environment"],
    "e5": ["environment"],
    "e6": ["environment", "process"],
    "e7": ["energy", "cleaner_production"],
}


def staff(office: Office) -> None:
    """Fill the pool with experts of every field."""
    with office.as_("ma") as (session, _actor):
        session.get_one(Expert, "sun").fields = FIELDS["sun"]
        for key, fields in FIELDS.items():
            if key == "sun":
                continue
            session.add(Person(id=key, username=key, name=f"专家{key}", created_at=office.now))
            session.flush()
            expert = Expert(id=key, employer=f"单位{key}", title="高级工程师", fields=fields, region_code="620000", valid_until=date(2035, 1, 1))  # fmt: skip  # noqa: E501
            session.add(expert)
            session.add(Membership(id=f"m-{key}", person_id=key, organisation_id="institute", role="expert", region_code="620100", since=office.now - timedelta(days=9)))  # fmt: skip  # noqa: E501


def play(settings: Settings) -> None:
    """Play a case on a database until it waits for its panel."""
    engine = make_engine(settings)
    office = Office(make_sessions(engine), offices.application(settings))
    staff(office)
    case_id = office.open()
    office.until(case_id, "propose_evaluation_panel", start_filing={"mode": "self"})
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Add the case to the file that every test of this folder copies."""
    path = tmp_path_factory.mktemp("panels") / "world.db"
    shutil.copyfile(sqlite_template, path)
    play(Settings(database_url=f"sqlite:///{path}", secret_key="only-for-tests", fast_and_unsafe=True))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """Add the case to the database that every PostgreSQL test of this folder is a copy of."""
    name = f"qs_panels_{uuid.uuid4().hex[:12]}"
    _administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    play(Settings(database_url=_database(postgres_url, name), secret_key="only-for-tests"))
    yield name
    _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def case_id(office: Office) -> str:
    """Give the case that waits for its panel."""
    with office.looking() as session:
        return session.scalars(select(Case.id)).one()
