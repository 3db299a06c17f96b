"""Nobody judges their own work: the condition that keeps a person from a task, whatever way it is handed."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from workflows.models import Delegation, Task, TaskSeparation


def own_work(person_id: str | None) -> ColumnElement[bool]:
    """Say that a person completed an element, or gave words on it, that the designer keeps apart from the task."""
    apart = aliased(Task)
    words = exists().where(Delegation.task_id == apart.id, Delegation.delegate_id == person_id, Delegation.words != "")
    return exists().where(
        TaskSeparation.task_id == Task.id,
        TaskSeparation.element == apart.element,
        apart.instance_id == Task.instance_id,
        or_(and_(apart.status == "completed", apart.closed_by == person_id), words),
    )
