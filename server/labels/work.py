"""What happens to tasks, processes, definitions, jobs and days."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

WORK = {
    "task_status": {
        "open": _("Waiting"),
        "completed": _("Done"),
        "cancelled": _("Cancelled"),
        "returned": _("Returned"),
        "withdrawn": _("Withdrawn"),
        "skipped": _("Skipped"),
        "migrated": _("Migrated"),
    },
    "instance_status": {
        "running": _("Under way"),
        "suspended": _("Suspended"),
        "completed": _("Closed"),
        "cancelled": _("Cancelled"),
    },
    "deadline": {
        "disclosure": _("Disclosure"),
        "start": _("Start of the audit"),
        "report": _("Audit report"),
        "supplement": _("Supplement"),
        "implementation": _("Implementation of options"),
        "rectification": _("Rectification"),
    },
    "trigger": {
        "publication": _("from the publication of the list"),
        "decision": _("from the audit decision"),
        "evaluation": _("from the evaluation"),
        "acceptance": _("from the acceptance"),
    },
    "incident": {
        "engine": _("Fault of the diagram"),
        "job": _("Failed job"),
        "no_candidate": _("Nobody may take the task"),
        "calendar": _("Calendar missing"),
    },
    "plan_kind": {
        "task": _("Task"),
        "job": _("Work of the system"),
        "timer": _("Time limit"),
        "token": _("Event"),
        "flow": _("New branch"),
        "instance": _("Case"),
    },
    "plan_outcome": {
        "kept": _("stays"),
        "moved": _("moves"),
        "disarmed": _("ends"),
        "start": _("begins"),
        "done": _("counts as done"),
        "refused": _("refused"),
    },
    "plan_reason": {
        "removed": _("the element is gone; name the one that takes its place"),
        "kind": _("the element is of another kind"),
        "scope": _("the part of the process around it is gone or elsewhere"),
        "flow": _("the flow by which it came is gone"),
        "repetition": _("it is repeated in another way"),
        "called": _("it calls another process"),
        "operation": _("the system would do something else"),
        "trigger": _("it waits for something else"),
        "straight": _("it was returned straight back, and the way back is gone"),
        "join_lost_flow": _("branches that run would no longer meet"),
        "join_new_flow": _("a branch is new: say whether it begins or counts as done"),
        "branch": _("a new branch can only begin or count as done"),
        "region": _("the version is for another region"),
    },
    "migration": {
        "migrated": _("Migrated"),
        "refused": _("Refused"),
        "undone": _("Taken back to the earlier version"),
    },
    "waiting": {
        "task": _("Task"),
        "job": _("Work of the system"),
        "event": _("Event"),
    },
    "job": {
        "queued": _("Waiting"),
        "running": _("Running"),
        "done": _("Done"),
        "failed": _("Failed"),
    },
    "definition_state": {"deployed": _("Deployed"), "active": _("Active"), "retired": _("Retired")},
    "calendar": {"holiday": _("Holiday"), "workday": _("Make-up working day"), "published": _("Year published")},
    "change": {
        "added": _("Added"),
        "removed": _("Left out"),
        "changed": _("Changed"),
        "same": _("Unchanged"),
    },
}
