"""The trail grows in the caller's transaction and gives every change of the past away."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from tests.world import NOW, PEOPLE, Somebody, as_owner
from workflows import trail
from workflows.models import Event, EventPayload
from workflows.settings import Settings
from workflows.trail.chains import row_hash
from workflows.trail.merkle import EMPTY_ROOT, Frontier

Sessions = sessionmaker[Session]
LI = Somebody("li", PEOPLE["li"][0])


def act(session: Session, chain: str = "system", number: int = 0) -> Event:
    return trail.append(
        session,
        chain=chain,
        actor=LI,
        action="thing.done",
        subject_type="thing",
        subject_id=str(number),
        payload={"number": number, "score": Decimal("95.5"), "day": NOW.date()},
        now=NOW + timedelta(seconds=number),
    )


@pytest.fixture
def signer(settings: Settings) -> trail.Signer:
    return trail.load_signer(settings)


@pytest.fixture
def history(sessions: Sessions, signer: trail.Signer) -> Sessions:
    """Write ten acts in each of three chains, with a checkpoint after each third."""
    for third in range(3):
        with sessions.begin() as session:
            for chain in ("case-1", "case-2", "system"):
                for number in range(third * 4, min(third * 4 + 4, 10)):
                    act(session, chain, number)
        with sessions.begin() as session:
            trail.checkpoint(session, signer, NOW + timedelta(minutes=third))
    return sessions


def event_id(session: Session, chain: str, seq: int) -> str:
    return session.scalars(select(Event.id).where(Event.chain == chain, Event.seq == seq)).one()


# ---- growing -------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_an_act_takes_the_next_place_in_its_chain(session: Session) -> None:
    first, second = act(session), act(session)
    session.flush()
    assert (first.seq, second.seq) == (1, 2)
    assert second.prev_hash == first.hash


@pytest.mark.database
def test_an_act_is_gone_with_its_transaction(sessions: Sessions) -> None:
    with sessions() as session:
        act(session)
        session.flush()
        session.rollback()
        act(session, number=1)
        session.commit()
        assert session.scalars(select(Event.subject_id)).all() == ["1"]
    assert trail.verify(sessions).ok


@pytest.mark.database
def test_a_savepoint_rolled_back_leaves_no_hole(sessions: Sessions) -> None:
    with sessions.begin() as session:
        act(session, number=1)
        savepoint = session.begin_nested()
        act(session, number=2)
        act(session, "case-1", number=3)
        session.flush()
        savepoint.rollback()
        act(session, number=4)
        act(session, "case-1", number=5)
    report = trail.verify(sessions)
    assert report.ok, report.problems
    assert report.events == 3


@pytest.mark.database
def test_the_chain_is_read_afresh_in_each_transaction(sessions: Sessions) -> None:
    with sessions() as one, sessions() as other:
        act(one, number=1)
        one.commit()
        act(other, number=2)
        other.commit()
        act(one, number=3)
        one.commit()
    report = trail.verify(sessions)
    assert report.ok, report.problems


def test_payloads_are_written_the_same_whatever_their_order() -> None:
    assert trail.canonical({"b": Decimal("1.50"), "a": {2, 1}}) == trail.canonical({"a": (1, 2), "b": "1.50"})


@pytest.mark.database
def test_a_whole_trail_verifies(history: Sessions, signer: trail.Signer) -> None:
    report = trail.verify(history, signer.public_key)
    assert report.ok, report.problems
    assert (report.events, report.chains, report.checkpoints) == (30, 3, 3)


# ---- tampering: as the database's owner, behind the triggers -------------------------------------------------


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET action = 'x'", "DELETE FROM events", "UPDATE event_payloads SET body = '{}'"]
)
@pytest.mark.database
def test_the_triggers_refuse_to_change_the_past(history: Sessions, statement: str) -> None:
    with pytest.raises(DatabaseError, match="only grows"), history.begin() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    "column", ["action", "actor_id", "actor_name", "on_behalf_of", "subject_type", "subject_id", "at", "payload_hash"]
)
@pytest.mark.database
def test_a_changed_row_is_named(history: Sessions, settings: Settings, column: str) -> None:
    value = "2026-05-05 05:05:05.000000" if column == "at" else "forged"
    with as_owner(settings) as session:
        wanted = event_id(session, "case-1", 5)
        statement = f"UPDATE events SET {column} = :value WHERE chain = 'case-1' AND seq = 5"
        session.execute(text(statement), {"value": value})
    problems = trail.verify(history).problems
    assert [(one.kind, one.chain, one.seq, one.event_id) for one in problems[:1]] == [("changed", "case-1", 5, wanted)]


@pytest.mark.database
def test_a_changed_payload_is_named(history: Sessions, settings: Settings) -> None:
    with as_owner(settings) as session:
        wanted = event_id(session, "case-2", 3)
        session.execute(text("UPDATE event_payloads SET body = '{}' WHERE event_id = :id"), {"id": wanted})
    problems = trail.verify(history).problems
    assert [(one.kind, one.chain, one.seq, one.event_id) for one in problems] == [("changed", "case-2", 3, wanted)]


@pytest.mark.database
def test_a_deleted_event_is_missed_at_its_place(history: Sessions, settings: Settings) -> None:
    with as_owner(settings) as session:
        wanted = event_id(session, "case-1", 7)
        session.execute(text("DELETE FROM events WHERE chain = 'case-1' AND seq = 7"))
    problems = trail.verify(history).problems
    assert [(one.kind, one.chain, one.seq) for one in problems[:1]] == [("deleted", "case-1", 7)]
    assert wanted in {one.event_id for one in problems}


@pytest.mark.database
def test_a_cut_off_chain_is_found_by_its_head(history: Sessions, settings: Settings) -> None:
    with as_owner(settings) as session:
        session.execute(text("DELETE FROM events WHERE chain = 'case-2' AND seq > 8"))
    problems = trail.verify(history).problems
    assert ("truncated", "case-2", 9) in {(one.kind, one.chain, one.seq) for one in problems}


@pytest.mark.database
def test_a_chain_that_is_gone_altogether_is_missed(history: Sessions, settings: Settings) -> None:
    with as_owner(settings) as session:
        session.execute(text("DELETE FROM events WHERE chain = 'case-2'"))
    problems = trail.verify(history).problems
    assert ("truncated", "case-2", 1) in {(one.kind, one.chain, one.seq) for one in problems}


@pytest.mark.database
def test_two_events_that_changed_places_are_told_apart(history: Sessions, settings: Settings) -> None:
    with as_owner(settings) as session:
        session.execute(text("UPDATE events SET seq = 99 WHERE chain = 'case-1' AND seq = 3"))
        session.execute(text("UPDATE events SET seq = 3 WHERE chain = 'case-1' AND seq = 4"))
        session.execute(text("UPDATE events SET seq = 4 WHERE chain = 'case-1' AND seq = 99"))
    problems = trail.verify(history).problems
    assert [(one.kind, one.seq) for one in problems if one.chain == "case-1"] == [("reordered", 3), ("reordered", 4)]


def copied(session: Session, chain: str, place: int, **changes: object) -> Event:
    """Make an event like another, with a right hash of its own."""
    old = session.scalars(select(Event).where(Event.chain == chain, Event.seq == place)).one()
    values = {column.name: getattr(old, column.name) for column in Event.__table__.c} | {"id": "forged"} | changes
    return Event(**{**values, "hash": row_hash(values)})


@pytest.mark.database
def test_an_inserted_event_is_found(history: Sessions, settings: Settings) -> None:
    with as_owner(settings) as session:
        session.execute(text("UPDATE events SET seq = seq + 100 WHERE chain = 'case-1' AND seq > 5"))
        session.execute(text("UPDATE events SET seq = seq - 99 WHERE chain = 'case-1' AND seq > 100"))
        body = session.get_one(EventPayload, event_id(session, "case-1", 5))
        forged = copied(session, "case-1", 5, seq=6, prev_hash=copied(session, "case-1", 5, id=body.event_id).hash)
        session.add(forged)
        session.flush()
        session.add(EventPayload(event_id="forged", salt=body.salt, body=body.body))
    problems = trail.verify(history).problems
    assert ("inserted", "case-1", 6) in {(one.kind, one.chain, one.seq) for one in problems}


@pytest.mark.database
def test_an_event_added_behind_the_head_is_found(history: Sessions, settings: Settings) -> None:
    with as_owner(settings) as session:
        body = session.get_one(EventPayload, event_id(session, "case-1", 10))
        last = session.get_one(Event, body.event_id)
        session.add(copied(session, "case-1", 10, seq=11, prev_hash=last.hash))
        session.flush()
        session.add(EventPayload(event_id="forged", salt=body.salt, body=body.body))
    problems = trail.verify(history).problems
    assert [(one.kind, one.chain, one.seq) for one in problems] == [("inserted", "case-1", 11)]


def rehash(session: Session, chain: str) -> None:
    """Make a chain consistent again after a change, head included, as somebody with all rights would."""
    previous = "0" * 64
    for event in session.scalars(select(Event).where(Event.chain == chain).order_by(Event.seq)).all():
        values = {column.name: getattr(event, column.name) for column in Event.__table__.c} | {"prev_hash": previous}
        previous = row_hash(values)
        session.execute(
            text("UPDATE events SET prev_hash = :prev, hash = :hash WHERE id = :id"),
            {"prev": values["prev_hash"], "hash": previous, "id": event.id},
        )
    session.execute(
        text("UPDATE chain_heads SET hash = :hash WHERE chain = :chain"), {"hash": previous, "chain": chain}
    )


@pytest.mark.database
def test_a_rewritten_chain_is_found_by_the_checkpoint(
    history: Sessions, settings: Settings, signer: trail.Signer
) -> None:
    with as_owner(settings) as session:
        session.execute(text("UPDATE events SET action = 'forged' WHERE chain = 'case-1' AND seq = 5"))
        rehash(session, "case-1")
    problems = trail.verify(history, signer.public_key).problems
    assert [one.kind for one in problems] == ["rewritten"]
    assert "case-1#5" in problems[0].text
    assert "case-1#1," not in problems[0].text


@pytest.mark.database
def test_a_trail_cut_off_with_its_heads_is_found_by_the_checkpoint(history: Sessions, settings: Settings) -> None:
    with as_owner(settings) as session:
        session.execute(text("DELETE FROM trail_leaves WHERE event_id IN (SELECT id FROM events WHERE seq > 8)"))
        session.execute(text("DELETE FROM event_payloads WHERE event_id IN (SELECT id FROM events WHERE seq > 8)"))
        session.execute(text("DELETE FROM events WHERE seq > 8"))
        last = {one.chain: one.hash for one in session.scalars(select(Event).where(Event.seq == 8))}
        for chain, hashed in last.items():
            values = {"hash": hashed, "chain": chain}
            session.execute(text("UPDATE chain_heads SET seq = 8, hash = :hash WHERE chain = :chain"), values)
    assert [one.kind for one in trail.verify(history).problems] == ["truncated"]


@pytest.mark.database
def test_a_trail_cut_off_with_its_checkpoints_is_found_by_the_exported_ones(
    history: Sessions, settings: Settings, signer: trail.Signer
) -> None:
    with history() as session:
        exported = trail.export_checkpoints(session)
    with as_owner(settings) as session:
        for table in ("checkpoints", "trail_leaves", "event_payloads", "events", "chain_heads"):
            session.execute(text(f"DELETE FROM {table}"))
    assert trail.verify(history, signer.public_key).ok
    problems = trail.verify(history, signer.public_key, exported).problems
    assert {one.kind for one in problems} == {"truncated"}


@pytest.mark.database
def test_a_checkpoint_that_another_key_signed_is_forged(history: Sessions, settings: Settings, tmp_path: Path) -> None:
    other = trail.load_signer(replace(settings, signing_key_file=str(tmp_path / "other.pem")))
    assert {one.kind for one in trail.verify(history, other.public_key).problems} == {"forged"}


# ---- checkpoints ---------------------------------------------------------------------------------------------


@pytest.mark.database
def test_nothing_new_needs_no_checkpoint(history: Sessions, signer: trail.Signer) -> None:
    with history.begin() as session:
        assert trail.checkpoint(session, signer, NOW) is None


def test_the_key_is_made_once_and_readable_by_its_owner_only(settings: Settings) -> None:
    first, second = trail.load_signer(settings), trail.load_signer(settings)
    assert first.key_id == second.key_id
    assert stat.S_IMODE(Path(settings.signing_key_file).stat().st_mode) == 0o600


def mth(leaves: list[bytes]) -> bytes:
    """Compute the root as RFC 6962, section 2.1 defines it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:half]) + mth(leaves[half:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_frontier_gives_the_root_of_rfc_6962(leaves: list[bytes]) -> None:
    tree = Frontier()
    for number, leaf in enumerate(leaves):
        tree.add(leaf)
        tree = Frontier(number + 1, tree.subtrees)
    assert tree.root() == mth(leaves)
    assert Frontier().root() == EMPTY_ROOT


def test_appending_costs_few_statements(sessions: Sessions, count_statements: Callable[[], int]) -> None:
    with sessions.begin() as session:
        act(session, "case-1")
    before = count_statements()
    with sessions.begin() as session:
        for number in range(5):
            act(session, "case-1", number)
    assert count_statements() - before <= 5


def test_a_time_is_hashed_as_it_is_read_back(session: Session, now: datetime) -> None:
    written = act(session, "case-1")
    session.flush()
    session.expunge_all()
    read = session.get_one(Event, written.id)
    assert row_hash({column.name: getattr(read, column.name) for column in Event.__table__.c}) == written.hash
