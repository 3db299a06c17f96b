from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from feel import for_thread
from tests.engine.diagrams import (
    ERROR,
    MESSAGE,
    ON_ERROR,
    ON_MESSAGE,
    PARALLEL,
    SEQUENTIAL,
    diagram,
    el,
    ext,
    files,
    flows,
    process,
    service,
    timer,
    user,
)
from tests.engine.run import NOW, Run
from workflows.engine import advance, returnable
from workflows.engine.step import Complete, Move, Retry, Return, Skip, Suspend, Withdraw
from workflows.errors import Conflict

ROW = diagram(user("a b c"), "s>a a>b b>c c>e")
AND = diagram(user("a b b2 c c2 d") + el("parallelGateway", "g j"), "s>a a>g g>b g>c b>b2 b2>j c>c2 c2>j j>d d>e")


def back(run: Run, source: str, target: str, **options: Any) -> Run:
    run.send(Return(run.task(source).id, target, **options))
    return run


def legal(run: Run, source: str) -> set[str]:
    assert run.state is not None
    return {one.element for one in returnable(run.definition, run.state, run.task(source).id) if one.legal}


def reasons(run: Run, source: str) -> dict[str, str]:
    assert run.state is not None
    return {one.element: one.reason for one in returnable(run.definition, run.state, run.task(source).id)}


def refused(run: Run, source: str, target: str, reason: str, **options: Any) -> None:
    before = run.state
    with pytest.raises(Conflict) as caught:
        back(run, source, target, **options)
    assert (caught.value.code, caught.value.values["reason"]) == ("not_returnable", reason)
    assert run.state == before


# ---- return


def test_a_task_goes_back_to_an_earlier_one_and_on_again() -> None:
    run = Run(ROW).do("a", "b", x=1)
    task = run.task("c").id
    step = back(run, "c", "a", reason="wrong date").step
    assert run.open == ["a"]
    assert [(one.id, one.why) for one in step.closed] == [(task, "returned")]
    assert step.opened[0].visit == 2
    told = next(event for event in step.events if event.kind == "token.returned")
    assert (told.element, told.data["to"], told.data["reason"]) == ("c", "a", "wrong date")
    assert run.do("a", "b", "c").status == "completed"


def test_a_returned_task_is_not_answered_any_more() -> None:
    run = Run(ROW).do("a")
    task = run.task("b").id
    back(run, "b", "a")
    with pytest.raises(Conflict):
        run.send(Complete(task, {}))


def test_one_returns_only_to_what_lies_behind() -> None:
    run = Run(ROW).do("a")
    assert legal(run, "b") == {"a"}
    assert reasons(run, "b") == {"a": "", "b": "here", "c": "not_behind", "s": "kind", "e": "kind"}
    refused(run, "b", "c", "not_behind")
    refused(run, "b", "s", "kind")
    refused(run, "b", "nothing", "inside")


def test_nothing_returns_while_suspended() -> None:
    run = Run(ROW).do("a")
    run.send(Suspend())
    with pytest.raises(Conflict):
        back(run, "b", "a")


def test_the_variables_stay_as_the_task_saw_them() -> None:
    model = diagram(user("a b", '<qs:output source="v" target="v"/>') + user("c"), "s>a a>b b>c c>e")
    run = Run(model).do("a", v=1).do("b", v=2)
    assert back(run, "c", "a").task("a").variables == {"v": 2}


def test_out_of_a_branch_every_branch_is_withdrawn() -> None:
    for order in permutations(["b", "c"]):
        for source in ("b2", "c2"):
            run = Run(AND).do("a", *order)
            back(run, source, "a")
            assert run.open == ["a"]
            run.do("a", "b", "c", "b2", "c2", "d")
            assert run.status == "completed"


def test_arrivals_that_wait_at_the_join_are_withdrawn() -> None:
    run = Run(AND).do("a", "b", "b2", "c")
    assert back(run, "c2", "a").open == ["a"]
    run.do("a", "c", "c2")
    assert run.open == ["b"]


def test_inside_a_branch_the_others_are_untouched() -> None:
    run = Run(AND).do("a", "b", "c")
    other = run.task("c2").id
    assert back(run, "b2", "b").open == ["b", "c2"]
    assert run.task("c2").id == other
    run.do("b", "b2", "c2", "d")
    assert run.status == "completed"


def test_a_branch_does_not_lie_behind_its_sibling() -> None:
    run = Run(AND).do("a", "b", "c")
    assert legal(run, "b2") == {"a", "b"}


def test_into_a_joined_branch_the_others_are_kept() -> None:
    run = Run(AND).do("a", "b", "c", "c2", "b2")
    assert run.state is not None
    found = {one.element: one for one in returnable(run.definition, run.state, run.task("d").id)}
    assert [found[name].joined for name in ("a", "b", "b2", "c", "c2")] == [False, True, True, True, True]
    assert back(run, "d", "b").open == ["b"]
    assert legal(run, "b") == {"a"}
    run.do("b")
    assert legal(run, "b2") == {"a", "b"}
    assert run.do("b2").open == ["d"]
    assert back(run, "d", "c2").open == ["c2"]
    assert run.do("c2", "d").status == "completed"


def test_into_a_joined_branch_everything_is_done_again() -> None:
    run = Run(AND).do("a", "b", "c", "c2", "b2")
    assert back(run, "d", "b2", others="redo").open == ["b", "c"]
    run.do("b", "c", "c2", "b2")
    assert run.open == ["d"]
    assert back(run, "d", "a").open == ["a"]


def test_nested_blocks_keep_what_each_join_has_met() -> None:
    model = diagram(
        user("a b c d f z")
        + el("parallelGateway", "g j")
        + el("inclusiveGateway", "h", default="h_d")
        + el("inclusiveGateway", "k"),
        "s>a a>g g>f g>h h>b?true h>c?v h>d b>k c>k d>k k>j f>j j>z z>e",
    )
    run = Run(model, v=True).do("a", "f", "b", "c")
    assert back(run, "z", "b").open == ["b"]
    assert run.do("b").open == ["z"]
    assert back(run, "z", "c", others="redo").open == ["b", "c", "f"]
    assert run.do("f", "b", "c").open == ["z"]
    assert back(run, "z", "f").open == ["f"]
    assert run.do("f", "z").status == "completed"


def test_returns_in_loops_stay_right() -> None:
    model = diagram(
        user("a b c q") + el("parallelGateway", "g j") + el("exclusiveGateway", "into x"),
        "s>into into>a a>g g>b g>c b>j c>j j>q q>x x>into?again x>e?not(again)",
    )
    run = Run(model, again=True)
    for _ in range(3):
        run.do("a", "c", "b")
        assert back(run, "q", "c").open == ["c"]
        run.do("c")
        assert back(run, "q", "a").open == ["a"]
        run.do("a", "b", "c")
        run.do("q", again=True)
    assert run.open == ["a"]


def test_an_element_that_is_open_still_is_no_target() -> None:
    model = diagram(
        user("o a late")
        + el("boundaryEvent", "t", timer("timeDuration", "P1D"), attachedToRef="a", cancelActivity="false"),
        "s>o o>a a>e t>late late>e",
    )
    run = Run(model).do("o")
    run.fire("t")
    refused(run, "late", "a", "open")
    assert back(run, "late", "o").open == ["o"]
    assert not run.timers
    assert run.do("o", "a").status == "completed"


def test_a_visit_that_is_not_the_last_is_no_target() -> None:
    model = diagram(
        user("a n m") + el("boundaryEvent", "b", ON_MESSAGE, attachedToRef="a", cancelActivity="false"),
        "s>a a>e b>n n>m m>e",
        MESSAGE,
    )
    run = Run(model)
    run.deliver("b")
    run.deliver("b")
    run.do("n", "n")
    first, second = [task.id for task in run.tasks.values() if task.element == "m"]
    with pytest.raises(Conflict) as caught:
        run.send(Return(first, "n"))
    assert caught.value.values["reason"] == "several"
    run.send(Return(second, "n"))
    assert run.open == ["a", "m", "n"]


def test_out_of_a_multi_instance_all_items_go() -> None:
    for loop in (PARALLEL, SEQUENTIAL):
        run = Run(diagram(user("a z") + el("userTask", "m", loop), "s>a a>m m>z z>e"), xs=[1, 2, 3])
        run.do("a", "m")
        assert back(run, "m", "a").open == ["a"]
        run.do("a", "m", "m", "m")
        assert back(run, "z", "m").open == ["m"] * (3 if loop == PARALLEL else 1)
        run.do("m", "m", "m", "z")
        assert run.status == "completed"


INSIDE = files(
    process(
        user("a z")
        + el("callActivity", "c", calledElement="Q")
        + el("boundaryEvent", "t", timer("timeDate", "=due"), attachedToRef="c", cancelActivity="false")
        + user("late")
        + el("subProcess", "sub", user("i") + el("startEvent", "s4") + flows("s4>i")),
        "s>a a>sub sub>c c>z z>e t>late late>e",
    ),
    process(user("k l"), "s>k k>l l>e", key="Q"),
)


def test_out_of_a_sub_process_it_is_cancelled() -> None:
    run = Run(INSIDE, due="2026-03-01").do("a", "i", "k")
    due = run.timer("t")
    assert legal(run, "l") == {"k", "a", "sub", "c"}
    assert back(run, "l", "k").open == ["k"]
    assert run.timer("t") == due
    assert back(run, "k", "sub").open == ["i"]
    assert not run.timers
    run.do("i", "k", "l")
    assert back(run, "z", "c").open == ["k"]
    assert back(run, "k", "a").open == ["a"]
    run.do("a", "i", "k", "l", "z")
    assert run.status == "completed"


def test_into_a_finished_sub_process_the_sub_process_is_offered() -> None:
    run = Run(INSIDE, due="2026-03-01").do("a", "i", "k", "l")
    assert run.state is not None
    found = {one.element: one for one in returnable(run.definition, run.state, run.task("z").id)}
    assert (found["i"].reason, found["i"].offer) == ("inside", "sub")
    refused(run, "z", "i", "inside")


def test_straight_back_leaves_the_other_branches_alone() -> None:
    run = Run(AND).do("a", "b", "c")
    back(run, "b2", "a", then="straight")
    assert run.open == ["a", "c2"]
    assert run.do("a").open == ["b2", "c2"]
    back(run, "b2", "b", then="straight")
    assert run.do("b").open == ["b2", "c2"]
    assert back(run, "b2", "a").open == ["a"]
    assert run.do("a", "b", "b2", "c", "c2", "d").status == "completed"


def test_no_errand_begins_in_another() -> None:
    run = Run(AND).do("a", "b", "c")
    back(run, "b2", "a", then="straight")
    refused(run, "a", "b", "straight_twice", then="straight")
    assert back(run, "a", "b").open == ["b", "c2"]
    assert run.do("b", "b2", "c2", "d").status == "completed"


def test_straight_back_out_of_a_sub_process_is_refused() -> None:
    run = Run(INSIDE, due="2026-03-01").do("a", "i", "k")
    refused(run, "l", "a", "straight_out", then="straight")


def test_straight_back_to_what_could_go_elsewhere_is_refused() -> None:
    model = diagram(
        user("a b c x")
        + el("parallelGateway", "g j")
        + el("exclusiveGateway", "into")
        + el("boundaryEvent", "m", ON_MESSAGE, attachedToRef="a"),
        "s>a a>into into>g g>b g>c b>j c>j j>e m>x x>into",
        MESSAGE,
    )
    run = Run(model).do("a")
    refused(run, "b", "a", "straight_boundary", then="straight")


def test_timers_begin_afresh_or_with_what_was_left() -> None:
    model = diagram(
        user("a b late") + el("boundaryEvent", "t", timer("timeDuration", "P10D"), attachedToRef="a"),
        "s>a a>b b>e t>late late>e",
    )
    run = Run(model)
    run.wait(days=4)
    run.do("a")
    assert not run.timers
    run.wait(days=30)
    back(run, "b", "a", timers="resume")
    assert (run.timer("t").due - run.now).days == 6
    run.do("a")
    back(run, "b", "a")
    assert (run.timer("t").due - run.now).days == 10


def test_a_job_of_a_withdrawn_branch_is_taken_back() -> None:
    model = diagram(user("a b") + service("w") + el("parallelGateway", "g j"), "s>a a>g g>b g>w b>j w>j j>e")
    run = Run(model).do("a")
    assert len(run.jobs) == 1
    assert not back(run, "b", "a").jobs
    assert len(run.do("a").jobs) == 1


# ---- withdraw


def taken_back(run: Run, task: str, *touched: str) -> Run:
    run.send(Withdraw(task, frozenset(touched)))
    return run


def kept(run: Run, task: str, reason: str, *touched: str) -> None:
    before = run.state
    with pytest.raises(Conflict) as caught:
        taken_back(run, task, *touched)
    assert (caught.value.code, caught.value.values["reason"]) == ("not_withdrawable", reason)
    assert run.state == before


def test_a_completion_is_taken_back_while_nothing_followed() -> None:
    run = Run(AND)
    task = run.task("a").id
    run.do("a")
    step = taken_back(run, task).step
    assert run.open == ["a"]
    assert {one.why for one in step.closed} == {"withdrawn"}
    run.do("a", "b", "b2", "c", "c2", "d")
    assert run.status == "completed"


def test_what_followed_is_not_taken_back() -> None:
    run = Run(AND)
    first = run.task("a").id
    run.do("a")
    kept(run, first, "touched", run.task("c").id)
    with pytest.raises(Conflict):
        taken_back(run, run.task("b").id)
    run.do("b")
    kept(run, first, "done")
    last = run.task("b2").id
    run.do("b2")
    taken_back(run, last)
    run.do("b2", "c")
    other = run.task("c2").id
    run.do("c2")
    kept(run, other, "joined")


def test_what_has_ended_or_thrown_is_not_taken_back() -> None:
    model = diagram(
        user("a b") + el("intermediateThrowEvent", "th", ON_MESSAGE) + el("parallelGateway", "g"),
        "s>a a>g g>b g>th th>e b>e",
        MESSAGE,
    )
    run = Run(model)
    task = run.task("a").id
    run.do("a")
    kept(run, task, "ended")
    through = Run(diagram(user("a b") + el("intermediateThrowEvent", "th", ON_MESSAGE), "s>a a>th th>b b>e", MESSAGE))
    task = through.task("a").id
    through.do("a")
    kept(through, task, "thrown")


def test_what_a_boundary_event_began_is_not_taken_back_with_its_activity() -> None:
    event = el("boundaryEvent", "t", timer("timeDuration", "P1D"), attachedToRef="a", cancelActivity="false")
    run = Run(diagram(user("a b late") + event, "s>a a>b b>e t>late late>e"))
    run.fire("t")
    task = run.task("a").id
    run.do("a")
    kept(run, task, "event")


def test_a_job_that_is_not_taken_yet_is_taken_back() -> None:
    run = Run(diagram(user("a b") + service("w"), "s>a a>w w>b b>e"))
    task = run.task("a").id
    run.do("a")
    job = next(iter(run.jobs))
    kept(run, task, "touched", job)
    assert taken_back(run, task).open == ["a"]
    assert not run.jobs
    run.do("a")
    assert run.jobs
    kept(run, task, "gone")
    second = next(event for event in reversed(run.events) if event.element == "a" and event.kind == "element.left")
    assert second.data["visit"] == 2


def test_a_completion_before_a_sub_process_is_taken_back_until_something_is_done_there() -> None:
    run = Run(INSIDE, due="2026-03-01")
    task = run.task("a").id
    run.do("a")
    assert taken_back(run, task).open == ["a"]
    task = run.task("a").id
    run.do("a", "i")
    kept(run, task, "done")


@pytest.mark.parametrize("loop", [PARALLEL, SEQUENTIAL])
def test_a_signature_is_taken_back_while_others_sign(loop: str) -> None:
    sheet = '<extensionElements><qs:output source="points" target="sheet"/></extensionElements>'
    run = Run(diagram(el("userTask", "m", sheet + loop) + user("z"), "s>m m>z z>e"), xs=[1, 2])
    task = run.task("m").id
    run.send(Complete(task, {"points": 5}))
    taken_back(run, task)
    assert [one.item for one in run.tasks.values()] == ([2, 1] if loop == PARALLEL else [1])
    run.send(Complete(next(one.id for one in run.tasks.values() if one.item == 1), {"points": 7}))
    run.do("m", points=8)
    assert run.task("z").variables["sheets"] == [7, 8]


# ---- move, skip, retry


def test_an_operator_moves_a_token_forward_and_back() -> None:
    run = Run(ROW)
    run.send(Move((run.task("a").id,), "c", reason="urgent"))
    assert run.open == ["c"]
    run.send(Move((run.task("c").id,), "b"))
    assert run.open == ["b"]
    assert run.do("b", "c").status == "completed"


def test_several_tokens_become_one() -> None:
    run = Run(AND).do("a", "b", "b2")
    assert run.state is not None
    run.send(Move((run.task("c").id,), "d"))
    assert run.open == ["d"]
    other = Run(AND).do("a")
    other.send(Move((other.task("b").id, other.task("c").id), "d"))
    assert other.open == ["d"]
    assert other.do("d").status == "completed"


def test_a_token_moves_out_of_a_sub_process_but_not_into_one() -> None:
    run = Run(INSIDE, due="2026-03-01").do("a")
    run.send(Move((run.task("i").id,), "z"))
    assert run.open == ["z"]
    for target in ("i", "s", "nothing"):
        with pytest.raises(Conflict):
            run.send(Move((run.task("z").id,), target))
    with pytest.raises(Conflict):
        run.send(Move(("stale",), "a"))


def test_an_item_moves_with_the_whole() -> None:
    run = Run(diagram(el("userTask", "m", PARALLEL) + user("z"), "s>m m>z z>e"), xs=[1, 2])
    run.send(Move((run.task("m").id,), "z"))
    assert run.open == ["z"]


def test_a_move_from_behind_an_event_gateway_withdraws_the_other_events() -> None:
    model = diagram(
        el("eventBasedGateway", "g")
        + el("intermediateCatchEvent", "m", ON_MESSAGE)
        + el("intermediateCatchEvent", "t", timer("timeDuration", "P1D"))
        + user("z"),
        "s>g g>m g>t m>z t>z z>e",
        MESSAGE,
    )
    run = Run(model)
    run.send(Move((next(iter(run.subscriptions)),), "z"))
    assert run.open == ["z"]
    assert not run.timers
    assert not run.subscriptions
    with pytest.raises(Conflict):
        run.send(Move((run.task("z").id,), "m"))


def test_what_waits_is_skipped() -> None:
    model = diagram(
        user("a z") + service("w") + el("intermediateCatchEvent", "t", timer("timeDuration", "P1D")),
        "s>a a>w w>t t>z z>e",
    )
    run = Run(model)
    step = run.send(Skip(run.task("a").id, "not needed"))
    assert [one.why for one in step.closed] == ["skipped"]
    run.send(Skip(next(iter(run.jobs))))
    assert run.timers
    assert run.state is not None
    with pytest.raises(Conflict):
        run.send(Skip("stale"))
    run.fire("t")
    run.send(Skip(run.task("z").id))
    assert run.status == "completed"


def test_an_event_is_skipped_with_its_gateway() -> None:
    model = diagram(
        el("eventBasedGateway", "g") + el("intermediateCatchEvent", "m k", ON_MESSAGE) + user("z"),
        "s>g g>m g>k m>z k>z z>e",
        MESSAGE,
    )
    run = Run(model)
    run.send(Skip(next(iter(run.subscriptions))))
    assert run.open == ["z"]
    assert not run.subscriptions


def test_a_boundary_event_is_neither_moved_nor_skipped() -> None:
    model = diagram(user("a b") + el("boundaryEvent", "m", ON_MESSAGE, attachedToRef="a"), "s>a a>e m>b b>e", MESSAGE)
    run = Run(model)
    for command in (Skip(next(iter(run.subscriptions))), Move((next(iter(run.subscriptions)),), "b")):
        with pytest.raises(Conflict):
            run.send(command)


def test_a_job_is_opened_again_with_what_is_known_now() -> None:
    part = '<qs:operation name="work"><qs:in name="v" value="=v"/></qs:operation>'
    model = diagram(
        el("serviceTask", "w", ext(part)) + el("boundaryEvent", "f", ON_ERROR, attachedToRef="w"), "s>w w>e f>e", ERROR
    )
    run = Run(model, v=1)
    first = next(iter(run.jobs.values()))
    run.send(Retry(first.id))
    second = next(iter(run.jobs.values()))
    assert second.id == first.id
    assert second.key != first.key
    with pytest.raises(Conflict):
        run.send(Retry("stale"))
    run.done("w")
    assert run.status == "completed"


def test_a_state_without_a_past_still_runs_and_offers_nothing() -> None:
    run = Run(AND).do("a", "b")
    import orjson
    import zstandard

    assert run.state is not None
    number, body = orjson.loads(zstandard.ZstdDecompressor().decompress(run.state))
    for scope in body["c"]:
        scope[2] = scope[2][:6]
        scope[3] = [row[:8] for row in scope[3]]
    run.state = zstandard.ZstdCompressor().compress(orjson.dumps([number, body]))
    assert legal(run, "b2") == set()
    step = advance(run.definition, run.state, Complete(run.task("b2").id), NOW, for_thread())
    assert step.status == "running"


def test_a_return_from_a_reminder_goes_back_to_before_the_join_that_its_task_has_passed() -> None:
    body = user("a b r z") + el("parallelGateway", "g j")
    body += el("boundaryEvent", "t", timer("timeDuration", "PT1H"), attachedToRef="a", cancelActivity="false")
    run = Run(diagram(body, "s>g g>a g>b a>j b>j j>z z>e t>r r>e"))
    run.fire("t")
    run.do("a", "b")
    assert run.open == ["r", "z"]
    assert run.state is not None
    found = next(one for one in returnable(run.definition, run.state, run.task("r").id) if one.element == "a")
    assert (found.legal, found.joined) == (True, True)
    kept = run.state
    run.send(Return(run.task("r").id, "a"))
    assert run.open == ["a"]
    assert run.do("a").open == ["z"]
    assert run.state is not None
    behind = {one.element for one in returnable(run.definition, run.state, run.task("z").id) if one.legal}
    assert behind == {"a", "b"}
    assert run.do("z").status == "completed"
    again = Run(diagram(body, "s>g g>a g>b a>j b>j j>z z>e t>r r>e"))
    again.fire("t")
    again.do("a", "b")
    assert again.state == kept
    again.send(Return(again.task("r").id, "a", others="redo"))
    assert again.open == ["a", "b"]
    assert again.do("a", "b", "z").status == "completed"


def test_an_inclusive_join_waits_for_a_task_that_was_sent_on_an_errand_to_before_it() -> None:
    body = user("n a b z") + el("inclusiveGateway", "i j")
    run = Run(diagram(body, "s>n n>i i>a?true i>b?true a>j b>j j>z z>e")).do("n", "a")
    run.send(Return(run.task("b").id, "n", then="straight"))
    assert run.open == ["n"]
    assert run.do("n").open == ["b"]
    assert run.do("b").open == ["z"]
    assert run.do("z").status == "completed"


def test_an_errand_to_many_that_begins_anew_still_leads_straight_back() -> None:
    run = Run(diagram(el("userTask", "m", PARALLEL) + user("a b z"), "s>m m>a a>b b>z z>e"), xs=[1, 2])
    run.do("m", "m", "a")
    run.send(Return(run.task("b").id, "m", then="straight"))
    run.do("m")
    run.send(Return(run.task("m").id, "m"))
    assert run.open == ["m", "m"]
    assert run.do("m", "m").open == ["b"]
    assert run.do("b", "z").status == "completed"


def test_what_may_have_come_of_a_completion_is_no_longer_told_apart_from_what_did() -> None:
    run = Run(AND).do("a")
    first = run.step.closed[0].id
    back(run, "b", "a", then="straight")
    back(run, "a", "b")
    kept(run, first, "visited")
    run.do("b")
    taken_back(run, run.step.closed[0].id)
    assert run.open == ["b", "c"]
    refused(run, "c", "a", "several")
    assert run.do("b", "b2", "c", "c2", "d").status == "completed"


def test_a_reminder_of_an_errand_comes_of_the_visit_that_the_errand_was_sent_back_to() -> None:
    reminder = el("boundaryEvent", "t", timer("timeDuration", "P1D"), attachedToRef="a", cancelActivity="false")
    run = Run(
        diagram(user("a b c d n") + reminder + el("parallelGateway", "g j"), "s>a a>g g>b g>c b>j c>j j>d d>e t>n")
    )
    back(run.do("a"), "b", "a", then="straight")
    run.fire("t")
    refused(run, "n", "a", "several")
    run.do("a")
    assert run.open == ["b", "c", "n"]
    assert back(run, "n", "a").open == ["a"]
    assert run.do("a", "b", "c", "d").status == "completed"
