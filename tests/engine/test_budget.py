from __future__ import annotations

import pytest

from tests.engine.diagrams import diagram, el, ext, user
from tests.engine.run import Run
from workflows.engine import budget
from workflows.errors import EngineError

SLOW = "count(for~a~in~1..n,~b~in~1..100~return~a*b)>=0".replace("~", " ")


def scripts(number: int) -> bytes:
    inside = ext('<qs:script result="v"/>') + f"<script>{SLOW.replace('>', '&gt;')}</script>"
    names = [f"t{index}" for index in range(number)]
    arrows = " ".join(f"{one}>{other}" for one, other in zip(["s", *names], [*names, "a"], strict=True))
    return diagram(user("a") + el("scriptTask", " ".join(names), inside), f"{arrows} a>e")


def test_many_slow_expressions_are_stopped_together(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Run(scripts(10), n=100).open == ["a"]
    monkeypatch.setattr(budget.Budget.__init__, "__defaults__", (0.02,))
    with pytest.raises(EngineError) as caught:
        Run(scripts(10), n=100)
    assert caught.value.rule == "expression"
    assert caught.value.element.startswith("t")
    assert "together" in caught.value.text


def test_every_command_begins_with_the_whole_of_it() -> None:
    run = Run(scripts(1), n=100)
    assert run.open == ["a"]
    for _ in range(20):
        assert Run(scripts(1), n=100).open == ["a"]


def test_the_budget_is_a_second() -> None:
    assert budget.SECONDS == 1.0
