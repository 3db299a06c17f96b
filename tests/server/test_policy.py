"""The differential test watches every condition of the policy: with any single one deleted it finds a difference."""

from __future__ import annotations
import __future__

import ast
import copy
import inspect
import random
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from audits import access as field_access
from server import house as server_house
from tests.server.conftest import put_down
from tests.server.test_differential import BY_DAY, Both, Difference, world_of
from workflows import access

FUNCTIONS: dict[ModuleType, tuple[str, ...]] = {
    access: (
        "load_actor", "in_scope", "_in_force", "_instances_as_party", "_of_instances", "_of_region", "_asked", "_task",
        "_recorded", "_confided", "_attachment",
    ),
    field_access: ("_enterprises", "_lists"),
}  # fmt: skip
"""Where the policy of what the differential test asks for is written; tests/workflows/test_separation.py asks for the rest."""
BY_DAY_ALONE = ("load_actor", "in_scope", "_in_force", "_instances_as_party", "_asked", "_task")
"""What shows itself within some hundred requests; the rest is looked for by night."""
WITHIN = 5000
SAMPLE = 2
JOINS = {"or_", "and_", "where"}


class _Without(ast.NodeTransformer):
    """Deletes the condition of a number; counts them."""

    def __init__(self, wanted: int | None) -> None:
        self.wanted, self.count, self.deleted = wanted, 0, ""

    def _is_it(self, node: ast.AST) -> bool:
        if ast.unparse(node) == "false()":  # what a list of conditions begins with
            return False
        self.count += 1
        if self.count - 1 != self.wanted:
            return False
        self.deleted = ast.unparse(node)
        return True

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Delete one of the parts of a condition."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in JOINS:
            node.args = [part for part in node.args if isinstance(part, ast.Starred) or not self._is_it(part)]
        return self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Delete what is added to a list of conditions."""
        return ast.Pass() if self._is_it(node) else self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Delete what is appended to a list of conditions."""
        appends = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "clauses.append"
        return ast.Pass() if appends and self._is_it(node) else self.generic_visit(node)


def without(function: Callable[..., Any], number: int | None) -> tuple[Callable[..., Any], _Without]:
    """Give a function of the policy without one of its conditions."""
    tree = ast.parse(inspect.getsource(function))
    edit = _Without(number)
    tree = ast.fix_missing_locations(edit.visit(copy.deepcopy(tree)))
    made: dict[str, Any] = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(tree, "<policy>", "exec", flags, dont_inherit=True), function.__globals__, made)
    changed: Callable[..., Any] = made[function.__name__]
    return changed, edit


def conditions() -> Iterator[tuple[ModuleType, str, int, str]]:
    """Name every condition of the policy."""
    for module, names in FUNCTIONS.items():
        for name in names:
            function = getattr(module, name)
            for number in range(without(function, None)[1].count):
                yield module, name, number, without(function, number)[1].deleted


EVERY = list(conditions())


def drop(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, number: int) -> None:
    """Let the product run without a condition."""
    old = getattr(module, name)
    new, _edit = without(old, number)
    monkeypatch.setattr(module, name, new)
    for model, rule in access._RULES.items():
        if rule is old:
            monkeypatch.setitem(access._RULES, model, new)  # type: ignore[arg-type]
    if name == "load_actor":
        monkeypatch.setattr(server_house, name, new)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Give both models of a random world, in which every condition matters to somebody."""
    house, world = world_of(tmp_path_factory.mktemp("policy"), BY_DAY)
    yield Both(house, world, BY_DAY)
    put_down(house)


def finds(both: Both, within: int = WITHIN) -> bool:
    """Say whether a difference shows itself."""
    for _ in range(within):
        try:
            both.request()
        except (Difference, AssertionError):
            return True
    return False


def test_the_policy_has_the_conditions_that_are_looked_for() -> None:
    texts = {text for *_where, text in EVERY}
    assert len(EVERY) > 35
    assert {"Party.since <= actor.at", "Membership.since <= now", "Attachment.removed_at.is_(None)"} <= texts


def test_a_condition_that_is_deleted_is_found(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """By day the same two for everybody; every one by night."""
    soon = [one for one in EVERY if one[1] in BY_DAY_ALONE]
    drawn = random.Random(9).sample(soon, SAMPLE)
    for module, name, number, text in drawn:
        with monkeypatch.context() as patch:
            drop(patch, module, name, number)
            assert finds(both), f"{name} without {text}"


@pytest.mark.night
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("module", "name", "number", "text"), EVERY, ids=[f"{name}-{number}" for _module, name, number, _text in EVERY]
)
def test_each_condition_that_is_deleted_is_found(
    both: Both, module: ModuleType, name: str, number: int, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(monkeypatch, module, name, number)
    assert finds(both), f"{name} without {text}"
