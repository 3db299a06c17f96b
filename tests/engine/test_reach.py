"""From which elements a token gets to a join, against a plain search, on diagrams made by dice."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest

from workflows.engine.reach import Ways


def elements(dice: random.Random) -> dict[str, Any]:
    names = [f"n{number}" for number in range(dice.randint(2, 12))]
    made = {name: SimpleNamespace(name=name, outgoing=[], incoming=[], boundaries=()) for name in names}
    for number in range(dice.randint(1, 24)):
        flow = SimpleNamespace(id=f"f{number}", source=dice.choice(names), target=dice.choice(names))
        made[flow.source].outgoing.append(flow)
        made[flow.target].incoming.append(flow)
    made[names[0]].boundaries = (names[-1],)
    return made


def searched(made: dict[str, Any], source: str, join: str, *, boundaries: bool) -> set[str]:
    """Give the elements from which one gets to ``source`` without passing the join."""
    found = {source} - {join}
    while True:
        more = {
            name
            for name, element in made.items()
            for target in (*(flow.target for flow in element.outgoing), *(element.boundaries if boundaries else ()))
            if target in found and name != join
        }
        if more <= found:
            return found
        found |= more


@pytest.mark.parametrize("boundaries", [True, False])
@pytest.mark.parametrize("seed", range(100))
def test_a_join_knows_where_a_token_can_still_come_from(seed: int, boundaries: bool) -> None:
    made = elements(random.Random(seed))
    ways = Ways(made, boundaries=boundaries)
    for join in made.values():
        found = ways.to(join)
        for flow in join.incoming:
            names = {name for name, bit in ways.bits.items() if found[flow.id] & bit}
            assert names == searched(made, flow.source, join.name, boundaries=boundaries)
