"""Codes as words: every status, kind and outcome that a page or a message shows."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from server.language import pick
from workflows.application import Role

LABELS = {
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
    "outcome": {
        "": _("Under way"),
        "qualified": _("Qualified"),
        "unqualified": _("Unqualified"),
        "removed": _("Removed from the list"),
        "deferred": _("Deferred"),
        "terminated": _("Terminated"),
        "deemed": _("Deemed audited"),
        "rectified": _("Rectified"),
        "revoked": _("Acceptance revoked"),
    },
    "band": {
        "": _("Not evaluated"),
        "again": _("Below 70: audit again"),
        "supplement": _("70 to 90: supplement"),
        "proceed": _("Above 90: proceed"),
    },
    "deadline": {
        "disclosure": _("Disclosure"),
        "start": _("Start of the audit"),
        "report": _("Audit report"),
        "supplement": _("Supplement"),
        "implementation": _("Implementation of options"),
        "rectification": _("Rectification"),
    },
    "template_fault": {
        "unknown_name": _("name that is not known"),
        "unknown_list": _("list that is not known"),
        "not_allowed": _("not allowed in a template"),
        "syntax": _("cannot be read"),
        "missing": _("has to be there"),
    },
    "template_list": {
        "paragraphs": _("The paragraphs of the letter"),
        "rows": _("The duties with their days"),
    },
    "template_status": {
        "draft": _("Draft"),
        "published": _("Published"),
        "retired": _("Out of use"),
    },
    "result_clock": {
        "waiting": _("No report yet"),
        "running": _("To be published"),
        "overdue": _("Overdue"),
        "done": _("Published"),
        "done_late": _("Published late"),
    },
    "report_file": {
        "docx": _("Word"),
        "pdf": _("PDF"),
        "public_docx": _("Word, public"),
        "public_pdf": _("PDF, public"),
    },
    "trigger": {
        "publication": _("from the publication of the list"),
        "decision": _("from the audit decision"),
        "evaluation": _("from the evaluation"),
        "acceptance": _("from the acceptance"),
    },
    "list_status": {
        "draft": _("Draft"),
        "proposed": _("Proposed"),
        "decided": _("Decided"),
        "published": _("Published"),
        "publishing": _("Being published"),
    },
    "list_field": {
        "name": _("Name"),
        "region": _("Region"),
        "industry": _("Industry"),
        "types": _("Audit types"),
        "reason": _("Reason"),
        "outcome": _("Outcome"),
    },
    "park": {"park": _("Park"), "cluster": _("Cluster")},
    "commitment_status": {
        "open": _("Open to checks"),
        "drawn": _("Drawn"),
        "kept": _("True"),
        "lapsed": _("Period over"),
        "revoked": _("Revoked"),
    },
    "agreement_status": {
        "proposed": _("Waits for the signature"),
        "active": _("Binding"),
        "lapsed": _("Lapsed"),
        "ended": _("Ended"),
    },
    "join_status": {
        "open": _("Waiting"),
        "accepted": _("Accepted"),
        "approved": _("Approved"),
        "refused": _("Refused"),
        "withdrawn": _("Taken back"),
    },
    "matter_status": {
        "open": _("Waits for a decision"),
        "approved": _("Approved"),
        "refused": _("Refused"),
        "withdrawn": _("Taken back"),
    },
    "matter_step": {
        "verification": _("Verification on site"),
        "hearing_notice": _("Notice of the intended decision"),
        "hearing": _("Statement and hearing"),
    },
    "anchor": {
        "publication": _("from the publication of the list"),
        "report": _("from the report"),
        "acceptance": _("from the acceptance"),
    },
    "succession": {"renamed": _("Renamed"), "merged": _("Merged"), "split": _("Split")},
    "credit": {
        "acceptance_revoked": _("Acceptance revoked"),
        "repeated_failure": _("Failed again and again"),
    },
    "measure": {
        "order": _("Ordered to correct"),
        "list": _("Name published"),
        "refuse": _("Not accepted"),
    },
    "measure_status": {
        "open": _("In force"),
        "raised": _("Replaced by a harder one"),
        "corrected": _("Corrected"),
        "lifted": _("Lifted"),
    },
    "proof_state": {
        "missing": _("Missing"),
        "expired": _("Expired"),
        "soon": _("Expires soon"),
        "ok": _("Valid"),
    },
    "fact_status": {"open": _("Waiting"), "used": _("On a list"), "dismissed": _("Dismissed")},
    "import_status": {"read": _("Checked"), "applied": _("Applied"), "refused": _("Refused")},
    "definition_state": {"deployed": _("Deployed"), "active": _("Active"), "retired": _("Retired")},
    "letter_status": {"valid": _("Valid"), "replaced": _("Replaced"), "revoked": _("Revoked")},
    "organisation": {
        "bureau": _("Bureau"),
        "enterprise": _("Enterprise"),
        "consultancy": _("Consultancy"),
        "institute": _("Institute"),
    },
    "type": {
        "SHUANGCHAO": _("Exceeds standards"),
        "GAOHAONENG": _("Exceeds energy limits"),
        "SHUANGYOU": _("Uses or discharges toxic substances"),
        "STATE_OTHER": _("Other circumstances set by the State"),
        "VOLUNTARY": _("Voluntary"),
    },
    "purpose": {
        "pre_evaluation": _("Pre-evaluation"),
        "evaluation": _("Evaluation"),
        "acceptance": _("Acceptance"),
        "merged": _("Merged review"),
        "merged_review": _("Merged review"),
    },
    "scale": {
        "": "",
        "large": _("Large"),
        "medium": _("Medium"),
        "small": _("Small"),
        "micro": _("Micro"),
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
    "region_level": {
        "country": _("Country"),
        "province": _("Province"),
        "city": _("City"),
        "county": _("County"),
    },
    "calendar": {"holiday": _("Holiday"), "workday": _("Make-up working day"), "published": _("Year published")},
    "expert_field": {
        "process": _("Process of the industry"),
        "cleaner_production": _("Cleaner production"),
        "environment": _("Environmental protection"),
        "energy": _("Energy saving"),
    },
    "sheet": {
        "evaluation_score_sheet": _("Evaluation"),
        "acceptance_score_sheet": _("Acceptance"),
        "merged_score_sheet": _("Merged review"),
    },
    "sheet_rule": {
        "section_code": _("a section has one letter, not V"),
        "item_code": _("a code is the letter of its section and a number"),
        "other_section": _("the code belongs to another section"),
        "veto_code": _("the code of a veto is V and a number"),
        "twice": _("stands here twice"),
        "no_name": _("has no name"),
        "empty": _("has no items"),
        "step": _("the step is 0.5 or 1"),
        "max": _("the maximum is a multiple of the step, up to 100"),
        "not_100": _("the maxima do not add to 100"),
        "per_cent": _("is a share from 0 to 100"),
        "veto_missing": _("this national veto must be asked"),
        "no_vetoes_here": _("this sheet asks for no vetoes"),
    },
    "relation": {
        "employment": _("Employment"),
        "contract": _("Advice under contract"),
        "kin": _("Kinship"),
        "shares": _("Shares"),
    },
    "exclusion": {
        "employment": _("Employment"),
        "contract": _("Advice under contract"),
        "kin": _("Kinship"),
        "shares": _("Shares"),
        "named": _("In the team of the case"),
        "suspended": _("Not active"),
        "expired": _("Appointment over"),
        "outside": _("Of another province"),
        "away": _("Away on that day"),
        "cap": _("Enough panels this month"),
        "cooling_off": _("Judged this enterprise lately"),
    },
    "draw_status": {
        "waiting": _("Waits for answers"),
        "complete": _("Everybody has accepted"),
        "short": _("Quorum lost"),
    },
    "seat_status": {
        "invited": _("Invited"),
        "accepted": _("Takes part"),
        "declined": _("Declined"),
        "recused": _("Recused"),
        "absent": _("Absent"),
    },
    "cost_class": {"none": _("No cost"), "low": _("Low cost"), "medium": _("Medium cost"), "high": _("High cost")},
    "service": {
        "direct": _("Handed over in person"),
        "post": _("By post"),
        "electronic": _("Electronically"),
        "lien": _("Left at the place"),
        "announcement": _("By public announcement"),
        "online": _("Read online"),
    },
    "field": {
        "answer": _("Answer"),
        "batch": _("Batch"),
        "company": _("Company"),
        "kind": _("Relation"),
        "meeting_on": _("Day of the meeting"),
        "enterprise_id": _("Enterprise"),
        "entry_ids": _("Enterprises"),
        "file": _("Workbook"),
        "industry": _("Industry"),
        "name": _("Name"),
        "organisation_id": _("Organisation"),
        "password": _("Password"),
        "permit_no": _("Discharge permit"),
        "published_on": _("Published on"),
        "reason": _("Reason"),
        "region_code": _("Region"),
        "role": _("Role"),
        "place": _("Place of the meeting"),
        "served_on": _("Served on"),
        "since": _("From"),
        "signer": _("Signed by"),
        "title": _("Title"),
        "types": _("Audit types"),
        "until": _("Until"),
        "username": _("User name"),
        "uscc": _("Credit code"),
        "year": _("Year"),
    },
    "change": {
        "added": _("Added"),
        "removed": _("Left out"),
        "changed": _("Changed"),
        "same": _("Unchanged"),
    },
    "gap": {
        "correction": _("To be corrected"),
        "field": _("Field"),
        "attachment": _("Attachment"),
        "phase": _("Phase"),
        "figure": _("Figure"),
    },
    "publication": {"list": _("List of enterprises to be audited"), "results": _("Results of acceptance")},
    "record_class": {
        "internal": _("Internal"),
        "restricted": _("Restricted"),
        "confidential": _("Confidential"),
        "score": _("Scores"),
        "public": _("Public"),
    },
}

CHIPS = {
    "open": "current", "running": "current", "read": "current", "queued": "future", "completed": "done", "done": "done",
    "qualified": "done", "rectified": "done", "published": "done", "applied": "done", "active": "done", "valid": "done",
    "proceed": "done", "returned": "returned", "refused": "returned", "failed": "returned", "unqualified": "returned",
    "again": "returned", "revoked": "returned", "supplement": "current", "engine": "returned", "job": "returned",
    "no_candidate": "returned", "calendar": "returned", "draft": "future", "proposed": "current", "decided": "current",
    "accepted": "done", "complete": "done", "invited": "current", "waiting": "current", "short": "returned",
    "declined": "returned", "recused": "returned", "absent": "returned",
    "approved": "done", "deployed": "current", "publishing": "current",
}  # fmt: skip


def label(code: object, group: str) -> str:
    """Say a code in words; a code that nobody knows is shown as it is."""
    found = LABELS[group].get(str(code if code is not None else ""))
    return str(found) if found is not None else str(code)


def chip(code: object) -> str:
    """Give the class of a status chip: done, current, returned or future."""
    return CHIPS.get(str(code), "future")


def role_name(roles: Mapping[str, Role], key: str) -> str:
    """Name a role in the language of the request."""
    role = roles.get(key)
    return pick(role.zh, role.en) if role is not None else key
