"""Add and remove signers: items of a multi-instance that is running."""

from __future__ import annotations

from workflows.engine.specs.many import MultiInstance
from workflows.engine.step import AddSigner, RemoveSigner
from workflows.engine.token import READY, STARTED, WAITING, Token
from workflows.engine.values import clean
from workflows.engine.workflow import Instance
from workflows.errors import Conflict


def add_signer(instance: Instance, command: AddSigner) -> None:
    """Add items; the completion condition is asked again."""
    item, whole, element = _many(instance, command.task)
    items = clean({"items": list(command.items)})["items"]
    if not items:
        raise Conflict("no_signer", task=command.task)
    instance.ending = "withdrawn"
    added = element.add(whole, item, items, before=command.before)
    instance.note("signer.added", whole, items=added, before=command.before, reason=command.reason)
    element.finish(whole, whole.data)


def remove_signer(instance: Instance, command: RemoveSigner) -> None:
    """Take an item out; the completion condition is asked again."""
    item, whole, element = _many(instance, command.task)
    index = int(item.internal_data["index"]) if command.item is None else command.item
    instance.ending = "withdrawn"
    try:
        element.remove(whole, index)
    except ValueError as error:
        raise Conflict("not_removable", task=command.task, item=index, reason=str(error)) from error
    instance.note("signer.removed", whole, item=index, reason=command.reason)
    element.finish(whole, whole.data)


def _many(instance: Instance, task: str) -> tuple[Token, Token, MultiInstance]:
    """Give the item that a task belongs to, and the innermost multi-instance around it."""
    token = instance.find(task, READY | STARTED | WAITING)
    if token is None:
        raise Conflict("task_done", task=task)
    inner: Token | None = token
    while inner is not None:
        whole = inner.scope.tasks[inner.internal_data["of"]] if "of" in inner.internal_data else None
        if whole is not None and isinstance(whole.element, MultiInstance):
            return inner, whole, whole.element
        inner = inner.scope.host
    raise Conflict("no_signers", task=task)
