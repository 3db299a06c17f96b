"""Whatever a page changes, a program can change too: by an operation of the API that calls the same verb."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from tests.server.conftest import House

CHANGES = {"POST", "PUT", "PATCH", "DELETE"}
OF_A_BROWSER = {
    "login.enter": "opens the session of a browser; a program has a token",
    "login.leave": "closes it; a program revokes its token",
}
"""Pages whose act is about a browser itself."""
VERBS = ("audits.", "workflows.")
BESIDE = {"require", "may", "authenticate", "wait_for"}
"""Checks that a view makes beside its verb."""


def views(flask: Flask, *, api: bool) -> dict[str, Callable[..., Any]]:
    """Give what answers a request that changes something, by endpoint."""
    return {
        rule.endpoint: inspect.unwrap(flask.view_functions[rule.endpoint])
        for rule in flask.url_map.iter_rules()
        if CHANGES & (rule.methods or set()) and rule.endpoint.startswith("api-") is api
    }


def verbs(view: Callable[..., Any], *, acting: bool) -> set[str]:
    """Give the verbs that a view calls; of a page's, those inside of its transaction."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(view)))
    parts = [node for node in ast.walk(tree) if isinstance(node, ast.With) and _opens(node)] if acting else [tree]
    return {name for part in parts for name in _called(part, view, {view})}


def _opens(node: ast.With) -> bool:
    """Say whether a block is a transaction that changes something."""
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(isinstance(call.func, ast.Name) and call.func.id in {"acting", "transaction"} for call in calls)


def _called(part: ast.AST, view: Callable[..., Any], seen: set[Callable[..., Any]]) -> Iterator[str]:
    """Name the functions of ``audits`` and ``workflows`` that code calls, through the helpers of ``server`` too."""
    known = view.__globals__
    for node in ast.walk(part):
        if not isinstance(node, ast.Call):
            continue
        found: Any = None
        if isinstance(node.func, ast.Name):
            found = known.get(node.func.id)
        elif isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            module = known.get(node.func.value.id)
            found = getattr(module, node.func.attr, None) if isinstance(module, ModuleType) else None
        if not inspect.isfunction(found):
            continue
        found = inspect.unwrap(found)
        if found.__module__.startswith(VERBS):
            if found.__name__ not in BESIDE:
                yield f"{found.__module__}.{found.__name__}"
        elif found.__module__.startswith("server.") and found not in seen:
            seen.add(found)
            yield from _called(ast.parse(textwrap.dedent(inspect.getsource(found))), found, seen)


def without_twin(flask: Flask) -> dict[str, set[str]]:
    """Give the pages that change something by a verb which no operation of the API calls."""
    by_api = {name for view in views(flask, api=True).values() for name in verbs(view, acting=False)}
    missing = {}
    for endpoint, view in views(flask, api=False).items():
        found = verbs(view, acting=True)
        if endpoint not in OF_A_BROWSER and (not found or found - by_api):
            missing[endpoint] = found - by_api
    return missing


def test_every_act_of_a_page_has_an_operation_of_the_api(still: House) -> None:
    assert without_twin(still.flask) == {}


def test_the_exceptions_are_pages_that_are_there(still: House) -> None:
    assert set(OF_A_BROWSER) <= set(views(still.flask, api=False))


@pytest.mark.parametrize("verb", ["people.issue_token", "calendars.remove_day"])
def test_a_verb_that_the_api_lacks_is_found(still: House, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name = verb.split(".")
    lacking = {
        endpoint: view
        for endpoint, view in views(still.flask, api=True).items()
        if not any(one.endswith(f".{name}") for one in verbs(view, acting=False))
    }
    whole = views
    monkeypatch.setattr(f"{__name__}.views", lambda flask, *, api: lacking if api else whole(flask, api=False))
    assert any(one.endswith(f".{name}") for found in without_twin(still.flask).values() for one in found), module
