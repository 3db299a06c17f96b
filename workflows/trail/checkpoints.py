"""Signed checkpoints: one sequencer gives events their leaf, extends the tree, and signs size, root and time."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from workflows.models import Checkpoint, Event, TrailLeaf
from workflows.settings import Settings
from workflows.trail.merkle import Frontier

_SEQUENCER = 0x71696E67  # the advisory lock that makes the sequencer the only one on PostgreSQL
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs checkpoints. It lies outside the database."""

    key: Ed25519PrivateKey

    @property
    def key_id(self) -> str:
        """Name the key: the beginning of the SHA-256 of its public half."""
        return key_id(self.key.public_key())

    @property
    def public_key(self) -> bytes:
        """Give the public half as PEM: all that a verifier needs."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, message: bytes) -> str:
        """Give the Ed25519 signature in hex."""
        return self.key.sign(message).hex()


def key_id(public: Ed25519PublicKey) -> str:
    """Name a public key."""
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def load_signer(settings: Settings) -> Signer:
    """Read the signing key; where there is none make one that only its owner can read, its public half beside it."""
    path = Path(settings.signing_key_file)
    if not path.exists():
        _make_key(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    signer = Signer(key)
    public = path.with_suffix(".pub.pem")
    if not public.exists():
        public.write_bytes(signer.public_key)
    return signer


def load_public_key(pem: bytes) -> Ed25519PublicKey:
    """Read a public key; raises ValueError."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004  (the caller gave a file, not a type)
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    # A link appears whole and never over an older key, whoever else starts at the same moment.
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def statement(size: int, root: str, at: datetime) -> bytes:
    """Give the bytes that are signed: four lines."""
    return f"qingshen audit trail\n{size}\n{root}\n{at.astimezone(UTC).isoformat()}\n".encode()


def is_signed(checkpoint: Checkpoint, public: Ed25519PublicKey) -> bool:
    """Say whether the signature is that key's."""
    try:
        public.verify(bytes.fromhex(checkpoint.signature), statement(checkpoint.size, checkpoint.root, checkpoint.at))
    except (InvalidSignature, ValueError):
        return False
    return True


def checkpoint(session: Session, signer: Signer, now: datetime) -> Checkpoint | None:
    """Give every event without one its leaf, and sign the tree. None if nothing was added, or another does it now."""
    if session.get_bind().dialect.name == "postgresql":
        held = session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _SEQUENCER}).scalar_one()
        if not held:
            return None
    last = session.scalar(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1))
    tree = Frontier(last.size, [bytes.fromhex(node) for node in last.frontier]) if last else Frontier()
    fresh = session.execute(
        select(Event.id, Event.hash)
        .outerjoin(TrailLeaf, TrailLeaf.event_id == Event.id)
        .where(TrailLeaf.position.is_(None))
        .order_by(Event.at, Event.chain, Event.seq)
    ).all()
    if not fresh:
        return None
    rows = [{"position": tree.size + number, "event_id": row.id} for number, row in enumerate(fresh)]
    for row in fresh:
        tree.add(bytes.fromhex(row.hash))
    for start in range(0, len(rows), _BATCH):
        session.execute(insert(TrailLeaf), rows[start : start + _BATCH])
    root = tree.root().hex()
    made = Checkpoint(
        size=tree.size,
        root=root,
        frontier=[node.hex() for node in tree.subtrees],
        at=now,
        key_id=signer.key_id,
        signature=signer.sign(statement(tree.size, root, now)),
    )
    session.add(made)
    session.flush()
    return made


def export_checkpoints(session: Session) -> bytes:
    """Give all checkpoints as JSON lines, to be kept where nobody who owns the database can reach them."""
    rows = session.scalars(select(Checkpoint).order_by(Checkpoint.size))
    return b"".join(
        orjson.dumps(
            {
                "size": row.size,
                "root": row.root,
                "at": row.at.isoformat(),
                "key_id": row.key_id,
                "signature": row.signature,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for row in rows
    )


def read_checkpoints(exported: bytes) -> list[Checkpoint]:
    """Read an export; raises ValueError if it is none."""
    try:
        values = [orjson.loads(line) for line in exported.splitlines() if line.strip()]
        return [Checkpoint(**{**value, "at": datetime.fromisoformat(value["at"]), "frontier": []}) for value in values]
    except (TypeError, KeyError) as error:
        raise ValueError("not an export of checkpoints") from error
