"""Random walks: whatever comes in whatever order, the rows kept from Steps are what the state holds."""

from __future__ import annotations

import random
from typing import Any

import pytest

from feel import for_thread
from tests.engine.diagrams import (
    ERROR,
    MESSAGE,
    ON_ERROR,
    ON_MESSAGE,
    PARALLEL,
    el,
    files,
    flows,
    process,
    service,
    timer,
    user,
)
from tests.engine.run import NOW, Run
from workflows.engine.expressions import Context
from workflows.engine.saved import load, save
from workflows.engine.specs.activities import UserTask
from workflows.engine.step import Change, Complete, Deliver, Fire, JobDone, JobFailed, Resume, Suspend
from workflows.engine.token import READY
from workflows.errors import Conflict

INNER = (
    el("startEvent", "s2", ON_MESSAGE, isInterrupting="false") + el("endEvent", "e2") + user("n") + flows("s2>n n>e2")
)
STOP = (
    el("startEvent", "s3", timer("timeDuration", "P9D"))
    + el("endEvent", "e3")
    + user("stop")
    + flows("s3>stop stop>e3")
)
OUT = '<qs:output source="v" target="v"/>'
MODEL = files(
    process(
        el("parallelGateway", "g j")
        + el("exclusiveGateway", "into x y z")
        + user("a b", OUT)
        + user("q", '<qs:output source="again" target="again"/>')
        + service("w")
        + el("userTask", "m", PARALLEL)
        + el("callActivity", "c", calledElement="Q")
        + el("boundaryEvent", "t", timer("timeCycle", "R/P1D"), attachedToRef="c", cancelActivity="false")
        + el("boundaryEvent", "d", timer("timeDate", "=due"), attachedToRef="a")
        + el("boundaryEvent", "f", ON_ERROR, attachedToRef="w")
        + el("subProcess", "es", INNER, triggeredByEvent="true")
        + el("subProcess", "st", STOP, triggeredByEvent="true")
        + user("late"),
        "s>into into>g g>a g>b g>w g>m g>c a>y d>y y>j b>j w>z f>z z>j m>j c>j j>q q>x t>late late>e "
        "x>into?again x>e?not(again)",
    ),
    process(
        user("k l")
        + el("inclusiveGateway", "i", default="i_o")
        + el("inclusiveGateway", "o")
        + el("intermediateCatchEvent", "msg1", ON_MESSAGE),
        "s>i i>k?v>=0 i>l?v>1 i>msg1?v>2 i>o k>o l>o msg1>o o>e",
        key="Q",
    ),
    top=MESSAGE + ERROR,
)


def rows_of(run: Run) -> dict[str, set[str]]:
    """Read from the bytes what waits."""
    assert run.state is not None
    instance = load(run.definition, run.state, Context(for_thread(), NOW, "Asia/Shanghai"))
    assert save(instance) == run.state
    found: dict[str, set[str]] = {"tasks": set(), "timers": set(), "subscriptions": set(), "jobs": set()}
    for scope in instance.scopes():
        for token in scope.live.values():
            key = instance.public(token.number)
            if isinstance(token.element, UserTask) and token.has_state(READY):
                found["tasks"].add(key)
            if "timer" in token.internal_data:
                found["timers"].add(instance.public(token.internal_data["timer"]))
            if "listens" in token.internal_data:
                found["subscriptions"].add(key)
            if "job" in token.internal_data:
                found["jobs"].add(key)
    return found


def command(run: Run, dice: random.Random) -> Any:
    choices: list[Any] = []
    for task in run.tasks.values():
        answers = {"v": dice.randrange(4), "again": dice.random() < 0.6}
        choices += [Complete(task.id, answers)] * 4
    choices += [Fire(key) for key in run.timers]
    choices += [Deliver(key, {"v": 2}) for key in run.subscriptions]
    choices += [JobDone(key) for key in run.jobs] * 2 + [JobFailed(key, "E1") for key in run.jobs]
    choices += [Change({"due": "2026-05-01", "v": 1}), Suspend(), Fire("stale"), JobDone("stale"), Complete("stale")]
    return dice.choice(choices)


@pytest.mark.parametrize("seed", range(40))
def test_rows_are_what_the_state_holds_on_every_walk(seed: int) -> None:
    dice = random.Random(seed)
    run = Run(MODEL, xs=[1, 2], due="2026-04-01", v=1, again=False)
    for _ in range(60):
        chosen = command(run, dice)
        if isinstance(chosen, JobDone | JobFailed):
            run.jobs.pop(chosen.job, None)
        before = run.state
        try:
            run.send(chosen)
        except Conflict:
            assert run.state == before
        if run.status == "suspended":
            run.send(Resume())
        assert rows_of(run) == {
            "tasks": set(run.tasks),
            "timers": set(run.timers),
            "subscriptions": set(run.subscriptions),
            "jobs": set(run.jobs),
        }
        assert run.state is not None
        assert len(run.state) < 4_000
        assert not any(event.kind == "instance.stuck" for event in run.events)
        if run.status == "completed":
            break
    sequence = [event.seq for event in run.events]
    assert sequence == sorted(set(sequence))
