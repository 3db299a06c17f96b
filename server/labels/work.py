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
    "notice_kind": {
        "agreement_ended": _("A voluntary agreement has ended"),
        "agreement_proposed": _("A voluntary agreement waits to be signed"),
        "agreement_signed": _("A voluntary agreement is signed"),
        "case_closed": _("A case is closed"),
        "case_terminated": _("A case was terminated"),
        "deadline_overdue": _("A statutory day has passed"),
        "deadline_soon": _("A statutory day is near"),
        "enterprises_unjoined": _("Enterprises of a list have nobody in the system"),
        "expert_appeal_decided": _("An expert's appeal is decided"),
        "expert_barred": _("An expert is kept out of draws"),
        "expert_expiring": _("An expert's term ends soon"),
        "expert_marked": _("Points entered in an expert's record"),
        "interval_due": _("The interval between two audits has ended"),
        "interval_soon": _("The next audit is due soon"),
        "join_asked": _("Somebody asks to join an enterprise"),
        "letter_issued": _("A letter was issued"),
        "list_decided": _("A list is decided"),
        "list_proposed": _("A list waits for approval"),
        "matter_decided": _("A matter is decided"),
        "matter_raised": _("A matter waits for a decision"),
        "option_late": _("An option is late"),
        "option_review": _("A replaced option waits for review"),
        "panel_broken": _("A member has left a panel"),
        "panel_cancelled": _("An invitation to a panel is cancelled"),
        "panel_invited": _("An invitation to a panel"),
        "panel_left": _("One is no longer on a panel"),
        "panel_moved": _("The meeting of a panel moves"),
        "panel_reminded": _("An invitation to a panel waits for an answer"),
        "proof_expired": _("A proof of a consultancy has ended"),
        "proof_soon": _("A proof of a consultancy ends soon"),
        "reaudit_opened": _("A re-audit was ordered"),
        "reminder": _("Reminders by rule"),
        "result_overdue": _("An audit result is not published in time"),
        "result_soon": _("An audit result has to be published soon"),
        "visit_planned": _("A visit to a site is planned"),
        "voluntary_accepted": _("A voluntary audit is accepted"),
        "voluntary_applied": _("An application for a voluntary audit waits"),
        "voluntary_refused": _("A voluntary audit is refused"),
    },
    "notice_way": {"now": _("At once"), "digest": _("In the daily digest"), "off": _("No mail")},
    "channel_kind": {"webhook": _("Signed webhook"), "wecom": _("WeCom robot"), "dingtalk": _("DingTalk robot")},
    "reminder_tells": {
        "enterprise": _("The enterprise"),
        "bureau": _("The competent bureau"),
        "both": _("Both"),
    },
    "delivery_status": {
        "waiting": _("To be sent"),
        "sent": _("Delivered"),
        "skipped": _("Not told"),
        "failed": _("Failed"),
    },
}

WHY = {
    "answered": _("it answered %(value)s"),
    "fault": _("a fault of the way: %(value)s"),
    "locked": _("address and secret cannot be opened with this secret key; enter them anew"),
    "no_answer": _("no answer (%(value)s)"),
    "no_robot": _("this is not the answer of a robot"),
    "not_an_address": _("this is no address"),
    "not_theirs": _("they may not see it any more"),
    "only_https": _("only https is allowed"),
    "private": _("the address is private"),
    "robot_refused": _("the robot refused it (%(value)s)"),
    "switched_off": _("the channel is switched off"),
    "unknown_name": _("the name is not known"),
}
"""Why a notice did not arrive, by code; a value stands behind its colon."""


def why(reason: str) -> str:
    """Say why a notice did not arrive; a reason that nobody knows is shown as it is."""
    code, _colon, value = reason.partition(":")
    return str(WHY[code]) % {"value": value} if code in WHY else reason


HANDED = {
    "delegated": _("%(name)s delegated this task to you: give your words; only %(name)s decides."),
    "no_delegation_here": _("The process does not let this task be delegated."),
    "no_transfer_here": _("The process does not let this task be transferred."),
    "not_a_receiver": _("The task is not offered to this person."),
    "not_delegated": _("The task is not delegated now."),
    "not_its_owner": _("Only who delegated a task can get it back."),
    "not_your_delegation": _("The task was delegated to somebody else."),
    "not_yours_to_urge": _(
        "Only who started the case, its officers and their superiors can urge, and nobody themselves."
    ),
    "urged_lately": _("This task was urged at %(at)s already; please wait."),
    "phrase_known": _("This sentence is kept already."),
    "phrases_are_kept": _("Only the administrator of the organisation keeps its shared sentences."),
    "phrases_full": _("No more than %(count)s sentences are kept; remove one first."),
    "own_work": _("You worked on what this task judges; somebody else must do it."),
    "not_your_absence": _("Only an administrator appoints a substitute for somebody else."),
    "substitute_hands_on": _("Who stands in for somebody does a task or returns it, and hands it to nobody."),
    "substitute_known": _("This colleague is appointed for these days already."),
}
"""The errors of handing a task on, of standing in for somebody, and of ready sentences."""
