"""What is said of entry into the expert pool, its members and their record."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

EXPERTS = {
    "application_decided": _("This application is decided already."),
    "appeal_too_late": _("This entry can no longer be appealed against."),
    "applied_already": _("An application of this person is open already."),
    "entry_not_met": _("The demands of the rule are not met."),
    "expert_dismissed": _("This expert is dismissed."),
    "mark_not_found": _("This entry is not known."),
    "no_appeal": _("There is no appeal that waits."),
    "no_record_rule": _("No rule for the record of experts holds on %(day)s."),
    "own_record": _("Nobody keeps the own record."),
    "no_entry_rule": _("No rule for the entry of experts holds on %(day)s."),
    "no_checklist": _("No checklist for visits holds on %(day)s."),
    "visit_not_found": _("This visit is not known."),
    "visit_reported": _("A report of this visit has arrived already."),
    "not_your_application": _("Only who handed it in can take it back."),
    "renewal_too_early": _("The appointment may be renewed from %(day)s on."),
    "second_person_needed": _("Somebody else approves it: not who handed it in, and not twice the same person."),
}
EXPERT_FIELDS = {
    "entry_age": _("Older than the rule allows."),
    "entry_title": _("Not a senior title of the rule."),
    "entry_years": _("Fewer years of practice than the rule asks for."),
    "entry_fields": _("Not a field of the rule."),
    "entry_exam_taken": _("No exam or assessment is recorded."),
    "entry_exam_score": _("The exam was not passed."),
    "entry_exam_recent": _("The exam or assessment is too old."),
    "note_needed": _("Say in a note what is not so."),
    "entry_dismissed": _("Dismissed; the time after which one may come back is not over."),
}
