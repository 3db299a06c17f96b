"""Enterprises, lists, cases and what is decided about them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

CASES = {
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
    "result_clock": {
        "waiting": _("No report yet"),
        "running": _("To be published"),
        "overdue": _("Overdue"),
        "done": _("Published"),
        "done_late": _("Published late"),
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
    "fact_status": {"open": _("Waiting"), "used": _("On a list"), "dismissed": _("Dismissed")},
    "import_status": {"read": _("Checked"), "applied": _("Applied"), "refused": _("Refused")},
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
    "region_level": {
        "country": _("Country"),
        "province": _("Province"),
        "city": _("City"),
        "county": _("County"),
    },
    "cost_class": {"none": _("No cost"), "low": _("Low cost"), "medium": _("Medium cost"), "high": _("High cost")},
}
