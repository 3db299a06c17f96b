"""What may be forgotten: everything but the root and the live tokens.

Joins count live arrivals and scopes keep what ended tokens wrote, so no element ever asks a finished one. Each live
token is attached to its nearest live ancestor, else to the root.
"""

from __future__ import annotations

from workflows.engine.scope import Scope
from workflows.engine.token import FINISHED, Token
from workflows.engine.workflow import Instance


def compact(instance: Instance) -> None:
    """Forget all finished tokens of every scope."""
    for scope in instance.scopes():
        _compact(scope)


def _compact(scope: Scope) -> None:
    root = scope.task_tree
    for token in scope.live.values():
        token.parent = _kept(token, root)
    for token in (root, *scope.live.values()):
        token.children = []
    for token in scope.live.values():
        token.parent._children.append(token.id)
    scope.tasks = {root.number: root, **scope.live}
    # The root carries the variables of its first child, so that a long process does not keep what they once were.
    moving = [token for token in scope.live.values() if token.parent is root]
    listening = [token for token in moving if "standing" in token.internal_data]
    first = next((token for token in moving if token not in listening), None)
    if first is not None:
        root.data, root.writes, root.fork = dict(first.data), dict(first.writes), first.fork
        root.past = first.past
    for token in listening:
        token.data, token.writes = dict(root.data), dict(root.writes)


def _kept(token: Token, root: Token) -> Token:
    parent: Token | None = token.parent
    while parent is not None and parent is not root and parent.has_state(FINISHED):
        parent = parent.parent
    return parent or root
