"""Compensation and transactions: what was done is undone, newest first, each once, with what was known when it was done."""

from __future__ import annotations

from typing import Any

import pytest

from feel import for_thread
from tests.engine.diagrams import (
    ERROR,
    MESSAGE,
    ON_ERROR,
    ON_MESSAGE,
    PARALLEL,
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
from tests.engine.run import NOW, Run, compiled
from workflows.engine import plan, returnable
from workflows.engine.expressions import Context
from workflows.engine.saved import load, save
from workflows.engine.step import AddSigner, Cancel, Complete, Fire, Migrate, Move, Return, Skip, Withdraw
from workflows.errors import Conflict

ON_UNDO = "<compensateEventDefinition/>"
CANCEL = "<cancelEventDefinition/>"


def undo(activity: str, handler: str | None = None, key: str = "", **attributes: str) -> str:
    """Give an activity a compensation event with a handler for people, ``un<activity>``."""
    name = f"un{activity}"
    event = el("boundaryEvent", f"on{activity}{key}", ON_UNDO, attachedToRef=activity)
    made = user(name, isForCompensation="true", **attributes) if handler is None else handler
    return f'{event}{made}<association id="as{activity}{key}" sourceRef="on{activity}{key}" targetRef="{name}"/>'


def throw(key: str, activity: str = "", **attributes: str) -> str:
    if activity:
        attributes["activityRef"] = activity
    return el("intermediateThrowEvent", key, el("compensateEventDefinition", f"def{key}", **attributes))


def inner(body: str, arrows: str, number: int = 2, start: str = "", **attributes: str) -> str:
    return el("startEvent", f"s{number}", start, **attributes) + el("endEvent", f"e{number}") + body + flows(arrows)


def undoer(body: str, arrows: str, number: int = 9) -> str:
    return el("subProcess", f"es{number}", inner(body, arrows, number, ON_UNDO), triggeredByEvent="true")


def same(run: Run) -> None:
    """Loading and saving changes no byte."""
    assert run.state is not None
    assert save(load(run.definition, run.state, Context(for_thread(), NOW, "Asia/Shanghai"))) == run.state


# ---- who is undone, and when


def test_what_was_done_is_undone_the_newest_first_and_then_the_event_goes_on() -> None:
    body = user("a b c z") + undo("a") + undo("b") + throw("t")
    run = Run(diagram(body, "s>a a>b b>c c>t t>z z>e")).do("a", "b", "c")
    assert run.open == ["unb"]
    same(run)
    assert run.do("unb").open == ["una"]
    assert run.do("una").open == ["z"]
    assert run.do("z").status == "completed"
    assert run.trail("compensation.thrown") == ["t"]
    assert run.trail("compensation.caught") == ["onb", "ona"]


def test_the_order_is_that_of_completion_and_not_of_the_diagram() -> None:
    gates = el("parallelGateway", "g j")
    body = user("a b") + undo("a") + undo("b") + gates + throw("t")
    run = Run(diagram(body, "s>g g>a g>b a>j b>j j>t t>e")).do("b", "a")
    assert run.open == ["una"]
    assert run.do("una").open == ["unb"]
    assert run.do("unb").status == "completed"


def test_an_event_may_name_the_activity_and_what_is_undone_is_undone_once() -> None:
    body = user("a b c z") + undo("a") + undo("b") + throw("t", "a") + throw("u") + throw("v")
    run = Run(diagram(body, "s>a a>b b>t t>c c>u u>v v>z z>e")).do("a", "b")
    assert run.open == ["una"]
    run.do("una", "c")
    assert run.open == ["unb"]
    assert run.do("unb").open == ["z"]


def test_what_was_never_done_or_was_skipped_is_not_undone() -> None:
    body = user("a b") + undo("a") + undo("b") + throw("t") + el("exclusiveGateway", "x", default="x_t")
    run = Run(diagram(body, "s>a a>x x>b?no x>t b>t t>e"), no=False)
    run.send(Skip(run.task("a").id))
    assert run.status == "completed"


def test_an_end_event_compensates_and_ends_its_token() -> None:
    end = el("endEvent", "stop", ON_UNDO)
    run = Run(diagram(user("a") + undo("a") + end, "s>a a>stop")).do("a")
    assert run.open == ["una"]
    assert run.do("una").status == "completed"


def test_an_event_that_does_not_wait_goes_on_beside_its_handlers() -> None:
    body = user("a b z") + undo("a") + undo("b") + throw("t", waitForCompletion="false")
    run = Run(diagram(body, "s>a a>b b>t t>z z>e")).do("a", "b")
    assert run.open == ["unb", "z"]
    run.do("z")
    assert run.status == "running"
    assert run.do("unb", "una").status == "completed"


def test_every_round_of_a_loop_is_undone_with_what_was_known_then() -> None:
    out = '<qs:output source="n" target="n"/><qs:output source="again" target="again"/>'
    handler = el("serviceTask", "una", ext('<qs:operation name="work"><qs:in name="n" value="=n"/></qs:operation>'))
    handler = handler.replace('id="una"', 'id="una" isForCompensation="true"')
    body = user("a", out) + undo("a", handler) + el("exclusiveGateway", "in x") + throw("t")
    run = Run(diagram(body, "s>in in>a a>x x>in?again x>t?not(again) t>e"))
    for number in range(3):
        run.do("a", n=number, again=number < 2)
    seen = []
    while run.jobs:
        seen.append(next(iter(run.jobs.values())).inputs)
        run.done("una", money="back")
    assert seen == [{"n": 2}, {"n": 1}, {"n": 0}]
    assert run.status == "completed"
    assert run.variables == {"n": 2, "again": False, "money": "back"}


def test_each_of_many_is_undone_by_its_own_item_and_its_item_stays_inside() -> None:
    handler = el("serviceTask", "unm", ext('<qs:operation name="work"><qs:in name="x" value="=x"/></qs:operation>'))
    handler = handler.replace('id="unm"', 'id="unm" isForCompensation="true"')
    body = el("userTask", "m", ext('<qs:assignment role="clerk"/>') + PARALLEL) + undo("m", handler) + throw("t", "m")
    run = Run(diagram(body + user("z"), "s>m m>t t>z z>e"), xs=["p", "q", "r"])
    for index in (1, 0, 2):
        run.send(Complete(next(key for key, task in run.tasks.items() if task.item_index == index)))
    seen = []
    while run.jobs:
        same(run)
        seen.append(next(iter(run.jobs.values())).inputs["x"])
        run.done("unm")
    assert seen == ["r", "p", "q"]
    assert "x" not in run.task("z").variables


def test_many_that_were_interrupted_are_not_undone_by_their_process() -> None:
    body = el("userTask", "m", ext('<qs:assignment role="clerk"/>') + PARALLEL) + undo("m") + throw("t")
    body += el("boundaryEvent", "b", ON_MESSAGE, attachedToRef="m")
    run = Run(diagram(body, "s>m m>t b>t t>e", MESSAGE), xs=[1, 2]).do("m")
    run.deliver("b")
    assert run.status == "completed"


def test_rounds_of_a_standard_loop_are_undone_each() -> None:
    loop = '<standardLoopCharacteristics loopMaximum="2"/>'
    body = el("userTask", "m", ext('<qs:assignment role="clerk"/>') + loop) + undo("m") + throw("t")
    run = Run(diagram(body, "s>m m>t t>e")).do("m", "m")
    assert run.do("unm").open == ["unm"]
    assert run.do("unm").status == "completed"


# ---- scopes


def test_a_completed_sub_process_is_undone_from_within_the_newest_first() -> None:
    body = el("subProcess", "sp", inner(user("a b") + undo("a") + undo("b"), "s2>a a>b b>e2"))
    run = Run(diagram(user("c") + undo("c") + body + throw("t") + user("z"), "s>c c>sp sp>t t>z z>e"))
    run.do("c", "a", "b")
    assert run.open == ["unb"]
    same(run)
    assert run.do("unb").open == ["una"]
    assert run.do("una").open == ["unc"]
    assert run.do("unc").open == ["z"]
    assert run.trail("element.entered").count("sp") == run.trail("element.left").count("sp") == 2


def test_the_handler_of_a_sub_process_stands_for_all_within_it() -> None:
    body = el("subProcess", "sp", inner(user("a") + undo("a"), "s2>a a>e2"))
    run = Run(diagram(body + undo("sp") + throw("t"), "s>sp sp>t t>e")).do("a")
    assert run.open == ["unsp"]
    assert run.do("unsp").status == "completed"


def test_a_running_sub_process_is_not_undone_from_outside() -> None:
    body = el("subProcess", "sp", inner(user("a b") + undo("a"), "s2>a a>b b>e2")) + user("c") + undo("c")
    run = Run(diagram(body + el("parallelGateway", "g") + throw("t"), "s>g g>sp g>c c>t t>e sp>e")).do("a", "c")
    assert run.open == ["b", "unc"]
    run.do("unc")
    assert run.open == ["b"]


def test_a_called_process_is_undone_with_its_own_variables() -> None:
    binding = ext('<qs:binding><qs:in name="kind" value="=x + 1"/><qs:out name="got" value="=y"/></qs:binding>')
    handler = el("serviceTask", "una", ext('<qs:operation name="work"><qs:in name="k" value="=kind"/></qs:operation>'))
    handler = handler.replace('id="una"', 'id="una" isForCompensation="true"')
    model = files(
        process(el("callActivity", "c", binding, calledElement="Q") + throw("t") + user("z"), "s>c c>t t>z z>e"),
        process(user("a", '<qs:output source="1" target="y"/>') + undo("a", handler), "s>a a>e", key="Q"),
    )
    run = Run(model, x=1).do("a")
    assert next(iter(run.jobs.values())).inputs == {"k": 2}
    run.done("una", y=5)
    assert run.task("z").variables["got"] == 1
    assert "kind" not in run.task("z").variables


def test_a_compensation_event_sub_process_undoes_its_sub_process_once_it_is_done() -> None:
    undoing = undoer(user("h") + throw("again"), "s9>h h>again again>e9")
    body = el("subProcess", "sp", inner(user("a b") + undo("a") + undoing, "s2>a a>b b>e2"))
    run = Run(diagram(body + throw("t") + user("z"), "s>sp sp>t t>z z>e")).do("a")
    assert run.open == ["b"]
    run.do("b")
    assert run.open == ["h"]
    same(run)
    assert run.do("h").open == ["una"]
    same(run)
    assert run.do("una").open == ["z"]
    assert run.trail("compensation.caught") == ["es9", "ona"]


def test_a_compensation_event_sub_process_alone_makes_its_sub_process_undoable_with_its_snapshot() -> None:
    work = el("serviceTask", "h", ext('<qs:operation name="work"><qs:in name="v" value="=v"/></qs:operation>'))
    body = el("subProcess", "sp", inner(user("a", OUT) + undoer(work, "s9>h h>e9"), "s2>a a>e2"))
    gates = el("exclusiveGateway", "in x")
    run = Run(
        diagram(
            body + gates + throw("t", "sp") + user("z"),
            "s>in in>sp sp>x x>in?v&lt;2 x>t?v>=2 t>z z>e".replace("&lt;", "<"),
        )
    )
    run.do("a", v=1).do("a", v=2)
    seen = []
    while run.jobs:
        seen.append(next(iter(run.jobs.values())).inputs["v"])
        run.done("h")
    assert seen == [2, 1]
    assert run.open == ["z"]


OUT = '<qs:output source="v" target="v"/>'


def test_the_compensation_event_sub_process_of_a_called_process_undoes_the_call() -> None:
    model = files(
        process(el("callActivity", "c", calledElement="Q") + throw("t"), "s>c c>t t>e"),
        process(user("a") + undoer(user("h"), "s9>h h>e9"), "s>a a>e", key="Q"),
    )
    run = Run(model).do("a")
    assert run.open == ["h"]
    assert run.task("h").process == "Q"
    assert run.do("h").status == "completed"


def test_an_error_event_sub_process_undoes_what_its_scope_had_done() -> None:
    handler = el(
        "subProcess", "es", inner(throw("t") + user("h"), "s3>t t>h h>e3", 3, ON_ERROR), triggeredByEvent="true"
    )
    run = Run(diagram(user("a") + undo("a") + service("w") + handler, "s>a a>w w>e", ERROR)).do("a")
    run.failed("w", "E1")
    assert run.open == ["una"]
    same(run)
    assert run.do("una").open == ["h"]
    assert run.do("h").status == "completed"


def test_an_error_in_a_handler_is_caught_around_the_thrower_and_the_rest_can_still_be_undone() -> None:
    handler = service("una").replace('id="una"', 'id="una" isForCompensation="true"')
    caught = el(
        "subProcess", "es", inner(throw("u") + user("h"), "s3>u u>h h>e3", 3, ON_ERROR), triggeredByEvent="true"
    )
    body = user("a b") + undo("a", handler) + undo("b") + throw("t", "a") + caught
    run = Run(diagram(body, "s>a a>b b>t t>e", ERROR)).do("a", "b")
    run.failed("una", "E1")
    assert run.open == ["unb"]
    run.do("unb")
    run.done("una")
    assert run.do("h").status == "completed"


def test_a_timer_takes_the_compensation_of_its_sub_process_away() -> None:
    body = el("subProcess", "sp", inner(user("a") + undo("a") + throw("t"), "s2>a a>t t>e2"))
    body += el("boundaryEvent", "b", timer("timeDuration", "P1D"), attachedToRef="sp") + user("late")
    run = Run(diagram(body, "s>sp sp>e b>late late>e")).do("a")
    assert run.open == ["una"]
    run.fire("b")
    assert run.open == ["late"]
    assert run.do("late").status == "completed"


def test_a_handler_may_be_a_sub_process_with_a_timer() -> None:
    handler = el("subProcess", "una", inner(user("k l"), "s2>k k>l l>e2"), isForCompensation="true")
    handler += el("boundaryEvent", "b", timer("timeDuration", "P1D"), attachedToRef="una", cancelActivity="false")
    run = Run(diagram(user("a late") + undo("a", handler) + throw("t"), "s>a a>t t>e b>late late>e")).do("a")
    assert run.open == ["k"]
    run.fire("b")
    run.do("k", "l")
    assert run.open == ["late"]
    assert run.do("late").status == "completed"


# ---- transactions

BOOK = el(
    "transaction",
    "tx",
    inner(
        user("a b ask")
        + undo("a")
        + undo("b")
        + el("endEvent", "no", CANCEL)
        + el("exclusiveGateway", "x", default="x_e2")
        + el("parallelGateway", "g j"),
        "s2>g g>a g>b a>j b>j j>ask ask>x x>no?bad x>e2",
    ),
) + el("boundaryEvent", "c", CANCEL, attachedToRef="tx")


def booking(*extra: str) -> bytes:
    return diagram(BOOK + user("done again") + "".join(extra), "s>tx tx>done done>e c>again again>e")


def test_a_transaction_that_is_well_goes_on_and_is_a_sub_process() -> None:
    run = Run(booking(), bad=False).do("b", "a").do("ask", bad=False)
    assert run.open == ["done"]
    assert run.do("done").status == "completed"


def test_a_cancelled_transaction_undoes_what_it_did_and_leaves_by_its_cancel_event() -> None:
    run = Run(booking(), bad=False).do("b", "a").do("ask", bad=True)
    assert run.open == ["una"]
    same(run)
    assert run.do("una").open == ["unb"]
    assert run.do("unb").open == ["again"]
    assert run.trail("transaction.cancelled") == ["tx"]
    assert run.trail("cancel.caught") == ["c"]
    assert run.task("again").variables == {"bad": True}
    assert run.do("again").status == "completed"


def test_a_cancel_ends_what_still_runs_and_undoes_what_was_done_within_it_too() -> None:
    deep = el("subProcess", "sp", inner(user("d f") + undo("d"), "s3>d d>f f>e3", 3))
    tx = el(
        "transaction",
        "tx",
        inner(
            user("a") + undo("a") + deep + el("endEvent", "no", CANCEL) + el("parallelGateway", "g"),
            "s2>g g>a g>sp a>no sp>e2",
        ),
    )
    run = Run(diagram(tx + el("boundaryEvent", "c", CANCEL, attachedToRef="tx") + user("z"), "s>tx tx>e c>z z>e"))
    run.do("d", "a")
    assert run.open == ["und"]
    run.do("und")
    assert run.open == ["una"]
    assert run.do("una").open == ["z"]


def test_a_cancel_deep_within_cancels_the_whole_transaction() -> None:
    deep = el("subProcess", "sp", inner(user("d") + el("endEvent", "no", CANCEL), "s3>d d>no", 3))
    tx = el("transaction", "tx", inner(user("a") + undo("a") + deep, "s2>a a>sp sp>e2"))
    run = Run(diagram(tx + el("boundaryEvent", "c", CANCEL, attachedToRef="tx") + user("z"), "s>tx tx>e c>z z>e"))
    assert run.do("a", "d").open == ["una"]
    assert run.do("una").open == ["z"]


def test_a_transaction_with_nothing_to_undo_leaves_at_once() -> None:
    tx = el("transaction", "tx", inner(user("a") + el("endEvent", "no", CANCEL), "s2>a a>no"))
    run = Run(diagram(tx + el("boundaryEvent", "c", CANCEL, attachedToRef="tx") + user("z"), "s>tx tx>e c>z z>e"))
    assert run.do("a").open == ["z"]


def test_a_completed_transaction_is_undone_from_outside_as_any_sub_process() -> None:
    run = Run(diagram(BOOK + throw("t") + user("again"), "s>tx tx>t t>e c>again again>e"), bad=False)
    run.do("a", "b").do("ask", bad=False)
    assert run.open == ["unb"]
    assert run.do("unb", "una").status == "completed"


def test_one_of_many_transactions_cancels_and_undoes_all_of_them() -> None:
    tx = el(
        "transaction",
        "tx",
        PARALLEL
        + inner(
            user("a b") + undo("a") + el("endEvent", "no", CANCEL) + el("exclusiveGateway", "x", default="x_e2"),
            "s2>a a>b b>x x>no?bad x>e2",
        ),
    )
    run = Run(
        diagram(tx + el("boundaryEvent", "c", CANCEL, attachedToRef="tx") + user("z"), "s>tx tx>e c>z z>e"),
        xs=[1, 2, 3],
    )
    run.do("a", "a", "a").do("b", bad=False).do("b", bad=True)
    for _ in range(3):
        assert run.open == ["una"]
        same(run)
        run.do("una")
    assert run.open == ["z"]
    assert run.trail("element.cancelled").count("tx") == 1


def test_an_error_while_a_transaction_is_undone_leaves_by_its_error_event() -> None:
    handler = service("una").replace('id="una"', 'id="una" isForCompensation="true"')
    tx = el("transaction", "tx", inner(user("a") + undo("a", handler) + el("endEvent", "no", CANCEL), "s2>a a>no"))
    events = el("boundaryEvent", "c", CANCEL, attachedToRef="tx") + el(
        "boundaryEvent", "f", ON_ERROR, attachedToRef="tx"
    )
    run = Run(diagram(tx + events + user("z hazard"), "s>tx tx>e c>z z>e f>hazard hazard>e", ERROR)).do("a")
    run.failed("una", "E1")
    assert run.open == ["hazard"]
    assert run.do("hazard").status == "completed"


def test_a_cancelled_transaction_that_is_being_undone_can_be_ended() -> None:
    run = Run(booking(), bad=False).do("b", "a").do("ask", bad=True)
    run.send(Cancel("enough"))
    assert (run.status, run.open, run.subscriptions, run.timers) == ("cancelled", [], {}, {})


# ---- with the other commands

ROW = user("n a b c") + undo("a") + undo("b") + throw("t") + user("z")
ROW_FLOWS = "s>n n>a a>b b>c c>t t>z z>e"


def test_a_return_forgets_what_was_done_since() -> None:
    run = Run(diagram(ROW, ROW_FLOWS)).do("n", "a", "b")
    run.send(Return(run.task("c").id, "b"))
    run.do("b", "c")
    assert run.open == ["unb"]
    run.do("unb", "una")
    assert run.open == ["z"]


def test_a_return_may_undo_first_what_was_done_since() -> None:
    run = Run(diagram(ROW, ROW_FLOWS)).do("n", "a", "b")
    run.send(Return(run.task("c").id, "n", compensate=True))
    assert run.open == ["unb"]
    same(run)
    assert run.do("unb").open == ["una"]
    assert run.do("una").open == ["n"]
    run.do("n", "a", "b", "c")
    assert run.open == ["unb"]
    assert run.do("unb", "una", "z").status == "completed"


def test_a_return_in_one_branch_leaves_what_the_others_did() -> None:
    body = user("n a b c") + undo("a") + undo("b") + el("parallelGateway", "g j") + throw("t")
    run = Run(diagram(body, "s>g g>n n>a a>c c>j g>b b>j j>t t>e")).do("n", "a", "b")
    run.send(Return(run.task("c").id, "n"))
    run.do("n", "a", "c")
    assert run.open == ["una"]
    assert run.do("una").open == ["unb"]
    assert run.do("unb").status == "completed"


@pytest.mark.parametrize("then", ["follow", "straight"])
def test_a_return_while_another_still_undoes_takes_what_has_not_begun_away_in_silence(then: str) -> None:
    body = el("subProcess", "sp", inner(user("a b") + undo("a"), "s2>a a>b b>e2"))
    run = Run(diagram(user("n") + body, "s>n n>sp sp>e")).do("n", "a")
    run.send(Return(run.task("b").id, "a", then=then, compensate=True))
    assert run.open == ["una"]
    with pytest.raises(Conflict):  # it waits to begin already
        run.send(Return(run.task("una").id, "a", then="straight"))
    step = run.send(Return(run.task("una").id, "sp"))
    assert [closed.element for closed in step.closed] == ["una"]
    assert run.open == ["a"]
    same(run)
    assert run.do("a", "b").status == "completed"


def test_a_return_out_of_a_sub_process_may_undo_what_was_done_in_it() -> None:
    body = user("n") + el("subProcess", "sp", inner(user("a b") + undo("a"), "s2>a a>b b>e2"))
    run = Run(diagram(body, "s>n n>sp sp>e")).do("n", "a")
    run.send(Return(run.task("b").id, "n", compensate=True))
    assert run.open == ["una"]
    same(run)
    assert run.do("una").open == ["n"]
    assert run.do("n", "a", "b").status == "completed"


def test_an_errand_to_what_was_done_counts_once() -> None:
    run = Run(diagram(ROW, ROW_FLOWS)).do("n", "a", "b")
    run.send(Return(run.task("c").id, "a", then="straight"))
    run.do("a", "c")
    assert run.open == ["una"]
    run.do("una", "unb")
    assert run.open == ["z"]


def test_a_return_from_a_handler_takes_the_throwing_event_back() -> None:
    run = Run(diagram(ROW, ROW_FLOWS)).do("n", "a", "b", "c", "unb")
    assert run.open == ["una"]
    assert run.state is not None
    assert not any(
        one.legal for one in returnable(run.definition, run.state, run.task("una").id) if one.element == "una"
    )
    run.send(Return(run.task("una").id, "c"))
    assert run.open == ["c"]
    run.do("c")
    assert run.open == ["una"]
    assert run.do("una", "z").status == "completed"


def test_what_is_half_undone_in_a_sub_process_goes_back_with_what_is_left_of_it() -> None:
    body = el("subProcess", "sp", inner(user("a b d") + undo("a") + undo("b") + undo("d"), "s2>a a>b b>d d>e2"))
    run = Run(diagram(body + user("c z") + throw("t"), "s>sp sp>c c>t t>z z>e")).do("a", "b", "d", "c")
    assert run.do("und").open == ["unb"]
    run.send(Return(run.task("unb").id, "c"))
    assert run.open == ["c"]
    same(run)
    run.do("c")
    assert run.open == ["unb"]
    assert run.do("unb").open == ["una"]
    assert run.do("una").open == ["z"]


def test_an_interrupting_event_sub_process_takes_over_what_was_being_undone() -> None:
    body = el("subProcess", "sp", inner(user("a b") + undo("a") + undo("b"), "s2>a a>b b>e2"))
    stop = el(
        "subProcess", "es", inner(throw("u") + user("h"), "s3>u u>h h>e3", 3, ON_MESSAGE), triggeredByEvent="true"
    )
    run = Run(diagram(body + throw("t") + stop, "s>sp sp>t t>e", MESSAGE)).do("a", "b", "unb")
    assert run.open == ["una"]
    run.deliver("es")
    assert run.open == ["una"]
    assert run.trail("element.cancelled").count("una") == 1
    same(run)
    assert run.do("una").open == ["h"]
    assert run.do("h").status == "completed"


def test_who_moves_a_handler_moves_the_event_that_waits_for_it() -> None:
    run = Run(diagram(ROW, ROW_FLOWS)).do("n", "a", "b", "c")
    run.send(Move((run.task("unb").id,), "c"))
    assert run.open == ["c"]
    run.do("c")
    assert run.open == ["unb"]
    with pytest.raises(Conflict):
        run.send(Move((run.task("unb").id,), "una"))


def test_a_withdrawn_completion_is_not_undone_and_one_being_undone_is_not_withdrawn() -> None:
    run = Run(diagram(ROW, ROW_FLOWS)).do("n", "a")
    key = run.task("b").id
    run.do("b")
    run.send(Withdraw(key))
    assert run.open == ["b"]
    run.do("b")
    key = run.task("c").id
    run.do("c")
    assert run.open == ["unb"]
    with pytest.raises(Conflict):
        run.send(Withdraw(key))
    run.do("unb", "una")
    assert run.open == ["z"]


def test_a_handler_of_many_takes_signers() -> None:
    handler = el("userTask", "una", ext('<qs:assignment role="clerk"/>') + PARALLEL, isForCompensation="true")
    run = Run(diagram(user("a") + undo("a", handler) + throw("t"), "s>a a>t t>e"), xs=[1, 2]).do("a")
    run.send(AddSigner(run.task("una").id, ("x",)))
    assert run.open == ["una", "una", "una"]
    assert run.do("una", "una", "una").status == "completed"


def test_a_stale_timer_of_a_host_being_undone_does_nothing() -> None:
    body = (
        user("a z") + undo("a") + el("boundaryEvent", "b", timer("timeDuration", "P1D"), attachedToRef="a") + throw("t")
    )
    run = Run(diagram(body, "s>a a>t t>z z>e b>e"))
    key = run.timer("b").id
    run.do("a")
    run.send(Fire(key))
    assert run.open == ["una"]
    assert not run.timers


# ---- migration


def test_what_can_be_undone_migrates_with_its_handler_and_not_without() -> None:
    run = Run(diagram(ROW, ROW_FLOWS)).do("n", "a", "b")
    bare = diagram(user("n a b c z") + undo("a") + throw("t"), ROW_FLOWS)
    assert run.state is not None
    found = plan(run.definition, compiled(bare), run.state)
    assert [(item.element, item.kind, item.reason) for item in found.refusals] == [
        ("b", "compensation", "compensation")
    ]
    with pytest.raises(Conflict):
        run.files = bare
        run.send(Migrate(run.definition))
    renamed = diagram(
        user("n aa b c z") + undo("aa") + undo("b") + throw("t"), ROW_FLOWS.replace(">a", ">aa").replace(" a>", " aa>")
    )
    run.files = renamed
    run.send(Migrate(compiled(diagram(ROW, ROW_FLOWS)), mapping={"a": "aa"}))
    same(run)
    assert run.do("c").open == ["unb"]
    assert run.do("unb").open == ["unaa"]
    assert run.do("unaa", "z").status == "completed"


def test_what_is_being_undone_migrates_and_goes_on() -> None:
    deep = el("subProcess", "sp", inner(user("a b") + undo("a") + undo("b"), "s2>a a>b b>e2"))
    old = diagram(deep + throw("t") + user("z"), "s>sp sp>t t>z z>e")
    new = diagram(deep + throw("t") + user("y z"), "s>sp sp>t t>y y>z z>e")
    run = Run(old).do("a", "b")
    assert run.open == ["unb"]
    command = Migrate(run.definition)
    run.files = new
    run.send(command)
    same(run)
    assert run.do("unb", "una").open == ["y"]
    without = diagram(
        el("subProcess", "sp", inner(user("a b") + undo("b"), "s2>a a>b b>e2")) + throw("t") + user("z"),
        "s>sp sp>t t>z z>e",
    )
    other = Run(old).do("a", "b")
    assert other.state is not None
    reasons = {item.reason for item in plan(other.definition, compiled(without), other.state).refusals}
    assert reasons == {"compensation"}


def test_a_handler_that_reads_what_was_not_kept_sees_what_is_known_now() -> None:
    def reading(name: str) -> Any:
        text = f'<qs:operation name="work"><qs:in name="v" value="={name}"/></qs:operation>'
        handler = el("serviceTask", "una", ext(text)).replace('id="una"', 'id="una" isForCompensation="true"')
        return diagram(user("a b", OUT) + undo("a", handler) + throw("t"), "s>a a>b b>t t>e")

    run = Run(reading("v"), v=0, w="now").do("a", v=1)
    command = Migrate(run.definition)
    run.files = reading("w")
    run.send(command)
    run.do("b", v=2)
    assert next(iter(run.jobs.values())).inputs == {"v": "now"}
