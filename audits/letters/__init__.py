"""Letters (文书): what is issued, under which number, as which Word and PDF file, and how anybody checks it."""

from audits.letters.issue import (
    KINDS,
    METHODS,
    RENDER,
    PublicLetter,
    by_code,
    correct_service,
    for_case,
    get,
    issue,
    record_service,
    render_job,
    revoke,
    write_service,
)
from audits.letters.rights import Right
from audits.letters.rights import of as rights_of

__all__ = [
    "KINDS",
    "METHODS",
    "RENDER",
    "PublicLetter",
    "Right",
    "by_code",
    "correct_service",
    "for_case",
    "get",
    "issue",
    "record_service",
    "render_job",
    "revoke",
    "rights_of",
    "write_service",
]
