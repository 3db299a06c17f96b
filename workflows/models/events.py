"""The audit trail: per-chain hash chains, payloads apart, and signed checkpoints over all of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflows.models.base import Base, Key, new_id


class Event(Base):
    """One act. ``chain`` is an instance id, or ``org:...``, ``definition:...``, ``list:...``, ``system``.

    ``hash`` = SHA-256(0x10 || prev_hash || canonical JSON of the row without hash); ``payload_hash`` =
    SHA-256(salt || body) of the payload row, so that payloads can be deleted by retention while the chain verifies.
    """

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("chain", "seq"), Index("ix_events_actor", "actor_id", "at"))

    id: Mapped[str] = mapped_column(Key, primary_key=True, default=new_id)
    chain: Mapped[str] = mapped_column(String(80))
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[str | None] = mapped_column(String(36))
    actor_name: Mapped[str] = mapped_column(String(200))
    on_behalf_of: Mapped[str | None] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(80))
    payload_hash: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class EventPayload(Base):
    """What the act was about, as canonical JSON text."""

    __tablename__ = "event_payloads"

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[str] = mapped_column(Text)


class ChainHead(Base):
    """The last event of a chain; locked while one is appended."""

    __tablename__ = "chain_heads"

    chain: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class TrailLeaf(Base):
    """The place of an event in the Merkle tree, given by the one sequencer."""

    __tablename__ = "trail_leaves"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), unique=True)


class Checkpoint(Base):
    """A signed statement: the first ``size`` leaves have this RFC 6962 root."""

    __tablename__ = "checkpoints"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64))
    frontier: Mapped[list[Any]]
    at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))
