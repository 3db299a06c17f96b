"""Returns out of parallel branches with armed timers and out of countersignings: a table, and walks by dice.

The diagram: a, then two branches at once: b, b2 (each with a reminder), and c, a countersigning m by three experts at
once (with a reminder), c2; they join; d; a countersigning q by two experts in turn (with a reminder); z.
Whatever goes back: no task is lost, doubled or left over, exactly the timers of what is open are armed, and the case can
be brought to its end.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.engine.diagrams import EACH, NAMESPACES, el, ext, flows, timer
from tests.workflows.permit import Office, office
from workflows import consistency, instances, returns, runtime, tasks
from workflows.access import SYSTEM, load_actor
from workflows.db import make_engine, make_sessions
from workflows.engine.step import Fire
from workflows.errors import Conflict
from workflows.models import Definition, Incident, Instance, Submission, Task, Timer
from workflows.settings import Settings

MANY, TURN = ("sun", "qian", "zhou"), ("sun", "qian")
TIMED = ("b", "b2", "m", "q")


def _task(key: str, who: str = 'role="competent_bureau"', more: str = "") -> str:
    return el("userTask", key, ext(f'<qs:assignment {who}/><qs:actions return="yes"/>') + more, name=key)


def _panel(people: str, *, in_turn: bool = False) -> str:
    each = EACH.format(' isSequential="true"' if in_turn else "", "").replace(">xs<", f">{people}<")
    return each.replace('"it"', f'"it_{people}"').replace('"ot"', f'"ot_{people}"').replace('name="x"', 'name="expert"')


MODEL = (
    f"<definitions {NAMESPACES}>"
    '<process id="procedure" name="会签"><startEvent id="s"/><endEvent id="e"/>'
    '<parallelGateway id="split"/><parallelGateway id="join"/>'
    + "".join(_task(key) for key in ("a", "b", "b2", "c", "c2", "d", "z"))
    + _task("m", 'person="=expert"', _panel("many"))
    + _task("q", 'person="=expert"', _panel("turn", in_turn=True))
    + "".join(
        el("boundaryEvent", f"t_{key}", timer("timeDuration", "P10D"), attachedToRef=key, cancelActivity="false")
        + _task(f"n_{key}")
        + el("endEvent", f"e_{key}")
        for key in TIMED
    )
    + flows(
        "s>a a>split split>b split>c b>b2 b2>join c>m m>c2 c2>join join>d d>q q>z z>e "
        + " ".join(f"t_{key}>n_{key} n_{key}>e_{key}" for key in TIMED)
    )
    + "</process></definitions>"
).encode()


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Deploy the diagram once; every scenario is a transaction that is rolled back."""
    import shutil

    from tests import world

    path = tmp_path_factory.mktemp("returns") / "returns.db"
    shutil.copyfile(sqlite_template, path)
    settings = Settings(database_url=f"sqlite:///{path}", mode="test", fast_and_unsafe=True)
    engine = make_engine(settings)
    yield office(make_sessions(engine), settings, world.NOW, files={"procedure.bpmn": MODEL}, forms={})
    engine.dispose()


@dataclass
class Play:
    """One case, moved by the verbs."""

    house: Office
    session: Session
    case: str

    def open(self) -> list[Task]:
        query = select(Task).where(Task.instance_id == self.case, Task.status == "open")
        return list(self.session.scalars(query.order_by(Task.opened_at, Task.id)))

    def elements(self) -> str:
        """Say what is open: each element, with how often where it is more than once."""
        counted = Counter(task.element for task in self.open())
        return " ".join(f"{key}*{count}" if count > 1 else key for key, count in sorted(counted.items()))

    def task(self, element: str) -> Task:
        return next(task for task in self.open() if task.element == element)

    def who(self, task: Task) -> Any:
        return load_actor(self.session, self.house.app.roles, str(task.item.get("value") or "li"), self.house.now)

    def do(self, *elements: str) -> None:
        for element in elements:
            task = self.task(element)
            tasks.complete(self.session, self.house.app, self.who(task), task.id, {}, now=self.house.now)

    def back(self, source: str, target: str, **options: Any) -> None:
        task = self.task(source)
        values = {"reason": "again", "now": self.house.now, **options}
        returns.return_(self.session, self.house.app, self.who(task), task.id, target, **values)

    def ring(self, element: str) -> None:
        """Let the reminder of an element ring."""
        one = self.armed()[f"t_{element}"]
        instance = runtime.lock(self.session, self.case)
        runtime.advance(self.session, self.house.app, instance, Fire(one.id), SYSTEM, one.due_at)

    def armed(self) -> dict[str, Timer]:
        query = select(Timer).where(Timer.instance_id == self.case, Timer.status == "armed")
        rows = list(self.session.scalars(query))
        found = {row.element: row for row in rows}
        assert len(found) == len(rows), "a timer is armed twice"
        return found

    def check(self, rung: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """No task is doubled, exactly the timers of what is open are armed, rows and state agree, nothing is stuck."""
        self.session.flush()
        found = Counter((task.element, str(task.item.get("value"))) for task in self.open())
        assert {key: count for key, count in found.items() if count > 1 and not key[0].startswith("n_")} == {}
        here = {task.element for task in self.open()}
        assert set(self.armed()) <= {f"t_{key}" for key in TIMED if key in here}
        assert {f"t_{key}" for key in TIMED if key in here and key not in rung} <= set(self.armed())
        instance = self.session.get_one(Instance, self.case, populate_existing=True)
        assert consistency.differences(self.session, self.house.app, runtime.lock(self.session, self.case)) == []
        assert instance.status == ("running" if self.open() else "completed")

    def finish(self) -> None:
        """Bring the case to its end by completing what is open, and find nothing left over or left out."""
        for _ in range(80):
            waiting = self.open()
            if not waiting:
                break
            self.do(waiting[0].element)
        instance = self.session.get_one(Instance, self.case, populate_existing=True)
        assert (instance.status, self.elements(), self.armed()) == ("completed", "", {})
        done = Counter(self.session.scalars(select(Submission.element).where(Submission.instance_id == self.case)))
        assert all(done[key] for key in ("a", "b", "b2", "c", "c2", "d", "z")), done
        assert (done["m"] >= len(MANY), done["q"] >= len(TURN)) == (True, True)
        wrong = select(Incident.id).where(Incident.instance_id == self.case)
        assert self.session.scalars(wrong).all() == []


@pytest.fixture
def play(house: Office) -> Iterator[Play]:
    with house.sessions() as session:
        case = "00000000-0000-4000-8000-000000000777"
        instances.start(
            session, house.app, SYSTEM, definition=session.get_one(Definition, house.definition_id), instance_id=case,
            business_key="R-1", subject="兰州钢铁有限公司", region_code="620102",
            variables={"many": list(MANY), "turn": list(TURN)},
            parties=(("competent_bureau", "lanzhou_bureau", None),), now=house.now,
        )  # fmt: skip
        yield Play(house, session, case)
        session.rollback()


# what was done | from > to, options | what is open then
TABLE = """
a | b > a | a
a | c > a | a
a b | b2 > a | a
a b | c > a | a
a b | b2 > b | b c
a c | m > c | b c
a c | m > a | a
a c | b > a | a
a b c | b2 > a | a
a b c | m > a | a
a b c | b2 > b | b m*3
a b c | m > c | b2 c
a c m | m > c | b c
a c m | m > a | a
a c m m | m > c | b c
a c m m | m > a | a
a c m m | b > a | a
a c m m m | c2 > m | b m*3
a c m m m | c2 > c | b c
a c m m m | c2 > a | a
a b c m | b2 > b | b m*2
a b c m m | b2 > a | a
a b b2 | c > a | a
a b b2 c | m > c | c
a b b2 c m | m > a | a
a b b2 c m m m | c2 > m | m*3
a b b2 c m m m | c2 > a | a
a c m m m c2 | b > a | a
a c m m m c2 b | b2 > b | b
a b b2 c m m m c2 | d > b2 | b2
a b b2 c m m m c2 | d > b | b
a b b2 c m m m c2 | d > m | m*3
a b b2 c m m m c2 | d > c2 | c2
a b b2 c m m m c2 | d > b2, redo | b c
a b b2 c m m m c2 | d > m, redo | b c
a b b2 c m m m c2 | d > a | a
a b b2 c m m m c2 d | q > d | d
a b b2 c m m m c2 d | q > m | m*3
a b b2 c m m m c2 d q | q > d | d
a b b2 c m m m c2 d q | q > a | a
a b b2 c m m m c2 d q | q > c2 | c2
a b b2 c m m m c2 d q | q > b, redo | b c
a b b2 c m m m c2 d q q | z > q | q
a b b2 c m m m c2 d q q | z > m | m*3
a b b2 c m m m c2 d q q | z > d | d
a b b2 c m m m c2 d q q | z > a | a
a b b2 c m m m c2 d q q | z > b, redo | b c
a b | b2 > a, afresh | a
a b c m m m | c2 > m, afresh | b2 m*3
a b | b2 > a, straight | a c
a c m m m | c2 > m, straight | b m*3
a b c m m m | c2 > a, straight | a b2
"""
SCENARIOS = [tuple(part.strip() for part in line.split("|")) for line in TABLE.strip().splitlines()]
OPTIONS = {"redo": {"others": "redo"}, "afresh": {"timers": "afresh"}, "straight": {"then": "straight"}}


@pytest.mark.parametrize(("done", "move", "after"), SCENARIOS, ids=[f"{one[0]}: {one[1]}" for one in SCENARIOS])
def test_a_return_leaves_what_it_should_and_the_case_ends(play: Play, done: str, move: str, after: str) -> None:
    play.do(*done.split())
    play.check()
    way, _comma, option = move.partition(",")
    source, target = (part.strip() for part in way.split(">"))
    play.back(source, target, **OPTIONS.get(option.strip(), {}))
    assert play.elements() == after
    play.check()
    play.finish()


@pytest.mark.parametrize("source", ["b", "b2", "m", "q"])
def test_a_reminder_that_has_rung_is_no_longer_there_after_a_return(play: Play, source: str) -> None:
    """What a reminder opened goes with the task that it reminded of; done again, the task has its reminder again."""
    way = {"b": "a", "b2": "a b", "m": "a c", "q": "a b b2 c m m m c2 d"}[source]
    play.do(*way.split())
    play.ring(source)
    assert f"n_{source}" in play.elements()
    play.back(source, "a")
    assert play.elements() == "a"
    play.check()
    play.do(*way.split())
    assert f"t_{source}" in play.armed()
    play.finish()


def test_nobody_returns_into_a_step_that_is_away_on_an_errand(play: Play) -> None:
    """It comes straight back to where it was; a reminder of it must not begin it beside that."""
    play.do("a", "c", "m", "m")
    play.ring("m")
    play.back("m", "a", then="straight")
    with pytest.raises(Conflict) as caught:
        play.back("n_m", "m")
    assert caught.value.values["reason"] == "open"
    play.do("a")
    assert play.elements() == "b m*3 n_m"
    play.finish()


def test_nobody_returns_before_what_waits_at_a_join_for_another_visit(play: Play) -> None:
    """What an errand to the first step left in one branch is known where the branches have met: it would count twice."""
    play.do("a", "b", "b2", "c")
    play.back("m", "a", then="straight")
    play.back("a", "c")
    play.do("c", "m", "m", "m", "c2")
    play.back("d", "b")
    with pytest.raises(Conflict) as caught:
        play.back("b", "a", others="redo")
    assert caught.value.values["reason"] == "several"
    play.check()
    play.finish()


def walk(play: Play, seed: int, steps: int) -> int:
    """Do what the dice say; gives how often it went back."""
    dice, went_back, rung = random.Random(seed), 0, set[str]()
    for _ in range(steps):
        waiting = play.open()
        if not waiting:
            return went_back
        task = dice.choice(waiting)
        chosen = dice.random()
        if chosen < 0.6:
            play.do(task.element)
        elif chosen < 0.7 and play.armed():
            element = dice.choice(sorted(play.armed())).removeprefix("t_")
            play.ring(element)
            rung.add(element)
        else:
            offered = returns.targets(play.session, play.house.app, play.who(task), task.id)
            legal = [one.element for one in offered if one.legal]
            if legal:
                options = {
                    "others": dice.choice(["keep", "redo"]),
                    "then": dice.choice(["follow", "follow", "straight"]),
                    "timers": dice.choice(["afresh", "resume"]),
                }
                held = play.session.begin_nested()
                try:
                    returns.return_(
                        play.session, play.house.app, play.who(task), task.id, dice.choice(legal), reason="dice",
                        now=play.house.now, **options,
                    )  # fmt: skip
                    held.commit()
                    went_back += 1
                except Conflict as refused:
                    held.rollback()
                    if refused.code != "not_returnable":
                        raise
        play.check(rung=set(TIMED) if rung else set())
    return went_back


@pytest.mark.parametrize("seed", range(3))
def test_no_walk_loses_doubles_or_leaves_a_task(play: Play, seed: int) -> None:
    walk(play, seed, 25)
    play.finish()


@pytest.mark.night
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 200))
def test_no_walk_loses_doubles_or_leaves_a_task_all_night(play: Play, seed: int) -> None:
    walk(play, seed, 60)
    play.finish()
