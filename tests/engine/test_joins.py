from __future__ import annotations

from itertools import permutations

import pytest

from tests.engine.diagrams import diagram, el, user
from tests.engine.run import Run


def block(gateway: str, branches: str, split: str = "") -> bytes:
    """A loop around a block of branches between two gateways: round again while ``again`` is true."""
    names = branches.split()
    arrows = "s>into into>g j>q q>x x>into?again x>e?not(again) " + " ".join(
        f"g>{name}{split} {name}>j" for name in names
    )
    return diagram(user(f"{branches} q") + el(gateway, "g j") + el("exclusiveGateway", "into x"), arrows)


@pytest.mark.parametrize("gateway", ["parallelGateway", "inclusiveGateway"])
@pytest.mark.parametrize("branches", ["a b", "a b c", "a b c d"])
def test_a_join_waits_for_every_branch_in_any_order_over_three_rounds(gateway: str, branches: str) -> None:
    split = "" if gateway == "parallelGateway" else "?true"
    for order in permutations(branches.split()):
        run = Run(block(gateway, branches, split))
        run.recompile = False
        for number in range(3):
            for index, name in enumerate(order):
                assert "q" not in run.open, (order, number)
                assert run.open == sorted(order[index:])
                run.do(name)
            assert run.open == ["q"]
            run.do("q", again=number < 2)
        assert run.status == "completed"


def test_a_token_too_many_stays_on_its_flow_until_the_next_round() -> None:
    model = diagram(
        user("a b q") + el("parallelGateway", "g j") + el("exclusiveGateway", "m"),
        "s>g g>a g>b g>m a>m m>j b>j j>q q>e",
    )
    run = Run(model)
    assert run.open == ["a", "b"]
    run.do("a")
    assert run.open == ["b"]
    run.do("b")
    assert run.open == ["q"]
    run.do("q")
    assert run.status == "running"
    assert run.open == []
    assert run.events[-1].kind == "instance.stuck"


def test_an_inclusive_join_waits_only_for_the_branches_that_were_taken() -> None:
    model = diagram(
        user("a b c q") + el("inclusiveGateway", "g", default="g_c") + el("inclusiveGateway", "j"),
        "s>g g>a?n>1 g>b?n>2 g>c a>j b>j c>j j>q q>e",
    )
    assert Run(model, n=0).open == ["c"]
    run = Run(model, n=2)
    assert run.open == ["a"]
    assert run.do("a").open == ["q"]
    both = Run(model, n=3)
    assert both.open == ["a", "b"]
    assert both.do("b").open == ["a"]
    assert both.do("a").open == ["q"]
    assert both.do("q").status == "completed"


def test_an_inclusive_join_waits_for_a_branch_inside_a_sub_process() -> None:
    inner = (
        '<startEvent id="s2"/><endEvent id="e2"/>'
        + user("h")
        + ('<sequenceFlow id="i1" sourceRef="s2" targetRef="h"/><sequenceFlow id="i2" sourceRef="h" targetRef="e2"/>')
    )
    model = diagram(
        user("a q") + el("subProcess", "sp", inner) + el("inclusiveGateway", "g j"),
        "s>g g>a?true g>sp?true a>j sp>j j>q q>e",
    )
    run = Run(model).do("a")
    assert run.open == ["h"]
    assert run.do("h").open == ["q"]


def test_nested_blocks_join_each_on_its_own() -> None:
    model = diagram(
        user("a b c q") + el("parallelGateway", "g h k j"),
        "s>g g>a g>h h>b h>c b>k c>k k>j a>j j>q q>e",
    )
    for order in permutations("abc"):
        run = Run(model).do(*order)
        assert run.open == ["q"]
        assert run.do("q").status == "completed"


def test_two_flows_between_one_pair_are_two_arrivals() -> None:
    twice = '<sequenceFlow id="second" sourceRef="g" targetRef="j"/>'
    model = diagram(user("q") + el("parallelGateway", "g j") + twice, "s>g g>j j>q q>e")
    run = Run(model)
    assert run.open == ["q"]
    assert run.do("q").status == "completed"


def test_of_each_variable_the_branch_that_wrote_last_wins_and_clashes_are_told() -> None:
    out = '<qs:output source="v" target="v"/>'
    other = '<qs:output source="w" target="w"/>'
    model = diagram(
        user("a", out) + user("b", out) + user("c", other) + user("q") + el("parallelGateway", "g j"),
        "s>g g>a g>b g>c a>j b>j c>j j>q q>e",
    )
    run = Run(model, v=0, w=0)
    run.do("b", v=2).do("c", w=7).do("a", v=1)
    assert run.task("q").variables == {"v": 1, "w": 7}
    clash = [event for event in run.events if event.kind == "variables.clashed"]
    assert [event.data["variables"] for event in clash] == [["v"]]


def test_a_branch_that_wrote_nothing_undoes_nothing() -> None:
    out = '<qs:output source="v" target="v"/>'
    model = diagram(user("a", out) + user("b z") + el("parallelGateway", "g j"), "s>g g>a g>b a>j b>j j>z z>e")
    run = Run(model, v=1).do("a", v=2).do("b")
    assert run.task("z").variables == {"v": 2}
    assert "variables.clashed" not in {event.kind for event in run.events}


def test_a_change_in_one_branch_is_not_seen_in_the_other() -> None:
    out = '<qs:output source="v" target="v"/>'
    model = diagram(user("a", out) + user("b c") + el("parallelGateway", "g j"), "s>g g>a g>b b>c a>j c>j j>e")
    run = Run(model, v={"n": [1]}).do("a", v={"n": [1, 2]}).do("b")
    assert run.task("c").variables == {"v": {"n": [1]}}
    assert run.variables == {"v": {"n": [1, 2]}}
