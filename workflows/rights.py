"""What the holder of a task may do besides completing it: what the designer wrote into ``qs:actions``, else the rule.

Without a word of the designer one's own completion can be withdrawn, who sees the region as an officer may return, and
nobody adds or removes signers; a task offered to a role is transferred and delegated among those whom it is offered to.
Who stands in for somebody does the task or returns it, and hands it to nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from workflows import covers
from workflows.access import Actor, by_oneself, may, name_of, stand_ins
from workflows.models import Instance, Task

_NO = frozenset({"", "no", "false"})
_YES = frozenset({"yes", "true"})


def allowed(session: Session, actor: Actor, instance: Instance, task: Task) -> frozenset[str]:
    """Say what the actor may do with a task now.

    complete, claim, release, return, sign, transfer, delegate; withdraw a completion; answer what was delegated to
    them, recall what they delegated; urge.
    """
    if instance.status != "running":
        return frozenset()
    if task.status == "completed" and task.closed_by == actor.person_id:
        return frozenset({"withdraw"}) if may_withdraw(task) else frozenset()
    if task.status != "open":
        return frozenset()
    found = {"urge"} if may_urge(actor, instance, task) else set()
    if task.owner_id is not None:
        found |= {"recall"} if task.owner_id == actor.person_id else set()
        return frozenset(found | ({"answer"} if task.assignee_id == actor.person_id else set()))
    acting = covers.acts_as(session, actor, task, by_oneself(actor), stand_ins(actor))
    return frozenset(found if acting is None else found | _holding(acting, task))


def _holding(actor: Actor, task: Task) -> set[str]:
    found = {"complete"}
    if actor.acts_for is None:
        found |= {verb for verb in ("transfer", "delegate") if may_hand_on(task, verb)}
        found |= {"sign"} if may_sign(task) else set()
    if task.assignee_id != actor.person_id:
        found.add("claim")
    elif not task.actions.get("persons"):
        found.add("release")
    if may_return(actor, task):
        found.add("return")
    return found


def acts_for(session: Session, actor: Actor, task: Task) -> str:
    """Name the absent colleague for whom the actor would do a task, or for whom it was done; "" for none."""
    if task.status != "open":
        return name_of(session, task.acted_for) if task.acted_for else ""
    acting = covers.acts_as(session, actor, task, by_oneself(actor), stand_ins(actor)) if actor.covers else None
    return acting.acts_for.name if acting and acting.acts_for else ""


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


def may_hand_on(task: Task, verb: str) -> bool:
    """Say whether the task's holder may ``transfer`` (转办) or ``delegate`` (委派) it; never what names its persons."""
    return not task.actions.get("persons") and _named(task, verb) not in _NO


def may_urge(actor: Actor, instance: Instance, task: Task) -> bool:
    """Say whether the actor may urge (催办) about a task that is somebody else's: the starter, officers, superiors."""
    if task.assignee_id == actor.person_id or _named(task, "urge") in _NO:
        return False
    started = actor.person_id is not None and instance.started_by == actor.person_id
    return started or may(actor, "tasks.urge", instance.region_path)


def _named(task: Task, name: str) -> str | None:
    value: Any = task.actions.get(name)
    return None if value is None else str(value).strip().lower() if isinstance(value, bool) else str(value).strip()
