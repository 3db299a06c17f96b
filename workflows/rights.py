"""What the holder of a task may do besides completing it: what the designer wrote into ``qs:actions``, else the rule.

Without a word of the designer one's own completion can be withdrawn, who sees the region as an officer may return, and
nobody adds or removes signers.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.access import Actor, offered
from workflows.models import Instance, Task

_NO = frozenset({"", "no", "false"})
_YES = frozenset({"yes", "true"})


def allowed(session: Session, actor: Actor, instance: Instance, task: Task) -> frozenset[str]:
    """Say what the actor may do with a task now: complete, claim, release, return, sign, withdraw."""
    if instance.status != "running":
        return frozenset()
    if task.status == "completed" and task.closed_by == actor.person_id:
        return frozenset({"withdraw"}) if may_withdraw(task) else frozenset()
    if task.status != "open" or task.assignee_id not in {None, actor.person_id}:
        return frozenset()
    if session.scalar(select(Task.id).where(Task.id == task.id, offered(actor))) is None:
        return frozenset()
    found = {"complete"}
    if task.assignee_id is None:
        found.add("claim")
    elif not task.actions.get("persons"):
        found.add("release")
    if may_return(actor, task):
        found.add("return")
    if may_sign(task):
        found.add("sign")
    return frozenset(found)


def may_return(actor: Actor, task: Task) -> bool:
    """Say whether the task's holder may return it (退回)."""
    named = _named(task, "return")
    if named is None:
        return any(task.region_path.startswith(path) for path in actor.regions)
    return named not in _NO


def return_targets(task: Task) -> Collection[str] | None:
    """Give the elements that the designer lets the task be returned to; None for every one."""
    named = _named(task, "return")
    if named is None or named in _YES:
        return None
    return {one.strip() for one in named.split(",")}


def may_withdraw(task: Task) -> bool:
    """Say whether a completion of the task may be taken back (撤回)."""
    return _named(task, "withdraw") not in _NO


def may_sign(task: Task) -> bool:
    """Say whether the task's holder may add and remove signers (加签, 减签)."""
    return (_named(task, "signers") or "") not in _NO


def _named(task: Task, name: str) -> str | None:
    value: Any = task.actions.get(name)
    return None if value is None else str(value).strip().lower() if isinstance(value, bool) else str(value).strip()
