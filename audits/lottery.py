"""The draw itself: a function of a seed and a pool, which anybody can repeat (docs/reference/draw.md).

Every permissible panel is equally likely: whole panels are drawn one after the other, each uniformly, and the first
that has an expert of every field that is needed, and one who may lead, is taken.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workflows.errors import Invalid
from workflows.trail import canonical

FORMAT: Final = "qingshen-draw-1"
LEADER: Final = "leader"
MOST_ATTEMPTS: Final = 200_000
_SPACE: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert who may be drawn: ``fields`` they stand for, ``leads`` where their title lets them lead."""

    id: str
    fields: frozenset[str]
    leads: bool

    @property
    def marks(self) -> frozenset[str]:
        """Give what the candidate satisfies of the needs."""
        return self.fields | {LEADER} if self.leads else self.fields


@dataclass(frozen=True, slots=True)
class Drawn:
    """Who was drawn, in order, at which attempt, and who leads (None where a leader stood already)."""

    experts: tuple[str, ...]
    leader: str | None
    attempt: int


def pool_hash(pool: Sequence[Mapping[str, Any]]) -> str:
    """Hash a pool as a record holds it: SHA-256 of its canonical JSON."""
    return hashlib.sha256(canonical(list(pool))).hexdigest()


def numbers(seed: str, pool_sha256: str) -> Iterator[int]:
    """Give the stream of 256-bit numbers of a seed and a pool: SHA-256 of ``seed:pool:n`` for n = 0, 1, 2 ..."""
    count = 0
    while True:
        yield int.from_bytes(hashlib.sha256(f"{seed}:{pool_sha256}:{count}".encode()).digest(), "big")
        count += 1


def below(stream: Iterator[int], limit: int) -> int:
    """Draw a number from 0 to ``limit`` - 1, each equally likely: numbers of the uneven end are passed over."""
    fair = _SPACE - _SPACE % limit
    return next(number for number in stream if number < fair) % limit


def draw(
    seed: str, pool_sha256: str, pool: Sequence[Candidate], *, size: int, needs: Mapping[str, int],
    kept: Sequence[Candidate] = (),
) -> Drawn:  # fmt: skip
    """Draw ``size`` experts of a pool so that with those who are kept every need is met.

    ``needs`` are by field; somebody must be able to lead besides. Raises Invalid ``draw_too_few`` (wanted, there),
    ``draw_field_missing`` (reason: the field, or leader), ``draw_impossible``.
    """
    missing = lacking(needs, kept)
    ordered = sorted(pool, key=lambda one: one.id)
    _check(ordered, size, missing)
    stream = numbers(seed, pool_sha256)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        chosen = _some(stream, ordered, size)
        if not lacking(missing, chosen):
            leads = None if any(one.leads for one in kept) else next(one.id for one in chosen if one.leads)
            return Drawn(tuple(one.id for one in chosen), leads, attempt)
    raise Invalid("draw_impossible")


def _some(stream: Iterator[int], pool: Sequence[Candidate], size: int) -> list[Candidate]:
    """Draw some of a pool without putting back (the first steps of Fisher and Yates)."""
    left = list(pool)
    for place in range(size):
        other = place + below(stream, len(left) - place)
        left[place], left[other] = left[other], left[place]
    return left[:size]


def lacking(needs: Mapping[str, int], members: Sequence[Candidate]) -> dict[str, int]:
    """Give what some members leave open of the needs, the leader among them unless there is one."""
    wanted = {LEADER: 1, **needs}
    have = Counter(mark for one in members for mark in one.marks)
    return {mark: least - have[mark] for mark, least in wanted.items() if have[mark] < least}


def _check(pool: Sequence[Candidate], size: int, missing: Mapping[str, int]) -> None:
    if len(pool) < size:
        raise Invalid("draw_too_few", wanted=size, there=len(pool))
    have = Counter(mark for one in pool for mark in one.marks)
    for mark, least in missing.items():
        if have[mark] < least:
            raise Invalid("draw_field_missing", reason=mark)
    if fewest(pool, missing) > size:
        raise Invalid("draw_impossible")


def fewest(pool: Sequence[Candidate], missing: Mapping[str, int]) -> int:
    """Say how many experts it takes at least to meet needs; more than the pool where they cannot be met."""
    marks = sorted(missing)
    reached = {tuple(missing[mark] for mark in marks): 0}
    best = len(pool) + 1
    for kind, number in Counter(frozenset(one.marks & missing.keys()) for one in pool).items():
        for _ in range(min(number, sum(missing.values()))):
            for open_, used in list(reached.items()):
                after = tuple(max(0, need - (mark in kind)) for mark, need in zip(marks, open_, strict=True))
                if used + 1 < reached.get(after, best):
                    reached[after] = used + 1
    return reached.get((0,) * len(marks), best)


# ---- the record ------------------------------------------------------------------------------------------------


def candidate(row: Mapping[str, Any]) -> Candidate:
    """Read a candidate of a record."""
    return Candidate(str(row["id"]), frozenset(row["fields"]), bool(row["leads"]))


def replay(record: Mapping[str, Any]) -> Drawn:
    """Draw again from a record alone. Raises Invalid ``draw_record`` for one that is no record or was changed."""
    try:
        if record["format"] != FORMAT or pool_hash(record["pool"]) != record["pool_sha256"]:
            raise Invalid("draw_record")
        return draw(
            str(record["seed"]),
            str(record["pool_sha256"]),
            [candidate(row) for row in record["pool"]],
            size=int(record["size"]),
            needs={str(key): int(least) for key, least in record["needs"].items()},
            kept=[candidate(row) for row in record["kept"]],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid("draw_record") from error


def agrees(record: Mapping[str, Any]) -> bool:
    """Say whether a record's result is what its seed and pool give."""
    again = replay(record)
    result = record.get("result") or {}
    return (list(again.experts), again.leader) == (list(result.get("experts") or ()), result.get("leader"))
