"""Experts, draws, score sheets and their results."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

PANELS = {
    "expert_field": {
        "process": _("Process of the industry"),
        "cleaner_production": _("Cleaner production"),
        "environment": _("Environmental protection"),
        "energy": _("Energy saving"),
    },
    "expert_status": {
        "active": _("Active"),
        "suspended": _("Suspended"),
        "dismissed": _("Dismissed"),
    },
    "entry_kind": {
        "application": _("Application"),
        "nomination": _("Nomination"),
        "renewal": _("Renewal"),
    },
    "entry_status": {
        "waiting": _("Waits for two approvals"),
        "agreed": _("Waits for the second approval"),
        "admitted": _("Admitted"),
        "refused": _("Refused"),
        "withdrawn": _("Taken back"),
    },
    "entry_exam": {
        "exam": _("Exam"),
        "assessment": _("Assessment"),
    },
    "entry_demand": {
        "age": _("Age"),
        "title": _("Professional title"),
        "years": _("Years of practice"),
        "fields": _("Fields"),
        "exam_taken": _("Exam or assessment taken"),
        "exam_score": _("Points of the exam"),
        "exam_recent": _("Exam or assessment not too old"),
        "dismissed": _("Not barred by a dismissal"),
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
        "recused": _("Declared an interest in this case"),
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
        "cancelled": _("Cancelled"),
    },
    "band": {
        "": _("Not evaluated"),
        "again": _("Below 70: audit again"),
        "supplement": _("70 to 90: supplement"),
        "proceed": _("Above 90: proceed"),
    },
}
