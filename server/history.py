"""The timeline of a case: each event of the trail as a sentence that people read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from server.language import language
from workflows import timeline
from workflows.access import Actor

ACTIONS = {
    "instance.started": _("The case was opened"),
    "instance.completed": _("The case was closed"),
    "instance.cancelled": _("The case was cancelled"),
    "instance.suspended": _("The case was suspended"),
    "instance.resumed": _("The case goes on"),
    "instance.message_delivered": _("A decision reached the case"),
    "task.opened": _("New task: %(task)s"),
    "task.completed": _("Completed: %(task)s"),
    "task.claimed": _("Taken: %(task)s"),
    "task.released": _("Given back: %(task)s"),
    "task.cancelled": _("No longer needed: %(task)s"),
    "task.returned": _("Returned: %(task)s"),
    "timer.fired": _("A deadline was reached: %(task)s"),
    "job.completed": _("Done by the system: %(task)s"),
    "job.failed": _("The system could not do: %(task)s"),
    "incident.opened": _("A fault was recorded for the operator"),
    "incident.resolved": _("The fault was resolved"),
    "incident.retried": _("The operator tried again"),
    "letter.issued": _("Letter issued: %(number)s"),
    "letter.served": _("Letter served: %(number)s"),
    "case.removal_decided": _("Removal or deferral was decided"),
    "case.outcome_recorded": _("The outcome was recorded"),
    "case.opened": _("The case was opened"),
    "case.round_entered": _("Round %(round)s of the audit begins"),
    "case.reaudit_opened": _("A re-audit was ordered"),
    "deadline.computed": _("Deadlines were set"),
    "deadline.met": _("A deadline was met"),
    "deadline.reminded": _("A reminder was sent"),
    "deadline.escalated": _("An overdue deadline was reported to the bureau"),
    "deadline.recounted": _("A deadline was counted anew"),
    "file.uploaded": _("File added: %(name)s"),
    "file.removed": _("File removed: %(name)s"),
    "file.opened": _("File opened: %(name)s"),
    "panel.appointed": _("The panel of experts was appointed"),
    "panel.closed": _("The panel of experts was closed"),
    "consultancy.engaged": _("A consultancy was engaged"),
    "disclosure.recorded": _("The disclosure was recorded"),
    "party.joined": _("A party joined the case"),
    "party.left": _("A party left the case"),
    "publication.published": _("The result was published"),
}

STATES = {
    "task.returned": "returned",
    "incident.opened": "returned",
    "job.failed": "returned",
    "deadline.escalated": "returned",
    "task.opened": "current",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline; ``state`` colours it."""

    at: datetime
    state: str
    text: str
    who: str
    opinion: str
    chip: str = ""


def history(session: Session, actor: Actor, instance_id: str, limit: int = 100) -> list[Entry]:
    """Give the latest events of a case, the newest first, as far as the actor may read them."""
    found = timeline.for_instance(session, actor, instance_id, language=language(), limit=limit)
    return [entry_of(item) for item in found.items]


def entry_of(item: Any) -> Entry:
    """Put one event into words."""
    return Entry(
        at=item.at,
        state=STATES.get(item.action, "done"),
        text=action_text(item.action, {**(item.values or {}), "task": item.task or ""}),
        who=item.actor,
        opinion=item.opinion or "",
    )


def action_text(action: str, values: dict[str, Any]) -> str:
    """Say what an action of the trail was; one without words is shown by its code."""
    text = ACTIONS.get(action)
    if text is None:
        return action
    return (str(text) % _Blank(values)).strip().rstrip(":：").strip()


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""
