"""What is said of entry into the expert pool, its members and their record."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

EXPERTS = {
    "application_decided": _("This application is decided already."),
    "applied_already": _("An application of this person is open already."),
    "entry_not_met": _("The demands of the rule are not met."),
    "no_entry_rule": _("No rule for the entry of experts holds on %(day)s."),
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
    "entry_dismissed": _("Dismissed; the time after which one may come back is not over."),
}
