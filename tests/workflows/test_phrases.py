"""Ready sentences: whose they are, who keeps the shared ones, and what a task offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests import world
from workflows import phrases
from workflows.access import Actor, load_actor
from workflows.application import Application
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.models import Event
from workflows.settings import Settings

Acting = Callable[[str], AbstractContextManager[tuple[Session, Actor]]]
KEEPS = world.ROLES["administrator"].actions | {"phrases.share"}
ROLES = {**world.ROLES, "administrator": replace(world.ROLES["administrator"], actions=KEEPS)}


@pytest.fixture(name="app")
def _app(settings: Settings) -> Application:
    return world.application(settings, roles=ROLES)


@pytest.fixture(name="acting")
def _acting(sessions: sessionmaker[Session], now: datetime) -> Acting:
    @contextmanager
    def enter(username: str) -> Iterator[tuple[Session, Actor]]:
        with sessions.begin() as session:
            yield session, load_actor(session, ROLES, username, now)

    return enter


@pytest.mark.database
def test_a_task_offers_ones_own_sentences_and_those_of_ones_office(
    acting: Acting, app: Application, now: datetime
) -> None:
    with acting("admin") as (session, admin):
        phrases.add(session, app, admin, "材料齐全。", organisation_id="lanzhou_bureau", now=now)
    with acting("li") as (session, li):
        mine = phrases.add(session, app, li, "  同意\n上报。 ", now=now)
        assert phrases.offered(session, li) == ["同意 上报。", "材料齐全。"]
        (house,) = phrases.shared(session, app, li)
        assert (house.organisation.id, house.editable) == ("lanzhou_bureau", False)
        phrases.change(session, app, li, mine.id, "同意。", now=now)
    with acting("liu") as (session, liu):
        assert phrases.offered(session, liu) == ["材料齐全。"]
        with pytest.raises(NotFound):
            phrases.change(session, app, liu, mine.id, "不同意。", now=now)
    with acting("meng") as (session, meng):
        assert phrases.offered(session, meng) == []
    with acting("li") as (session, li):
        phrases.remove(session, app, li, mine.id, now=now)
        assert [row.text for row in phrases.own(session, li)] == []
        said = session.scalars(
            select(Event.action).where(Event.subject_type == "phrase").order_by(Event.chain, Event.seq)
        )
        assert list(said) == ["phrase.added", "phrase.added", "phrase.changed", "phrase.removed"]


def test_only_the_administrator_of_an_office_keeps_its_sentences(
    acting: Acting, app: Application, now: datetime
) -> None:
    with acting("admin") as (session, admin):
        row = phrases.add(session, app, admin, "材料齐全。", organisation_id="lanzhou_bureau", now=now)
        assert {one.organisation.id for one in phrases.shared(session, app, admin) if one.editable} == {
            "gansu_bureau", "lanzhou_bureau", "chengguan_bureau", "jiayuguan_bureau",
        }  # fmt: skip
        with pytest.raises(NotFound):
            phrases.add(session, app, admin, "x", organisation_id="jinan_bureau", now=now)
    with acting("li") as (session, li):
        with pytest.raises(NotAllowed, match="phrases_are_kept"):
            phrases.add(session, app, li, "x", organisation_id="lanzhou_bureau", now=now)
        with pytest.raises(NotAllowed, match="phrases_are_kept"):
            phrases.remove(session, app, li, row.id, now=now)


@pytest.mark.parametrize(("text", "why"), [(" ", "required"), ("长" * 201, "too_long")])
def test_a_sentence_has_words_and_an_end(acting: Acting, app: Application, now: datetime, text: str, why: str) -> None:
    with acting("li") as (session, li), pytest.raises(Invalid) as wrong:
        phrases.add(session, app, li, text, now=now)
    assert wrong.value.fields == {"text": [why]}


def test_a_sentence_is_kept_once(acting: Acting, app: Application, now: datetime) -> None:
    with acting("li") as (session, li):
        phrases.add(session, app, li, "同意。", now=now)
        with pytest.raises(Conflict, match="phrase_known"):
            phrases.add(session, app, li, "同意。 ", now=now)
