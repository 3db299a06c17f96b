"""The format of the trail is told well enough: a verifier written from the page alone agrees with the product."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy.orm import Session, sessionmaker

from tests.docs import pages
from tests.world import World
from workflows import trail
from workflows.access import SYSTEM
from workflows.settings import Settings

KEYS = "action actor_id actor_name at chain id on_behalf_of payload_hash seq subject_id subject_type"


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _faults(database: Path, export: bytes, public_key: bytes) -> list[str]:
    """Verify with nothing but sqlite3, hashlib, json and the signature: as the page says."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    found: list[str] = []
    last: dict[str, tuple[int, str]] = {}
    for row in connection.execute("SELECT * FROM events JOIN event_payloads ON event_id = id ORDER BY chain, seq"):
        seq, before = last.get(row["chain"], (0, "0" * 64))
        hashed = {key: row[key] for key in KEYS.split()}
        hashed["at"] = _utc(row["at"]).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        digest = hashlib.sha256(b"\x10" + bytes.fromhex(row["prev_hash"]) + _canonical(hashed)).hexdigest()
        payload = hashlib.sha256(row["salt"] + row["body"].encode()).hexdigest()
        if (row["seq"], row["prev_hash"], row["hash"], row["payload_hash"]) != (seq + 1, before, digest, payload):
            found.append(f"{row['chain']}#{row['seq']}")
        last[row["chain"]] = (row["seq"], row["hash"])
    heads = connection.execute("SELECT chain, seq, hash FROM chain_heads WHERE seq > 0")
    if {row[0]: (row[1], row[2]) for row in heads} != last:
        found.append("heads")
    leaves = connection.execute(
        "SELECT hash FROM trail_leaves JOIN events ON id = event_id ORDER BY position"
    ).fetchall()
    hashes = [bytes.fromhex(row[0]) for row in leaves]
    key = load_pem_public_key(public_key)
    for line in export.splitlines():
        one = json.loads(line)
        if _root(hashes[: one["size"]]).hex() != one["root"] or one["size"] > len(hashes):
            found.append(f"checkpoint {one['size']}")
        signed = f"qingshen audit trail\n{one['size']}\n{one['root']}\n{one['at']}\n".encode()
        try:
            key.verify(bytes.fromhex(one["signature"]), signed)  # type: ignore[union-attr, call-arg]
        except InvalidSignature:
            found.append(f"signature {one['size']}")
    return found


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(leaves[:half]) + _root(leaves[half:])).digest()


@pytest.fixture
def written(sessions: sessionmaker[Session], settings: Settings, world: World) -> tuple[Path, bytes, bytes]:
    """Give a database with events in three chains and two checkpoints, the export and the public key."""
    signer = trail.load_signer(settings)
    for turn in range(2):
        with sessions.begin() as session:
            for number in range(7):
                trail.append(
                    session,
                    chain=f"list:{number % 3}",
                    actor=SYSTEM,
                    action="list.created",
                    subject_type="list",
                    subject_id=str(number),
                    payload={
                        "title": '名单 "甲"\n\t',
                        "turn": turn,
                        "none": None,
                        "nested": {"b": [1, 2.5], "a": True},
                    },
                    now=world.now,
                )
            session.flush()
            trail.checkpoint(session, signer, world.now)
    with sessions() as session:
        export = trail.export_checkpoints(session)
    return Path(settings.database_url.removeprefix("sqlite:///")), export, signer.public_key


@pytest.mark.sqlite_file
def test_a_verifier_written_from_the_page_finds_the_trail_clean(written: tuple[Path, bytes, bytes]) -> None:
    assert len(written[1].splitlines()) == 2
    assert _faults(*written) == []


@pytest.mark.sqlite_file
def test_it_names_the_event_that_was_changed(written: tuple[Path, bytes, bytes]) -> None:
    connection = sqlite3.connect(written[0])
    connection.execute("DROP TRIGGER events_no_update")
    connection.execute("UPDATE events SET actor_name = 'somebody' WHERE chain = 'list:1' AND seq = 2")
    connection.commit()
    assert _faults(*written) == ["list:1#2"]


def test_the_page_lists_the_keys_that_are_hashed() -> None:
    assert KEYS in " ".join(" ".join(pages.blocks(pages.read("docs/reference/trail.md"))).split())
