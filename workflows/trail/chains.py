"""Hash chains: an act is appended to its chain in the caller's transaction, and triggers keep the past as it was."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from workflows.models import ChainHead, Event, EventPayload

Json = Any
GENESIS = "0" * 64


class Who(Protocol):
    """Whoever acts, as far as the trail must know (``workflows.access.Actor``)."""

    @property
    def person_id(self) -> str | None:
        """The person's id, None for the system."""

    @property
    def name(self) -> str:
        """The name as it was at the time."""


def append(
    session: Session,
    *,
    chain: str,
    actor: Who,
    action: str,
    subject_type: str,
    subject_id: str,
    payload: Mapping[str, Json],
    now: datetime,
    on_behalf_of: str | None = None,
) -> Event:
    """Add an act to its chain, in the caller's transaction.

    ``chain`` is an instance id, or ``org:<id>``, ``definition:<family>``, ``list:<id>``, ``system``; ``action`` reads
    ``noun.past_verb``. The head of the chain stays locked until the transaction ends.
    """
    head = _head(session, chain)
    salt, body = secrets.token_bytes(16), canonical(payload)
    row = {
        "id": str(uuid.uuid4()),
        "chain": chain,
        "seq": head.seq + 1,
        "at": now.astimezone(UTC),
        "actor_id": actor.person_id,
        "actor_name": actor.name,
        "on_behalf_of": on_behalf_of,
        "action": action,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "payload_hash": payload_hash(salt, body),
        "prev_hash": head.hash,
    }
    event = Event(**row, hash=row_hash(row))
    head.seq, head.hash = event.seq, event.hash
    session.add(event)
    session.add(EventPayload(event_id=event.id, salt=salt, body=body.decode()))
    return event


def canonical(value: Json) -> bytes:
    """Write JSON in the one way that is hashed: UTF-8, sorted keys, no spaces; times in UTC, decimals as text."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def payload_hash(salt: bytes, body: bytes) -> str:
    """Compute SHA-256(salt || body)."""
    return hashlib.sha256(salt + body).hexdigest()


_HASHED = (
    "id",
    "chain",
    "seq",
    "actor_id",
    "actor_name",
    "on_behalf_of",
    "action",
    "subject_type",
    "subject_id",
    "payload_hash",
)


def row_hash(row: Mapping[str, Json]) -> str:
    """Compute SHA-256(0x10 || prev_hash || canonical JSON of the row without its hash and prev_hash)."""
    values = {name: row[name] for name in _HASHED}
    values["at"] = row["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return hashlib.sha256(b"\x10" + bytes.fromhex(row["prev_hash"]) + canonical(values)).hexdigest()


def _plain(value: object) -> Json:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return sorted(value) if isinstance(value, (set, frozenset)) else list(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in the trail")


def _head(session: Session, chain: str) -> ChainHead:
    """Give the chain's head, locked. One that this transaction holds already costs no statement."""
    transaction = session.get_transaction()
    held = session.info.get("trail_heads")
    if held is None or held[0] is not transaction or transaction is None:
        session.connection()
        held = session.info["trail_heads"] = (session.get_transaction(), {})
    heads: dict[str, ChainHead] = held[1]
    head = heads.get(chain)
    # What a rolled back savepoint touched is expired; a head that was made inside it is gone.
    if head is None or inspect(head).expired or not inspect(head).persistent:
        heads[chain] = head = _locked(session, chain)
    return head


def _locked(session: Session, chain: str) -> ChainHead:
    query = select(ChainHead).where(ChainHead.chain == chain).with_for_update()
    query = query.execution_options(populate_existing=True)
    with session.no_autoflush:
        head = session.scalar(query)
        if head is None:
            dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
            session.execute(dialect.insert(ChainHead).values(chain=chain, seq=0, hash=GENESIS).on_conflict_do_nothing())
            head = session.scalars(query).one()
    return head


# Nobody but a later retention job takes payloads away, hence no DELETE among theirs.
_GUARDED = {
    "events": ("UPDATE", "DELETE", "TRUNCATE"),
    "event_payloads": ("UPDATE",),
    "trail_leaves": ("UPDATE", "DELETE", "TRUNCATE"),
    "checkpoints": ("UPDATE", "DELETE", "TRUNCATE"),
}


def trigger_statements(dialect: str) -> list[str]:
    """Give the DDL of the triggers that refuse to change the past."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
            for table, acts in _GUARDED.items()
            for act in acts
            if act != "TRUNCATE"
        ]
    function = (
        "CREATE FUNCTION trail_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$"
    )
    return [function] + [
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        f"FOR EACH {'STATEMENT' if act == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION trail_only_grows()"
        for table, acts in _GUARDED.items()
        for act in acts
    ]


def install_triggers(bind: Engine | Connection) -> None:
    """Create the triggers, after ``metadata.create_all``. Alembic's first revision does the same."""
    if isinstance(bind, Engine):
        with bind.begin() as connection:
            install_triggers(connection)
        return
    for statement in trigger_statements(bind.dialect.name):
        bind.execute(text(statement))
