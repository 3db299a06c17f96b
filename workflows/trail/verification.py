"""Verify the trail: whatever was changed, deleted, inserted, reordered or cut off is named with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, sessionmaker

from workflows.models import ChainHead, Checkpoint, Event, EventPayload, TrailLeaf
from workflows.trail.chains import GENESIS, payload_hash, row_hash
from workflows.trail.checkpoints import is_signed, load_public_key, read_checkpoints
from workflows.trail.merkle import Frontier

_NEAR = 8
Kind = Literal["changed", "deleted", "inserted", "reordered", "broken_link", "truncated", "rewritten", "forged"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: what, in which chain, at which place, which event (as far as it can be told)."""

    kind: Kind
    chain: str
    seq: int | None
    event_id: str | None
    text: str


@dataclass(slots=True)
class Report:
    """What a verification saw."""

    events: int = 0
    chains: int = 0
    checkpoints: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


def verify(
    source: Session | sessionmaker[Session], public_key: bytes | None = None, anchors: bytes | None = None
) -> Report:
    """Read the whole trail and compare it with its hashes, its heads and its checkpoints.

    ``public_key`` (PEM) proves the checkpoints' signatures; without it they only have to agree with the rows.
    ``anchors`` is an export of checkpoints kept elsewhere: it also gives away a trail that was cut off together with
    its checkpoints. Raises ValueError for a key or an export that cannot be read.
    """
    if isinstance(source, Session):
        return _verify(source, public_key, anchors)
    with source() as session:
        options: dict[str, Any] = {"readonly": True}
        if session.get_bind().dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ"}
        session.connection(execution_options=options)
        report = _verify(session, public_key, anchors)
        session.rollback()
        return report


def _verify(session: Session, public_key: bytes | None, anchors: bytes | None) -> Report:
    report = Report()
    _verify_chains(session, report)
    _verify_checkpoints(session, report, public_key, anchors)
    return report


# ---- chains --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Chain:
    """What is known of a chain while its rows pass by."""

    name: str
    seq: int = 0
    hash: str = GENESIS
    places: dict[str, int] = field(default_factory=dict)
    without_leaf: list[Row[Any]] = field(default_factory=list)
    shuffled: bool = False


def _rows(session: Session) -> Iterator[Row[Any]]:
    query = (
        select(*Event.__table__.c, EventPayload.salt, EventPayload.body, TrailLeaf.position)
        .outerjoin(EventPayload, EventPayload.event_id == Event.id)
        .outerjoin(TrailLeaf, TrailLeaf.event_id == Event.id)
        .order_by(Event.chain, Event.seq)
        .execution_options(yield_per=1000)
    )
    return iter(session.execute(query))


def _verify_chains(session: Session, report: Report) -> None:
    heads = {row.chain: row for row in session.execute(select(*ChainHead.__table__.c))}
    chain: _Chain | None = None
    for row in _rows(session):
        if chain is None or chain.name != row.chain:
            if chain is not None:
                _end_chain(chain, heads.pop(chain.name, None), report)
            chain = _Chain(row.chain)
            report.chains += 1
        report.events += 1
        _verify_row(chain, row, report)
    if chain is not None:
        _end_chain(chain, heads.pop(chain.name, None), report)
    for head in heads.values():
        if head.seq > 0:
            report.problems.append(
                Problem("truncated", head.chain, 1, None, f"all {head.seq} events of the chain are gone")
            )


def _verify_row(chain: _Chain, row: Row[Any], report: Report) -> None:
    def found(kind: Kind, text: str, seq: int | None = None) -> None:
        report.problems.append(Problem(kind, row.chain, seq or row.seq, row.id if seq is None else None, text))

    gap = row.seq != chain.seq + 1
    if gap:
        missing = f"{chain.seq + 1}" if row.seq == chain.seq + 2 else f"{chain.seq + 1} to {row.seq - 1}"
        found("deleted", f"missing: {missing}", chain.seq + 1)
    values = row._asdict()
    shuffled, chain.shuffled = chain.shuffled, False
    if row_hash(values) != row.hash:
        was = _original_place(chain, values)
        if was is None:
            found("changed", "the row does not agree with its hash")
        else:
            found("reordered", f"stands at {row.seq}, was written as {was}")
            chain.shuffled = True
    elif row.prev_hash != chain.hash and not gap and not shuffled:
        found("broken_link", "does not follow the event before it")
    if row.body is None:
        found("deleted", "the payload is gone")
    elif payload_hash(row.salt, row.body.encode()) != row.payload_hash:
        found("changed", "the payload does not agree with its hash")
    _note_leaf(chain, row, found)
    chain.seq, chain.hash = row.seq, row.hash
    chain.places[row.hash] = row.seq


def _original_place(chain: _Chain, values: dict[str, Any]) -> int | None:
    """Give the place under which the row agrees with its hash: after its predecessor, or nearby."""
    seq = values["seq"]
    places = [chain.places.get(values["prev_hash"], 0) + 1, *range(max(1, seq - _NEAR), seq + _NEAR + 1)]
    return next((place for place in places if row_hash({**values, "seq": place}) == values["hash"]), None)


def _note_leaf(chain: _Chain, row: Row[Any], found: Any) -> None:
    """Notice an event without a leaf before one that has its leaf: it was not there when the sequencer passed."""
    if row.position is None:
        chain.without_leaf.append(row)
        return
    for late in chain.without_leaf:
        found("inserted", f"event {late.id} at {late.seq} was not there when later ones were sequenced", late.seq)
    chain.without_leaf.clear()


def _end_chain(chain: _Chain, head: Row[Any] | None, report: Report) -> None:
    def found(kind: Kind, seq: int, text: str) -> None:
        report.problems.append(Problem(kind, chain.name, seq, None, text))

    if head is None:
        found("deleted", chain.seq, "the chain's head is gone")
    elif head.seq > chain.seq:
        found("truncated", chain.seq + 1, f"the chain ends at {chain.seq}, its head says {head.seq}")
    elif head.seq < chain.seq:
        found("inserted", head.seq + 1, f"the chain goes on to {chain.seq}, its head says {head.seq}")
    elif head.hash != chain.hash:
        found("rewritten", chain.seq, "the last event is not the one that the head names")


# ---- leaves and checkpoints ----------------------------------------------------------------------------------


def _verify_checkpoints(session: Session, report: Report, public_key: bytes | None, anchors: bytes | None) -> None:
    stored = session.scalars(select(Checkpoint).order_by(Checkpoint.size)).all()
    report.checkpoints = len(stored)
    kept = read_checkpoints(anchors) if anchors else []
    signed = [*stored, *kept]
    if public_key is not None:
        key = load_public_key(public_key)
        for one in signed:
            if not is_signed(one, key):
                report.problems.append(_at_checkpoint("forged", one, "the signature is not that key's"))
    roots: dict[int, set[str]] = {}
    for one in signed:
        roots.setdefault(one.size, set()).add(one.root)
    _verify_leaves(session, report, roots)
    leaves = session.scalars(select(func.count()).select_from(TrailLeaf)).one()
    for one in signed:
        if one.size > leaves:
            report.problems.append(
                _at_checkpoint("truncated", one, f"{one.size} events were signed for, {leaves} are there")
            )
            break
    known = {one.size for one in stored}
    for one in kept:
        if one.size not in known and one.size <= leaves:
            report.problems.append(_at_checkpoint("deleted", one, "a checkpoint that was exported is gone"))


def _verify_leaves(session: Session, report: Report, roots: dict[int, set[str]]) -> None:
    """Grow the tree from the rows, compare it at every checkpoint's size; stop at the first fault."""
    query = (
        select(TrailLeaf.position, TrailLeaf.event_id, Event.hash, Event.chain, Event.seq)
        .outerjoin(Event, Event.id == TrailLeaf.event_id)
        .order_by(TrailLeaf.position)
        .execution_options(yield_per=1000)
    )
    with session.execute(query) as rows:
        _grow(rows, report, roots)


def _grow(rows: Iterable[Any], report: Report, roots: dict[int, set[str]]) -> None:
    tree = Frontier()
    since: list[Row[Any]] = []
    for row in rows:
        if row.position != tree.size:
            report.problems.append(Problem("deleted", "", None, None, f"leaf {tree.size} is gone"))
            break
        if row.hash is None:
            report.problems.append(
                Problem("deleted", "", None, row.event_id, f"the event of leaf {row.position} is gone")
            )
            break
        tree.add(bytes.fromhex(row.hash))
        since.append(row)
        signed = roots.get(tree.size)
        if signed is not None and signed != {tree.root().hex()}:
            report.problems.append(_rewritten(tree.size, since))
            break
        if signed is not None:
            since.clear()


def _rewritten(size: int, since: list[Row[Any]]) -> Problem:
    """Name the rows among which the change lies: those between the last good checkpoint and the first bad one."""
    first = since[0]
    places = ", ".join(f"{row.chain}#{row.seq}" for row in since[:20]) + (" ..." if len(since) > 20 else "")
    text = f"what was signed for at {size} differs; the change lies among {len(since)} events: {places}"
    return Problem("rewritten", first.chain, first.seq, first.event_id, text)


def _at_checkpoint(kind: Kind, checkpoint: Checkpoint, text: str) -> Problem:
    return Problem(kind, "", checkpoint.size, None, f"checkpoint {checkpoint.size}: {text}")
