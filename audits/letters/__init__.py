"""Letters (文书): what is issued, under which number, as which Word and PDF file, and how anybody checks it."""

from __future__ import annotations

from audits.letters.by_hand import choices, issue_of_case, issue_of_region, kinds, replace
from audits.letters.issue import KINDS, RENDER, for_case, get, issue, open_, render_job
from audits.letters.rights import Right
from audits.letters.rights import of as rights_of
from audits.letters.service import METHODS, correct_service, is_addressee, record_service, revoke, write_service
from audits.letters.verification import PublicLetter, by_code
from audits.letters.wording import Field, wordings

__all__ = [
    "KINDS",
    "METHODS",
    "RENDER",
    "Field",
    "PublicLetter",
    "Right",
    "by_code",
    "choices",
    "correct_service",
    "for_case",
    "get",
    "is_addressee",
    "issue",
    "issue_of_case",
    "issue_of_region",
    "kinds",
    "open_",
    "record_service",
    "render_job",
    "replace",
    "revoke",
    "rights_of",
    "wordings",
    "write_service",
]
