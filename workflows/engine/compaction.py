"""What may be forgotten: everything but the root and the live tokens.

Joins count live arrivals and scopes keep what ended tokens wrote, so no element ever asks a finished one. Each live
token is attached to its nearest live ancestor, else to the root.
"""

from __future__ import annotations

from workflows.engine.scope import Scope
from workflows.engine.workflow import Instance


def compact(instance: Instance) -> None:
    """Forget all finished tokens of every scope."""
    for scope in instance.scopes():
        _compact(scope)


def _compact(scope: Scope) -> None:
    root = scope.task_tree
    kept = {root.number: root, **scope.live}
    nearest: dict[int | None, int | None] = {None: root.number}
    for token in scope.live.values():
        passed, number = [], token._parent
        while number not in kept and number not in nearest:
            passed.append(number)
            number = scope.tasks[number]._parent if number is not None else None
        token._parent = nearest.get(number, number)
        nearest.update(dict.fromkeys(passed, token._parent))
    scope.tasks = kept
    # The root carries the variables of its first child, so that a long process does not keep what they once were.
    moving = [token for token in scope.live.values() if token._parent == root.number]
    listening = [token for token in moving if "standing" in token.internal_data]
    first = next((token for token in moving if token not in listening), None)
    if first is not None:
        root.data, root.writes, root.fork = dict(first.data), dict(first.writes), first.fork
        root.past = first.past
    for token in listening:
        token.data, token.writes = dict(root.data), dict(root.writes)
