"""Letters, templates, reports, records and files."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

PAPERS = {
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
    "report_file": {
        "docx": _("Word"),
        "pdf": _("PDF"),
        "public_docx": _("Word, public"),
        "public_pdf": _("PDF, public"),
    },
    "letter_status": {"valid": _("Valid"), "replaced": _("Replaced"), "revoked": _("Revoked")},
    "service": {
        "direct": _("Handed over in person"),
        "post": _("By post"),
        "electronic": _("Electronically"),
        "lien": _("Left at the place"),
        "announcement": _("By public announcement"),
        "online": _("Read online"),
    },
    "publication": {"list": _("List of enterprises to be audited"), "results": _("Results of acceptance")},
    "record_class": {
        "internal": _("Internal"),
        "restricted": _("Restricted"),
        "confidential": _("Confidential"),
        "score": _("Scores"),
        "public": _("Public"),
    },
    "gap": {
        "correction": _("To be corrected"),
        "field": _("Field"),
        "attachment": _("Attachment"),
        "phase": _("Phase"),
        "figure": _("Figure"),
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
    "proof_state": {
        "missing": _("Missing"),
        "expired": _("Expired"),
        "soon": _("Expires soon"),
        "ok": _("Valid"),
    },
}
