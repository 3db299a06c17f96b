"""Ten cases, five reviewers each, all handing in at the same moment, round after round: nobody is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from tests.engine.diagrams import EACH, NAMESPACES, el, ext, flows
from tests.server import stage
from tests.server.conftest import House
from workflows import consistency, definitions, instances, trail
from workflows.access import SYSTEM
from workflows.models import Definition, Incident, Task

CASES = 10
REVIEWERS = ("sun", "qian", "zhou", "feng", "xu")
_EACH = (
    EACH.format("", "").replace('collection="xs"', "").replace(">xs<", ">panel<").replace('name="x"', 'name="expert"')
)
REVIEW = (
    f"<definitions {NAMESPACES}>"
    '<process id="review" name="评审"><startEvent id="s"/><endEvent id="e"/><exclusiveGateway id="into"/>'
    '<exclusiveGateway id="enough" default="enough_into"/>'
    + el("userTask", "judge", ext('<qs:assignment person="=expert"/><qs:form key="opinion"/>') + _EACH, name="意见")
    + flows("s>into into>judge judge>enough enough>e?stop=true enough>into")
    + "</process></definitions>"
).encode()
OPINION = {
    "type": "default",
    "id": "f",
    "schemaVersion": 19,
    "components": [
        {
            "type": "textfield",
            "id": "field_words",
            "key": "words",
            "label": "意见",
            "validate": {"required": True},
            "properties": {"label_en": "Words"},
        }
    ],
}


def cases(house: House) -> list[str]:
    """Open the cases, each with its five reviewers."""
    began = house.clock.at - timedelta(days=2)
    with house.sessions.begin() as session:
        definition = definitions.deploy(
            session,
            house.application,
            SYSTEM,
            family="reviews",
            files={"review.bpmn": REVIEW},
            forms={"opinion": OPINION},
            valid_from=date(2020, 1, 1),
            root="review",
            names=("评审", "Review"),
            now=began,
        )
        definitions.activate(session, SYSTEM, definition.id, now=began)
        for number in range(CASES):
            instances.start(
                session,
                house.application,
                SYSTEM,
                definition=session.get_one(Definition, definition.id),
                instance_id=f"00000000-0000-4000-8000-{number:012}",
                business_key=f"R-{number}",
                subject="兰州钢铁有限公司",
                region_code="620102",
                variables={"panel": list(REVIEWERS), "stop": False},
                parties=[],
                now=began,
            )
    return [f"00000000-0000-4000-8000-{number:012}" for number in range(CASES)]


def waiting(house: House, ids: list[str], visit: int) -> list[tuple[str, str]]:
    """Give the open tasks of a round with their reviewers; there are five in every case."""
    with house.looking() as session:
        query = select(Task.instance_id, Task.id, Task.item).where(Task.instance_id.in_(ids), Task.status == "open")
        rows = session.execute(query.where(Task.visit == visit).order_by(Task.instance_id, Task.id)).all()
    found = [(row.id, str(row.item["value"])) for row in rows]
    assert sorted((row.instance_id, row.item["value"]) for row in rows) == sorted(
        (case, name) for case in ids for name in REVIEWERS
    )
    return found


def hand_in(house: House, round_: int, everybody: list[tuple[str, str]]) -> list[Any]:
    """Let everybody hand in at the same moment."""
    barrier = Barrier(len(everybody))

    def one(task: str, who: str) -> tuple[int, str]:
        barrier.wait(30)
        key = {"Idempotency-Key": f"{task}:{round_}"}
        answer = house.api(who, "POST", f"/tasks/{task}/complete", json={"answers": {"words": "同意"}}, headers=key)
        return answer.status_code, answer.text[:200]

    with ThreadPoolExecutor(len(everybody)) as pool:
        return list(pool.map(lambda pair: one(*pair), everybody))


@pytest.mark.database
@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.night)])
def test_all_reviewers_of_ten_cases_succeed_in_the_same_moment(either: House, rounds: int) -> None:
    """Twenty rounds are a thousand of a thousand: every case goes on each time, nothing is refused or fails."""
    ids = cases(either)
    answers = [
        answer for visit in range(1, rounds + 1) for answer in hand_in(either, visit, waiting(either, ids, visit))
    ]
    bad = [answer for answer in answers if answer[0] != 200]
    assert (len(answers), bad) == (rounds * CASES * len(REVIEWERS), [])
    waiting(either, ids, rounds + 1)
    with either.looking() as session:
        assert session.scalars(select(Incident.id).where(Incident.instance_id.in_(ids))).all() == []
        assert list(consistency.check(session, either.application)) == []
        assert trail.verify(session).ok
    assert set(REVIEWERS) <= set(stage.PANEL)
