"""The trail grows in the caller's transaction and gives every change of the past away."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.world import World
from workflows import trail


@pytest.mark.database
def test_an_act_takes_the_next_place_in_its_chain(session: Session, world: World, now: datetime) -> None:
    li = world.somebody("li")
    first, second = (
        trail.append(
            session, chain="system", actor=li, action="x.done", subject_type="x", subject_id="1", payload={}, now=now
        )
        for _ in range(2)
    )
    session.flush()
    assert (first.seq, second.seq) == (1, 2)
    assert second.prev_hash == first.hash
