from __future__ import annotations

from typing import Any

import pytest

from tests.engine.diagrams import EACH, PARALLEL, SEQUENTIAL, diagram, el, files, process, user
from tests.engine.run import Run
from workflows.engine.step import AddSigner, Complete, RemoveSigner
from workflows.errors import Conflict, EngineError

SHEET = '<extensionElements><qs:output source="points" target="sheet"/></extensionElements>'
ENOUGH = EACH.format("", "<completionCondition>nrOfCompletedInstances * 2 >= nrOfInstances</completionCondition>")


def panel(loop: str, *people: str) -> Run:
    return Run(diagram(el("userTask", "m", SHEET + loop) + user("z"), "s>m m>z z>e"), xs=list(people))


def sign(run: Run, *people: str) -> Run:
    for person in people:
        run.send(Complete(next(task.id for task in run.tasks.values() if task.item == person), {"points": person}))
    return run


def who(run: Run) -> list[Any]:
    return [task.item for task in run.tasks.values()]


def add(run: Run, *people: str, before: bool = False) -> None:
    run.send(AddSigner(run.task("m").id, people, before, "asked"))


def remove(run: Run, item: int | None = None) -> None:
    run.send(RemoveSigner(run.task("m").id, item))


def test_one_more_signs_at_once() -> None:
    run = panel(PARALLEL, "a", "b")
    add(run, "c", "d")
    assert who(run) == ["a", "b", "c", "d"]
    sign(run, "c", "a", "d")
    assert run.open == ["m"]
    assert sign(run, "b").task("z").variables["sheets"] == ["a", "b", "c", "d"]
    assert run.trail("signer.added") == ["m"]


def test_the_task_waits_for_those_put_before_it() -> None:
    run = panel(PARALLEL, "a", "b")
    held = run.task("m").id
    add(run, "c", "d", before=True)
    assert held not in run.tasks
    assert who(run) == ["b", "c", "d"]
    sign(run, "c", "b")
    assert who(run) == ["d"]
    assert who(sign(run, "d")) == ["a"]
    assert sign(run, "a").task("z").variables["sheets"] == ["a", "b", "c", "d"]


def test_the_next_in_line_comes_after_or_before_the_present_one() -> None:
    run = panel(SEQUENTIAL, "a", "b")
    add(run, "c", "d")
    assert who(run) == ["a"]
    for person in ("a", "c", "d", "b"):
        assert who(run) == [person]
        sign(run, person)
    assert run.task("z").variables["sheets"] == ["a", "c", "d", "b"]
    run = panel(SEQUENTIAL, "a", "b")
    add(run, "c", before=True)
    for person in ("c", "a", "b"):
        assert who(run) == [person]
        sign(run, person)
    assert run.task("z").variables["sheets"] == ["c", "a", "b"]


def test_a_signer_is_taken_out() -> None:
    run = panel(PARALLEL, "a", "b", "c")
    step_before = dict(run.tasks)
    remove(run)
    assert who(run) == ["b", "c"]
    assert len(step_before) == 3
    sign(run, "b")
    with pytest.raises(Conflict) as caught:
        remove(run)
    assert caught.value.values["reason"] == "last"
    with pytest.raises(Conflict):
        remove(run, 1)
    assert sign(run, "c").task("z").variables["sheets"] == ["b", "c"]


def test_a_signer_of_later_is_taken_out() -> None:
    run = panel(SEQUENTIAL, "a", "b", "c", "d")
    remove(run, 2)
    remove(run)
    assert who(run) == ["b"]
    assert who(sign(run, "b")) == ["d"]
    with pytest.raises(Conflict):
        remove(run)
    for number in (0, 1, 2, 7, -1):
        with pytest.raises(Conflict):
            remove(run, number)
    assert sign(run, "d").task("z").variables["sheets"] == ["b", "d"]


def test_who_waits_for_another_is_taken_out_with_nothing_left_open() -> None:
    run = panel(PARALLEL, "a", "b")
    add(run, "c", before=True)
    remove(run, 0)
    assert who(run) == ["b", "c"]
    assert sign(run, "b", "c").open == ["z"]
    run = panel(PARALLEL, "a", "b")
    add(run, "c", before=True)
    remove(run, 2)
    assert sorted(who(run)) == ["a", "b"]
    assert sign(run, "a", "b").open == ["z"]


def test_the_completion_condition_is_asked_again() -> None:
    run = panel(ENOUGH, "a", "b", "c", "d")
    sign(run, "a")
    remove(run, 3)
    assert run.open == ["m", "m"]
    remove(run, 2)
    assert run.open == ["z"]
    run = panel(ENOUGH, "a", "b", "c")
    add(run, "d", "f")
    sign(run, "a", "b")
    assert run.open == ["m"] * 3
    assert sign(run, "c").open == ["z"]


def test_the_panel_of_a_called_process_grows_from_within() -> None:
    loop = el("callActivity", "c", PARALLEL, calledElement="Q")
    run = Run(files(process(loop, "s>c c>e"), process(user("k"), "s>k k>e", key="Q")), xs=["a"])
    run.send(AddSigner(run.task("k").id, ("b",)))
    assert who(run) == ["a", "b"]
    run.send(AddSigner(run.task("k").id, ("c",), before=True))
    assert who(run) == ["b", "c"]
    run.send(Complete(run.task("k", 1).id))
    assert who(run) == ["b", "a"]
    run.do("k", "k")
    assert run.status == "completed"


def test_what_is_no_panel_takes_no_signer() -> None:
    run = panel(PARALLEL, "a")
    for command in (AddSigner("stale", ("x",)), RemoveSigner("stale"), AddSigner(run.task("m").id, ())):
        with pytest.raises(Conflict):
            run.send(command)
    sign(run, "a")
    for command in (AddSigner(run.task("z").id, ("x",)), RemoveSigner(run.task("z").id)):
        with pytest.raises(Conflict):
            run.send(command)


def test_a_panel_has_a_limit() -> None:
    run = panel(PARALLEL, "a")
    with pytest.raises(EngineError):
        add(run, *map(str, range(1000)))
